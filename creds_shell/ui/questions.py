"""Questions that another process of this user puts to the person in front of the page.

A question is answered once, on the page, or dies with the process that asked it. The value that a person types never
travels to the process that asked: the page stores it.
"""

import asyncio
import secrets
from dataclasses import asdict, dataclass, field
from typing import Literal, get_args

Kind = Literal["value", "rotate", "permission"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MAX_OPEN = 16  # a loop that asks is refused, not queued
MAX_TEXT = 500


@dataclass(frozen=True)
class Question:
    """What is asked; all of it is text from outside and is shown as text."""

    kind: Kind
    action: str
    project: str
    environment: str = "default"
    provider: str | None = None
    keys: tuple[str, ...] = ()
    agent: str | None = None
    reason: str | None = None
    explicit: bool = False
    directory: str | None = None
    """Where the asking process stands, so that the page opens the project by the same rules."""


@dataclass
class Open:
    """A question that waits for its answer."""

    question: Question
    answer: "asyncio.Future[str]"


@dataclass
class Questions:
    """The questions that are open, and an event for those who wait for a change."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _open: dict[str, Open] = field(default_factory=dict)

    def ask(self, question: Question) -> "asyncio.Future[str] | None":
        """Open a question; None when too many wait already. Cancelling the future withdraws it."""
        if len(self._open) >= MAX_OPEN:
            return None
        name = secrets.token_hex(8)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._open[name] = Open(question, answer)
        answer.add_done_callback(lambda _: self._close(name))
        self._tell()
        return answer

    def get(self, name: str) -> Question | None:
        """Return an open question by its name."""
        waiting = self._open.get(name)
        return waiting.question if waiting else None

    def answer(self, name: str, text: str) -> bool:
        """Answer a question; False when it is gone."""
        waiting = self._open.get(name)
        if waiting is None or waiting.answer.done():
            return False
        waiting.answer.set_result(text)
        return True

    def shown(self) -> list[dict[str, object]]:
        """Return the open questions as the page shows them."""
        return [{"id": name, **asdict(waiting.question)} for name, waiting in self._open.items()]

    def mark(self) -> str:
        """Return a word that changes with the open questions."""
        return " ".join(self._open)

    def _close(self, name: str) -> None:
        self._open.pop(name, None)
        self._tell()

    def _tell(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


def read_question(fields: dict[str, object]) -> Question | None:
    """Return the question that a frame holds, or None when it is not one."""
    kind = next((kind for kind in KINDS if kind == fields.get("kind")), None)
    if kind is None:
        return None
    keys = fields.get("keys")
    texts = {name: _text(fields.get(name)) for name in ("action", "project", "environment")}
    return Question(
        kind=kind,
        action=texts["action"] or "",
        project=texts["project"] or "",
        environment=texts["environment"] or "default",
        provider=_text(fields.get("provider")),
        keys=tuple(_text(key) or "" for key in keys[:50]) if isinstance(keys, list) else (),
        agent=_text(fields.get("agent")),
        reason=_text(fields.get("reason")),
        explicit=fields.get("explicit") is True,
        directory=_text(fields.get("directory"), 4096),
    )


def _text(value: object, limit: int = MAX_TEXT) -> str | None:
    return value[:limit] if isinstance(value, str) and value else None
