"""What one stream shows, holds, releases and masks: each rule once, to the byte."""

from hashlib import sha256
from time import process_time

import pytest

from creds_shell.masking import stream
from creds_shell.masking.stream import IDLE, Masker

SECRET = b"hunter2secretXYZ"


def test_clean_output_is_the_very_object(needles):
    chunk = b"nothing here at all\n" * 100
    assert Masker(needles(SECRET)).feed(chunk) is chunk


def test_a_prompt_appears_at_once(needles):
    assert Masker(needles(SECRET)).feed(b"Password: ") == b"Password: "


def test_exactly_the_beginning_of_a_needle_is_held(needles):
    masker = Masker(needles(SECRET))
    assert masker.feed(b"see hunter2") == b"see "
    assert masker.pending
    assert masker.feed(b" the film") == b"hunter2 the film"
    assert not masker.pending


def test_a_secret_whose_end_is_its_beginning_then_a_pause(needles):
    masker = Masker(needles(b"abc-123-abc"), terminal=True)
    assert masker.feed(b"abc-123-abc", 0.0) == b"****"
    assert masker.release(10.0) == b""
    assert masker.feed(b"-123-abc.", 11.0) == b"."


@pytest.mark.parametrize(
    ("values", "data", "expected"),
    [
        ([b"abcdef", b"defghi"], b"-abcdefghi-", b"-****-"),
        ([b"abcdef", b"ghijkl"], b"-abcdefghijkl-", b"-****-"),
        ([b"abcdef"], b"-abcdefabcdef-", b"-****-"),
        ([b"abcdef", b"cd12", b"abcdefgh"], b"-abcdefgh-cd12-", b"-****-****-"),
        ([b"aaaa"], b"-aaaaaaa-", b"-****-"),
    ],
)
def test_overlapping_and_touching_matches_are_one(values, data, expected, needles, through):
    made = needles(*values)
    assert through(made, data) == expected
    assert through(made, *[data[i : i + 1] for i in range(len(data))]) == expected


def test_a_key_that_begins_nothing_ends_the_mask_before_it(needles):
    masker = Masker(needles(SECRET), terminal=True)
    assert [masker.feed(chunk) for chunk in (SECRET, b"|", SECRET)] == [b"****", b"|", b"****"]


def test_the_copy_of_such_a_key_at_a_wrap_is_shown(needles):
    masker = Masker(needles(SECRET), terminal=True)
    assert [masker.feed(chunk) for chunk in (SECRET, b"|", b"\r|.")] == [b"****", b"|", b"\r|."]


def test_colours_inside_a_secret_still_end(needles, through):
    assert (
        through(needles(SECRET), b"\x1b[31mhunter2\x1b[1msecretXYZ\x1b[0m.") == b"\x1b[31m****\x1b[1m\x1b[0m."
    )


def test_titles_links_and_clipboard_writes_are_masked(needles, through):
    made = needles(SECRET)
    for text in (
        b"\x1b]0;%s\x07",
        b"\x1b]8;;http://h/%s\x1b\\link\x1b]8;;\x1b\\",
        b"\x1b]52;c;%s\x07",
        b"\x1bPq%s\x1b\\",
    ):
        assert through(made, text % SECRET) == text % b"****"


@pytest.mark.parametrize("value", [b"\x1b[31mred\x1b[0m-\r-key", b"\x1b[31mred\x1b[0m\r\nand \rkey"])
def test_a_secret_that_holds_escapes_is_masked_as_it_is(value, needles, through):
    assert through(needles(value), b"<" + value + b">") == b"<****>"


WRAPPED = {
    "bash, key by key": b"$ echo s3cretTokenAbcDef \rGhiJklMnoPqrStuVwx",
    "bash, pasted": b"$ echo s3cretTokenAbcDefG\rGhiJklMnoPqrStuVwx",
    "zsh": b"\x1b[?2004he\x08echo s3cretTokenAbcDef \r\x1b[KG\rGhiJklMnoPqrStuVwx",
    "less": b"key: s3cretTokenAbcDefGh \x08iJklMnoPqrStuVwx end\r\n",
    "less -R": b"key: s3cretTokenAbcDefGh\x1b[m \x08iJklMnoPqrStuVwx end\x1b[m\r\n",
}


@pytest.mark.parametrize("program", WRAPPED)
def test_line_wraps_as_recorded_from_the_programs(program, needles, through):
    made, data = needles(b"s3cretTokenAbcDefGhiJklMnoPqrStuVwx"), WRAPPED[program]
    out = through(made, data)
    assert out.count(b"****") == 1
    assert not any(part in out for part in (b"s3cret", b"AbcDef", b"JklMno", b"StuVwx"))
    assert through(made, *[data[i : i + 1] for i in range(len(data))]) == out


def test_a_wrap_between_two_secrets_belongs_to_neither(needles, through):
    made, text = needles(SECRET), SECRET + b" \r" + SECRET
    assert through(made, text) == through(made, *[bytes([byte]) for byte in text]) == b"**** \r"


def test_many_masks_beside_many_wraps_take_linear_time(needles, through):
    made = needles(SECRET)
    piece = SECRET + b"\rZ a\ra\x1b[m "

    def seconds(count):
        start = process_time()
        assert through(made, piece * count) == b"**** a\ra\x1b[m " * count
        return process_time() - start

    seconds(10)
    assert seconds(6000) < 12 * seconds(1500) + 0.2


def test_endless_escapes_after_a_beginning_do_not_fill_the_memory(needles, monkeypatch):
    monkeypatch.setattr(stream, "PATIENCE", 20000)
    masker = Masker(needles(SECRET))
    given = masker.feed(b"hunter2")
    for _ in range(10):
        given += masker.feed(b"\x1b[31m" * 1000)
    assert len(masker._held) < 40000
    assert given.startswith(b"hunter2\x1b[31m")


def test_crlf_is_lf(needles, through):
    made = needles(b"first line of it\nsecond line of it\n")
    assert through(made, b"<first line of it\r\nsecond line of it>\r\n") == b"<****>\r\n"
    assert (
        through(needles(b"first line of it\r\nsecond line of it"), b"<first line of it\nsecond line of it>")
        == b"<****>"
    )


def test_the_cr_of_a_value_counts_on_an_idle_terminal(needles):
    masker = Masker(needles(b"ab-1\r\nsecond line"), terminal=True)
    assert masker.feed(b"ab-1\r\nsec") + masker.release(1.0) == b"ab-1"


def test_single_lines_of_a_key(needles, through):
    made = needles(b"-----BEGIN KEY-----\nMIIEowIBAAKCAQEA\nq8Xk3zYtPz1m\nshort\n-----END KEY-----\n")
    out = through(made, b"1 MIIEowIBAAKCAQEA\n2 q8Xk3zYtPz1m\nshort\n-----BEGIN KEY-----\n")
    assert out == b"1 ****\n2 ****\nshort\n-----BEGIN KEY-----\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"pin 1234 ok", b"pin **** ok"),
        (b"81234", b"81234"),
        (b"12345", b"12345"),
        (b"x_1234", b"x_1234"),
        (b"1234", b"****"),
        (b"(1234)", b"(****)"),
    ],
)
def test_a_short_value_counts_as_a_whole_token(data, expected, needles, through):
    made = needles(PIN=b"1234")
    assert through(made, data) == expected
    assert through(made, *[data[i : i + 1] for i in range(len(data))]) == expected


@pytest.mark.parametrize(("value", "shown"), [(b"12345", b"x12345y"), (b"123456", b"x****y")])
def test_from_six_characters_on_a_value_counts_anywhere(value, shown, needles, through):
    assert through(needles(PIN=value), b"x" + value + b"y") == shown


@pytest.mark.parametrize(("printed", "masked"), [(8, True), (15, True), (7, False), (1, False)])
def test_a_secret_cut_off_by_the_end(printed, masked, needles, through):
    assert through(needles(SECRET), b"at " + SECRET[:printed]) == (
        b"at ****" if masked else b"at " + SECRET[:printed]
    )


def test_half_of_it_must_be_there(needles, through):
    long = b"0123456789abcdefghijklmnopqrstuvwxyz"
    assert through(needles(long), long[:17]) == long[:17]
    assert through(needles(long), long[:18]) == b"****"


def test_a_pipe_never_releases_on_idle(needles):
    masker = Masker(needles(SECRET))
    shown = b"".join(
        [
            masker.feed(SECRET[i : i + 1], i * 0.03) + masker.release(i * 0.03 + 0.029)
            for i in range(len(SECRET))
        ]
    )
    assert shown + masker.flush() == b"****"
    assert masker.deadline is None


def test_on_a_terminal_a_slow_secret_shows_at_most_four_characters(needles):
    masker = Masker(needles(SECRET), terminal=True)
    shown, now = b"", 0.0
    for i in range(len(SECRET)):
        shown += masker.feed(SECRET[i : i + 1], now)
        now += 0.03
        if masker.deadline is not None and masker.deadline <= now:
            shown += masker.release(now)
    assert shown + masker.flush() == b"hunt****"


def test_what_is_released_and_diverges_follows(needles):
    masker = Masker(needles(SECRET), terminal=True)
    assert masker.feed(b"hunter2", 1.0) == b""
    assert 1.025 <= masker.deadline <= 1.05
    assert masker.release(1.02) == b""
    assert masker.release(1.0 + IDLE) == b"hunt"
    assert masker.deadline is None
    assert masker.feed(b" film", 2.0) == b"er2 film"


@pytest.mark.parametrize("text", [b"43", b"x\r43", b"\x1b[1m43"])
def test_a_character_that_could_mix_with_base64_waits_no_longer_than_any_other(text, needles):
    masker = Masker(needles(b"tok-9f8e7d6c5b4a39281706"), terminal=True)
    shown = masker.feed(text, 1.0)
    assert shown != text  # what follows may begin the value's base64
    assert masker.deadline is not None
    assert shown + masker.release(masker.deadline) == text


def test_a_quarter_of_a_short_secret(needles):
    masker = Masker(needles(b"abcdefgh"), terminal=True)
    masker.feed(b"abcdef", 0.0)
    assert masker.release(1.0) == b"ab"


def test_an_idle_terminal_shows_whole_characters(needles):
    masker = Masker(needles("päßwort-geheim".encode()), terminal=True)
    masker.feed("päßwort".encode(), 0.0)
    assert masker.release(1.0) == "pä".encode()


@pytest.mark.parametrize(
    ("value", "prefix"),
    [(b"ghp_abcdefghijklmnopqrst", b"ghp_abcd"), (b"postgres://app:secretpw@host", b"postgres://app:")],
)
def test_public_prefixes_do_not_count(value, prefix, needles):
    masker = Masker(needles(value), terminal=True)
    masker.feed(value[:20], 0.0)
    assert masker.release(1.0) == prefix


def test_the_copy_of_a_masked_character_at_a_wrap_is_masked_after_a_pause_too(needles):
    """A wrap is the next line's first character, CR and that character again; the CR was shown meanwhile."""
    masker = Masker(needles(SECRET), terminal=True)
    assert masker.feed(SECRET + b"\r", 0.0) == b"****"
    assert masker.release(IDLE) == b"\r"
    assert masker.feed(b"Z.", 1.0) == b"****."


def test_typing_is_echoed_at_once_but_never_a_complete_needle(needles):
    masker = Masker(needles(SECRET), terminal=True)
    shown = b""
    for i in range(len(SECRET)):
        masker.typed(1)
        shown += masker.feed(SECRET[i : i + 1], i * 0.001)
    assert shown == SECRET[:-1] + b"****"


def test_typing_without_echo_is_no_credit_for_later_output(needles):
    masker = Masker(needles(SECRET), terminal=True)
    masker.typed(12)
    assert masker.feed(b"\nWelcome back!\n", 0.0) == b"\nWelcome back!\n"
    assert masker.feed(SECRET[:10], 0.0) == b""


def test_a_short_value_is_never_typed_to_its_end(needles):
    masker = Masker(needles(PIN=b"1234"), terminal=True)
    masker.typed(4)
    assert masker.feed(b"1234", 0.0) == b"123"
    assert masker.feed(b"\n", 0.0) == b"****\n"


def test_values_added_while_it_runs_mask_what_is_held(needles):
    made = needles(SECRET)
    masker = Masker(made)
    assert masker.feed(b"hunter2s") == b""
    made.add("TOKEN", b"ter2seven")
    assert masker.feed(b"even") == b"hun****"


def test_a_pipe_shows_nothing_at_release_after_an_addition(needles):
    made = needles(SECRET)
    masker = Masker(made)
    masker.feed(SECRET[:9])
    made.add("TOKEN", b"anotherone1")
    assert masker.release(100.0) == b""
    assert masker.feed(SECRET[9:]) == b"****"


def test_an_addition_frees_nothing_on_a_terminal_before_its_time(needles):
    made = needles(SECRET)
    masker = Masker(made, terminal=True)
    masker.feed(SECRET[:9], 0.0)
    made.add("TOKEN", b"ter2sec-other")
    assert masker.release(0.001) == b""
    assert masker.release(0.1) == b"hunt"


def test_added_values_reach_every_stream(needles):
    made = needles(SECRET)
    streams = [Masker(made), Masker(made)]
    for each in streams:
        each.feed(b"warm\n")
    made.add("TOKEN", b"anotherone1")
    assert [each.feed(b"anotherone1\n") for each in streams] == [b"****\n", b"****\n"]


def test_the_mask_may_name_the_key(needles, through):
    made = needles(mask_text=b"<{key}>", API_KEY=b"aaaa1111", DB_PASS=b"1111bbbb")
    assert through(made, b"aaaa1111 1111bbbb aaaa1111bbbb") == b"<API_KEY> <DB_PASS> <API_KEY>"


def test_the_mask_is_never_scanned_again(needles, through):
    assert through(needles(b"x****y", b"abcdef"), b"xabcdefy") == b"x****y"


def test_everything_else_passes_byte_for_byte(needles, through):
    data = bytes(range(256)) * 50 + b"\xff\xfe\x80" + "é".encode()[:1]
    assert through(needles(SECRET), data) == data
    assert through(needles(SECRET), *[data[i : i + 7] for i in range(0, len(data), 7)]) == data


def test_what_is_found_again_in_held_bytes_is_kept_once(needles):
    masker = Masker(needles(b"first=aa11bb22 " * 30, b"aa11bb22"))
    for byte in b"first=aa11bb22 " * 20:
        masker.feed(bytes([byte]))
    assert len(masker._kills) == 20


def test_a_long_secret_byte_by_byte_stays_linear(needles):
    value = bytes(33 + (i * 7919 + i // 91) % 90 for i in range(20000))
    masker = Masker(needles(value))
    out = b"".join([masker.feed(value[i : i + 1]) for i in range(len(value))])
    assert out + masker.flush() == b"****"
    masker = Masker(needles(value))
    out = (
        b"".join([masker.feed(value[i : i + 1]) for i in range(10000)])
        + masker.feed(b"!!other")
        + masker.flush()
    )
    assert out == value[:10000] + b"!!other"


def test_a_megabyte_secret_and_ten_thousand_of_them(needles, through):
    big = bytes(33 + (i * 7919 + i // 91) % 90 for i in range(1 << 20))
    data = b"<" + big + b">"
    assert through(needles(big), *[data[i : i + 65536] for i in range(0, len(data), 65536)]) == b"<****>"


@pytest.mark.parametrize("count", [30, 200, 1200])
def test_of_many_secrets_each_is_masked_whole(count, needles, through):
    values = [sha256(b"%d" % number).hexdigest().encode()[: 20 + number % 40] for number in range(count)]
    lines = b"\n".join(b"see " + value + b" here" for value in values) + b"\n"
    assert through(needles(*values), lines * 2) == b"see **** here\n" * 2 * count


@pytest.mark.parametrize(
    "shape", [b"Value%05d", b"value-%05d-x", b"my-application-key-%05d", b"%05d-and-a-common-ending"]
)
def test_ten_thousand_secrets_that_look_alike(shape, needles, through):
    values = [shape % number for number in range(10000)]
    assert (
        through(needles(*values), b"\n".join(values) + b"\n" + shape % 20000)
        == b"****\n" * 10000 + shape % 20000
    )


def test_repr_shows_no_value(needles):
    made = needles(SECRET)
    assert b"hunter2" not in repr((made, Masker(made), made.index().needles.values())).encode()


def test_what_stands_beside_a_title_or_a_link_is_no_part_of_it(needles, through):
    """The borders of a short value, and the ends of a known shape."""
    made = needles(PIN=b"1234")
    for text in (
        b"\x1b]8;;http://x/1234\x1b\\open\x1b]8;;\x1b\\",
        b"1234\x1b]133;D;0\x07",
        b"\x1b]2;1234\x1b\\x",
    ):
        assert through(made, text) == text.replace(b"1234", b"****"), text
        assert through(made, *[bytes([byte]) for byte in text]) == text.replace(b"1234", b"****"), text
    shapes = needles(patterns=True)
    assert through(shapes, b"\x1b]0;password=hunter2\x1b\\rest") == b"\x1b]0;password=****\x1b\\rest"
