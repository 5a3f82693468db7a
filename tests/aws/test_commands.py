"""The commands about AWS, as a person runs them."""

import json
import os
import re
import sys
import time

import pytest

NAME = "claude-power-pack/shop"
AWS = "aws-secrets-manager"


@pytest.fixture
def local(cloud, home, repo, run_python):
    """Puts secrets into the local bundle and binds the repository."""

    def put(environment="default", **secrets):
        code = """
import json, sys
from creds_shell.base import SecretBundle
from creds_shell.project import open_project
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider
project = open_project(writing=True)
bundle = SecretBundle(project.id, json.loads(sys.argv[2]), environment=sys.argv[1])
DotEnvSecretsProvider().put_bundle(bundle, "replace")
"""
        done = run_python(code, environment, json.dumps(secrets))
        assert done.returncode == 0, done.stderr

    return put


def test_promote_shows_place_and_keys_and_copies(cloud, creds, local):
    local(API_KEY="k-secret-1", NEW="n-secret-2")
    client = cloud.client()
    client.create_secret(Name=NAME, SecretString='{"API_KEY": "old-one", "GONE": "gone-one"}')
    done = creds("promote", "--yes")
    assert done.returncode == 0, done.stderr
    assert "account 123456789012, region eu-central-1, secret claude-power-pack/shop" in done.stderr
    for line in ("+ NEW", "~ API_KEY", "- GONE"):
        assert line in done.stderr
    assert cloud.stored(NAME) == {"API_KEY": "k-secret-1", "NEW": "n-secret-2"}
    assert "secret-1" not in done.stdout + done.stderr


def test_promote_with_merge_keeps_what_only_aws_has(cloud, creds, local):
    local("staging", A="1")
    cloud.client().create_secret(Name=NAME + "/staging", SecretString='{"B": "2"}')
    assert creds("promote", "-e", "staging", "--merge", "--yes").returncode == 0
    assert cloud.stored(NAME + "/staging") == {"B": "2", "A": "1"}


def test_promote_without_a_person_changes_nothing(cloud, creds, local):
    local(A="1")
    done = creds("promote")
    assert done.returncode == 4
    assert "--yes" in done.stderr
    assert cloud.client().list_secrets()["SecretList"] == []


def test_promote_is_refused_to_an_agent(cloud, creds, local):
    local(A="1")
    done = creds("promote", "--yes", env={"CLAUDECODE": "1"})
    assert done.returncode == 4
    assert "agent" in done.stderr
    assert cloud.client().list_secrets()["SecretList"] == []


def test_promote_of_nothing_is_an_error(cloud, creds, repo):
    done = creds("promote", "--yes")
    assert done.returncode == 3
    assert "no secrets" in done.stderr


def test_versions_rollback_and_restore(cloud, creds, local):
    local(A="one")
    creds("promote", "--yes")
    local(A="two", B="three")
    creds("promote", "--yes")
    listed = creds("versions", "--json", "--provider", AWS)
    assert listed.returncode == 0, listed.stderr
    told = json.loads(listed.stdout)
    assert [v["stages"] for v in told["versions"]] == [["AWSCURRENT"], ["AWSPREVIOUS"]]
    assert told["version"] == 1
    back = creds("rollback", "--yes", "--provider", AWS)
    assert back.returncode == 0, back.stderr
    assert "~ A" in back.stderr
    assert "- B" in back.stderr
    assert cloud.stored(NAME) == {"A": "one"}
    again = creds("rollback", "--to", told["versions"][0]["version"][:8], "--yes", "--provider", AWS)
    assert again.returncode == 0, again.stderr
    assert cloud.stored(NAME) == {"A": "two", "B": "three"}
    cloud.client().delete_secret(SecretId=NAME)
    restored = creds("restore", "--provider", AWS)
    assert restored.returncode == 0, restored.stderr
    assert cloud.stored(NAME) == {"A": "two", "B": "three"}
    assert creds("use", "dotenv-global", "--also", AWS).returncode == 0
    assert creds("restore").returncode == 3  # it is not deleted
    records = json.loads(creds("audit", "--json").stdout)["records"]
    done = [(r["action"], r["result"]) for r in records if r["action"] != "use"]
    assert done[-4:] == [("rollback", "ok"), ("rollback", "ok"), ("restore", "ok"), ("restore", "not_found")]
    assert records[-1]["provider"] == AWS


@pytest.mark.parametrize(
    ("wanted", "code", "said"),
    [
        ("AWSPREVIOUS", 0, "one"),
        ("AWSCURRENT", 0, "two"),
        ("the beginning of the older id", 0, "one"),
        ("the older id", 0, "one"),
        ("nope", 3, "creds: error: aws: there is no version nope"),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", 3, "has no version ffffffff-"),
    ],
)
@pytest.mark.usefixtures("cloud")
def test_a_value_of_an_older_version_by_stage_or_id(creds, local, wanted, code, said):
    """The list shows the beginning of an id, and so it is enough here as it is for rollback."""
    local(A="one")
    creds("promote", "--yes")
    local(A="two")
    creds("promote", "--yes")
    older = json.loads(creds("versions", "--json", "--provider", AWS).stdout)["versions"][1]["version"]
    given = {"the beginning of the older id": older[:8], "the older id": older}.get(wanted, wanted)
    done = creds("get", "A", "--reveal", "--version", given, "--provider", AWS)
    assert (done.returncode, said in (done.stderr if code else done.stdout)) == (code, True), done.stderr
    last = json.loads(creds("audit", "--json").stdout)["records"][-1]
    assert (last["action"], last["result"]) == ("reveal", "not_found" if code else "ok")


@pytest.mark.usefixtures("cloud")
def test_validate_names_the_host_and_region_that_it_cannot_reach(creds, local):
    """Also when it is STS that does not answer, which is asked first."""
    local(A="one")
    done = creds("validate", "--aws", "--provider", AWS, env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert done.returncode == 1
    assert "127.0.0.1 cannot be reached" in done.stdout
    assert "(eu-central-1)" in done.stdout


def test_validate_tells_who_we_are_what_is_there_and_whether_it_can_be_written(proxy, creds, local):
    """With the permission to write taken away later: a warning that names the action."""
    local(A="one", B="two")

    def found():
        done = creds("validate", "--aws", "--provider", AWS, "--json")
        assert done.returncode == 0, done.stdout
        return {row["check"]: row for row in json.loads(done.stdout)["rows"]}

    first = found()
    assert "in account 123456789012, region eu-central-1" in first["aws identity"]["detail"]
    assert (first["aws secret"]["status"], first["aws secret"]["next"]) == ("skip", "creds promote")
    assert "aws write" not in first
    creds("promote", "--yes")
    second = found()
    assert second["aws secret"]["detail"].startswith(f"{NAME}: 2 keys, version ")
    assert {row["status"] for row in second.values()} == {"ok"}
    said = "User: me is not authorized to perform: secretsmanager:UpdateSecretVersionStage on resource: x"
    denied = json.dumps({"__type": "AccessDeniedException", "Message": said}).encode()
    proxy.before = lambda operation: (400, denied) if operation == "UpdateSecretVersionStage" else None
    third = found()["aws write"]
    assert third["status"] == "warn"
    assert third["detail"].startswith("reading works, writing does not: ")
    assert "UpdateSecretVersionStage" in third["detail"] + third["next"]


def test_rollback_without_a_person_changes_nothing(cloud, creds, local):
    local(A="one")
    creds("promote", "--yes")
    local(A="two")
    creds("promote", "--yes")
    assert creds("rollback", "--provider", AWS).returncode == 4
    assert cloud.stored(NAME) == {"A": "two"}


def test_versions_of_a_project_that_is_not_in_aws_names_the_next_step(creds, local):
    local(A="one")
    done = creds("versions")
    assert done.returncode == 2
    assert "creds use aws-secrets-manager" in done.stderr


def test_refresh_without_aws_says_so(creds, local):
    local(A="one")
    done = creds("refresh")
    assert done.returncode == 0
    assert "nothing to fetch" in done.stderr


def test_refresh_renews_the_copy(cloud, creds, local, memory):
    local(A="one")
    creds("promote", "--yes")
    client = cloud.client()
    client.put_secret_value(SecretId=NAME, SecretString='{"A": "changed-elsewhere", "B": "2"}')
    done = creds("refresh", "--provider", AWS)
    assert done.returncode == 0, done.stderr
    assert "2 secrets from aws" in done.stderr
    [copy] = (memory / "creds-shell" / "aws").glob("*.env")
    assert b"changed-elsewhere" in copy.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600


def test_looks_at_aws_are_recorded_once_also_those_that_fail(cloud, creds, local, run_python):
    """A credential by the name of its secret, a fetch, and `get_credentials`; no names where it failed."""
    local(A="one-secret-1")
    cloud.client().create_secret(
        Name="prod/db",
        SecretString='{"host": "h", "username": "app", "password": "hunter2-pw", "dbname": "d"}',
    )
    assert "username=app" in creds("get", "prod/db", "--provider", AWS).stdout
    assert creds("get", "prod/nope", "--provider", AWS).returncode == 3
    gone = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    assert creds("refresh", "--provider", AWS, "--reason", "why", env=gone).returncode == 5
    assert run_python("from creds_shell import get_credentials; get_credentials('NOPE')").returncode == 1
    records = json.loads(creds("audit", "--json").stdout)["records"]
    assert [(r["action"], r["keys"], r["result"], r.get("reason")) for r in records] == [
        ("get", ["prod/db"], "ok", None),
        ("get", [], "not_found", None),
        ("refresh", [], "provider_unavailable", "why"),
        ("credentials", [], "not_found", None),
    ]


def test_promote_goes_on_only_when_the_name_is_typed(cloud, home, repo, local):
    import pexpect

    local(A="one-secret-1")
    command = os.path.join(os.path.dirname(sys.executable), "creds")
    for typed, status, stored in (("wrong", 1, False), ("shop", 0, True)):
        child = pexpect.spawn(command, ["promote"], cwd=str(repo), env=home.env, timeout=60, encoding="utf-8")
        child.expect("type shop to go on:")
        assert "+ A" in child.before
        assert "account 123456789012" in child.before
        child.sendline(typed)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == status, child.before
        assert bool(cloud.client().list_secrets()["SecretList"]) is stored


def test_values_are_nowhere_on_the_disk(cloud, creds, memory, tmp_path):
    assert creds("allow", "--yes").returncode == 0
    assert creds("use", AWS).returncode == 0
    value = "only-in-memory-s3cret"
    assert creds("set", "API_KEY", "--stdin", input=value).returncode == 0
    for words in (("list",), ("get", "API_KEY"), ("exec", "--", "true"), ("refresh",), ("validate", "--aws")):
        assert creds(*words).returncode == 0
    assert creds("rotate", "API_KEY", "--stdin", input=value + "-2").returncode == 0
    assert creds("rollback", "--yes").returncode == 0
    for path in tmp_path.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert value.encode() not in path.read_bytes(), path


def test_offline_an_old_copy_is_used_only_if_the_user_allows_it_and_says_its_age(proxy, creds, home, memory):
    assert creds("allow", "--yes").returncode == 0
    assert creds("use", AWS).returncode == 0
    assert creds("set", "API_KEY", "--stdin", input="value-12345").returncode == 0
    [copy] = (memory / "creds-shell" / "aws").glob("*.env")
    old = re.sub(rb"# fetched: [0-9.]+", b"# fetched: %d" % (time.time() - 7200), copy.read_bytes())
    copy.write_bytes(old)
    proxy.before = lambda _: (503, b'{"__type": "InternalServiceError", "message": "x"}')
    done = creds("exec", "--", "printenv", "API_KEY")
    assert (done.returncode, done.stdout) == (5, ""), done.stderr
    assert "cannot be reached" in done.stderr
    config = home.config / "config.toml"
    config.write_text(config.read_text() + "\n[aws]\noffline = true\n")
    done = creds("exec", "--", "printenv", "API_KEY")
    assert (done.returncode, done.stdout) == (0, "****\n"), done.stderr
    assert "2 h ago" in done.stderr
    listed = creds("list")
    assert listed.returncode == 0
    assert "2 h ago" in listed.stderr


def test_refresh_all_renews_every_environment_in_one_call(proxy, cloud, creds, memory):
    assert creds("allow", "--yes").returncode == 0
    assert creds("use", AWS).returncode == 0
    client = cloud.client()
    for name in ("shop", "shop/staging", "shop/production", "shop-other", "shop/a/b"):
        client.create_secret(Name=f"claude-power-pack/{name}", SecretString='{"API_KEY": "v-12345"}')
    done = creds("refresh", "--all")
    assert done.returncode == 0, done.stderr
    assert [line.split(",")[0] for line in done.stderr.splitlines()] == [
        "creds: shop in default",
        "creds: shop in production",
        "creds: shop in staging",
    ]
    assert proxy.operations == ["ListSecrets", "BatchGetSecretValue"]
    assert creds("exec", "-e", "staging", "--", "printenv", "API_KEY").stdout == "****\n"
    assert len(proxy.operations) == 2
