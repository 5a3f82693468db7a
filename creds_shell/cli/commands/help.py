"""`creds help`: the list of commands, one command's help, or a page about a topic.

A topic is one text file in cli/topics; a new one is a new file whose first line is its title.
"""

import argparse
import os
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from creds_shell.cli import say
from creds_shell.core.errors import UsageError
from creds_shell.core.talk import did_you_mean

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "more about a topic"
DESCRIPTION = "Without an argument: all commands and topics. With one: that command or topic."
EXAMPLES = """  creds help
  creds help security
  creds help exec
"""
FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "topics")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("topic", nargs="?", metavar="TOPIC", help="a command or a topic")


def run(args: argparse.Namespace, _inv: "Invocation") -> int:
    """Print the page that was asked for."""
    from creds_shell.cli.app import COMMANDS, command_parser, overview
    from creds_shell.cli.parser import filled

    if args.topic is None:
        say.out(overview() + "\n" + _topic_list())
    elif args.topic in topics():
        text = read_topic(args.topic)
        say.out(filled(text.rstrip(), get_terminal_size().columns) + "\n" if os.isatty(1) else text)
    elif args.topic in COMMANDS:
        say.out(command_parser(args.topic).format_help())
    else:
        near = did_you_mean(args.topic, [*COMMANDS, *topics()], "did you mean `creds help {}`?")
        raise UsageError(
            f"there is no command or topic {args.topic}", *near, f"topics: {', '.join(topics())}"
        )
    return 0


def topics() -> dict[str, str]:
    """Return each topic with its title."""
    names = sorted(n.removesuffix(".txt") for n in os.listdir(FOLDER) if n.endswith(".txt"))
    return {name: read_topic(name).partition("\n")[0] for name in names}


def read_topic(name: str) -> str:
    """Return the text of one topic."""
    with open(os.path.join(FOLDER, f"{name}.txt"), encoding="utf-8") as file:
        return file.read()


def _topic_list() -> str:
    width = max(map(len, topics()))
    lines = [f"  {name.ljust(width)}  {title}" for name, title in topics().items()]
    return "\n".join(["topics (`creds help TOPIC`):", "", *lines, ""])
