"""What a person's answer on the page does: store the value that an agent asked for, or write down a yes or a no."""

from creds_shell import audit
from creds_shell.core.resolve import resolve
from creds_shell.project import Project, open_project
from creds_shell.providers.first_write import open_to_write
from creds_shell.providers.registry import provider_for
from creds_shell.ui import changes
from creds_shell.ui.listing import Place
from creds_shell.ui.questions import Question
from creds_shell.ui.wire import Fields


def store_value(question: Question, fields: Fields) -> None:
    """Store what the person typed under the key that was asked for.

    Raises:
        SecretsError: it cannot be stored; the question stays open.
    """
    key = question.keys[0]
    value = (
        changes.generate(fields.number("generate", 32, 1 << 20))
        if "generate" in fields.given
        else fields.value()
    )
    project = _open(question, writing=False)
    changes.check_entry(project, project.provider, key, value, confirmed=fields.flag("confirmed"))
    project = _open(question, writing=True)
    place = Place(project.id, project.environment, project.provider)
    now = provider_for(project).get_bundle(project.id, project.environment)
    expected = place.version(key, now.secrets.get(key))
    changes.put(project, project.provider, key, value, expected, rotated=question.kind == "rotate")
    _record(question, "allowed")


def give_leave(question: Question) -> None:
    """Write down that a person said yes to this one action."""
    _record(question, "allowed")


def decline(question: Question) -> None:
    """Write down that a person said no."""
    _record(question, "declined")


def _open(question: Question, *, writing: bool) -> Project:
    """Open the project by the rules that hold where the asking process stands."""

    def there(project: str | None) -> Project:
        return (open_to_write if writing else open_project)(
            project=project,
            environment=question.environment,
            provider=question.provider,
            start=question.directory,
        )

    if question.explicit or resolve(question.directory).project_id != question.project:
        return there(question.project)
    return there(None)


def _record(question: Question, result: str) -> None:
    audit.record(
        "ask",
        project=question.project or None,
        keys=question.keys,
        provider=question.provider,
        result=result,
        reason=question.reason,
        agent=question.agent,
        program=question.action,
        environment=question.environment,
    )
