"""The two detectors find the same, and nothing depends on which one this Python has."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creds_shell.masking import detect, matcher
from creds_shell.masking.detect import FEW, BatchedDetector, PlainDetector, detector
from creds_shell.masking.stream import Masker, Needles

SMALL = st.binary(min_size=4, max_size=12) | st.text("ab", min_size=4, max_size=12).map(str.encode)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(SMALL, min_size=1, max_size=15, unique=True), st.data())
def test_both_find_every_occurrence(keys, data):
    pieces = (
        st.sampled_from(keys)
        | st.sampled_from(keys).map(lambda key: key[1:])
        | st.text("ab", max_size=4).map(str.encode)
    )
    text = b"".join(data.draw(st.lists(pieces, max_size=30)))
    assert set(BatchedDetector(keys).find(text)) == set(PlainDetector(keys).find(text))


def test_both_find_every_occurrence_in_small_batches_and_in_one_automaton(monkeypatch):
    keys = [b"aaaa", b"aaab", b"abab", b"baba", b"babaab", b"aabaaba"]
    text = b"aaaaabababaabaabaabab" * 3
    expected = set(PlainDetector(keys).find(text))
    monkeypatch.setattr(detect, "BATCH", 2)
    assert set(BatchedDetector(keys).find(text)) == expected
    monkeypatch.setattr(detect, "DENSE", 3)
    monkeypatch.setattr(detect, "DENSE_KEY", 7)  # of longer keys it finds the beginnings
    assert set(BatchedDetector(keys).find(text)) == expected
    monkeypatch.setattr(detect, "FEW", 0)
    assert set(BatchedDetector(keys).find(text)) == expected


@pytest.mark.parametrize("text", [b"key1", b"a\\b\\", b"a\0b\0", b"\\\0a\0"])
def test_a_key_with_a_rare_byte_is_found_the_first_time_and_the_second(text):
    keys = [b"key1", b"a\\b\\", b"a\0b\0", b"\\\0a\0"]
    made = BatchedDetector(keys)
    for _ in range(2):
        assert made.find(b"<" + text + b">") == [(keys.index(text), 1)]


def test_without_the_wheel_the_plain_one_serves(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ahocorasick_rs", None)
    assert isinstance(detector([b"abcd"]), PlainDetector)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.text("ab1'", min_size=4, max_size=9), min_size=1, max_size=6), st.text("ab1' \n", max_size=80)
)
def test_the_filter_gives_the_same_with_either(values, text):
    made = Needles()
    for value in values:
        made.add("TOKEN", value.encode())
    data = (text + values[0]).encode()
    out = []
    for kind, few in ((PlainDetector, FEW), (BatchedDetector, FEW), (BatchedDetector, 0)):
        index = made.index()
        index._spent = 1 << 60
        index._detector = kind(index._keys)
        masker = Masker(made)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(matcher, "FEW", few)
            out.append(masker.feed(data) + masker.flush())
    assert out[0] == out[1] == out[2]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 49, 900])
def test_any_number_of_keys(count):
    keys = [b"key%05dx" % number for number in range(count)]
    text = b" ".join(keys)
    found = BatchedDetector(keys).find(text)
    assert {at for _, at in found} == {text.index(key) for key in keys}


def test_values_as_they_are_stand_in_one_batch():
    """What two batches find has to be sorted together: a tenth of the time where every line has a value."""
    made = Needles()
    for number in range(20):
        made.add(f"K{number}", b"Value%02dQx7+w8Z9v" % number)
    keys = made.index()._keys
    first = {key for key in keys[: detect.BATCH] if any(key in value for value in made._values)}
    assert len(keys) > 2 * detect.BATCH
    assert len(first) == 20


@pytest.mark.parametrize("batch", [2, 60])
@pytest.mark.parametrize("named", [False, True])
def test_many_hits_at_once_are_what_one_by_one_are(named, batch, monkeypatch):
    """Also where keys overlap, in one batch or two, and where one ends with the text."""
    monkeypatch.setattr(matcher, "WARM", 0)
    monkeypatch.setattr(detect, "BATCH", batch)
    values = [b"abcdef99", b"ef99uvwx", b"cdef", b"zzzzyyyy", b"yyyyq"]
    made = Needles(b"<{key}>" if named else b"****")
    for number, value in enumerate(values):
        made.add(f"K{number}", value, force=True)
    text = b"-abcdef99-zzzzyyyy zzzzyyyyq\nabcdef99uvwx abcdef99abcdef99,zzzzyyyy"
    shown = Masker(made).feed(text + b".")
    if named:
        assert shown == b"-<K0>-<K3> <K3>\n<K0> <K0>,<K3>."
    else:
        assert shown == b"-****-**** ****\n**** ****,****."
