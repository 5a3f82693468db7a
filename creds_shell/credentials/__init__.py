"""Typed credentials out of a project's bundles: read-only and masked unless the caller says otherwise.

`models.py` is what a program gets, `fields.py` how a credential is written in keys, `find.py` where it is looked for.
"""

from creds_shell.credentials.find import get_credentials
from creds_shell.credentials.models import APICredentials, DatabaseCredentials, Parameters

__all__ = ["APICredentials", "DatabaseCredentials", "Parameters", "get_credentials"]
