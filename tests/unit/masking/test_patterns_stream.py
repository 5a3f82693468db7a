"""Known shapes in a stream: what waits, what a cut changes (nothing), and that the time stays linear."""

import random
import time

import pytest

from creds_shell.masking import patterns
from creds_shell.masking.hit import Hit
from creds_shell.masking.output import mask_output
from creds_shell.masking.patterns import find_shapes
from creds_shell.masking.stream import Masker


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ghp_abcdefghijklmnop1234", "https://ghp_"),
        ("https://localhost", "https://localhost"),
        ("https://example.com/a", "https://example.com/a"),
        ("redis://user:secr", "redis://user:"),
        ("Password: ", "Password: "),
        ("password=hunt", "password="),
    ],
)
def test_what_a_terminal_that_waits_shows_of_a_shape(text, shown, needles):
    masker = Masker(needles(patterns=True), terminal=True)
    assert masker.feed(text.encode(), 0.0) + masker.release(1.0) == shown.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Password: ", "Password: "),
        ("Enter your pass", "Enter your pass"),
        ('{"password": "', '{"password": "'),
        ('{"password": " ', '{"password": "'),
        ("password=hunt", "password="),
        ("Authorization: Bearer ", "Authorization: "),
        ("token ghp_", "token ghp_"),
        ("eyJ", ""),
        ("https://localhost", "https"),
        ("<password>\r", "<password>"),
        ("password: |", "password: "),
        ("password: >12#hunt", "password: "),
        ("password: |+\n", "password: "),
        ("password: |\n  hunt\n", "password: |\n  "),
        ("-----BEGIN RSA PRIVATE KEY-----\n", "-----BEGIN RSA PRIVATE KEY-----\n"),
    ],
)
def test_a_pipe_shows_at_once_what_no_mask_can_reach(text, shown, needles):
    """A prompt is there before its answer; what a mask may begin in waits."""
    assert Masker(needles(patterns=True)).feed(text.encode()) == shown.encode()


PARTS = [
    "password",
    "PASSWORD",
    "pass",
    "pwd",
    "token",
    "SECRET_KEY",
    "_base",
    "=",
    ": ",
    ":",
    "=>",
    " ",
    "\n",
    '"',
    "'",
    "\\",
    "abc123",
    "x",
    "hunter2!",
    "export ",
    "--",
    "://",
    "user",
    "@",
    "host",
    "/",
    "?",
    "&",
    ",",
    "8080",
    "bearer ",
    "Basic ",
    "Authorization",
    "dXNlcjpwYXNz",
    "eyJhbGciOi",
    ".",
    "eyJzdWIiOiIx",
    "sig_-9",
    "-----BEGIN ",
    "RSA PRIVATE KEY",
    "-----",
    "-----END ",
    "MIIEow+/=",
    "AKIA",
    "IOSFODNN7EXAMPLE",
    "ghp_",
    "a1b2c3d4e5f6a7b8c9d0",
    "sk-",
    "proj-",
    "null",
    "${X}",
    " |",
    ">-",
    "\n  ",
    "#",
    "\x1b[31m",
    "\r\n",
    "\r",
    " \r",
    "\b",
    "{",
    "}",
    "<password>",
    "</password>",
    "name: DB_PASSWORD\n  value: ",
    "machine h login u password ",
    "-----BEGIN RSA PRIVATE KEY-----\n",
    "https://ghp_abcdefghijklmnopqrst12@host:443/",
    "password: >",
    "|+",
    "(known after apply)",
    "(a b",
    "<set to the key 'a' in secret 'b'>",
    "12 bytes",
    "PASS=12 ",
    "--password via ",
    "--token TEXT",
    " " * 20,
    "]",
]


def test_no_cut_changes_the_result(needles):
    made = needles(patterns=True)
    choose = random.Random(11)  # noqa: S311 texts
    for _ in range(1500):
        data = "".join(choose.choice(PARTS) for _ in range(choose.randint(1, 14))).encode()
        whole, parts = Masker(made), Masker(made)
        expected = whole.feed(data) + whole.flush()
        out, at = b"", 0
        while at < len(data):
            size = choose.choice([1, 1, 2, 3, 7, 30])
            out += parts.feed(data[at : at + size])
            at += size
        assert out + parts.flush() == expected


@pytest.mark.parametrize(
    "piece",
    [
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "password=",
        'password="',
        "://a:",
        "eyJ",
        "eyJaaaaaaaa.",
        "bearer ",
        "sk-",
        "a",
        "token = ",
        "password: |\n ",
        "\n password: a b",
        "<password>",
        "name: token value ",
        "name: token\n",
        "\x1b[mpassword=",
    ],
)
def test_the_time_is_linear(piece):
    """Four times the text takes about four times as long: 62 KB in milliseconds, whatever it is made of."""

    def seconds(size):
        text = piece * (size // len(piece))
        best = 1e9
        for _ in range(2):
            start = time.process_time()
            mask_output(text)
            best = min(best, time.process_time() - start)
        return best

    seconds(1000)
    small, large = seconds(8000), seconds(32000)
    assert large < 12 * small + 0.05
    assert large < 3


@pytest.mark.parametrize(
    "text", [b'password="a%s"', b"password='%sa'", b"token: %s1x", b"password: |\n  %sa", b"a://b:%sc@d"]
)
def test_any_byte_in_a_value_is_read_once(text):
    """A control character that one part took for an end and another one did not stopped everything for good."""
    for byte in range(256):
        data = text % bytes([byte])
        assert all(0 < start < end <= len(data) for start, end, _ in find_shapes(data))


@pytest.mark.parametrize("unit", [b"password=", b"password: ", b"://a"])
def test_names_within_a_value_that_has_no_end_yet_are_not_judged_for_every_byte(unit, needles, monkeypatch):
    judged = []

    def judge(*args):
        judged.append(args[1])
        return Hit(*args)

    monkeypatch.setattr(patterns, "Hit", judge)
    masker = Masker(needles(patterns=True))
    data = (unit * 100)[:500]
    for byte in data:
        masker.feed(bytes([byte]))
    assert len(judged) <= 3 * len(data)
