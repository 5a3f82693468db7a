"""What programs say *of* a password where its value would stand: `(known after apply)`, `Permission denied`, `PASS=12`."""

from creds_shell.masking.hit import CONTROLS, SPACE, WORD, Hit
from creds_shell.masking.rules import SHORTEST

LINE_ENDS = SPACE + CONTROLS + b"\"'`"
WORD_ENDS = LINE_ENDS + b",;&)}]<>|"

NO_VALUES = frozenset((
    b"|", b">", b"{", b"[", b"new", b"await", b"include", b"same-origin",
    b"null", b"none", b"nil", b"true", b"false", b"undefined", b"required", b"optional", b"string", b"str", b"bytes",
    b"bool", b"boolean", b"int", b"number", b"object", b"yes", b"no", b"on", b"off", b"redacted",
))  # fmt: skip
WITHHELD = NO_VALUES | frozenset((
    b"empty", b"hidden", b"masked", b"filtered", b"protected", b"sensitive", b"encrypted", b"removed", b"omitted",
    b"set", b"unset", b"not", b"known", b"unknown", b"unchanged", b"provided", b"generated", b"write-only",
    b"cls", b"sep", b"pad", b"unk", b"mask", b"bos", b"eos",
))  # fmt: skip
"""What stands in brackets instead of a value; the last ones are tokens of language models. Another word may be one: Go
prints a header as `X-Api-Key:[value]`."""

_CLOSING = {b"(": b")", b"<": b">"}
_MESSAGES = frozenset((
    b"permission denied", b"is a directory", b"not a directory", b"file exists", b"operation not permitted",
    b"command not found", b"inaccessible or not found", b"unbound variable", b"parameter not set",
    b"parameter null or not set", b"readonly variable", b"bad substitution", b"not found", b"not set", b"not provided",
    b"not configured", b"not defined", b"not valid", b"missing", b"incorrect", b"invalid", b"expired", b"unset",
    b"required value", b"field required", b"already exists", b"ok", b"passed", b"failed", b"skipped", b"created",
    b"updated", b"deleted",
))  # fmt: skip
"""What a shell, a system call, a validator or a test says of a variable, file or field, up to the end of the line."""
_OPENINGS = (
    b"must be ", b"must not ", b"must have ", b"must contain ", b"must match ", b"cannot be ", b"can't be ",
    b"cannot open ", b"cannot read ", b"is too short", b"is too long", b"is too weak", b"is too common",
    b"is too similar", b"is not ", b"is required", b"is missing", b"is invalid", b"this field is ", b"this field must ",
    b"this field cannot ", b"this variable is ", b"has expired", b"does not match", b"does not meet", b"does not exist",
    b"does not contain", b"does not have ", b"doesn't match", b"doesn't meet", b"doesn't exist", b"expected string",
    b"expected a ", b"expected type", b"expected one of ",
)  # fmt: skip
"""How a longer one begins, in as many words as tell it from a passphrase that is a sentence."""
_LONGEST = max(map(len, _MESSAGES)) + 2
_MESSAGE_ENDS = CONTROLS + b'\n\r"`)'
_PROSE_NAMES = (b"token", b"credential", b"credentials", b"pass", b"api key", b"authorization")


def remark_end(hit: Hit, first: int, *, prose: bool) -> int:
    """Where a remark ends that stands at first in a value's place; at first where none does.

    `(known after apply)`, `<set to the key 'a' in secret 'b'>`; after a colon and a blank (prose) also without
    brackets: `cat: /run/secrets/api_key: Permission denied`. What more bytes decide ends with the text.
    """
    closing = _CLOSING.get(hit.text[first : first + 1])
    if closing:
        return _bracketed(hit, first, closing)
    return _message(hit, first) if prose else first


def _bracketed(hit: Hit, first: int, closing: bytes) -> int:
    text, end = hit.text, hit.over(WORD + b" '.-", first + 1, 128)
    if hit.open(end):
        return end
    word, *more = text[first + 1 : end].lower().split(b" ")
    is_whole = text[end : end + 1] == closing and text[end + 1 : end + 2] in WORD_ENDS
    return end + 1 if more and word in WITHHELD and is_whole else first


def _message(hit: Hit, first: int) -> int:
    end = hit.until(_MESSAGE_ENDS, first, _LONGEST)
    phrase = hit.text[first:end].lower()
    if phrase.startswith(_OPENINGS) or phrase.rstrip(b" .,!") in _MESSAGES:
        return end
    may_be = hit.open(end) and any(known.startswith(phrase) for known in (*_MESSAGES, *_OPENINGS))
    return end if may_be else first


def is_report(hit: Hit, word: bytes, end: int, *, prose: bool) -> bool:
    """Whether a word, up to end, says how something went: what test programs print, or a sentence.

    Args:
        hit: the name.
        word: what stands in the value's place.
        end: where it ends.
        prose: it follows a colon and a blank.
    """
    passed = hit.literal == b"pass" and hit.before != ord("_")
    if passed and word.isdigit() and len(word) < SHORTEST and hit.text[end : end + 1] in SPACE + b",)":
        return True  # `PASS=12 WARN=0`
    if passed and prose and hit.text[hit.start : hit.end] == b"PASS":
        return True
    return prose and hit.literal in _PROSE_NAMES and (word.isalpha() or word.isdigit())
