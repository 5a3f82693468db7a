"""`creds doctor` in a project whose secrets are in AWS: whether the tier can be reached."""

import json

AWS = "aws-secrets-manager"


def test_doctor_says_whether_aws_can_be_reached(cloud, creds, repo):
    """Reachable with its keys counted; else why not and what to look at, and exit 1."""
    assert creds("set", "API_KEY", "--stdin", "--provider", AWS, input="aws-secret-one").returncode == 0
    assert creds("use", AWS).returncode == 0
    assert _row(creds("doctor", "--json")) == ("ok", "reachable, 1 key")
    done = creds("doctor", "--json", env=cloud.env | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert done.returncode == 1
    status, detail = _row(done)
    assert status == "fail"
    assert "127.0.0.1 cannot be reached" in detail


def _row(done):
    row = next(row for row in json.loads(done.stdout)["rows"] if row["check"] == AWS)
    return row["status"], row["detail"]
