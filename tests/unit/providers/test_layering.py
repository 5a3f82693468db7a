"""A project's keys over its tiers, as `list`, `get`, `explain`, `dump` and the page see them."""

import time

import pytest

from creds_shell.base import NotAllowedError, SecretBundle, SecretNotFoundError
from creds_shell.config import edit_config, set_project_option
from creds_shell.core.load import load
from creds_shell.core.repository import find_repository
from creds_shell.core.resolve import resolve
from creds_shell.masking.rules import why_unmasked
from creds_shell.project import allow_content, open_project
from creds_shell.providers import metadata
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider
from creds_shell.providers.layers import load_bundle


@pytest.fixture
def opened(home, repo, monkeypatch):
    """Open the project of the fresh repository, with both local tiers."""
    monkeypatch.chdir(repo)
    project = open_project(writing=True)
    set_project_option(project.id, ("layers",), ["env-file"])

    def again(**options):
        return open_project(**options)

    return again


def store(**values):
    DotEnvSecretsProvider().put_bundle(SecretBundle("shop", values))


def env_file(repo, text):
    (repo / ".env").write_text(text)
    allow_content(find_repository(str(repo)), text.encode())


def test_later_tiers_fill_what_earlier_ones_lack(opened, repo):
    """And are shadowed where both have it."""
    store(A="hunter2-local", B="hunter2-b")
    env_file(repo, "A=hunter2-repo\nC=hunter2-c\n")
    found = load_bundle(opened())
    assert {name: (key.provider, key.shadows) for name, key in found.keys.items()} == {
        "A": ("dotenv-global", ("env-file",)),
        "B": ("dotenv-global", ()),
        "C": ("env-file", ()),
    }
    assert found.keys["A"].value == "hunter2-local"
    assert found.values()["C"] == b"hunter2-c"


def test_a_credential_comes_whole_from_one_tier(opened, repo):
    """A repository adds no host to a stored password; the user is told."""
    store(DB_PASSWORD="hunter2-db")
    env_file(repo, "DB_HOST=evil.example\nDATABASE_URL=postgres://evil.example/x\nOTHER=hunter2-o\n")
    found = load_bundle(opened())
    assert sorted(found.keys) == ["DB_PASSWORD", "OTHER"]
    assert any("DB_HOST of env-file is left out" in problem for problem in found.problems)


def test_a_blocked_file_ends_the_search_unless_it_is_skipped(opened, repo):
    """list and explain go on and say so; get and dump do not."""
    store(A="hunter2-a")
    (repo / ".env").write_text("B=hunter2-b\n")
    with pytest.raises(NotAllowedError):
        load_bundle(opened())
    found = load_bundle(opened(), skip_blocked=True)
    assert sorted(found.keys) == ["A"]
    assert "creds allow" in found.problems[0]


def test_naming_a_provider_asks_it_alone(opened, repo):
    """--provider overrides the layers."""
    store(A="hunter2-a")
    env_file(repo, "B=hunter2-b\n")
    assert sorted(load_bundle(opened(provider="env-file")).keys) == ["B"]
    assert sorted(load_bundle(opened(provider="dotenv-global")).keys) == ["A"]


def test_masking_follows_the_rule_the_config_and_the_mark(opened, home):
    """Forced, freed, and left to the rule; each with its reason."""
    store(MODE="production", SHORT="abcde", FREE="hunter2-free", KEY_X="hunter2-key")
    path = home.store("shop")
    path.write_bytes(path.read_bytes().replace(b'MODE="production"', b'MODE="production" # mask'))
    set_project_option("shop", ("keys", "SHORT", "mask"), True)
    set_project_option("shop", ("keys", "FREE", "mask"), False)
    found = load_bundle(opened()).keys
    assert {name: key.masked for name, key in found.items()} == {
        "MODE": True,
        "SHORT": True,
        "FREE": False,
        "KEY_X": True,
    }
    assert found["FREE"].why_unmasked


@pytest.mark.parametrize("environment", ["default", "production"])
def test_list_and_exec_agree_on_every_key(opened, repo, monkeypatch, environment):
    """Both decide by the same rules, and each in its own module: value, tier, what it shadows, mask and exposure."""
    local = {
        "A": "hunter2-a",
        "MODE": "production",
        "DB_PASSWORD": "hunter2-db",
        "BOTH": "x",
        "LD_PRELOAD": "hunter2-ld",
    }
    DotEnvSecretsProvider().put_bundle(SecretBundle("shop", local, environment=environment))
    env_file(
        repo,
        "A=hunter2-repo\nDB_HOST=evil\nMARKED=production # mask\nBOTH=hunter2-x # mask\nOPEN=hunter2-open\n"
        "CLEAR=hunter2-clear # mask\n",
    )
    declared = "".join(f"[keys.{key}]\nsecret = false\n" for key in ("A", "OPEN", "CLEAR", "TOKEN"))
    (repo / "creds.toml").write_text(declared)
    monkeypatch.setenv("TOKEN", "hunter2-of-the-shell")
    for key, option, value in (
        ("MODE", "mask", True),
        ("DB_PASSWORD", "mask", False),
        ("OPEN", "expose", "shell"),
        ("TOKEN", "expose", "exec"),
    ):
        set_project_option("shop", ("keys", key, option), value)
    told = load_bundle(opened(environment=environment))
    given = load(resolve(environment=environment), "exec")
    assert [name for name, _ in given.skipped] == ["LD_PRELOAD"]
    assert told.problems == given.notes
    assert {
        item.name: (
            item.value,
            item.provider,
            item.shadows,
            item.expose,
            why_unmasked(item.name, item.value, force=item.force_mask, free=item.free_mask),
        )
        for item in given.values
    } == {
        key.name: (key.value.get_secret_bytes(), key.provider, key.shadows, key.expose, key.why_unmasked)
        for key in told.keys.values()
        if told.why_not_set(key) is None
    }
    unmasked = {key.name for key in told.keys.values() if not key.masked}
    assert unmasked == {"BOTH", "DB_PASSWORD", "OPEN"}


def test_exposure_comes_from_the_settings(opened):
    """shell by default, exec in production, else what the config says."""
    store(A="hunter2-a", B="hunter2-b")
    DotEnvSecretsProvider().put_bundle(SecretBundle("shop", {"A": "x"}, environment="production"))
    set_project_option("shop", ("keys", "B", "expose"), "never")
    found = load_bundle(opened()).keys
    assert (found["A"].expose, found["B"].expose) == ("shell", "never")
    assert load_bundle(opened(environment="production")).keys["A"].expose == "exec"


def test_ages_are_whole_days_since_the_last_change(opened):
    """And unknown for what creds did not write."""
    store(A="hunter2-a")
    assert load_bundle(opened()).keys["A"].age_days == 0
    assert metadata.KeyMetadata(changed=time.time() - 3.5 * 86400).age_days() == 3
    assert metadata.KeyMetadata().age_days() is None
    assert metadata.KeyMetadata(created=time.time() + 1000).age_days() == 0


def test_a_key_that_is_not_there_has_a_hint(opened):
    """What is near, or how to set it."""
    store(API_KEY="hunter2-a")
    found = load_bundle(opened())
    with pytest.raises(SecretNotFoundError) as caught:
        found.must_have("API_KEX")
    assert caught.value.hints == ("did you mean API_KEY?",)
    with pytest.raises(SecretNotFoundError) as caught:
        found.must_have("OTHER_THING")
    assert caught.value.hints[0] == "creds set OTHER_THING"


def test_metadata_remembers_creation_change_rotation_and_source(home):
    """Beside the bundle; unreadable metadata is no error."""
    store_ = DotEnvSecretsProvider()
    store_.source = "set"
    store_.put_bundle(SecretBundle("p", {"A": "1"}))
    created = metadata.load("p")["A"]
    store_.source = "rotate"
    store_.rotate("p", "A", "2")
    rotated = metadata.load("p")["A"]
    assert (created.source, created.rotated, rotated.source) == ("set", None, "rotate")
    assert rotated.created == created.created
    assert rotated.rotated == rotated.changed
    path = metadata.metadata_file("p", "default", "dotenv-global")
    with open(path, "w", encoding="utf-8") as file:
        file.write("{broken")
    assert metadata.load("p") == {}
    store_.put_bundle(SecretBundle("p", {"B": "1"}))
    assert sorted(metadata.load("p")) == ["B"]


def test_a_repository_frees_no_variable_of_the_process_environment(opened, repo, monkeypatch):
    """Its creds.toml declares the name, and says that its own file's value is no secret; this one is not its own."""
    (repo / "creds.toml").write_text("[keys.DEPLOY_TOKEN]\nsecret = false\n[keys.API_SITE]\nsecret = false\n")
    env_file(repo, "API_SITE=https://api.example/v1\n")
    monkeypatch.setenv("DEPLOY_TOKEN", "token-of-the-shell-1")
    found = load_bundle(opened())
    assert {name: key.masked for name, key in found.keys.items()} == {"API_SITE": False, "DEPLOY_TOKEN": True}


def test_a_value_that_is_stored_again_as_it_was_keeps_its_age(home):
    """Or importing the same file once more would hide what should be rotated."""
    store_ = DotEnvSecretsProvider()
    store_.put_bundle(SecretBundle("p", {"A": "1", "B": "2"}))
    before = metadata.load("p")
    store_.source = "import"
    store_.put_bundle(SecretBundle("p", {"A": "1", "B": "3"}))
    after = metadata.load("p")
    assert after["A"] == before["A"]
    assert after["B"].source == "import"


def test_a_setting_for_the_whole_project_counts_for_each_key(opened):
    """expose at the project's level."""
    store(A="hunter2-a")
    edit_config(["projects", "shop", "expose"], "exec")
    assert load_bundle(opened()).keys["A"].expose == "exec"


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "[]",
        '{"keys": []}',
        '{"keys": {"A": {"changed": "soon"}}}',
        '{"keys": {"A": {"changed": 1e400}}}',
        f'{{"keys": {{"A": {{"changed": {10**400}}}}}}}',
    ],
)
def test_damaged_ages_are_unknown_ages(opened, text):
    """No secret depends on them, so no command fails over them."""
    store(A="hunter2-local")
    with open(metadata.metadata_file("shop", "default", "dotenv-global"), "w", encoding="utf-8") as file:
        file.write(text)
    assert load_bundle(opened()).keys["A"].age_days is None


def test_ages_of_a_newer_creds_are_understood(home):
    """What it adds is no reason to forget what is known, which the next write would make last."""
    day = time.time() - 86400 * 5.5
    store(A="1", B="2")
    with open(metadata.metadata_file("shop", "default", "dotenv-global"), "w", encoding="utf-8") as file:
        file.write(f'{{"version": 2, "keys": {{"A": {{"changed": {day}, "expires": 1}}}}}}')
    store(C="3")
    assert metadata.load("shop")["A"].age_days() == 5
