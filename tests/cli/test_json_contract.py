"""The shapes of JSON output: programs read them, so a key may be added and none may go or change its kind."""

import json

import pytest

KEY = {
    "key": str,
    "provider": str,
    "tier": int,
    "age_days": int,
    "masked": bool,
    "expose": str,
    "shadows": list,
}
SHAPES = {
    "list": ({"version": int, "project": str, "environment": str, "keys": [KEY]}, ("list", "--json")),
    "get": ({"version": int, "key": str, "value": str}, ("get", "API_KEY", "--json")),
    "explain": (
        {"version": int, "rows": [{"status": str, "check": str, "detail": str, "next": str}]},
        ("explain", "API_KEY", "--json"),
    ),
    "audit": (
        {
            "version": int,
            "records": [
                {
                    "seq": int, "time": str, "uid": int, "login": str, "pid": int, "tty": type(None), "action": str,
                    "project": str, "keys": list, "provider": str, "result": str, "prev": str,
                }
            ],
        },
        ("audit", "--json"),
    ),
    "audit verify": (
        {"version": int, "rows": [{"status": str, "check": str, "detail": str, "next": str}]},
        ("audit", "--verify", "--json"),
    ),
}  # fmt: skip


def misfit(value, shape, where="$"):
    """Where a value does not have the shape; "" if it has."""
    if isinstance(shape, dict):
        if not isinstance(value, dict) or not shape.keys() <= value.keys():
            return f"{where} lacks {sorted(shape.keys() - set(value))}"
        return "".join(misfit(value[key], shape[key], f"{where}.{key}") for key in shape)
    if isinstance(shape, list):
        if not isinstance(value, list) or not value:
            return f"{where} is no list with something in it"
        return "".join(misfit(item, shape[0], f"{where}[]") for item in value)
    return "" if isinstance(value, shape) else f"{where} is a {type(value).__name__}"


@pytest.mark.parametrize("name", SHAPES)
def test_the_shape(creds, name):
    """Exactly one JSON object on stdout, version 1."""
    shape, words = SHAPES[name]
    creds("set", "API_KEY", "--stdin", input="hunter2-json")
    done = creds(*words)
    found = json.loads(done.stdout)
    assert misfit(found, shape) == ""
    assert found["version"] == 1
    assert "hunter2" not in done.stdout


def test_statuses_are_four_words(creds):
    """ok, warn, fail, skip."""
    creds("set", "API_KEY", "--stdin", input="hunter2-json")
    rows = json.loads(creds("explain", "API_KEY", "--json").stdout)["rows"]
    assert {row["status"] for row in rows} <= {"ok", "warn", "fail", "skip"}


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (("get", "NOPE"), 3, "not_found"),
        (("set", "1A", "--stdin"), 2, "usage"),
        (("delete", "A"), 3, "not_found"),
        (("list", "--nope"), 2, "usage"),
        (("list", "--project", "../x"), 2, "usage"),
        (("set", "LD_PRELOAD", "--generate"), 4, "not_allowed"),
        (("export", "bash"), 4, "not_allowed"),
    ],
)
def test_errors_are_one_object_on_stderr(creds, words, exit_code, code):
    """{version, error: {code, message, hints}}, nothing on stdout."""
    done = creds(*words, "--json")
    found = json.loads(done.stderr)
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert misfit(found, {"version": int, "error": {"code": str, "message": str, "hints": list}}) == ""
    assert found["error"]["code"] == code


def test_keys_of_unknown_age_are_null(creds, home):
    """A file that was written by hand."""
    creds("set", "API_KEY", "--stdin", input="hunter2-json")
    with home.store("shop").open("ab") as file:
        file.write(b"HAND=hunter2-hand\n")
    ages = {key["key"]: key["age_days"] for key in json.loads(creds("list", "--json").stdout)["keys"]}
    assert ages == {"API_KEY": 0, "HAND": None}


def test_an_error_is_all_that_stderr_holds(creds, repo):
    """What was to be said before it is not lost: a warning is among the hints."""
    (repo / "creds.toml").write_text('colour = "blue"\n')
    creds("set", "API_KEY", "--stdin", input="k-1234567890")
    done = creds("get", "NOPE", "--json")
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, done.stdout, error["code"]) == (3, "", "not_found")
    assert any("colour" in hint for hint in error["hints"])


def test_talk_of_a_command_that_works_is_not_lost(creds):
    """It comes when the command is over."""
    done = creds("set", "API_KEY", "--stdin", "--json", input="k-1234567890")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("creds: shop: API_KEY set in dotenv-global\n")


def test_a_record_that_cannot_be_written_is_told_in_the_error(creds, home):
    """Whatever part of creds warns, stderr is one object."""
    creds("set", "API_KEY", "--stdin", input="k-1234567890")
    log = home.config / "audit.log"
    log.unlink()
    log.mkdir()
    done = creds("get", "NOPE", "--json")
    assert any("could not be recorded" in hint for hint in json.loads(done.stderr)["error"]["hints"])


def test_what_is_held_back_is_said_before_an_agent_takes_over(creds, home):
    """`agent run` becomes the agent: nothing of creds is left to say it later."""
    creds("set", "API_KEY", "--stdin", input="k-1234567890")
    log = home.config / "audit.log"
    log.unlink()
    log.mkdir()
    done = creds("agent", "run", "--json", "--", "true")
    assert done.returncode == 0
    assert "could not be recorded" in done.stderr
    done = creds("agent", "run", "--", "./nope", "--json")  # the option is the agent's
    assert done.returncode == 127
    assert "creds: error: cannot run ./nope" in done.stderr


def test_a_command_that_cannot_be_started_leaves_one_object(creds, repo):
    """Also where `exec` had something to warn of; a command that runs has that before its own output."""
    warning = "has no secrets here"
    done = creds("exec", "--json", "--", "./nope")
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, error["code"]) == (127, "not_started")
    assert any(warning in hint for hint in error["hints"])
    for command in (("true",), ("sh", "-c", "echo own >&2")):
        done = creds("exec", "--json", "--", *command)
        assert (done.returncode, done.stderr.count(warning)) == (0, 1)
    assert warning in creds("exec", "sh", "-c", "true", "--json").stderr
    assert creds("exec", "./nope", "--json").stderr.startswith("creds: ")  # the option is the command's
    creds("set", "API_KEY", "--stdin", input="k-1234567890")
    assert creds("exec", "--json", "--", "sh", "-c", "echo own >&2").stderr == "own\n"
