"""Small helpers that every masking test uses."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from creds_shell.masking.stream import Masker, Needles


@pytest.fixture
def needles():
    """Return a set made of `name=value` pairs, or of forced values."""

    def make(*values, mask_text=b"****", patterns=False, **named):
        made = Needles(mask_text, patterns=patterns)
        for value in values:
            made.add("", value, force=True)
        for name, value in named.items():
            made.add(name, value)
        return made

    return make


@pytest.fixture
def through():
    """Send chunks through a filter and return all that came out."""

    def send(made, *chunks):
        masker = Masker(made)
        return b"".join([masker.feed(chunk) for chunk in chunks]) + masker.flush()

    return send
