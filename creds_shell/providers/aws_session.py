"""One way to AWS: every call goes through `Aws.call`, which keeps values out of logs and exceptions.

Nothing is imported and nobody is asked before the first call.
"""

import os
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from creds_shell.core.cache import Source
from creds_shell.core.errors import ProviderNotAvailableError, SecretsError
from creds_shell.providers import aws_errors, aws_logs
from creds_shell.providers.aws_client import Clients

Response = dict[str, Any]
OWN_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
WAYS = (
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "AWS_CA_BUNDLE",
)  # botocore.httpsession reads them


class UnreachableError(ProviderNotAvailableError):
    """Nobody answered; with aws.offline an expired copy may be used."""


class Identity(NamedTuple):
    """Who we are there."""

    account: str
    arn: str


class Aws:
    """The Secrets Manager (and STS) of one account and region.

    Args:
        source: region, profile, role and endpoint of the user's config; what is empty is the SDK's to find.
        client: a ready Secrets Manager client instead.
    """

    def __init__(self, source: Source, client: Any = None) -> None:
        self._source = source
        self._lock = threading.Lock()  # making a session is not thread-safe, using a client is
        self._clients = Clients(source)
        if client is not None:
            self._clients.put("secretsmanager", client)

    def region(self) -> str:
        """Return the region that answers; it is never guessed.

        Raises:
            SecretsError: none is configured, or the configuration cannot be used.
        """
        return str(self._guarded("", {}, lambda: self._client("secretsmanager").meta.region_name))

    def has_credentials(self) -> bool:
        """Whether the SDK finds credentials and a region; AWS itself is not asked."""
        try:
            client = self._guarded("", {}, lambda: self._client("secretsmanager"))
        except SecretsError:
            return False
        return client._request_signer._credentials is not None  # noqa: SLF001 there is no public way

    def identity(self) -> Identity:
        """Ask STS who we are.

        Raises:
            SecretsError: no usable credentials, or nobody answers.
        """
        told = self.call("get_caller_identity", service="sts")
        return Identity(str(told["Account"]), str(told["Arn"]))

    def call(
        self,
        operation: str,
        *,
        unless: tuple[str, ...] = (),
        service: str = "secretsmanager",
        **parameters: Any,
    ) -> Response:
        """Make one call.

        Args:
            operation: the client's method.
            unless: error codes that are an answer; then the result is empty.
            service: secretsmanager or sts.
            parameters: what AWS is told.

        Raises:
            SecretsError: one sentence and a next step.
        """
        answer = self._guarded(
            operation,
            parameters,
            lambda: _real(getattr(self._client(service), operation)(**parameters)),
            unless,
            service,
        )
        return dict(answer)

    def pages(self, operation: str, key: str, **parameters: Any) -> Iterator[Response]:
        """Yield the items under `key` of all pages of an answer."""
        while True:
            page = self.call(operation, **parameters)
            yield from page.get(key, ())
            if not page.get("NextToken"):
                return
            parameters["NextToken"] = page["NextToken"]

    def _guarded(
        self,
        operation: str,
        parameters: Response,
        ask: Any,
        unless: tuple[str, ...] = (),
        service: str = "secretsmanager",
    ) -> Any:
        with aws_logs.silenced():
            try:
                return ask()
            except Exception as error:  # noqa: BLE001 the border to the SDK
                if aws_errors.error_code(error) in unless:
                    return {}
                mapped = self._translate(error, operation, parameters, self._clients.seen(service))
        # raised outside of the handler: the SDK's exception may quote a value and must not be kept as context
        raise mapped

    def _client(self, service: str) -> Any:
        with self._lock:
            return self._clients.get(service)

    def _translate(self, error: Exception, operation: str, parameters: Response, client: Any) -> SecretsError:
        endpoint = urlsplit(
            str(client.meta.endpoint_url if client is not None else self._source.endpoint_url)
        )
        host = endpoint.hostname or "AWS"
        own = host == "AWS" or host.endswith(OWN_HOSTS)
        facts = aws_errors.Facts(
            operation=operation,
            secret=str(parameters.get("SecretId") or parameters.get("Name") or ""),
            region=client.meta.region_name if client is not None else self._source.region,
            host=host,
            profile=self._source.profile or os.environ.get("AWS_PROFILE", ""),
            endpoint="" if own else f"{endpoint.scheme}://{endpoint.netloc.rpartition('@')[2]}",
            variables=tuple(name for name in WAYS if os.environ.get(name)),
        )
        mapped = aws_errors.translate(error, facts)
        if aws_errors.is_unreachable(error):
            return UnreachableError(mapped.message, *mapped.hints)
        return mapped


def _real(answer: Response) -> Response:
    """Return an answer of AWS, each of which says something: the page of a proxy has none of the fields we know.

    Raises:
        ResponseParserError: there is nothing in it.
    """
    from botocore.parsers import ResponseParserError

    if answer.keys() <= {"ResponseMetadata"}:
        raise ResponseParserError
    return answer
