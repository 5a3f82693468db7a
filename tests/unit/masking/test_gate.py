"""What the gate says of a chunk is what the batches would find, and without it nothing changes but the time."""

import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creds_shell.masking import detect, matcher
from creds_shell.masking.detect import BatchedDetector, PlainDetector
from creds_shell.masking.gate import FEW, FILLERS, KEY, closed, gate
from creds_shell.masking.stream import Masker, Needles

SMALL = st.binary(min_size=4, max_size=24) | st.text("ab", min_size=4, max_size=24).map(str.encode)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(SMALL, min_size=1, max_size=12, unique=True), st.data())
def test_it_finds_every_beginning_of_a_key(keys, data):
    pieces = (
        st.sampled_from(keys)
        | st.sampled_from(keys).map(lambda key: key[1:])
        | st.text("ab\0", max_size=4).map(str.encode)
        | st.sampled_from(FILLERS)
    )
    text = b"".join(data.draw(st.lists(pieces, max_size=10)))
    expected = set(PlainDetector([key[:KEY] for key in keys]).find(text))
    places = gate(keys)(text)
    if places is None:
        assert len(expected) + sum(map(text.count, FILLERS)) >= FEW
    else:
        assert set(places) == expected


@pytest.mark.parametrize("count", [1, 61, 99, 100, 1000])
def test_any_number_of_keys(count):
    keys = [b"%05d-key-and-some-more" % number for number in range(count)]
    search = gate(keys)
    assert search(b"nothing of 00000-kez") == []
    assert search(b"\0" + keys[-1]) == [(count - 1, 1)]


def test_a_chunk_full_of_keys_is_left_to_the_batches():
    search = gate([b"abcdefgh"])
    assert len(search(b"abcdefgh" * (FEW - 1))) == FEW - 1
    assert search(b"abcdefgh" * FEW) is None
    assert search(b"abcdefgh") == [(0, 0)]


def test_many_keys_that_begin_alike_are_left_to_the_batches():
    search = gate([b"a-long-common-beginning-%05d" % number for number in range(10_000)])
    assert search(b"a-long-common-beginning-00042") is None
    assert search(b"a-long-common") == []


def test_without_the_wheel_it_is_closed(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyperscan", None)
    assert gate([b"abcd"]) is closed
    assert closed(b"abcd") is None


def test_a_busy_gate_leaves_the_chunk_to_the_batches():
    """Two threads may share a set of needles; the library has one scratch space for each search."""
    search = gate([b"abcdefgh"])
    chunk = b"x" * (1 << 22) + b"abcdefgh"
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.extend(search(chunk) for _ in range(20))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 80
    assert all(answer in (None, [(0, 1 << 22)]) for answer in answers)
    assert [(0, 1 << 22)] in answers


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.text("ab1'", min_size=4, max_size=20), min_size=1, max_size=6),
    st.lists(st.text("ab1' \n", max_size=40), max_size=6),
)
def test_the_filter_gives_the_same_with_and_without_it(values, texts):
    made = Needles()
    for value in values:
        made.add("TOKEN", value.encode())
    chunks = [(text + values[0]).encode() for text in texts] + [b"x" * 50]
    out = []
    for kind in (gate, lambda _keys: closed):
        index = made.index()
        index._spent = 1 << 60
        index._detector = BatchedDetector(index._keys)
        index._detector._gate = kind(index._keys)
        masker = Masker(made)
        out.append([masker.feed(chunk) for chunk in chunks] + [masker.flush()])
    assert out[0] == out[1]


def test_it_opens_once_it_has_paid(monkeypatch):
    monkeypatch.setattr(matcher, "WARM", 0)
    monkeypatch.setattr(detect, "GATE", 1000)
    monkeypatch.setattr(detect, "GATE_KEY", 1)
    made = Needles()
    for number in range(70):
        made.add("TOKEN", b"secret-value-%03d" % number)
    masker = Masker(made)
    for _ in range(40):
        assert masker.feed(b"x" * 100 + b"secret-value-042\n") == b"x" * 100 + b"****\n"
    assert made.index()._detector._gate not in (None, closed)
    assert masker.feed(b"y" * 99 + b"\n") == b"y" * 99 + b"\n"
    assert masker.feed(b"secret-value-069 secret-value-000" * FEW + b"\n").count(b"secret") == 0
