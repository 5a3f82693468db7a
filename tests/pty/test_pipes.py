"""Mode P: in pipelines, files and without a terminal the wrapped command flows, fails and ends like the bare one."""

import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from .conftest import SECRET, Both, Terminal, eventually

STATUS = '; echo "${PIPESTATUS[@]}"'
FLOWS = {
    "a reader that leaves": "w yes | head -1" + STATUS,
    "a reader that leaves a command that only polls": "w sh -c 'echo one; exec tail -f /dev/null' | head -1"
    + STATUS,
    "a reader that is slow": "w sh -c 'head -c 3000000 /dev/zero; exit 3' | (sleep 0.3; wc -c)" + STATUS,
    "a reader that sleeps": "w sh -c 'echo a; echo b' | (sleep 0.3; cat)" + STATUS,
    "one file for both streams, in order": "w sh -c 'for n in 1 2 3 4; do echo o$n; echo e$n >&2; done' >f 2>&1; cat f",
    "two files": "w sh -c 'echo out; echo err >&2' >f 2>g; cat f; echo; cat g",
    "appending": "echo first >f; w echo second >>f; cat f",
    "a full disk": "w sh -c 'echo x' >/dev/full 2>g; test $? -ne 0; echo $?",
    "a file that may grow no more": "(ulimit -c 0; ulimit -f 64; w yes >f; echo $?) 2>/dev/null; wc -c <f",
    "a file that does not take all of a short output": "(ulimit -c 0; ulimit -f 64; w head -c 99999 /dev/zero >f; echo $?) 2>/dev/null; wc -c <f",
    "words after a failure that a reader takes late": "(w sh -c 'head -c 300000 /dev/zero; exit 255'; echo after $?) | (sleep 0.3; tail -c 10)",
    "words after a crash that a reader takes late": "(ulimit -c 0; w sh -c 'head -c 300000 /dev/zero; kill -SEGV $$'; echo after $?) 2>/dev/null | (sleep 0.3; tail -c 10)",
    "closed stdin": "w sh -c 'ls /proc/self/fd' <&- | cat",
    "closed stdout": "w sh -c 'test -e /proc/self/fd/1; echo $? >&2' >&-",
    "closed stderr": "w sh -c 'test -e /proc/self/fd/2; echo $?' 2>&- | cat",
    "all closed": "w sh -c 'ls /proc/self/fd >f' <&- >&- 2>&-; cat f",
    "a read-only stdout": "w sh -c 'echo x' 1</dev/null 2>/dev/null; echo $?",
    "null": "w bash -c 'readlink /proc/$$/fd/1 >&2; true' >/dev/null",
    "stderr stays a terminal": "w sh -c 'test -t 2; echo $?; stty size <&2' | cat",
    "stdin stays the terminal": "w sh -c 'test -t 0; echo $?; tty' | sed s/[0-9]*$//",
    "binary bytes": "w head -c 100000 /dev/urandom | wc -c",
    "an endless line": "w sh -c 'head -c 5000000 /dev/zero | tr \"\\\\0\" x' | wc -c",
    "death by signal": "w sh -c 'kill -TERM $$' | cat" + STATUS,
    "a command substitution": 'echo "<$(w echo inner)>"',
    "inherited descriptors": "w sh -c 'cat <&8; echo nine >&9' 8<<<eight 9>f | cat; cat f",
    "its own group and session": "w sh -c 'ps -o pgid=,sid= -p $$ | tr -s \" \"' | (read a b; ps -o sid= -p $$ | grep -c $b)",
    "a script without #!": "printf 'echo run as sh' >s; chmod +x s; w ./s | cat",
    "an ignored SIGPIPE": "(trap '' PIPE; w sh -c 'yes; echo $? >&2' | head -1)",
    "arguments as they are": "w printf '<%s>' '' 'a b' '*' '$HOME' $'\\n' -- -x | cat",
}


@pytest.mark.parametrize("name", FLOWS)
def test_it_flows_like_the_bare_command(both: Both, name: str) -> None:
    """The same bytes and statuses."""
    bare, wrapped = both(lambda terminal: terminal.run(FLOWS[name]))
    assert wrapped == bare


def test_both_streams_are_masked_wherever_they_go(terminal: Terminal) -> None:
    """Pipe, file, terminal."""
    program = "w sh -c 'echo $API_TOKEN; echo $API_TOKEN >&2'"
    assert terminal.run(f"{program} 2>&1 | cat").text == "****\r\n****\r\n"
    assert terminal.run(f"{program} >f 2>g; cat f g").text == "****\r\n****\r\n"
    assert terminal.run(f"{program} >f; cat f").text == "****\r\n****\r\n"


def test_a_secret_at_every_cut_is_masked(terminal: Terminal) -> None:
    """Written in two parts with a pause between."""
    program = 'for n in 1 5 12; do printf %.${n}s $API_TOKEN; sleep 0.1; printf "%s\\n" ${API_TOKEN:$n}; done'
    assert terminal.run(f"w bash -c '{program}' | cat").text == "****\r\n" * 3


def test_a_pipe_ends_when_the_last_descendant_lets_it_go(both: Both) -> None:
    """The status comes at once, the reader gets what is written later, masked, and then the end."""

    def scenario(terminal: Terminal) -> Any:
        terminal.run("rm -f f; mkfifo f")
        Path(terminal.cwd / "s").write_text("(read x <f; echo late ${API_TOKEN:-none}) & echo now; exit 4\n")
        terminal.line("(w sh ./s; echo status $? >&2) | (cat; echo the end)")
        before = terminal.see("status 4\r\n")
        Path(terminal.cwd / "f").write_text("go\n")
        return re.findall("now|late [^\r]*|the end", before + terminal.prompt().text)

    bare, wrapped = both(scenario)
    assert bare[-3:] == ["now", "late none", "the end"]
    assert wrapped[-3:] == ["now", "late ****", "the end"]


def test_an_upstream_writer_sees_its_reader_leave(both: Both) -> None:
    """The wrapper does not hold stdin open for a command that has closed it."""

    def scenario(terminal: Terminal) -> str:
        return terminal.run("yes | w sh -c 'exec <&-; sleep 0.3' | cat" + STATUS).text

    bare, wrapped = both(scenario)
    assert wrapped == bare == "141 0 0\r\n"


def test_make_shares_its_jobserver(both: Both, tmp_path: Path) -> None:
    """A sub-make behind the wrapper still gets its jobs from the one above."""
    (tmp_path / "Makefile").write_text("all:\n\t+@$(W) $(MAKE) --no-print-directory -f sub.mk one two\n")
    (tmp_path / "sub.mk").write_text("one two:\n\t@echo made\n")
    bare, wrapped = both(lambda terminal: terminal.run("make -j2"))
    assert wrapped == bare
    assert "jobserver" not in wrapped.text


def test_an_inherited_description_is_never_made_non_blocking(terminal: Terminal) -> None:
    """The flag would be everybody's who shares the pipe or the terminal."""
    check = "python3 -c 'import fcntl,os,sys; print([fcntl.fcntl(n, fcntl.F_GETFL) & os.O_NONBLOCK for n in (0, 1, 2)], file=sys.stderr)'"
    line = f"{{ w sleep 0.4 & sleep 0.2; {check}; wait; {check}; }} 2>&1 >/dev/tty | cat"
    shown = terminal.run(line).text
    assert shown.count("[0, 0, 0]") == 2, shown


def test_a_child_that_writes_faster_than_the_reader_is_held_back(terminal: Terminal) -> None:
    """Back-pressure: the command waits, the wrapper's memory does not grow."""
    terminal.line("w sh -c 'echo $PPID $$ >pid; exec yes' | (read go </dev/tty; head -c 100)")
    pids = eventually(
        lambda: _text(terminal.cwd / "pid").endswith("\n") and _text(terminal.cwd / "pid"), "it started"
    )
    wrapper, writer = map(int, pids.split())
    eventually(lambda: _progress(writer) > 1 << 16, "the command writes")
    steady = eventually(lambda: _steady(wrapper, writer), "the writer is blocked")
    assert steady < 60_000
    terminal.keys("go\r")
    terminal.prompt()


def _read(path: Path) -> int:
    try:
        return int(path.read_text() or 0)
    except (OSError, ValueError):
        return 0


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _progress(pid: int) -> int:
    line = next(s for s in Path(f"/proc/{pid}/io").read_text().splitlines() if s.startswith("wchar"))
    return int(line.split()[1])


def _steady(wrapper: int, writer: int) -> int:
    """The wrapper's resident size in KiB once the writer writes no more, else 0."""
    before = _progress(writer)
    time.sleep(0.3)
    if _progress(writer) != before:
        return 0
    line = next(s for s in Path(f"/proc/{wrapper}/status").read_text().splitlines() if s.startswith("VmRSS"))
    return int(line.split()[1])


@pytest.mark.parametrize("where", ["pipe", "terminal"])
def test_an_idle_wrapper_does_not_wake_up(terminal: Terminal, where: str) -> None:
    """Not once in a second, on pipes and on the terminal."""
    terminal.line(
        "w sh -c 'echo $PPID >pid; printf \"tok-\"; sleep 100'" + (" | cat" if where == "pipe" else "")
    )
    pid = eventually(lambda: _read(terminal.cwd / "pid"), "the command started")
    time.sleep(0.5)  # the start's own work; not a wait for an event
    before = _switches(pid)
    time.sleep(1)
    assert _switches(pid) == before
    terminal.control("c")
    terminal.prompt()


def _switches(pid: int) -> list[str]:
    """Context switches of the wrapper and of the monitor (each is somebody's parent)."""
    found = []
    while pid > 1 and b"creds" in Path(f"/proc/{pid}/cmdline").read_bytes():
        status = Path(f"/proc/{pid}/status").read_text()
        found += [s for s in status.splitlines() if s.startswith("voluntary")]
        pid = int(next(s for s in status.splitlines() if s.startswith("PPid")).split()[1])
    return found


def test_a_socket_as_stdout(home: Any, wrap: str) -> None:
    """As under inetd; the peer gets the bytes and the end."""
    import socket

    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = [*wrap.split(), "sh", "-c", "echo $API_TOKEN; head -c 300000 /dev/zero"]
        with subprocess.Popen(
            command, env=home.env, cwd=home.path, stdin=subprocess.DEVNULL, stdout=theirs
        ) as run:
            theirs.close()
            data = b""
            while part := ours.recv(65536):
                data += part
            assert run.wait() == 0
    assert data == b"****\n" + bytes(300000)
    assert SECRET.encode() not in data


def test_tty_always_gives_a_terminal_where_there_is_none(home: Any, wrap: str) -> None:
    """Colours and line buffering in CI: one terminal, plain line ends, masked, the status kept; stderr apart."""
    words = wrap.replace("exec ", "exec --tty=always ")
    program = "test -t 1 && echo yes; stty size <&1; echo $API_TOKEN; echo err >&2; exit 4"
    done = subprocess.run(
        [*words.split(), "sh", "-c", program],
        env=home.env,
        cwd=home.path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (4, "yes\n24 80\n****\n", "err\n")


def test_tty_never_uses_pipes_on_a_terminal(open_terminal: Any, wrap: str) -> None:
    """No terminal for the command, its output masked all the same."""
    terminal = open_terminal(prefix=wrap.replace("exec ", "exec --tty=never "))
    assert terminal.run("w sh -c 'test -t 1; echo $? $API_TOKEN'").text == "1 ****\r\n"
