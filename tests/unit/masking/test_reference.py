"""The filter equals the slow, obvious reference to the byte: any secrets, any text, any cuts, any pauses."""

import base64
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import SlowMasker

from creds_shell.masking import detect, matcher, view
from creds_shell.masking.stream import Masker, Needles

NOISE = [
    b"\x1b[0m", b"\x1b[31;1m", b"\x1b(B", b"\x1b7", b"\x1b[K", b"\x1b", b"\x1b[", b"\x1b[3", b"\r\n", b"\r", b" \r",
    b" \b", b" ", b"\r\r\n", b"\x1b]0;", b"\x07", b"\x1b\\", b"\x1bP", b"\n", b"=", b"==", b"\b",
]  # fmt: skip
VALUES = st.one_of(
    st.text("ab", min_size=4, max_size=9).map(str.encode),
    st.text("abc1", min_size=4, max_size=14).map(str.encode),
    st.lists(st.text("abc1 ", min_size=3, max_size=11), min_size=2, max_size=3)
    .map("\n".join)
    .map(str.encode),
    st.binary(min_size=4, max_size=10),
    st.text("aé€ß1'\"$<&/\\ %", min_size=4, max_size=8).map(str.encode),
    st.text("\x1b[0m\r\n ab\b", min_size=5, max_size=10).map(str.encode),
)


@st.composite
def cases(draw):
    """A set of needles and a text that is full of them, whole, torn, interrupted and encoded."""
    values = draw(st.lists(VALUES, min_size=1, max_size=3))
    made = Needles()
    for value in values:
        made.add(draw(st.sampled_from(["PIN", "API_KEY", "X"])), value, force=draw(st.booleans()))
    texts = [needle.text for needle in made.index().needles.values()][:40] or [b"none"]
    pieces = []
    for _ in range(draw(st.integers(1, 7))):
        text = draw(st.sampled_from(texts))
        at = draw(st.integers(0, len(text)))
        noise = draw(st.sampled_from(NOISE))
        wrap = text[:at] + b"\r" + text[max(at - 1, 0) :]
        encoded = base64.b64encode(
            draw(st.binary(max_size=4)) + draw(st.sampled_from(values)).strip() + draw(st.binary(max_size=2))
        )
        kinds = [
            text,
            text,
            text[:at],
            text[at:],
            text[:at] + noise + text[at:],
            noise,
            wrap,
            encoded,
            b"ab1 .",
            b"x",
        ]
        pieces.append(draw(st.sampled_from(kinds)))
    return made, b"".join(pieces)[:120]


def cut(data, sizes):
    """Cut data into chunks of these sizes, over and over."""
    at, number = 0, 0
    while at < len(data):
        size = sizes[number % len(sizes)]
        yield data[at : at + size]
        at, number = at + size, number + 1


@contextmanager
def searched_by(way):
    """Have even a small set searched in this way; by themselves the short texts here never leave the plain one."""
    with pytest.MonkeyPatch.context() as patch:
        if way != "plain":
            patch.setattr(matcher, "WARM", 0)
            patch.setattr(detect, "BATCH", 3)
            patch.setattr(view, "_END", 4)
        if way == "one automaton":
            patch.setattr(detect, "DENSE", 2)
            patch.setattr(detect, "DENSE_KEY", 5)
        yield


@pytest.mark.parametrize("way", ["plain", "batches", "one automaton"])
@settings(max_examples=70, deadline=None, derandomize=True)
@given(cases(), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_any_chunking_gives_what_the_reference_gives_at_every_step(way, case, sizes):
    made, data = case
    masker, slow = Masker(made), SlowMasker(made)
    out = b""
    with searched_by(way):
        for chunk in cut(data, sizes):
            shown = masker.feed(chunk)
            assert shown == slow.feed(chunk)
            out += shown
        out += masker.flush()
        whole = Masker(made)
        assert out == whole.feed(data) + whole.flush()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    cases(),
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from([0.0, 0.001, 0.03])), min_size=1, max_size=6),
)
def test_with_pauses_on_a_terminal_too(case, steps):
    made, data = case
    masker, slow = Masker(made, terminal=True), SlowMasker(made, terminal=True)
    now = 0.0
    for number, chunk in enumerate(cut(data, [size for size, _ in steps])):
        assert masker.feed(chunk, now) == slow.feed(chunk, now)
        assert masker.deadline == slow.deadline
        now += steps[number % len(steps)][1]
        assert masker.release(now) == slow.release(now)
    assert masker.flush() == slow.flush()


@settings(max_examples=130, deadline=None, derandomize=True)
@given(cases())
def test_no_needle_without_conditions_is_left(case):
    made, data = case
    masker = Masker(made)
    out = masker.feed(data) + masker.flush()
    for needle in made.index().needles.values():
        if not needle.border and b"*" not in needle.text:
            assert needle.text not in out


PLAIN = b"Tr0ub4dorPlain99"
SIGNS = "p@s's\"w$ <&>\\é/1".encode()
LINES = b"-----BEGIN KEY-----\nMIIEowIBAAKCAQEA7\nq8Xk3zYtPz1mVdGq\n-----END KEY-----\n"
URL = b"postgres://app:s3cr%40t@db.example.com/app"


@pytest.mark.parametrize("value", [PLAIN, SIGNS, LINES, URL, b"ababababc", b"aaaaaaaaab", b"1234"])
def test_every_form_at_every_split(value, needles):
    made = needles(API_KEY=value)
    for needle in made.index().needles.values():
        data = b"<" + needle.text + b">"
        whole = Masker(made)
        expected = whole.feed(data) + whole.flush()
        assert expected == b"<****>", needle
        for at in range(1, len(data)):
            masker = Masker(made)
            assert masker.feed(data[:at]) + masker.feed(data[at:]) + masker.flush() == expected, (needle, at)
        masker = Masker(made)
        assert b"".join([masker.feed(data[i : i + 1]) for i in range(len(data))]) + masker.flush() == expected


@pytest.mark.parametrize("noise", [b"\x1b[31m", b"\x1b[0;1;38;5;196m", b"\x1b(B", b"\x1b[K", b" \r", b" \b"])
def test_every_form_with_noise_at_every_place(noise, needles):
    made = needles(API_KEY=PLAIN)
    escape = noise if noise[:1] == b"\x1b" else b""
    for needle in made.index().needles.values():
        for at in range(1, len(needle.text)):
            data = b"<" + needle.text[:at] + noise + needle.text[at:] + b">"
            whole = Masker(made)
            assert whole.feed(data) + whole.flush() == b"<****" + escape + b">"
            bytewise = Masker(made)
            out = b"".join([bytewise.feed(data[i : i + 1]) for i in range(len(data))]) + bytewise.flush()
            assert out == b"<****" + escape + b">"


@pytest.mark.parametrize("offset", range(9))
@pytest.mark.parametrize("length", range(4, 14))
def test_base64_at_every_offset_leaves_no_bit(offset, length, needles):
    """What is left of the encoded text does not depend on the value at all."""
    values = [b"hunter2secretXYZ"[:length], b"\x81\xff~0Zq9\x03mm\xf0P/@k7"[:length]]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        left = []
        for value in values:
            masker = Masker(needles(value))
            masker.feed(b"data: ")
            text = encode(b"n" * offset + value + b"tail of it") + b"\n"
            left.append(masker.feed(text) + masker.flush())
        assert left[0] == left[1]
        assert b"****" in left[0]
