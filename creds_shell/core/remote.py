"""A tier that is not asked from here: the copy that an explicit command or a refresh left, or nothing yet."""

from creds_shell.core.binding import Record
from creds_shell.core.load import AWS, Layer, Load
from creds_shell.core.resolve import Standing


def read_remote(layer: Layer, standing: Standing, record: Record, purpose: str, result: Load) -> None:
    """Fill a tier from its copy; without a usable one say what state the load is in, and have the prompt fetch it."""
    if layer.provider != AWS or standing.project_id is None:
        result.state = "cold"
        return
    from creds_shell.core.cache import make_source, read_bundle

    name = bundle_name(standing, record)
    source = make_source(standing.project_id, standing.environment, record.aws, name)
    copy = read_bundle(source)
    if copy.path:
        result.watched.append(copy.path)
    if copy.usable:
        layer.values = copy.values
        result.notes += [copy.problem] if copy.problem else []
    elif purpose == "exec" or copy.state in ("cold", "expired"):
        result.state = "cold"
        if purpose == "shell":
            from creds_shell.core.detach import start_refresh

            start_refresh(source, copy)
    elif copy.state == "failed":
        result.state, result.error, result.hints = "error", copy.problem, ("creds refresh",)
    else:
        result.state = "off"
        result.notes.append(copy.problem)


def bundle_name(standing: Standing, record: Record) -> str | None:
    """The name of the bundle in AWS: what the user chose, what the first write used, or None for the usual one."""
    chosen = record.secrets.get(standing.environment)
    if chosen is None and standing.binding is not None:
        chosen = standing.binding.secrets.get(standing.environment)
    return chosen
