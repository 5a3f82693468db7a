"""Writes the completions of the three shells out of the parsers: python completions/generate.py [FOLDER].

shtab makes them; what is added here is where names come from: `creds completion --names`, which reads no value.
"""

import argparse
import os
import re
import sys

import shtab

from creds_shell.cli.app import full_parser
from creds_shell.cli.commands.completion import FILES
from creds_shell.cli.parser import add_global_options

COLUMNS = "100"  # argparse wraps help at the terminal's width; the result must not depend on it
# A command after `--`: its name, then what the shell itself would offer for its arguments. shtab takes what such a
# function of bash gives for file names if its own name says so.
COMMAND = {
    "bash": "_creds_command_or_file",
    "zsh": "_creds_command",
    "fish": "(_creds_command)",
    "preamble": {
        "bash": """
_creds_command_or_file() {
  local at=1
  while ((at < COMP_CWORD)) && [[ ${COMP_WORDS[at]} != -- ]]; do ((at += 1)); done
  ((at >= COMP_CWORD - 1)) && compgen -c -- "$1"
  compgen -f -- "$1"
}""",
        "zsh": """
_creds_command() {
  if [[ $words[1] == -- ]]; then shift words; ((CURRENT--)); fi
  _normal
}""",
        "fish": """
function _creds_command
    set -l words (commandline -opc)
    set -l at (contains -i -- -- $words); or return
    set -l command $words[(math $at + 1)..-1]
    test $at -lt (count $words); or set command
    complete -C (string join ' ' -- (string escape -- $command) (commandline -ct))
end""",
    },
}


# shtab's own way has zsh run the command for each option of each command at every TAB: 8 s for all of them.
NAMES_IN_ZSH = """
_creds_names() {
  local -a found
  found=(${(f)"$(command creds completion --names $@[-1] 2>/dev/null)"})
  compadd "${@[1,-2]}" -a found
}"""


def names(kind: str) -> dict[str, object]:
    """Complete with what `creds completion --names KIND` prints."""
    made = shtab.cmd(f"command creds completion --names {kind} 2>/dev/null")
    return made | {
        "zsh": f"_creds_names {kind}",
        "preamble": made["preamble"] | {"zsh": NAMES_IN_ZSH},
    }


# Where shtab would have the file put: not where the shells look for it, nor what creds itself says.
SHTAB_PLACES = re.compile(r"# Usage:\n(# .*\n)+")
OUR_PLACES = "# Where it belongs: creds completion --help\n"

# dest of an argument: what completes it
POSITIONALS = {
    "key": names("keys"),
    "keys": names("keys"),
    "name": names("environments"),
    "tier": names("providers"),
    "topic": names("topics"),
    "shell": names("shells"),
    "file": shtab.FILE,
    "path": shtab.FILE,
    "paths": shtab.FILE,
    "command": COMMAND,
    "words": COMMAND,
}
OPTIONS = {
    "only": names("keys"),
    "omit": names("keys"),
    "unmask": names("keys"),
    "environment": names("environments"),
    "provider": names("providers"),
    "also": names("providers"),
    "origin": names("providers"),
    "file": shtab.FILE,
    "env_file": shtab.FILE,
    "shell": shtab.FILE,
}


def prepare(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Attach a completer to every argument that has one."""
    for action in parser._actions:
        known = OPTIONS if action.option_strings else POSITIONALS
        if isinstance(action, argparse._SubParsersAction):
            for pseudo in action._choices_actions:  # their one line; the description fills a screen
                prepare(action.choices[pseudo.dest]).description = pseudo.help
        elif action.dest in known and not action.choices and action.nargs != 0:
            action.complete = known[action.dest]  # type: ignore[attr-defined]
    return parser


def generate() -> dict[str, str]:
    """Return the text of each file by its name."""
    os.environ["COLUMNS"] = COLUMNS
    parser = full_parser()
    add_global_options(parser)  # they may stand before the command, too
    return {
        name: SHTAB_PLACES.sub(OUR_PLACES, shtab.complete(prepare(parser), shell), count=1)
        for shell, name in FILES.items()
    }


def main() -> None:
    """Write the files."""
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for name, text in generate().items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text.rstrip() + "\n")


if __name__ == "__main__":
    main()
