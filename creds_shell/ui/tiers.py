"""The tiers of a project side by side: where each key is and whether the values are equal, never what they are."""

import hmac
from typing import Any

from creds_shell.base import SecretBundle
from creds_shell.core.errors import SecretsError
from creds_shell.project import Project
from creds_shell.providers.registry import provider_for
from creds_shell.ui.selection import tiers_of

AWS, LOCAL = "aws-secrets-manager", "dotenv-global"


def compare(project: Project) -> dict[str, Any]:
    """Read every tier and compare; one that cannot be read has its problem in its place."""
    tiers = tiers_of(project)
    bundles: dict[str, SecretBundle | None] = {}
    for tier in tiers:
        bundles[str(tier["id"])] = _read(project, tier)
    keys = sorted({key for bundle in bundles.values() if bundle for key in bundle.secrets})
    local = bundles.get(LOCAL)
    return {
        "tiers": tiers,
        "rows": [
            {"key": key, "cells": [_cell(key, bundle, bundles) for bundle in bundles.values()]}
            for key in keys
        ],
        "can_promote": bool(local and local.secrets),
    }


def _read(project: Project, tier: dict[str, Any]) -> SecretBundle | None:
    """A tier that the project does not use is asked only if that costs no network."""
    tier["problem"] = None
    if tier["id"] == AWS and not tier["layer"] and not _is_set_up(project):
        tier["problem"] = {
            "code": "not_set_up",
            "message": "not set up for this project",
            "hints": [f"creds use {AWS}"],
        }
        return None
    try:
        return provider_for(project, str(tier["id"])).get_bundle(project.id, project.environment)
    except SecretsError as error:
        tier["problem"] = {"code": error.code, "message": error.message, "hints": list(error.hints)}
        return None


def _is_set_up(project: Project) -> bool:
    return bool(project.record.aws) or bool(project.record.secrets)


def _cell(key: str, bundle: SecretBundle | None, bundles: dict[str, SecretBundle | None]) -> str:
    if bundle is None:
        return "unknown"
    if key not in bundle.secrets:
        return "absent"
    others = [
        each.secrets[key] for each in bundles.values() if each and each is not bundle and key in each.secrets
    ]
    if not others:
        return "only"
    mine = bundle.secrets[key].encode("utf-8", "surrogateescape")
    equal = all(hmac.compare_digest(mine, other.encode("utf-8", "surrogateescape")) for other in others)
    return "same" if equal else "differs"
