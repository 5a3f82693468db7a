"""Files and folders of the store: modes from the first byte, locks, times, what is refused."""

import os
import stat
from pathlib import Path

import pytest

from creds_shell.base import SecretBundle
from creds_shell.core import paths
from creds_shell.core.errors import BadPermissionsError, DamagedFileError
from creds_shell.providers import bundle_file
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


@pytest.fixture
def store(home):
    """The provider on a fresh home."""
    return DotEnvSecretsProvider()


def put(store, **values):
    return store.put_bundle(SecretBundle("shop", values))


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o277, 0o777])
def test_files_are_0600_and_folders_0700_whatever_the_umask(store, home, umask):
    """Also under a umask that takes our own bits away."""
    before = os.umask(umask)
    try:
        put(store, A="1")
        put(store, B="2")
    finally:
        os.umask(before)
    path = home.store("shop")
    assert [mode(p) for p in (path.parent.parent, path.parent, path)] == [0o700, 0o700, 0o600]
    assert mode(path.parent / ".lock") == 0o600


def test_the_file_is_0600_while_it_is_written(store, home, monkeypatch):
    """Seen at the first write of a byte."""
    seen = []
    real = os.write

    def write(fd, data):
        seen.append(stat.S_IMODE(os.fstat(fd).st_mode))
        return real(fd, data)

    monkeypatch.setattr(bundle_file.os, "write", write)
    put(store, A="1")
    assert seen
    assert set(seen) == {0o600}


def test_reading_creates_nothing(store, home):
    """An empty bundle and an untouched home."""
    assert store.get_bundle("shop").keys == []
    assert os.listdir(home.path) == []


def test_every_write_has_a_later_mtime(store, home):
    """The hooks watch it; the kernel's clock ticks every few milliseconds, writes come faster."""
    times = []
    for number in range(30):
        put(store, A=str(number))
        times.append(os.stat(home.store("shop")).st_mtime_ns)
    assert times == sorted(set(times))


def test_the_mtime_also_grows_after_a_date_in_the_future(store, home):
    """A file from a machine with another clock."""
    put(store, A="1")
    future = 4_000_000_000 * 10**9
    os.utime(home.store("shop"), ns=(future, future))
    put(store, A="2")
    assert os.stat(home.store("shop")).st_mtime_ns == future + 1


@pytest.mark.parametrize("part", ["file", "folder", "secrets"])
def test_what_others_can_write_is_refused_with_the_chmod_to_run(store, home, part):
    """For reading and for writing; nothing changes."""
    put(store, A="1")
    path = home.store("shop")
    target = {"file": path, "folder": path.parent, "secrets": path.parent.parent}[part]
    os.chmod(target, mode(target) | 0o020)
    before = path.read_bytes()
    for act in (lambda: store.get_bundle("shop"), lambda: put(store, A="2")):
        with pytest.raises(BadPermissionsError) as caught:
            act()
        assert caught.value.hints == (f"chmod go-w {target}",)
        assert caught.value.exit_code == 4
    assert path.read_bytes() == before


def test_a_symlinked_file_is_refused(store, home, tmp_path):
    """Somebody could have pointed it anywhere."""
    put(store, A="1")
    path = home.store("shop")
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadPermissionsError, match="symbolic link"):
        store.get_bundle("shop")
    with pytest.raises(BadPermissionsError, match="symbolic link"):
        put(store, A="2")


def test_a_symlinked_directory_of_the_same_owner_is_fine(store, home, tmp_path):
    """Dotfile managers do that."""
    (tmp_path / "dotfiles").mkdir(mode=0o700)
    home.config.parent.mkdir(mode=0o700, parents=True)
    home.config.symlink_to(tmp_path / "dotfiles")
    put(store, A="1")
    assert store.get_bundle("shop")["A"] == "1"


def test_a_dangling_symlink_is_not_written_through(store, home, tmp_path):
    """No file appears where it points."""
    put(store, A="1")
    home.store("shop").unlink()
    home.store("shop").symlink_to(tmp_path / "target")
    with pytest.raises(BadPermissionsError):
        put(store, A="2")
    assert not (tmp_path / "target").exists()


def test_a_damaged_file_is_never_rewritten(store, home):
    """The error has file and line; the bytes stay."""
    put(store, A="1")
    path = home.store("shop")
    path.write_bytes(b"A=1\nwhat is this\n")
    for act in (
        lambda: put(store, B="2"),
        lambda: store.delete_key("shop", "A"),
        lambda: store.rotate("shop", "A", "n"),
    ):
        with pytest.raises(DamagedFileError, match=f"{path}:2"):
            act()
    with pytest.raises(DamagedFileError):
        store.put_bundle(SecretBundle("shop", {"B": "2"}), mode="replace")
    assert path.read_bytes() == b"A=1\nwhat is this\n"


def test_stale_temporary_files_go_with_the_next_write(store, home):
    """What a killed writer left."""
    put(store, A="1")
    stale = home.store("shop").parent / f"{bundle_file.TEMPORARY}123-abc"
    stale.write_bytes(b"half")
    put(store, A="2")
    assert sorted(os.listdir(home.store("shop").parent)) == [".env", ".lock"]


def test_environments_have_files_of_their_own(store, home):
    """`.env` and `.env.<environment>`."""
    put(store, A="1")
    store.put_bundle(SecretBundle("shop", {"A": "2"}, environment="production"))
    assert store.get_bundle("shop", "production")["A"] == "2"
    assert store.get_bundle("shop")["A"] == "1"
    assert home.store("shop", "production").name == ".env.production"


def test_a_file_that_cannot_be_read_is_an_error_that_names_the_tier(store, home, monkeypatch):
    """Root reads everything, so the system's answer is given by hand."""
    put(store, A="1")

    def refuse(path, *_args, **_kwargs):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(bundle_file.os, "open", refuse)
    with pytest.raises(BadPermissionsError, match="dotenv-global cannot read"):
        store.get_bundle("shop")


def test_the_state_folder_is_private_too(store, home):
    """Metadata has names and times, no values, and is nobody else's."""
    put(store, A="s3cret-value")
    found = [os.path.join(folder, name) for folder, _, names in os.walk(home.state) for name in names]
    assert found
    assert {mode(path) for path in found} == {0o600}
    assert not any(b"s3cret-value" in Path(path).read_bytes() for path in found)
    assert mode(paths.state_dir()) == 0o700


def test_writing_nothing_where_nothing_is_creates_nothing(store, home):
    store.delete_keys("shop", [])
    for mode in ("merge", "replace"):
        assert store.put_bundle(SecretBundle("shop"), mode=mode).version is None
    assert not os.path.exists(paths.store_folder("shop"))
