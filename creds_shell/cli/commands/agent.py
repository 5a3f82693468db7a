"""`creds agent`: start a coding agent without the loaded values, or set one up in a project."""

import argparse
import os
from typing import TYPE_CHECKING

from creds_shell.cli import say
from creds_shell.core import talk
from creds_shell.core.agents import detect
from creds_shell.core.errors import ProjectNotFoundError, UsageError
from creds_shell.core.resolve import refuse_denied
from creds_shell.process.spawn import become, find

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "run and set up coding agents"
DESCRIPTION = """A coding agent may use secrets and must not see them.

`run` starts one with every loaded name undone and CREDS_AGENT set, so that it gets no value from this shell and
`creds exec` works in it. `install` writes the /secrets:* commands, the skill and the output filter into this project."""
EXAMPLES = """  creds agent run -- claude
  creds agent install claude
  creds agent install claude --remove
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    from creds_shell.cli.parser import Parser

    actions = parser.add_subparsers(dest="action", metavar="run|install", required=True, parser_class=Parser)
    run_parser = actions.add_parser(
        "run", help="start an agent", description="Start an agent without the values."
    )
    run_parser.add_argument("--name", help="what the audit log calls it; default: the command's name")
    run_parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the agent")
    install_parser = actions.add_parser(
        "install", help="set one up", description="Set an agent up in this project."
    )
    install_parser.add_argument("agent", choices=("claude",), metavar="AGENT", help="claude")
    install_parser.add_argument("--remove", action="store_true", help="take away what install wrote")
    actions.add_parser(
        "filter", description="Mask what a tool printed: the hook's JSON in, the hook's answer out."
    )
    for sub in actions.choices.values():
        _accept_global_options(sub)


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Do the one action that was asked for."""
    if args.action == "filter":  # also where the project is denied: it knows token shapes then
        from creds_shell.cli.agent_filter import filter_tool_output

        return filter_tool_output(inv)
    refuse_denied()
    if args.action == "run":
        return _run_agent(args.command[1:] if args.command[:1] == ["--"] else args.command, args.name, inv)
    return _install(args.agent, remove=args.remove)


def _accept_global_options(parser: argparse.ArgumentParser) -> None:
    """Let global options follow the action's name without undoing those in front of it."""
    from creds_shell.cli.parser import add_global_options

    known = set(map(id, parser._actions))  # noqa: SLF001 argparse has no public list of them
    add_global_options(parser)
    for action in parser._actions:  # noqa: SLF001
        if id(action) not in known:
            action.default = argparse.SUPPRESS


def _run_agent(command: list[str], name: str | None, inv: "Invocation") -> int:
    from creds_shell import audit

    if not command:
        raise UsageError("which agent", "for example `creds agent run -- claude`")
    environ = without_values(dict(os.environb))
    environ[b"CREDS_AGENT"] = os.fsencode(name or os.path.basename(command[0]))
    audit.record("agent run", project=inv.project, agent=detect(environ), reason=inv.reason)
    words = [os.fsencode(word) for word in command]
    program = find(words[0], environ)
    talk.release()  # what --json holds back: the agent takes this process over
    raise become(program, words, environ)


def without_values(environ: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """The environment without what the hook or `creds shell` put into it."""
    from creds_shell.core.loaded import undo

    scoped = environ.get(b"__CREDS_SCOPE_NAMES", b"").split()
    return {name: value for name, value in undo(environ).items() if name not in scoped}


def _install(agent: str, *, remove: bool) -> int:
    from creds_shell.cli import agent_install

    root = _root()
    changes = (agent_install.remove if remove else agent_install.install)(agent, root)
    for change in changes:
        if change.did == "kept":
            say.warn(f"kept, because it was changed by hand: {os.path.relpath(change.path, root)}")
    done = [change for change in changes if change.did in ("written", "removed")]
    say.say(f"{agent}: {talk.counted(len(done), 'file')} {'removed' if remove else 'written'} in {root}")
    if not remove:
        say.say(
            "start it with `creds agent run -- claude`: an agent started from a loaded shell has the values"
        )
    return 0


def _root() -> str:
    """The root of the repository around us, or the working directory outside of any."""
    from creds_shell.project import get_project_root, working_directory

    try:
        return str(get_project_root())
    except ProjectNotFoundError:
        return working_directory()
