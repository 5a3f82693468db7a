"""What the relay of `creds exec` costs: throughput, a key's echo, idling, memory; beside the bare command and script."""

import math
import os
import shlex
import subprocess
import sys
import time

from report import Row

from stage.terminals import (
    CREDS,
    RELAY,
    Typist,
    family,
    median_echoes,
    of_proc,
    project,
    seconds_in_pipes,
    seconds_in_terminal,
    start,
)

QUICK = "--quick" in sys.argv  # a look while working; the page is made without it
PIPE_BYTES = 1 << (27 if QUICK else 30)
TERMINAL_BYTES = (4 if QUICK else 32) << 20
MIB = 1 << 20
EXEC = (CREDS, "exec", "--")


def throughput(env: dict[str, str]) -> list[Row]:
    """Bytes per second through pipes and through a terminal, nothing to mask in them."""
    commands = {
        "ours": f"{shlex.join(EXEC)} head -c {PIPE_BYTES} /dev/zero | cat",
        "cat in our place": f"head -c {PIPE_BYTES} /dev/zero | cat | cat",
        "bare": f"head -c {PIPE_BYTES} /dev/zero | cat",
    }
    took = dict.fromkeys(commands, math.inf)
    for _ in range(3):  # in turn: what disturbs the machine disturbs all alike
        for name, line in commands.items():
            took[name] = min(took[name], seconds_in_pipes(("sh", "-c", line), env)[0])
    ours = took.pop("ours")
    rows = []
    for name, taken in took.items():
        kept = taken / ours >= 0.5 if name != "bare" else None
        rows.append(
            Row(
                f"{PIPE_BYTES // MIB} MiB through pipes",
                f"{PIPE_BYTES / ours / MIB:.0f} MiB/s",
                taken / ours,
                f"{name} {PIPE_BYTES / taken / MIB:.0f} MiB/s",
                "" if kept is None else ">= 0.5 x",
                kept,
            )
        )
    head = ("head", "-c", str(TERMINAL_BYTES), "/dev/zero")
    ours = min(seconds_in_terminal((*EXEC, *head), env) for _ in range(3))
    for name, command in (("bare", head), ("script", ("script", "-qc", " ".join(head), "/dev/null"))):
        taken = min(seconds_in_terminal(command, env) for _ in range(3))
        rows.append(
            Row(
                f"{TERMINAL_BYTES // MIB} MiB through the terminal",
                f"{TERMINAL_BYTES / ours / MIB:.0f} MiB/s",
                taken / ours,
                f"{name} {TERMINAL_BYTES / taken / MIB:.0f} MiB/s",
            )
        )
    return rows


def echo(env: dict[str, str]) -> list[Row]:
    """A key until its echo, `cat` behind each."""
    typists = {
        "creds": Typist((*EXEC, "cat"), env),
        "a bare PTY relay (pty.spawn)": Typist((*RELAY, "cat"), env),
        "script -qc": Typist(("script", "-qc", "cat", "/dev/null"), env),
        "no relay": Typist(("cat",), env),
    }
    medians = median_echoes(typists)
    for typist in typists.values():
        typist.close()
    ours = medians.pop("creds")
    rows = []
    for name, median in medians.items():
        budget = "<= 2 x" if name.startswith("a bare") else ""
        kept = ours / median <= 2 if budget else None
        rows.append(
            Row(
                "key echo",
                f"{ours * 1e6:.0f} µs",
                ours / median,
                f"{name} {median * 1e6:.0f} µs",
                budget,
                kept,
            )
        )
    return rows


def idle_and_memory(env: dict[str, str]) -> list[Row]:
    """Wake-ups in three idle seconds; the largest resident size after a long stream."""
    pid, master = start((*EXEC, "sleep", "100"), env)
    time.sleep(2)
    ours = family(pid)
    before = [of_proc(p, "status", "voluntary_ctxt_switches") for p in ours]
    time.sleep(3)
    woken = sum(of_proc(p, "status", "voluntary_ctxt_switches") for p in ours) - sum(before)
    os.kill(pid, 15)
    os.close(master)
    os.waitpid(pid, 0)
    stream = (*EXEC, "sh", "-c", f"head -c {PIPE_BYTES} /dev/zero; grep VmHWM /proc/$PPID/status >&2")
    with subprocess.Popen(stream, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout
        assert run.stderr
        while run.stdout.read(MIB):
            pass
        memory = int(run.stderr.read().split()[1]) / 1024
    return [
        Row("wake-ups of front and monitor in 3 idle seconds", str(woken), None, "", "0", woken == 0),
        Row(
            "peak memory, 20 secrets, while streaming",
            f"{memory:.1f} MiB",
            None,
            "",
            "<= 40 MiB",
            memory <= 40,
        ),
    ]


def relay_rows() -> list[Row]:
    """Measure all."""
    with project() as env:
        former = os.getcwd()
        os.chdir(env["HOME"])
        try:
            return [*throughput(env), *echo(env), *idle_and_memory(env)]
        finally:
            os.chdir(former)
