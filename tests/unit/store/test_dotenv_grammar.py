"""The .env grammar: python-dotenv's meaning for every file that it parses, exact bytes for everything else."""

import io

import pytest
from dotenv.parser import parse_stream
from hypothesis import given, settings
from hypothesis import strategies as st

from creds_shell.core import dotenv
from creds_shell.core.errors import DamagedFileError

PIECES = [*"AB_ab1=#'\"\\ \t\n\r\x0b\x0c\x1c\x85 $n{}", "\u00a0", "\u2028", "é", "🔑", "\ufeff"]
PIECES += ["export ", "A=", 'KEY="', "B='", "\n", "\r\n", " #", "${X}", "# mask"]
texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True)
values = st.binary(max_size=80).map(lambda data: data.replace(b"\0", b""))


def as_python_dotenv_reads_the_file(text: str) -> dict[str, str] | None:
    """None where it would warn. A file is opened with universal newlines there; a key without `=` has no value."""
    found: dict[str, str | None] = {}
    for binding in parse_stream(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))):
        if binding.error:
            return None
        if binding.key is not None:
            found[binding.key] = binding.value
    return {key: value for key, value in found.items() if value is not None}


@given(texts)
@settings(max_examples=600, deadline=None)
def test_every_file_without_a_warning_means_what_it_means_to_python_dotenv(text):
    """The oracle is python-dotenv itself, interpolation off, last duplicate wins."""
    expected = as_python_dotenv_reads_the_file(text)
    if expected is None:
        return
    found = dotenv.parse_bundle(text.encode())
    assert {key: value.decode() for key, value in found.items()} == expected


@pytest.mark.timeout(900)
@pytest.mark.slow
@given(texts)
@settings(max_examples=8_000, deadline=None)
def test_every_file_means_the_same_over_many_files(text):
    """The same property, long."""
    expected = as_python_dotenv_reads_the_file(text)
    if expected is not None:
        assert {k: v.decode() for k, v in dotenv.parse_bundle(text.encode()).items()} == expected


@given(st.dictionaries(names, values, max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_bytes_but_nul_come_back(bundle):
    """Invalid UTF-8, CR, a final newline, `${X}`, quotes: what is written is what is read."""
    assert dotenv.parse_bundle(dotenv.format_bundle(bundle)) == bundle


@pytest.mark.timeout(900)
@pytest.mark.slow
@given(st.dictionaries(names, values, min_size=20, max_size=20))
@settings(max_examples=1_000, deadline=None)
def test_twenty_thousand_values_come_back(bundle):
    """1,000 files of 20 values each."""
    assert dotenv.parse_bundle(dotenv.format_bundle(bundle)) == bundle


@given(st.dictionaries(names, values.filter(lambda v: b"\r" not in v), max_size=8))
@settings(max_examples=150, deadline=None)
def test_python_dotenv_reads_what_we_write(bundle):
    """Interoperability the other way round, for values that are text."""
    texts = {k: v for k, v in bundle.items() if v.decode("utf-8", "replace").encode() == v}
    written = dotenv.format_bundle(texts).decode()
    assert as_python_dotenv_reads_the_file(written) == {k: v.decode() for k, v in texts.items()}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"A=plain", b"plain"),
        (b"A = spaced  ", b"spaced"),
        (b"export A=x", b"x"),
        (b"A='single $X \\n'", b"single $X \\n"),
        (b"A='a\\\\b'", b"a\\b"),
        (b'A="double\\n\\t\\"q\\""', b'double\n\t"q"'),
        (b'A="two\nlines"', b"two\nlines"),
        (b'A="two\r\nlines"\r\n', b"two\nlines"),
        (b"A=x # comment", b"x"),
        (b"A=x#no comment", b"x#no comment"),
        (b"A= # comment", b""),
        (b"A=#value", b"#value"),
        (b"A=", b""),
        (b"\xef\xbb\xbfA=bom", b"bom"),
        (b"A=${HOME} $(id)", b"${HOME} $(id)"),
        (b"A=1\nA=2", b"2"),
        (b'A="ends with a backslash\\\\"\nB="x"', b"ends with a backslash\\"),
        (b"A=\xff\xfe", b"\xff\xfe"),
        (b"A='it'\"'\"'s'", b"it's"),
    ],
)
def test_one_line(line, value):
    """The cases that people have in their files."""
    assert dotenv.parse_bundle(line)["A"] == value


def test_a_file_of_the_ancestor_gives_what_was_stored():
    """lib.creds wrote values with shlex.quote under its own header: a backslash in '…' is a backslash there."""
    data = b"# Claude Power Pack secrets\n# Project: shop\n\nA='a\\\\b'\nB='it'\"'\"'s'\nC=plain\nD=''\nE=''\"'\"'x'\n"
    expected = {"A": b"a\\\\b", "B": b"it's", "C": b"plain", "D": b"", "E": b"'x"}
    assert dotenv.parse_bundle(data) == expected


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"A=1\nthis is no line\n", 2),
        (b"\n\n=x\n", 3),
        (b'A="never closed\n', 1),
        (b'# c\nA="never closed\n', 2),
        (b"A='x' y\n", 1),
        (b"# c\nA=1\n'B=1\n", 3),
    ],
)
def test_a_line_that_cannot_be_read_is_named_by_file_and_number(data, line):
    """Never the line itself: it may hold a value."""
    with pytest.raises(DamagedFileError) as caught:
        dotenv.parse(data, "/x/.env")
    assert caught.value.message == f"/x/.env:{line}: this line cannot be read"


def test_a_newer_format_is_refused():
    """An old creds must not misread what a new one wrote."""
    with pytest.raises(DamagedFileError) as caught:
        dotenv.parse(b"# creds-format: 2\nA=1\n", "f")
    assert "newer creds" in caught.value.message


def test_a_key_without_a_value_is_no_entry_and_ends_an_earlier_one():
    """python-dotenv gives such a key the value None, and load_dotenv skips it."""
    assert dotenv.parse_bundle(b"A=1\nA\nB=2\nC\n") == {"B": b"2"}


def test_the_mask_mark_is_read_from_the_comment():
    """`# mask` on the line forces masking."""
    marked = dotenv.forced_masks(b"A=x # mask\nB='y' #mask please\nC=z # masked\nD=1\n")
    assert marked == {"A", "B"}


def test_entries_know_their_line():
    """For messages and editors."""
    assert [(e.key, e.line) for e in dotenv.parse(b'# c\nA=1\n\nB="x\ny"\nC=2\n')] == [
        ("A", 2),
        ("B", 4),
        ("C", 6),
    ]
