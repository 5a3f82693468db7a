"""The copy of an AWS bundle in memory-backed storage: where it is, whether it may be used, what it says.

Only a tmpfs or ramfs holds it, so a value never reaches a disk; where there is none, there is no copy. Reading
never waits and never asks AWS. The file is the store's own grammar under a header of `# name: value` lines.
"""

import posix
import time

from creds_shell.core import dotenv, paths
from creds_shell.core.binding import digest
from creds_shell.core.errors import SecretsError
from creds_shell.core.loaded import undo
from creds_shell.core.runtime import runtime_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

TTL = 900  # seconds a copy is fresh, unless aws.cache_ttl says otherwise
RETRY_AFTER = 60  # seconds before a failed fetch is tried again by the prompt
SKEW = 60  # seconds a copy may lie in the future before the clock is not believed
PREFIX = "claude-power-pack"
MAX_FILE = 1 << 20  # AWS holds 64 KiB; the escapes of the grammar at most double it
FORMAT = "# creds aws copy 1"
MEMORY_BACKED = (b"tmpfs", b"ramfs")
HIDDEN_KEY = "CREDS_HEX_"  # a key or value that the grammar cannot hold, both in hexadecimal

# What in the environment decides which account answers; the names are botocore's (its configprovider.py and
# credentials.py) and the account of a copy must not change under it.
DECISIVE = (
    b"AWS_PROFILE",
    b"AWS_DEFAULT_PROFILE",
    b"AWS_ACCESS_KEY_ID",
    b"AWS_REGION",
    b"AWS_DEFAULT_REGION",
    b"AWS_ROLE_ARN",
    b"AWS_WEB_IDENTITY_TOKEN_FILE",
    b"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    b"AWS_CONTAINER_CREDENTIALS_FULL_URI",
    b"AWS_ENDPOINT_URL",
    b"AWS_ENDPOINT_URL_SECRETS_MANAGER",
)
FILES = ((b"AWS_CONFIG_FILE", "config"), (b"AWS_SHARED_CREDENTIALS_FILE", "credentials"))


class Source:
    """Which secret of which account a copy is of, and how long it is good.

    Attributes:
        project, environment: whose bundle it is.
        secret: its name or ARN in AWS.
        foreign: the secret was named by the user; creds did not make it.
        region, profile, role_arn, endpoint_url: from the user's config; empty = the SDK's own rules.
        ttl: seconds; 0 = no copy is kept.
        offline: an expired copy may be used while AWS cannot be asked.
    """

    __slots__ = (
        "endpoint_url",
        "environment",
        "foreign",
        "offline",
        "profile",
        "project",
        "region",
        "role_arn",
        "secret",
        "ttl",
    )

    def __init__(self, project: str, environment: str, aws: dict[str, str], secret: str | None) -> None:
        self.project = project
        self.environment = environment
        self.foreign = bool(secret) and not _is_own(secret or "", project, environment)
        self.secret = secret or secret_name(project, environment, aws.get("prefix") or PREFIX)
        self.region = aws.get("region", "")
        self.profile = aws.get("profile", "")
        self.role_arn = aws.get("role_arn", "")
        self.endpoint_url = aws.get("endpoint_url", "")
        self.ttl = _seconds(aws.get("cache_ttl", ""))
        self.offline = aws.get("offline", "").lower() in ("true", "1")


class Copy:
    """What is in the memory-backed storage for a source, if anything.

    Attributes:
        state: fresh, expired, cold (none), failed (the last fetch), off (no copy is kept here).
        usable: `values` may be loaded.
        values: key → exact bytes.
        age: seconds since AWS said so.
        version: of the secret in AWS.
        problem: one sentence for the user, or empty.
        path: the file to watch, also while it is absent; None where no copy is kept.
    """

    __slots__ = ("age", "path", "problem", "state", "usable", "values", "version")

    def __init__(self, state: str, path: str | None, problem: str = "") -> None:
        self.state = state
        self.path = path
        self.problem = problem
        self.usable = False
        self.values: dict[str, bytes] = {}
        self.age = 0.0
        self.version = ""


def make_source(project: str, environment: str, aws: dict[str, str], secret: str | None = None) -> Source:
    """Return the source of one project's bundle.

    Args:
        project: its id.
        environment: `default` or another.
        aws: the [aws] table of the user's config as plain strings (region, profile, prefix, endpoint_url,
            role_arn, offline, cache_ttl); what is missing is unset.
        secret: the name or ARN of a secret that the user named instead of creds' own.
    """
    return Source(project, environment, aws, secret)


def _is_own(secret: str, project: str, environment: str) -> bool:
    """Whether a recorded name is one that creds makes, also under a prefix that has changed since."""
    return f"/{secret}".endswith(secret_name(project, environment, ""))


def secret_name(project: str, environment: str, prefix: str = PREFIX) -> str:
    """Return the name of a bundle in AWS: prefix/project, and /environment where it is not the default."""
    name = f"{prefix.rstrip('/')}/{project}"
    return name if environment == "default" else f"{name}/{environment}"


def read_bundle(source: Source, now: float = 0.0) -> Copy:
    """Return what is known about a source's bundle without asking AWS.

    Args:
        source: from make_source.
        now: the time; the clock's if 0.
    """
    if not source.ttl:
        return Copy(
            "off", None, "the aws cache is off (aws.cache_ttl = 0), so a shell loads nothing from aws"
        )
    path = locate(source)
    if path is None:
        return Copy(
            "off", None, "there is no memory-backed directory here, so a shell loads nothing from aws"
        )
    data = _read(path)
    if data is None:
        return Copy("cold", path)
    return _judge(source, data, path, now or time.time())


def _judge(source: Source, data: bytes, path: str, now: float) -> Copy:
    head = header(data)
    copy = Copy("cold", path)
    if head.get("format") != FORMAT:
        return copy
    copy.version = head.get("version", "")
    copy.age = now - _number(head.get("fetched", ""))
    failed = now - _number(head.get("failed", "0"))
    fresh = -SKEW <= copy.age < source.ttl
    copy.state = "fresh" if fresh else "expired"
    if not fresh and -SKEW <= failed < RETRY_AFTER:
        copy.state, copy.problem = "failed", head.get("problem", "")
    copy.usable = fresh or (source.offline and head.get("values") == "yes")
    if not copy.usable:
        return copy
    try:
        copy.values = dict(_values(data))
    except (
        SecretsError,
        ValueError,
    ):  # cut off by a full memory, or changed by hand: as if it were not there
        return Copy("cold", path)
    if not fresh:
        copy.problem = f"using the copy that aws gave {ago(copy.age)} ago"
    return copy


def locate(source: Source) -> str | None:
    """Return the path of a source's copy, or None where no memory-backed directory is to be had."""
    directory = memory_directory()
    return None if directory is None else f"{directory}/{_digest(source)}.env"


def memory_directory() -> str | None:
    """Return our private directory on a tmpfs or ramfs (made if missing), or None.

    The runtime directory if it is one, else /dev/shm/creds-UID, as systemd and its absence leave them.
    """
    candidates = (runtime_dir, lambda: f"/dev/shm/creds-{posix.geteuid()}")  # noqa: S108 checked for owner and mode
    for candidate in candidates:
        try:
            directory = candidate()
            if not is_memory_backed(directory.rpartition("/")[0]):
                continue
            paths.make_private_dir(f"{directory}/aws")
            if is_memory_backed(f"{directory}/aws"):  # and no link to a disk
                return f"{directory}/aws"
        except (OSError, SecretsError):
            continue
    return None


def is_memory_backed(directory: str) -> bool:
    """Whether a directory's file system is tmpfs or ramfs: its device number looked up in proc(5) mountinfo.

    Linux alone can tell; elsewhere the answer is no and no copy is kept.
    """
    device = posix.stat(directory).st_dev
    wanted = f"{posix.major(device)}:{posix.minor(device)}".encode()
    try:
        table = _read("/proc/self/mountinfo", limit=1 << 22) or b""
    except OSError:
        return False
    for line in table.split(b"\n"):
        fields, _, rest = line.partition(b" - ")
        if fields.split(b" ", 3)[2:3] == [wanted]:
            return rest.split(b" ", 1)[0] in MEMORY_BACKED
    return False


def _digest(source: Source) -> str:
    """Name the account without asking AWS: by all that decides it.

    The account's number itself is in the header, as AWS told it. Two homes never share a copy.
    """
    environ = undo(paths.environ())  # a bundle may hold AWS_ACCESS_KEY_ID; it does not decide who asks for it
    parts = [source.project, source.environment, source.secret, source.region, source.profile]
    parts += [source.role_arn, source.endpoint_url, paths.config_dir()]
    told = [text.encode("utf-8", "surrogateescape") for text in parts]
    told += [environ.get(name, b"") for name in DECISIVE]
    home = environ.get(b"HOME", b"")
    told += [_stamp(environ.get(name) or home + b"/.aws/" + file.encode()) for name, file in FILES]
    return digest(*told)


def _stamp(path: bytes) -> bytes:
    try:
        seen = posix.stat(path)
    except OSError:
        return b""
    return f"{seen.st_mtime_ns}:{seen.st_size}".encode()


def header(data: bytes) -> dict[str, str]:
    """Return the header lines of a copy: format, account, region, role, secret, version and the time.

    A failed fetch leaves `failed` (when), `problem`, `hint` and `exit` there.
    """
    lines = data[: data.find(b"\n\n")].decode("utf-8", "surrogateescape").split("\n")
    found = {"format": lines[0]}
    for line in lines[1:]:
        name, _, value = line.removeprefix("# ").partition(": ")
        found[name] = value
    return found


def render(fields: dict[str, str], values: dict[str, bytes]) -> bytes:
    """Return the bytes of a copy; the opposite of `header` and what `read_bundle` reads."""
    return _head(fields) + dotenv.format_bundle(dict(_holdable(values)))


def with_header(fields: dict[str, str], data: bytes) -> bytes:
    """Return a copy with other header lines over the values that it has."""
    end = data.find(b"\n\n")
    return _head(fields) + (data[end + 2 :] if end >= 0 else b"")


def _head(fields: dict[str, str]) -> bytes:
    lines = [FORMAT, *(f"# {name}: {' '.join(text.split())}" for name, text in fields.items())]
    return "\n".join(lines).encode("utf-8", "surrogateescape") + b"\n\n"


def _holdable(values: dict[str, bytes]) -> "Iterator[tuple[str, bytes]]":
    for key, value in values.items():
        plain = key.isascii() and key.isidentifier() and not key.startswith(HIDDEN_KEY)
        if plain and b"\0" not in value:
            yield key, value
        else:
            yield HIDDEN_KEY + key.encode("utf-8", "surrogateescape").hex(), value.hex().encode()


def _values(data: bytes) -> "Iterator[tuple[str, bytes]]":
    for entry in dotenv.parse(data[data.find(b"\n\n") + 2 :]):
        if entry.key.startswith(HIDDEN_KEY):
            key = bytes.fromhex(entry.key[len(HIDDEN_KEY) :]).decode("utf-8", "surrogateescape")
            yield key, bytes.fromhex(entry.value.decode())
        else:
            yield entry.key, entry.value


def ago(seconds: float) -> str:
    """Return an age for people: 40 s, 12 min, 3 h, 2 days."""
    if seconds < 90:
        return f"{int(seconds)} s"
    if seconds < 5400:
        return f"{int(seconds / 60)} min"
    return f"{int(seconds / 3600)} h" if seconds < 172800 else f"{int(seconds / 86400)} days"


def _seconds(text: str) -> int:
    return int(text) if text.isdigit() else TTL


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _read(path: str, limit: int = MAX_FILE) -> bytes | None:
    flags = posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC | posix.O_NONBLOCK
    try:
        fd = posix.open(path, flags)
    except OSError:  # none there, or nothing that we would have written
        return None
    try:
        if not path.startswith("/proc/") and not _ours(fd):
            return None
        chunks = []
        while chunk := posix.read(fd, limit):
            chunks.append(chunk)
        return b"".join(chunks)
    finally:
        posix.close(fd)


def _ours(fd: int) -> bool:
    seen = posix.fstat(fd)
    return seen.st_uid == posix.geteuid() and not seen.st_mode & 0o077
