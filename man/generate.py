"""Writes man/creds.1, the commands of docs/cli.md and the agents of docs/security.md: python man/generate.py.

Nothing is written twice: what `creds COMMAND --help` and `creds help TOPIC` say is what the manual says.
"""

import argparse
import os
import sys
from collections.abc import Iterator

from creds_shell import __version__
from creds_shell.cli.app import COMMANDS, command_parser
from creds_shell.cli.commands.help import read_topic, topics
from creds_shell.cli.parser import synopsis, written
from creds_shell.core.agents import AGENTS, NAMED

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ALIASES = {"run": "exec"}


def escape(text: str) -> str:
    """Escape one line of text for roff: backslashes, hyphens, other than ASCII, a control character at its beginning."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in text)
    return "\\&" + text if text.startswith((".", "'")) else text


def block(text: str) -> str:
    """Show text as it is, line by line."""
    return "\n".join([".nf", *(escape(line) for line in text.rstrip().splitlines()), ".fi"])


def sentence(name: str) -> str:
    """Return a command's one line as a sentence."""
    line = COMMANDS[name][1]
    return f"{line[0].upper()}{line[1:]}."


def own_arguments(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The arguments of a command without --help and without the global options."""
    for group in parser._action_groups:
        if group.title == "global options":
            continue
        for action in group._group_actions:
            shown = action.help != argparse.SUPPRESS and not isinstance(action, argparse._HelpAction)
            if shown and not isinstance(action, argparse._SubParsersAction):
                yield action


def with_subcommands(name: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """The parser of a command and those of its own commands."""
    parser = command_parser(name)
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            shown = {pseudo.dest for pseudo in action._choices_actions}
            for sub, sub_parser in action.choices.items():
                if sub in shown:
                    yield f"{name} {sub}", sub_parser


def help_text(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """Return the help of one argument, its placeholders filled."""
    return parser._get_formatter()._expand_help(action) if action.help else ""


def usage(parser: argparse.ArgumentParser) -> str:
    """Return the line that --help begins with."""
    return " ".join([parser.prog, *synopsis(parser._actions)])


def man_command(name: str) -> Iterator[str]:
    """The manual's part about one command."""
    for full, parser in with_subcommands(name):
        yield f".SS {escape(usage(parser).removeprefix('creds '))}"
        if full == name:
            yield escape(sentence(name))
            yield ".PP"
        yield block(parser.description or "")
        for action in own_arguments(parser):
            yield f".TP\n.B {escape(written(action))}\n{escape(help_text(parser, action))}"
        if parser.epilog:
            yield f".PP\n{block(parser.epilog)}"


def man_page() -> str:
    """Return the whole manual page."""
    lines = [
        f'.TH CREDS 1 "" "creds {__version__}" "User Commands"',
        ".nh",
        ".SH NAME",
        "creds \\- secrets that follow you into a project and leave with you",
        ".SH SYNOPSIS",
        ".B creds",
        "[global options]",
        ".I COMMAND",
        "\\&...",
        ".SH DESCRIPTION",
        "Shell hooks load the secrets of the project that you enter and take them out when you leave.",
        ".B creds exec",
        "and",
        ".B creds shell",
        "run a command or a subshell with the secrets in its environment and every value that it prints masked.",
        ".SH GLOBAL OPTIONS",
        "Before or after the command; for exec and shell before",
        ".BR \\-\\- .",
    ]
    reference = command_parser("status")
    group = next(g for g in reference._action_groups if g.title == "global options")
    lines += [
        f".TP\n.B {escape(written(action))}\n{escape(help_text(reference, action))}"
        for action in group._group_actions
    ]
    lines.append(".SH COMMANDS")
    for name in COMMANDS:
        if name not in ALIASES:
            lines += man_command(name)
    for name, heading in topics().items():
        body = read_topic(name).partition("\n")[2].strip("\n")
        lines += [f".SH {escape(heading.upper())}", block(body)]
    lines += [".SH SEE ALSO", "direnv(1), age(1), git(1)"]
    return "\n".join(lines) + "\n"


def markdown_command(name: str) -> Iterator[str]:
    """The part of docs/cli.md about one command."""
    for full, parser in with_subcommands(name):
        level = "##" if full == name else "###"
        yield f"{level} creds {full}\n"
        if full == name:
            also = [alias for alias, meant in ALIASES.items() if meant == name]
            yield sentence(name) + "".join(f" Also `creds {alias}`." for alias in also) + "\n"
        yield f"```\n{usage(parser)}\n```\n"
        yield f"{plain((parser.description or '').strip())}\n"
        rows = [(written(action), help_text(parser, action)) for action in own_arguments(parser)]
        if rows:
            yield "| argument | does |\n|---|---|"
            yield "\n".join(_row(head, text) for head, text in rows) + "\n"
        if parser.epilog:
            yield f"```\n{parser.epilog.strip()}\n```\n"


def plain(text: str) -> str:
    """Keep Markdown from reading asterisks that stand outside of backquotes."""
    parts = text.split("`")
    parts[::2] = [part.replace("*", "\\*") for part in parts[::2]]
    return "`".join(parts)


def _row(head: str, text: str) -> str:
    escaped = head.replace("|", "\\|")
    return f"| `{escaped}` | {plain(text).replace('|', chr(92) + '|')} |"


def between(present: str, what: str, body: str) -> str:
    """Return a document with what stands between two markers made anew."""
    begin, end = f"<!-- {what}: begin -->", f"<!-- {what}: end -->"
    before, _, rest = present.partition(begin)
    return f"{before}{begin}\n\n{body}\n{end}{rest.partition(end)[2]}"


def commands() -> str:
    """Return the part of docs/cli.md about all commands."""
    return "\n".join("\n".join(markdown_command(name)) for name in COMMANDS if name not in ALIASES)


def agent_table() -> str:
    """Return the part of docs/security.md about the markers of agents."""
    rows = [
        f"| `{variable}` | {agent} | {'no: ' if people else ''}{source} |"
        for variable, agent, people, source in AGENTS
    ]
    named = [f"| `{variable}` | its value | |" for variable in NAMED]
    return (
        "\n".join(["| variable | agent | source, or why it does not count |", "|---|---|---|", *named, *rows])
        + "\n"
    )


def generate(root: str = ROOT) -> dict[str, str]:
    """Return the text of each generated file by its path below the root."""
    os.environ["COLUMNS"] = "100"
    parts = {"docs/cli.md": ("commands", commands), "docs/security.md": ("agents", agent_table)}
    made = {"man/creds.1": man_page()}
    for name, (what, body) in parts.items():
        with open(os.path.join(root, name), encoding="utf-8") as file:
            made[name] = between(file.read(), what, body())
    return made


def main() -> None:
    """Write the files."""
    root = sys.argv[1] if len(sys.argv) > 1 else ROOT
    for name, text in generate().items():
        with open(os.path.join(root, name), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
