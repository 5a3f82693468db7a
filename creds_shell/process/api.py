"""`run_with_secrets` for programs: the same run in a forked process.

The caller's own descriptors, signals and limits stay as they are.
"""

import posix
import sys
from os import PathLike

from creds_shell.core import paths
from creds_shell.core.errors import SecretsError, UsageError
from creds_shell.core.talk import report
from creds_shell.process import descriptors
from creds_shell.process.failure import FilterError, StartError
from creds_shell.process.options import TABLE, Options
from creds_shell.process.run import execute, exit_like

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Word = str | bytes | PathLike[str] | PathLike[bytes]

_LIMIT = 65536


def run_and_return(command: "Iterable[Word]", given: dict[str, object]) -> int:
    """Run a command and return its status as a shell would tell it.

    That is 128 plus the signal that killed it, and 127 or 126 (said on stderr) where there is no such program or it
    cannot be started: what `creds exec` ends with.

    Raises:
        SecretsError: creds refused to start anything, or the mask failed; as `creds exec` would say it.
    """
    if isinstance(command, str | bytes):  # its letters would be taken for words
        raise UsageError("a command is a list of words", 'for a shell to read it: ["sh", "-c", "…"]')
    options = Options(**_with_lists(given))
    words = [_bytes(word) for word in command]
    if not words:
        raise UsageError("there is no command to run")
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    reading, writing = posix.pipe()
    pid = posix.fork()
    if pid == 0:
        posix.close(reading)
        _run(words, options, writing)
    posix.close(writing)
    try:
        told = _read(reading)
        _, word = posix.waitpid(pid, 0)
    except BaseException:
        posix.waitpid(pid, 0)  # ^C reached the command too; it decides
        raise
    finally:
        posix.close(reading)
    if told:
        raise _error(told)
    code = posix.waitstatus_to_exitcode(word)
    return code if code >= 0 else 128 - code


def _with_lists(given: dict[str, object]) -> dict[str, object]:
    """One name or file, where several may stand, as the one of a list: its letters would be taken for names."""
    several = {attribute: kind for attribute, kind in TABLE.values() if kind in ("keys", "list")}
    return {
        name: _words(value, several[name]) if name in several and isinstance(value, str | PathLike) else value
        for name, value in given.items()
    }


def _words(one: "str | PathLike[str]", kind: str) -> list[str]:
    plain = posix.fspath(one)
    return [word for word in plain.split(",") if word] if kind == "keys" else [plain]


def _bytes(word: "Word") -> bytes:
    """What exec(2) wants; a TypeError names what is no word, as subprocess does."""
    plain = posix.fspath(word)
    return plain if isinstance(plain, bytes) else paths.fsencode(plain)


def _run(command: list[bytes], options: Options, writing: int) -> None:
    """The forked process: it ends as the command ends, or tells why there is none."""
    try:
        fds = descriptors.standard()
        descriptors.fill_gaps(fds)
        exit_like(execute(command, options, fds))
    except StartError as error:
        posix._exit(report(error))  # noqa: SLF001 - see below
    except SecretsError as error:
        told = "\0".join([type(error).__name__, str(error.exit_code), error.message, *error.hints])
        posix.write(writing, told.encode("utf-8", "surrogateescape")[:_LIMIT])
    except Exception as error:  # noqa: BLE001 - its text may hold a value
        posix.write(writing, f"FilterError\x0070\0internal error ({type(error).__name__})".encode())
    finally:
        posix._exit(70)  # noqa: SLF001 - a copy of the caller: none of its cleanup may run here


def _read(reading: int) -> bytes:
    data = b""
    while part := posix.read(reading, _LIMIT):
        data += part
    return data


def _error(told: bytes) -> SecretsError:
    from creds_shell.core import errors

    name, code, message, *hints = told.decode("utf-8", "surrogateescape").split("\0")
    kind = FilterError if name == "FilterError" else getattr(errors, name, SecretsError)
    return kind(message, *hints, exit_code=int(code))
