"""Die, or live on, by a signal: what `kill` does to the bare command it does to the wrapped one."""

import os
import signal
from pathlib import Path

import pytest

from .conftest import Both, Terminal, eventually, gone, processes, unique_sleep, without_names
from .proc import text_of

DEATHS = {
    "TERM": "w sh -c 'kill -TERM $$'",
    "SEGV, without a core of ours": "w sh -c 'ulimit -c 0; kill -SEGV $$'",
    "KILL": "w sh -c 'kill -KILL $$'",
    "PIPE": "w sh -c 'kill -PIPE $$'",
    "INT": "w sh -c 'kill -INT $$'",
    "HUP": "w sh -c 'kill -HUP $$'",
    "an ignored INT": "(trap '' INT; w sh -c 'kill -INT $$; echo alive')",
    "an ignored HUP": "rm -f nohup.out; nohup $W sh -c 'kill -HUP $$; echo alive' 2>/dev/null; cat nohup.out 2>/dev/null",
    "an ignored TERM": "(trap '' TERM; w sh -c 'kill -TERM $$; echo alive')",
    "a script that a signal ends": "bash -c 'shopt -s expand_aliases; $W sh -c \"kill -INT \\$\\$\"; echo after $?'",
}


@pytest.mark.parametrize("name", DEATHS)
def test_death_and_survival_are_those_of_the_bare_command(both: Both, name: str) -> None:
    """The same words of the shell and the same status."""
    bare, wrapped = both(lambda terminal: terminal.run(DEATHS[name]))
    assert without_names(wrapped.text) == without_names(bare.text)
    assert wrapped.status == bare.status


FORWARDED = ["INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "ABRT", "ALRM", "WINCH"]


@pytest.mark.parametrize("to", ["terminal", "pipe"])
def test_signals_sent_to_the_wrapper_reach_the_command(both: Both, to: str) -> None:
    """Each once, by `kill` to the one pid that the caller knows."""
    traps = " ".join(f'trap "echo {name} >>got" {name};' for name in FORWARDED)

    def scenario(terminal: Terminal) -> str:
        for name in ("got", "pid"):
            Path(terminal.cwd / name).unlink(missing_ok=True)
        Path(terminal.cwd / "s").write_text(
            f"{traps} echo $$ >up; while [ -e up ]; do sleep 0.02; done; cat got\n"
        )
        # of a pipeline, jobs -p names the first process and $! the last
        pipe = " | cat & jobs -p >pid" if to == "pipe" else " & echo $! >pid"
        terminal.line("w bash ./s" + pipe)
        eventually(lambda: Path(terminal.cwd / "up").exists(), "the command is up")
        pid = int(eventually(lambda: text_of(terminal.cwd / "pid"), "the pid is known").split()[-1])
        for name in FORWARDED:
            os.kill(pid, getattr(signal, f"SIG{name}"))
            eventually(lambda: name in text_of(terminal.cwd / "got"), f"{name} arrived")  # noqa: B023
        Path(terminal.cwd / "up").unlink()
        terminal.line("wait")
        terminal.prompt()
        eventually(lambda: gone(pid), "it ended")
        return text_of(terminal.cwd / "got")

    bare, wrapped = both(scenario)
    assert wrapped.split() == bare.split() == FORWARDED


def test_timeout_ends_the_command(both: Both) -> None:
    """The way CI stops things: nothing stays behind, the status is timeout's."""
    sleep = unique_sleep()
    bare, wrapped = both(lambda terminal: terminal.run(f"timeout 0.5 $W {sleep}; echo $?"))
    assert wrapped == bare
    eventually(lambda: not processes(sleep), "the command is gone")
