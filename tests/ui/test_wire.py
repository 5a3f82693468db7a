"""What travels: fields are checked, values are exact to the byte, codes and tokens are what they promise."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creds_shell.ui.access import CODE_SECONDS, Access
from creds_shell.ui.page import index_page, index_template, static_files
from creds_shell.ui.wire import FieldError, Fields, encode_value, read_fields


@given(st.binary(max_size=200))
def test_any_bytes_come_back_as_they_went(data):
    value = data.decode("utf-8", "surrogateescape")
    sent = json.loads(json.dumps(encode_value(value)))
    assert Fields(sent).value() == value


@pytest.mark.parametrize("text", ["plain", "", "two\nlines\n", "\ttab", "ünïcödé 🔑"])
def test_text_stays_text(text):
    assert encode_value(text) == {"value": text, "encoding": "text"}


@pytest.mark.parametrize("text", ["a\rb", "a\r\nb", "\x1b[2J", "\x00", "\x7f", "\udcff", "\x85"])
def test_what_a_text_field_would_change_goes_as_base64(text):
    assert encode_value(text)["encoding"] == "base64"


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b'"x"', b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_refused(body):
    with pytest.raises(FieldError):
        read_fields(body)


def test_fields_have_types_and_bounds():
    fields = Fields({"text": "x", "list": ["a"], "number": 3, "flag": True, "no": None, "value": "\ud800"})
    assert (fields.text("text"), fields.maybe("no"), fields.words("list"), fields.flag("flag")) == (
        "x",
        None,
        ["a"],
        True,
    )
    for wrong in (
        lambda: fields.text("missing"), lambda: fields.text("number"), lambda: fields.text("text", 0), lambda: fields.words("text"),
        lambda: fields.number("number", 1, 2), lambda: fields.number("flag", 1, 9), lambda: fields.number("text", 1, 9), fields.value,
    ):  # fmt: skip
        with pytest.raises(FieldError):
            wrong()


def test_a_code_lives_a_minute_and_works_once():
    now = [0.0]
    access = Access(clock=lambda: now[0])
    code, late = access.issue_code(), access.issue_code()
    now[0] = CODE_SECONDS
    token = access.redeem(code)
    assert token
    assert access.knows(token)
    assert access.redeem(code) is None
    now[0] = CODE_SECONDS + 0.1
    assert access.redeem(late) is None
    assert not access.knows("")


def test_nothing_of_a_code_or_token_is_kept_in_clear():
    access = Access()
    code = access.issue_code()
    token = access.redeem(access.issue_code())
    assert code not in repr(access)
    assert token not in repr(access)


def test_waits_grow_have_an_end_and_are_forgiven():
    now = [0.0]
    access = Access(clock=lambda: now[0])
    waits = [access.delay_after_wrong_try() for _ in range(40)]
    assert waits[0] == 0
    assert waits == sorted(waits)
    assert waits[-1] == 8.0
    now[0] = 1000.0
    assert access.delay_after_wrong_try() == 0


def test_the_oldest_of_many_tabs_is_forgotten():
    access = Access()
    tokens = [access.redeem(access.issue_code()) for _ in range(70)]
    assert not access.knows(tokens[0])
    assert access.knows(tokens[-1])


def test_every_file_that_the_page_names_is_served_and_none_beside():
    files = static_files()
    page = index_page(index_template()).body.decode()
    named = {word for word in page.split('"') if word.startswith("/static/")}
    assert named <= set(files)
    assert "/static/index.html" not in files
    for path, file in files.items():
        for word in file.body.decode().split('"'):
            if word.startswith("./") and path.endswith(".js"):
                assert "/static/" + word[2:] in files, path


def test_no_file_of_the_page_reads_text_as_html_or_asks_another_host():
    for path, file in {**static_files(), "/": index_page(index_template())}.items():
        text = file.body.decode()
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "style=",
            'onclick="',
        ):
            assert word not in text, path
        links = [part.split('"')[0] for part in text.split("http")[1:] if part.startswith(("://", "s://"))]
        assert [link for link in links if link != "://www.w3.org/2000/svg"] == [], path
