"""`creds exec`: what others can see of a run, what it leaves behind and what is recorded of it."""

import json
import os
import re
import resource
import signal
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Creds = Callable[..., Any]

CREDS = os.path.join(sysconfig.get_path("scripts"), "creds")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_whoever_has_seen_output_finds_the_run_protected(shop: Path, home: Any) -> None:
    """At once: the first words of a command are what others wait for."""
    for _ in range(5):
        run = subprocess.Popen(
            (CREDS, "exec", "--", "sh", "-c", "echo ready; exec sleep 60"),
            cwd=shop, env=home.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert run.stdout is not None
        run.stdout.read(1)
        limits = Path(f"/proc/{run.pid}/limits").read_text()
        run.terminate()
        run.communicate(timeout=60)
        assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)


@pytest.mark.parametrize("pause", ["", "sleep 0.2; "])
def test_a_command_that_dies_with_a_core_leaves_none_of_ours(shop: Path, home: Any, pause: str) -> None:
    """We die of the same signal, with the values in our memory."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard == 0:
        pytest.skip("no cores here")
    run = subprocess.Popen(
        ("sh", "-c", 'ulimit -c "$(ulimit -H -c)"; exec "$@"', "-",
         CREDS, "exec", "--", "sh", "-c", f"{pause}ulimit -c 0; kill -SEGV $$"),
        cwd=shop, env=home.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert run.stdout is not None
    run.stdout.read()
    run.stdout.close()
    _, status = os.waitpid(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    assert (run.returncode, os.WCOREDUMP(status)) == (-signal.SIGSEGV, False)
    assert list(shop.glob("core*")) == []


@pytest.mark.usefixtures("shop")
def test_nothing_is_left_on_disk(creds: Creds, home: Any) -> None:
    """No temporary file, and nothing in the runtime directory."""
    creds("exec", "--", "true")
    left = [
        p
        for p in Path(home.env["XDG_RUNTIME_DIR"]).rglob("*")
        if p.is_file() or stat.S_ISSOCK(os.lstat(p).st_mode)
    ]
    assert left == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what was given is read from /proc")
@pytest.mark.parametrize(
    "given", [{}, {"LC_CTYPE": "C"}, {"LC_CTYPE": "C.UTF-8"}, {"LC_ALL": "C"}, {"LANG": "C"}]
)
def test_the_interpreters_own_locale_does_not_reach_the_command(
    home: Any, tmp_path: Path, given: dict[str, str]
) -> None:
    """PEP 538 sets LC_CTYPE in the C locale; the bare command has what the caller gave."""
    wanted = {"HOME": str(home.path), "PATH": os.defpath, "TOKEN": "token-value-1", **given}
    done = subprocess.run(
        (CREDS, "exec", "--secret-env", "TOKEN", "--no-mask", "--", "env"),
        cwd=tmp_path,
        env=wanted,
        capture_output=True,
        text=True,
        check=False,
    )
    assert dict(line.split("=", 1) for line in done.stdout.splitlines()) == wanted, done.stderr


@pytest.mark.usefixtures("shop")
def test_a_run_waits_for_the_audit_log_of_others(run_python: Callable[..., Any]) -> None:
    """Many at once (make -j) take turns; a prompt would have given up after 5 ms."""
    done = run_python(
        "import subprocess\n"
        "from creds_shell import run_with_secrets\n"
        "from creds_shell.core.journal import head_file\n"
        "from creds_shell.process import run\n"
        "run._PATIENCE_MS = 30000\n"
        "command = ('flock', head_file(), 'sh', '-c', 'echo held; sleep 0.2')\n"
        "with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:\n"
        "    holder.stdout.readline()\n"
        "    print(run_with_secrets(['true']))\n"
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_run_that_cannot_have_its_secrets_is_recorded(shop: Path, creds: Creds, home: Any) -> None:
    """One record with the error's code; nothing is started."""
    store = next(home.config.glob("secrets/*/.env"))
    store.write_bytes(store.read_bytes() + b"not a line\n")
    done = creds("exec", "--", "touch", "started")
    assert done.returncode == 1
    assert not (shop / "started").exists()
    last = json.loads(home.audit.read_text().splitlines()[-1])
    assert (last["action"], last["result"], last["program"]) == ("exec", "damaged_file", "touch")
    assert creds("exec", "-e", "staging", "--", "true").returncode == 0
    last = json.loads(home.audit.read_text().splitlines()[-1])
    assert (last["result"], last["environment"]) == ("ok", "staging")
