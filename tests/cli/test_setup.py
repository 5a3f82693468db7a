"""`creds setup` writes one marked block, asks first, and gives the file back as it was."""

import os
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

CREDS = os.path.join(sysconfig.get_path("scripts"), "creds")
Run = Callable[..., object]
FILES = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
LINES = {
    "bash": 'eval "$(creds hook bash)"',
    "zsh": 'eval "$(creds hook zsh)"',
    "fish": "creds hook fish | source",
}


@pytest.mark.parametrize("shell", FILES)
def test_written_once_and_taken_out_again(creds: Run, home: object, shell: str) -> None:
    """Byte for byte what it was, and never two blocks."""
    file = home.path / FILES[shell]
    file.parent.mkdir(parents=True, exist_ok=True)
    before = b"# mine \xff\nalias ll='ls -l'\n"
    file.write_bytes(before)
    file.chmod(0o640)
    for _ in range(2):
        done = creds("setup", shell, "--yes")
        assert done.returncode == 0, done.stderr
        assert str(file) in done.stderr
    text = file.read_bytes()
    assert text == before + b"# >>> creds >>>\n" + LINES[shell].encode() + b"\n# <<< creds <<<\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert creds("setup", shell, "--remove", "--yes").returncode == 0
    assert file.read_bytes() == before
    assert creds("setup", shell, "--remove", "--yes").returncode == 0


def test_without_a_terminal_nothing_is_written(creds: Run, home: object) -> None:
    """A question that cannot be asked."""
    done = creds("setup", "bash")
    assert done.returncode == 4
    assert 'eval "$(creds hook bash)"' in done.stderr
    assert not (home.path / ".bashrc").exists()


def test_under_plain_sh_it_is_for_the_login_shell(home: object) -> None:
    """`sh` has no hook: $SHELL says which shell is meant, and no $SHELL is a question."""

    def under_sh(**more: str) -> subprocess.CompletedProcess[str]:
        words = ("/bin/sh", "-c", f"'{CREDS}' setup --print; exit $?")
        env = {name: value for name, value in home.env.items() if name != "SHELL"} | more
        return subprocess.run(words, env=env, capture_output=True, text=True, check=False)

    assert LINES["fish"] in under_sh(SHELL="/usr/bin/fish").stdout
    for other in ({}, {"SHELL": "/bin/sh"}):
        done = under_sh(**other)
        assert (done.returncode, done.stdout) == (2, "")
        assert "name it: bash, zsh, fish" in done.stderr


def test_print_writes_nothing(creds: Run, home: object) -> None:
    """The block alone, on stdout."""
    done = creds("setup", "zsh", "--print", "--mode", "session")
    assert done.stdout == '# >>> creds >>>\neval "$(creds hook zsh --mode session)"\n# <<< creds <<<\n'
    assert not (home.path / ".zshrc").exists()


def test_a_change_of_mode_replaces_the_block(creds: Run, home: object) -> None:
    """Session stands at the top, what else there is stays."""
    file = home.path / ".bashrc"
    file.write_text("mine=1\n")
    creds("setup", "bash", "--yes")
    creds("setup", "bash", "--yes", "--mode", "session")
    assert (
        file.read_text()
        == '# >>> creds >>>\neval "$(creds hook bash --mode session)"\n# <<< creds <<<\nmine=1\n'
    )
    creds("setup", "bash", "--yes", "--mode", "subshell")
    assert (
        file.read_text()
        == 'mine=1\n# >>> creds >>>\neval "$(creds hook bash --mode subshell)"\n# <<< creds <<<\n'
    )


@pytest.mark.parametrize(
    "line",
    [
        'eval "$(creds hook bash)"',
        'eval "$(~/bin/creds hook bash --wrap-cd)"',
        'if command -v creds; then eval "$(creds hook bash --mode export)"; fi',
    ],
)
def test_a_line_by_hand_is_enough(creds: Run, home: object, line: str) -> None:
    """It is there already."""
    file = home.path / ".bashrc"
    file.write_text(f"{line}\n")
    done = creds("setup", "bash", "--yes")
    assert done.returncode == 0
    assert "already" in done.stderr
    assert file.read_text() == f"{line}\n"


@pytest.mark.parametrize("mode", ["session", "subshell"])
def test_another_mode_by_hand_is_not_joined_by_a_second_hook(creds: Run, home: object, mode: str) -> None:
    """Two modes in one shell would fight; a comment is none."""
    file = home.path / ".bashrc"
    line = f'eval "$(creds hook bash --mode {mode})"'
    file.write_text(f"# creds hook bash\n{line}\n")
    done = creds("setup", "bash", "--yes")
    assert done.returncode == 1
    assert f"creds: error: {file}:2 has a hook of your own: {line}\ncreds: hint: edit {file}\n" in done.stderr
    assert file.read_text() == f"# creds hook bash\n{line}\n"


def test_a_session_block_that_the_user_has_moved_is_left(creds: Run, home: object) -> None:
    """It says what was asked for; only a change of the mode takes it to the top."""
    file = home.path / ".bashrc"
    creds("setup", "bash", "--mode", "session", "--yes")
    file.write_text("# a heading\n" + file.read_text())
    moved = file.read_text()
    assert "already" in creds("setup", "bash", "--mode", "session", "--yes").stderr
    assert file.read_text() == moved


def test_a_block_stays_where_it_stands(creds: Run, home: object) -> None:
    """What comes after it may count on it."""
    file = home.path / ".bashrc"
    creds("setup", "bash", "--yes")
    file.write_text("one=1\n" + file.read_text() + "two=2\n")
    creds("setup", "bash", "--yes", "--mode", "subshell")
    lines = file.read_text().splitlines()
    assert (lines[0], lines[2], lines[-1]) == (
        "one=1",
        'eval "$(creds hook bash --mode subshell)"',
        "two=2",
    )


def test_links_are_written_through(creds: Run, home: object, tmp_path: Path) -> None:
    """A dotfile manager's link stays a link."""
    real = tmp_path / "dotfiles" / "bashrc"
    real.parent.mkdir()
    real.write_text("mine=1")
    (home.path / ".bashrc").symlink_to(real)
    assert creds("setup", "bash", "--yes").returncode == 0
    assert (home.path / ".bashrc").is_symlink()
    assert real.read_text().startswith("mine=1\n# >>> creds >>>\n")


def test_half_a_block_is_left_to_a_person(creds: Run, home: object) -> None:
    """Never guessed."""
    file = home.path / ".bashrc"
    file.write_text("# >>> creds >>>\nmine=1\n")
    for extra in ((), ("--remove",)):
        done = creds("setup", "bash", "--yes", *extra)
        assert done.returncode == 1
        assert "damaged" in done.stderr
    assert file.read_text() == "# >>> creds >>>\nmine=1\n"


def test_the_next_step_can_be_pasted(creds: Run, tmp_path: Path) -> None:
    """Also where the path has a blank."""
    folder = tmp_path / "my dots"
    (folder / ".zshrc").mkdir(parents=True)
    done = creds("setup", "zsh", "--yes", env={"ZDOTDIR": str(folder)})
    assert done.returncode == 1
    assert f"creds: hint: ls -l '{folder}/.zshrc'\n" in done.stderr


def test_an_unknown_shell_is_a_usage_error(creds: Run) -> None:
    """With what there is."""
    assert creds("setup", "tcsh", "--yes").returncode == 2
    assert creds("hook", "tcsh").returncode == 2
    assert creds("hook", "bash", "--mode", "loud").returncode == 2


@pytest.mark.parametrize(
    ("typed", "written"), [("\x04", False), ("\r", True), ("no\r", False), ("Yes\r", True)]
)
def test_an_end_of_input_is_no_yes(creds: Run, home: object, typed: str, written: bool) -> None:
    """Ctrl-D gives up, also where return alone means yes."""
    child = pexpect.spawn(CREDS, ["setup", "zsh", "--mode", "export"], env=home.env, timeout=60)
    child.expect_exact("[Y/n] ")
    child.send(typed)
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, (home.path / ".zshrc").exists()) == ((0, True) if written else (1, False))
