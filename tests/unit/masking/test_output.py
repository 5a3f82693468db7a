"""The masking API for programs."""

import copy
import io
import logging
import os
import pickle
import queue
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

import pytest

from creds_shell import (
    Masker,
    MaskingFilter,
    OutputMasker,
    SecretBundle,
    SecretValue,
    mask_output,
    mask_stream,
    scan_for_secrets,
)

SECRET = "hunter2secretXYZ"


def test_mask_output_of_nothing_is_nothing():
    assert mask_output("") == ""
    assert mask_output("é\udc80\ud800 ok") == "é\udc80\ud800 ok"


def test_register_ignores_none_and_short_values():
    masker = OutputMasker()
    masker.register_secret(None)
    masker.register_secret("abc")
    masker.register_secret("")
    masker.register_secret("abcd")
    assert masker.mask("abc xabcdx") == "abc x****x"


def test_registered_secrets_are_masked_in_every_form():
    masker = OutputMasker()
    masker.register_secret(SECRET)
    assert masker.mask(f"{SECRET} {SECRET.encode().hex()}") == "**** ****"
    masker.unregister_secret(SECRET)
    masker.unregister_secret("never there")
    assert masker.mask(SECRET) == SECRET


def test_a_secret_may_be_registered_as_bytes_or_as_a_secret_value():
    masker = OutputMasker()
    masker.register_secret(SECRET.encode())
    masker.register_secret(SecretValue("another-secret-1"))
    assert masker.mask(f"{SECRET} another-secret-1") == "**** ****"
    masker.unregister_secret(SECRET.encode())
    assert masker.mask(SECRET) == SECRET


@pytest.mark.parametrize("value", [bytearray(b"several-bytes"), memoryview(b"several-bytes")])
def test_whatever_holds_bytes_is_a_value(value):
    masker = OutputMasker()
    masker.register_secret(value)
    assert masker.mask("several-bytes") == "****"


@pytest.mark.parametrize("value", [8080, 1.5, ["a-list-of-one"]])
def test_what_is_neither_text_nor_bytes_is_said_and_never_taken_for_something_else(value):
    for give in (OutputMasker().register_secret, Masker().add, lambda one: Masker([one])):
        with pytest.raises(TypeError):
            give(value)


@pytest.fixture
def restless():
    """Let threads take turns after each few steps."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("restless")
def test_a_secret_that_another_thread_registers_meanwhile_is_never_lost():
    for _ in range(10):
        masker = OutputMasker()
        values = [f"value-{number}-of-a-thread" for number in range(40)]
        at_once = threading.Barrier(4)

        def work(part, masker=masker, at_once=at_once):
            at_once.wait()
            for value in part:
                masker.register_secret(value)
                assert masker.mask(value) == "****"

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, [values[first::4] for first in range(4)]))
        assert masker.mask(" ".join(values)) == " ".join(["****"] * 40)


def test_values_are_not_taken_for_patterns():
    """`Masker(bundle.secrets)` works; here the names would be the patterns, and every value be shown."""
    bundle = SecretBundle("shop", {"API_KEY": "s3cret-value"})
    for values in ({"API_KEY": "s3cret-value"}, bundle, bundle.secrets):
        with pytest.raises(TypeError, match="register_secret"):
            OutputMasker(values)


def test_additional_patterns():
    masker = OutputMasker(additional_patterns=[r"cust-\d+", (r"(id=)\d+", r"\1****"), (r"note\d", None)])
    assert masker.mask("CUST-12 id=77 note1") == "**** id=**** note1"
    assert len(masker.scan("cust-12 note1")) == 2
    assert OutputMasker(r"cust-\d+").mask("cust-12") == "****"


def test_scan_says_kind_and_line_and_never_the_value():
    masker = OutputMasker()
    masker.register_secret(SECRET)
    found = masker.scan(f"clean\npassword=abc123\n{SECRET}")
    assert found == ["line 2: password", "line 3: registered secret"]
    assert [finding.line for finding in found] == [2, 3]
    assert "abc123" not in repr(found)
    assert "hunter2" not in repr(masker)


def test_scan_for_secrets():
    assert scan_for_secrets("nothing here") == []
    assert scan_for_secrets("export API_TOKEN=abc123def") == ["line 1: secret"]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda finding: pickle.loads(pickle.dumps(finding))])  # noqa: S301
def test_a_finding_may_be_copied_and_sent_to_another_process(again):
    (finding,) = scan_for_secrets("\npassword=secret123")
    same = again(finding)
    assert (same, same.kind, same.line, same.start, same.end) == ("line 2: password", "password", 2, 10, 19)


def test_masker_takes_values_names_and_later_ones():
    masker = Masker([SECRET])
    assert masker.add("TOKEN", "later-value-1") is None
    assert masker.add("abc") is not None
    assert masker.feed(f"{SECRET} later-value-1".encode()) + masker.flush() == b"**** ****"
    named = Masker({"KEY": SECRET.encode()})
    assert named.feed(SECRET.encode()) == b"****"


@pytest.mark.parametrize("one", [SECRET, SECRET.encode(), SecretValue(SECRET)])
def test_one_value_is_no_list_of_characters(one):
    assert Masker(one).feed(SECRET.encode()) == b"****"
    out = io.BytesIO()
    mask_stream(io.BytesIO(SECRET.encode()), out, one)
    assert out.getvalue() == b"****"


def test_a_variable_that_is_not_set_masks_nothing_not_even_its_name():
    masker = Masker({"API_TOKEN": None, "KEY": SECRET})
    assert masker.add("OTHER_TOKEN", None) == "empty"
    text = f"API_TOKEN OTHER_TOKEN {SECRET}"
    assert masker.feed(text.encode()) + masker.flush() == b"API_TOKEN OTHER_TOKEN ****"
    out = io.StringIO()
    mask_stream(io.StringIO(text), out, {"API_TOKEN": None, "KEY": SECRET}, mask_text="<{key}>")
    assert out.getvalue() == "API_TOKEN OTHER_TOKEN <KEY>"


class Narrow(io.RawIOBase):
    """A file without a buffer that takes three bytes at a time."""

    def __init__(self):
        self.taken = b""

    def write(self, data):
        self.taken += bytes(data[:3])
        return min(3, len(data))


def test_a_file_that_takes_less_than_it_is_given_gets_everything():
    out = Narrow()
    mask_stream(io.BytesIO(f"<{SECRET}> and more".encode()), out, [SECRET])
    assert out.taken == b"<****> and more"


def test_a_masker_takes_buffers_and_says_that_it_takes_no_text():
    masker = Masker([SECRET])
    data = bytearray(f"<{SECRET}>".encode())
    assert masker.feed(data) == b"<****>"
    assert masker.feed(memoryview(data)) == b"<****>"
    with pytest.raises(TypeError, match="str"):
        masker.feed(SECRET)


def test_mask_stream_waits_for_a_full_pipe_that_does_not_block():
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    told: list[float] = []

    def copy_all() -> None:
        with open(writing, "wb", buffering=0) as out:
            begun = time.thread_time()
            mask_stream(io.BytesIO(b"x" * (1 << 20)), out, [SECRET])
            told.append(time.thread_time() - begun)

    thread = threading.Thread(target=copy_all)
    thread.start()
    with open(reading, "rb") as pipe:
        time.sleep(0.5)  # it may not spin meanwhile; a longer wait shows more, a shorter one nothing wrong
        assert len(pipe.read()) == 1 << 20
    thread.join(60)
    assert told[0] < 0.4


def test_mask_stream_of_bytes_and_text():
    out = io.BytesIO()
    mask_stream(io.BytesIO(f"<{SECRET}>".encode() * 3), out, {"KEY": SECRET}, mask_text="[{key}]")
    assert out.getvalue() == b"<[KEY]>" * 3
    text = io.StringIO()
    mask_stream(io.StringIO(f"é {SECRET} password=x1"), text, [SECRET], patterns=True)
    assert text.getvalue() == "é **** password=****"


class Trickle(io.RawIOBase):
    """A source that gives one byte at a time and looks at what was written meanwhile."""

    def __init__(self, data, out):
        self.data, self.out, self.seen = data, out, []

    def read(self, _size=-1):
        self.seen.append(self.out.getvalue())
        chunk, self.data = self.data[:1], self.data[1:]
        return chunk


def test_mask_stream_writes_at_once_what_can_be_shown():
    out = io.BytesIO()
    source = Trickle(b"[##..] ", out)
    mask_stream(source, out, [SECRET])
    assert source.seen == [b"[##..] "[:i] for i in range(8)]


class Wire(io.StringIO):
    """What is written here is read by another thread."""

    def __init__(self):
        super().__init__()
        self.written = queue.Queue()

    def write(self, text):
        self.written.put(text)
        return len(text)


def test_mask_stream_of_a_text_file_writes_each_line_at_once():
    reading, writing = os.pipe()
    out = Wire()
    with open(reading, encoding="utf-8") as source, open(writing, "wb", buffering=0) as target:
        copying = threading.Thread(target=mask_stream, args=(source, out, [SECRET]))
        copying.start()
        target.write(f"é {SECRET}\n".encode())
        assert out.written.get(timeout=30) == "é ****\n"
        target.close()
        copying.join()
    assert out.written.empty()


@pytest.fixture
def logger():
    """Give a logger with a masking filter, and what it wrote."""
    made, out = logging.getLogger("masked"), io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(MaskingFilter([SECRET]))
    made.addHandler(handler)
    yield made, out
    made.removeHandler(handler)


def test_a_log_message_its_arguments_and_its_exception(logger):
    made, out = logger
    made.warning("got %s and password=%s", SECRET, "abc123")
    try:
        int(f"{SECRET} is no number")
    except ValueError:
        made.exception("failed", stack_info=True)
    assert "hunter2" not in out.getvalue()
    assert "abc123" not in out.getvalue()
    assert "got **** and password=****" in out.getvalue()
    assert "**** is no number" in out.getvalue()


def test_a_message_whose_arguments_do_not_fit_stops_no_program_and_shows_no_value(logger):
    made, out = logger
    made.warning("%d items of %s", SECRET)
    assert out.getvalue() == "%d items of %s ('****',)\n"


class Mute:
    """An argument that fails wherever it is shown, with the value in what it raises."""

    def __str__(self):
        raise ValueError(SECRET)

    __repr__ = __str__


@pytest.mark.parametrize("message", ["%s", Mute()])
def test_an_argument_that_cannot_be_shown_stops_no_program(message, logger):
    made, out = logger
    made.warning(message, *[Mute()] * isinstance(message, str))
    assert out.getvalue() == f"a message of {type(message).__name__} that cannot be shown\n"


def test_what_came_as_extra_is_masked_too(logger):
    made, out = logger
    endless = [SECRET]
    endless.append(endless)
    made.handlers[0].setFormatter(logging.Formatter("%(user)s %(data)s %(endless)s %(number)s"))
    data = {"list": [SECRET, (f"a {SECRET}", 7)]}
    made.warning("", extra={"user": SECRET, "data": data, "endless": endless, "number": 5})
    assert out.getvalue().startswith("**** {'list': ['****', ('a ****', 7)]} [")
    assert "hunter2" not in out.getvalue()
    assert out.getvalue().endswith(" 5\n")
    assert data["list"][0] == SECRET


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ({("a", SECRET): 1}, {("a", "****"): 1}),
        ({frozenset([SECRET]): {SECRET}}, {frozenset(["****"]): {"****"}}),
        ({"body": SECRET.encode()}, {"body": b"****"}),
    ],
)
def test_what_came_as_extra_may_hold_secrets_anywhere(field, shown):
    record = logging.makeLogRecord({"context": field})
    assert MaskingFilter([SECRET]).filter(record)
    assert record.__dict__["context"] == shown


@pytest.mark.parametrize(
    "thing",
    [ValueError(SECRET), deque([SECRET]), MappingProxyType({"key": SECRET}), bytearray(SECRET.encode())],
)
def test_an_object_that_came_as_extra_and_shows_a_secret_is_its_masked_text(thing):
    record = logging.makeLogRecord({"error": thing, "context": [thing]})
    assert MaskingFilter([SECRET]).filter(record)
    assert "****" in f"{record.__dict__['error']}"
    assert "hunter2" not in f"{record.__dict__['error']!r} {record.__dict__['context']}"


@pytest.mark.parametrize("part", [lambda bundle: bundle, lambda bundle: bundle.secrets])
def test_a_bundle_gives_its_values_to_mask(part):
    values = part(SecretBundle("shop", {"API_KEY": SECRET}))
    record, out = logging.makeLogRecord({"msg": SECRET}), io.StringIO()
    MaskingFilter(values).filter(record)
    mask_stream(io.StringIO(f"API_KEY {SECRET}"), out, values, mask_text="<{key}>")
    masker = Masker(values)
    assert (record.msg, out.getvalue()) == ("****", "API_KEY <API_KEY>")
    assert masker.feed(SECRET.encode()) + masker.flush() == b"****"


def test_an_extra_without_a_secret_stays_what_it_is():
    """Another handler may ask a named tuple for its fields."""
    place = time.gmtime(0)
    record = logging.makeLogRecord({"context": place, "more": [place, b"\xff"]})
    more = record.__dict__["more"]
    assert MaskingFilter([SECRET]).filter(record)
    assert record.__dict__["context"] is place
    assert record.__dict__["more"] is more


def test_a_filter_over_a_masker_learns_what_is_registered_later():
    masker = OutputMasker()
    record = logging.LogRecord("n", logging.INFO, __file__, 1, "x %s", (SECRET,), None)
    masker.register_secret(SECRET)
    assert MaskingFilter(masker).filter(record)
    assert record.getMessage() == "x ****"
