"""The options of `exec`, `run` and `shell`, read without the command-line parser: it would double their start-up.

Options are never abbreviated. Everything after `--`, or from the first word that is no option, is the command's.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.core.errors import UsageError

TTY = ("auto", "always", "never", "lazy")
ACCESS = ("read", "write")

# option: (attribute, kind); kinds: flag, text, list (repeatable), keys (comma-separated and repeatable)
GLOBAL = {
    "--project": ("project", "text"),
    "--environment": ("environment", "text"),
    "-e": ("environment", "text"),
    "--provider": ("provider", "text"),
    "--reason": ("reason", "text"),
    "--json": ("json", "flag"),
    "--quiet": ("quiet", "flag"),
    "--no-input": ("no_input", "flag"),
    "--yes": ("yes", "flag"),
    "--refresh": ("refresh", "flag"),
}
TABLE = GLOBAL | {
    "--only": ("only", "keys"),
    "--except": ("omit", "keys"),
    "--clean-env": ("clean_env", "flag"),
    "--keep-existing": ("keep_existing", "flag"),
    "--no-mask": ("no_mask", "flag"),
    "--patterns": ("patterns", "flag"),
    "--tty": ("tty", "text"),
    "--env-file": ("env_files", "list"),
    "--secret-env": ("secret_env", "list"),
    "--access": ("access", "text"),
    "--mask-text": ("mask_text", "text"),
    "--allow-missing": ("allow_missing", "flag"),
    "--skip-blocked": ("skip_blocked", "flag"),
    "--kill-tree": ("kill_tree", "flag"),
}
SHELL_ONLY = {
    "--shell": ("shell", "text"),
    "--session": ("session", "flag"),
    "--left": ("left", "text"),
}
_NOT_FOR_SHELL = ("--tty", "--kill-tree")


class Options:
    """What was asked for; what was not is None, False or empty."""

    def __init__(self, **given: object) -> None:
        self.access: str | None = None
        self.environment: str | None = None
        self.left: str | None = None
        self.project: str | None = None
        self.provider: str | None = None
        self.reason: str | None = None
        self.shell: str | None = None
        self.mask_text = "****"
        self.tty = "auto"
        self.env_files: list[str] = []
        self.secret_env: list[str] = []
        self.only: list[str] | None = None
        self.omit: list[str] = []
        self.allow_missing = self.clean_env = self.json = self.keep_existing = self.kill_tree = False
        self.no_input = self.no_mask = self.patterns = self.quiet = self.refresh = self.session = False
        self.skip_blocked = self.yes = False
        unknown = given.keys() - vars(self)
        if unknown:
            raise TypeError(f"there is no option {min(unknown)}")
        vars(self).update(given)
        _check(self)


def parse_shell(argv: "list[str]") -> Options:
    """Read the arguments of `creds shell`; raises UsageError as parse() does, and for a command."""
    table = {name: row for name, row in (TABLE | SHELL_ONLY).items() if name not in _NOT_FOR_SHELL}
    options, words = parse(argv, table, "shell")
    if words:
        raise _usage(f"creds shell takes no command: {words[0]}", "creds exec -- COMMAND runs one")
    return options


def parse(
    argv: "list[str]", table: "dict[str, tuple[str, str]]" = TABLE, command: str = "exec"
) -> "tuple[Options, list[str]]":
    """Split the arguments into options and the command.

    Raises:
        UsageError: as read() does, and for a word that an option does not know.
    """
    given, words = read(argv, table, command)
    return Options(**given), words


def read(
    argv: "list[str]", table: "dict[str, tuple[str, str]]", command: str
) -> "tuple[dict[str, object], list[str]]":
    """Split the arguments into what a table's options were given, by attribute, and the words after them.

    Raises:
        UsageError: an unknown option, or one without its value.
    """
    given: dict[str, object] = {}
    at = 0
    while at < len(argv):
        word = argv[at]
        at += 1
        if word == "--":
            break
        if not word.startswith("-") or word == "-":
            at -= 1
            break
        name, value = _split(word)
        if name not in table:
            from creds_shell.core.talk import did_you_mean

            raise _usage(
                f"unknown option {name}", *did_you_mean(name, table), f"see `creds {command} --help`"
            )
        attribute, kind = table[name]
        if kind == "flag":
            if value is not None:
                raise _usage(f"{name} takes no value", f"see `creds {command} --help`")
            given[attribute] = True
            continue
        if value is None:
            if at >= len(argv) or argv[at] == "--" or _split(argv[at])[0] in table:
                raise _usage(f"{name} needs a value", f"see `creds {command} --help`")
            value = argv[at]
            at += 1
        _add(given, attribute, kind, value)
    return given, argv[at:]


def unset(table: "dict[str, tuple[str, str]]") -> "dict[str, object]":
    """What each attribute of a table is when nothing was given for it."""
    return {
        attribute: False if kind == "flag" else [] if kind == "list" else None
        for attribute, kind in table.values()
    }


def _usage(message: str, *hints: str) -> "UsageError":
    from creds_shell.core.errors import UsageError  # late: the errors' classes cost a millisecond

    return UsageError(message, *hints)


def _split(word: str) -> "tuple[str, str | None]":
    """`--name=value`, `-eNAME`, or the option alone."""
    if not word.startswith("--"):
        return word[:2], word[2:] or None
    name, equals, value = word.partition("=")
    return name, value if equals else None


def _add(given: "dict[str, object]", attribute: str, kind: str, value: str) -> None:
    if kind == "text":
        given[attribute] = value
        return
    found = given.setdefault(attribute, [])
    assert isinstance(found, list)  # noqa: S101 - for the type checker
    found.extend([key for key in value.split(",") if key] if kind == "keys" else [value])


def _check(options: Options) -> None:
    if options.tty not in TTY:
        raise _usage(f"--tty is one of {', '.join(TTY)}", f"--tty={TTY[0]}")
    if options.access not in (None, *ACCESS):
        raise _usage(f"--access is one of {', '.join(ACCESS)}", f"--access={ACCESS[0]}")
    if options.no_mask and options.patterns:
        raise _usage("--no-mask shows what --patterns hides", "give one of them")
    check_mask_text(options.mask_text)


def check_mask_text(text: str) -> None:
    """Refuse what cannot stand for a secret; raises UsageError."""
    if "\0" in text or "\n" in text:
        raise _usage("--mask-text is one line of text", "--mask-text '[secret]'")
