"""config.toml is strict, creds.toml can only say harmless things, and an edit keeps what a person wrote."""

import os
from pathlib import Path

import pytest

from creds_shell import config
from creds_shell.config import RepositoryConfig, SecretsConfig
from creds_shell.core.binding import pack, read_resolved, unpack
from creds_shell.core.errors import BadPermissionsError, DamagedFileError
from creds_shell.core.record import record_file
from creds_shell.resolved import build_record, rows_of, write_record


@pytest.fixture
def file(home: object) -> Path:
    del home
    folder = Path(os.environ["HOME"], ".config/claude-power-pack")
    folder.mkdir(parents=True, mode=0o700)
    return folder / "config.toml"


WHOLE = """
[defaults]
provider = "dotenv-global"
layers = ["env-file"]
environment = "staging"
access = "read_only"
expose = "exec"

[projects.shop]
provider = "aws-secrets-manager"
layers = []

[projects.shop.secret_names]
production = "prod/shop/db"

[projects.shop.keys.API_KEY]
mask = false
expose = "never"
confirmed = ["env-file"]

[aws]
region = "eu-central-1"
profile = "work"
prefix = "team"
endpoint_url = "http://localhost:5000"
role_arn = "arn:aws:iam::1:role/x"
offline = true
cache_ttl = 60

[rotation]
warn_days = 30

[audit]
strict = true

[agent]
allow = ["reveal"]

[messages]
show = "names"
"""


def test_every_setting_is_read(file: Path) -> None:
    file.write_text(WHOLE)
    found = SecretsConfig.load()
    assert found.default_provider == "dotenv-global"
    assert found.aws["offline"] == "true"
    assert found.aws["cache_ttl"] == "60"
    assert (found.rotation_warn_days, found.audit_strict, found.agent_allow) == (30, True, ("reveal",))
    assert found.messages == "names"
    assert found.project("shop")["provider"] == "aws-secrets-manager"
    assert found.project("shop")["environment"] == "staging"


def test_zero_turns_the_copies_of_aws_off_and_warns_from_the_first_day(file: Path) -> None:
    file.write_text("[aws]\ncache_ttl = 0\n[rotation]\nwarn_days = 0\n")
    found = SecretsConfig.load()
    assert (found.aws, found.rotation_warn_days) == ({"cache_ttl": "0"}, 0)


def test_a_missing_file_is_empty(file: Path) -> None:
    assert not file.exists()
    found = SecretsConfig.load()
    assert (found.default_provider, found.rotation_warn_days, found.aws) == ("dotenv-global", 90, {})


def test_the_record_holds_all_of_it_and_comes_back_from_its_file(file: Path) -> None:
    file.write_text(WHOLE)
    made = build_record("shop", None)
    write_record(made, "shop", None)
    read = read_resolved("shop", None)
    assert read is not None
    assert rows_of(read) == rows_of(made)
    assert (read.provider, read.layers, read.environment) == ("aws-secrets-manager", (), "staging")
    assert read.secrets == {"production": "prod/shop/db"}
    assert read.keys["API_KEY"].mask is False
    assert read.confirmed("API_KEY", "env-file")
    assert read.exposure("API_KEY", "staging") == "never"
    assert read.exposure("OTHER", "staging") == "exec"
    assert read.grants == ("reveal",)


@pytest.mark.parametrize(
    "rows", ["source", "key\tA", "source\t/x\tsoon\tdigest", "option\tprovider", "\\", ""]
)
@pytest.mark.parametrize("first", ["creds-record\t1\n", "creds-record\t2\n", ""])
def test_a_damaged_record_is_a_stale_one(file: Path, first: str, rows: str) -> None:
    """Cut off by a full disk, written by hand or by another version: it is made anew, and no command fails over it."""
    file.write_text(WHOLE)
    write_record(build_record("shop", None), "shop", None)
    Path(record_file("shop", None)).write_text(f"{first}{rows}\n")
    assert read_resolved("shop", None) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("providr = 'x'", "unknown key providr"),
        ("[default]\n", "unknown key default, did you mean defaults"),
        ("[projects.shop]\nhost = 'x'", "unknown key projects.shop.host"),
        ("[projects.shop.keys.A]\nmaks = true", "unknown key projects.shop.keys.A.maks, did you mean mask"),
        ("[aws]\nregoin = 'x'", "unknown key aws.regoin, did you mean region"),
        ("[aws]\nregion = 1", "aws.region is not a string"),
        ("[aws]\noffline = 'yes'", "aws.offline is not true or false"),
        ("[aws]\ncache_ttl = true", "aws.cache_ttl is not a whole number"),
        ("[aws]\ncache_ttl = -1", "aws.cache_ttl is negative"),
        ("[defaults]\nexpose = 'all'", 'defaults.expose is not "shell" or "exec" or "never"'),
        ("[defaults]\nlayers = 'env-file'", "defaults.layers is not a list of strings"),
        ("[defaults]\nlayers = [1]", "defaults.layers is not a list of strings"),
        ("[defaults]\nenvironment = '../x'", "defaults.environment is not an environment"),
        ("[projects.'../x']\n", "projects.../x is not a project id"),
        ("defaults = 1", "defaults is not a table"),
        ("[projects.shop.keys.A]\nconfirmed = 1", "confirmed is not true or false or a list of strings"),
        (
            "[agent]\nallow = ['reveal', 'revael']",
            'agent.allow knows no "revael", did you mean reveal; it may hold',
        ),
        (
            "[agent]\nallow = ['get']",
            "it may hold reveal, dump, no-mask, allow, use, export, promote, decrypt, ui,",
        ),
        ("[agent]\nallow = 'reveal'", "agent.allow is not a list of strings"),
        ("= 1", "is not TOML"),
        ("[messages]\nshow = 'loud'", "messages.show is not"),
    ],
)
def test_what_the_users_settings_may_not_say(file: Path, text: str, why: str) -> None:
    file.write_text(text)
    with pytest.raises(DamagedFileError) as caught:
        SecretsConfig.load()
    assert why in caught.value.message
    assert str(file) in caught.value.message


def test_settings_that_are_no_text_are_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(DamagedFileError, match="UTF-8"):
        SecretsConfig.load()


def test_settings_that_others_could_write_are_refused(file: Path) -> None:
    file.write_text("")
    file.chmod(0o666)
    with pytest.raises(BadPermissionsError) as caught:
        SecretsConfig.load()
    assert caught.value.hints == (f"chmod go-w {file}",)


def test_an_edit_keeps_comments_and_order(file: Path) -> None:
    file.write_text('# mine\n[aws]\nregion = "eu"  # near\n\n[projects.shop]\n# why\nprovider = "env-file"\n')
    config.set_project_option("shop", ("keys", "A", "mask"), value=True)
    config.set_project_option("shop", ("provider",), "dotenv-global")
    config.set_project_option("api.v2", ("environment",), "staging")
    text = file.read_text()
    assert text.startswith('# mine\n[aws]\nregion = "eu"  # near\n\n[projects.shop]\n# why\n')
    found = SecretsConfig.load()
    assert found.project("shop") == {"provider": "dotenv-global", "keys": {"A": {"mask": True}}}
    assert found.project("api.v2") == {"environment": "staging"}


def test_taking_a_setting_away_makes_nothing(file: Path) -> None:
    config.set_project_option("shop", ("layers",), None)
    assert not file.exists() or file.read_text() == ""
    config.set_project_option("shop", ("layers",), ["env-file"])
    config.set_project_option("shop", ("layers",), None)
    assert SecretsConfig.load().project("shop") == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[projects.shop.secret_names]\ndefault = 'x'\n", ""),
        ("projects = {shop = {secret_names = {default = 'x'}}}\n", ""),
        (
            "[projects.shop]\nexpose = 'exec'\n[projects.shop.secret_names]\ndefault = 'x'\n",
            "[projects.shop]\nexpose = 'exec'\n",
        ),
        (
            "[projects.shop.secret_names]\n# mine\ndefault = 'x'\n",
            "[projects.shop.secret_names]\n# mine\n",
        ),
    ],
)
def test_the_last_setting_of_a_table_takes_the_table_along(file: Path, before: str, after: str) -> None:
    """Unless a comment lives in it."""
    file.write_text(before)
    config.set_project_option("shop", ("secret_names", "default"), None)
    assert file.read_text() == after


def test_an_edit_of_a_damaged_file_changes_nothing(file: Path) -> None:
    file.write_text("providr = 1\n")
    with pytest.raises(DamagedFileError):
        config.set_project_option("shop", ("provider",), "env-file")
    assert file.read_text() == "providr = 1\n"


def test_an_edit_that_would_damage_the_file_changes_nothing(file: Path) -> None:
    file.write_text("# mine\n")
    with pytest.raises(DamagedFileError):
        config.set_project_option("shop", ("expose",), "everybody")
    assert file.read_text() == "# mine\n"


def test_many_edits_at_once_keep_each_other(file: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def edit(number: int) -> None:
        config.set_project_option("shop", ("keys", f"K{number}", "mask"), value=True)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(edit, range(24)))
    assert len(SecretsConfig.load().project("shop")["keys"]) == 24
    assert oct(file.stat().st_mode & 0o777) == "0o600"


def test_confirming_a_name_adds_its_tiers(file: Path) -> None:
    config.confirm_name("shop", "PATH", ["env-file"])
    config.confirm_name("shop", "PATH", ["dotenv-global"])
    assert SecretsConfig.load().project("shop")["keys"]["PATH"]["confirmed"] == ["dotenv-global", "env-file"]
    assert file.exists()


# ------------------------------------------------------------------ the repository's file


def test_a_repository_says_harmless_things(tmp_path: Path) -> None:
    (tmp_path / "creds.toml").write_text(
        'id = "shop"\nmessage = "ask\\u0007 anna"\n[keys.A]\nrequired = true\ndescription = "the key"\nsecret = false\n'
    )
    found = RepositoryConfig.load(str(tmp_path))
    assert (found.id, found.warnings) == ("shop", ())
    assert dict(found.keys) == {"A": {"required": True, "description": "the key", "secret": False}}


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ('provider = "aws-secrets-manager"', "unknown key provider"),
        ("[aws]\nendpoint_url = 'http://evil'", "unknown key aws"),
        ("[agent]\nallow = ['reveal']", "unknown key agent"),
        ("[keys.A]\nmask = false", "unknown key keys.A.mask"),
        ("[keys.A]\nconfirmed = true", "unknown key keys.A.confirmed"),
        ("[keys.A]\nexpose = 'shell'", "unknown key keys.A.expose"),
        ("[keys.A]\nrequired = 'yes'", "keys.A.required is not true or false"),
        ("[keys.'A B']\nrequired = true", "not a variable name"),
        ("keys = 1", "keys is not a table"),
        ("message = [", "is not TOML"),
    ],
)
def test_anything_else_is_ignored_with_a_warning(
    tmp_path: Path, home: object, text: str, warning: str
) -> None:
    del home
    (tmp_path / "creds.toml").write_text(text)
    found = RepositoryConfig.load(str(tmp_path))
    assert warning in found.warnings[0]
    record = build_record("shop", str(tmp_path))
    assert (record.error, record.provider, record.aws, record.grants) == ("", "dotenv-global", {}, ())
    assert record.warnings == list(found.warnings)
    assert not any(rule.confirmed or rule.mask is not None or rule.expose for rule in record.keys.values())


def test_a_repository_file_of_the_wrong_kind_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "real").write_text('id = "shop"\n')
    (tmp_path / "creds.toml").symlink_to("real")
    assert RepositoryConfig.load(str(tmp_path)).id is None
    (tmp_path / "creds.toml").unlink()
    (tmp_path / "creds.toml").write_bytes(b"#" * (1 << 20))
    found = RepositoryConfig.load(str(tmp_path))
    assert found.id is None
    assert found.warnings


@pytest.mark.parametrize("word", ["", "a", "a\tb", "a\nb", "\\", "\\t", "\\\\n", "é", "\udcff", "a\\\tb\n\\"])
def test_every_word_comes_back_from_a_record(word: str) -> None:
    assert unpack(pack([("x", word, "y"), ("z",)])) == [["x", word, "y"], ["z"]]
