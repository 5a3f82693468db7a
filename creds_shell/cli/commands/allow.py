"""`creds allow`: bind a repository to its project, trust its `.env` as it is now, confirm single names.

What only makes a new project needs no question; taking over something that exists always does.
"""

import argparse
from typing import TYPE_CHECKING

from creds_shell import audit, config, project, resolved
from creds_shell.cli import say
from creds_shell.cli.commands.status import suggestion
from creds_shell.core import envfile, load, references, resolve
from creds_shell.core.binding import Record, is_denied, place_of
from creds_shell.core.dotenv import parse_bundle
from creds_shell.core.errors import NotAllowedError, SecretsError, UsageError
from creds_shell.core.ids import check_id
from creds_shell.core.names import classify, is_name
from creds_shell.core.repository import Repository
from creds_shell.core.resolve import Standing
from creds_shell.core.talk import counted
from creds_shell.core.unbound import NOT_THE_PROJECT, unbound

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "bind and trust this repository"
DESCRIPTION = """Make this repository a project: from then on its secrets load here.

The repository's own .env is used only if you say so, and only as it is now: a change asks again.
--adopt takes over secrets that exist already: a store folder, another clone's project, another id."""
EXAMPLES = """  creds allow                       this repository, under its directory's name
  creds allow --adopt shop          share or take over the secrets of `shop`
  creds allow --name PATH           let this project set PATH
  creds allow --unmask API_URL      show this key's value in output
"""
AGENT_ACTION = "allow"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("path", nargs="?", metavar="PATH", help="a directory of the repository")
    parser.add_argument(
        "--adopt", metavar="ID", help="use this project id, which exists or is not the usual one"
    )
    parser.add_argument("--name", action="append", default=[], metavar="N", help="confirm this variable name")
    parser.add_argument("--unmask", action="append", default=[], metavar="KEY", help="do not mask this key")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Bind, then allow what was named, else what the repository holds."""
    _check_names(args.name, args.unmask)
    if inv.project is not None:
        return _named_project(args, inv)
    config.SecretsConfig.load()  # settings that cannot be used stop us before anything is bound
    repository = _trusted_repository(args.path)
    standing = resolve.stand(repository)
    wanted = args.adopt or standing.project_id
    if wanted and not (args.name or args.unmask):
        _check_active_file(repository, check_id(wanted))
    if args.adopt is not None:
        _adopt(repository, standing, args.adopt, inv)
    else:
        # what is moved, another's or denied cannot be read yet
        if standing.state in ("ready", "unbound") and not is_denied(repository.anchor):
            _check_keys(args.unmask, repository.root, inv)
        _bind(repository, standing, inv)
    if project.undeny(repository.anchor):
        say.say(f"{repository.root} is no longer denied")
    standing = resolve.resolve(repository.root, hook=True)
    project.refresh(standing)
    for warning in (standing.record or Record()).warnings:
        say.warn(warning)
    if standing.state != "ready" or standing.project_id is None:
        project.refuse(standing)
    if args.name or args.unmask:
        _confirm(standing.project_id, standing.layers, args)
    else:
        _env_file(repository, standing, inv)
    say.say(f"{standing.project_id}, allowed in {repository.root}")
    _record(args, inv, standing.project_id, standing.provider)
    return 0


def _trusted_repository(path: str | None) -> Repository:
    """The repository to allow; another user's cannot be, but the denial of it is taken back."""
    found = project.any_repository_at(path)
    if found.stranger and project.undeny(found.anchor):
        say.say(f"{found.root} is no longer denied")
    return project.repository_at(path)


def _record(args: argparse.Namespace, inv: "Invocation", project_id: str, provider: str) -> None:
    names = {*args.name, *args.unmask}
    audit.record("allow", project=project_id, keys=names, provider=provider, reason=inv.reason)


def _check_names(confirmed: list[str], unmasked: list[str]) -> None:
    for name in [*confirmed, *unmasked]:
        if not is_name(name):
            raise UsageError(
                f"{name!r} is not a variable name", "letters, digits and _, not beginning with a digit"
            )
    for name in confirmed:
        kind, source = classify(name)
        if kind == "never":
            raise UsageError(
                f"{name} can never be set, the shell or creds owns it ({source})", "choose another name"
            )


def _check_keys(names: list[str], start: str | None, inv: "Invocation") -> None:
    """Refuse a slip: a key to unmask is stored, or creds.toml or the user's config names it."""
    if not names:
        return
    from creds_shell.providers.layers import load_bundle

    opened = project.open_project(
        project=inv.project, environment=inv.environment, provider=inv.provider, start=start
    )
    found = load_bundle(opened, skip_blocked=True)
    for name in names:
        if name not in found.keys and name not in opened.record.keys:
            load_bundle(opened)  # a .env that is not allowed may have it: that comes first
            found.must_have(name)


def _named_project(args: argparse.Namespace, inv: "Invocation") -> int:
    """`--project ID`: only settings, which need no repository."""
    if args.adopt is not None or not (args.name or args.unmask):
        raise UsageError(
            "--project needs no binding", "use --name or --unmask with it, or --adopt ID without it"
        )
    opened = inv.open_project()
    _check_keys(args.unmask, None, inv)
    _confirm(opened.id, opened.layers, args)
    _record(args, inv, opened.id, opened.provider)
    return 0


def _bind(repository: Repository, standing: Standing, inv: "Invocation") -> None:
    """Bind what is not bound; ask where something that exists changes hands."""
    if standing.state == "ready":
        return
    if standing.state in ("unbound", "foreign"):
        for note in suggestion(standing):
            say.say(note)
    if standing.state == "moved" and standing.binding is not None:
        old = place_of(standing.binding.anchor)
        _agree(f"{standing.project_id} moved from {old} to {repository.root}, bind it here?")
        project.move(repository, standing.binding)
        return
    own = unbound(repository) if standing.state == "copied" else standing
    if own.free_id is None:
        project.refuse(own)
    held = _what_others_hold(own.free_id, inv)
    if held:
        for line in held:
            say.say(line)
        raise NotAllowedError(NOT_THE_PROJECT, f"creds allow --adopt {own.free_id}")
    if repository.kind == "foreign":
        _agree(
            f"{repository.root} has its git directory elsewhere ({repository.git_dir}), make it {own.free_id}?"
        )
    elif own.free_id != own.project_id:
        say.say(f"{own.project_id} belongs to another repository, this one is {own.free_id}")
    project.bind_free(repository)


def _agree(question: str) -> None:
    if not say.ask(question):
        raise SecretsError("declined, nothing changed")


def _adopt(repository: Repository, standing: Standing, wanted: str, inv: "Invocation") -> None:
    """Show what would be taken over, and have its id typed."""
    check_id(wanted)
    if standing.state == "ready" and standing.project_id == wanted:
        return
    for line in [*_what_is_there(repository, wanted), *_what_others_hold(wanted, inv)]:
        say.say(line)
    if not inv.yes:
        typed = say.ask_text(
            f"type {wanted} to use these secrets here:", hint=f"creds allow --adopt {wanted} --yes"
        )
        if typed != wanted:
            raise SecretsError("declined, nothing changed")
    project.bind(repository, wanted)


def _what_is_there(repository: Repository, wanted: str) -> list[str]:
    remote = project.read_remote(repository)
    lines = [f"repository {repository.root}" + (f", origin {remote}" if remote else ", no origin")]
    lines += [
        f"{wanted} belongs to {place_of(known.anchor)}" + (f", origin {known.remote}" if known.remote else "")
        for known in project.bindings_of(wanted)
    ]
    found = project.stored_names(wanted)
    for environment, names in found.items():
        where = f" in {environment}" if environment != "default" else ""
        lines.append(
            f"{wanted} has {counted(len(names), 'key')}{where}: {', '.join(names)}"
            if names
            else f"{wanted}: empty{where}"
        )
    return lines if found else [*lines, f"{wanted} has no local secrets"]


def _what_others_hold(wanted: str, inv: "Invocation") -> list[str]:
    """What a tier beyond this machine has under an id; one that cannot be asked stops nothing, for allow binds only."""
    from creds_shell.providers.first_write import stored_elsewhere

    # looked at from outside: a denied repository answers nothing
    standing = resolve.resolve("/", project=wanted, environment=inv.environment, provider=inv.provider)
    project.refresh(standing)
    try:
        found = stored_elsewhere(standing, wanted)
    except SecretsError as error:
        say.warn(f"whether {wanted} has secrets elsewhere is not known: {error.message}")
        return []
    return [
        f"{wanted} has {counted(len(names), 'key')} in {tier}, {environment}: {', '.join(names)}"
        for tier, environment, names in found
    ]


def _confirm(project_id: str, layers: tuple[str, ...], args: argparse.Namespace) -> None:
    for name in args.name:
        config.confirm_name(project_id, name, layers)
        say.say(f"{project_id} may set {name}")
    for name in args.unmask:
        config.set_project_option(project_id, ("keys", name, "mask"), value=False)
        say.say(f"{name} of {project_id} is not masked any more")


def _check_active_file(repository: Repository, project_id: str) -> None:
    """Refuse a `.env` that counts and cannot be used before anything is bound."""
    if _is_active(resolved.build_record(project_id, repository.root)):
        _content_of(repository)


def _is_active(record: Record) -> bool:
    return load.REPOSITORY in (record.provider, *record.layers)


def _content_of(repository: Repository) -> tuple[bytes | None, dict[str, bytes]]:
    """The `.env` and what it gives each name.

    Raises:
        SecretsError: it cannot be used; the message says why.
    """
    path = f"{repository.root}/.env"
    data, why = envfile.read_env_file(repository.root)
    if why is not None:
        raise NotAllowedError(why, envfile.next_step(why, path))
    values = parse_bundle(data or b"", path)
    if len(values) > envfile.ENV_FILE_KEYS:
        raise NotAllowedError(envfile.TOO_MANY, envfile.next_step(envfile.TOO_MANY, path))
    return data, values


def _env_file(repository: Repository, standing: Standing, inv: "Invocation") -> None:
    """Allow the `.env` as it is, if it is a layer; else offer to make it one."""
    record = standing.record or Record()
    active = _is_active(record)
    try:
        data, values = _content_of(repository)
    except SecretsError as error:
        if active:
            raise
        say.say(f"{error.message}, so .env cannot be used")
        return
    if data is None or standing.project_id is None:
        return
    say.say(f".env has {counted(len(values), 'key')}: {', '.join(values)}")
    for line in references.told(values, "loaded"):
        say.warn(line)
    if not active and not _add_layer(standing, record, inv):
        return
    project.allow_content(repository, data)
    unconfirmed = [name for name in values if classify(name)[0].startswith("confirm")]
    for name in unconfirmed:
        if not record.confirmed(name, load.REPOSITORY):
            say.warn(f"{name} is not set before it is confirmed: creds allow --name {name}")


def _add_layer(standing: Standing, record: Record, inv: "Invocation") -> bool:
    if not inv.yes and not say.can_ask():
        say.say("it is not used; to use it: creds use --also env-file")
        return False
    if standing.project_id is None or not say.ask("use .env as well (it fills what the project lacks)?"):
        return False
    layers = [*record.layers, load.REPOSITORY]
    config.set_project_option(standing.project_id, ("layers",), layers)
    project.refresh(resolve.resolve(standing.root, hook=True))
    return True
