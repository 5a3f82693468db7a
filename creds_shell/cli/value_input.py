"""Where a new value comes from: a hidden prompt, stdin, a file, or a generator. Never asked for without a terminal.

Values are bytes here: what a file or a pipe holds is what is stored.
"""

import argparse
import os
import secrets
import string
import sys

from creds_shell.cli import say
from creds_shell.core import talk
from creds_shell.core.errors import SecretsError, UsageError, step

LENGTH = 32  # characters of a generated value: 190 bits out of 62 letters and digits
SHORTEST, LONGEST = 8, 65536  # shorter ones could be guessed and would hardly be masked
LIMIT = 1 << 20  # bytes read of a file or a pipe; an environment holds an eighth of it
_ALPHABET = string.ascii_letters + string.digits


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where the value comes from."""
    group = parser.add_argument_group("where the value comes from (default: a hidden prompt)")
    group.add_argument(
        "--stdin", action="store_true", help="read it from stdin; one final newline is dropped"
    )
    group.add_argument("--file", metavar="F", help="take the exact bytes of a file")
    group.add_argument(
        "--generate",
        nargs="?",
        const="",
        metavar="LEN",
        help=f"make a random one of LEN letters and digits ({LENGTH}); nothing of it is printed",
    )


def words(args: argparse.Namespace, given: list[str]) -> list[str]:
    """Return the words of the command, with the key that `--generate KEY` took by mistake (it takes `=LEN`)."""
    if args.generate and not args.generate.isdecimal() and not given:
        args.generate, stolen = "", args.generate
        return [stolen, *given]
    return given


def has_source(args: argparse.Namespace, *, dash: bool) -> bool:
    """Whether the command line says where the value comes from.

    Raises:
        UsageError: it says so twice.
    """
    sources = [args.stdin or dash, args.file is not None, args.generate is not None]
    if sum(sources) > 1:
        raise UsageError("the value can come from one place", "one of --stdin, --file F, --generate")
    return any(sources)


def read_value(args: argparse.Namespace, key: str, *, dash: bool, verb: str = "set") -> bytes:
    """Read the value from where the options say.

    Raises:
        UsageError: no source and no terminal; nothing is read then.
        SecretsError: it cannot be read, or the two entries differ.
    """
    if args.generate is not None:
        return generate(args.generate)
    if args.file is not None:
        return read_file(args.file)
    if args.stdin or dash:
        return read_stdin().removesuffix(b"\n")
    return ask_twice(key, verb)


def generate(length: str) -> bytes:
    """Return a random value of letters and digits.

    Raises:
        UsageError: `length` is no number between 8 and 65,536.
    """
    if not length:
        return generate(str(LENGTH))
    if not length.isdecimal() or not SHORTEST <= int(length[:9]) <= LONGEST:
        raise UsageError(f"a generated value has {SHORTEST} to {LONGEST} characters", f"--generate={LENGTH}")
    return "".join(secrets.choice(_ALPHABET) for _ in range(int(length))).encode()


def read_stdin() -> bytes:
    """Return all of stdin.

    Raises:
        SecretsError: more than 1 MiB, or it cannot be read.
    """
    if os.isatty(0):
        say.say("reading from this terminal, which shows what is typed; Ctrl-D ends it")
        talk.release()  # --json holds back what has to be read now
    try:
        data = sys.stdin.buffer.read(LIMIT + 1)
    except OSError as error:
        raise SecretsError(f"cannot read stdin: {os.strerror(error.errno or 0).lower()}") from None
    except AttributeError:  # stdin is closed, so sys.stdin is None
        raise SecretsError("cannot read stdin: it is closed") from None
    return _limited(data, "stdin")


def read_file(path: str) -> bytes:
    """Return the exact bytes of a file.

    Raises:
        SecretsError: it cannot be read, is no file, or holds more than 1 MiB.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(LIMIT + 1)
    except IsADirectoryError:
        raise SecretsError(f"cannot read {path}: is a directory", "name a file") from None
    except OSError as error:
        raise SecretsError(
            f"cannot read {path or repr(path)}: {os.strerror(error.errno or 0).lower()}", step("ls -l", path)
        ) from None
    return _limited(data, path)


def _limited(data: bytes, where: str) -> bytes:
    if len(data) > LIMIT:
        raise SecretsError(
            f"{where} holds more than {LIMIT} bytes", "a secret is a small thing: store a path to it"
        )
    return data


def ask_twice(key: str, verb: str = "set") -> bytes:
    """Ask for a value, hidden, twice.

    Raises:
        UsageError: no terminal; nothing is read.
        SecretsError: nothing was typed, or the two entries differ.
    """
    if not (say.can_ask() and os.isatty(0)):
        raise UsageError(
            f"there is no terminal to ask for the value of {key}",
            f"creds {verb} {key} --stdin < FILE",
            f"creds {verb} {key} --file FILE, or --generate",
        )
    first = say.ask_secret(f"value of {key}:")
    if not first:
        say.forget_keys()  # as below, where the paste begins with an empty line
        raise SecretsError(
            "nothing was typed, nothing was changed",
            f"an empty value: creds {verb} {key} --stdin < /dev/null",
        )
    if say.ask_secret("the same again:") != first:
        say.forget_keys()  # the third line of what was pasted would be the shell's next command
        raise SecretsError(
            "the two values differ, nothing was changed", f"of several lines: creds {verb} {key} --file FILE"
        )
    return first
