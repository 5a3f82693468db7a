"""What is damaged, missing, full or interrupted: one line once, an unchanged shell, no loop."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from creds_shell.core.paths import store_file
from creds_shell.hook import PROTOCOL
from creds_shell.hook.render import hook_text

from .conftest import Bind, Shell, put, wait_until

Creds = Callable[..., object]


def quiet_afterwards(shell: Shell) -> None:
    """Neither a word nor a process at the next prompts."""
    assert shell.said("") == []
    if shell.trace.exists():
        assert shell.processes("") == []


def test_a_damaged_store(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """On entering nothing is loaded; damaged while inside, what is loaded stays; mended, it loads."""
    root = bind("shop", KEY="s3cret")
    store = Path(store_file("shop", "default"))
    good = store.read_bytes()
    shell.start(cwd=tmp_path, counted=True)
    store.write_bytes(good + b"this is no assignment s3cret\n")
    (line,) = shell.said(f"cd {root}")
    assert line.startswith("error: ")
    assert "s3cret" not in line
    shell.run("")
    quiet_afterwards(shell)
    assert shell.environment()[b"CREDS_STATUS"] == b"error"
    store.write_bytes(good)
    assert shell.said("")[0].startswith("shop, 1 secret")
    shell.run("")
    store.write_bytes(good + b"broken again\n")
    assert shell.said("")[0].startswith("error: ")
    assert shell.value("KEY") == b"s3cret"
    assert shell.said("cd /") == ["shop, unloaded"]
    (line,) = shell.said(f"cd {root}")
    assert line.startswith("error: ")


def test_a_store_and_a_git_directory_that_others_may_write(shell: Shell, bind: Bind) -> None:
    """The line names the chmod."""
    root = bind("shop", KEY="s3cret")
    Path(store_file("shop", "default")).chmod(0o622)
    shell.start(cwd="/", counted=True)
    (line,) = shell.said(f"cd {root}")
    assert "chmod go-w" in line
    shell.run("")
    quiet_afterwards(shell)
    Path(store_file("shop", "default")).chmod(0o600)
    (root / ".git").chmod(0o777)
    shell.run("cd /")
    (line,) = shell.said(f"cd {root}")
    assert "chmod go-w" in line
    shell.run("")
    quiet_afterwards(shell)


def test_a_damaged_binding_and_cookie(shell: Shell, bind: Bind, home: object) -> None:
    """Not read as trust; mended, it is."""
    root = bind("shop", KEY="s3cret")
    good = {file: file.read_bytes() for file in (home.state / "bindings").iterdir()}
    for file in good:
        file.write_bytes(b"\xff\0nonsense\n")
    shell.start(cwd="/")
    shell.run(f"cd {root}")
    assert shell.value("KEY") is None
    quiet_afterwards(shell)
    for file, data in good.items():
        file.write_bytes(data)
    shell.run("")
    assert shell.value("KEY") == b"s3cret"
    shell.run("cd /")
    (root / ".git" / "creds-binding").write_bytes(b"\0" * 40)
    shell.run(f"cd {root}")
    assert shell.value("KEY") is None
    quiet_afterwards(shell)


def test_git_files_that_mean_nothing(shell: Shell, tmp_path: Path) -> None:
    """An empty .git, a .git file with nonsense, a .git that loops."""
    for name in ("empty", "nonsense", "loop"):
        (tmp_path / name).mkdir()
    (tmp_path / "empty" / ".git").mkdir()
    (tmp_path / "nonsense" / ".git").write_bytes(b"gitdir: \xff\n\n\n")
    (tmp_path / "loop" / ".git").symlink_to(".git")
    shell.start(cwd=tmp_path, counted=True)
    for name in ("empty", "nonsense", "loop"):
        shell.run(f"cd {tmp_path}/{name}")
        shell.run("")
        quiet_afterwards(shell)
        assert b"CREDS_COUNT" not in shell.environment() or shell.environment()[b"CREDS_COUNT"] == b"0"
    assert shell.processes("cd /") == []


@pytest.mark.parametrize("kind", ["nonsense", "link"])
def test_a_git_file_that_is_no_repository_becomes_one(
    shell: Shell, creds: Creds, tmp_path: Path, make_repo: Callable[[str], Path], kind: str
) -> None:
    """What stands there then is bound and loads, without leaving and coming back."""
    place = tmp_path / "shop"
    place.mkdir()
    if kind == "link":
        (place / ".git").symlink_to(make_repo("another") / ".git")
    else:
        (place / ".git").write_text("nonsense\n")
    shell.start(cwd=place)
    shell.run("rm .git; git init -q")
    creds("set", "KEY", "--stdin", input="s3cret", cwd=place)
    shell.run("")
    assert shell.value("KEY") == b"s3cret"


def test_references_that_cannot_be_written(shell: Shell, bind: Bind, home: object) -> None:
    """A full disk: one line, nothing loaded, nothing tried again."""
    root = bind("shop", KEY="s3cret")
    watch = home.state / "watch"
    shutil.rmtree(watch, ignore_errors=True)
    watch.symlink_to("/dev/full")
    shell.start(cwd="/", counted=True)
    (line,) = shell.said(f"cd {root}")
    assert line.startswith(f"error: cannot write the watch references in {watch}: ")
    assert shell.value("KEY") is None
    shell.run("")
    quiet_afterwards(shell)
    watch.unlink()
    shell.run("cd /")
    assert shell.said(f"cd {root}")[0].startswith("shop, 1 secret")


def test_an_unreadable_git_directory(shell: Shell, bind: Bind) -> None:
    """Nothing is loaded and nothing tried again; made readable, it loads."""
    if os.geteuid() == 0:
        pytest.skip("root may read every directory")
    root = bind("shop", KEY="s3cret")
    (root / ".git").chmod(0)
    shell.start(cwd="/", counted=True)
    assert shell.said(f"cd {root}") == [f"error: {root}/.git cannot be read: chmod u+rx {root}/.git"]
    assert shell.value("KEY") is None
    shell.run("")
    quiet_afterwards(shell)
    (root / ".git").chmod(0o700)
    shell.run("cd /")
    assert shell.said(f"cd {root}")[0].startswith("shop, 1 secret")


def test_a_disk_without_room_for_references(shell: Shell, bind: Bind, home: object, tmp_path: Path) -> None:
    """A file system with no inode left (ENOSPC): one line, nothing loaded, nothing tried again."""
    watch = home.state / "watch"
    shutil.rmtree(watch, ignore_errors=True)
    watch.mkdir(mode=0o700, parents=True)
    mount = f"mount -t tmpfs -o nr_inodes=1,mode=700 none {shlex.quote(str(watch))}"
    alone = [
        "unshare",
        "-m",
        "sh",
        "-c",
    ]  # with -U every directory above would belong to nobody, and be refused
    if subprocess.run([*alone, mount], capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a full file system")
    root = bind("shop", KEY="s3cret")
    shell.folder.mkdir(parents=True, exist_ok=True)
    command = shlex.join(shell._command(hook_text(shell.name)))
    shell.start(cwd="/", argv=[*alone, f"{mount} && exec {command}"])
    (line,) = shell.said(f"cd {root}")
    assert line.startswith("error: cannot write the watch references in ")
    assert line.lower().endswith("no space left on device")
    assert shell.value("KEY") is None
    assert shell.said("") == []


def test_a_process_that_dies_half_way_changes_nothing(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """Without the last line nothing is evaluated."""
    root = bind("shop", KEY="s3cret")
    fake = tmp_path / "python"
    fake.write_text(
        "#!/bin/sh\nprintf '#creds 1\\n__creds_set KEY half\\ntouch %s\\n' " + str(tmp_path / "evil") + "\n"
    )
    fake.chmod(0o755)
    import sys

    text = hook_text(shell.name).replace(sys.executable, str(fake))
    shell.start(cwd=tmp_path, hook=text)
    assert shell.said(f"cd {root}") == ["error: creds did not answer, creds doctor says why"]
    assert shell.value("KEY") is None
    assert not (tmp_path / "evil").exists()
    quiet_afterwards(shell)


def test_an_interrupt_returns_at_once_and_is_not_repeated(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """^C while the process runs: the prompt is there, silent, and no further try until something changes."""
    import sys

    root = bind("shop", KEY="s3cret")
    fake = tmp_path / "python"
    started = tmp_path / "started"
    fake.write_text(f"#!/bin/sh\necho x >> {started}\nexec sleep 1000\n")
    fake.chmod(0o755)
    text = hook_text(shell.name).replace(sys.executable, str(fake))
    shell.start(cwd=tmp_path, hook=text)
    shell.child.sendline(f"cd {root}")
    wait_until(started.exists, "the process")
    shell.child.sendintr()
    assert "creds:" not in shell.run("")
    assert "creds:" not in shell.run("")
    assert started.read_text() == "x\n"
    assert shell.value("KEY") is None
    assert shell.run_status("true")[1] == 0


def test_an_interrupt_between_two_names_leaves_none_of_them_behind(shell: Shell, bind: Bind) -> None:
    """^C while the reply is evaluated: what was set by then is undone on leaving, what it hid comes back."""
    root = bind("shop", KEY="s3cret", OTHER="s3cret too")
    stop = {
        "bash": "__creds_end() { kill -INT $$; }",
        "zsh": "__creds_end() { kill -INT $$; }",
        "fish": "function __creds_finish; kill -INT $fish_pid; while true; end; end",
    }[shell.name]
    shell.start(cwd="/", env={"OTHER": "mine"}, after=stop)
    shell.run(f"cd {root}")
    assert (shell.value("KEY"), shell.value("OTHER")) == (b"s3cret", b"s3cret too")
    shell.run("cd /")
    assert (shell.value("KEY"), shell.value("OTHER")) == (None, b"mine")
    assert "s3cret" not in shell.variables()


def test_a_key_that_goes_after_an_interrupted_load_goes(shell: Shell, bind: Bind) -> None:
    """What an unfinished answer said counts no more at the next one."""
    root = bind("shop", KEY="s3cret", OTHER="s3cret too")
    shell.start(cwd="/")
    shell.run(f"cd {root}")
    shell.run(
        "functions -c __creds_finish kept; function __creds_finish; functions -e __creds_finish; "
        "functions -c kept __creds_finish; kill -INT $fish_pid; while true; end; end"
        if shell.name == "fish"
        else 'kept=$(typeset -f __creds_end); __creds_end() { eval "$kept"; kill -INT $$; }'
    )
    put("shop", KEY="s3cret", OTHER="s3cret too", NEW="s3cret three")
    shell.run("")
    shell.run("cd /")
    shell.run(f"cd {root}")
    shell.run("")
    assert shell.value("NEW") == b"s3cret three"
    put("shop", OTHER="s3cret too", NEW="s3cret three")
    shell.run("")
    shell.run("")
    assert shell.value("KEY") is None
    assert shell.value("NEW") == b"s3cret three"


def test_keys_typed_ahead_are_not_eaten(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """What is typed while a project loads arrives at the next prompt."""
    root = bind("shop", KEY="s3cret")
    out = tmp_path / "out"
    shell.start(cwd=tmp_path)
    shell.child.send(f"cd {root}\n{shell.plain}echo typed-ahead > {out}\n")
    shell.run("")
    assert out.read_text() == "typed-ahead\n"


def test_removed_and_upgraded_creds(shell: Shell, bind: Bind, tmp_path: Path, home: object) -> None:
    """The embedded place is gone: creds on the PATH heals the hook; without one, a single line."""
    root = bind("shop", KEY="s3cret")
    other = bind("other", KEY="other")
    text = hook_text(shell.name).replace(sys.executable, str(tmp_path / "gone" / "python"))
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("env", "git", "sh", "cat", "rm", shell.name):
        (bare / name).symlink_to(shutil.which(name))
    shell.start(cwd=tmp_path, hook=text, env={"PATH": str(bare)})
    (line,) = shell.said(f"cd {root}")
    assert line.startswith("error: creds is not installed any more")
    assert shell.said("") == []
    assert shell.said("cd /") == []
    shell.run(
        shell.set("PATH", home.env["PATH"])
        if shell.name != "fish"
        else f"set -gx PATH {home.env['PATH'].replace(':', ' ')}"
    )
    assert shell.said(f"cd {root}")[0].startswith("shop, 1 secret")
    assert shell.value("KEY") == b"s3cret"
    shell.run(shell.set("PATH", str(bare)))
    assert shell.said(f"cd {other}") == ["other, 1 secret"]  # by what was healed, without the PATH
    assert shell.value("KEY") == b"other"


def test_a_program_of_the_place_is_never_taken_for_creds(
    shell: Shell, make_repo: Callable[..., Path], tmp_path: Path
) -> None:
    """Where the hook has to ask the PATH, and that begins with a relative directory: entering runs nothing of it."""
    root = make_repo("strange")
    ours = root / "bin" / "creds"
    ours.parent.mkdir()
    ours.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    ours.chmod(0o755)
    text = hook_text(shell.name).replace(sys.executable, str(tmp_path / "gone" / "python"))
    shell.start(cwd="/", hook=text, env={"PATH": f"bin:{shell.env['PATH']}"})
    (line,) = shell.said(f"cd {root}")
    assert line.startswith("error: creds is not installed any more")
    assert not (tmp_path / "ran").exists()


def test_a_hook_of_another_version_gets_the_present_one(shell: Shell, bind: Bind) -> None:
    """It asks in its own protocol and is replaced; the next prompt loads."""
    root = bind("shop", KEY="s3cret")
    old = (
        hook_text(shell.name)
        .replace(f"__creds_protocol '{PROTOCOL}'", "__creds_protocol '0'")
        .replace(f"__creds_protocol='{PROTOCOL}'", "__creds_protocol='0'")
    )
    assert old != hook_text(shell.name)
    shell.start(cwd="/", hook=old)
    shell.run(f"cd {root}")
    shell.run("")
    assert shell.value("KEY") == b"s3cret"
    shell.run("cd /")
    assert shell.value("KEY") is None


def test_an_audit_log_that_cannot_be_written_is_said(shell: Shell, bind: Bind, home: object) -> None:
    """The secrets load; the line says what is missing."""
    root = bind("shop", KEY="s3cret")
    home.audit.unlink(missing_ok=True)
    home.audit.mkdir()
    shell.start(cwd="/")
    (line,) = shell.said(f"cd {root}")
    assert line.endswith("the audit record could not be written")
    assert shell.value("KEY") == b"s3cret"


def test_a_held_audit_lock_does_not_hold_the_prompt(shell: Shell, bind: Bind, home: object) -> None:
    """Three tries within 5 ms."""
    import fcntl

    root = bind("shop", KEY="s3cret")
    shell.start(cwd="/")
    shell.run(f"cd {root}")
    shell.run("cd /")
    with open(home.state / "audit-head", "rb+") as head:
        fcntl.flock(head, fcntl.LOCK_EX)
        (line,) = shell.said(f"cd {root}")
    assert line == "shop, 1 secret; the audit record could not be written"


def test_an_agents_shell_loads_nothing(shell: Shell, bind: Bind) -> None:
    """A coding agent may use secrets and must not see them."""
    root = bind("shop", KEY="s3cret")
    shell.start(cwd="/", env={"CLAUDECODE": "1"})
    assert shell.said(f"cd {root}") == [
        "shop, not loaded for an agent (CLAUDECODE is set): creds exec -- COMMAND"
    ]
    assert shell.value("KEY") is None
    assert shell.said("") == []


def test_more_names_than_an_environment_holds(
    bind: Bind, monkeypatch: pytest.MonkeyPatch, home: object
) -> None:
    """What could not be handed to a shell below is left out, and said."""
    from creds_shell.hook import export

    monkeypatch.chdir(bind("shop", AAAA="one", BBBB="two", CCCC="three"))
    monkeypatch.setattr(export, "NAMES_ROOM", 10)
    answer = export.decide()
    assert answer.values == [("AAAA", b"one"), ("BBBB", b"two")]
    assert answer.complaint == "1 not set, too many for one environment"
