"""AWS as a tier among others: layering, whole credentials, rotation, programs."""

import json

import pytest

from creds_shell import get_credentials
from creds_shell.base import ProviderNotAvailableError

NAME = "claude-power-pack/shop"
AWS = "aws-secrets-manager"
RDS = '{"username":"app","password":"p@ss-word-1","engine":"postgres","host":"db.example","port":5432,"dbname":"shop"}'


@pytest.fixture
def bound(cloud, creds, repo, monkeypatch):
    """The repository is bound and this process stands in it."""
    assert creds("allow", "--yes").returncode == 0
    monkeypatch.chdir(repo)
    return cloud


def test_a_first_write_takes_over_nothing_that_aws_holds(cloud, creds, home):
    """Another machine stored it; binding by the directory's name alone would hand it out."""
    cloud.client().create_secret(Name=NAME, SecretString='{"THEIRS": "theirs-12345"}')
    for words, text in ((("set", "OURS", "--stdin"), "ours-12345"), (("import", "-"), "OURS=ours-12345\n")):
        done = creds(*words, "--provider", AWS, input=text)
        assert done.returncode == 4
        assert "creds: hint: creds allow --adopt shop" in done.stderr
    assert cloud.stored(NAME) == {"THEIRS": "theirs-12345"}
    assert json.loads(creds("status", "--json").stdout)["state"] == "unbound"
    adopted = creds("allow", "--adopt", "shop", "--yes", "--provider", AWS)
    assert "shop has 1 key in aws-secrets-manager, default: THEIRS" in adopted.stderr
    assert creds("set", "OURS", "--stdin", "--provider", AWS, input="ours-12345").returncode == 0
    assert cloud.stored(NAME) == {"THEIRS": "theirs-12345", "OURS": "ours-12345"}


def test_a_plain_allow_takes_over_nothing_that_aws_holds(cloud, creds):
    """It shows what is there and names the command that takes it over, also where the repository was denied."""
    cloud.client().create_secret(Name=NAME, SecretString='{"THEIRS": "theirs-12345"}')
    assert creds("use", AWS).returncode == 0
    for denied in (False, True):
        assert not denied or creds("deny").returncode == 0
        done = creds("allow", "--yes")
        assert done.returncode == 4, done.stderr
        assert "shop has 1 key in aws-secrets-manager, default: THEIRS" in done.stderr
        assert "creds: hint: creds allow --adopt shop" in done.stderr
    assert json.loads(creds("status", "--json").stdout)["state"] == "denied"
    assert creds("allow", "--adopt", "shop", "--yes").returncode == 0
    assert creds("get", "THEIRS").stdout == "THEIRS=****\n"


def test_a_plain_allow_binds_where_aws_cannot_be_asked_and_says_so(cloud, creds):
    """Binding needs no network; who allows is told what is not known."""
    assert creds("use", AWS).returncode == 0
    done = creds("allow", "--yes", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert done.returncode == 0
    assert "creds: warning: whether shop has secrets elsewhere is not known: aws" in done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("list", "--refresh"), 0),
        (("exec", "--refresh", "--", "true"), 0),
        (("get", "THEIRS"), 3),
        (("delete", "THEIRS", "--yes"), 3),
        (("delete", "--all", "--yes"), 0),
        (("rotate", "THEIRS", "--generate"), 3),
        (("get", "THEIRS", "--reveal", "--version", "AWSCURRENT"), 4),
        (("versions",), 4),
        (("rollback", "--yes"), 4),
        (("restore",), 4),
        (("refresh",), 4),
        (("validate", "--aws"), 0),
    ],
)
def test_a_repository_that_is_not_bound_reaches_nothing_of_its_id_in_aws(cloud, creds, words, code):
    """The directory's name is a proposal: neither read nor changed before somebody said that it is the project."""
    cloud.client().create_secret(Name=NAME, SecretString='{"THEIRS": "theirs-12345"}')
    done = creds(*words, env={"CREDS_PROVIDER": AWS})
    assert done.returncode == code, done.stderr
    assert "theirs-12345" not in done.stdout
    assert cloud.stored(NAME) == {"THEIRS": "theirs-12345"}


def test_a_first_write_to_another_environment_takes_over_nothing_either(cloud, creds):
    """Bound for staging, the repository would have the default secrets as well."""
    cloud.client().create_secret(Name=NAME, SecretString='{"THEIRS": "theirs-12345"}')
    done = creds("set", "OURS", "--stdin", "--provider", AWS, "-e", "staging", input="ours-12345")
    assert done.returncode == 4


def test_a_first_write_where_aws_holds_nothing_binds(cloud, creds):
    """The id is free there as well."""
    assert creds("set", "OURS", "--stdin", "--provider", AWS, input="ours-12345").returncode == 0
    assert cloud.stored(NAME) == {"OURS": "ours-12345"}
    assert json.loads(creds("status", "--json").stdout)["state"] == "ready"


def test_aws_wins_and_the_local_tier_fills_what_it_lacks(bound, creds):
    creds("set", "SHARED", "--stdin", input="local-12345")
    creds("set", "ONLY_LOCAL", "--stdin", input="local-67890")
    bound.client().create_secret(Name=NAME, SecretString='{"SHARED": "aws-12345", "ONLY_AWS": "aws-67890"}')
    assert creds("use", AWS, "--also", "dotenv-global").returncode == 0
    keys = {key["key"]: key for key in json.loads(creds("list", "--json").stdout)["keys"]}
    assert {name: (key["provider"], key["tier"]) for name, key in keys.items()} == {
        "SHARED": (AWS, 2),
        "ONLY_LOCAL": ("dotenv-global", 0),
        "ONLY_AWS": (AWS, 2),
    }
    assert keys["SHARED"]["shadows"] == ["dotenv-global"]
    program = 'test "$SHARED$ONLY_LOCAL$ONLY_AWS" = aws-12345local-67890aws-67890'
    assert creds("exec", "--", "sh", "-c", program).returncode == 0
    explained = creds("explain", "SHARED").stdout
    assert "tier 2" in explained
    version = bound.client().describe_secret(SecretId=NAME)["VersionIdsToStages"]
    assert next(iter(version)) in explained


def test_a_later_tier_never_completes_a_credential(bound, creds):
    creds("set", "DB_HOST", "--stdin", input="evil.example")
    bound.client().create_secret(Name=NAME, SecretString='{"DB_USER": "app", "DB_PASSWORD": "pw-12345"}')
    assert creds("use", AWS, "--also", "dotenv-global").returncode == 0
    assert creds("exec", "--", "sh", "-c", "test -z ${DB_HOST-}").returncode == 0
    assert get_credentials().host == "localhost"


def test_a_tier_that_fails_ends_the_search(bound, creds, monkeypatch):
    creds("set", "A", "--stdin", input="local-12345")
    assert creds("use", AWS, "--also", "dotenv-global").returncode == 0
    down = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    for words in (("list",), ("get", "A"), ("exec", "--", "true")):
        done = creds(*words, env=down)
        assert done.returncode == 5, done.stderr
        assert "cannot be reached" in done.stderr
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(ProviderNotAvailableError):
        get_credentials()


def test_a_secret_of_rds_is_a_credential(bound, creds):
    bound.client().create_secret(Name="prod/db", SecretString=RDS)
    assert creds("use", AWS, "--secret", "prod/db").returncode == 0
    found = get_credentials()
    assert found.dsn["password"] == "p@ss-word-1"
    assert found.dsn["server_settings"] == {"default_transaction_read_only": "on"}
    shown = creds("get", "DB")
    assert "postgresql://app:****@db.example:5432/shop" in shown.stdout
    assert "p@ss-word-1" not in shown.stdout + shown.stderr
    assert creds("use", AWS).returncode == 0
    assert creds("list").stdout == ""


def test_any_secret_by_its_name(bound, creds):
    arn = bound.client().create_secret(Name="prod/db", SecretString=RDS)["ARN"]
    assert creds("use", AWS).returncode == 0
    assert get_credentials("prod/db").username == "app"
    assert get_credentials(arn).username == "app"


def test_rotation_on_aws_in_all_its_ways(bound, creds, tmp_path):
    bound.client().create_secret(Name=NAME, SecretString='{"A": "old-12345", "B": "stays-123"}')
    assert creds("use", AWS).returncode == 0
    (tmp_path / "value").write_bytes(b"of-a-file-1\n")
    for words, given, expected in (
        (("--stdin",), "of-stdin-1\n", "of-stdin-1"),
        (("--file", str(tmp_path / "value")), None, "of-a-file-1\n"),
        (("--generate=40",), None, None),
    ):
        done = creds("rotate", "A", *words, input=given)
        assert done.returncode == 0, done.stderr
        now = bound.stored(NAME)
        assert expected is None or now["A"] == expected
        assert now["B"] == "stays-123"
        assert now["A"] not in done.stdout + done.stderr
    assert len(bound.stored(NAME)["A"]) == 40
    assert json.loads(bound.text(NAME, "AWSPREVIOUS"))["A"] == "of-a-file-1\n"
    [key] = [key for key in json.loads(creds("list", "--json").stdout)["keys"] if key["key"] == "A"]
    assert key["age_days"] == 0


def test_without_a_copy_exec_asks_each_time(bound, creds, home, proxy):
    bound.client().create_secret(Name=NAME, SecretString='{"A": "value-12345"}')
    assert creds("use", AWS).returncode == 0
    config = home.config / "config.toml"
    config.write_text(config.read_text() + "\n[aws]\ncache_ttl = 0\n")
    for _ in range(2):
        assert creds("exec", "--", "printenv", "A").stdout == "****\n"
    assert proxy.operations == ["GetSecretValue"] * 2


def test_outside_of_any_repository_as_in_ci(cloud, creds, tmp_path):
    cloud.client().create_secret(Name=f"{NAME}/production", SecretString='{"A": "value-12345"}')
    where = ("--project", "shop", "--provider", AWS, "-e", "production")
    done = creds("exec", *where, "--", "printenv", "A", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "****\n"), done.stderr
    assert creds("set", "B", "--stdin", *where, input="value-67890", cwd=tmp_path).returncode == 0
    assert cloud.stored(f"{NAME}/production") == {"A": "value-12345", "B": "value-67890"}
    assert '"A"' in creds("list", "--json", *where, cwd=tmp_path).stdout
