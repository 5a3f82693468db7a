"""What a person would see: the text that needles are looked for in, and where each character of it came from."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creds_shell.masking.view import View, escape_end, unfinished


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain", b"plain"),
        (b"\x1b[31mred\x1b[0m", b"red"),
        (b"\x1b[38;5;196mred\x1b[mx", b"redx"),
        (b"\x1b(Bx\x1b7y\x1b=z", b"xyz"),
        (b"a\r\nb\r\r\nc", b"a\nb\nc"),
        (b"wra \rpped", b"wrapped"),
        (b"wra \bpped", b"wrapped"),
        (b"wrap\rpped", b"wrapped"),
        (b"wra \r\x1b[Kp\rpped", b"wrapped"),
        (b"50%\r60%", b"50%\r60%"),
        (b"\x1b]0;title\x07text", b"\x1b]0;title\x07text"),
        (b"x\x1b]8;;u\x1b\\\x1b[1mlink\x1b]8;;\x1b\\y", b"x\x1b]8;;u\x1b\\link\x1b]8;;\x1b\\y"),
        (b"\x1bPq\x1b\\ \rz", b"\x1bPq\x1b\\z"),
        (b"\x1b[31", b""),
        (b"\x1b[3\nx", b"\nx"),
        (b"\x1b\x1b[1mx", b"x"),
        (b"a\x08b", b"a\x08b"),
    ],
)
def test_what_is_visible(data, text):
    view = View(data, final=True)
    assert view.text == text
    assert [data[view.position(i)] for i in range(len(text))] == list(text)
    assert [view.index(view.position(i)) for i in range(len(text))] == list(range(len(text)))


PIECES = [
    b"\x1b[31m",
    b"\x1b[0m",
    b"\x1b[",
    b"\x1b",
    b"\x1b(",
    b"[3",
    b"m",
    b"\r\n",
    b"\r",
    b"\n",
    b" ",
    b"\b",
    b"ab",
    b";1",
]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.booleans())
def test_the_text_taken_at_once_is_that_of_the_single_places(pieces, final):
    data = b"".join(pieces)
    view = View(data, final=final)
    assert view.text == b"".join([data[start:end] for start, end in view._split()])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=40), st.booleans())
def test_places_at_the_end_of_a_long_text_are_those_of_a_whole_look(pieces, final):
    data = b"\x1b[1mx\x1b[0m \r\n" * 1000 + b"".join(pieces) * 20
    view, whole = View(data, final=final), View(data, final=final)
    whole._split()
    assert view.text == whole.text
    for place in range(len(view.text) - 40, len(view.text) + 1):
        assert view.position(place) == whole.position(place)
    for place in range(len(data) - 60, len(data) + 1):
        assert view.index(place) == whole.index(place)


@pytest.mark.parametrize(
    ("data", "text", "endings"),
    [
        (b"abc ", b"abc", (b" ",)),
        (b"abc\r", b"abc", (b"\n",)),
        (b"abc\r\r", b"abc", (b"\n",)),
        (b"abc \r", b"abc", (b" \n",)),
        (b"abc \x1b[0m", b"abc ", ()),
        (b"abc\n", b"abc\n", ()),
    ],
)
def test_a_blank_or_cr_at_the_end_is_undecided(data, text, endings):
    view = View(data, final=False)
    assert (view.text, view.endings) == (text, endings)


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"\x1b[31mx", (5, False)),
        (b"\x1b[31", (4, True)),
        (b"\x1b", (1, True)),
        (b"\x1b[", (2, True)),
        (b"\x1b(B", (3, False)),
        (b"\x1bMx", (2, False)),
        (b"\x1b]0", (0, False)),
        (b"\x1b\\", (0, False)),
        (b"\x1b\nx", (1, False)),
        (b"\x1b[" + b"1" * 100, (64, False)),
    ],
)
def test_where_an_escape_ends(data, end):
    assert escape_end(data, 0) == end


@pytest.mark.parametrize(
    ("data", "open_end"),
    [
        (b"abc", b""),
        (b"abc ", b" "),
        (b"abc\r\r", b"\r"),
        (b"abc \r", b" \r"),
        (b"x\x1b[3", b"\x1b[3"),
        (b"x\x1b[3m", b""),
    ],
)
def test_what_the_next_byte_decides(data, open_end):
    assert unfinished(data, len(data)) == open_end


@pytest.mark.parametrize(
    ("data", "only"),
    [
        (b"a\r\nb\b\r\n \r", True),
        (b"a\rb\r\n", False),
        (b"a\r\r\n", False),
        (b"a \bb\r\n", False),
        (b"\x1b[m\r\n", False),
    ],
)
def test_whether_only_line_ends_are_left_out(data, only):
    assert View(data, final=False).only_line_ends is only


def test_an_endless_control_sequence_keeps_nothing():
    assert unfinished(b"\x1b[" + b"1" * 5000, 5002) == b""


def test_spans_leave_the_escapes_out():
    assert View(b"a\x1b[1mb\r\nc", final=True).spans(0, 4) == [(0, 1), (5, 9)]
