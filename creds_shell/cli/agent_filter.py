"""The output filter of a coding agent: what a tool printed goes through the mask before the model sees it.

In: the JSON of a PostToolUse hook, or plain text. Out: the hook's answer with `updatedToolOutput` where something
was masked, nothing where nothing was; plain text comes out as plain text. What cannot be masked is withheld.
"""

import json
import sys
from functools import partial
from typing import TYPE_CHECKING

from creds_shell.cli import say
from creds_shell.core.errors import SecretsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from creds_shell.cli.app import Invocation
    from creds_shell.masking.stream import Needles

RESPONSES = ("tool_response", "tool_output")  # what versions of the hook's input call it
WITHHELD = "withheld: creds could not load this project's secrets, so this output could not be masked"


def filter_tool_output(inv: "Invocation") -> int:
    """Read the hook's input from stdin and write its answer to stdout."""
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    mask = _masker(inv)
    try:
        event = json.loads(text)
    except ValueError:
        event = None
    field = next((name for name in RESPONSES if isinstance(event, dict) and name in event), None)
    if field is None:  # no hook's input
        say.out(mask(text))
        return 0
    response = event[field]
    masked = _through(response, mask)
    if masked != response:
        answer = {"hookEventName": "PostToolUse", "updatedToolOutput": masked}
        say.out(json.dumps({"hookSpecificOutput": answer}) + "\n")
    return 0


def _through(value: object, mask: "Callable[[str], str]") -> object:
    """Mask every string and number of a JSON value, keys of objects too."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_through(item, mask) for item in value]
    if isinstance(value, dict):
        return {_field(key, mask): _through(item, mask) for key, item in value.items()}
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        written = json.dumps(value)
        masked = mask(written)
        return value if masked == written else masked
    return value


def _field(name: str, mask: "Callable[[str], str]") -> str:
    """Mask the name of a field too, but let the fields of what is withheld keep theirs."""
    masked = mask(name)
    return name if masked == WITHHELD else masked


def _masker(inv: "Invocation") -> "Callable[[str], str]":
    """Return a function that masks this project's values and known token shapes."""
    from creds_shell.masking.output import masked_text
    from creds_shell.masking.stream import Needles

    needles = Needles(patterns=True)
    try:
        _fill(needles, inv)
    except SecretsError as error:
        say.warn(error.message)
        return lambda text: WITHHELD if text else text

    return partial(masked_text, needles)


def _fill(needles: "Needles", inv: "Invocation") -> None:
    """Add the masked values of the project here; none outside of any project or in one that is not bound."""
    from creds_shell.core.errors import NotAllowedError, ProjectNotFoundError
    from creds_shell.providers.layers import load_bundle

    try:
        project = inv.open_project()
    except (ProjectNotFoundError, NotAllowedError):
        return
    load_bundle(project, skip_blocked=True).fill(needles)
