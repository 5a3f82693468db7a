"""Edits: the changed keys change, and nothing else does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creds_shell.core import dotenv
from creds_shell.core.errors import DamagedFileError

HAND = b"""# my own notes
export ZEBRA=1   # keep

API_KEY = 'old value'  # rotate me
# about B
B="two
lines"
"""
names = st.sampled_from(["A", "API_KEY", "B", "ZEBRA", "NEW", "_x"])
values = st.one_of(st.none(), st.binary(max_size=20).map(lambda v: v.replace(b"\0", b"")))
lines = st.sampled_from(
    ["# c", "", "A=1", "A", "B='x' # y", 'API_KEY="a\nb"', "export ZEBRA= q #z", "  _x=1", "B=2", "A=\r"]
)


def test_comments_order_and_other_lines_survive_a_change():
    """Only the value between its quotes is another."""
    edited = dotenv.edit(HAND, {"API_KEY": b"new", "B": None})
    assert (
        edited
        == b"""# my own notes
export ZEBRA=1   # keep

API_KEY = "new"  # rotate me
# about B
"""
    )


def test_a_new_key_goes_to_the_end_of_a_file_without_order():
    """A hand-made order is not touched."""
    assert dotenv.edit(b"Z=1\nA=2", {"M": b"x"}) == b'Z=1\nA=2\nM="x"\n'


def test_a_new_key_goes_to_its_place_in_a_sorted_file():
    """Our own files stay sorted."""
    start = dotenv.format_bundle({"A": b"1", "C": b"3"})
    edited = dotenv.edit(start, {"B": b"2", "D": b"4", "0": None})
    assert edited == b'# creds-format: 1\nA="1"\nB="2"\nC="3"\nD="4"\n'


def test_line_ends_of_a_windows_file_stay():
    """A new line ends like the others."""
    assert dotenv.edit(b"A=1\r\nB=2\r\n", {"C": b"x"}) == b'A=1\r\nB=2\r\nC="x"\r\n'


def test_deleting_removes_every_duplicate():
    """Else the first one would come back."""
    assert dotenv.edit(b"A=1\nB=2\nA=3\n", {"A": None}) == b"B=2\n"


def test_an_empty_file_becomes_a_new_one():
    """Header and keys."""
    assert dotenv.edit(b"", {"A": b"1", "B": None}) == b'# creds-format: 1\nA="1"\n'


def test_a_damaged_file_is_not_edited():
    """It is never rewritten."""
    with pytest.raises(DamagedFileError, match="f:2"):
        dotenv.edit(b"A=1\n= x\n", {"A": b"2"}, "f")


@given(st.lists(lines, max_size=8).map("\n".join), st.dictionaries(names, values, max_size=4))
@settings(max_examples=400, deadline=None)
def test_an_edit_changes_what_was_asked_and_nothing_else(text, changes):
    """Over all mixtures of hand-made lines."""
    before = dotenv.parse_bundle(text.encode())
    after = dotenv.parse_bundle(dotenv.edit(text.encode(), changes))
    wanted = {**before, **changes}
    assert after == {key: value for key, value in wanted.items() if value is not None}
