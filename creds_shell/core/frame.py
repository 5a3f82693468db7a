"""The live session's client: hand values to the process that masks this terminal, before anything may print them.

Being inside is proved by the terminal, not by a variable: the server named in `__CREDS_SESSION` must live, and our
controlling terminal must be the session's. A tmux pane, an editor or a `setsid` inherits the variable and is outside.

A frame is four bytes of length (big-endian, at most 1 MiB) and a body. The client says HELLO and hears where the
session's terminal is; then it sends ADD frames, each answered by `ok` once the mask holds the values, or `no`.
An ADD body is, for each value: a flag byte (1: masked whatever it is), name and value, each after its length.

For hooks: `creds shell` exports `CREDS_SHELL=1`, `__CREDS_SESSION` (version, server's pid and start time, st_dev and
st_rdev of the terminal, session id, socket, joined by colons), `__CREDS_TTY` (its path) and `__CREDS_SHELL_PID` (the
shell that it started; a shell typed inside is nested). `creds shell --left FILE` also exports `__CREDS_ROOT`, the
tree that the shell serves, and `__CREDS_LEFT`, the file: the shell writes `$PWD` there when it leaves the tree and
exits. Afterwards FILE is absent (nothing was started), `exit` (the user typed it), a path (go there), or nothing
but a NUL or empty (something died).
"""

import posix
import sys

VARIABLE = b"__CREDS_SESSION"
VERSION = b"1"
HELLO = b"creds 1"
ADD = b"add"
OK = b"ok"
LIMIT = 1 << 20  # bytes of one frame
PATIENCE = 2.0  # seconds that a prompt may wait for a living server, which answers within one
_PATH = 100  # sun_path is 104 bytes on macOS, 108 on Linux

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket


class Session:
    """A session as its variable describes it."""

    __slots__ = ("dev", "path", "pid", "rdev", "sid", "start")

    def __init__(self, numbers: "tuple[int, int, int, int, int]", path: bytes) -> None:
        self.pid, self.start, self.dev, self.rdev, self.sid = numbers
        self.path = path

    def text(self) -> bytes:
        """The value of `__CREDS_SESSION`."""
        numbers = b":".join(b"%d" % n for n in (self.pid, self.start, self.dev, self.rdev, self.sid))
        return VERSION + b":" + numbers + b":" + self.path

    def place(self) -> bytes:
        """What the server tells about its terminal."""
        return b"%d:%d:%d" % (self.dev, self.rdev, self.sid)


def parse(text: bytes) -> Session | None:
    """The session that a variable names; None for anything malformed."""
    parts = text.split(b":", 6)
    if len(parts) != 7 or parts[0] != VERSION or not all(part.isdigit() for part in parts[1:6]):
        return None
    numbers = (int(parts[1]), int(parts[2]), int(parts[3]), int(parts[4]), int(parts[5]))
    return Session(numbers, parts[6])


def current(environ: "dict[bytes, bytes] | None" = None) -> Session | None:
    """The live session whose terminal is ours, or None."""
    text = (posix.environ if environ is None else environ).get(VARIABLE)
    session = parse(text) if text else None
    if session is None or not alive(session.pid, session.start) or not _on_terminal(session):
        return None
    return session


def inside() -> bool:
    """Whether a live session masks our terminal."""
    return current() is not None


def register(
    values: "list[bytes]", names: "list[str]", *, forced: "frozenset[str] | tuple[str, ...]" = ()
) -> str:
    """Hand values to the session that masks our terminal and wait until it holds them.

    Args:
        values: what is to be masked; section "What counts" of docs/security.md is applied by the server.
        names: their keys, in the same order.
        forced: keys that are masked whatever their values look like (`mask = true`). Freed ones are not passed.

    Returns:
        `acked`: the mask holds them. `outside`: no live session masks this terminal. `refused`: one does and could
        not be told (its socket is gone, is not its own, or does not answer): nothing may be loaded.
    """
    session = current()
    if session is None:
        return "outside"
    try:
        sock = connect(session)
    except OSError:
        return "refused"
    try:
        return "acked" if _tell(sock, session, values, names, forced) else "refused"
    except (OSError, ValueError):
        return "refused"
    finally:
        sock.close()


def _tell(
    sock: "socket",
    session: Session,
    values: "list[bytes]",
    names: "list[str]",
    forced: "frozenset[str] | tuple[str, ...]",
) -> bool:
    send(sock, HELLO)
    if receive(sock) != HELLO + b" " + session.place():
        return False
    body = ADD
    for value, name in zip(values, names, strict=True):
        item = entry(name.encode("utf-8", "surrogateescape"), value, name in forced)
        if len(body) + len(item) > LIMIT:
            send(sock, body)
            if receive(sock) != OK:
                return False
            body = ADD
        body += item
    send(sock, body)
    return receive(sock) == OK


def connect(session: Session) -> "socket":
    """A connection to the session's own server; raises OSError when there is none or it is somebody else's."""
    from _socket import AF_UNIX, SOCK_STREAM, socket

    sock = socket(AF_UNIX, SOCK_STREAM)
    try:
        sock.settimeout(PATIENCE)
        folder, where = address(session.path)
        try:
            sock.connect(where)
        finally:
            if folder >= 0:
                posix.close(folder)
        _check_server(sock, session)
    except BaseException:
        sock.close()
        raise
    return sock


def _check_server(sock: "socket", session: Session) -> None:
    uid, pid = peer(sock)
    if uid != posix.geteuid() or pid not in (0, session.pid):
        raise PermissionError(1, "not the session's server")


def address(path: bytes) -> tuple[int, bytes]:
    """(descriptor to close afterwards or -1, a name for bind and connect): a long path goes through its folder."""
    if len(path) <= _PATH:
        return -1, path
    folder, _, name = path.rpartition(b"/")
    fd = posix.open(folder, posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC)
    return fd, b"/proc/self/fd/%d/%s" % (fd, name)


def peer(sock: "socket") -> tuple[int, int]:
    """(uid, pid) of the other side; pid 0 where the system does not tell."""
    if sys.platform == "darwin":
        data = sock.getsockopt(0, 1, 76)  # SOL_LOCAL, LOCAL_PEERCRED: struct xucred
        pid = int.from_bytes(sock.getsockopt(0, 2, 4), sys.byteorder)  # LOCAL_PEERPID
        return int.from_bytes(data[4:8], sys.byteorder), pid
    data = sock.getsockopt(1, 17, 12)  # SOL_SOCKET, SO_PEERCRED: struct ucred {pid, uid, gid}
    return int.from_bytes(data[4:8], sys.byteorder), int.from_bytes(data[:4], sys.byteorder)


def entry(name: bytes, value: bytes, forced: bool) -> bytes:
    """One value of an ADD frame."""
    head = b"\1" if forced else b"\0"
    return head + len(name).to_bytes(4, "big") + name + len(value).to_bytes(4, "big") + value


def entries(body: bytes) -> "list[tuple[bytes, bytes, bool]]":
    """(name, value, forced) of an ADD body; ValueError for a malformed one."""
    found = []
    at = len(ADD)
    while at < len(body):
        forced = body[at] == 1
        name, at = _field(body, at + 1)
        value, at = _field(body, at)
        found.append((name, value, forced))
    return found


def _field(body: bytes, at: int) -> tuple[bytes, int]:
    start = at + 4
    end = start + int.from_bytes(body[at:start], "big")
    if start > len(body) or end > len(body):
        raise ValueError("a field longer than its frame")
    return body[start:end], end


def send(sock: "socket", body: bytes) -> None:
    """Send one frame."""
    if len(body) > LIMIT:
        raise ValueError("a frame above 1 MiB")
    sock.sendall(len(body).to_bytes(4, "big") + body)


def receive(sock: "socket") -> bytes:
    """One frame; raises OSError when the peer is gone or takes too long, ValueError when it is too large."""
    length = int.from_bytes(_exactly(sock, 4), "big")
    if length > LIMIT:
        raise ValueError("a frame above 1 MiB")
    return _exactly(sock, length)


def _exactly(sock: "socket", count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = sock.recv(count - len(data))
        if not part:
            raise OSError(104, "the peer is gone")
        data += part
    return data


def start_time(pid: int) -> int:
    """When a process started, in clock ticks after the boot (proc(5), field 22); 0 where nobody says, -1: no such."""
    try:
        return int(_stat(pid)[19])
    except FileNotFoundError:
        return 0 if not _has_proc() and _exists(pid) else -1
    except (OSError, IndexError, ValueError):
        return -1


def alive(pid: int, start: int) -> bool:
    """Whether this very process still runs; a number used again has another start time."""
    return start_time(pid) == start and _exists(pid)


def _exists(pid: int) -> bool:
    try:
        posix.kill(pid, 0)
    except OSError:
        return False
    return True


def _has_proc() -> bool:
    try:
        posix.stat("/proc/self/stat")
    except OSError:
        return False
    return True


def _stat(pid: "int | str") -> "list[bytes]":
    fd = posix.open(f"/proc/{pid}/stat", posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        # pid (name) state …: the name may hold anything, so fields are counted from its last parenthesis
        return posix.read(fd, 4096).rpartition(b")")[2].split()
    finally:
        posix.close(fd)


def _on_terminal(session: Session) -> bool:
    """Whether our controlling terminal is the session's."""
    if posix.getsid(0) != session.sid:
        return False
    try:
        number = int(_stat("self")[4]) & 0xFFFFFFFF  # tty_nr
    except (OSError, ValueError, IndexError):
        return _standard_on_terminal(session)
    return number == session.rdev and _standard_on_terminal(session, unless_none=True)


def _standard_on_terminal(session: Session, *, unless_none: bool = False) -> bool:
    """Whether a standard descriptor that is a terminal of that number is on the same devpts instance too."""
    found = unless_none
    for fd in (0, 1, 2):
        try:
            info = posix.fstat(fd)
        except OSError:
            continue
        if info.st_rdev == session.rdev:
            if info.st_dev != session.dev:
                return False
            found = True
    return found
