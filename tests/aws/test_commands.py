"""The commands about AWS, as a person runs them."""

import json

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
