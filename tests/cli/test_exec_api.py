"""`run_with_secrets`: `creds exec` for Python programs."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.usefixtures("shop")
def test_the_python_api_returns_the_status(run_python: Callable[..., Any]) -> None:
    """`run_with_secrets`, masked like `exec`."""
    done = run_python(
        "from creds_shell import run_with_secrets\n"
        "print(run_with_secrets(['sh', '-c', 'echo $A_TOKEN; exit 7']), flush=True)\n"
        "print(run_with_secrets(['sh', '-c', 'kill -TERM $$']), flush=True)\n"
        "print(run_with_secrets(['true'], only=['B_TOKEN']), flush=True)\n"
    )
    assert done.stdout == "****\n7\n143\n0\n"


@pytest.mark.usefixtures("shop")
def test_the_python_api_takes_one_name_or_file_for_a_list(
    run_python: Callable[..., Any], tmp_path: Path
) -> None:
    """Its letters are no names."""
    (tmp_path / "more.env").write_text("FILE_TOKEN=from-the-file-3\n")
    done = run_python(
        "import os, pathlib\n"
        "from creds_shell import run_with_secrets\n"
        "def show(**options): run_with_secrets(\n"
        "    ['sh', '-c', 'echo ${#A_TOKEN} ${#B_TOKEN} ${#FILE_TOKEN} $HELD'], **options)\n"
        "os.environ['HELD'] = 'inherited-held-7'\n"
        f"file = {str(tmp_path)!r} + '/more.env'\n"
        "show(only='A_TOKEN')\n"
        "show(omit='A_TOKEN,B_TOKEN')\n"
        "show(env_files=file, only={'FILE_TOKEN'})\n"
        "show(env_files=pathlib.Path(file))\n"
        "show(secret_env='HELD', only=())\n"
    )
    lines = ["14 0 0 inherited-held-7", "0 0 0 inherited-held-7", "0 0 15 inherited-held-7"]
    assert done.stdout.splitlines() == [*lines, "14 13 15 inherited-held-7", "0 0 0 ****"]


@pytest.mark.usefixtures("shop")
def test_the_python_api_returns_127_and_126_too(run_python: Callable[..., Any], tmp_path: Path) -> None:
    """As a shell would, and it says why; what creds itself refuses is an error."""
    (tmp_path / "plain").write_text("")
    done = run_python(
        "from creds_shell import SecretsError, run_with_secrets\n"
        "print(run_with_secrets(['no-such-program']), flush=True)\n"
        f"print(run_with_secrets(['{tmp_path}/plain']), flush=True)\n"
        "import pathlib\n"
        "print(run_with_secrets([pathlib.Path('/bin/sh'), b'-c', 'exit 9']), flush=True)\n"
        "try: run_with_secrets(['true', 1])\n"
        "except TypeError as error: print(error)\n"
        "try: run_with_secrets(['true'], only=['NOPE_TOKEN'])\n"
        "except SecretsError as error: print(type(error).__name__, error.exit_code)\n"
    )
    told = done.stdout.splitlines()
    assert told[:3] == ["127", "126", "9"]
    assert "not int" in told[3]
    assert told[4:] == ["SecretNotFoundError 3"]
    assert done.stderr.count("creds: error: cannot run") == 2


@pytest.mark.usefixtures("shop")
def test_the_python_api_waits_for_the_command_alone(run_python: Callable[..., Any], tmp_path: Path) -> None:
    """What the command leaves in the background is masked on, and not waited for."""
    done = run_python(
        "import os\n"
        "from creds_shell import run_with_secrets\n"
        f"os.mkfifo(go := {str(tmp_path)!r} + '/go')\n"
        "print(run_with_secrets(['sh', '-c', '(read _ <$0; echo $A_TOKEN) & exit 3', go]), flush=True)\n"
        "open(go, 'w').close()\n"
    )
    assert done.stdout == "3\n****\n"


@pytest.mark.usefixtures("shop")
def test_the_python_api_refuses_a_nul_as_subprocess_does(run_python: Callable[..., Any]) -> None:
    """exec(2) would end the word there."""
    done = run_python("from creds_shell import run_with_secrets\nrun_with_secrets(['true', 'a\\0b'])\n")
    assert done.stderr.endswith("ValueError: a word of the command holds a NUL\n")


@pytest.mark.usefixtures("shop")
def test_the_python_api_knows_the_status_where_others_reap(run_python: Callable[..., Any]) -> None:
    """Programs that ignore SIGCHLD, or whose handler waits for every child, get it too."""
    done = run_python(
        "import os, signal, threading\n"
        "from creds_shell import SecretsError, run_with_secrets\n"
        "def run():\n"
        "    print(run_with_secrets(['sh', '-c', 'echo $A_TOKEN; exit 7']), flush=True)\n"
        "    print(run_with_secrets(['sh', '-c', 'kill -TERM $$']), flush=True)\n"
        "    print(run_with_secrets(['no-such-program']), flush=True)\n"
        "    print(run_with_secrets(['sh', '-c', 'exit 8'], omit=['A_TOKEN', 'B_TOKEN']), flush=True)\n"
        "    try: run_with_secrets(['true'], only='NOPE_TOKEN')\n"
        "    except SecretsError as error: print(error.exit_code, flush=True)\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "run()\n"
        "def reap():\n"
        "    while not over.is_set():\n"
        "        try: os.waitid(os.P_ALL, 0, os.WEXITED)\n"
        "        except ChildProcessError: pass\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_DFL)\n"
        "over = threading.Event()\n"
        "reaper = threading.Thread(target=reap)\n"
        "reaper.start()\n"
        "run()\n"
        "over.set()\n"
        "reaper.join()\n"
    )
    assert done.stdout == "****\n7\n143\n127\n8\n3\n" * 2
    assert done.stderr.count("Traceback") == 0


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("output", ["sys.stdout.close()", "sys.stdout = None", "sys.stdout = object()"])
def test_the_python_api_runs_in_a_program_whose_output_is_closed_or_another(
    run_python: Callable[..., Any], output: str
) -> None:
    """There is nothing to flush then."""
    done = run_python(
        "import sys\n"
        "from creds_shell import run_with_secrets\n"
        f"{output}\n"
        "print(run_with_secrets(['sh', '-c', 'exit 7']), file=sys.stderr)\n"
        "sys.stdout = sys.__stdout__\n"
    )
    assert done.stderr == "7\n"


@pytest.mark.usefixtures("shop")
def test_what_a_handler_raises_ends_the_command(run_python: Callable[..., Any], tmp_path: Path) -> None:
    """A time-out and an exit, as in subprocess; nobody waits for the command."""
    os.mkfifo(tmp_path / "alive")
    done = run_python(
        "import os, signal\n"
        "from creds_shell import run_with_secrets\n"
        "def end(number, frame): raise TimeoutError\n"
        "signal.signal(signal.SIGUSR1, end)\n"
        "script = 'kill -USR1 $0; exec 3<>$1; read _ <&3'\n"
        f"try: run_with_secrets(['sh', '-c', script, str(os.getpid()), {str(tmp_path / 'alive')!r}])\n"
        "except TimeoutError: print('in time')\n"
    )
    assert done.stdout == "in time\n"


@pytest.mark.usefixtures("shop")
def test_whether_an_interrupt_ends_the_command_is_for_the_command(run_python: Callable[..., Any]) -> None:
    """Also the second one, which comes while we wait for that."""
    done = run_python(
        "import os\n"
        "from creds_shell import run_with_secrets\n"
        "script = 'for _ in 1 2; do kill -INT $0; sleep 0.3; done; echo its own end'\n"
        "try: run_with_secrets(['sh', '-c', script, str(os.getpid())])\n"
        "except KeyboardInterrupt: print('interrupted', flush=True)\n"
        "try: os.waitpid(-1, 0)\n"
        "except ChildProcessError: print('nobody is left')\n"
    )
    assert done.stdout == "its own end\ninterrupted\nnobody is left\n"


@pytest.mark.usefixtures("shop")
def test_the_python_api_runs_in_threads_and_under_asyncio(run_python: Callable[..., Any]) -> None:
    """Several at once, each with its own status; warnings are errors here, also that of forking with threads."""
    done = run_python(
        "import asyncio, warnings\n"
        "warnings.simplefilter('error')\n"
        "from creds_shell import run_with_secrets\n"
        "def run(status): return run_with_secrets(['sh', '-c', f'echo $A_TOKEN; exit {status}'])\n"
        "async def main():\n"
        "    print(await asyncio.gather(*(asyncio.to_thread(run, n) for n in range(4))), run(9))\n"
        "asyncio.run(main())\n"
    )
    assert done.stdout.splitlines() == ["****"] * 5 + ["[0, 1, 2, 3] 9"]
    assert done.stderr == ""
