"""Directories that break quoting, and directories that are not what they seem."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Bind, Shell

NAMES = [
    "with space", "quo'te", 'dou"ble', "$(touch evil)", "`touch evil`", "-n", "new\nline", "back\\slash", "t\tab",
    "semi;colon & | > <", "*?[a]", "é\u00fc", "{a,b}", "~", "!!", "=ls", "#x", "%s%n", "a:b",
]  # fmt: skip


def test_names_that_break_quoting(
    shell: Shell, bind: Bind, make_repo: Callable[..., Path], tmp_path: Path
) -> None:
    """Each is entered, watched and left; nothing in it is run."""
    roots = []
    for number, name in enumerate(NAMES):
        parent = tmp_path / "odd" / name
        roots.append(
            bind(f"p{number:02}", root=make_repo(f"p{number:02}", parent=parent), KEY=f"value {number}")
        )
    shell.start(cwd=tmp_path)
    for number, root in enumerate(roots):
        shell.run(f"cd -- {shell.quote(root)}" if shell.name != "fish" else f"cd {shell.quote(root)}")
        assert shell.value("KEY") == b"value %d" % number, root
        assert shell.said("") == [], root
    shell.run("cd /")
    assert shell.value("KEY") is None
    assert list(tmp_path.rglob("evil")) == []


def test_a_name_that_is_no_text(
    shell: Shell, bind: Bind, make_repo: Callable[..., Path], tmp_path: Path
) -> None:
    """Bytes that are no UTF-8."""
    parent = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe"))
    root = bind("shop", root=make_repo("shop", parent=parent), KEY="value")
    (tmp_path / "link").symlink_to(root)
    shell.start(cwd=tmp_path)
    shell.run("cd link")
    assert shell.value("KEY") == b"value"
    shell.run("cd -P ." if shell.name != "fish" else "cd (pwd -P)")
    assert shell.value("KEY") == b"value"
    assert shell.said("") == []
    shell.run("cd /")
    assert shell.value("KEY") is None


def test_symbolic_links_into_and_out_of_a_project(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """The physical place decides, as it does for git."""
    root = bind("shop", KEY="value")
    (root / "deep").mkdir()
    (tmp_path / "inward").symlink_to(root / "deep")
    (root / "outward").symlink_to(tmp_path)
    shell.start(cwd=tmp_path, counted=True)
    assert shell.said("cd inward")[0].startswith("shop, 1 secret")
    assert shell.said("cd ..") == ["shop, unloaded"]  # the shell's own `..` goes back through the link
    shell.run(f"cd {root}")
    shell.run("")
    assert shell.processes("cd deep") == []
    assert shell.said(f"cd {root}/outward") == ["shop, unloaded"]
    assert shell.value("KEY") is None


def test_deleted_moved_and_removed_directories(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """A working directory that is gone inside the project, and one whose project is gone."""
    root = bind("shop", KEY="value")
    (root / "a" / "b").mkdir(parents=True)
    shell.start(cwd=root / "a" / "b")
    assert shell.value("KEY") == b"value"
    (root / "a" / "b").rmdir()
    assert shell.said("") == []
    shell.run(f"cd {root}/a")
    (root / "a").rename(root / "moved")
    assert shell.said("") == []
    assert shell.value("KEY") == b"value"
    shell.run(f"cd {root}")
    shutil.rmtree(root)
    assert shell.said("") == ["shop, unloaded"]
    assert shell.value("KEY") is None
    assert shell.said("cd /") == []


def test_a_project_that_moved_says_so_once(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """The binding is to a path: one line with the command, nothing loaded."""
    root = bind("shop", KEY="value")
    shell.start(cwd=root)
    root.rename(tmp_path / "elsewhere")
    shell.run("cd /")
    (line,) = shell.said(f"cd {tmp_path}/elsewhere")
    assert line == f"this project moved from {root}: creds allow"
    assert shell.environment()[b"CREDS_STATUS"] == b"blocked"
    assert shell.said("") == []
    assert shell.value("KEY") is None


def test_an_unsearchable_working_directory(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """Nothing can be read there; the hook ends and leaves."""
    if os.geteuid() == 0:
        pytest.skip("root may search every directory")
    root = bind("shop", KEY="value")
    (root / "shut").mkdir()
    shell.start(cwd=root / "shut")
    assert shell.value("KEY") == b"value"
    (root / "shut").chmod(0)
    shell.run("")
    (root / "shut").chmod(0o700)
    shell.run("")
    assert shell.value("KEY") == b"value"


def test_worktrees_and_submodules(
    shell: Shell, bind: Bind, make_repo: Callable[..., Path], home: object, tmp_path: Path
) -> None:
    """A linked worktree is the same project; a nested repository is another place."""
    import subprocess

    root = bind("shop", root=make_repo("shop", commit=True), KEY="value")
    subprocess.run(
        ["git", "worktree", "add", "-q", str(tmp_path / "tree")], cwd=root, env=home.env, check=True
    )
    shell.start(cwd=tmp_path)
    shell.run("cd tree")
    assert shell.value("KEY") == b"value"
    assert shell.said(f"cd {root}") == ["shop, 1 secret"]
    assert shell.value("KEY") == b"value"
