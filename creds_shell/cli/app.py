"""The command line: one table of commands, one parser for the command that was asked for, one way out.

Only the module of the command that runs is imported. A command module has SUMMARY, DESCRIPTION, EXAMPLES,
`configure(parser)` and `run(args, inv)`; it returns an exit status or raises a SecretsError. What a coding agent may
not do, it declares as AGENT_ACTION (a word, or a function of the arguments that returns one or None).
"""

import argparse
from importlib import import_module

from creds_shell.cli import say
from creds_shell.cli.crash import close_stdout
from creds_shell.cli.parser import Parser, add_global_options
from creds_shell.core import talk
from creds_shell.core.errors import SecretsError, UsageError
from creds_shell.process import descriptors

TYPE_CHECKING = False  # the typing module costs 4 ms
if TYPE_CHECKING:
    from collections.abc import Sequence

    from creds_shell.project import Project

# name: (module in cli/commands, one line). The order is the order of `creds help`.
COMMANDS: dict[str, tuple[str, str]] = {
    "set": ("set", "store one secret"),
    "get": ("get", "look at one secret, masked"),
    "list": ("list", "the keys of this project"),
    "delete": ("delete", "remove secrets"),
    "import": ("import_", "take secrets from a .env or JSON file"),
    "dump": ("dump", "write the values out, on request"),
    "rotate": ("rotate", "give a key a new value"),
    "explain": ("explain", "where a key comes from and whether it is masked"),
    "exec": ("exec", "run a command with the secrets, its output masked"),
    "run": ("exec", "the same as exec"),
    "shell": ("shell", "a subshell with the secrets, its screen masked"),
    "hook": ("hook", "the text that your shell evaluates"),
    "export": ("export", "shell code that sets the secrets"),
    "setup": ("setup", "put the hook into your shell's start-up file"),
    "allow": ("allow", "bind and trust this repository"),
    "deny": ("deny", "forbid this repository"),
    "status": ("status", "where am I and what is loaded"),
    "use": ("use", "choose the tier of this project"),
    "env": ("env", "choose the environment of this project"),
    "validate": ("validate", "check the secrets without showing them"),
    "mask": ("mask", "mask secrets in what is piped through"),
    "scan": ("scan", "find secrets in files"),
    "promote": ("promote", "copy the local bundle to AWS"),
    "versions": ("versions", "the versions that AWS keeps"),
    "rollback": ("rollback", "go back to an earlier version on AWS"),
    "restore": ("restore", "bring back a secret deleted on AWS"),
    "refresh": ("refresh", "fetch the cached bundle anew"),
    "audit": ("audit", "who did what, and whether the log is whole"),
    "doctor": ("doctor", "look for what is wrong with this setup"),
    "ui": ("ui", "the local web page"),
    "agent": ("agent", "run and set up coding agents"),
    "store": ("store", "encrypt the local store"),
    "completion": ("completion", "completions for your shell"),
    "help": ("help", "more about a topic"),
}

# What others call it: direnv, aws-vault, chamber, doppler, dotenvx, fnox, op and pass.
ELSEWHERE = {
    "add": "set", "insert": "set", "write": "set", "read": "get", "show": "get", "ls": "list", "secrets": "list",
    "remove": "delete", "rm": "delete", "unset": "delete", "download": "dump", "edit": "ui", "history": "versions",
    "grant": "allow", "init": "allow", "permit": "allow", "block": "deny", "revoke": "deny", "push": "promote",
    "encrypt": "store encrypt", "decrypt": "store decrypt", "config": "help config", "version": "--version",
    "info": "status", "reload": "status", "whoami": "status", "inject": "help migrate", "login": "help aws",
    "reveal": "get KEY --reveal", "switch": "env",
}  # fmt: skip

# What answers in a denied repository: trust itself, and what concerns no project (of `agent` the filter alone).
ALSO_WHERE_DENIED = frozenset({"allow", "deny", "status", "hook", "setup", "completion", "help", "agent"})


class Invocation:
    """The global options of one run, as given (`words`: all that was); what is not is decided where it is used."""

    __slots__ = (  # a plain class: the dataclasses module would take a quarter of the start-up
        "environment", "json", "no_input", "project", "provider", "quiet", "reason", "refresh", "warned", "words", "yes",
    )  # fmt: skip

    def __init__(self, args: argparse.Namespace, words: "Sequence[str]" = ()) -> None:
        self.words = list(words)
        self.warned: set[str] = set()  # a command may open its project twice
        self.project: str | None = args.project
        self.environment: str | None = args.environment
        self.provider: str | None = args.provider
        self.json: bool = args.json
        self.quiet: bool = args.quiet
        self.no_input: bool = args.no_input
        self.yes: bool = args.yes
        self.reason: str | None = args.reason
        self.refresh: bool = args.refresh

    def talk(self) -> None:
        """Have the command talk as these options say."""
        say.configure(
            json=self.json,
            quiet=self.quiet,
            yes=self.yes,
            no_input=self.no_input,
            project=self.project,
            environment=self.environment,
        )

    def open_project(self, *, writing: bool = False) -> "Project":
        """Resolve the project of this run; `writing` binds a repository whose id is free.

        Raises:
            SecretsError: there is none, or it may not be used; the hints name the next step.
        """
        from creds_shell.project import open_project

        opened = open_project(
            project=self.project,
            environment=self.environment,
            provider=self.provider,
            writing=writing,
        )
        for warning in opened.warnings:
            if warning not in self.warned:
                say.warn(warning)
        self.warned.update(opened.warnings)
        return opened


def main(before: list[str], command: str, after: list[str]) -> int:
    """Run one command; `before` are the global options in front of its name."""
    say.configure(json="--json" in before + after, quiet="--quiet" in before + after)
    descriptors.fill_gaps(descriptors.standard())  # else a bundle could be opened where messages are written
    try:
        status = _run(before, command, after)
    except SecretsError as error:
        return say.fail(error)
    except BrokenPipeError:
        status = close_stdout()
    talk.release()
    return status


def _run(before: list[str], command: str, after: list[str]) -> int:
    if not command:
        return _without_command(before)
    if command not in COMMANDS:
        meant = "did you mean `creds {}`?"
        known = ELSEWHERE.get(command)
        near = (meant.format(known),) if known else talk.did_you_mean(command, COMMANDS, meant)
        raise UsageError(f"there is no command {command}", *(near or ("see `creds help`",)))
    module = import_module(f"creds_shell.cli.commands.{COMMANDS[command][0]}")
    args = command_parser(command).parse_args(before + after)
    inv = Invocation(args, before + after)
    inv.talk()
    if command not in ALSO_WHERE_DENIED:
        from creds_shell.core.resolve import refuse_denied

        refuse_denied()
    if hasattr(module, "AGENT_ACTION"):
        from creds_shell.cli import agent_gate

        agent_gate.check(module, args, inv)
    return int(module.run(args, inv))


def _without_command(before: list[str]) -> int:
    from creds_shell import __version__

    if "--version" in before or "-V" in before:
        say.out(f"creds {__version__}\n")
        return 0
    if "--help" in before or "-h" in before:
        say.out(overview())
        return 0
    if before:
        parser = Parser(prog="creds")
        add_global_options(parser)
        parser.parse_args(before)
        raise UsageError("there is no command among these options", "see `creds help`")
    talk.write_stderr(overview())
    return 2


def overview() -> str:
    """Return the list of commands, as `creds help` shows it."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {summary}" for name, (_, summary) in COMMANDS.items()]
    return "\n".join(
        [
            "creds: secrets that follow you into a project and leave with you",
            "",
            "usage: creds [global options] COMMAND …",
            "",
            *lines,
            "",
            "global options: --project ID, -e/--environment NAME, --provider ID, --json, --quiet,",
            "  --no-input, --yes, --reason TEXT, --refresh",
            "",
            "`creds COMMAND --help` has the options and examples; `creds help TOPIC` explains",
            "",
        ]
    )


def command_parser(command: str) -> Parser:
    """Return the parser of one command, global options included."""
    module = import_module(f"creds_shell.cli.commands.{COMMANDS[command][0]}")
    parser = Parser(
        prog=f"creds {command}", description=module.DESCRIPTION, epilog=_examples(module.EXAMPLES)
    )
    module.configure(parser)
    add_global_options(parser)
    return parser


def full_parser() -> Parser:
    """Return a parser of all commands, for completions and the man page."""
    parser = Parser(prog="creds", description="secrets that follow you into a project and leave with you")
    parser.add_argument("--version", action="store_true", help="print the version")
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=Parser)
    for name, (module_name, summary) in COMMANDS.items():
        module = import_module(f"creds_shell.cli.commands.{module_name}")
        sub = commands.add_parser(
            name, help=summary, description=module.DESCRIPTION, epilog=_examples(module.EXAMPLES)
        )
        module.configure(sub)
        add_global_options(sub)
    return parser


def _examples(text: str) -> str | None:
    return f"examples:\n{text.rstrip()}" if text else None
