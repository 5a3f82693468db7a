"""Who writes waits for who is writing, for a time, and says for whom; bundles and records of the state alike."""

import errno
import fcntl
import os
import subprocess
import threading

import pytest

from creds_shell import lock
from creds_shell.base import SecretBundle
from creds_shell.core import paths
from creds_shell.core.errors import SecretsError, StoreBusyError
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider
from creds_shell.state import state_lock


@pytest.fixture
def store(home):
    """The provider on a fresh home."""
    return DotEnvSecretsProvider()


def put(store, **values):
    return store.put_bundle(SecretBundle("shop", values))


def test_a_writer_that_waits_too_long_names_the_holder(store, home, monkeypatch):
    """And the file is as it was."""
    put(store, A="1")
    monkeypatch.setattr(lock, "PATIENCE", 0.05)
    with (
        lock.held(str(home.store("shop").parent / ".lock")),
        pytest.raises(StoreBusyError) as caught,
    ):
        put(store, A="2")
    assert f"process {os.getpid()}" in caught.value.message
    assert caught.value.exit_code == 5
    assert store.get_bundle("shop")["A"] == "1"


def test_a_holder_that_is_not_the_one_in_the_file_is_not_named(store, home, monkeypatch):
    """A program of somebody else's that holds the lock wrote no number; the one that is there ended long ago, or is none."""
    put(store, A="1")
    monkeypatch.setattr(lock, "PATIENCE", 0.05)
    gone = subprocess.Popen(["true"])
    gone.wait()
    file = home.store("shop").parent / ".lock"
    with file.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for number in (gone.pid, 10**18):
            file.write_text(f"{number}\n")
            with pytest.raises(StoreBusyError, match=r"^another process is writing"):
                put(store, A="2")


def test_a_writer_waits_for_another_one(store, home):
    """Both changes are kept."""
    put(store, A="1")
    with lock.held(str(home.store("shop").parent / ".lock")):
        writer = threading.Thread(target=lambda: put(store, B="2"))
        writer.start()
        assert writer.is_alive()
    writer.join(30)
    assert store.get_bundle("shop").keys == ["A", "B"]


def test_a_stopped_command_that_holds_the_bindings_stops_nobody_for_ever(home, monkeypatch):
    """`creds use` and ^Z: the next one says which process it waits for."""
    monkeypatch.setattr(lock, "PATIENCE", 0.05)
    with (
        state_lock("bindings"),
        pytest.raises(StoreBusyError, match=f"^process {os.getpid()} .* is writing to {paths.state_dir()}$"),
        state_lock("bindings"),
    ):
        pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_named(store, home, monkeypatch, number):
    """Nothing is written without a lock, and it is no fault of creds."""

    def refuse(*_args):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    for write in (lambda: put(store, A="1"), lambda: state_lock("config").__enter__()):
        with pytest.raises(SecretsError, match=r"lock cannot be locked: .*; nothing was changed$") as caught:
            write()
        assert "CREDS_HOME=DIR" in caught.value.hints[0]
    assert not home.store("shop").exists()
