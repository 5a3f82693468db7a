"""What the page shows of a project: names, ages, masks and warnings, never a value."""

from dataclasses import dataclass
from typing import Any

from creds_shell import audit
from creds_shell.core.errors import SecretsError
from creds_shell.project import Project
from creds_shell.providers.environments import known_environments
from creds_shell.providers.layers import LayeredBundle, LayeredKey, load_bundle
from creds_shell.providers.registry import provider_for
from creds_shell.ui.selection import Home, Wanted, known_projects, tiers_of
from creds_shell.ui.wire import encode_value, version_of


@dataclass(frozen=True)
class Place:
    """A project's environment in one tier; what a key's version is bound to."""

    project: str
    environment: str
    provider: str

    def version(self, key: str, value: str | None) -> str | None:
        """Return the version of a key's value here; None when it is not there."""
        return (
            None if value is None else version_of((self.project, self.environment, self.provider), key, value)
        )


def state(home: Home, wanted: Wanted) -> dict[str, Any]:
    """Return the whole list of a project's environment; what cannot be opened or read is its `problem`."""
    answer: dict[str, Any] = {
        "revision": home.mark(wanted),
        "projects": [{"id": each} for each in known_projects(home.project)],
        "keys": [],
        "missing": [],
        "notes": [],
        "caps": {},
        "providers": [],
        "problem": None,
        **_unopened(home, wanted),
    }
    try:
        project = home.open(wanted)
        answer |= _place(project)
        answer |= _content(project)
    except SecretsError as error:
        answer["problem"] = {"message": error.message, "hints": list(error.hints)}
    return answer


def _unopened(home: Home, wanted: Wanted) -> dict[str, Any]:
    """What is known of a place before it is opened: its names."""
    names = {"id": wanted.project or home.project.id, "environment": wanted.environment or "default"}
    nothing: dict[str, Any] = {"provider": "", "layers": [], "root": None, "binds": False}
    return {"project": {**names, **nothing}, "environments": [names["environment"]]}


def _place(project: Project) -> dict[str, Any]:
    return {
        "project": _project(project),
        "environments": ["default", *sorted(_environments(project) - {"default"})],
        "providers": tiers_of(project),
        "warn_days": project.record.warn_days,
    }


def _environments(project: Project) -> set[str]:
    """Those that have secrets, and the one that is open."""
    return known_environments(project.id) | {project.environment}


def _content(project: Project) -> dict[str, Any]:
    found = load_bundle(project, skip_blocked=True)
    return {
        "caps": {layer: _caps(project, layer) for layer in project.layers},
        "keys": [_row(found, key) for key in found.keys.values()],
        "missing": _missing(project, set(found.keys)),
        "notes": [*found.problems, *project.warnings],
    }


def _caps(project: Project, provider: str) -> dict[str, bool]:
    caps = provider_for(project, provider).caps
    return {"can_write": caps.can_write, "can_delete": caps.can_delete, "can_rotate": caps.can_rotate}


def _project(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "environment": project.environment,
        "provider": project.provider,
        "layers": list(project.layers),
        "root": project.repository.root if project.repository else None,
        "binds": project.repository is not None and project.binding is None and not project.explicit,
    }


def _row(found: LayeredBundle, key: LayeredKey) -> dict[str, Any]:
    project = found.project
    place = Place(project.id, project.environment, key.provider)
    rule = project.record.keys.get(key.name)
    return {
        "key": key.name,
        "provider": key.provider,
        "version": place.version(key.name, key.value.get_secret_value()),
        "age_days": key.age_days,
        "old": found.is_old(key),
        "masked": key.masked,
        "why_unmasked": key.why_unmasked,
        "expose": key.expose,
        "shadows": list(key.shadows),
        "empty": not key.value,
        "description": rule.description if rule else "",
    }


def _missing(project: Project, have: set[str]) -> list[dict[str, str]]:
    return [
        {"key": name, "description": rule.description}
        for name, rule in sorted(project.record.keys.items())
        if rule.required and name not in have
    ]


def reveal(home: Home, wanted: Wanted, key: str, purpose: str) -> dict[str, Any]:
    """Return one value; every call is in the audit log.

    Raises:
        SecretNotFoundError: there is no such key.
        NotAllowedError: `audit.strict` and the log cannot be written.
    """
    project = home.open(wanted)
    found = load_bundle(project, skip_blocked=True).must_have(key)
    audit.begin("reveal", project=project.id, keys=[key], provider=found.provider)
    audit.record(
        "reveal",
        project=project.id,
        keys=[key],
        provider=found.provider,
        program=f"ui {purpose}",
        environment=project.environment,
    )
    value = found.value.get_secret_value()
    place = Place(project.id, project.environment, found.provider)
    return {**encode_value(value), "version": place.version(key, value)}
