"""`creds exec` with a project whose secrets are in AWS: fetched when there is no copy, from the copy afterwards."""

import json

NAME = "claude-power-pack/shop"


def test_exec_fetches_once_and_masks(cloud, creds, repo):
    """No copy: the tier is asked. A copy: it is not. --refresh: it is."""
    cloud.client().create_secret(Name=NAME, SecretString=json.dumps({"API_KEY": "aws-secret-one"}))
    words = ("exec", "--project", "shop", "--provider", "aws-secrets-manager")
    done = creds(*words, "--", "sh", "-c", "echo $API_KEY ${#API_KEY}")
    assert (done.returncode, done.stdout) == (0, "**** 14\n"), done.stderr
    cloud.client().put_secret_value(
        SecretId=NAME, SecretString=json.dumps({"API_KEY": "aws-secret-number-2"})
    )
    done = creds(*words, "--refresh", "--", "sh", "-c", "echo $API_KEY ${#API_KEY}")
    assert (done.returncode, done.stdout) == (0, "**** 19\n"), done.stderr


def test_a_tier_that_fails_starts_nothing(cloud, creds):
    """Exit 5, the provider named; another tier's secrets do not stand in."""
    env = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = creds(
        "exec",
        "--project",
        "shop",
        "--provider",
        "aws-secrets-manager",
        "--",
        "echo",
        "started",
        env=cloud.env | env,
    )
    assert (done.returncode, done.stdout) == (5, ""), done.stderr
    assert "aws: " in done.stderr
