"""How the SDK's clients are made: its own credential chain, our region rule, fixed time limits, a role if one is set.

boto3 is imported here and nowhere else, and only when AWS is really asked.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from creds_shell import __version__
from creds_shell.core.cache import Source
from creds_shell.core.errors import ProviderNotAvailableError
from creds_shell.core.loaded import undo

if TYPE_CHECKING:
    import boto3
    import botocore.session
    from botocore.config import Config

CONNECT_TIMEOUT = 3.0  # seconds
READ_TIMEOUT = 5.0  # seconds
ATTEMPTS = 3  # of one call, with the SDK's standard back-off: a server that hangs is given up after some 17 s
LOOPBACK = ("localhost", "127.0.0.1", "::1")
ROLE_SESSION = "creds-shell"  # what CloudTrail shows


class Clients:
    """The clients of one source's account and region, made at first use."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._session: boto3.Session | None = None
        self._made: dict[str, Any] = {}

    def get(self, service: str) -> Any:
        """Return the client of `secretsmanager` or `sts`.

        Raises:
            ProviderNotAvailableError: no region is configured.
            Exception: the SDK's own, for a bad profile, region or endpoint.
        """
        if service not in self._made:
            with before_loading():
                self._session = self._session or self._make_session()
                self._made[service] = self._make(self._session, service)
        return self._made[service]

    def seen(self, service: str) -> Any:
        """Return a client that was made before, or None."""
        return self._made.get(service)

    def put(self, service: str, client: Any) -> None:
        """Use a ready client: a program's own, or a test's."""
        self._made[service] = client

    def _make(self, session: "boto3.Session", service: str, **keys: Any) -> Any:
        endpoint = self._source.endpoint_url or None
        if service == "sts" and urlsplit(endpoint or "").hostname not in LOOPBACK:
            endpoint = None  # a VPC endpoint answers for one service, a local stand-in for all
        options: dict[str, Any] = {"endpoint_url": endpoint, "config": _limits(), **keys}
        try:
            return session.client(service, **options)  # type: ignore[call-overload]
        except ValueError as error:
            if type(error) is not ValueError:  # the SDK's own are of classes of their own
                raise
            raise ProviderNotAvailableError(
                "aws: the endpoint is no URL",
                "set endpoint_url under [aws] in config.toml, or AWS_ENDPOINT_URL",
            ) from None

    def _make_session(self) -> "boto3.Session":
        import boto3
        import botocore.session

        core = botocore.session.Session(profile=self._source.profile or None)
        region = region_of(self._source) or core.get_config_variable("region")
        if not region:
            raise ProviderNotAvailableError(
                "aws: no region is configured", "set region under [aws] in config.toml, or AWS_REGION"
            )
        core.set_config_variable("region", region)
        session = boto3.Session(botocore_session=core)
        core.get_credentials()  # looked for now, while the environment is the user's own
        if self._source.role_arn:
            self._assume_role(core, session)
        return session

    def _assume_role(self, core: "botocore.session.Session", session: "boto3.Session") -> None:
        """Put the role's credentials, which the SDK renews before they expire, in the place of the chain's."""
        from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
        from botocore.exceptions import NoCredentialsError

        own = core.get_credentials()
        if own is None:
            raise NoCredentialsError
        fetcher = AssumeRoleCredentialFetcher(
            lambda service, **keys: self._make(session, service, **keys),
            own,
            self._source.role_arn,
            extra_args={"RoleSessionName": ROLE_SESSION},
        )
        core._credentials = DeferredRefreshableCredentials(  # type: ignore[attr-defined]  # noqa: SLF001 there is no public way
            refresh_using=fetcher.fetch_credentials, method="assume-role"
        )


@contextmanager
def before_loading() -> Iterator[None]:
    """The environment as it was before the hook loaded this or another project, for as long as a session is made.

    A bundle may hold AWS_ACCESS_KEY_ID or AWS_PROFILE for the program that it belongs to; they do not decide who
    asks AWS for that bundle, and a profile's credential_process gets no secret of ours. The SDK reads the process's
    environment alone, and has read it when this ends.
    """
    now = dict(os.environb)
    before = undo(now)
    if now == before:
        yield
        return
    try:
        _set(now, before)
        yield
    finally:
        _set(before, now)


def _set(old: dict[bytes, bytes], new: dict[bytes, bytes]) -> None:
    for name in old.keys() - new.keys():
        del os.environb[name]
    os.environb.update(new)


def _limits() -> "Config":
    from botocore.config import Config

    return Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        user_agent_extra=f"creds-shell/{__version__}",
    )


def region_of(source: Source) -> str:
    """Return the region that the user named: the ARN of a secret, config.toml, the environment; else empty.

    The SDK itself reads AWS_DEFAULT_REGION alone, and its other tools AWS_REGION first. A profile's region comes
    last; there is no default.
    """
    arn = source.secret.split(":")
    if source.foreign and arn[0] == "arn" and len(arn) > 6:
        return arn[3]
    return source.region or os.environ.get("AWS_REGION", "") or os.environ.get("AWS_DEFAULT_REGION", "")
