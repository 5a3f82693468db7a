"""Where things are, and who may touch them: directories 0700, files 0600, owned by the user.

A file or directory that somebody else could write is refused with the `chmod` to run. Paths are `str` with
surrogateescape, as the file system gives them.
"""

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

STORE_FOLDER = "claude-power-pack"
STATE_FOLDER = "creds-shell"
WRITABLE_BY_OTHERS = 0o022
STICKY = 0o1000
_KIND, _DIRECTORY, _REGULAR, _LINK = 0o170000, 0o040000, 0o100000, 0o120000
_STEP = 1 << 16  # bytes; a larger buffer would be mapped and unmapped for each file


def environ() -> "dict[bytes, bytes]":
    """The process's environment as bytes; `os.environ` when somebody imported os, so that edits are seen."""
    os = sys.modules.get("os")
    if os is None:
        return posix.environ
    data: dict[bytes, bytes] = getattr(os.environ, "_data", None) or dict(os.environb)
    return data


def getenv(name: str) -> "str | None":
    """One variable, None when unset or empty."""
    value = environ().get(name.encode("ascii"))
    return fsdecode(value) if value else None


def fsdecode(data: bytes) -> str:
    """Bytes of the file system as str."""
    return data.decode(sys.getfilesystemencoding(), "surrogateescape")


def fsencode(text: str) -> bytes:
    """The reverse of fsdecode."""
    return text.encode(sys.getfilesystemencoding(), "surrogateescape")


def home() -> str:
    """The user's home: HOME, else the password database.

    Raises:
        UsageError: neither knows it (a container that runs as any uid).
    """
    named = getenv("HOME")
    if named and named[0] == "/":
        return named.rstrip("/") or "/"
    import pwd

    try:
        return pwd.getpwuid(posix.getuid()).pw_dir
    except KeyError:
        from creds_shell.core.errors import UsageError

        raise UsageError(
            f"HOME is not set, and the user {posix.getuid()} has none", "export HOME=/a/directory/of/its/own"
        ) from None


def config_dir() -> str:
    """The folder of the store and of config.toml: CREDS_HOME, else below XDG_CONFIG_HOME, else below ~/.config."""
    own = getenv("CREDS_HOME")
    if own is None:
        return usual_config_dir()
    if own[0] != "/":
        from creds_shell.core.errors import UsageError

        # A relative one would let the directory that a shell stands in choose the store.
        raise UsageError("CREDS_HOME is not an absolute path", 'export CREDS_HOME="$HOME/…"')
    return own.rstrip("/") or "/"


def usual_config_dir() -> str:
    """Where that folder is without CREDS_HOME."""
    return _base("XDG_CONFIG_HOME", "/.config") + "/" + STORE_FOLDER


def state_dir() -> str:
    """The folder of bindings, allow and deny records, watch references and metadata."""
    return _base("XDG_STATE_HOME", "/.local/state") + "/" + STATE_FOLDER


def config_file() -> str:
    """The user's settings."""
    return config_dir() + "/config.toml"


def store_folder(project_id: str) -> str:
    """The folder of one project's bundles."""
    return config_dir() + "/secrets/" + project_id


def store_file(project_id: str, environment: str) -> str:
    """The file of one bundle: `.env`, or `.env.<environment>`."""
    return store_folder(project_id) + "/" + env_file_name(environment)


def env_file_name(environment: str) -> str:
    """The name of an environment's file, in the store and in a repository alike."""
    return ".env" if environment == "default" else ".env." + environment


def _base(variable: str, below_home: str) -> str:
    # The XDG base directory specification: a relative path is invalid and ignored.
    named = getenv(variable)
    return named.rstrip("/") if named and named[0] == "/" else home() + below_home


def is_dir(path: "str | bytes") -> bool:
    """Whether a directory is there (a link to one counts)."""
    try:
        return posix.stat(path).st_mode & _KIND == _DIRECTORY
    except OSError:
        return False


def exists(path: str) -> bool:
    """Whether something of that name is there, also a dangling link."""
    try:
        posix.lstat(path)
    except OSError:
        return False
    return True


def check_private(path: str) -> None:
    """Refuse a path that somebody else could replace or write.

    Args:
        path: an absolute path; what does not exist yet is fine.

    Raises:
        BadPermissionsError: a component belongs to a stranger, is writable by group or others (a sticky
            directory as /tmp is fine), or the file itself is a symbolic link; the hint is the command to run.
    """
    parts = path.strip("/").split("/")
    trusted = (0, posix.geteuid())
    step = ""
    for number, part in enumerate(parts):
        step += "/" + part
        try:
            found = posix.lstat(step)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            refuse(f"cannot look at {step}: {str(error.strerror).lower()}", "ls -ld", step)
        # nearly all are directories of root or the user that nobody else can write
        if found.st_mode & (_KIND | WRITABLE_BY_OTHERS) != _DIRECTORY or found.st_uid not in trusted:
            _check_component(step, found, last=number == len(parts) - 1)


def _check_component(path: str, found: posix.stat_result, *, last: bool) -> None:
    kind = found.st_mode & _KIND
    if found.st_uid not in (0, posix.geteuid()):
        _refuse_owner(path, found.st_uid)
    if kind == _LINK:
        from creds_shell.core.realpath import realpath

        target = realpath(path)
        if not last or is_dir(target):
            return check_private(target)
        refuse(f"{path} is a symbolic link", "put the file itself there: mv", target, path)
    if last and kind == _REGULAR and found.st_uid != posix.geteuid():
        _refuse_owner(path, found.st_uid)
    if found.st_mode & WRITABLE_BY_OTHERS and not (kind == _DIRECTORY and found.st_mode & STICKY):
        refuse(f"{path} can be written by others (mode {found.st_mode & 0o7777:04o})", "chmod go-w", path)
    return None


def _refuse_owner(path: str, owner: int) -> "NoReturn":
    from creds_shell.core.errors import BadPermissionsError

    raise BadPermissionsError(f"{path} belongs to another user (uid {owner})", owner_step(path))


_AS_ROOT = "run creds as that user, without sudo; as root of a container: HOME=/root"


def owner_step(path: str) -> str:
    """What to do about another user's file: to root a `chown` would give a whole home, after a slip with sudo."""
    from creds_shell.core.errors import step

    me = posix.geteuid()
    return step(f"sudo chown {me}", path) if me else _AS_ROOT


def refuse(message: str, command: str, *about: str) -> "NoReturn":
    """Raise BadPermissionsError; the next step is a command and the paths behind it."""
    from creds_shell.core.errors import BadPermissionsError, step

    raise BadPermissionsError(message, step(command, *about))


def make_private_dir(path: str) -> None:
    """Make a directory and its missing parents, 0700 whatever the umask.

    Raises:
        BadPermissionsError: an existing component is not private, or cannot be written.
    """
    check_private(path)
    missing = []
    step = path.rstrip("/")
    while step and not exists(step):
        missing.append(step)
        step = step.rpartition("/")[0]
    for name in reversed(missing):
        try:
            posix.mkdir(name, 0o700)
        except FileExistsError:
            continue
        except (PermissionError, NotADirectoryError) as error:
            refuse(
                f"cannot make {name}: {str(error.strerror).lower()}",
                "ls -ld",
                name.rpartition("/")[0] or "/",
            )
        posix.chmod(name, 0o700)  # a umask of 0277 or 0777 took bits away


def read_private(path: str, limit: int) -> "bytes | None":
    """A small file of our own, or None when it is not there.

    Raises:
        BadPermissionsError: not a regular file, not ours, or writable by others.
        DamagedFileError: larger than `limit` bytes.
    """
    flags = posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC | posix.O_NONBLOCK
    try:
        fd = posix.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        check_private(path)  # a link has a sentence of its own
        refuse(f"cannot read {path}: {str(error.strerror).lower()}", "ls -l", path)
    try:
        found = posix.fstat(fd)
        if found.st_mode & _KIND != _REGULAR:
            refuse(f"{path} is not a regular file", "ls -l", path)
        if found.st_uid != posix.geteuid():
            refuse(f"{path} belongs to another user (uid {found.st_uid})", "ls -l", path)
        if found.st_mode & WRITABLE_BY_OTHERS:
            refuse(f"{path} can be written by others (mode {found.st_mode & 0o7777:04o})", "chmod go-w", path)
        return read_all(fd, path, limit)
    finally:
        posix.close(fd)


def read_all(fd: int, path: str, limit: int) -> bytes:
    """Everything that a descriptor gives, up to `limit` bytes.

    Raises:
        DamagedFileError: there is more.
    """
    data = posix.read(fd, _STEP)
    while data and len(data) <= limit:
        more = posix.read(fd, max(_STEP, len(data)))
        if not more:
            break
        data += more
    if len(data) > limit:
        from creds_shell.core.errors import DamagedFileError, step

        raise DamagedFileError(f"{path} is larger than {limit} bytes", step("ls -l", path))
    return data
