"""`creds exec`: what each option makes of the command's environment, its output and its end."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import lengths

Creds = Callable[..., Any]


SHOW_ALL = "import os; print(sorted(os.environ))"


@pytest.mark.usefixtures("shop")
def test_the_projects_values_are_there_and_masked(creds: Creds) -> None:
    """In the environment, not in the output; stdout and stderr apart."""
    done = creds("exec", "--", "sh", "-c", "echo $A_TOKEN; echo $B_TOKEN >&2; exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, "****\n", "****\n")


@pytest.mark.usefixtures("shop")
def test_run_is_the_same_word(creds: Creds) -> None:
    """`creds run`."""
    assert creds("run", "sh", "-c", "echo $A_TOKEN").stdout == "****\n"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), {"A_TOKEN": 14, "B_TOKEN": 13}),
        (("--only", "A_TOKEN"), {"A_TOKEN": 14}),
        (("--only=A_TOKEN,B_TOKEN",), {"A_TOKEN": 14, "B_TOKEN": 13}),
        (("--only", "A_TOKEN", "--only", "B_TOKEN"), {"A_TOKEN": 14, "B_TOKEN": 13}),
        (("--except", "A_TOKEN"), {"B_TOKEN": 13}),
        (("--only", "NO_SUCH", "--allow-missing"), {}),
    ],
)
def test_only_and_except_choose_keys(
    creds: Creds, options: tuple[str, ...], expected: dict[str, int]
) -> None:
    """Comma-separated and repeatable."""
    assert lengths(creds, *options) == expected


@pytest.mark.usefixtures("shop")
def test_a_key_that_is_left_out_is_still_masked(creds: Creds) -> None:
    """The command may find it elsewhere."""
    assert creds("exec", "--only", "A_TOKEN", "--", "echo", "beta-secret-2").stdout == "****\n"


@pytest.mark.usefixtures("shop")
def test_an_unknown_key_is_an_error(creds: Creds) -> None:
    """A misspelt name must not start a command without its secret."""
    done = creds("exec", "--only", "A_TOKN", "--", "echo", "started")
    assert (done.returncode, done.stdout) == (3, "")
    assert "A_TOKN" in done.stderr


@pytest.mark.usefixtures("shop")
def test_the_projects_values_win_unless_existing_ones_are_kept(creds: Creds) -> None:
    """Environment precedence."""
    env = {"A_TOKEN": "mine"}
    assert lengths(creds, env=env)["A_TOKEN"] == 14
    assert lengths(creds, "--keep-existing", env=env)["A_TOKEN"] == 4


@pytest.mark.usefixtures("shop")
def test_a_value_that_is_kept_or_replaced_is_masked(creds: Creds, tmp_path: Path) -> None:
    """What stands in the command's environment under a secret's name, and what an --env-file put out of it."""
    own, other = "inherited-4711-token", "replacing-4712-token"
    kept = creds("exec", "--keep-existing", "--", "sh", "-c", f"echo {own}", env={"A_TOKEN": own})
    assert kept.stdout == "****\n"
    (tmp_path / "f").write_text(f"A_TOKEN={other}\n")
    replaced = creds(
        "exec", "--env-file", str(tmp_path / "f"), "--", "sh", "-c", f"echo alpha-secret-1 {other}"
    )
    assert replaced.stdout == "**** ****\n"


@pytest.mark.usefixtures("shop")
def test_a_clean_environment_has_the_values_and_little_else(creds: Creds) -> None:
    """PATH, HOME and the locale stay, other variables go."""
    env = {"OTHER_THING": "x", "LC_TIME": "C.UTF-8"}
    done = creds("exec", "--clean-env", "--", sys.executable, "-c", SHOW_ALL, env=env)
    names = set(eval(done.stdout))  # noqa: S307 - our own list of names
    assert {"A_TOKEN", "B_TOKEN", "PATH", "HOME", "LC_TIME"} <= names
    assert "OTHER_THING" not in names
    assert not any(name.startswith(("CREDS", "__CREDS", "XDG_")) for name in names)


@pytest.mark.usefixtures("shop")
def test_what_another_project_left_loaded_is_undone_first(creds: Creds) -> None:
    """By the names and originals that the hook exports."""
    env = {
        "__CREDS_NAMES": "OLD_ONE:OLD_TWO:",
        "__CREDS_GIT": "/elsewhere/.git",
        "OLD_ONE": "other-secret-value",
        "OLD_TWO": "other-secret-too",
        "__CREDS_WAS_OLD_TWO": "original",
        "CREDS_PROJECT": "elsewhere",
    }
    show = "import os; print([os.environ.get(k) for k in ('OLD_ONE', 'OLD_TWO', 'CREDS_PROJECT', '__CREDS_NAMES')])"
    done = creds("exec", "--", sys.executable, "-c", show, env=env)
    assert done.stdout == "[None, 'original', None, None]\n"


@pytest.mark.usefixtures("shop")
def test_no_mask_shows_values_to_a_person_and_not_to_an_agent(creds: Creds) -> None:
    """Exit 4 for an agent."""
    assert creds("exec", "--no-mask", "--", "sh", "-c", "echo $A_TOKEN").stdout == "alpha-secret-1\n"
    done = creds("exec", "--no-mask", "--", "sh", "-c", "echo $A_TOKEN", env={"CLAUDECODE": "1"})
    assert (done.returncode, done.stdout) == (4, "")
    assert creds("exec", "--", "sh", "-c", "echo $A_TOKEN", env={"CLAUDECODE": "1"}).stdout == "****\n"


@pytest.mark.usefixtures("shop")
def test_the_mask_text_may_name_the_key(creds: Creds) -> None:
    """--mask-text."""
    done = creds("exec", "--mask-text", "<{key}>", "--", "sh", "-c", "echo $A_TOKEN")
    assert done.stdout == "<A_TOKEN>\n"


@pytest.mark.usefixtures("repo")
@pytest.mark.parametrize(
    ("options", "env", "expected"),
    [
        ((), {}, ""),
        (("--access", "read"), {}, "-c default_transaction_read_only=on"),
        (("--access", "read"), {"PGOPTIONS": "-c x=1"}, "-c x=1 -c default_transaction_read_only=on"),
        ((), {"CLAUDECODE": "1"}, "-c default_transaction_read_only=on"),
        (("--access", "write"), {"CLAUDECODE": "1"}, ""),
    ],
)
def test_database_access(creds: Creds, options: tuple[str, ...], env: dict[str, str], expected: str) -> None:
    """PGOPTIONS when the bundle describes a PostgreSQL credential."""
    done = creds("import", "-", "--yes", input="DB_HOST=db.internal\nDB_PASSWORD=some-password-1\n")
    assert done.returncode == 0, done.stderr
    done = creds("exec", *options, "--", "sh", "-c", 'printf %s "$PGOPTIONS"', env=env)
    assert done.stdout == expected


@pytest.mark.usefixtures("shop")
def test_kill_tree_ends_what_the_command_leaves_running(creds: Creds, tmp_path: Path) -> None:
    """Only on request; the status is the command's."""
    script = "(sleep 617 & echo $! >pid; wait) & while [ ! -s pid ]; do sleep 0.02; done; exit 3"
    done = creds("exec", "--kill-tree", "--", "sh", "-c", script, cwd=tmp_path, env={"CREDS_ID": "shop"})
    assert done.returncode == 3
    pid = int((tmp_path / "pid").read_text())
    assert (
        not Path(f"/proc/{pid}").exists()
        or "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    )


def test_kill_tree_needs_nothing_from_the_disk_at_the_end(run_python: Creds) -> None:
    """An upgrade of creds or psutil during a long run must not keep the command's children alive."""
    code = (
        "import subprocess, sys\n"
        "from creds_shell.process import tree\n"
        "tree.adopt_orphans()\n"
        "child = subprocess.Popen(('sleep', '617'))\n"
        "sys.meta_path.clear()\n"  # nothing can be imported any more
        "tree.end_descendants()\n"
        "print(child.poll() is not None)\n"
    )
    done = run_python(code)
    assert (done.stdout, done.stderr) == ("True\n", "")
