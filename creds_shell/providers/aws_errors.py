"""What can go wrong between us and AWS, as one table: each error is one sentence and a next step.

The SDK's own texts are never shown: a parameter check quotes the value, a parser quotes the body. The only parts
taken from them are the name of an IAM action and the host.
"""

import re
from typing import NamedTuple

from creds_shell.core.errors import (
    InvalidValueError,
    NotAllowedError,
    ProviderNotAvailableError,
    SecretNotFoundError,
    SecretsError,
    StoreBusyError,
)


class Situation(NamedTuple):
    """One thing that goes wrong: how it is told apart, what is raised and said."""

    names: tuple[str, ...]  # error codes of AWS, or names of the SDK's exception classes
    message: str | None  # what the error's text must contain as well
    error: type[SecretsError]
    sentence: str
    hints: tuple[str, ...]


class Facts(NamedTuple):
    """What the sentences may mention."""

    operation: str = ""
    secret: str = ""
    region: str = ""
    host: str = "AWS"
    profile: str = ""
    endpoint: str = ""  # scheme://host:port, where it is not AWS's own
    variables: tuple[str, ...] = ()  # those that are set of the ones that decide how AWS is reached

    @property
    def way(self) -> str:
        """What lies between us and AWS: what a person can look at when nobody answers."""
        parts = ["the network", *self.variables, f"the region ({self.region or 'no region'})"]
        parts += [f"the endpoint {self.endpoint}"] if self.endpoint else []
        return f"{', '.join(parts[:-1])} and {parts[-1]}"

    @property
    def login(self) -> str:
        """The command that gets a new session."""
        return f"aws sso login --profile {self.profile}" if self.profile else "aws sso login"


_DELETED = (
    "aws: the secret {secret} is scheduled for deletion",
    ("`creds restore` brings it back",),
)

_UNREACHABLE = Situation(
    (
        "ConnectTimeoutError",
        "ReadTimeoutError",
        "EndpointConnectionError",
        "ConnectionClosedError",
        "ConnectionError",
        "HTTPClientError",
        "ProxyConnectionError",
        "InternalServiceError",
        "InternalServiceErrorException",
        "InternalFailure",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "MetadataRetrievalError",
    ),
    None,
    ProviderNotAvailableError,
    "aws: {host} cannot be reached",
    (
        "check {way}",
        "`aws.offline = true` in config.toml allows an expired copy",
    ),
)

# Order matters where a code has several meanings: the first row that fits wins. Codes are those of the Secrets
# Manager, STS and KMS API references; classes those of botocore.exceptions.
SITUATIONS: tuple[Situation, ...] = (
    Situation(
        ("NoRegionError", "InvalidRegionError"),
        None,
        ProviderNotAvailableError,
        "aws: no usable region is configured",
        ("set region under [aws] in config.toml, or AWS_REGION",),
    ),
    Situation(
        ("ProfileNotFound",),
        None,
        ProviderNotAvailableError,
        "aws: the profile {profile} is not in your AWS configuration",
        (
            "`aws configure list-profiles` shows what is there",
            "set profile under [aws] in config.toml, or AWS_PROFILE",
        ),
    ),
    Situation(
        ("ConfigParseError", "ConfigNotFound", "InvalidConfigError"),
        None,
        ProviderNotAvailableError,
        "aws: your AWS configuration files cannot be read",
        ("`aws configure list` shows what is wrong",),
    ),
    Situation(
        (
            "TokenRetrievalError",
            "SSOTokenLoadError",
            "UnauthorizedSSOTokenError",
            "SSOError",
            "ExpiredTokenException",
            "ExpiredToken",
            "RequestExpired",
            "UnauthorizedException",
            "LoginRefreshRequired",
            "RefreshWithMFAUnsupportedError",
        ),
        None,
        ProviderNotAvailableError,
        "aws: your session has expired",
        ("run `{login}`, or get new temporary credentials",),
    ),
    Situation(
        (
            "NoCredentialsError",
            "PartialCredentialsError",
            "CredentialRetrievalError",
            "MissingAuthenticationToken",
            "NoAuthTokenError",
            "InvalidMFADevice",
            "EOFError",
        ),
        None,
        ProviderNotAvailableError,
        "aws: no credentials were found",
        ("run `{login}`, or set AWS_PROFILE", "`creds validate --aws` says what is used"),
    ),
    Situation(
        ("JSONDecodeError", "FileNotFoundError", "PermissionError"),
        None,
        ProviderNotAvailableError,
        "aws: a program or a file that your AWS configuration names for credentials does not work",
        ("`aws configure export-credentials` asks it as well", "`creds validate --aws` says what is used"),
    ),
    Situation(
        (
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "AuthFailure",
        ),
        None,
        ProviderNotAvailableError,
        "aws: these credentials are not accepted",
        (
            "`creds validate --aws` says which are used",
            "run `{login}`, or check AWS_ACCESS_KEY_ID and the clock",
        ),
    ),
    Situation(
        ("AccessDeniedException", "AccessDenied", "KMSAccessDeniedException"),
        "KMS",
        NotAllowedError,
        "aws: not allowed to use the key that encrypts {secret}: kms:Decrypt is missing",
        ("ask for kms:Decrypt and kms:GenerateDataKey on that key",),
    ),
    Situation(
        ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "AuthorizationError"),
        None,
        NotAllowedError,
        "aws: not allowed: {action} on {secret} is missing",
        ("ask for {action} on {secret}", "`creds validate --aws` shows who you are there"),
    ),
    Situation(
        (
            "DecryptionFailure",
            "EncryptionFailure",
            "KMSInvalidStateException",
            "KMSNotFoundException",
            "DisabledException",
            "NotFoundException",
            "KMSInternalException",
            "InvalidKeyUsageException",
            "KeyUnavailableException",
        ),
        None,
        ProviderNotAvailableError,
        "aws: the key that encrypts {secret} cannot be used (disabled, deleted or not yours)",
        ("check the KMS key of the secret, and kms:Decrypt on it",),
    ),
    Situation(
        (
            "ThrottlingException",
            "Throttling",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "BandwidthLimitExceeded",
        ),
        None,
        ProviderNotAvailableError,
        "aws: too many requests, AWS is throttling this account",
        ("try again in a minute",),
    ),
    Situation(("InvalidRequestException",), "delet", SecretNotFoundError, *_DELETED),
    Situation(
        ("InvalidRequestException",),
        None,
        NotAllowedError,
        "aws: the secret {secret} does not allow {action} in its present state",
        ("`creds versions` shows its state",),
    ),
    Situation(
        ("ResourceNotFoundException",),
        None,
        SecretNotFoundError,
        "aws: there is no secret {secret} in {region}",
        ("check the name and the region: [aws] region in config.toml, or AWS_REGION",),
    ),
    Situation(
        ("ResourceExistsException",),
        None,
        StoreBusyError,
        "aws: somebody else is writing {secret}",
        ("try again",),
    ),
    Situation(
        ("LimitExceededException",),
        None,
        StoreBusyError,
        "aws: a limit of {secret} is reached (versions or staging labels)",
        ("try again in a minute; `creds versions` lists them",),
    ),
    Situation(
        ("SSLError",),
        None,
        ProviderNotAvailableError,
        "aws: the certificate of {host} is not trusted",
        ("check AWS_CA_BUNDLE and the endpoint",),
    ),
    _UNREACHABLE,
    Situation(
        ("ResponseParserError", "KeyError"),  # the latter of the parser, where STS gives a page
        None,
        ProviderNotAvailableError,
        "aws: {host} did not answer as AWS does",
        ("check {way}",),
    ),
    Situation(
        (
            "InvalidParameterException",
            "ValidationException",
            "ParamValidationError",
            "InvalidNextTokenException",
            "MalformedPolicyDocumentException",
            "ValidationError",
        ),
        None,
        InvalidValueError,
        "aws: AWS does not accept this request ({action})",
        ("check the secret's name and the configured endpoint",),
    ),
)
_OTHER = Situation(
    (),
    None,
    ProviderNotAvailableError,
    "aws: {action} failed ({name})",
    ("`creds validate --aws` looks for the reason",),
)
_ACTION = re.compile(r"perform: ([a-z0-9-]+:[A-Za-z]+)")
_RESOURCE = re.compile(r"on resource: (arn:[^\s,]+)")


def error_code(error: BaseException) -> str:
    """Return AWS's code of an SDK error, or the name of its class."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and response.get("Error", {}).get("Code"):
        return str(response["Error"]["Code"])
    return type(error).__name__


def translate(error: Exception, facts: Facts) -> SecretsError:
    """Return the error that the user sees for one of the SDK's.

    Args:
        error: what boto3 or botocore raised; an error of ours is returned as it is.
        facts: what the sentence may mention.
    """
    if isinstance(error, SecretsError):
        return error
    situation = _situation(error)
    words = {
        **facts._asdict(),
        "secret": facts.secret or _resource(error),
        "region": facts.region or "no region",
        "login": facts.login,
        "way": facts.way,
        "profile": facts.profile or "default",
        "action": _action(error, facts.operation),
        "name": error_code(error),
    }
    hints = [hint.format_map(words) for hint in situation.hints]
    return situation.error(situation.sentence.format_map(words), *hints)


def is_unreachable(error: Exception) -> bool:
    """Whether an SDK error means that nobody answered, so that an old copy may do (aws.offline)."""
    return _situation(error) is _UNREACHABLE


def _situation(error: Exception) -> Situation:
    names = {error_code(error), *(cls.__name__ for cls in type(error).__mro__)}
    text = f"{error_code(error)}: {_service_text(error)}"
    for situation in SITUATIONS:
        if names.intersection(situation.names) and (not situation.message or situation.message in text):
            return situation
    return _OTHER


def _service_text(error: Exception) -> str:
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Message", "")) if isinstance(response, dict) else ""


def _resource(error: Exception) -> str:
    named = _RESOURCE.search(_service_text(error))
    return named.group(1) if named else "this secret"


def _action(error: Exception, operation: str) -> str:
    named = _ACTION.search(_service_text(error))
    if named:
        return named.group(1)
    name = "".join(word.capitalize() for word in operation.split("_"))
    return f"sts:{name}" if name in ("AssumeRole", "GetCallerIdentity") else f"secretsmanager:{name}"
