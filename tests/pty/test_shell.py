"""`creds shell`: a person works at a prompt where secrets are usable and nothing on the screen shows one."""

import os
import shutil
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from .conftest import PATIENCE, SECRET, eventually, gone, kill

SHELLS = {
    "bash": ("bash --norc --noprofile -i", "PS1='rea''dy> '", "bind 'set enable-bracketed-paste off'"),
    "zsh": ("zsh -f -i", "PS1='rea''dy> '; unsetopt prompt_sp prompt_cr zle", ":"),
    "fish": ("fish --no-config -i", "function fish_prompt; echo -n 'rea''dy> '; end", ":"),
}


class Session:
    """A `creds shell` in a terminal of 24 × 200."""

    def __init__(self, env: dict[str, str], cwd: Path, shell: str, *options: str) -> None:
        program, prompt, first = SHELLS[shell]
        # The shell is started through a script, because --shell takes a path and tests want no start-up files.
        script = cwd / f"the-{shell}"
        script.write_text(f"#!/bin/sh\nexec {program}\n")
        script.chmod(0o755)
        self.child = pexpect.spawn(
            "creds",
            ["shell", "--shell", str(script), *options],
            env=env | {"TERM": "xterm"},
            cwd=str(cwd),
            dimensions=(24, 200),
            timeout=PATIENCE,
            encoding="utf-8",
            codec_errors="surrogateescape",
            preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL),
        )
        self.child.delaybeforesend = None
        self.shown = ""
        self.front = self.child.pid
        self.line(first)
        self.line(prompt)
        self.see("ready> ")

    def line(self, text: str) -> None:
        """Type a line."""
        self.child.send(text + "\r")

    def see(self, pattern: str) -> str:
        """Wait until something is shown; all up to it."""
        self.child.expect(pattern)
        before = str(self.child.before) + (self.child.after if isinstance(self.child.after, str) else "")
        self.shown += before
        return before

    def run(self, command: str) -> str:
        """Type a line and wait for the next prompt."""
        self.line(f"{command}; echo do''ne")
        return self.see("done\r\n")

    def end(self, command: str = "exit") -> int:
        """End it; its status (negative: a signal)."""
        self.line(command)
        self.child.expect(pexpect.EOF)
        self.shown += str(self.child.before)
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else -self.child.signalstatus


@pytest.fixture
def start(home: Any, tmp_path: Path, secret_file: Path) -> Iterator[Callable[..., Session]]:
    """A function that starts a session: start(shell, *options)."""
    started: list[Session] = []

    def make(
        shell: str = "bash", *options: str, env: dict[str, str] | None = None, cwd: Path = tmp_path
    ) -> Session:
        session = Session(home.env | (env or {}), cwd, shell, *(options or ("--env-file", str(secret_file))))
        started.append(session)
        return session

    yield make
    for session in started:
        session.child.close(force=True)


@pytest.mark.parametrize("shell", SHELLS)
def test_secrets_are_usable_and_never_shown(
    start: Callable[..., Session], tmp_path: Path, shell: str
) -> None:
    """By echo, env, base64, another program, a background job, an editor; the shell's status is ours."""
    session = start(shell)
    assert "creds: no project, 1 secret in this shell until you exit it" in session.shown
    assert "****" in session.run("echo $API_TOKEN")
    assert "API_TOKEN=****" in session.run("env")
    assert "****" in session.run('printf %s "$API_TOKEN" | base64')
    assert "****" in session.run(f"{sys.executable} -c 'import os; print(os.environ[\"API_TOKEN\"])'")
    assert str(len(SECRET)) in session.run('printf %s "$API_TOKEN" | wc -c')
    (tmp_path / "conf").write_text(f"token: {SECRET}\n")
    session.line("vim -u NONE -N conf")
    session.see(r"token: \*\*\*\*")
    session.line(":q!")
    session.see("ready> ")
    session.line("sh -c 'sleep 0.3; echo from the back $API_TOKEN' &")
    session.see(r"from the back \*\*\*\*")
    session.run("wait")  # zsh refuses to exit while the job is not yet gone
    assert session.end("exit 5") == 5
    assert SECRET not in session.shown


@pytest.mark.parametrize("shell", SHELLS)
def test_job_control_works_inside(start: Callable[..., Session], shell: str) -> None:
    """Stop, bg, fg, interrupt: the shell does not notice the wrapper."""
    session = start(shell)
    session.line("sleep 100")
    eventually(lambda: _in_front(session.front) == "sleep", "sleep runs")
    session.child.sendcontrol("z")
    eventually(lambda: _in_front(session.front) != "sleep", "it stopped")
    session.line("fg")
    eventually(lambda: _in_front(session.front) == "sleep", "sleep goes on")
    session.child.sendcontrol("c")
    eventually(lambda: _in_front(session.front) != "sleep", "it ended")
    assert "still" in session.run("echo still")
    assert session.end() in (0, 130)


def _in_front(front: int) -> str:
    """The program whose group has the inner terminal."""
    monitor = Path(f"/proc/{front}/task/{front}/children").read_text().split()[0]
    group = Path(f"/proc/{monitor}/stat").read_text().rpartition(")")[2].split()[5]
    try:
        return Path(f"/proc/{group}/comm").read_text().strip()
    except OSError:
        return ""


def test_what_hooks_need_is_in_the_environment(start: Callable[..., Session]) -> None:
    """The table of core/frame.py."""
    session = start("bash")
    assert "[1]" in session.run("echo [$CREDS_SHELL]")
    assert "same" in session.run('[[ /dev/fd/0 -ef $__CREDS_TTY && $(tty) == "$__CREDS_TTY" ]] && echo same')
    assert "other" in session.run('[[ $BASHPID == "$__CREDS_SHELL_PID" ]] || echo other')
    session.end()
    session = start("bash", "--session")
    assert "secret" not in session.shown
    assert "[]" in session.run("echo [$API_TOKEN]")


REGISTER = """
import sys, os
from creds_shell.core import frame
pairs = [(f"KEY_TOKEN_{n}", f"fresh-{n:03}-{os.urandom(8).hex()}") for n in range(int(sys.argv[1]))]
print(frame.register([v.encode() for _, v in pairs], [n for n, _ in pairs]))
print("\\n".join(v for _, v in pairs))
print("end", flush=True)
"""


def test_fresh_secrets_are_masked_from_their_first_byte(
    start: Callable[..., Session], tmp_path: Path
) -> None:
    """300 registered and printed at once: none is shown."""
    (tmp_path / "register.py").write_text(REGISTER)
    session = start("bash", "--session")
    shown = session.run(f"{sys.executable} register.py 300")
    assert "acked" in shown
    assert shown.count("****") == 300
    assert "fresh-" not in shown


def test_whoever_is_on_another_terminal_is_outside(start: Callable[..., Session], tmp_path: Path) -> None:
    """setsid, script(1): the variable is inherited, the terminal is another one."""
    (tmp_path / "register.py").write_text(REGISTER)
    session = start("bash", "--session")
    ask = f"{sys.executable} register.py 0"
    assert "acked" in session.run(ask)
    assert "acked" in session.run(f"{ask} </dev/null 2>/dev/null | cat")
    assert "outside" in session.run(f"setsid -w {ask}")
    assert "outside" in session.run(f"script -qec '{ask}' /dev/null")


@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
def test_a_tmux_pane_is_outside_and_masks_by_itself(
    start: Callable[..., Session], tmp_path: Path, secret_file: Path
) -> None:
    """exec in it uses a terminal of its own, and a live session's death does not block it."""
    (tmp_path / "register.py").write_text(REGISTER)
    session = start("bash", "--session")
    session.line("unset TMUX; SHELL=/bin/sh tmux -L $$ -f /dev/null new-session -x 150 -y 20 'sh'")
    session.see(r"[$#] ")
    session.line(f"{sys.executable} register.py 0")
    session.see("outside")
    session.line(f"creds exec --env-file {secret_file} -- sh -c 'echo got $API_TOKEN'")
    session.see(r"got \*\*\*\*")
    session.see("[$#] ")
    session.line("exit")
    session.see("ready> ")


def test_exec_inside_becomes_the_command(start: Callable[..., Session], secret_file: Path) -> None:
    """Mode X: registered, then no process of ours between; its output is masked by the session."""
    session = start("bash", "--session")
    program = "'echo p\"\"id $$; echo $API_TOKEN'"
    shown = session.run(f"creds exec --env-file {secret_file} -- sh -c {program} & wait; echo jo''b $!")
    pid = shown.partition("pid ")[2].split()[0]
    assert f"job {pid}" in shown
    assert "****" in shown
    piped = session.run(f"creds exec --env-file {secret_file} -- sh -c {program} | cat")
    assert "****" in piped
    assert SECRET not in session.shown


def test_a_missing_socket_refuses_and_a_foreign_one_gets_nothing(
    start: Callable[..., Session], home: Any, tmp_path: Path
) -> None:
    """Inside, but the mask cannot be told: nothing may be loaded; somebody else's socket sees no value."""
    (tmp_path / "register.py").write_text(REGISTER)
    (tmp_path / "fake.py").write_text(
        textwrap.dedent("""
            import socket, sys
            server = socket.socket(socket.AF_UNIX)
            server.bind(sys.argv[1])
            server.listen()
            print("fake is up", flush=True)
            peer = server.accept()[0]
            peer.settimeout(5)
            print("fake got", len(peer.recv(1000)), flush=True)
        """)
    )
    session = start("bash", "--session")
    (socket,) = list(home.runtime.glob("session-*.sock"))
    socket.unlink()
    assert "refused" in session.run(f"{sys.executable} register.py 1").replace("fresh", "")
    session.line(f"{sys.executable} fake.py {socket} &")
    session.see("fake is up")
    assert "refused" in session.run(f"{sys.executable} register.py 1; wait")
    assert "fake got 0" in session.shown


def test_exec_in_a_session_that_cannot_be_told_masks_by_itself(
    start: Callable[..., Session], home: Any, secret_file: Path
) -> None:
    """A second filter is always there."""
    session = start("bash", "--session")
    for socket in home.runtime.glob("session-*.sock"):
        socket.unlink()
    assert "****" in session.run(f"creds exec --env-file {secret_file} -- sh -c 'echo $API_TOKEN'")
    assert SECRET not in session.shown


def test_a_server_hears_no_nonsense(start: Callable[..., Session], home: Any) -> None:
    """Too long, malformed, unasked: the connection ends, the session goes on."""
    import socket as sockets

    session = start("bash", "--session")
    (path,) = list(home.runtime.glob("session-*.sock"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for sent in (
        b"\xff\xff\xff\xff",
        b"\0\0\0\3add",
        b"\0\0\0\7creds 1\0\0\0\7add\0\0\0\xff",
        b"\0\0\0\7creds 1\0\0\0\3bye",
    ):
        with sockets.socket(sockets.AF_UNIX) as peer:
            peer.settimeout(PATIENCE)
            peer.connect(str(path))
            peer.sendall(sent)
            data = b""
            while part := peer.recv(4096):
                data += part
            assert data == b"" or data.startswith(b"\0\0\0")
    assert "alive" in session.run("echo alive")


def test_the_wrapper_stands_where_the_shell_stands(start: Callable[..., Session]) -> None:
    """A terminal opens a new tab in the directory of its foreground process."""
    session = start("bash", "--session")
    session.run("cd /usr/share")
    eventually(lambda: os.readlink(f"/proc/{session.front}/cwd") == "/usr/share", "it follows")


def test_nested_is_harmless(start: Callable[..., Session], secret_file: Path) -> None:
    """A shell in a shell: masked, and one exit ends one."""
    session = start("bash")
    session.line(f"PS1='in''ner> ' creds shell --env-file {secret_file} --shell /bin/sh")
    session.see("inner> ")
    session.line("echo $API_TOKEN")
    session.see(r"\*\*\*\*")
    session.line("exit")
    session.see("ready> ")
    assert "outer" in session.run("echo outer")
    assert SECRET not in session.shown
    assert session.end() == 0


def test_left_tells_how_it_ended(start: Callable[..., Session], home: Any, secret_file: Path) -> None:
    """`exit`, a path, a NUL after a crash; absent when nothing was started."""
    folder = home.path / "private"
    folder.mkdir(mode=0o700)
    options = ("--env-file", str(secret_file), "--left")

    session = start("bash", *options, f"{folder}/one")
    assert (folder / "one").read_text() == "\0"
    session.end()
    assert (folder / "one").read_text() == "exit"

    session = start("bash", *options, f"{folder}/two")
    session.end('printf %s /tmp >| "$__CREDS_LEFT"; exit 0')
    assert (folder / "two").read_text() == "/tmp"

    session = start("bash", *options, f"{folder}/three")
    assert session.end("kill -KILL $$") == -signal.SIGKILL
    assert (folder / "three").read_text() == "\0"

    with pytest.raises(pexpect.EOF):
        start("bash", *options, f"{folder}/no/four")
    assert not (folder / "no").exists()


def test_killing_the_wrapper_leaves_a_usable_terminal(home: Any, secret_file: Path, tmp_path: Path) -> None:
    """SIGKILL of the front: the shell that called it goes on, nothing unmasked was shown, no shell stays behind."""
    outer = pexpect.spawn(
        "bash", ["--norc", "--noprofile", "-i"], env=home.env | {"PS1": "outer> "}, cwd=str(tmp_path)
    )
    outer.timeout = PATIENCE
    outer.expect("outer> ")
    outer.sendline(f"creds shell --env-file {secret_file} --shell /bin/sh")
    outer.expect("until you exit it")
    outer.sendline("echo $$ >pid; echo $PPID >monitor; echo u''p")
    outer.expect("up\r\n")
    shell, monitor = int((tmp_path / "pid").read_text()), int((tmp_path / "monitor").read_text())
    front = int(Path(f"/proc/{monitor}/stat").read_text().rpartition(")")[2].split()[1])
    kill(front)
    outer.expect("outer> ")
    eventually(lambda: gone(shell), "the shell is gone")
    eventually(lambda: gone(monitor), "the monitor is gone")
    outer.sendline("stty -a; echo e''nd")
    outer.expect("end\r\n")
    assert b" icanon" in outer.before.replace(b"-icanon", b"")
    outer.close(force=True)


def test_without_a_place_for_the_socket_nothing_is_started(home: Any, tmp_path: Path) -> None:
    """The runtime directory cannot be made: exit 70, one line."""
    blocked = tmp_path / "blocked"
    blocked.mkdir(mode=0o700)
    (blocked / "creds-shell").write_text("in the way")
    env = home.env | {"XDG_RUNTIME_DIR": "", "XDG_STATE_HOME": str(blocked)}
    child = pexpect.spawn("creds", ["shell", "--session", "--shell", "/bin/sh"], env=env, timeout=PATIENCE)
    child.expect("creds: error: .*\r\n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus in (4, 70)


def test_it_needs_a_terminal_for_a_session(creds: Callable[..., Any], home: Any) -> None:
    """Without one there is nothing to mask: exit 70."""
    done = creds("shell", "--session", "--shell", "/bin/sh", cwd=home.path, input="echo no")
    assert done.returncode == 70
    assert done.stdout == ""


def test_a_value_that_is_set_inside_is_masked_at_once(start: Callable[..., Session], tmp_path: Path) -> None:
    """By set, import and rotate, before the next prompt tells the session."""
    (tmp_path / "more.env").write_text("OTHER_TOKEN=imp-1a2b3c4d5e6f\n")
    session = start("bash", "--session", env={"CREDS_ID": "shop"})
    values = {
        "set": ("set-9f8e7d6c5b4a", "creds set API_TOKEN --stdin"),
        "import": ("imp-1a2b3c4d5e6f", "creds import more.env"),
        "rotate": ("rot-0a9b8c7d6e5f", "creds rotate API_TOKEN --stdin"),
    }
    for value, command in values.values():
        first, rest = value[:6], value[6:]
        shown = session.run(f"printf %s%s {first} {rest} | {command}; echo $?: {first}''{rest}")
        assert "0: ****" in shown
