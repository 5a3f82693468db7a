"""One project's keys over all its tiers: who wins, what is shadowed, what is masked, how old it is.

`core.load` decides the same for the prompt and for `exec`; both stand on `merge_layers`, so a credential comes whole
from one tier everywhere. A tier that cannot be read ends the search with its error.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from creds_shell.base import NotAllowedError, SecretBundle, SecretNotFoundError, SecretValue
from creds_shell.core import names
from creds_shell.core.load import REPOSITORY
from creds_shell.core.merge import left_out, merge_layers
from creds_shell.core.talk import did_you_mean
from creds_shell.masking.rules import why_unmasked
from creds_shell.project import Project
from creds_shell.providers import metadata
from creds_shell.providers.metadata import KeyMetadata
from creds_shell.providers.registry import provider_for

if TYPE_CHECKING:
    from creds_shell.masking.needles import Needles

UNKNOWN = KeyMetadata()


@dataclass(frozen=True)
class LayeredKey:
    """One key as it counts: its value, where it is from, and what becomes of it."""

    name: str
    value: SecretValue
    provider: str
    version: str | None = None
    shadows: tuple[str, ...] = ()
    why_unmasked: str | None = None
    forced: bool = False
    expose: str = "shell"
    metadata: KeyMetadata = UNKNOWN

    @property
    def masked(self) -> bool:
        """Whether output filters hide it."""
        return self.why_unmasked is None

    @property
    def age_days(self) -> int | None:
        """Whole days since it last changed; None where nobody knows."""
        return self.metadata.age_days()


@dataclass
class LayeredBundle:
    """All keys of a project in one environment, over its layers.

    Attributes:
        project: whose.
        keys: name → key, sorted by name.
        bundles: provider → its own bundle, in the order of the layers.
        problems: what a person should know: a blocked `.env`, keys left out of a credential.
    """

    project: Project
    keys: dict[str, LayeredKey] = field(default_factory=dict)
    bundles: dict[str, SecretBundle] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def values(self) -> dict[str, bytes]:
        """Return name → bytes."""
        return {name: key.value.get_secret_bytes() for name, key in self.keys.items()}

    def fill(self, needles: "Needles") -> None:
        """Add to a filter what `list` shows as masked, short values as whole tokens unless the user forced them."""
        for key in self.keys.values():
            if key.masked:
                needles.add(key.name, key.value.get_secret_bytes(), force=key.forced)

    def is_old(self, key: LayeredKey) -> bool:
        """Whether a key should be rotated: its value is older than `rotation.warn_days`."""
        return key.age_days is not None and key.age_days > self.project.record.warn_days

    def why_not_set(self, key: LayeredKey) -> str | None:
        """Why a key's name is never given to a program, or not before it is confirmed; None: it may be set."""
        return names.why_not(
            key.name,
            key.provider,
            confirmed=self.project.record.confirmed(key.name, key.provider),
            from_repository=key.provider == REPOSITORY,
        )

    def must_have(self, name: str) -> LayeredKey:
        """Return one key.

        Raises:
            SecretNotFoundError: no tier has it; the hint names what is near, or the next command.
        """
        if name in self.keys:
            return self.keys[name]
        raise SecretNotFoundError(f"{_where(self.project)} has no key {name}", *_near(name, self.keys))


def load_bundle(project: Project, *, skip_blocked: bool = False, refresh: bool = False) -> LayeredBundle:
    """Read all tiers of a project.

    Args:
        project: as `open_project` gave it.
        skip_blocked: go on without a `.env` that is not allowed, and say so in `problems`.
        refresh: ask a tier that keeps copies anew.

    Raises:
        NotAllowedError: a `.env` is not allowed.
        SecretsError: a tier cannot be read.
    """
    found = LayeredBundle(project)
    for layer in project.layers:
        provider = provider_for(project, layer)
        if not project.bound:
            continue
        try:
            found.bundles[layer] = provider.load(project.id, project.environment, refresh=refresh)
        except NotAllowedError as error:
            if not skip_blocked or layer != REPOSITORY:
                raise
            found.problems.append(": ".join([error.message, *error.hints[:1]]))
        found.problems += provider.notes
    plain = [(layer, bundle.as_bytes()) for layer, bundle in found.bundles.items()]
    ages = {layer: metadata.load(project.id, project.environment, layer) for layer in found.bundles}
    for name, value, layer, shadows in merge_layers(plain):
        forced, free = _mask_flags(found, name, layer)
        why = why_unmasked(name, value, force=forced, free=free)
        expose = project.record.exposure(name, project.environment)
        known = ages[layer].get(name, UNKNOWN)
        version = found.bundles[layer].version
        secret = SecretValue(value)
        found.keys[name] = LayeredKey(name, secret, layer, version, shadows, why, forced, expose, known)
    found.problems += [
        f"{n} of {p} is left out: {o} comes from an earlier tier" for n, p, o in left_out(plain)
    ]
    return found


def _mask_flags(found: LayeredBundle, name: str, layer: str) -> tuple[bool, bool]:
    """Whether the user forced the masking of a key, and whether it is freed."""
    rule = found.project.record.keys.get(name)
    force = name in found.bundles[layer].forced or (rule is not None and rule.mask is True)
    # of the repository's tier only what its own file says
    own = layer == REPOSITORY and name not in found.bundles[layer].inherited
    free = rule is not None and (rule.mask is False or (rule.free and own))
    return force, free and not force


def _where(project: Project) -> str:
    return project.id if project.environment == "default" else f"{project.id} in {project.environment}"


def _near(name: str, keys: dict[str, LayeredKey]) -> tuple[str, ...]:
    setting = (f"creds set {name}",) if names.is_name(name) else ()
    return did_you_mean(name, keys) or (*setting, "see the keys: creds list")
