"""`creds mask`: filter stdin to stdout; nothing is read before the set of secrets stands."""

import os
from types import SimpleNamespace

from creds_shell.core import talk
from creds_shell.core.errors import (
    ProjectNotFoundError,
    SecretNotFoundError,
    SecretsError,
    UsageError,
    step,
)
from creds_shell.core.resolve import refuse_denied
from creds_shell.process.options import GLOBAL, check_mask_text, read, unset

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from creds_shell.cli.app import Invocation
    from creds_shell.masking.stream import Needles

SUMMARY = "mask secrets in what is piped through"
DESCRIPTION = """Copy stdin to stdout and mask secrets on the way, in every form, at once, also without a newline. The
values are those of the project, or instead of it those of --env-file and --secret-env. If they cannot be had,
or a project named by hand has none, nothing passes and the exit status says why."""
EXAMPLES = """  make 2>&1 | creds mask
  ./deploy.sh | creds mask --env-file .env --patterns
  kubectl logs web | creds mask --patterns
"""
MASK_TEXT = "****"


def configure(parser: "argparse.ArgumentParser") -> None:
    """Add the arguments."""
    parser.add_argument(
        "--env-file", metavar="FILE", action="append", default=[], help="mask the values of this file"
    )
    parser.add_argument(
        "--secret-env",
        metavar="NAME",
        action="append",
        default=[],
        help="mask the value of this environment variable",
    )
    parser.add_argument(
        "--patterns", action="store_true", help="also mask secrets that are known by their shape"
    )
    parser.add_argument(
        "--optional",
        action="store_true",
        help="when the values cannot be had, mask by shape instead of failing",
    )
    parser.add_argument(
        "--mask-text", metavar="TEXT", default=MASK_TEXT, help="the replacement; {key} in it is the name"
    )
    parser.add_argument(
        "--tty", action="store_true", help="a person watches: show held text after a short pause"
    )


_OPTIONS = GLOBAL | {
    "--env-file": ("env_file", "list"),
    "--secret-env": ("secret_env", "list"),
    "--patterns": ("patterns", "flag"),
    "--optional": ("optional", "flag"),
    "--mask-text": ("mask_text", "text"),
    "--tty": ("tty", "flag"),
}


def main(argv: list[str]) -> int:
    """`creds mask` without the command line's parser, whose import alone takes longer than making the set."""
    asked = None
    try:
        _hold_descriptors()
        asked = _read(argv)
        if asked.json:
            talk.hold()
        status = run(asked)
    except SecretsError as error:
        from creds_shell.cli import say

        project, environment = getattr(asked, "project", None), getattr(asked, "environment", None)
        say.configure(json="--json" in argv, project=project, environment=environment)
        return say.fail(error)
    os._exit(status)  # nothing is left to clean up, and freeing thousands of needles takes its time


def _hold_descriptors() -> None:
    """Occupy closed standard descriptors, else a bundle could be opened where output is written."""
    from creds_shell.process import descriptors, plan

    fds = descriptors.standard()
    descriptors.fill_gaps(fds)
    if fds[1].kind == plan.CLOSED:
        raise SecretsError("stdout is closed", "send it to a file or a pipe")


def _read(argv: list[str]) -> SimpleNamespace:
    given, words = read(argv, _OPTIONS, "mask")
    if words:
        raise UsageError(f"creds mask takes no arguments: {words[0]}", "see `creds mask --help`")
    asked = SimpleNamespace(**(unset(_OPTIONS) | {"mask_text": MASK_TEXT} | given))
    check_mask_text(asked.mask_text)
    return asked


def run(args: "SimpleNamespace | argparse.Namespace", _inv: "Invocation | None" = None) -> int:
    """Build the set, then copy."""
    from creds_shell.cli.pump import pump
    from creds_shell.masking.stream import Masker

    needles = _needles(args)
    talk.release()  # what --json held back: the stream may run for hours
    return pump(Masker(needles, terminal=args.tty or os.isatty(1)), 0, 1)


def _needles(args: "SimpleNamespace | argparse.Namespace") -> "Needles":
    """The values to mask.

    Raises:
        UsageError: there is no source.
        SecretsError: a source cannot be read, and not --optional.
    """
    from creds_shell.masking.stream import Needles

    text = args.mask_text.encode("utf-8", "surrogateescape")
    needles = Needles(text, patterns=args.patterns)
    try:
        _fill(needles, args)
        needles.index()
    except SecretsError as error:
        if not args.optional:
            raise
        talk.warn(f"{error.message}; masking by shape only")
        return Needles(text, patterns=True)
    return needles


def _fill(needles: "Needles", args: "SimpleNamespace | argparse.Namespace") -> None:
    if args.env_file or args.secret_env:
        refuse_denied()
        for path in args.env_file:
            _add_file(needles, path)
        for name in args.secret_env:
            _add_variable(needles, name)
    else:
        _add_project(needles, args)
    if not needles:
        talk.warn("there is no value to mask; everything passes as it is")


def _add_file(needles: "Needles", path: str) -> None:
    """Add the values of a file named by hand: it needs no allow."""
    from creds_shell.core.dotenv import parse

    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise SecretNotFoundError(
            f"cannot read {path or repr(path)}: {(error.strerror or 'error').lower()}",
            step("ls -l", path),
            exit_code=1,
        ) from None
    for entry in parse(data, path):
        needles.add(entry.key, entry.value, force=entry.mask_mark)


def _add_variable(needles: "Needles", name: str) -> None:
    value = os.environb.get(os.fsencode(name))
    if value is None:
        raise SecretNotFoundError(
            f"--secret-env {name}: this variable is not set", "--optional masks by shape instead"
        )
    needles.add(name, value)


def _add_project(needles: "Needles", args: "SimpleNamespace | argparse.Namespace") -> None:
    """Add what `list` shows as masked; outside a project, --patterns alone is enough.

    Raises:
        SecretNotFoundError: a project that was named has no secrets.
        UsageError: there is no project.
        SecretsError: a tier cannot be read.
    """
    from argparse import Namespace

    from creds_shell.cli import reading, recording
    from creds_shell.cli.app import Invocation
    from creds_shell.cli.writing import where

    inv = Invocation(Namespace(**vars(args)))
    inv.talk()
    try:
        project = inv.open_project()
    except ProjectNotFoundError as error:
        if args.patterns and inv.project is None:
            return
        if inv.project is not None:
            raise
        raise UsageError(
            f"there is nothing to mask: {error.message}",
            "give --project ID, --env-file FILE, --secret-env NAME or --patterns",
        ) from None
    found = reading.load("mask", inv, project)
    if project.explicit and not found.keys:  # mistyped, perhaps: what it should hide would pass
        with reading.failure_recorded("mask", inv, project):
            raise SecretNotFoundError(
                f"{where(project)} has no secrets to mask",
                "creds set KEY",
                "or mask by shape alone: creds mask --optional",
            )
    recording.record("mask", inv, project, found.keys)
    found.fill(needles)
