"""`name = value` where the name says credential: in a shell, an env file, JSON, YAML, XML, a header, a URL's query."""

from creds_shell.masking.blocks import block
from creds_shell.masking.hit import ALNUM, ALNUM_SET, BLANKS, CONTROLS, DIGITS, LONGEST, SPACE, WORD, Hit
from creds_shell.masking.lane import NEAR
from creds_shell.masking.remarks import LINE_ENDS, NO_VALUES, WITHHELD, WORD_ENDS, is_report, remark_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.masking.hit import Verdict

PASSWORD_NAMES = (b"password", b"passwd", b"passphrase", b"passcode", b"pass", b"pwd")
SECRET_NAMES = (
    b"secret", b"token", b"apikey", b"api_key", b"api-key", b"api key", b"accesskey", b"access_key", b"access-key",
    b"access_key_id", b"secretkey", b"secret_key", b"secret-key", b"secretaccesskey", b"privatekey", b"private_key",
    b"private-key", b"encryption_key", b"signing_key", b"master_key", b"auth_key", b"authkey", b"accountkey",
    b"account_key", b"sharedaccesskey", b"client-key-data", b"subscription_key", b"credential", b"credentials",
    b"authorization",
)  # fmt: skip
_NAMES = frozenset((*PASSWORD_NAMES, *SECRET_NAMES))
_NAME_ENDS = tuple(sign + name for sign in (b"_", b".") for name in (*PASSWORD_NAMES, *SECRET_NAMES))
_WHOLE_NAMES = (b"pass", b"pwd")
_TEMPLATES = (b"%s", b"%r", b"%v", b"%q")
_FILES = (b".pem", b".key", b".crt", b".cer", b".der", b".p12", b".json", b".txt", b".yaml", b".yml")
_READS = (b"process.env.", b"os.environ", b"import.meta.env.", b"env.")
_COMMANDS = (b"setenv ", b"ENV ", b"set -x ", b"set -gx ", b"set -Ux ", b"set -lx ", b"set --export ")
_BESIDE = (b"name:", b"name=", b"key:", b"key=")
_PROSE = frozenset((
    b"via", b"is", b"are", b"was", b"with", b"for", b"to", b"and", b"or", b"but", b"also", b"can", b"may", b"must",
))  # fmt: skip
"""What follows an option in a sentence: docker warns of `--password via the CLI`."""
_METAVARS = frozenset((b"value", b"TEXT", b"NAME", b"FILE", b"FILENAME", b"PATH"))
"""What follows it in a usage line, beside names and types: `[--password TEXT]`."""
_PASSWD_SAYS = (b"files", b"compat", b"db", b"sss", b"systemd", b"authentication", b"password")
"""How the line `passwd: …` of nsswitch.conf(5) begins, and what the program says that is called so."""

ALIGNED = 64
"""So many blanks may stand on either side of a sign: terraform and kubectl write one value below the other."""
LOOK = 256
"""So much of a value tells whether it can be one; many long ones that overlap would be copied whole each time."""

VERSION = 16
"""A version is shorter than this."""


def assignment(hit: Hit) -> "Verdict":
    """`name = value`, `name: value`, `"name": "value"`, `--name=value`, `?name=value&`."""
    if hit.literal in _WHOLE_NAMES and hit.before in ALNUM_SET:
        return None
    if hit.literal == b"passwd" and hit.behind().endswith(b"NO"):  # sudo's NOPASSWD: ALL
        return None
    text, at = hit.text, hit.over(DIGITS, hit.end, 4)
    for suffix in (b"_base", b"_value", b"]", b"%5d"):  # the last two: `user[password]=…` of Rails and PHP
        rest = text[at : at + len(suffix)].lower()
        if rest == suffix:
            at += len(suffix)
        elif suffix.startswith(rest) and hit.open(at + len(rest)):
            return hit.wait(len(text))
    quote = hit.over(b"\\", at, 4)
    if text[quote : quote + 1] in (b'"', b"'", b"`"):
        quote += 1
    return _signed(hit, at, quote)


def _signed(hit: Hit, at: int, quote: int) -> "Verdict":
    """The sign after a name that ends at `at`, or, with its closing quote, at `quote`: `=`, `:`, `=>`, `:=`."""
    text, sign_at = hit.text, hit.over(BLANKS, quote, ALIGNED)
    if hit.open(sign_at):
        return hit.wait(len(text))
    sign = text[sign_at : sign_at + 1]
    if sign not in (b"=", b":"):
        return _without_sign(hit, at, quote, sign_at)
    if sign == b":" and _is_part_of_address(hit):
        return None
    after = sign_at + 1
    second = text[after : after + 1]
    if sign + second in (b"=>", b":="):
        after += 1
    elif sign + second in (b"==", b"=:", b"::", b":/"):
        return None
    start = hit.over(BLANKS, after, ALIGNED)
    if hit.open(start):
        return hit.wait(len(text))
    if quote == at and _ends_text(hit, text[start : start + 1]):
        return None
    spaced = start > after or sign_at > quote
    if spaced and text[at - 1 : at] == b"]" and after == sign_at + 1:
        return None  # a program's `secrets[token] = value`
    return _value(hit, start, prose=sign == b":" and spaced, tight=sign == b"=" and not spaced)


def _is_part_of_address(hit: Hit) -> bool:
    """Whether the name is the user in a URL, which is judged by itself, or a service's part of an ARN."""
    line = hit.behind()
    return line.rstrip(WORD + b"-.%").endswith(b"://") or (line[-1:] == b":" and b"arn:" in line)


def _without_sign(hit: Hit, at: int, quote: int, next_at: int) -> "Verdict":
    """A value that stands beside its name: as the next argument, in an XML element, or as the `value` of a pair."""
    if next_at == at + 1 == quote + 1:
        return _argument(hit, next_at)
    before = hit.behind().rstrip(WORD + b"-.:")
    if next_at == at and hit.text[at : at + 1] == b">" and before.endswith(b"<"):
        return _element(hit, at + 1)
    line = hit.behind().rstrip(WORD + b"-.").rstrip(b"\\\"'").rstrip(BLANKS).lower()
    return _pair(hit, quote) if line.translate(None, b"\\\"'").endswith(_BESIDE) else None


def _argument(hit: Hit, start: int) -> "Verdict":
    """`--password value`: the next argument of a long option; further away stands the text of a `--help`.

    And `set -gx TOKEN value`, `setenv TOKEN value`, `ENV TOKEN value`, and `login name password value` of a .netrc.
    """
    line = hit.behind()
    command = line.rstrip(WORD + b"-")
    option = line[len(command) :]
    names = option.startswith(b"--") or command.endswith(_COMMANDS) or command.split()[-2:-1] == [b"login"]
    end = hit.until(WORD_ENDS, start)
    word = hit.text[start : min(end, start + LOOK)]
    usage = option.startswith(b"--") and (word in _PROSE or word in _METAVARS)
    if not names or option.startswith(b"--no-") or (usage and not hit.open(end)):
        return None
    return _value(hit, start, prose=False, tight=True)


def _element(hit: Hit, first: int) -> "Verdict":
    """`<password>value</password>`."""
    text = hit.text
    end = hit.until(b"<\n" + CONTROLS, first)
    if hit.open(end) or (text[end : end + 1] == b"<" and hit.open(end + 1)):
        return hit.wait(first)
    is_closed = text[end : end + 2] == b"</"
    return (first, end, -1) if is_closed and _is_value(hit, text[first : min(end, first + LOOK)]) else None


def _pair(hit: Hit, at: int) -> "Verdict":
    """`name: DB_PASSWORD` and then `value: …`, as Kubernetes, ECS and .NET write them."""
    text = hit.text
    word = hit.over(b", \t\r\n\\\"'", at, 64)
    quote = hit.over(ALNUM, word, 8)
    after = hit.over(b"\\\"'" + BLANKS, quote, 8)
    start = hit.over(BLANKS, after + 1, 8)
    if hit.open(start):
        return hit.wait(len(text))
    if text[word:quote].lower() != b"value" or text[after : after + 1] not in (b":", b"="):
        return None
    return _value(hit, start, prose=False, tight=False)


def _value(hit: Hit, start: int, *, prose: bool, tight: bool) -> "Verdict":
    """The value of an assignment: between quotes, or up to a blank or what ends it.

    Args:
        hit: the name.
        start: where the value begins.
        prose: a word after a colon and a blank, which may be a sentence.
        tight: `name=value` as in a shell: what stands there is the value, whatever it looks like.
    """
    text = hit.text
    slash = hit.over(b"\\", start, 4)
    if hit.open(slash):
        return hit.wait(start)
    sign = text[slash : slash + 1]
    if sign in (b'"', b"'", b"`"):
        first = slash + 1
        end = _closing(hit, first, sign[0], escaped=slash > start)
        if hit.open(end):
            return hit.wait(first)
        if hit.literal == b"authorization":
            first = min(_after_scheme(hit, first), end)
        return (first, end, -1) if _is_value(hit, text[first : min(end, first + LOOK)]) else None
    scalar = block(hit, start) if text[start : start + 1] in (b"|", b">") and not tight else None
    return _bare_value(hit, start, prose=prose, tight=tight) if scalar is None else scalar


def _bare_value(hit: Hit, first: int, *, prose: bool, tight: bool) -> "Verdict":
    """A value without quotes; the arguments are those of `_value`."""
    text = hit.text
    if hit.literal == b"authorization":
        first = _after_scheme(hit, first)
    line_start = _at_line_start(hit)
    end = hit.until(LINE_ENDS if line_start else WORD_ENDS, first)
    remark = first if tight else remark_end(hit, first, prose=prose)
    if hit.open(end) or hit.open(remark):
        return hit.wait(first)
    if remark > first:
        return None
    if not tight:
        while end > first and text[end - 1] in b",;":
            end -= 1
    word = text[first : min(end, first + LOOK)]
    calls = word[-1:] in (b"(", b"[") and text[end : end + 1] in (b'"', b"'")
    shell = tight and line_start and word[-1:] not in (b",", b")") and not calls
    if end == first or _is_placeholder(word + text[end : end + 1]) or not _is_value(hit, word.rstrip(b",")):
        return None
    if (not shell and _is_code(word.rstrip(b","))) or is_report(hit, word, end, prose=prose):
        return None
    if line_start and not tight:
        end = _phrase_end(hit, first, end)
    if hit.open(end):
        return hit.wait(first)
    return (first, end, -1) if end > first else None


def _ends_text(hit: Hit, sign: bytes) -> bool:
    """Whether this quote ends a text that began before the name: `"Authorization:" header`, `print("token=" + x)`."""
    return sign in (b'"', b"'", b"`") and hit.behind().rstrip(WORD + b"-").endswith(sign)


def _phrase_end(hit: Hit, first: int, end: int) -> int:
    """Where a value of several words ends that stands alone on its line, as in YAML and ini files.

    At first, where the line tells something else: `12 bytes` (kubectl describe secret), `passwd: files systemd`.
    """
    stop = hit.until(b"\n\r" + CONTROLS, end)
    if hit.open(stop):
        return stop
    phrase = hit.text[first:stop].partition(b" #")[0].rstrip(SPACE + b",;")
    words = phrase.split()
    length = words[1:] == [b"bytes"] and words[0].isdigit()
    says = hit.literal == b"passwd" and words[0].lower() in _PASSWD_SAYS
    sentence = says and len(words) > 1 and b"".join(words).isalpha()
    return first if length or sentence else max(end, first + len(phrase))


def _closing(hit: Hit, at: int, quote: int, *, escaped: bool) -> int:
    """Where a quoted value ends: at the same quote, or at the end of the line."""
    text, first, stop = hit.text, at, min(len(hit.text), at + LONGEST)
    while at < stop:
        byte = text[at]
        if (byte < 32 and byte != 9) or byte == 127:
            return at
        if byte == 92:
            behind = hit.over(b"\\", at, 64)
            if escaped and behind < stop and text[behind] == quote:
                return at
            if hit.open(behind):
                return len(text)
            at = behind + (behind - at) % 2
            continue
        if byte == quote:
            following = text[at + 1 : at + 2]
            if not following and not hit.final:
                return len(text)
            if at == first or following != bytes([quote]):
                return at
            at += 2  # doubled, as SQL and YAML write it
            continue
        at = hit.until(b"\n\r\\" + CONTROLS + bytes([quote]), at, stop - at)
    return stop


def _after_scheme(hit: Hit, at: int) -> int:
    """Past `Bearer `, `Basic ` and the like in an Authorization header."""
    end = hit.over(ALNUM, at, 32)
    after = hit.over(BLANKS, end, 8)
    return after if after > end and hit.text[at:end].isalpha() else at


def _at_line_start(hit: Hit) -> bool:
    """Whether the name stands at the start of a line or after `export`: a shell's or an env file's assignment."""
    line = hit.behind()
    other = line.rstrip(WORD)
    if other.endswith((b"\n", b"export ", b"set ", b"declare -x ")):
        return True
    other = other.rstrip(BLANKS)
    return other.endswith(b"\n") or (not other and len(line) < NEAR)


def _is_code(value: bytes) -> bool:
    """Whether an unquoted value is a program's name for one: `password=db.password`, `token = os.environ[`."""
    if value.startswith(_READS):
        return True
    name = value.lstrip(WORD + b".")
    if name[:1] in (b"(", b"[") and (value[:1].isalpha() or value[:1] == b"_"):
        return True
    plain = value.lower()
    return plain in _NAMES or (not name and not plain.strip(WORD + b".") and plain.endswith(_NAME_ENDS))


def _is_value(hit: Hit, value: bytes) -> bool:
    """Whether this can be a secret: no placeholder, no variable, no directory in PWD."""
    core = value.strip(b"*.-_")
    if not core or len(value) < (1 if hit.literal in PASSWORD_NAMES else 4):
        return False
    if len(value) > 2 and not value.strip(b"xX"):
        return False
    if core.lower() in NO_VALUES:
        return False
    if hit.literal == b"pwd" and value[:1] in (b"/", b"~"):
        return False
    if hit.literal in SECRET_NAMES and (_is_version(value) or value.endswith(_FILES)):
        return False
    if value[:2] in (b"${", b"$(", b"{{", b"<%") or value.strip(b"()") == b"":
        return False
    return not _is_placeholder(value)


def _is_version(value: bytes) -> bool:
    """Whether a package of this name has this version: `"jsonwebtoken": "^9.0.2"`."""
    number = value.lstrip(b"^~=<> v")
    return b"." in number and number.replace(b".", b"").isdigit() and len(number) < VERSION


def _is_placeholder(value: bytes) -> bool:
    """Whether something is put here by a template, a shell or a reader: `%s`, `{name}`, `<name>`, `$NAME`, `(none)`."""
    if value in _TEMPLATES or value.startswith(b"%("):
        return True
    if value[:1] + value[-1:] in (b"{}", b"<>"):
        return not value[1:-1].lstrip(b"/").strip(WORD + b".-")
    if value[:1] + value[-1:] in (b"()", b"[]"):  # npm: `_authToken = (protected)`
        return value[1:-1].lower() in WITHHELD
    name = value[1:]
    return value[:1] == b"$" and not name.strip(WORD) and (name.isupper() or len(name) == 1 or _is_code(name))
