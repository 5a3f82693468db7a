"""The audit log: one chained record per action, gaps said, edits seen, rotation without a break."""

import fcntl
import json
import os
import pwd
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from creds_shell import audit
from creds_shell.core import journal
from creds_shell.core.errors import NotAllowedError, SecretsError

# Python 3.12 warns of a fork beside threads; the children here never come back into pytest
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


@pytest.fixture(autouse=True)
def _told_once(monkeypatch):
    """A process warns once; each test is its own."""
    monkeypatch.setitem(audit._state, "warned", False)


def write(count, action="set"):
    for number in range(count):
        assert audit.record(action, project="shop", keys=[f"KEY_{number}"], provider="dotenv-global")


def lines(home):
    return home.audit.read_bytes().splitlines()


def test_a_record_says_who_what_and_when(home):
    """Names, never values; the fields of the design in their order."""
    audit.record("set", project="shop", keys=["B", "A"], provider="dotenv-global", reason="deploy")
    (record,) = audit.read()
    expected = [
        "seq",
        "time",
        "uid",
        "login",
        "pid",
        "tty",
        "action",
        "project",
        "keys",
        "provider",
        "result",
    ]
    assert list(record) == [*expected, "reason", "prev"]
    assert (record["project"], record["keys"], record["provider"]) == ("shop", ["A", "B"], "dotenv-global")
    assert (record["seq"], record["prev"], record["uid"]) == (1, "0" * 64, os.getuid())
    assert record["result"] == "ok"
    assert stat.S_IMODE(home.audit.stat().st_mode) == 0o600


def test_a_record_names_the_person_and_the_terminal(home):
    """The first of the three standard descriptors that is a terminal."""
    audit.record("set", project="shop")
    master, slave = os.openpty()
    code = "from creds_shell import audit; audit.record('get', project='shop')"
    command = (sys.executable, "-c", code)
    subprocess.run(command, env=home.env, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, check=True)
    terminal = os.ttyname(slave)
    os.close(master)
    os.close(slave)
    login = pwd.getpwuid(os.getuid()).pw_name
    assert [record["login"] for record in audit.read()] == [login, login]
    assert audit.read()[1]["tty"] == terminal


def test_the_agent_is_recorded(home, monkeypatch):
    """By the marker that it sets."""
    monkeypatch.setenv("CLAUDECODE", "1")
    audit.record("get", project="shop")
    assert audit.read()[0]["agent"] == "claude"


def test_odd_names_are_json(home):
    """A key name or reason may hold anything that a file can."""
    audit.record("set", project="shop", reason='a "b"\n\\ é 🔑 \x00 \udcff')
    assert audit.read()[0]["reason"] == 'a "b"\n\\ é 🔑 \x00 \udcff'
    assert len(lines(home)) == 1


def test_the_chain_is_whole(home):
    """Every line holds the sha256 of the one before."""
    write(5)
    found = audit.verify()
    assert (found.ok, found.records) == (True, 5)


@pytest.mark.parametrize("line", range(4))
def test_an_edited_line_is_seen(home, line):
    """Also the last one, by the head that is kept elsewhere."""
    write(4)
    changed = lines(home)
    changed[line] = changed[line].replace(b"KEY_", b"KEX_")
    home.audit.write_bytes(b"\n".join(changed) + b"\n")
    assert not audit.verify().ok


@pytest.mark.parametrize("line", range(4))
def test_a_removed_line_is_seen(home, line):
    """In the middle, at the beginning and at the end."""
    write(4)
    rest = lines(home)
    del rest[line]
    home.audit.write_bytes(b"\n".join(rest) + b"\n")
    assert not audit.verify().ok


def test_an_added_line_is_seen(home):
    """A line that creds did not write."""
    write(2)
    with home.audit.open("ab") as log:
        log.write(b'{"seq": 3, "action": "set"}\n')
    assert not audit.verify().ok


def test_a_removed_log_is_seen(home):
    """The head says how many there were."""
    write(3)
    home.audit.unlink()
    found = audit.verify()
    assert "record 3 was the last one written" in found.problems[0].what


def test_a_missing_head_is_seen(home):
    """Else removing it would hide a cut."""
    write(3)
    os.unlink(journal.head_file())
    assert "there is no head" in audit.verify().problems[0].what


def test_the_log_of_another_store_has_a_head_of_its_own(home, monkeypatch, tmp_path):
    """CREDS_HOME for one command says nothing about the usual log, nor the other way round."""
    write(2)
    monkeypatch.setenv("CREDS_HOME", str(tmp_path / "other"))
    write(3)
    assert (audit.verify().ok, audit.verify().records) == (True, 3)
    monkeypatch.delenv("CREDS_HOME")
    write(1)
    assert (audit.verify().ok, audit.verify().records) == (True, 3)


def test_the_usual_log_has_one_head_also_when_its_folder_is_named(home, monkeypatch):
    """Else the writers would neither wait for each other nor know of each other's records."""
    write(1)
    monkeypatch.setenv("CREDS_HOME", str(home.audit.parent))
    write(3)
    monkeypatch.delenv("CREDS_HOME")
    assert (audit.verify().ok, audit.verify().records) == (True, 4)


def test_a_record_needs_no_home_where_the_folders_are_named(home, monkeypatch, tmp_path):
    monkeypatch.setenv("CREDS_HOME", str(tmp_path / "other"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 4_000_000)
    monkeypatch.setattr("posix.getuid", lambda: 4_000_000)
    assert journal.head_file().startswith(str(tmp_path / "state"))


def test_a_break_stays_visible_after_later_records(home):
    """The chain goes on from the head, so nobody can heal it by waiting."""
    write(4)
    home.audit.write_bytes(b"\n".join(lines(home)[:2]) + b"\n")
    write(3)
    assert not audit.verify().ok


def test_a_record_killed_before_its_head_is_healed_by_the_next(home):
    """The log may be one ahead of the head."""
    write(2)
    head = Path(journal.head_file())
    before = head.read_bytes()
    write(1)
    head.write_bytes(before)
    assert audit.verify().ok
    write(1)
    assert (audit.verify().ok, audit.verify().records) == (True, 4)


def test_a_line_that_was_cut_off_does_not_swallow_the_next(home):
    """It stays what it is, and is seen."""
    write(2)
    with home.audit.open("ab") as log:
        log.write(b'{"seq": 3, "ti')
    write(1)
    assert len(lines(home)) == 4
    assert [problem.line for problem in audit.verify().problems][:1] == [3]


def test_a_full_log_is_set_aside_and_the_chain_goes_on(home, monkeypatch):
    """Rotation by size; nothing is thrown away."""
    monkeypatch.setattr(journal, "LIMIT", 2000)
    write(40)
    names = sorted(path.name for path in home.config.iterdir() if path.name.startswith("audit.log"))
    assert len(names) > 3
    assert names[:3] == ["audit.log", "audit.log.1", "audit.log.2"]
    found = audit.verify()
    assert (found.ok, found.records) == (True, 40)
    assert [record["seq"] for record in audit.read(30)] == list(range(11, 41))
    (home.config / "audit.log.2").unlink()
    assert not audit.verify().ok


def test_many_processes_write_one_chain(home):
    """Under the lock, one write a record."""
    children = []
    for _ in range(8):
        child = os.fork()
        if child == 0:
            try:
                write(20)
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    found = audit.verify()
    assert (found.ok, found.records) == (True, 160)


def test_no_writer_comes_between_the_walk_and_the_head(home, monkeypatch):
    """Else a log that is written to meanwhile would look cut off."""
    write(2)
    files = audit.log_files

    def then_somebody_writes():
        found = files()
        assert not journal.append("load", project="shop")
        return found

    monkeypatch.setattr(audit, "log_files", then_somebody_writes)
    assert audit.verify().ok


def test_a_log_that_cannot_be_read_is_an_error_and_no_empty_one(home):
    write(1)
    home.audit.rename(home.path / "elsewhere")
    home.audit.symlink_to(home.path / "elsewhere")
    for look in (audit.read, audit.verify):
        with pytest.raises(SecretsError) as caught:
            look()
        assert caught.value.hints == (
            f"put the file itself there: mv {home.path / 'elsewhere'} {home.audit}",
        )


def test_a_busy_log_never_holds_up_the_prompt_and_leaves_a_gap(home, capsys):
    """5 ms at a prompt; the next explicit command writes the gap down."""
    write(1)
    with open(journal.head_file(), "rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        before = os.umask(0o777)
        assert not journal.append("load", project="shop")
        assert not journal.append("load", project="shop")
        os.umask(before)
    assert os.stat(journal.missed_file()).st_mode & 0o777 == 0o600
    write(1)
    gap, after = audit.read(2)
    assert (gap["action"], gap["count"], gap["result"]) == ("gap", 2, "missed")
    assert after["action"] == "set"
    assert audit.verify().ok
    assert not os.path.exists(journal.missed_file())


def test_a_log_that_cannot_be_written_is_said_once(home, capfd):
    """And the action goes on; a symbolic link is one way to be unwritable."""
    write(1)
    home.audit.rename(home.path / "elsewhere")
    home.audit.symlink_to(home.path / "elsewhere")
    assert not audit.record("set", project="shop")
    assert not audit.record("set", project="shop")
    assert capfd.readouterr().err.count("could not be recorded") == 1
    assert (home.path / "elsewhere").read_bytes().count(b"\n") == 1


def test_strict_refuses_what_cannot_be_recorded(home):
    """Only reveal, dump, rotate, delete, promote, and only when the user asked for it."""
    write(1)
    home.audit.unlink()
    home.audit.symlink_to(home.path / "elsewhere")
    audit.begin("reveal", project="shop")
    config = home.config / "config.toml"
    config.write_text("[audit]\nstrict = true\n")
    config.chmod(0o600)
    for action in sorted(audit.STRICT_ACTIONS):
        with pytest.raises(NotAllowedError, match=r"audit\.strict"):
            audit.begin(action, project="shop")
    audit.begin("list", project="shop")


def test_no_record_holds_a_value(home, creds):
    """After a round of commands with a value that would be found."""
    secret = "s3cret-unmistakable-7"
    creds("set", "A", "--stdin", input=secret)
    creds("get", "A", "--reveal")
    creds("rotate", "A", "--stdin", input=secret + "2")
    creds("dump", "--reveal")
    creds("set", "B", secret)
    creds("delete", "A", "--yes")
    text = home.audit.read_text()
    assert secret not in text
    actions = [json.loads(line)["action"] for line in text.splitlines()]
    assert actions == ["set", "reveal", "rotate", "dump", "set", "delete"]


def test_the_prompts_append_imports_next_to_nothing(home):
    """It runs inside the prompt: no json, no os, no re."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "import creds_shell.core.journal as j\n"
        "j.append('load', project='shop', keys=('A',), provider='dotenv-global')\n"
        "print(sorted(m for m in set(sys.modules) - before if not m.startswith('creds_shell')))\n"
    )
    root = os.path.dirname(os.path.dirname(audit.__file__))
    command = (sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {root!r})\n{code}")
    done = subprocess.run(command, env=home.env, capture_output=True, text=True, check=True)
    assert set(eval(done.stdout)) <= {"fcntl", "posix", "time", "_sha256", "_sha2", "errno"}  # noqa: S307 our own list
    assert audit.read()[0]["action"] == "load"
