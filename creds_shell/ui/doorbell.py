"""A socket in the private runtime directory on which other processes of this user put questions to the page.

One JSON line in, one or two lines out: `asking` or `nobody`, then the answer. Whoever hangs up withdraws the question.
"""

import asyncio
import contextlib
import json
import os
import socket
import struct
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from creds_shell.core.paths import make_private_dir
from creds_shell.core.runtime import runtime_dir
from creds_shell.ui.questions import Question, Questions, read_question

PREFIX, SUFFIX = "ui-", ".sock"
MAX_LINE = 64 * 1024
FIRST_SECONDS = 5.0  # a page that runs says at once whether it asks
LONGEST_PATH = 100  # sun_path: 108 bytes on Linux, 104 on macOS


class Doorbell:
    """The listening side, held by a running page."""

    def __init__(self, questions: Questions, somebody_looks: Callable[[], bool]) -> None:
        """`somebody_looks` tells whether a tab is open right now."""
        self.questions, self.somebody_looks = questions, somebody_looks
        self._server: asyncio.Server | None = None
        self._path = os.path.join(runtime_dir(), f"{PREFIX}{os.getpid()}{SUFFIX}")

    async def start(self) -> None:
        """Listen, if the path is short enough for a socket; without it questions cannot come in, nothing else."""
        if len(os.fsencode(self._path)) > LONGEST_PATH:
            return
        make_private_dir(os.path.dirname(self._path))
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._ring, self._path, limit=MAX_LINE)
        finally:
            os.umask(before)

    async def stop(self) -> None:
        """Stop listening and remove the socket."""
        if self._server is None:
            return
        self._server.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)

    async def _ring(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if _same_user(writer.get_extra_info("socket")):
                await self._serve(reader, writer)
        except (ConnectionError, ValueError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fields = json.loads(await reader.readuntil(b"\n"))
        question = read_question(fields) if isinstance(fields, dict) else None
        answer = self.questions.ask(question) if question and self.somebody_looks() else None
        if answer is None:
            writer.write(b'{"state": "nobody"}\n')
            return
        writer.write(b'{"state": "asking"}\n')
        hung_up = asyncio.ensure_future(reader.read(1))
        waiting: set[asyncio.Future[Any]] = {answer, hung_up}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        hung_up.cancel()
        if answer.done():
            writer.write(json.dumps({"state": "answered", "answer": answer.result()}).encode() + b"\n")
            await writer.drain()
        else:
            answer.cancel()


def ring(question: Question, timeout: float) -> str | None:
    """Put a question to any open page of this user; None when no page has a tab that could show it.

    Raises:
        TimeoutError: it was shown and nobody answered in time.
    """
    for path in _doorbells():
        try:
            answer = _ring_one(path, question, timeout)
        except ConnectionRefusedError:  # left by a page that was killed
            with contextlib.suppress(OSError):
                os.unlink(path)
            continue
        except (ConnectionError, FileNotFoundError, json.JSONDecodeError):
            continue
        if answer is not None:
            return answer
    return None


def _doorbells() -> list[str]:
    directory = runtime_dir()
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return []
    return [os.path.join(directory, n) for n in names if n.startswith(PREFIX) and n.endswith(SUFFIX)]


def _ring_one(path: str, question: Question, timeout: float) -> str | None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(FIRST_SECONDS)
        line.connect(path)
        if not _same_user(line):
            return None
        line.sendall(json.dumps(asdict(question)).encode() + b"\n")
        replies = line.makefile("rb")
        try:
            first = replies.readline()
        except TimeoutError:  # a page that is suspended
            return None
        if json.loads(first or b"{}").get("state") != "asking":
            return None
        line.settimeout(timeout)
        answer = json.loads(replies.readline() or b"{}").get("answer")
        return answer if isinstance(answer, str) else None


def _same_user(line: socket.socket) -> bool:
    """Whether the other end runs as us (SO_PEERCRED; macOS has LOCAL_PEERCRED: version, then the uid)."""
    if hasattr(socket, "SO_PEERCRED"):
        packed = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return bool(struct.unpack("3i", packed)[1] == os.geteuid())
    packed = line.getsockopt(0, 1, struct.calcsize("2I"))
    return bool(struct.unpack("2I", packed)[1] == os.geteuid())
