"""What `creds get DB` shows of a credential: everything but the password, and the masked connection string."""

from typing import TYPE_CHECKING

from creds_shell.cli import say
from creds_shell.core.errors import SecretNotFoundError, SecretsError
from creds_shell.core.names import is_name
from creds_shell.credentials import APICredentials, DatabaseCredentials
from creds_shell.credentials.find import find, look_up
from creds_shell.values import MASK

if TYPE_CHECKING:
    from creds_shell.providers.layers import LayeredBundle

Seen = tuple[dict[str, str], tuple[str, ...]]


def view(found: "LayeredBundle", secret_id: str) -> Seen | None:
    """Return the fields to show and the keys that they come from, or None where nothing describes a credential.

    Raises:
        SecretsError: it is there and cannot be used; the message names the key.
    """
    try:
        return _view(found, secret_id)
    except SecretNotFoundError as error:
        if secret_id == "DB" or not is_name(secret_id):  # noqa: S105 the default id, or a secret of AWS
            raise
        say.warn(error.message)
        return None


def members(found: "LayeredBundle", secret_id: str) -> tuple[str, ...]:
    """Return the keys of the credential that an id names; none where there is no usable one."""
    try:
        credential = find(_plain(found), secret_id)
    except SecretsError:
        return ()
    return credential[1] if credential else ()


def _plain(found: "LayeredBundle") -> dict[str, str]:
    return {name: key.value.get_secret_value() for name, key in found.keys.items()}


def _view(found: "LayeredBundle", secret_id: str) -> Seen | None:
    credential = find(_plain(found), secret_id)
    if credential is not None:
        return _fields(credential[0]), credential[1]
    if "/" not in secret_id and not secret_id.startswith("arn:"):
        return None
    return _fields(look_up(found.project, secret_id)[0]), (secret_id,)


def _fields(credential: DatabaseCredentials | APICredentials) -> dict[str, str]:
    if isinstance(credential, APICredentials):
        return {"api_key": MASK, **({"base_url": credential.masked_url} if credential.base_url else {})}
    return {
        "host": credential.masked_host,
        "port": str(credential.port),
        "database": credential.database,
        "username": credential.username,
        "password": MASK,
        "connection_string": credential.connection_string,
    }
