"""SIGKILL of the wrapper on pipes: the command is hung up, as `kill -9` would have ended the bare command."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import PATIENCE, eventually, gone, kill

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can do it")


@LINUX
@pytest.mark.parametrize("stderr", ["apart", "together"])
def test_a_killed_wrapper_hangs_the_command_up(home: Any, wrap: str, stderr: str) -> None:
    """Also one that never writes, and so would never notice that nobody reads."""
    with subprocess.Popen(
        [*wrap.split(), "sh", "-c", "echo $$; exec sleep 5314"],
        env=home.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if stderr == "together" else subprocess.DEVNULL,
    ) as run:
        assert run.stdout is not None
        command = int(run.stdout.readline())
        eventually(lambda: Path(f"/proc/{command}/comm").read_text() == "sleep\n", "the command is up")
        kill(run.pid)
        eventually(lambda: gone(command), "the command is hung up")


@LINUX
def test_a_command_that_ignores_the_hangup_keeps_running_as_it_wishes(
    home: Any, wrap: str, tmp_path: Path
) -> None:
    """It is the ordinary signal of a terminal that closes, so that `nohup` and clean-up handlers work."""
    program = f"trap 'echo hung up >{tmp_path}/got; exit' HUP; echo $$; while :; do sleep 0.02; done"
    with subprocess.Popen(
        [*wrap.split(), "bash", "-c", program], env=home.env, stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        run.stdout.readline()
        kill(run.pid)
        eventually((tmp_path / "got").exists, "the command's own handler ran")


def test_the_hangup_comes_to_nobody_after_an_ordinary_end(home: Any, wrap: str, tmp_path: Path) -> None:
    """A descendant that stays behind goes on, as bare."""
    program = f"(trap 'echo hung up >{tmp_path}/got' HUP; read x <{tmp_path}/f; echo late) & echo now"
    subprocess.run(["mkfifo", str(tmp_path / "f")], check=True)
    with subprocess.Popen(
        [*wrap.split(), "bash", "-c", program], env=home.env, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "now\n"
        assert run.wait(PATIENCE) == 0
        (tmp_path / "f").write_text("go\n")
        assert run.stdout.readline() == "late\n"
    assert not (tmp_path / "got").exists()


@LINUX
def test_the_command_finds_nothing_of_it(home: Any, wrap: str) -> None:
    """Neither a descriptor nor an ignored signal."""
    show = "ls /proc/self/fd | tr '\\n' ' '; grep -E 'Sig(Blk|Ign)' /proc/self/status"
    bare, wrapped = (
        subprocess.run(
            [*before, "sh", "-c", show], env=home.env, capture_output=True, text=True, check=True
        ).stdout
        for before in ([], wrap.split())
    )
    # 32 and 33 are glibc's own, which posix_spawn(3) sets to be ignored; PIPE and XFSZ are ignored by Python for itself
    assert _without(0x180000000, wrapped) == _without(0x180000000 | 0x1001000, bare)


def _without(signals: int, status: str) -> str:
    return re.sub("[0-9a-f]{16}", lambda mask: f"{int(mask[0], 16) & ~signals:x}", status)
