"""Writes the completions of the three shells out of the parsers: python completions/generate.py [FOLDER].

shtab makes them; what is added here is where names come from: `creds completion --names`, which reads no value.
"""

import argparse
import os
import sys

import shtab

from creds_shell.cli.app import full_parser
from creds_shell.cli.commands.completion import FILES

COLUMNS = "100"  # argparse wraps help at the terminal's width; the result must not depend on it
COMMANDS = {
    "bash": "_creds_commands",
    "zsh": "_command_names -e",
    "fish": "(complete -C'' | string match -r '^\\\\S+')",
    "preamble": {"bash": '_creds_commands() { compgen -c -- "$1"; }'},
}


def names(kind: str) -> dict[str, object]:
    """Complete with what `creds completion --names KIND` prints."""
    return shtab.cmd(f"command creds completion --names {kind} 2>/dev/null")


# dest of an argument: what completes it
COMPLETERS = {
    "key": names("keys"),
    "keys": names("keys"),
    "only": names("keys"),
    "except_": names("keys"),
    "unmask": names("keys"),
    "environment": names("environments"),
    "topic": names("topics"),
    "file": shtab.FILE,
    "files": shtab.FILE,
    "env_file": shtab.FILE,
    "path": shtab.FILE,
    "paths": shtab.FILE,
    "command": COMMANDS,
}


def prepare(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Attach a completer to every argument that has one."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                prepare(sub)
        elif action.dest in COMPLETERS and not action.choices and action.nargs != 0:
            action.complete = COMPLETERS[action.dest]  # type: ignore[attr-defined]
    return parser


def generate() -> dict[str, str]:
    """Return the text of each file by its name."""
    os.environ["COLUMNS"] = COLUMNS
    return {name: shtab.complete(prepare(full_parser()), shell) for shell, name in FILES.items()}


def main() -> None:
    """Write the files."""
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for name, text in generate().items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text.rstrip() + "\n")


if __name__ == "__main__":
    main()
