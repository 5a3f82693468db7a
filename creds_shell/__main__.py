"""Where `creds` starts: the prompt's commands and `exec` go their lean ways, everything else to the command line."""

import sys
from _signal import SIG_DFL, SIGINT, default_int_handler, getsignal, signal

WITH_VALUE = frozenset({"--project", "-e", "--environment", "--provider", "--reason"})
ALONE = frozenset({"--json", "--quiet", "--no-input", "--yes", "--refresh"})


def main() -> int:
    """Run one command and return its exit status."""
    before, command, after = split_command(sys.argv[1:])
    try:
        return _dispatch(before, command, after)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 the last resort: no traceback ever reaches a user
        return _explain(error)


def _explain(error: Exception) -> int:
    """Say what went wrong; where even that cannot be loaded (no descriptor left, creds removed), one fixed line."""
    try:
        from creds_shell.cli.crash import explain

        return explain(error)
    except Exception:  # noqa: BLE001 as above
        from posix import write

        write(2, b"creds: error: something went wrong inside creds, and it could not be looked into\n")
        return 70


def split_command(argv: "list[str]") -> "tuple[list[str], str, list[str]]":
    """Split at the command word: global options before it, the word (may be empty), what follows."""
    at = 0
    while at < len(argv) and argv[at].startswith("-"):
        option, equals, _ = argv[at].partition("=")
        attached = option[:2] == "-e" and len(option) > 2  # -estaging
        if option not in WITH_VALUE and option not in ALONE and not attached:
            break
        at += 2 if option in WITH_VALUE and not equals else 1
    if at >= len(argv) or argv[at].startswith("-"):
        return argv, "", []
    return argv[:at], argv[at], argv[at + 1 :]


def asks_for_help(after: "list[str]") -> bool:
    """Whether --help is meant for the command itself and not for the program that `exec` starts."""
    previous = ""
    for word in after:
        if word in ("--help", "-h"):
            return True
        if word == "--" or not (word.startswith("-") or previous.startswith("-")):
            return False
        previous = word
    return False


def _may_be_refused(command: str, after: "list[str]") -> bool:
    """Whether a coding agent wants what it may not: the command line asks a person, or records the refusal."""
    own = after[: after.index("--")] if "--" in after else after
    if "--no-mask" not in own and (command != "export" or "--hook" in own):
        return False
    from creds_shell.core.agents import detect

    return detect() is not None


def _let_interrupts_kill() -> None:
    """As ^C would kill the command that is run: a script that calls us ends only if we die of it."""
    if getsignal(SIGINT) is default_int_handler:  # it may be ignored
        signal(SIGINT, SIG_DFL)


def _catch_interrupts() -> None:
    """Give ^C back to commands that clean up after it; the script `creds` lets it kill until here."""
    if getsignal(SIGINT) is SIG_DFL:
        signal(SIGINT, default_int_handler)


def _load_quickly() -> None:
    """Load the modules of a run; nothing of it is worth a garbage collection (a tenth of the start, see collect_rarely)."""
    from creds_shell import load_modules, load_package

    load_modules("=gc")
    import gc

    gc.disable()
    load_package("process")


def _dispatch(before: "list[str]", command: str, after: "list[str]") -> int:
    if not (asks_for_help(after) or _may_be_refused(command, after)):
        if command in ("exec", "run"):
            _let_interrupts_kill()
            _load_quickly()
            from creds_shell.process.run import main as run

            return run(before + after)
        if command == "shell":
            _let_interrupts_kill()
            _load_quickly()
            from creds_shell.process.shell import main as shell

            return shell(before + after)
        _catch_interrupts()
        if command == "mask":
            _load_quickly()
            from creds_shell.cli.commands.mask import main as mask

            return mask(before + after)
        if command == "export":
            from creds_shell.hook.export import main as export

            status = export(before + after)
            if status is not None:
                return status
        if command == "hook":
            from creds_shell.hook.render import main as hook

            status = hook(before + after)
            if status is not None:
                return status
    _catch_interrupts()
    from creds_shell.cli.app import main as command_line

    return command_line(before, command, after)


if __name__ == "__main__":
    import os

    # python -m puts the working directory first; bin/creds drops it before importing us
    sys.path[:] = sys.path[sys.path.index(os.path.dirname(os.__file__)) :]
    raise SystemExit(main())
