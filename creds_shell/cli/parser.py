"""How the words of a command are read: argparse in our voice, and the options that every command takes.

Options are never abbreviated; what is wrong with them is said as `creds exec` says it, which has a reader of its own.
"""

import argparse

from creds_shell.cli import say
from creds_shell.core import talk
from creds_shell.core.errors import UsageError

TYPE_CHECKING = False  # the typing module costs 4 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, NoReturn

GLOBAL = "global options"
_NO_BREAK = "\u00a0"  # where no line may end

# How argparse's messages about an argument begin, and how `creds exec` says it.
SAID = {
    "expected one argument": "needs a value",
    "ignored explicit argument": "takes no value",
    "invalid int value": "needs a number",
}


def filled(text: str, width: int) -> str:
    """Return prose as wide as a terminal; a paragraph with indented lines, as examples are, stays as it is."""
    from textwrap import fill

    paragraphs = text.split("\n\n")
    return "\n\n".join(p if "\n " in f"\n{p}" else fill(p, width, break_on_hyphens=False) for p in paragraphs)


def written(action: argparse.Action) -> str:
    """Return how an argument is written: `-e, --environment NAME`, `--generate[=LEN]`, `KEY`."""
    meta = (
        action.metavar
        if isinstance(action.metavar, str)
        else "|".join(action.choices or [action.dest.upper()])
    )
    names = ", ".join(action.option_strings)
    if not names or action.nargs == 0:
        return names or meta
    return f"{names}[={meta}]" if action.nargs == "?" else f"{names} {meta}"


def synopsis(actions: "Iterable[argparse.Action]") -> list[str]:
    """Return a command's own arguments, each as one is to type it; `…` stands behind what may come again."""
    words = []
    for action in sorted(actions, key=lambda action: action.nargs == argparse.REMAINDER):
        if action.container.title == GLOBAL or action.dest == "help" or action.help == argparse.SUPPRESS:  # type: ignore[attr-defined]
            continue
        text = written(action)
        optional = bool(action.option_strings) or action.nargs in ("?", "*")
        again = isinstance(action, argparse._AppendAction) or (action.nargs == "*" and text != "-")  # noqa: SLF001
        words.append(
            (f"[{text}]" if optional else text) + "…" * again + " …" * (action.nargs == argparse.PARSER)
        )
    return words


class Layout(argparse.HelpFormatter):
    """How --help looks: as in docs/cli.md and the manual, which are made of the same parsers."""

    def add_usage(self, usage: "str | None", actions: "Iterable[argparse.Action]", *more: "Any") -> None:
        """Show a command's own options; those that every command takes have a list of their own."""
        from textwrap import wrap

        whole = [word.replace(" ", _NO_BREAK) for word in (self._prog, *synopsis(actions))]
        margin = " " * len("usage: ")
        lines = wrap(
            " ".join(whole), self._width - len(margin), subsequent_indent=margin, break_on_hyphens=False
        )
        text = f"\n{margin}".join(lines).replace(_NO_BREAK, " ").replace("%", "%%")
        super().add_usage(usage or text, actions, *more)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        return written(action)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        del indent  # there is none outside of sub-sections
        return filled(text, width)


class Parser(argparse.ArgumentParser):
    """argparse in our voice: an error is a UsageError, options are never abbreviated."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("allow_abbrev", False)
        kwargs.setdefault("formatter_class", Layout)
        kwargs.setdefault("exit_on_error", False)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def _print_message(self, message: str, file: object = None) -> None:
        """Help is data: argparse would leave a full disk to the interpreter's last flush."""
        del file
        say.out(message)

    def parse_args(self, args: "Sequence[str]") -> argparse.Namespace:  # type: ignore[override]
        """As argparse, but an option that nobody knows is named alone: what stands with it may be a value."""
        parsed: argparse.Namespace
        parsed, left = self.parse_known_args(args)
        rest = [word for word in left if word != "--"]
        options = [word.partition("=")[0] for word in rest if word.startswith("-")]
        if options and options[0] not in self._option_string_actions:  # a known one stood behind `--`
            near = talk.did_you_mean(options[0], self._option_string_actions)
            name = options[0] if options[0].startswith("--") else options[0][:2]
            raise self._usage(f"unknown option {name}", *near)
        if rest:
            raise self._usage(f"unexpected argument {rest[0]}")
        return parsed

    def parse_known_args(self, *args: object) -> "Any":  # type: ignore[override]
        """As argparse, but what an option lacks is said as `creds exec` says it."""
        try:
            return super().parse_known_args(*args)  # type: ignore[call-overload]
        except argparse.ArgumentError as error:
            if (
                error.argument_name is None
            ):  # from Python 3.12.8 and 3.13 on what is missing comes this way, too
                self.error(error.message)
            said = next(
                (ours for theirs, ours in SAID.items() if error.message.startswith(theirs)), error.message
            )
            raise self._usage(f"{error.argument_name.rpartition('/')[2]} {said}") from None

    def _check_value(self, action: argparse.Action, value: str) -> None:
        if action.choices is None or value in action.choices:
            return
        near = talk.did_you_mean(value, action.choices)
        if action.nargs == argparse.PARSER:
            raise self._usage(f"there is no command {self.prog.removeprefix('creds ')} {value}", *near)
        name = [str(action.metavar), *action.option_strings][-1]
        raise self._usage(f"{name} is one of {', '.join(action.choices)}", *near)

    def error(self, message: str) -> "NoReturn":
        """Raise instead of exiting, so that there is one way out."""
        required = message.partition("the following arguments are required: ")[2]
        raise self._usage(f"{required} is missing" if required else message)

    def _usage(self, message: str, *hints: str) -> UsageError:
        return UsageError(message, *hints, f"see `{self.prog} --help`")


def add_global_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command takes."""
    group = parser.add_argument_group(GLOBAL)
    group.add_argument("--project", metavar="ID", help="use this project, anywhere")
    group.add_argument("-e", "--environment", metavar="NAME", help="default, staging, production …")
    group.add_argument("--provider", metavar="ID", help="use this tier for this run")
    group.add_argument("--json", action="store_true", help="print JSON")
    group.add_argument("--quiet", action="store_true", help="errors and warnings only")
    group.add_argument("--no-input", action="store_true", help="never ask")
    group.add_argument("--yes", action="store_true", help="answer questions with yes")
    group.add_argument("--reason", metavar="TEXT", help="recorded in the audit log")
    group.add_argument("--refresh", action="store_true", help="do not use a cached bundle")
