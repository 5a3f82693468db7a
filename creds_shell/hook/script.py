"""`creds export SHELL` for scripts: code that needs no hook, for all of the project or for nothing.

It keeps no originals and says nothing: the script ends and its variables with it.
"""

import posix

from creds_shell.core.errors import NotAllowedError, ProjectNotFoundError, SecretsError, UsageError
from creds_shell.core.load import Load, load
from creds_shell.core.quoting import quote
from creds_shell.core.resolve import Standing, resolve
from creds_shell.core.talk import report
from creds_shell.hook import SHELLS, write_out

NAMED = {
    "--project": "project",
    "-e": "environment",
    "--environment": "environment",
    "--provider": "provider",
}
ALONE = ("--quiet", "--no-input", "--yes")


def main(argv: "list[str]") -> "int | None":
    """`creds export SHELL [--reveal] [--project ID] [-e NAME] [--provider ID]`.

    Returns:
        The exit status; None when only the command line can answer: help, JSON, malformed arguments, settings that
        have to be read anew, a tier that has to be fetched.
    """
    options = parse(argv)
    if options is None:
        return None
    try:
        check_reader(reveal=options.pop("reveal") is not None)
        shell = options.pop("shell") or ""
        standing = resolve(
            project=options["project"], environment=options["environment"], provider=options["provider"]
        )
        text = None if standing.stale else script(shell, standing)
        if text is None:
            return None
        write_out(text)
    except SecretsError as error:
        return report(error)
    except BrokenPipeError:
        return 0
    return 0


def parse(argv: "list[str]") -> "dict[str, str | None] | None":
    """The plain cases of the command line; None for everything else."""
    found: dict[str, str | None] = {
        "shell": None,
        "reveal": None,
        "project": None,
        "environment": None,
        "provider": None,
    }
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--reveal":
            found["reveal"] = "yes"
        elif name in NAMED:
            found[NAMED[name]] = value if equals else next(words, None)
            if not found[NAMED[name]]:
                return None
        elif word in SHELLS and found["shell"] is None:
            found["shell"] = word
        elif word not in ALONE:
            return None
    return found if found["shell"] else None


def check_reader(*, reveal: bool) -> None:
    """Values are for a shell, not for a screen.

    Raises:
        UsageError: stdout is a terminal and nobody said --reveal.
    """
    if posix.isatty(1) and not reveal:
        raise UsageError(
            "this would print the values on the screen",
            'eval "$(creds export SHELL)", or --reveal to see them',
        )


def script(
    shell: str, standing: Standing, fetched: "dict[str, dict[str, bytes]] | None" = None
) -> "str | None":
    """The code for a resolved project, recorded in the audit log; None when a tier has to be fetched first.

    Args:
        shell: `bash`, `zsh` or `fish`.
        standing: the place, with its settings.
        fetched: provider → values that were fetched just now.

    Raises:
        SecretsError: not allowed, not bound, blocked, damaged, or a coding agent asks.
    """
    from creds_shell.core.agents import detect, refuse
    from creds_shell.core.talk import warn

    refuse("export", frozenset(standing.record.grants if standing.record else ()))
    check_standing(standing)
    found = load(standing, "shell", fetched)
    if found.state == "cold":
        return None
    check_load(found)
    if not _record(standing, found, detect()):
        warn("the audit record could not be written")
    for line in _left_out(standing, found):
        warn(line)
    return code(shell, [(item.name, item.value) for item in found.values])


def _left_out(standing: Standing, found: Load) -> "list[str]":
    """What a script would look for in vain, and why."""
    lines = [f"{name} not set, {reason}" for name, reason in found.skipped]
    if found.missing:
        lines.append("required and missing: " + ", ".join(found.missing))
    if found.withheld:
        whose = f"{found.withheld} of {standing.project_id} ({standing.environment})"
        lines.append(f"{whose} not set, only exec and shell may have them: creds exec -- COMMAND")
    elif not found.values:
        lines.append(f"{standing.project_id} has no secrets here")
    return lines


def _record(standing: Standing, found: Load, agent: "str | None") -> bool:
    from creds_shell.core.journal import append

    return append(
        "export",
        project=standing.project_id,
        keys=[item.name for item in found.values],
        provider=standing.provider,
        agent=agent,
        wait_ms=500,
        environment=standing.environment,
    )


def check_standing(standing: Standing) -> None:
    """Raise what a place without a usable project stands for."""
    if standing.state == "ready":
        return
    reason = standing.reason or standing.state
    if standing.state == "unbound":
        reason = f"{standing.project_id} is not bound to this repository yet"
    kind = {"none": ProjectNotFoundError, "error": SecretsError}.get(standing.state, NotAllowedError)
    raise kind(reason, *standing.hints, exit_code=standing.exit_code or 4)


def check_load(found: Load) -> None:
    """Raise when not all of it may be given."""
    if found.state == "error":
        raise SecretsError(found.error or "nothing can be loaded", *found.hints)
    if found.blocked:
        raise NotAllowedError(found.blocked, found.unblock)


def code(shell: str, values: "list[tuple[str, bytes]]") -> str:
    """One line for each name; a name that is read-only in the script cannot stop the others."""
    return "".join([_line(shell, name, quote(shell, value)) for name, value in values])


def _line(shell: str, name: str, word: str) -> str:
    if shell == "fish":
        return f"set -e {name}; set -gx {name} {word}\n"
    if shell == "zsh":  # it gives up a whole eval at a read-only name
        return f"[[ ${{(t){name}-}} = *readonly* ]] || {{ unset {name}; export {name}={word}; }}\n"
    # Unset first: a variable that is declared integer would evaluate the value.
    return f"unset -v {name}; export {name}={word}\n"
