"""`creds get`: masked unless asked to reveal; credentials by their prefix."""

import json
import os
import sysconfig

import pexpect
import pytest

CREDS = os.path.join(sysconfig.get_path("scripts"), "creds")
DATABASE = "DB_HOST=db.internal\nDB_PORT=5433\nDB_NAME=shop\nDB_USER=app\nDB_PASSWORD=hunter2-db\n"


def test_a_key_is_shown_masked(creds):
    """KEY=****."""
    creds("set", "API_KEY", "--stdin", input="hunter2-get")
    done = creds("get", "API_KEY")
    assert (done.returncode, done.stdout) == (0, "API_KEY=****\n")


def test_reveal_prints_the_raw_bytes_to_a_pipe(creds, tmp_path):
    """No newline added, none lost."""
    data = b"\xff\x01\r\n\n"
    (tmp_path / "f").write_bytes(data)
    creds("set", "A", "--file", str(tmp_path / "f"))
    assert creds("get", "A", "--reveal", text=False).stdout == data


def test_reveal_as_json_is_json_or_an_error(creds, tmp_path):
    """Bytes that are no text have no place in it."""
    (tmp_path / "f").write_bytes(b"\xff")
    creds("set", "A", "--file", str(tmp_path / "f"))
    creds("set", "B", "--stdin", input="é\n\n")
    refused = creds("get", "A", "--reveal", "--json")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "A is no UTF-8" in json.loads(refused.stderr)["error"]["message"]
    assert json.loads(creds("get", "B", "--reveal", "--json").stdout)["value"] == "é\n"


def test_reveal_ends_the_line_on_a_terminal(creds, home, repo):
    """One newline."""
    creds("set", "A", "--stdin", input="hunter2-get")
    child = pexpect.spawn(
        CREDS, ["get", "A", "--reveal"], cwd=str(repo), env=home.env, timeout=60, encoding="utf-8"
    )
    child.expect(pexpect.EOF)
    assert child.before == "hunter2-get\r\n"


def test_the_database_is_the_default(creds):
    """Its fields, the password masked, and the masked connection string."""
    creds("import", "-", input=DATABASE)
    done = creds("get")
    assert done.returncode == 0
    assert done.stdout == creds("get", "DB").stdout
    assert "hunter2" not in done.stdout
    assert "host=db.internal\nport=5433\n" in done.stdout
    assert "password=****\n" in done.stdout
    assert "connection_string=postgresql://app:****@db.internal:5433/shop\n" in done.stdout


def test_a_key_named_as_the_default_id_is_a_credential_where_no_key_is_named(creds):
    """What RDS writes, kept under DB: `get` shows the credential, `get DB` the key."""
    rds = {"username": "app", "password": "hunter2-rds", "host": "db.internal", "dbname": "shop"}
    creds("set", "DB", "--stdin", input=json.dumps(rds))
    shown = creds("get")
    assert shown.returncode == 0
    assert "connection_string=postgresql://app:****@db.internal:5432/shop\n" in shown.stdout
    assert creds("get", "DB").stdout == "DB=****\n"


def test_an_id_may_be_written_as_people_write_names(creds):
    """`my-db` is MY_DB_…, as it was in lib.creds."""
    creds("import", "-", input=DATABASE.replace("DB_", "MY_DB_"))
    assert creds("get", "my-db").stdout == creds("get", "MY_DB").stdout
    assert "connection_string=" in creds("get", "my-db").stdout


def test_another_prefix_shows_its_keys_masked(creds):
    """Where it describes no database and no key."""
    creds("import", "-", input="MAIL_FROM=shop@example.org\nMAIL_PASS=hunter2-mail\n")
    done = creds("get", "MAIL")
    assert done.returncode == 0
    assert "****" in done.stdout
    assert "hunter2" not in done.stdout


@pytest.mark.parametrize("words", [("get", "API_KEY"), ("--json", "get", "API_KEY")])
def test_json_has_a_mask_too(creds, words):
    """Global options stand before or after the command."""
    creds("set", "API_KEY", "--stdin", input="hunter2-get")
    done = creds(*words, *(() if "--json" in words else ("--json",)))
    assert json.loads(done.stdout) == {"version": 1, "key": "API_KEY", "value": "****"}


BAD = {
    "unknown key": (("NOPE",), 3, "has no key NOPE"),
    "a slip": (("API_KEX",), 3, "did you mean API_KEY?"),
    "no database": ((), 3, "has no credential DB"),
    "an empty name": (("",), 2, "the name of the key is empty"),
    "reveal without a key": (("--reveal",), 2, "--reveal needs the name of a key"),
    "no versions here": (("API_KEY", "--version", "1"), 2, "keeps no versions"),
    "a prefix revealed": (("API", "--reveal"), 2, "is a credential; --reveal shows a key"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(creds, case):
    """A clear error, the right exit code, nothing on stdout."""
    words, code, text = BAD[case]
    creds("set", "API_KEY", "--stdin", input="hunter2-get")
    done = creds("get", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert text in done.stderr


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("DATABASE_URL=postgres://app:hunter2-get@db/shop\n", "DATABASE_URL"),
        ("DB_USER=app\nDB_PASSWORD=hunter2-get\n", "DB_PASSWORD"),
        ("host=db\nusername=app\npassword=hunter2-get\n", "host"),  # as RDS keeps it
        ("DB_ONE=hunter2-get\nDB_TWO=hunter2-get\n", "DB_ONE"),  # no credential
    ],
)
def test_a_credential_is_not_revealed_but_each_of_its_keys_can_be(creds, text, key):
    """The next step shows a key that is there, and does not propose to set `DB`."""
    creds("import", "-", input=text)
    done = creds("get", "DB", "--reveal", "--json")
    assert (done.returncode, json.loads(done.stderr)["error"]["hints"]) == (2, [f"creds get {key} --reveal"])


@pytest.mark.parametrize("name", ["a b", "prod/db", "arn:aws:secretsmanager:x", "é"])
def test_what_is_no_name_of_a_key_is_not_proposed_to_be_set(creds, name):
    """One error, and a next step that works: no `creds set prod/db`."""
    done = creds("get", name, "--json")
    assert (done.returncode, done.stdout) == (3, "")
    hints = json.loads(done.stderr)["error"]["hints"]
    assert not [hint for hint in hints if hint.startswith("creds set")]
    assert "see the keys: creds list" in hints
    assert ("aws-secrets-manager" in hints[0]) == (name in {"prod/db", "arn:aws:secretsmanager:x"})


def test_outside_a_repository_and_in_a_free_one(creds, home):
    """Exit 3 with the way out; a free repository has an empty bundle."""
    assert creds("get", "A", cwd=home.path).returncode == 3
    assert creds("get", "A").returncode == 3
    assert not home.config.exists() or not (home.config / "secrets").exists()


def test_an_agent_may_not_reveal(creds):
    """And is told what to do instead."""
    creds("set", "API_KEY", "--stdin", input="hunter2-get")
    done = creds("get", "API_KEY", "--reveal", env={"CLAUDECODE": "1"})
    assert (done.returncode, done.stdout) == (4, "")
    assert "creds exec -- COMMAND" in done.stderr
    assert creds("get", "API_KEY", env={"CLAUDECODE": "1"}).stdout == "API_KEY=****\n"


def test_the_url_of_an_api_credential_shows_where_it_is_and_no_more(creds):
    """A webhook's path is its key; what is not asked for with --reveal is never shown, least of all to an agent."""
    creds("set", "SLACK_TOKEN", "--stdin", input="xoxb-token-value")
    creds(
        "set", "SLACK_URL", "--stdin", input="https://me:s3cret-1@hooks.example/services/s3cret-2?k=s3cret-3"
    )
    for words in ((), ("--json",)):
        done = creds("get", "SLACK", *words)
        assert "https://hooks.example/****" in done.stdout
        assert "s3cret" not in done.stdout + done.stderr
