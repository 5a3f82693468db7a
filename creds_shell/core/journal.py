"""Append one chained line to the audit log, cheaply enough for the prompt and safely for everybody.

Each line holds the sha256 of the line before it; the last one's number and hash, the head, are kept in the state
directory too. A log that was cut or changed does not match the head, and the chain goes on from the head, so the
break stays visible. Key names and outcomes are recorded, never values and never arguments.
"""

import posix
import sys
import time

from creds_shell.core import paths

if sys.version_info >= (3, 12):
    from _sha2 import sha256
else:
    from _sha256 import sha256

LIMIT = 4 << 20  # bytes of one audit.log; then it is kept as audit.log.N and a new one begins
FIRST = "0" * 64  # `prev` of the first line
_TAIL = 1 << 16  # the last line is looked for in this many bytes; a line with 2,000 key names fits
_SHORT_TAIL = 1 << 12  # and first in these
_APPEND = posix.O_WRONLY | posix.O_APPEND | posix.O_CREAT | posix.O_NOFOLLOW | posix.O_CLOEXEC
_UPDATE = posix.O_RDWR | posix.O_CREAT | posix.O_NOFOLLOW | posix.O_CLOEXEC


def log_file() -> str:
    """Where the log is."""
    return paths.config_dir() + "/audit.log"


def head_file() -> str:
    """Where the number and hash of the last line are kept; also the file that writers lock."""
    return paths.state_dir() + "/audit-head" + _which_log()


def missed_file() -> str:
    """Where a record that could not be written leaves a mark, for the next explicit command to write down."""
    return paths.state_dir() + "/audit-missed" + _which_log()


def _which_log() -> str:
    """Tells the heads of several logs apart: with CREDS_HOME the same state goes with another store and its log."""
    if paths.getenv("CREDS_HOME") is None:
        return ""
    folder = paths.config_dir()
    if paths.getenv("HOME") and folder == paths.usual_config_dir():  # in a container there may be none
        return ""
    return "-" + digest(paths.fsencode(folder))[:16]


def append(
    action: str,
    *,
    project: "str | None",
    keys: "tuple[str, ...] | list[str]" = (),
    provider: "str | None" = None,
    result: str = "ok",
    reason: "str | None" = None,
    agent: "str | None" = None,
    wait_ms: int = 5,
    **more: "str | int | None",
) -> bool:
    """Write one record.

    Args:
        action: what was done: `load`, `set`, `reveal` …
        project: whose secrets; None outside any.
        keys: the names concerned.
        provider: the tier that was asked.
        result: `ok`, or the code of the error.
        reason: what --reason said.
        agent: the coding agent that asked, as detected.
        wait_ms: how long another writer may hold the lock; 5 ms suit a prompt.
        more: further facts (`environment`, `program`); None is left out.

    Returns:
        Whether it was written; if not, a mark is left and the caller tells the user.
    """
    facts: dict[str, object] = {
        "action": action,
        "project": project,
        "keys": tuple(keys),
        "provider": provider,
    }
    facts |= {"result": result, "reason": reason, "agent": agent, **more}
    try:
        written = _append(facts, wait_ms)
    except Exception:  # noqa: BLE001 a log that cannot be written never stops the action, it is reported
        written = False
    if not written:
        _leave_mark(action)
    return written


def _append(facts: "dict[str, object]", wait_ms: int) -> bool:
    log, head = log_file(), head_file()
    for path in (head, log):
        paths.make_private_dir(path.rpartition("/")[0])
    lock = posix.open(head, _UPDATE, 0o600)
    try:
        if not _lock(lock, wait_ms):
            return False
        posix.fchmod(lock, 0o600)
        end = _position(lock, log)
        if wait_ms > 100:  # an explicit command: write down what a prompt could not
            end = _write_missed(lock, log, end)
        _write(lock, log, end, facts)
        return True
    finally:
        posix.close(lock)


def _lock(fd: int, wait_ms: int) -> bool:
    """Take the lock: three tries at a prompt, more for a run and for an explicit command."""
    import fcntl

    pause = min(max(wait_ms / 3000, 0.0005), 0.005)
    until = time.monotonic() + wait_ms / 1000
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= until:
                return False
            time.sleep(pause)
        else:
            return True


def _position(head: int, log: str) -> "tuple[int, str, bytes]":
    """Return the number and hash that the next line follows, and what must be written before it.

    The log's last line counts where it goes further than the head (a crash between the two writes); else the head.
    A line that was cut off stays what it is, damaged, and is ended.
    """
    seq, hashed = read_head(posix.pread(head, 200, 0))
    last, ended = _last_line(log)
    number = _seq(last)
    if number > seq:
        seq, hashed = number, digest(last)
    return seq, hashed, b"" if ended else b"\n"


def digest(line: bytes) -> str:
    """Return the hash by which the next line names this one."""
    hashed: str = sha256(line).hexdigest()
    return hashed


def read_head(data: bytes) -> "tuple[int, str]":
    """Return number and hash out of the head file; (0, zeros) for an empty or unreadable one."""
    parts = data.split()
    if len(parts) == 2 and parts[0].isdigit() and len(parts[1]) == 64:
        return int(parts[0]), parts[1].decode("ascii", "replace")
    return 0, FIRST


def _last_line(path: str) -> "tuple[bytes, bool]":
    """Return the last line of the log, b"" when there is none, and whether it is whole."""
    try:
        fd = posix.open(path, posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC)
    except FileNotFoundError:
        return b"", True
    try:
        size = posix.fstat(fd).st_size
        for length in (_SHORT_TAIL, _TAIL):
            tail = posix.pread(fd, length, max(0, size - length))
            lines = tail.rstrip(b"\n").rsplit(b"\n", 1)
            if len(lines) == 2:
                break
    finally:
        posix.close(fd)
    return lines[-1], tail[-1:] in {b"", b"\n"}


def _seq(line: bytes) -> int:
    """Return a line's number; it is the first field of every line that we write."""
    if not line.startswith(b'{"seq": '):
        return 0
    digits = line[8 : line.find(b",", 8)]
    return int(digits) if digits.isdigit() else 0


def _write(
    head: int, log: str, end: "tuple[int, str, bytes]", facts: "dict[str, object]"
) -> "tuple[int, str, bytes]":
    """Append a line behind the end of the log and note it in the head; return the new end."""
    seq, before = end[0] + 1, end[2]
    line = _record(seq, end[1], facts)
    fd = posix.open(log, _APPEND, 0o600)
    try:
        found = posix.fstat(fd)
        if found.st_size > LIMIT:
            _set_aside(log)
            posix.close(fd)
            fd = posix.open(log, _APPEND, 0o600)
            found, before = posix.fstat(fd), b""
        if found.st_mode & 0o777 != 0o600:
            posix.fchmod(fd, 0o600)
        data = before + line + b"\n"
        if posix.write(fd, data) != len(data):
            raise OSError(28, "short write")
    finally:
        posix.close(fd)
    hashed = digest(line)
    posix.pwrite(head, f"{seq:020d} {hashed}\n".encode(), 0)
    return seq, hashed, b""


def _set_aside(log: str) -> None:
    """Keep a full log as audit.log.N, N counting up; the chain goes on in the new one."""
    number = 1
    while paths.exists(f"{log}.{number}"):
        number += 1
    posix.rename(log, f"{log}.{number}")


def _write_missed(head: int, log: str, end: "tuple[int, str, bytes]") -> "tuple[int, str, bytes]":
    path = missed_file()
    if not paths.exists(path):
        return end
    fd = posix.open(path, posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC)
    try:
        count = posix.read(fd, 1 << 16).count(b"\n")
    finally:
        posix.close(fd)
    posix.unlink(path)
    facts: dict[str, object] = {"action": "gap", "project": None, "keys": (), "provider": None}
    return _write(head, log, end, {**facts, "result": "missed", "count": count})


def _leave_mark(action: str) -> None:
    try:
        fd = posix.open(missed_file(), _APPEND, 0o600)
    except OSError:
        return
    try:
        posix.fchmod(fd, 0o600)  # whatever the umask: the next command has to read it
        posix.write(fd, action.encode() + b"\n")
    except OSError:
        return
    finally:
        posix.close(fd)


def _record(seq: int, prev: str, facts: "dict[str, object]") -> bytes:
    uid = posix.getuid()
    now = time.gmtime()
    stamp = f"{now[0]:04d}-{now[1]:02d}-{now[2]:02d}T{now[3]:02d}:{now[4]:02d}:{now[5]:02d}Z"
    who: dict[str, object] = {"uid": uid, "login": _login(uid), "pid": posix.getpid(), "tty": _tty()}
    fields: dict[str, object] = {"seq": seq, "time": stamp, **who, **facts, "prev": prev}
    shown = [(k, v) for k, v in fields.items() if v is not None or k in _ALWAYS]
    return ("{" + ", ".join([f'"{k}": {_json(v)}' for k, v in shown]) + "}").encode()


_ALWAYS = frozenset({"project", "provider", "tty"})  # written as null, others are left out


def _json(value: object) -> str:
    """Return JSON; the json module is not for the prompt."""
    if value is None:
        return "null"
    if type(value) is int:
        return str(value)
    if type(value) is tuple:
        if value and _is_plain("".join(value)):
            return '["' + '", "'.join(value) + '"]'
        return "[" + ", ".join([_json(one) for one in value]) + "]"
    text = str(value)
    return (
        '"' + (text if _is_plain(text) else "".join([c if _is_plain(c) else _escape(c) for c in text])) + '"'
    )


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _login(uid: int) -> str:
    """Return the login of /etc/passwd, else of the environment; never asks a directory service, which may hang."""
    try:
        fd = posix.open("/etc/passwd", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return paths.getenv("LOGNAME") or ""
    try:
        data = posix.read(fd, 1 << 16)
    finally:
        posix.close(fd)
    mark = data.find(b":%d:" % uid)
    while mark >= 0:
        line = data[data.rfind(b"\n", 0, mark) + 1 : mark].split(b":")
        if len(line) == 2:  # name, password; then the uid
            return line[0].decode("utf-8", "replace")
        mark = data.find(b":%d:" % uid, mark + 1)
    return paths.getenv("LOGNAME") or ""


def _tty() -> "str | None":
    for fd in (0, 1, 2):
        try:
            return posix.ttyname(fd)
        except OSError:
            continue
    return None
