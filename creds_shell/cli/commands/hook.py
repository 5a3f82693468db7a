"""`creds hook`: the text that a shell evaluates at its start. The plain case is answered by hook/render already."""

import argparse
import os
from typing import TYPE_CHECKING

from creds_shell.cli import say
from creds_shell.core.errors import UsageError
from creds_shell.hook import MODES, SHELLS
from creds_shell.hook.render import hook_text

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "the text that your shell evaluates"
DESCRIPTION = """Prints the hook of a shell for its start-up file. With it, entering a project loads its secrets and
leaving takes them out again.

modes:
  export    load into this shell, in place; nothing on the screen is masked and all that
            the shell starts inherits the values
  subshell  entering an allowed project starts `creds shell` in it, masked; leaving ends it
  session   the whole terminal runs inside `creds shell`, masked, and loads happen in place

The line stands last in the file, for session first. A later PROMPT_COMMAND=(...) or
precmd_functions=(...) takes the hook out. The masked shells read the same file; that of
subshell keeps what it began with until you leave."""
EXAMPLES = """  eval "$(creds hook bash)"         in ~/.bashrc
  eval "$(creds hook zsh)"          in ~/.zshrc
  creds hook fish | source          in ~/.config/fish/config.fish
  eval "$(creds hook bash --wrap-cd)"   `cd project && command` works in bash too
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "shell", nargs="?", metavar="SHELL", help=f"{', '.join(SHELLS)}; default: the one that runs you"
    )
    parser.add_argument(
        "--mode", choices=MODES, default="export", help="how secrets are loaded (default: export)"
    )
    parser.add_argument(
        "--wrap-cd", action="store_true", help="bash: load already on cd, not at the next prompt"
    )


def run(args: argparse.Namespace, _inv: "Invocation") -> int:
    """Print the hook."""
    shell = args.shell or running_shell()
    say.out(hook_text(shell, mode=args.mode, wrap_cd=args.wrap_cd))
    return 0


def running_shell(login: str = "") -> str:
    """The name of the shell that runs us.

    Args:
        login: the shell to take, by name or path, where another one runs us (`sh`, make).

    Raises:
        UsageError: neither has a hook.
    """
    import shellingham

    try:
        name: str = shellingham.detect_shell()[0]
    except (shellingham.ShellDetectionFailure, OSError):
        name = ""
    known = [shell for shell in (name, os.path.basename(login)) if shell in SHELLS]
    if not known:
        raise UsageError("cannot tell which shell this is for", f"name it: {', '.join(SHELLS)}")
    return known[0]
