"""`creds exec`: the help and completion of a command that runs by its own lean way (process/run.py)."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.process.options import ACCESS, TTY

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "run a command with the secrets, its output masked"
DESCRIPTION = """Run a command with the project's secrets in its environment and masked in its output.
It behaves like the bare command: terminal, job control, signals, exit status."""
EXAMPLES = """  creds exec -- npm start
  creds exec --only DATABASE_URL -- psql "$@"
  creds exec --project shop -e production -- ./deploy
"""


def AGENT_ACTION(args: argparse.Namespace) -> str | None:  # noqa: N802 the name that the agents' gate looks for
    """What an agent must be granted: output without the mask."""
    return "no-mask" if args.no_mask else None


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the options; process/options.py reads them."""
    configure_values(parser)
    parser.add_argument(
        "--tty", choices=TTY, default="auto", help="when the command gets a terminal of its own"
    )
    parser.add_argument("--kill-tree", action="store_true", help="end what the command leaves running")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the command")


def configure_values(parser: argparse.ArgumentParser) -> None:
    """Describe the options that `shell` has too."""
    parser.add_argument("--only", metavar="KEYS", action="append", help="these keys alone, comma-separated")
    parser.add_argument("--except", metavar="KEYS", action="append", dest="omit", help="all keys but these")
    parser.add_argument(
        "--clean-env", action="store_true", help="without the inherited variables, but PATH, HOME …"
    )
    parser.add_argument("--keep-existing", action="store_true", help="inherited variables win")
    parser.add_argument("--no-mask", action="store_true", help="do not mask the output")
    parser.add_argument("--patterns", action="store_true", help="mask values known by their shape, too")
    parser.add_argument("--env-file", metavar="FILE", action="append", help="also the values of a .env file")
    parser.add_argument(
        "--secret-env", metavar="NAME", action="append", help="mask this inherited variable, too"
    )
    parser.add_argument("--access", choices=ACCESS, help="database access that libpq programs get")
    parser.add_argument(
        "--mask-text", metavar="TEXT", default="****", help="instead of ****; {key} names the key"
    )
    parser.add_argument("--allow-missing", action="store_true", help="run without a required key")
    parser.add_argument("--skip-blocked", action="store_true", help="run without a .env that is not allowed")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Hand the words over to the lean way."""
    from creds_shell.process.run import main

    del args
    return main(inv.words)
