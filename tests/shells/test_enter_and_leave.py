"""A person walks around: in, about, out, over to the next project."""

import subprocess
from pathlib import Path

from creds_shell.hook.render import hook_text

from .conftest import Bind, Shell


def test_cd_loads_and_leaving_unloads(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """The main job, in one go."""
    root = bind("shop", API_KEY="s3cret-one", DB_URL="a'b\nc")
    shell.start(cwd=tmp_path)
    assert shell.value("API_KEY") is None
    assert shell.said(f"cd {root}") == [
        "shop, 2 secrets (what is printed here is not masked: creds shell masks)"
    ]
    assert shell.value("API_KEY") == b"s3cret-one"
    assert shell.value("DB_URL") == b"a'b\nc"
    assert shell.said("cd ..") == ["shop, unloaded"]
    assert shell.value("API_KEY") is None


def test_processes_are_counted_in_every_place(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """None at an unchanged prompt, on cd inside a project and on leaving; one on entering."""
    root = bind("shop", API_KEY="s3cret-one")
    (root / "deep" / "er").mkdir(parents=True)
    shell.start(cwd=tmp_path, counted=True)
    assert shell.processes("") == []
    assert len(shell.processes(f"cd {root}")) == 1
    settle(shell)
    assert shell.processes("") == []
    assert shell.processes("cd deep/er") == []
    assert shell.processes("cd ..") == []
    assert shell.processes("cd /") == []
    assert shell.processes("") == []


LOOPS = {
    "bash": "for ((i = 0; i < {n}; i++)); do __creds_hook; __creds_heal; done",
    "zsh": "for ((i = 0; i < {n}; i++)); do __creds_hook; done",
    "fish": "for i in (seq {n}); __creds_hook; end",
}
LOOKS = {"bash": 12, "zsh": 15, "fish": 13}


def test_an_unchanged_prompt_looks_at_few_files(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """Two at the .git, one at each absent file, four at each other: what a prompt costs is counted, not timed."""
    root = bind("shop", API_KEY="s3cret-one")
    hook, trace = tmp_path / "hook", tmp_path / "trace"
    hook.write_text(hook_text(shell.name))

    def looks(times: int) -> int:
        loop = LOOPS[shell.name].format(n=times)
        script = f"source {hook}; cd {root}; __creds_hook; __creds_hook; {loop}"
        command = ["strace", "-qq", "-e", "trace=%file", "-o", str(trace), shell.name, "-c", script]
        subprocess.run(command, env=shell.env, check=True, capture_output=True)
        return len(trace.read_text().splitlines())

    looks(0)
    assert (looks(30) - looks(10)) / 20 == LOOKS[shell.name]


def settle(shell: Shell) -> None:
    """A file that was written within the last 20 ms is looked at once more: let that happen."""
    shell.run("")


def test_one_name_that_this_shell_owns_stops_none_of_many(shell: Shell, bind: Bind) -> None:
    """Also in zsh, where a call of the setter takes a hundred."""
    owned = {"bash": "UID", "zsh": "MINE", "fish": "hostname"}[shell.name]
    root = bind("shop", **{f"KEY_{n}": f"value {n}" for n in range(250)}, **{owned: "x"})
    shell.start(cwd="/", before="typeset -r MINE=1" if shell.name == "zsh" else "")
    (line,) = shell.said(f"cd {root}")
    assert line.startswith("shop, 250 secrets")
    assert f"{owned} not set" in line
    inside = shell.environment()
    assert [inside[f"KEY_{n}".encode()] for n in range(250)] == [f"value {n}".encode() for n in range(250)]
    shell.run("cd /")
    assert not [name for name in shell.environment() if name.startswith(b"KEY_")]
    assert "value 1" not in shell.variables()
