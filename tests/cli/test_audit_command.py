"""`creds audit`."""

import json

import pytest


def test_it_shows_the_last_records(creds):
    """Newest last, names only."""
    creds("set", "A", "--stdin", input="hunter2-a")
    creds("get", "A", "--reveal", "--reason", "to look")
    done = creds("audit")
    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines()[1:]] == ["set", "reveal"]
    assert "hunter2" not in done.stdout
    records = json.loads(creds("audit", "-n", "1", "--json").stdout)["records"]
    assert [(record["action"], record["reason"]) for record in records] == [("reveal", "to look")]


def test_a_change_that_failed_is_recorded_with_its_reason(creds_here, home, monkeypatch):
    """Somebody else was writing; the code of the error is the result."""
    from creds_shell import lock

    creds_here("set", "A", "--stdin", input="hunter2-a")
    monkeypatch.setattr(lock, "PATIENCE", 0.05)
    with lock.held(str(home.store("shop").parent / ".lock")):
        assert creds_here("set", "B", "--stdin", input="hunter2-b").returncode == 5
        assert creds_here("rotate", "A", "--generate").returncode == 5
    records = json.loads(creds_here("audit", "--json").stdout)["records"]
    assert [(r["action"], r["keys"], r["result"]) for r in records] == [
        ("set", ["A"], "ok"),
        ("set", ["B"], "busy"),
        ("rotate", ["A"], "busy"),
    ]


def test_each_read_is_recorded_once_also_one_that_fails(creds, home):
    """A failure has a result and no names: what was typed for a key may be a value."""
    creds("set", "A", "--stdin", input="hunter2-a")
    assert creds("mask", input="a hunter2-a").stdout == "a ****"
    assert creds("scan").returncode == 0
    assert creds("get", "hunter2_pasted").returncode == 3
    assert creds("get").returncode == 3
    assert creds("explain", "hunter2_pasted").returncode == 3
    with home.store("shop").open("a") as file:
        file.write('B="no end\n')
    commands = (
        ["list"],
        ["get", "A", "--reveal"],
        ["explain", "A"],
        ["scan"],
        ["mask"],
        ["dump", "--reveal"],
    )
    for command in commands:
        assert creds(*command).returncode == 1
    done = creds("audit", "--json")
    assert "hunter2" not in done.stdout
    records = json.loads(done.stdout)["records"]
    assert [(r["action"], r.get("keys") or [], r["result"]) for r in records[1:]] == [
        ("mask", ["A"], "ok"),
        ("scan", ["A"], "ok"),
        ("get", [], "not_found"),
        ("get", [], "not_found"),
        ("explain", [], "not_found"),
        ("list", [], "damaged_file"),
        ("reveal", [], "damaged_file"),
        ("explain", [], "damaged_file"),
        ("scan", [], "damaged_file"),
        ("mask", [], "damaged_file"),
        ("dump", [], "damaged_file"),
    ]


def test_verify_finds_an_edit(creds, home):
    """Exit 1 and the line."""
    creds("set", "A", "--stdin", input="hunter2-a")
    creds("set", "B", "--stdin", input="hunter2-b")
    assert creds("audit", "--verify").returncode == 0
    home.audit.write_bytes(home.audit.read_bytes().replace(b'"keys": ["A"]', b'"keys": ["C"]'))
    done = creds("audit", "--verify", "--json")
    assert done.returncode == 1
    (row,) = json.loads(done.stdout)["rows"]
    assert (row["status"], row["check"]) == ("fail", f"{home.audit}:2")


def test_nothing_recorded_yet(creds):
    """No error."""
    done = creds("audit")
    assert (done.returncode, done.stdout) == (0, "")
    assert creds("audit", "--verify").returncode == 0


@pytest.mark.parametrize("words", [("-n", "0"), ("-n", "x"), ("extra",)])
def test_bad_input(creds, words):
    """Exit 2."""
    assert creds("audit", *words).returncode == 2


def test_a_log_that_cannot_be_written_is_said_and_the_action_goes_on(creds, home):
    """P9: one record, or the user is told."""
    creds("set", "A", "--stdin", input="hunter2-a")
    home.audit.unlink()
    home.audit.mkdir()
    done = creds("set", "B", "--stdin", input="hunter2-b")
    assert done.returncode == 0
    assert "creds: warning: this could not be recorded" in done.stderr


def test_strict_refuses_reveal_and_delete_without_a_log(creds, home):
    """Exit 4; the key is still there."""
    creds("set", "A", "--stdin", input="hunter2-a")
    home.audit.unlink()
    home.audit.mkdir()
    config = home.config / "config.toml"
    config.write_text("[audit]\nstrict = true\n")
    config.chmod(0o600)
    for words in (
        ("get", "A", "--reveal"),
        ("delete", "A", "--yes"),
        ("rotate", "A", "--generate"),
        ("dump", "--reveal"),
    ):
        done = creds(*words)
        assert (done.returncode, done.stdout) == (4, "")
        assert "audit.strict" in done.stderr
    assert creds("get", "A").stdout == "A=****\n"
