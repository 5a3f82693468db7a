"""A store write that fails, or dies, at any system call leaves the old bundle or the new one, and never lies.

Every function of the system that the write path calls goes through a counting stand-in; the nth call fails with an
error, writes half, or ends the process. After each, the bundle is read by an undisturbed reader.
"""

import errno
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

from creds_shell.base import SecretBundle
from creds_shell.core import paths, replace
from creds_shell.core.errors import SecretsError
from creds_shell.providers import bundle_file, metadata
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider

# Python 3.12 warns of a fork beside threads; the children here never come back into pytest
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
OLD = {f"KEY_{n:02}": "old" * 20 for n in range(20)}
NEW = {f"KEY_{n:02}": "new" * 20 for n in range(20)}
CALLS = (
    "open", "close", "read", "write", "pread", "pwrite", "fsync", "fstat", "stat", "lstat", "fchmod", "chmod",
    "mkdir", "rename", "replace", "unlink", "listdir", "ftruncate", "utime", "readlink",
)  # fmt: skip


class System:
    """Stands in for `os` or `posix` in one module: counts the calls, and lets the nth one go wrong."""

    def __init__(self, real, plan):
        self._real = real
        self._plan = plan

    def __getattr__(self, name):
        real = getattr(self._real, name)
        return self._counted(name, real) if name in CALLS else real

    def _counted(self, name, real):
        def call(*args, **kwargs):
            return self._plan.step(name, real, args, kwargs)

        return call


class Plan:
    """What goes wrong, and at which call; counts all calls."""

    def __init__(self, at=None, wrong=None):
        self.at = at
        self.wrong = wrong
        self.count = 0
        self.names = []

    def step(self, name, real, args, kwargs):
        self.count += 1
        self.names.append(name)
        if self.count != self.at:
            return real(*args, **kwargs)
        if self.wrong == "exit":
            os._exit(9)
        if self.wrong == "short":
            return (
                real(args[0], args[1][: max(1, len(args[1]) // 2)])
                if name == "write"
                else real(*args, **kwargs)
            )
        if name == "close":  # Linux closes the descriptor whatever it reports (close(2))
            real(*args, **kwargs)
        raise OSError(self.wrong, os.strerror(self.wrong))


@contextmanager
def disturbed(monkeypatch, plan):
    """Put the stand-ins in place for the write path alone."""
    with monkeypatch.context() as patch:
        patch.setattr(bundle_file, "os", System(bundle_file.os, plan))
        patch.setattr(paths, "posix", System(paths.posix, plan))
        patch.setattr(replace, "posix", System(replace.posix, plan))
        patch.setattr(metadata, "os", System(metadata.os, plan))
        yield


def write_new():
    """The write that is disturbed."""
    return DotEnvSecretsProvider().put_bundle(SecretBundle("shop", NEW), mode="replace")


def stored():
    """What a reader finds afterwards."""
    return dict(DotEnvSecretsProvider().get_bundle("shop").secrets)


def put_old():
    """The state before."""
    DotEnvSecretsProvider().put_bundle(SecretBundle("shop", OLD), mode="replace")


def calls_of_one_write(monkeypatch):
    plan = Plan()
    with disturbed(monkeypatch, plan):
        write_new()
    return plan


def test_the_write_path_goes_through_the_stand_ins(home, monkeypatch):
    """Else the tests below would prove nothing."""
    put_old()
    names = calls_of_one_write(monkeypatch).names
    assert {"open", "write", "fsync", "rename", "close", "fstat", "lstat", "listdir", "fchmod"} <= set(names)
    assert names.index("write") < names.index("fsync") < names.index("rename")
    assert "fsync" in names[names.index("rename") :]


@pytest.mark.parametrize(
    "code",
    [errno.EIO, errno.ENOSPC, errno.EACCES, errno.EINTR, errno.EDQUOT, errno.EROFS],
    ids=errno.errorcode.get,
)
def test_an_error_at_any_call_leaves_old_or_new_and_never_lies(home, monkeypatch, code):
    """Success means new; an error means old or new; nothing in between, and no temporary file stays behind."""
    put_old()
    total = calls_of_one_write(monkeypatch).count
    for number in range(1, total + 1):
        put_old()
        try:
            with disturbed(monkeypatch, Plan(number, code)):
                write_new()
            said = "success"
        except (SecretsError, OSError) as error:
            said = f"{type(error).__name__}: {error}"
        found = stored()
        assert found in (OLD, NEW), (number, said)
        assert said != "success" or found == NEW, number


def test_an_error_before_the_rename_is_one_sentence(home, monkeypatch):
    """A full disk says so, names the tier and changes nothing."""
    put_old()
    names = calls_of_one_write(monkeypatch).names
    put_old()
    with (
        disturbed(monkeypatch, Plan(names.index("fsync") + 1, errno.ENOSPC)),
        pytest.raises(SecretsError) as caught,
    ):
        write_new()
    assert "no space left on device" in caught.value.message
    assert caught.value.message.startswith("dotenv-global cannot write")
    assert caught.value.message.endswith("; nothing was changed")
    assert caught.value.hints == (f"df {home.store('shop').parent}",)
    assert stored() == OLD


def test_a_short_write_at_any_call_is_completed(home, monkeypatch):
    """write(2) may take less than it was given."""
    put_old()
    total = calls_of_one_write(monkeypatch).count
    for number in range(1, total + 1):
        put_old()
        with disturbed(monkeypatch, Plan(number, "short")):
            write_new()
        assert stored() == NEW


def test_dying_at_any_call_leaves_old_or_new(home, monkeypatch):
    """The process ends without any clean-up; the next writer goes on."""
    put_old()
    total = calls_of_one_write(monkeypatch).count
    for number in range(1, total + 1):
        put_old()
        child = os.fork()
        if child == 0:
            try:
                with disturbed(monkeypatch, Plan(number, "exit")):
                    write_new()
            finally:
                os._exit(1)
        os.waitpid(child, 0)
        assert stored() in (OLD, NEW), number
    put_old()
    assert sorted(os.listdir(home.store("shop").parent)) == [".env", ".lock"]


@pytest.mark.timeout(900)
@pytest.mark.slow
@pytest.mark.parametrize(
    "fault", ["error=EIO", "error=ENOSPC", "error=EACCES", "error=EINTR", "signal=SIGKILL"]
)
def test_faults_injected_by_strace(home, fault):
    """The same from outside, at the real system calls of a real process."""
    strace = shutil.which("strace")
    assert strace, "this test needs strace (apt-get install strace)"
    put_old()
    code = (
        "from creds_shell.providers.dotenv_global import DotEnvSecretsProvider as P\n"
        "from creds_shell.base import SecretBundle\n"
        "import sys\n"
        f"P().put_bundle(SecretBundle('shop', {NEW!r}), mode='replace')\n"
        "print('stored')\n"
    )
    for call in (
        "openat",
        "write",
        "pwrite64",
        "fsync",
        "rename",
        "close",
        "fchmod",
        "flock",
        "ftruncate",
        "utimensat",
    ):
        for number in range(1, 7):
            put_old()
            inject = f"inject={call}:{fault}:when={number}"
            where = ("-P", str(home.store("shop").parent), "-P", str(home.store("shop")))
            command = (strace, "-f", "-o", os.devnull, *where, "-e", inject, sys.executable, "-c", code)
            done = subprocess.run(command, env=home.env, capture_output=True, text=True, check=False)
            found = stored()
            assert found in (OLD, NEW), inject
            assert "stored" not in done.stdout or found == NEW, inject
