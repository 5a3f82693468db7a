"""What the page can do, one method for each path of the interface.

Fields come in checked; what goes out holds no value, but for `reveal`.

Validation is handed in by the command: the packages of one layer do not import each other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from creds_shell.config import force_masks
from creds_shell.core.errors import SecretsError
from creds_shell.project import Project
from creds_shell.ui import changes, history, importing, listing, promoting, tiers
from creds_shell.ui.changes import Undo
from creds_shell.ui.questions import Question
from creds_shell.ui.selection import Home, Wanted
from creds_shell.ui.wire import FieldError, Fields

Answer = dict[str, Any]
CHECKS = frozenset({"env", "dotenv", "aws", "db"})


@dataclass(frozen=True)
class Extras:
    """What other packages of the same layer do for the page; None where this installation cannot.

    Attributes:
        validate: (project, names of checks) → rows of status, check, detail, next.
        parse: the bytes of a .env or JSON file → key and value.
        marked: the bytes of the same → the keys whose line says `# mask`.
    """

    validate: Callable[[Project, frozenset[str]], Sequence[Mapping[str, object]]] | None = None
    parse: Callable[[bytes], dict[str, bytes]] | None = None
    marked: Callable[[bytes], frozenset[str]] | None = None


@dataclass
class Operations:
    """The operations of one page."""

    home: Home
    extras: Extras = field(default_factory=Extras)
    undos: Undo = field(default_factory=Undo)

    def mark(self, wanted: Wanted) -> str:
        """Return a word that changes when what the page shows may have changed."""
        return self.home.mark(wanted)

    def state(self, wanted: Wanted, _: Fields) -> Answer:
        """The list."""
        return listing.state(self.home, wanted)

    def reveal(self, wanted: Wanted, fields: Fields) -> Answer:
        """One value, audited."""
        purpose = fields.maybe("purpose", 10)
        known = purpose if purpose in ("copy", "edit") else "reveal"
        return listing.reveal(self.home, wanted, fields.text("key"), known)

    def put(self, wanted: Wanted, fields: Fields, *, rotated: bool = False) -> Answer:
        """Store one value; the first write binds a repository whose id is free."""
        key = fields.text("key")
        value = (
            changes.generate(fields.number("generate", 32, 1 << 20))
            if "generate" in fields.given
            else fields.value()
        )
        project = self.home.open(wanted)
        provider = fields.maybe("from") or project.provider
        changes.check_entry(project, provider, key, value, confirmed=fields.flag("confirmed"))
        project = self.home.open(wanted, writing=True)
        version = changes.put(project, provider, key, value, fields.maybe("version"), rotated=rotated)
        return {"version": version}

    def rotate(self, wanted: Wanted, fields: Fields) -> Answer:
        """Give a key a new value and note the time."""
        return self.put(wanted, fields, rotated=True)

    def delete(self, wanted: Wanted, fields: Fields) -> Answer:
        """Delete one key; its value can be brought back for ten minutes."""
        key, expected = fields.text("key"), fields.text("version")
        project = self.home.open(wanted)
        provider = fields.maybe("from") or project.provider
        value = changes.delete(project, provider, key, expected)
        place = Wanted(project.id, project.environment, wanted.provider)
        return {"undo": self.undos.keep(place=place, provider=provider, key=key, value=value)}

    def undo(self, _: Wanted, fields: Fields) -> Answer:
        """Bring a deleted key back, if nobody has set it anew."""
        name = fields.text("undo", 64)
        kept = self.undos.take(name)
        project = self.home.open(kept["place"])
        changes.put(project, kept["provider"], kept["key"], kept["value"], None, rotated=False)
        self.undos.drop(name)
        return {"key": kept["key"]}

    def preview(self, wanted: Wanted, fields: Fields) -> Answer:
        """What an import would change."""
        values = self._pasted(fields)
        return importing.preview(self.home.open(wanted), values)

    def apply(self, wanted: Wanted, fields: Fields) -> Answer:
        """Import what was previewed."""
        values = self._pasted(fields)
        expected = fields.given.get("expected")
        if not isinstance(expected, dict):
            raise FieldError("text", "look at what would change first")
        importing.preview(self.home.open(wanted), values)  # refuse before anything is bound
        project = self.home.open(wanted, writing=True)
        if self.extras.marked:
            text = fields.text("text", importing.MAX_TEXT).encode("utf-8", "surrogateescape")
            force_masks(project.id, self.extras.marked(text))
        return {"count": importing.apply(project, values, expected)}

    def _pasted(self, fields: Fields) -> dict[str, str]:
        return importing.read_text(fields.text("text", importing.MAX_TEXT), self.extras.parse)

    def tiers(self, wanted: Wanted, _: Fields) -> Answer:
        """The tiers side by side."""
        return tiers.compare(self.home.open(wanted))

    def promotion_plan(self, wanted: Wanted, _: Fields) -> Answer:
        """What promoting would change on AWS."""
        return promoting.plan(self.home.open(wanted))

    def promote(self, wanted: Wanted, fields: Fields) -> Answer:
        """Copy the local bundle to AWS once the project's id was typed."""
        project = self.home.open(wanted)
        if fields.text("confirm") != project.id:
            raise FieldError("confirm", f"that is not {project.id}")
        return {"count": promoting.apply(project, fields.given.get("expected"), remove=fields.flag("remove"))}

    def validate(self, wanted: Wanted, fields: Fields) -> Answer:
        """Check what is there without showing it."""
        checks = CHECKS & set(fields.words("checks"))
        if self.extras.validate is None:
            raise SecretsError("validation is not possible here", "creds validate")
        return {"rows": list(self.extras.validate(self.home.open(wanted), checks)) if checks else []}

    def history(self, wanted: Wanted, fields: Fields) -> Answer:
        """The audit log."""
        project = None if fields.flag("all") else self.home.open(wanted)
        return history.records(project, fields.number("count", 50, history.MOST))

    def verify(self, _: Wanted, __: Fields) -> Answer:
        """Whether the audit log's chain is whole."""
        return history.verify()

    def answer(self, question: Question, fields: Fields | None) -> None:
        """Do what a yes to a question asks for (a no is None): store the value, or only write the answer down."""
        from creds_shell.ui.answering import decline, give_leave, store_value

        if fields is None:
            decline(question)
        elif question.kind == "permission":
            give_leave(question)
        else:
            store_value(question, fields)
