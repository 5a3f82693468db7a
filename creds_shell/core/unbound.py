"""A repository that no project is bound to: whose is the id that its directory proposes, and what may be done."""

import posix

from creds_shell.core import binding as bindings
from creds_shell.core.ids import propose_id, suffixed_id
from creds_shell.core.paths import fsencode, store_folder
from creds_shell.core.repository import Repository
from creds_shell.core.resolve import Standing

NOT_THE_PROJECT = "this repository is not the project that holds these secrets"


def unbound(repository: Repository) -> Standing:
    """Where a repository without a binding stands: whose is the id that its directory proposes."""
    proposed = propose_id(repository.name)
    everybody = bindings.all_bindings()
    owners = [known for known in everybody if known.project_id == proposed]
    found = Standing("unbound", repository)
    found.project_id = proposed
    if owners and all(known.anchor != repository.anchor for known in owners):
        own = suffixed_id(proposed, fsencode(repository.anchor))
        taken = has_store(own) or any(known.project_id == own for known in everybody)
        found.state, found.free_id = "foreign", None if taken else own
        where = bindings.place_of(owners[0].anchor)
        allow = "creds allow" if found.free_id else f"creds allow --adopt {own}"
        return found.because(
            f"{NOT_THE_PROJECT} ({proposed} belongs to {where}; this one would be {own})",
            allow,
            f"creds allow --adopt {proposed}",
        )
    if owners or has_store(proposed):
        found.state = "foreign"
        why = (
            "was bound to an earlier repository here"
            if owners
            else "was stored before this repository was bound"
        )
        return found.because(f"{NOT_THE_PROJECT} ({proposed} {why})", f"creds allow --adopt {proposed}")
    found.free_id = proposed
    found.reason, found.hints = "not bound to a project", ("creds set KEY", "creds allow")
    if repository.kind == "foreign":
        found.reason = "its git directory is elsewhere (a submodule?), so it is confirmed on its own"
        found.hints = (*repository.hints, "creds allow")
    return found


def has_store(project_id: str) -> bool:
    """Whether the local store holds a bundle of that id."""
    try:
        return any(name[:4] == ".env" for name in posix.listdir(store_folder(project_id)))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # it is there and not ours to look into
        return True
