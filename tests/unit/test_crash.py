"""A fault of ours: one line, a report without values, exit 70; as JSON where JSON was asked for."""

import json
import os
from pathlib import Path

import pytest

from creds_shell.cli import crash, say


@pytest.fixture
def told(home, capfd):
    """Explain an exception and return status and stderr."""

    def explain(error, **voice):
        say.configure(**voice)
        try:
            return crash.explain(error), capfd.readouterr().err
        finally:
            say.configure()

    return explain


def fault():
    """An exception with a traceback, whose text holds a value."""
    try:
        return json.loads("hunter2-fault")
    except ValueError as error:
        return error


def test_a_fault_is_one_line_and_a_report_without_its_text(told):
    """The exception's text may be a secret; its type and place are not."""
    status, err = told(fault())
    assert status == 70
    assert err.startswith("creds: error: something went wrong inside creds (JSONDecodeError)\ncreds: hint: ")
    report = err.rpartition(": ")[2].strip()
    assert os.stat(report).st_mode & 0o777 == 0o600
    text = Path(report).read_text()
    assert "test_crash.py" in text
    assert "hunter2" not in text + err


def test_a_fault_is_json_for_a_program(told):
    """The same shape as every other error."""
    status, err = told(fault(), json=True)
    body = json.loads(err)
    assert (status, body["version"], body["error"]["code"]) == (70, 1, "internal")


def test_a_full_disk_is_no_fault_of_ours(told):
    """The path is said as it is written."""
    status, err = told(OSError(28, "No space left on device", "/Some/Path"))
    assert (status, err.splitlines()[0]) == (
        1,
        "creds: error: no space left on device writing /Some/Path; nothing was changed",
    )
