"""Whatever breaks under a masked mode: the terminal is usable, one line says so, nothing unmasked was printed."""

import os
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from creds_shell.hook.render import hook_text

from .conftest import Bind, Shell, wait_until

VALUE = "s3cret-Value-0001"
MODES = ("session", "subshell")
SAYS = {
    "session": "creds: the masked session ended; this terminal goes on unmasked",
    "subshell": "creds: the masked shell died; this one goes on without secrets",
}


class Screen:
    """All that a shell's terminal ever showed."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        """Take note of it."""
        self.text += text

    def flush(self) -> None:
        """Nothing is kept back."""


def start(shell: Shell, mode: str, **options: object) -> Screen:
    """Start a shell with the hook in a mode, and keep what it shows."""
    shell.start(cwd="/", hook=hook_text(shell.name, mode=mode), **options)
    shell.child.logfile_read = screen = Screen()
    return screen


def enter(shell: Shell, root: Path) -> None:
    """Go there and be ready: in mode subshell another shell answers."""
    shell.run(f"cd {root}")
    shell.run("")


def masked(shell: Shell) -> bool:
    """Whether the value is there and not shown."""
    return f"[****] {len(VALUE)}" in shell.run(f'{shell.plain}sh -c \'echo "[$API_KEY]" "${{#API_KEY}}"\'')


def family(shell: Shell) -> dict[str, int]:
    """The pids of wrapper, monitor and shell."""
    environment = shell.environment()
    session = environment[b"__CREDS_SESSION"].split(b":")
    return {
        "wrapper": int(session[1]),
        "monitor": int(session[5]),
        "shell": int(environment[b"__CREDS_SHELL_PID"]),
    }


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def sane(shell: Shell) -> bool:
    """Whether the terminal, which a program would find now, edits lines, echoes, and knows its keys."""
    words = shell.run("command stty -a").replace(";", "").split()
    return {"icanon", "echo", "isig", "icrnl", "opost", "onlcr", "iexten"} <= set(words)


@pytest.mark.parametrize("victim", ["wrapper", "monitor", "shell"])
@pytest.mark.parametrize("mode", MODES)
def test_a_killed_process(shell: Shell, bind: Bind, tmp_path: Path, mode: str, victim: str) -> None:
    """While a program prints the value over and over: the terminal's own shell goes on, the rest is gone."""
    root = bind("shop", API_KEY=VALUE)
    screen = start(shell, mode)
    enter(shell, root)
    assert masked(shell)
    pids = family(shell)
    (tmp_path / "loop").write_text('while :; do echo "<$API_KEY>"; done\n')
    shell.child.sendline(f"{shell.plain}sh {tmp_path}/loop")
    shell.child.expect(r"<\*\*\*\*>\r\n<\*\*\*\*>")
    os.kill(pids[victim], signal.SIGKILL)
    shell.child.expect(SAYS[mode])
    shell.run("")
    assert sane(shell)
    assert shell.value("API_KEY") is None
    assert shell.value("CREDS_SHELL") is None
    assert shell.run_status("true")[1] == 0
    for pid in pids.values():
        wait_until(lambda pid=pid: gone(pid), "all of them are gone")
    assert VALUE not in screen.text


def test_a_socket_that_is_removed(shell: Shell, bind: Bind, home: object) -> None:
    """What the mask knows stays masked; what it cannot be told is not loaded, and said."""
    root, other = bind("shop", API_KEY=VALUE), bind("other", API_KEY=VALUE + "-other")
    screen = start(shell, "session")
    enter(shell, root)
    for socket in home.runtime.glob("session-*.sock"):
        socket.unlink()
    assert masked(shell)
    assert "error: the session does not answer, nothing loaded" in shell.said(f"cd {other}")
    assert shell.value("API_KEY") is None
    assert "****" in shell.run("creds exec -- env")
    assert VALUE not in screen.text


@pytest.mark.parametrize("mode", MODES)
def test_a_missing_runtime_directory_is_made(shell: Shell, bind: Bind, home: object, mode: str) -> None:
    """Removed before the terminal opens, and once more while it is open."""
    root, other = bind("shop", API_KEY=VALUE), bind("other", API_KEY=VALUE)
    shutil.rmtree(home.runtime, ignore_errors=True)
    screen = start(shell, mode)
    enter(shell, root)
    assert masked(shell)
    shutil.rmtree(home.runtime)
    assert masked(shell)
    enter(shell, other)
    if mode == "subshell":
        assert masked(shell)
    else:
        assert shell.value("API_KEY") is None
    shell.run("cd /")
    assert sane(shell)
    assert VALUE not in screen.text


@pytest.mark.parametrize("mode", MODES)
def test_a_place_where_no_directory_can_be_made(shell: Shell, bind: Bind, home: object, mode: str) -> None:
    """A file is in the way: one line, the terminal goes on without a mask and without secrets of its own accord."""
    root = bind("shop", API_KEY=VALUE)
    shutil.rmtree(home.runtime, ignore_errors=True)
    home.runtime.write_text("in the way")
    shell.start(cwd="/", hook=hook_text(shell.name, mode=mode))
    shell.child.logfile_read = screen = Screen()
    assert shell.value("CREDS_SHELL") is None
    if mode == "session":  # as a terminal opens once more
        again = shell.run(f"env -u __CREDS_OUTSIDE {' '.join(shell.child.args_again)}")
        assert again.count("did not start; this terminal goes on unmasked") == 1
    if mode == "subshell":
        shown = shell.run(f"cd {root}")
        assert shown.count("creds: ") == 1
        assert "creds: error: the session's socket cannot be made" in shown
        assert shell.value("API_KEY") is None
        assert VALUE not in screen.text
    assert sane(shell)


def _may_mount() -> bool:
    done = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
    )
    return done.returncode == 0


MAY_MOUNT = pytest.mark.skipif(
    # In a user namespace every directory above would belong to nobody, and be refused.
    not shutil.which("unshare") or not _may_mount(),
    reason="only root may mount a full file system",
)


@MAY_MOUNT
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("full", "when"), [("runtime", "before"), ("state", "before"), ("state", "inside")])
def test_a_full_disk(shell: Shell, bind: Bind, home: object, *, mode: str, full: str, when: str) -> None:
    """The directory is a tmpfs without room: masked, or not started and said; never shown."""
    tmp_path = shell.folder.parent
    shell.folder.mkdir()
    root = bind("shop", API_KEY=VALUE)
    folder = Path(home.runtime if full == "runtime" else home.env["XDG_STATE_HOME"])
    folder.mkdir(mode=0o700, exist_ok=True, parents=True)
    fill = f"head -c 1M /dev/zero >{folder}/fill 2>/dev/null; :"
    rc = shell._command(hook_text(shell.name, mode=mode))
    script = tmp_path / "in-namespace"
    script.write_text(
        f"cp -a {folder} {tmp_path}/keep\n"
        f"mount -t tmpfs -o size=64k,mode=0700 none {folder} || exit 9\n"
        f"cp -a {tmp_path}/keep/. {folder}/\n"
        f"{fill if when == 'before' else ''}\n"
        f"exec {shlex.join(rc)}\n"
    )
    shell.start(cwd="/", argv=["unshare", "-m", "sh", str(script)])
    shell.child.logfile_read = screen = Screen()
    shown = shell.run(f"cd {root}")
    shell.run("")
    if when == "inside":
        shell.run(f"{shell.plain}sh -c {shlex.quote(fill)}")
    if "not started" in shown:
        assert shown.count("creds: ") == 1
        assert shell.value("API_KEY") is None
    else:
        assert masked(shell)
    assert "****" in shell.run("creds exec -- env")
    assert "internal error" not in shell.run(f"cd {tmp_path}")
    shell.run("")
    assert sane(shell)
    assert shell.value("API_KEY") is None
    assert f"[{tmp_path}]" in shell.run(f'{shell.plain}printf "[%s]\\n" "$PWD"')
    assert VALUE not in screen.text
    assert "internal error" not in screen.text
