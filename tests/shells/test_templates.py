"""Hook texts are code: linted, formatted, and run under every set of options without a word."""

import itertools
import shutil
import subprocess
from pathlib import Path

import pytest

from creds_shell.core.errors import UsageError
from creds_shell.hook import MODES
from creds_shell.hook.render import hook_text, is_temporary, package_folder

SOURCE = Path(package_folder()) / "hooks"
VARIANTS = [
    (shell, mode, wrap) for shell in ("bash", "zsh", "fish") for mode in MODES for wrap in (False, True)
]


def check(*command: str, text: str = "") -> None:
    """Run a checker that has to be silent."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done.stdout + done.stderr


def test_the_bash_hook_is_linted_and_formatted() -> None:
    """shellcheck and shfmt."""
    files = sorted(map(str, (SOURCE / "bash").iterdir()))
    check("shellcheck", *files)
    check("shfmt", "-d", "-i", "2", "-ci", "-ln", "bash", *files)


def test_the_fish_hook_is_formatted() -> None:
    """fish_indent."""
    check("fish_indent", "--check", *map(str, (SOURCE / "fish").iterdir()))


@pytest.mark.parametrize(("shell", "mode", "wrap"), VARIANTS)
def test_every_text_parses_in_its_shell_and_in_sh(shell: str, mode: str, wrap: bool) -> None:
    """Also in those that are not meant: ~/.profile and scripts read it."""
    text = hook_text(shell, mode=mode, wrap_cd=wrap)
    assert "__CREDS_PYTHON__" not in text
    check(shell, "-n", *(["/dev/stdin"] if shell == "fish" else []), text=text)
    if shell != "fish":
        check("bash", "-n", text=text)
        check("sh", "-n", text=text)
        check("sh", "-eu", text=text)  # and run: nothing happens there


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_modes_that_mask_are_given_to_those_who_chose_one(shell: str) -> None:
    """What mode export evaluates at each start is shorter."""
    assert "__creds_masked" not in hook_text(shell)
    for mode in ("subshell", "session"):
        text = hook_text(shell, mode=mode)
        assert "__creds_masked" in text
        assert "__CREDS_MODES__" not in text


OPTIONS = {
    "bash": ["-e", "-u", "-o pipefail", "-C", "-f", "-a", "-E", "-T", "-o posix", "-h"],
    "zsh": [
        "-e",
        "-u",
        "-o pipefail",
        "-C",
        "-f",
        "-a",
        "-o ksharrays",
        "-o shwordsplit",
        "-o nullglob",
        "-o warncreateglobal",
    ],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_every_text_runs_under_every_pair_of_options(shell: str, mode: str, home: object) -> None:
    """Empty stdout, empty stderr, and the script goes on."""
    text = hook_text(shell, mode=mode)
    code = "reached=1\n" + text + "\n[ $reached = 1 ] || exit 3\n"
    for pair in itertools.combinations(OPTIONS[shell], 2):
        words = [word for option in pair for word in option.split()]
        done = subprocess.run(
            [shell, *words], input=code, env=home.env, cwd="/", capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), (pair, done.stderr)


def test_unknown_shells_and_modes() -> None:
    """Usage errors with what there is."""
    with pytest.raises(UsageError, match="no hook for tcsh"):
        hook_text("tcsh")
    with pytest.raises(UsageError, match="no mode loud"):
        hook_text("bash", mode="loud")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/u/.cache/uv/archive-v0/abc/lib", True),
        ("/home/u/.cache/uv/environments-v2/creds-x", True),
        ("/home/u/.local/pipx/.cache/1234", True),
        ("/home/u/.local/share/uv/tools/creds-shell", False),
        ("/home/u/.local/share/pipx/venvs/creds-shell", False),
        ("/usr/lib/python3", False),
    ],
)
def test_temporary_installations_are_recognised(path: str, expected: bool) -> None:
    """uvx and `pipx run` are thrown away; uv tool and pipx install stay."""
    assert is_temporary(path) is expected


def test_nothing_is_embedded_from_a_temporary_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hook asks the PATH instead."""
    monkeypatch.setattr("sys.prefix", "/home/u/.cache/uv/archive-v0/abc")
    text = hook_text("bash")
    assert "__creds_python=''" in text
    assert "__creds_boot=''" in text
    assert package_folder() not in text


def test_the_tools_are_here() -> None:
    """No checker is skipped silently."""
    assert all(map(shutil.which, ("bash", "zsh", "fish", "shellcheck", "shfmt", "fish_indent")))
