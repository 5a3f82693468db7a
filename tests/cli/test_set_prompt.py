"""`creds set` at a terminal: the hidden prompt, what is pasted, and every way of giving up."""

import io
import os
import sysconfig

import pexpect
import pytest

from creds_shell.providers.dotenv_global import DotEnvSecretsProvider

CREDS = os.path.join(sysconfig.get_path("scripts"), "creds")


def stored(project="shop", environment="default"):
    return DotEnvSecretsProvider().get_bundle(project, environment).as_bytes()


@pytest.fixture
def terminal(home, repo):
    """Start the command in a real terminal."""
    children = []

    def start(*args, env=None):
        child = pexpect.spawn(
            CREDS, list(args), cwd=str(repo), env=home.env | (env or {}), timeout=60, encoding="utf-8"
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def finish(child):
    child.expect(pexpect.EOF)
    child.wait()
    return child.exitstatus, child.before


@pytest.mark.parametrize(("typed", "status"), [("y", 0), ("n", 1)])
def test_the_question_about_a_name(terminal, typed, status):
    """Before the value is asked for."""
    child = terminal("set", "LD_PRELOAD")
    child.expect_exact("makes the next program run code")
    child.sendline(typed)
    if status == 0:
        for question in ("value of LD_PRELOAD:", "the same again:"):
            child.expect_exact(question)
            child.sendline("/lib/x.so")
    assert finish(child)[0] == status
    assert stored() == ({"LD_PRELOAD": b"/lib/x.so"} if status == 0 else {})


def test_the_prompt_is_hidden_and_asks_twice(terminal):
    """Nothing typed appears on the screen."""
    child = terminal("set", "API_KEY")
    for question in ("value of API_KEY:", "the same again:"):
        child.expect_exact(question)
        child.sendline("hunter2-prompt")
    status, after = finish(child)
    assert status == 0
    assert "hunter2" not in after
    assert stored() == {"API_KEY": b"hunter2-prompt"}


def test_reading_stdin_from_a_terminal_says_that_it_shows(terminal):
    """Else it would wait without a word, and nobody would know that the value is seen."""
    child = terminal("set", "API_KEY", "--stdin")
    child.expect_exact("reading from this terminal, which shows what is typed; Ctrl-D ends it")
    child.sendline("hunter2-shown")
    child.sendeof()
    assert finish(child)[0] == 0
    assert stored() == {"API_KEY": b"hunter2-shown"}


@pytest.mark.parametrize(("given_up", "status"), [("\x03", 130), ("\x04", 1)])
def test_a_question_that_is_given_up_ends_its_line(terminal, given_up, status):
    """What comes next, the error or the shell's prompt, begins at the left."""
    child = terminal("set", "LD_PRELOAD")
    child.expect_exact("store it? [y/N] ")
    child.send(given_up)
    found, after = finish(child)
    assert found == status
    assert after.replace("^C", "").startswith("\r\n")


def test_the_echo_is_off_before_the_question_is_there(monkeypatch):
    """A paste that comes at once is not shown either."""
    import termios

    from creds_shell.cli import say

    ours, theirs = os.openpty()
    echoes = []
    write = os.write

    def answer_at_once(fd, data):
        if b"value" in data:
            echoes.append(bool(termios.tcgetattr(fd)[3] & termios.ECHO))
            write(ours, b"hunter2-paste\n")
        return write(fd, data)

    monkeypatch.setattr(say.os, "write", answer_at_once)
    assert say._read_hidden(theirs, b"value: ") == b"hunter2-paste"
    assert echoes == [False]
    assert termios.tcgetattr(theirs)[3] & termios.ECHO
    assert b"hunter2" not in os.read(ours, 4096)
    os.close(ours)
    os.close(theirs)


def test_a_long_pasted_value_is_not_cut(terminal):
    """A terminal's canonical mode keeps 4,095 bytes of a line and drops the rest."""
    child = terminal("set", "API_KEY")
    value = "k" * 6000
    for question in ("value of API_KEY:", "the same again:"):
        child.expect_exact(question)
        child.sendline(value)
    assert finish(child)[0] == 0
    assert stored() == {"API_KEY": value.encode()}


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"], ids=["CR", "LF", "CRLF"])
def test_the_lines_of_a_pasted_key_are_one_value(terminal, end):
    """A private key pasted at the prompt: its third line was the shell's next command, shown and kept in the history."""
    child = terminal("set", "TLS_KEY")
    key = end.join(["-----BEGIN-----", "MIIEvQ", "hunter2", "-----END-----", ""])
    for question in ("value of TLS_KEY:", "the same again:"):
        child.expect_exact(question)
        child.send(f"typo\x15x\x7f\x1b[200~{key}\x1b[201~\r")
    status, shown = finish(child)
    assert (status, stored()) == (0, {"TLS_KEY": b"-----BEGIN-----\nMIIEvQ\nhunter2\n-----END-----"})
    assert "hunter2" not in shown
    assert "\x1b[?2004l" in shown  # the terminal is told to go back


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("-----BEGIN-----\rMIIEvQ\rhunter2\r", "of several lines: creds set TLS_KEY --file FILE"),
        ("\rMIIEvQ\rhunter2\r", "an empty value: creds set TLS_KEY --stdin < /dev/null"),
    ],
)
def test_what_is_left_of_a_paste_reaches_no_shell(home, repo, pasted, said):
    """A terminal that marks no paste gives its first two lines for value and repetition."""
    script = f'{CREDS} set TLS_KEY; read -r -t 2 left; echo "left:$left:"'
    env = home.env | {"TERM": "dumb"}
    child = pexpect.spawn("bash", ["-c", script], cwd=str(repo), env=env, timeout=60, encoding="utf-8")
    child.expect_exact("creds: value of TLS_KEY: ")
    child.send(pasted)
    child.expect_exact(said)
    child.expect(pexpect.EOF)
    assert "left::" in child.before


@pytest.mark.parametrize(
    ("typed", "text"), [(("one-value", "other"), "the two values differ"), (("",), "nothing was typed")]
)
def test_a_slip_at_the_prompt_changes_nothing(terminal, home, typed, text):
    """Exit 1."""
    child = terminal("set", "API_KEY")
    for answer in typed:
        child.expect("value of API_KEY:|the same again:")
        child.sendline(answer)
    status, after = finish(child)
    assert (status, text in after) == (1, True)
    assert not home.store("shop").exists()


def test_ctrl_c_at_the_prompt_leaves_the_terminal_as_it_was(terminal, home):
    """Exit 130, echo on again."""
    child = terminal("set", "API_KEY")
    child.expect_exact("value of API_KEY:")
    child.sendintr()
    status, _ = finish(child)
    assert status == 130
    assert not home.store("shop").exists()


@pytest.mark.parametrize(
    "words", [("bash", "--norc", "--noprofile", "-i"), ("zsh", "-f", "-i")], ids=["bash", "zsh"]
)
def test_a_prompt_that_was_stopped_is_hidden_again(home, repo, words):
    """Ctrl-Z, `fg`: the shell puts its own terminal settings back in between."""
    env = home.env | {
        "PS1": "ready> ",
        "TERM": "dumb",
        "PATH": f"{os.path.dirname(CREDS)}{os.pathsep}{os.defpath}",
    }
    child = pexpect.spawn(words[0], list(words[1:]), cwd=str(repo), env=env, timeout=60, encoding="utf-8")
    child.logfile_read = io.StringIO()
    try:
        child.expect_exact("ready> ")
        child.sendline("creds set API_KEY")
        child.expect_exact("value of API_KEY:")
        child.sendcontrol("z")
        child.expect_exact("ready> ")
        child.sendline("fg")
        for question in ("value of API_KEY:", "the same again:"):
            child.expect_exact(question)
            child.sendline("hunter2-stopped")
        child.expect_exact("API_KEY set")
        assert "hunter2" not in child.logfile_read.getvalue()
    finally:
        child.close(force=True)
    assert stored() == {"API_KEY": b"hunter2-stopped"}


def test_no_input_never_asks(terminal):
    """Also on a terminal."""
    assert finish(terminal("set", "API_KEY", "--no-input"))[0] == 2
