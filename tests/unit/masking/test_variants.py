"""Every form of a value, as the programs write it that write it in real life."""

import csv
import html
import io
import json
import re
import shlex
import subprocess
import urllib.parse
from base64 import b64encode
from html.entities import codepoint2name
from xml.sax import saxutils

import pytest
from samples import VALUES

from creds_shell.masking import variants
from creds_shell.masking.stream import Masker
from creds_shell.masking.urls import url_passwords
from creds_shell.masking.variants import FORMS, needles_of


def _csv(value):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow([value])
    return out.getvalue()[1:-3]


COOKIE_SIGNS = {b: f"\\{b:03o}" for b in (*range(32), *b",;", *range(127, 256))} | {34: '\\"', 92: "\\\\"}
ENCODERS = {
    "json": lambda v: json.dumps(v)[1:-1],
    "json utf-8": lambda v: json.dumps(v, ensure_ascii=False)[1:-1],
    "json in json": lambda v: json.dumps(json.dumps(v))[3:-3],
    "json in json utf-8": lambda v: json.dumps(json.dumps(v, ensure_ascii=False), ensure_ascii=False)[3:-3],
    "json with slashes": lambda v: json.dumps(v)[1:-1].replace("/", "\\/"),
    "json of go": lambda v: (
        json.dumps(v)[1:-1].replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    ),
    "html": html.escape,
    "html text": lambda v: html.escape(v, quote=False),
    "html of go": lambda v: html.escape(v).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
    "html ascii": lambda v: html.escape(v).encode("ascii", "xmlcharrefreplace").decode(),
    "xml": saxutils.escape,
    "xml attribute": lambda v: saxutils.quoteattr(v)[1:-1],
    "html by name": lambda v: "".join(
        f"&{codepoint2name[ord(c)]};" if ord(c) in codepoint2name else c for c in v
    ),
    "html by number": lambda v: "".join(f"&#{ord(c)};" if c in "&<>\"'" else c for c in v),
    "html by hex number": lambda v: "".join(f"&#x{ord(c):x};" if c in "&<>\"'" else c for c in v),
    "html, every sign": lambda v: "".join(c if c.isascii() and c.isalnum() else f"&#x{ord(c):X};" for c in v),
    "html, every character": lambda v: "".join(f"&#{ord(c)};" for c in v),
    "json with slashes, twice": lambda v: json.dumps(json.dumps(v).replace("/", "\\/")).replace("/", "\\/")[
        3:-3
    ],
    "json ascii of utf-8": lambda v: json.dumps(json.dumps(v, ensure_ascii=False))[3:-3],
    "percent": urllib.parse.quote,
    "percent, all": lambda v: urllib.parse.quote(v, safe=""),
    "percent, lower case": lambda v: "".join(
        c
        if c.isalnum() and c.isascii()
        else "".join(f"%{b:02x}" for b in c.encode())
        if c not in "-._~"
        else c
        for c in v
    ),
    "form": urllib.parse.quote_plus,
    "encodeURI": lambda v: urllib.parse.quote(v, safe="-_.!~*'();/?:@&=+$,#"),
    "encodeURIComponent": lambda v: urllib.parse.quote(v, safe="-_.!~*'()"),
    "encodeURIComponent, twice": lambda v: urllib.parse.quote(
        urllib.parse.quote(v, safe="-_.!~*'()"), safe="-_.!~*'()"
    ),
    "percent, twice": lambda v: urllib.parse.quote(urllib.parse.quote(v, safe=""), safe=""),
    "path of a URL": lambda v: urllib.parse.quote(v, safe="-._~%!$&'()*+,/:;=@[]|"),
    "fragment of a URL": lambda v: urllib.parse.quote(v, safe="-._~%!#$&'()*+,/:;=?@[\\]^{|}"),
    "repr": lambda v: repr(v)[1:-1],
    "repr of repr": lambda v: repr(repr(v))[2:-2] if repr(repr(v))[1] != "\\" else repr(repr(v))[3:-3],
    "json of jinja": lambda v: (
        json.dumps(v)[1:-1]
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("'", "\\u0027")
    ),
    "repr of a body of json": lambda v: repr(json.dumps(v, ensure_ascii=False).encode())[3:-2],
    "user of urllib3": lambda v: urllib.parse.quote(v, safe="-._~!$&'()*+,;=:"),
    "path of urllib3": lambda v: urllib.parse.quote(v, safe="-._~!$&'()*+,;=:@/"),
    "query of urllib3": lambda v: urllib.parse.quote(v, safe="-._~!$&'()*+,;=:@/?"),
    "user of SQLAlchemy": lambda v: urllib.parse.quote(v, safe=" +"),
    "parameters of axios": lambda v: urllib.parse.quote(v, safe="-_.!~*'():$,").replace("%20", "+"),
    "requests": lambda v: urllib.parse.quote(v, safe="-._~!#$%&'()*+,/:;=?@[]"),
    "repr of json": lambda v: repr(json.dumps(v))[2:-2],
    "json of repr": lambda v: (
        json.dumps(f" {v!r} ")[3:-3] if repr(v)[0] == "'" else json.dumps(f"{v!r}")[3:-3]
    ),
    "json in json in json": lambda v: json.dumps(json.dumps(json.dumps(v)))[7:-7],
    "ascii": lambda v: ascii(v)[1:-1],
    "repr of bytes": lambda v: repr(v.encode())[2:-1],
    "shlex": lambda v: shlex.quote(v)[1:-1] if shlex.quote(v)[0] == "'" else v,
    "csv": _csv,
    "sql": lambda v: v.replace("'", "''"),
    "compose": lambda v: v.replace("$", "$$"),
    "hex": lambda v: v.encode().hex(),
    "cookie": lambda v: v.translate(COOKIE_SIGNS),
    "html/template of Go": lambda v: ENCODERS["html of go"](v).replace("+", "&#43;"),
    "json of Laravel": lambda v: "".join(
        f"\\u{ord(c):04X}" if c in "<>&'\"" else c for c in v.replace("\\", "\\\\").replace("/", "\\/")
    ).replace("\t", "\\t"),
    "HEX": lambda v: v.encode().hex().upper(),
}


@pytest.mark.parametrize("form", ENCODERS)
def test_what_libraries_write(form, needles, through):
    for value in VALUES:
        written = ENCODERS[form](value).encode()
        assert through(needles(value.encode()), b"<" + written + b">") == b"<****>", form


ODD = 'a\1\7\33[\177"#{x}\\é'
SHOWN = {
    "cat -A": r'a^A^G^[[^?"#{x}\M-CM-)',
    "printf %q of coreutils": r"""a'$'\001\a\033''['$'\177''"#{x}\é""",
    "printf %q of coreutils, without a locale": r"""a'$'\001\a\033''['$'\177''"#{x}\'$'\303\251""",
    "zsh, ${(q)…}": r"a$'\001'$'\a'$'\033'\[$'\177'\"\#\{x\}\\é",
    "zsh, ${(q)…} without a locale": r"a$'\001'$'\a'$'\033'\[$'\177'\"\#\{x\}\\$'\303'$'\251'",
    "zsh, set": r'a\C-A\C-G\C-[[\C-?"#{x}\\é',
    "zsh, set without a locale": r'a\C-A\C-G\C-[[\C-?"#{x}\\\M-C\M-)',
    "fish, set --show": r'a\ca\cg\e[\x7f"#{x}\\é',
    "Node, util.inspect": r'a\x01\x07\x1B[\x7F"#{x}\\é',
    "Go, %q": r"a\x01\a\x1b[\x7f\"#{x}\\é",
    "Rust, {:?}": r"a\u{1}\u{7}\u{1b}[\u{7f}\"#{x}\\é",
    "Ruby, inspect": r"a\u0001\a\e[\x7F\"\#{x}\\é",
    "Java, properties": r'a\u0001\u0007\u001B[\u007F"\#{x}\\\u00E9',
}


@pytest.mark.parametrize("program", SHOWN)
def test_characters_that_do_not_print_as_recorded_from_the_programs(program, needles, through):
    out = through(needles(ODD.encode()), f"<{SHOWN[program]}>".encode())
    assert re.fullmatch(rb"<\*\*\*\*'?>", out), out


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (b"one+plus+sign1", rb"one\u002Bplus\u002Bsign1"),  # .NET: System.Text.Json
        (b"c2VjcmV0a2V5==", rb"c2VjcmV0a2V5\=\="),  # Java: properties
        (b"c2VjcmV0a2V5==", rb"c2VjcmV0a2V5&#x3D;&#x3D;"),  # Handlebars
        (b"p@ssw0rd123", rb"p\@ssw0rd123"),  # Perl: Data::Dumper
        (b"a~tilde~value", rb"a\~tilde\~value"),  # fish
        (b"no!no!never", rb"no'\!'no'\!'never"),  # git: GIT_TRACE
        ("pässwörd(1".encode(), "pässwörd(1".encode("latin-1")),
        ("pässwörd(1".encode(), b"p%E4ssw%F6rd%281"),  # JavaScript: escape
        ("pässwörd(1".encode(), b64encode("pässwörd(1".encode("latin-1"))),  # requests: basic auth
    ],
)
def test_a_value_with_signs_of_one_kind(value, written, needles, through):
    assert through(needles(value), b"<" + written + b">") == b"<****>"


LITERALS = {
    "Perl, Data::Dumper": ('p@ss$word"é\33', r"p\@ss\$word\"\303\251\e"),
    "sed, l": ('it\'s "ß"\1', r"""it's "\303\237"\001"""),
    "git, a quoted path": ('it\'s "ß"\1', r"""it's \"\303\237\"\001"""),
    "PHP, addslashes": ('it\'s "a" \\', r"it\'s \"a\" \\"),
    "MySQL": ('it\'s "a"\nb', r"it\'s \"a\"\nb"),
    "PostgreSQL, E''": ("it's a\\b", r"it''s a\\b"),
    "Java, properties": ("a:b=c#d!", r"a\:b\=c\#d\!"),
    "Ruby, shellescape": ("a@b%c e", r"a@b\%c\ e"),
    "fish, no UTF-8": ("p\udce4ss w", r"p\Xe4ss\ w"),
    "PyYAML": ("a\u00a0b\u2028c", r"a\_b\Lc"),
    "ElementTree": ('a\tb"c', "a&#09;b&quot;c"),
    ".NET, XML": ('a\tb"c', "a&#x9;b&quot;c"),
    "Node, password of a URL": ("a;b&c=d'(e)", "a%3Bb&c%3Dd'(e)"),
    "Node, search of a URL": ("a'b`c{d}|", "a%27b`c{d}|"),
    "Go, password of a URL": ("a;b'c(d)/e", "a;b%27c%28d%29%2Fe"),
    "Go, PathEscape": ("a:b=c;d/e@f", "a:b=c%3Bd%2Fe@f"),
}


@pytest.mark.parametrize("program", LITERALS)
def test_literals_of_other_languages(program, needles, through):
    value, written = LITERALS[program]
    data = value.encode("utf-8", "surrogateescape")
    assert through(needles(data), f"<{written}>".encode()) == b"<****>"


@pytest.mark.parametrize("before", [b"", b"x", b"xy"])
@pytest.mark.parametrize("values", [(b"secret-key-a", b"secret-key-b"), (b"aecret-key-1", b"qecret-key-1")])
def test_secrets_that_share_their_base64_are_masked_with_the_edges_of_each(values, before, needles, through):
    both = needles(*values)
    for value in values:
        for after in (b"", b"z", b"zz"):
            text = b"<" + b64encode(before + value + after) + b">"
            assert through(both, text) == through(needles(value), text)


BINARY = b"pw\xff-Secret\xe9-9"


@pytest.mark.parametrize("write", [repr, ascii, json.dumps, lambda text: repr(json.dumps(text))[1:-1]])
def test_what_python_writes_of_a_value_that_is_no_utf_8(write, needles, through):
    written = write(BINARY.decode("utf-8", "surrogateescape"))
    assert through(needles(BINARY), written.encode()).strip(b"'\"") == b"****"


@pytest.mark.parametrize("write", [str, repr, json.dumps, urllib.parse.quote])
def test_what_programs_write_that_replace_what_is_no_utf_8(write, needles, through):
    written = write(BINARY.decode("utf-8", "replace"))
    assert through(needles(BINARY), written.encode()).strip(b"'\"") == b"****"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16(codec, needles, through):
    for value in VALUES:
        out = through(needles(value.encode()), "<".encode(codec) + value.encode(codec) + ">".encode(codec))
        assert value.encode(codec) not in out
        assert out.replace(b"\0", b"") == b"<****>"


@pytest.mark.parametrize("value", ["pw\u0d0a-Secret-9", "\u0d0a\u0d15-Secret-9", "pw-Secret\r\u0a15-9"])
def test_what_looks_like_crlf_in_utf_16_is_none(value, needles):
    data = value.encode("utf-16-be")
    for at in range(len(data)):
        masker = Masker(needles(value.encode()))
        assert masker.feed(b"<" + data[:at]) + masker.feed(data[at:] + b">") == b"<****>"


def test_a_plain_token_has_few_needles():
    assert len(needles_of("TOKEN", b"Tr0ub4dorPlain99")) == 8


@pytest.mark.parametrize("command", [["base64"], ["base64", "-w", "64"], ["base64", "-w", "0"]])
@pytest.mark.parametrize("value", [b"Tr0ub4dor" * 12, b"line one of a key\n" * 9, b"sign 'n' \"quote\" " * 7])
def test_base64_of_a_long_value_on_several_lines(command, value, needles, through):
    encoded = subprocess.run(command, input=value, capture_output=True, check=True, timeout=60).stdout
    out = through(needles(value), encoded)
    assert (
        len(out.replace(b"*", b"").replace(b"\n", b"").strip(b"=")) <= 5
    )  # less than a needle, and trimmed space


def test_the_hex_of_a_long_value_on_several_lines(needles, through):
    for value in (b"Tr0ub4dor" * 5, b"sign 'n' \"quote\"" * 7):
        digits = value.hex().encode()
        lines = [digits[at : at + 60] for at in range(0, len(digits), 60)]  # xxd -p
        out = through(needles(value), b"\n".join(lines) + b"\n")
        assert out == b"****\n" * len(lines)


@pytest.mark.parametrize("size", range(31, 64))
def test_at_most_two_bytes_are_left_of_the_hex_of_what_echo_prints(size, needles, through):
    value = (b"Tr0ub4dor" * 9)[:size]
    digits = value.hex().encode() + b"0a"
    lines = [digits[at : at + 60] for at in range(0, len(digits), 60)]
    out = through(needles(value), b"\n".join(lines) + b"\n")
    assert len(out.replace(b"*", b"").strip()) <= len(b"64" * 2 + b"0a")


def test_the_last_hex_digits_of_a_long_value_stay_within_a_number(needles, through):
    made = needles(b"Tr0ub4dor-" * 3 + b"481")
    assert through(made, b"at 1753438312 in 20343831b0\n") == b"at 1753438312 in 20343831b0\n"
    assert through(made, b"343831\n") == b"****\n"


def test_bytes_of_which_a_text_shows_nothing_mask_no_other_broken_text(needles, through):
    lost = "\ufffd".encode() * 6
    assert through(needles(b"\xff\xfe\xfd\xfc\xfb\xfa"), lost) == lost


def test_the_short_way_for_tokens_gives_what_the_long_one_gives(monkeypatch):
    token = b"Tr0ub4dor-Plain_99.x" * 3
    quick = {needle.text: (needle.form, needle.border) for needle in needles_of("TOKEN", token)}
    monkeypatch.setattr(variants, "_UNRESERVED", b"")
    slow = reversed(needles_of("TOKEN", token))  # there a text is in the list for each form that gives it
    by_text = {needle.text: (needle.form, needle.border) for needle in slow}
    assert {text: kind for text, kind in by_text.items() if kind[0] != "entities"} == quick


def test_every_needle_has_at_least_four_bytes():
    for value in (b"1234", b"a'b\"", b"ab\ncd", b"\xff\xfe\xfd\xfc"):
        assert min(len(needle.text) for needle in needles_of("PIN", value)) >= 4


def test_white_space_around_a_value_does_not_count(needles, through):
    assert through(needles(b"  hunter2secret \n"), b"<hunter2secret>") == b"<****>"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (b"postgres://app:s3cret@db/x", [b"s3cret"]),
        (b"postgres://app:s3c%40ret@db/x", [b"s3c%40ret", b"s3c@ret"]),
        (b"postgres://app:p@ss@db/x?a=b@c", [b"p@ss"]),
        (b"redis://:pw12@h:6379/0", [b"pw12"]),
        (b"https://example.com/a@b", []),
        (b"https://token@host/", []),
        (b"https://my-long-deployment-user@host/", []),
        (b"https://ghp_abcdefghijklmn0123@github.com/x", [b"ghp_abcdefghijklmn0123"]),
        (b"no url: x@y", []),
        (b"http://localhost:4873/@scope/package", []),
        (b"mysql://root:a/b?c#d@h/db", [b"a/b?c#d"]),
        (b"jdbc:postgresql://h/db?user=u&password=a%40b&ssl=true", [b"a%40b", b"a@b"]),
        (b"jdbc:sqlserver://h:1433;user=u;password=a b;encrypt=true", [b"a b"]),
        (b"jdbc:sqlserver://h;trustStorePassword=aaaa;password=bbbb", [b"bbbb"]),
        (b"jdbc:sqlserver://h;trustStorePassword=aaaa", []),
        (b"postgresql://u@h/db?password=abcd", [b"abcd"]),
        (b"jdbc:mysql://u:abcd@h/db?x=1", [b"abcd"]),
        (b"Server=h;User Id=u;Password=a&b c;Encrypt=True", [b"a&b c"]),
        (b'Server=h;Pwd="a;b";Uid=u', [b"a;b"]),
        (b"host=h user=u password='a b' dbname=d", [b"a b"]),
        (b"host=h password=abcd dbname=d", [b"abcd"]),
        (b"AccountName=n;AccountKey=YWJj/+==;EndpointSuffix=x", [b"YWJj/+=="]),
        (b"https://h/?next_password=no&oldpwd=abcd", [b"no"]),
        (b"password=abcd", [b"abcd"]),
    ],
)
def test_the_password_in_a_url(url, found):
    assert url_passwords(url) == found


def test_the_password_of_a_url_is_masked_alone_raw_and_decoded(needles, through):
    made = needles(DATABASE_URL=b"postgres://app:s3c%40ret@db.example.com/app")
    assert through(made, b"<s3c%40ret> <s3c@ret> <czNjQHJldA==>") == b"<****> <****> <****>"


@pytest.mark.parametrize("joint", [b" ", b"\\n", b"\\r\\n", b"\\\\n", b"\r\n", b"\n"])
def test_a_multi_line_value_on_one_line(joint, needles, through):
    lines = [b"first li", b"2nd", b"third li"]
    assert through(needles(b"\n".join(lines) + b"\n"), b"<" + joint.join(lines) + b">") == b"<****>"


PEM = b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0B\nAQ==\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize("newline", [b"\\n", b"\\r\\n"])
@pytest.mark.parametrize("around", [b"%s", b"%s\\n", b'{"type": "service_account", "private_key": "%s\\n"}'])
def test_a_key_stored_on_one_line_is_masked_as_programs_use_it(around, newline, needles, through):
    made = needles(around % PEM.replace(b"\n", newline))
    assert through(made, b"<" + PEM + b">") == b"<****>"
    assert through(made, b"<" + b64encode(PEM) + b">") == b"<****>"
    assert through(made, b"MIIEvQIBADANBgkq alone") == b"**** alone"


@pytest.mark.parametrize("value", [rb"C:\new\names", rb"-----BEGIN \n", rb"-----END \n-----BEGIN x"])
def test_other_values_with_a_backslash_and_an_n_are_no_keys(value):
    assert variants.unfolded_blocks(value) == []


UNIX, WINDOWS, MIXED = (
    b"it's one\nand two\nand 3",
    b"it's one\r\nand two\r\nand 3",
    b"it's one\r\nand two\nand 3",
)


@pytest.mark.parametrize(
    ("stored", "printed"),
    [(UNIX, WINDOWS), (WINDOWS, UNIX), (WINDOWS, WINDOWS), (MIXED, MIXED), (MIXED, UNIX)],
)
def test_crlf_and_lf_are_one_where_they_are_encoded_too(stored, printed, needles, through):
    made = needles(stored)
    text = printed.decode()
    for written in (printed.hex(), urllib.parse.quote(text), json.dumps(text)[1:-1], repr(text)[1:-1]):
        assert through(made, f"<{written}>".encode()) == b"<****>"
    assert through(made, b"<" + b64encode(b"..." + printed) + b">") == b"<Li4u****>"


@pytest.mark.parametrize(
    "written",
    [
        r"it\'s one\r\nand two\r\nand 3",
        "it's one&#13;&#10;and two&#13;&#10;and 3",
        r"it's one\\r\\nand two\\r\\nand 3",
    ],
)
def test_a_value_with_crlf_has_every_form(written, needles, through):
    assert through(needles(WINDOWS), f"<{written}>".encode()) == b"<****>"


def test_every_form_is_in_the_documentation():
    with open("docs/security.md", encoding="utf-8") as file:
        listed = file.read().partition("masked forms: begin")[2].partition("masked forms: end")[0]
    for form in [*FORMS, "base64", "URL password"]:
        assert f"| {form} |" in listed, form


def test_a_masker_repr_of_needles_hides_the_text():
    assert "Tr0ub" not in repr(needles_of("TOKEN", b"Tr0ub4dorPlain99"))
    assert "Tr0ub" not in repr(Masker(["Tr0ub4dorPlain99"]))
