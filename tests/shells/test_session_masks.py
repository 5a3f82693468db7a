"""Inside a live session nothing of the project is shown, whoever brought it and however it is printed."""

import os
import re
import shutil
from pathlib import Path

import pytest

from creds_shell.core.paths import store_file
from creds_shell.hook.render import hook_text

from .conftest import Bind, Shell, put

VALUE = "s3cret-Value-0001"
MODES = ("session", "subshell")


def start(shell: Shell, mode: str, cwd: "Path | str" = "/", **options: object) -> Shell:
    """Start a shell with the hook in a mode."""
    return shell.start(cwd=cwd, hook=hook_text(shell.name, mode=mode), **options)


def enter(shell: Shell, root: Path) -> None:
    """Go there and be ready: in mode subshell another shell answers."""
    shell.run(f"cd {root}")
    shell.run("")


@pytest.mark.parametrize("mode", MODES)
def test_300_fresh_secrets_printed_at_once(shell: Shell, bind: Bind, mode: str) -> None:
    """Registered by the hook, or by the subshell's start, and printed in one burst: none is shown."""
    fresh = {f"FRESH_{n}_TOKEN": f"fresh-{n:03}-{os.urandom(8).hex()}" for n in range(300)}
    root = bind("shop", API_KEY=VALUE)
    start(shell, mode)
    if mode == "session":
        enter(shell, root)
    put("shop", API_KEY=VALUE, **fresh)
    if mode == "subshell":
        enter(shell, root)
    shell.run("")
    # Nothing is typed ahead: what a person types is shown at once, what a program prints is not.
    shell.child.sendline(f"{shell.plain}env | {shell.plain}grep ^FRESH_; {shell.plain}echo the e''nd")
    shell.child.expect("the end")
    printed = shell.child.before
    # A pause in the middle of a value may show up to four characters of it (docs/security.md).
    assert len(re.findall(r"FRESH_\d+_TOKEN=[^*]{0,4}\*\*\*\*", printed)) == 300
    assert not re.search(r"fresh-", printed)


def test_what_the_shell_had_before_is_masked_too(shell: Shell, bind: Bind) -> None:
    """A profile exports the very value that the project has: there is nothing to load, and it is masked."""
    root = bind("shop", API_KEY=VALUE)
    start(shell, "session", env={"API_KEY": VALUE})
    enter(shell, root)
    assert "[****]" in shell.run(f"{shell.plain}sh -c 'echo \"[$API_KEY]\"'")


@pytest.mark.parametrize("shell", ["bash"], indirect=True)
def test_a_marked_value_is_masked_whatever_it_looks_like(shell: Shell, bind: Bind) -> None:
    """`# mask` on its line: also four letters, also a common word."""
    root = bind("shop", API_KEY=VALUE)
    store = Path(store_file("shop", "default"))
    store.write_text(store.read_text() + "PLAIN=abcd # mask\nOPEN=wxyz\n")
    start(shell, "session")
    enter(shell, root)
    assert "[****] [wxyz]" in shell.run('echo "[$PLAIN] [$OPEN]"')


@pytest.mark.parametrize("shell", ["bash"], indirect=True)
@pytest.mark.parametrize(
    "command",
    [
        "creds get OTHER_TOKEN --reveal",
        "creds get OTHER_TOKEN --reveal | cat",
        "creds --yes dump --format dotenv --reveal",
        "creds --yes dump --format json --reveal | base64 -w0",
        "creds exec -- env",
    ],
)
def test_what_creds_itself_prints_is_masked(shell: Shell, bind: Bind, command: str) -> None:
    """Of a project that this session has not met yet, too."""
    bind("other", OTHER_TOKEN=VALUE + "-other")
    start(shell, "session")
    shown = shell.run(command.replace("creds", "creds --project other", 1))
    assert "****" in shown
    assert VALUE not in shown
    assert ("this terminal is masked" in shown) == ("reveal" in command and "|" not in command)


@pytest.mark.parametrize("shell", ["bash"], indirect=True)
def test_nothing_is_revealed_where_the_session_cannot_be_told(shell: Shell, bind: Bind, home: object) -> None:
    """Its socket is gone: one line, no value."""
    bind("other", OTHER_TOKEN=VALUE)
    start(shell, "session")
    for socket in home.runtime.glob("session-*.sock"):
        socket.unlink()
    shown, status = shell.run_status("creds --project other get OTHER_TOKEN --reveal")
    assert "the session of this terminal does not answer, nothing is shown" in shown
    assert status == 4
    assert VALUE not in shown


EDITORS = {"vim -u NONE -N": ":q!\r", "nano": "\x18", "less": "q", "more": "q"}


@pytest.mark.parametrize("mode", MODES)
def test_editors_and_pagers_show_a_file_that_holds_the_value(
    shell: Shell, bind: Bind, tmp_path: Path, mode: str
) -> None:
    """Drawn with cursor movements and colours, and masked; they leave the terminal as it was."""
    root = bind("shop", API_KEY=VALUE)
    (root / "conf").write_text(f"first line\ntoken: {VALUE}\nlast line\n" + "filler\n" * 60)
    start(shell, mode, env={"TERM": "xterm"})
    enter(shell, root)
    shell.run(f"command stty -a >{tmp_path}/before")
    for program, end in EDITORS.items():
        if shutil.which(program.split()[0]) is None:
            continue
        shell.child.sendline(f"{program} conf; {shell.plain}echo en''ded")
        shell.child.expect("last line")
        drawn = shell.child.before
        shell.child.send(end)
        shell.child.expect("ended")
        assert VALUE not in drawn + shell.child.before
        assert "****" in drawn
    shell.run(f"command stty -a >{tmp_path}/after")
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text()
