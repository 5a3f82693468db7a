"""A person walks around: in, about, out, over to the next project."""

from pathlib import Path

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
