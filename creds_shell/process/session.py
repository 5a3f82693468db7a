"""The live session's server: takes new values from inside the terminal and answers once the mask holds them.

It lives in the front's own loop, on a private socket (0600 in the 0700 runtime directory), and talks to our own uid
alone. Needles are only ever added: what was printed once may be scrolled up again. `core/frame.py` is the client and
says what a hook needs.
"""

import posix
from _socket import AF_UNIX, SOCK_STREAM, SOMAXCONN, socket
from select import POLLIN

from creds_shell.core import frame, paths
from creds_shell.core.errors import SecretsError
from creds_shell.core.runtime import runtime_dir
from creds_shell.process.failure import FilterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.masking.stream import Needles
    from creds_shell.process.poller import Poller

MOST = 20000  # needles of one session
GUESTS = 64  # connections at once; one more ends the oldest
_NAME, _END = "session-", ".sock"


class Server:
    """One session's socket. `extra` are further variables for the shell."""

    __slots__ = ("_accept", "_guests", "extra", "needles", "path", "place", "poller", "sock")

    def __init__(self, extra: "dict[bytes, bytes] | None" = None) -> None:
        """Make the socket.

        Raises:
            FilterError: there is no place for it, so that nothing could be masked later: start nothing.
        """
        self.extra = extra or {}
        self._guests: list[_Guest] = []
        try:
            folder = runtime_dir()
            _sweep(folder)
            self.path = paths.fsencode(f"{folder}/{_NAME}{posix.getpid()}{_END}")
            self.sock = _listen(self.path)
        except SecretsError as error:
            raise FilterError(f"the session's socket cannot be made: {error.message}", *error.hints) from None
        except OSError as error:
            reason = posix.strerror(error.errno or 5).lower()
            raise FilterError(f"the session's socket cannot be made: {reason}") from None

    def describe(self, front: int, place: tuple[int, int], sid: int) -> frame.Session:
        """The session of this front on the terminal at `place` (st_dev, st_rdev)."""
        return frame.Session((front, frame.start_time(front), *place, sid), self.path)

    def announce(self, environ: dict[bytes, bytes], session: frame.Session, terminal: str) -> None:
        """Tell the shell where it is."""
        environ.update(self.extra)
        environ[b"CREDS_SHELL"] = b"1"
        environ[frame.VARIABLE] = session.text()
        environ[b"__CREDS_TTY"] = paths.fsencode(terminal)

    def serve(self, poller: "Poller", needles: "Needles", session: frame.Session) -> None:
        """Answer from now on."""
        self.poller, self.needles, self.place = poller, needles, session.place()
        poller.want(self.sock.fileno(), POLLIN, self._on_guest)

    def close(self) -> None:
        """End the session."""
        for guest in [*self._guests]:
            guest.close()
        self.sock.close()
        try:
            posix.unlink(self.path)
        except OSError:
            return

    def add(self, name: bytes, value: bytes, forced: bool) -> bool:
        """Put one value into the mask; False when the session holds as many as it may."""
        if len(self.needles) >= MOST:
            return False
        self.needles.add(name.decode("utf-8", "surrogateescape"), value, force=forced)
        return True

    def _on_guest(self, _events: int) -> None:
        try:
            fd, _ = self.sock._accept()  # type: ignore[attr-defined]  # noqa: SLF001 - the C module's own accept
        except OSError:
            return
        guest = socket(fileno=fd)
        if frame.peer(guest)[0] != posix.geteuid():
            guest.close()
            return
        guest.setblocking(False)
        if len(self._guests) >= GUESTS:
            self._guests[0].close()
        self._guests.append(_Guest(self, guest))

    def leave(self, guest: "_Guest") -> None:
        """A guest has gone."""
        if guest in self._guests:
            self._guests.remove(guest)


class _Guest:
    """One connection; closed at the first thing that is not in the protocol."""

    __slots__ = ("buffer", "greeted", "server", "sock")

    def __init__(self, server: Server, sock: socket) -> None:
        self.server, self.sock = server, sock
        self.buffer = bytearray()
        self.greeted = False
        server.poller.want(sock.fileno(), POLLIN, self._on_data)

    def _on_data(self, _events: int) -> None:
        try:
            data = self.sock.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.buffer += data
        if not data or not self._frames():
            self.close()

    def _frames(self) -> bool:
        """Answer each whole frame; False ends the connection."""
        while len(self.buffer) >= 4:
            length = int.from_bytes(self.buffer[:4], "big")
            if length > frame.LIMIT:
                return False
            if len(self.buffer) < 4 + length:
                return True
            body = bytes(self.buffer[4 : 4 + length])
            del self.buffer[: 4 + length]
            try:
                answer = self._answer(body)
                frame.send(self.sock, answer)
            except (OSError, ValueError):
                return False
        return True

    def _answer(self, body: bytes) -> bytes:
        if not self.greeted:
            if body != frame.HELLO:
                raise ValueError("no greeting")
            self.greeted = True
            return frame.HELLO + b" " + self.server.place
        if not body.startswith(frame.ADD):
            raise ValueError("not in the protocol")
        return frame.OK if all(self.server.add(*item) for item in frame.entries(body)) else b"no"

    def close(self) -> None:
        """End the connection."""
        if self.sock.fileno() >= 0:
            self.server.poller.forget(self.sock.fileno())
            self.sock.close()
        self.server.leave(self)


def _listen(path: bytes) -> socket:
    sock = socket(AF_UNIX, SOCK_STREAM)
    folder, where = frame.address(path)
    former = posix.umask(0o177)
    try:
        sock.bind(where)
    finally:
        posix.umask(former)
        if folder >= 0:
            posix.close(folder)
    sock.listen(SOMAXCONN)
    sock.setblocking(False)
    return sock


def _sweep(folder: str) -> None:
    """Remove the sockets of sessions that were killed."""
    for name in posix.listdir(folder):
        if name.startswith(_NAME) and name.endswith(_END):
            pid = name[len(_NAME) : -len(_END)]
            if pid.isdigit() and (int(pid) == posix.getpid() or frame.start_time(int(pid)) < 0):
                try:
                    posix.unlink(f"{folder}/{name}")
                except OSError:
                    continue
