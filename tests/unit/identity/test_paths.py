"""Where things are, who may touch them, and what is refused with which command."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from creds_shell.core import paths
from creds_shell.core.detach import open_lock
from creds_shell.core.errors import BadPermissionsError, DamagedFileError, UsageError
from creds_shell.core.realpath import realpath
from creds_shell.core.replace import write_private
from creds_shell.core.runtime import runtime_dir
from creds_shell.state import state_lock


def test_the_folders_follow_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CREDS_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/h")
    assert paths.config_dir() == "/h/.config/claude-power-pack"
    assert paths.state_dir() == "/h/.local/state/creds-shell"
    monkeypatch.setenv("XDG_CONFIG_HOME", "/x")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert paths.config_dir() == "/x/claude-power-pack"
    assert paths.state_dir() == "/h/.local/state/creds-shell"
    monkeypatch.setenv("CREDS_HOME", "/own/")
    assert paths.config_dir() == "/own"
    assert paths.store_file("shop", "default") == "/own/secrets/shop/.env"
    assert paths.store_file("shop", "staging") == "/own/secrets/shop/.env.staging"


def test_a_relative_store_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDS_HOME", "here")
    with pytest.raises(UsageError):
        paths.config_dir()


def test_without_home_the_password_database_says(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    monkeypatch.delenv("HOME")
    assert paths.home() == pwd.getpwuid(os.getuid()).pw_dir

    monkeypatch.setenv("HOME", "here")  # of each working directory another one
    assert paths.home() == pwd.getpwuid(os.getuid()).pw_dir
    monkeypatch.setenv("HOME", "/h//")
    assert paths.home() == "/h"
    monkeypatch.delenv("HOME")

    def unknown(uid):
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(UsageError, match="HOME is not set, and the user"):
        paths.home()


def test_the_runtime_folder_must_be_private(
    home: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del home
    shared = tmp_path / "run"
    shared.mkdir()
    shared.chmod(0o755)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(shared))
    assert runtime_dir() == paths.state_dir() + "/run"
    shared.chmod(0o700)
    assert runtime_dir() == f"{shared}/creds-shell"
    assert oct(os.stat(runtime_dir()).st_mode & 0o777) == "0o700"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o277, 0o777])
def test_folders_are_0700_and_files_0600_whatever_the_umask(tmp_path: Path, home: object, umask: int) -> None:
    del home
    old = os.umask(umask)
    try:
        paths.make_private_dir(f"{tmp_path}/a/b")
        write_private(f"{tmp_path}/a/b/c", b"x")
        with state_lock("config"):
            os.close(open_lock(f"{tmp_path}/a/b/copy"))
    finally:
        os.umask(old)
    modes = [os.stat(tmp_path / name).st_mode & 0o777 for name in ("a", "a/b", "a/b/c")]
    assert modes == [0o700, 0o700, 0o600]
    assert sorted(os.listdir(tmp_path / "a/b")) == ["c", "copy.lock"]
    locks = (f"{paths.state_dir()}/config.lock", tmp_path / "a/b/copy.lock")
    assert [os.stat(lock).st_mode & 0o777 for lock in locks] == [0o600, 0o600]


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(BadPermissionsError, match="not a directory"):
        paths.make_private_dir(f"{tmp_path}/home/.local/state")


def test_a_write_replaces_and_a_failed_one_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = f"{tmp_path}/x"
    write_private(file, b"old")
    write_private(file, b"new")
    assert Path(file).read_bytes() == b"new"

    def fail(*_: object) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(paths.posix, "rename", fail)
    with pytest.raises(OSError, match="no space"):
        write_private(file, b"newer")
    assert Path(file).read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o722, 0o777])
def test_a_folder_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(mode)
    with pytest.raises(BadPermissionsError) as caught:
        paths.check_private(f"{tmp_path}/a/b/c")
    assert caught.value.hints == (f"chmod go-w {tmp_path}/a",)
    (tmp_path / "a").chmod(0o700)


def test_a_sticky_folder_is_fine(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o1777)
    paths.check_private(f"{tmp_path}/a/b")


def test_a_link_to_a_folder_is_fine_and_a_link_to_a_file_is_not(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").touch()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real/alias").symlink_to("file")
    paths.check_private(f"{tmp_path}/link/file")
    with pytest.raises(BadPermissionsError, match="symbolic link"):
        paths.check_private(f"{tmp_path}/link/alias")


def test_the_target_of_a_link_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "open/real").mkdir(parents=True)
    (tmp_path / "link").symlink_to("open/real")
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(BadPermissionsError, match="open"):
        paths.check_private(f"{tmp_path}/link/file")
    (tmp_path / "open").chmod(0o700)


def test_a_strangers_folder_is_refused(foreign_repo: Path) -> None:
    if foreign_repo.stat().st_uid == 0:  # root can read everything anyway, and owns / and /home
        paths.check_private(f"{foreign_repo}/x")
        return
    with pytest.raises(BadPermissionsError, match="another user"):
        paths.check_private(f"{foreign_repo}/x")


Spoil = Callable[[Path], object]
UNREADABLE: list[tuple[Spoil, type[Exception]]] = [
    (lambda file: file.chmod(0o622), BadPermissionsError),
    (lambda file: (file.unlink(), os.mkfifo(file, 0o600)), BadPermissionsError),
    (lambda file: (file.unlink(), file.mkdir()), BadPermissionsError),
    (lambda file: (file.rename(file.parent / "y"), file.symlink_to("y")), BadPermissionsError),
    (lambda file: file.write_bytes(b"x" * 101), DamagedFileError),
]


@pytest.mark.parametrize(("spoil", "error"), UNREADABLE)
def test_a_record_of_the_wrong_kind_is_refused(tmp_path: Path, spoil: Spoil, error: type[Exception]) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"x" * 100)
    file.chmod(0o600)
    assert paths.read_private(str(file), 100) == b"x" * 100
    spoil(file)
    with pytest.raises(error):
        paths.read_private(str(file), 100)


def test_settings_that_are_a_link_are_called_that(tmp_path: Path) -> None:
    """As those who keep their files elsewhere have it: it was `too many levels of symbolic links`."""
    kept, link = tmp_path / "dotfiles.toml", tmp_path / "config.toml"
    kept.write_text("")
    link.symlink_to(kept)
    with pytest.raises(BadPermissionsError, match=r"config\.toml is a symbolic link$") as told:
        paths.read_private(str(link), 100)
    assert told.value.hints == (f"put the file itself there: mv {kept} {link}",)


def test_a_missing_record_is_none(tmp_path: Path) -> None:
    assert paths.read_private(f"{tmp_path}/x/y", 10) is None


def test_real_paths_are_those_of_the_standard_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/up").symlink_to("..")
    (tmp_path / "abs").symlink_to(tmp_path / "a/b")
    (tmp_path / "dangling").symlink_to("nowhere/x")
    (tmp_path / "chain").symlink_to("a/up/abs/../up")
    monkeypatch.chdir(tmp_path)
    for path in (
        "",
        ".",
        "a/up/a/b/..",
        "abs",
        "abs/..",
        "chain",
        "dangling",
        "x/../y",
        "/",
        "//",
        "/..",
        "a//b/",
    ):
        assert realpath(path) == os.path.realpath(path), path
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="too many"):
        realpath("loop")


@pytest.mark.parametrize(
    ("me", "step"),
    [
        (0, "run creds as that user, without sudo; as root of a container: HOME=/root"),
        (1000, "sudo chown 1000 /home/anna"),
    ],
)
def test_root_is_never_told_to_take_a_home_from_its_user(
    monkeypatch: pytest.MonkeyPatch, me: int, step: str
) -> None:
    """`sudo creds` in one's own home: a pasted `chown 0` would lock its user out."""
    monkeypatch.setattr(paths.posix, "geteuid", lambda: me)
    assert paths.owner_step("/home/anna") == step
