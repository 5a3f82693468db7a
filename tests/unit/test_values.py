"""A value never shows itself, whatever Python is asked to do with it, and works where it should."""

import copy
import csv
import dataclasses
import io
import json
import logging
import pickle
import pprint
import string
import traceback

import pytest
from rich.console import Console
from rich.pretty import pretty_repr

from creds_shell import APICredentials, DatabaseCredentials, OutputMasker
from creds_shell.base import InvalidValueError, SecretBundle, SecretValue

SECRET = "hunter2-correct-horse"


@dataclasses.dataclass
class Holder:
    """A user's own class with secrets in it."""

    value: SecretValue
    bundle: SecretBundle


@pytest.fixture
def value():
    """One secret."""
    return SecretValue(SECRET)


@pytest.fixture
def bundle():
    """One bundle with one secret."""
    return SecretBundle(project_id="shop", secrets={"API_KEY": SECRET})


def parameters():
    """What a database driver is called with."""
    database = DatabaseCredentials("h", 5432, "shop", "app", SecretValue(SECRET))
    return database.dsn, database.dsn_for("psycopg"), database.dsn_for("env")


def handed_out():
    """What else gives plain values, when it is asked for one."""
    database = DatabaseCredentials("h", 5432, "shop", "app", SecretValue(SECRET))
    masker = OutputMasker()
    masker.register_secret(SECRET)
    yield from (database, *parameters(), APICredentials.from_value(SECRET), masker)


def rich_text(thing):
    out = io.StringIO()
    Console(file=out, width=200).print(thing)
    return out.getvalue()


def csv_text(thing):
    out = io.StringIO()
    csv.writer(out).writerow([thing])
    return out.getvalue()


def logged(thing):
    record = logging.LogRecord("n", logging.INFO, "f", 1, "%s %r", (thing, thing), None)
    return record.getMessage()


def raised(thing):
    try:
        raise ValueError(thing)  # noqa: TRY301 it is the test
    except ValueError:
        return traceback.format_exc()


WAYS = {
    "str": str,
    "repr": repr,
    "format": "{}".format,
    "format width": "{:>40}".format,
    "percent": lambda x: f"{x!s}" + "%s %r" % (x, x),  # noqa: UP031 the old way is the test
    "f-string": lambda x: f"{x} {x!r} {x!s}",
    "template": lambda x: string.Template("$x").substitute(x=x),
    "list": lambda x: str([x]),
    "pprint": pprint.pformat,
    "json default": lambda x: json.dumps({"x": x}, default=str),
    "rich print": rich_text,
    "rich pretty": pretty_repr,
    "rich in a dict": lambda x: pretty_repr({"x": [x]}),
    "csv": csv_text,
    "logging": logged,
    "traceback": raised,
    "dataclass repr": lambda x: repr(dataclasses.make_dataclass("D", ["x"])(x)),
    "dataclass asdict": lambda x: str(dataclasses.asdict(dataclasses.make_dataclass("D", ["x"])(x))),
    "dataclass astuple": lambda x: str(dataclasses.astuple(dataclasses.make_dataclass("D", ["x"])(x))),
    "copy": lambda x: repr(copy.copy(x)) + repr(copy.deepcopy(x)),
    "attributes": lambda x: str(
        [getattr(x, name, None) for name in dir(x) if name.startswith("_") and name != "__doc__"]
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_shows_the_value(value, bundle, way):
    """A value alone, a bundle, its mapping, its keys."""
    for thing in (value, bundle, bundle.secrets, bundle["API_KEY"], bundle.get("API_KEY"), *parameters()):
        assert SECRET not in WAYS[way](thing)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_is_refused(value, bundle, protocol):
    """A pickle ends up in a file, a queue, another process."""
    for thing in (value, value._hidden, bundle, bundle.secrets, Holder(value, bundle), *handed_out()):
        with pytest.raises(TypeError, match="never pickled"):
            pickle.dumps(thing, protocol)


def test_json_shows_the_mask(value, bundle):
    """Also without a default; a bundle and its mapping are no JSON at all."""
    assert json.dumps({"password": value}) == '{"password": "****"}'
    for thing in (bundle, bundle.secrets, *handed_out()):
        with pytest.raises(TypeError):
            json.dumps(thing)


def test_a_value_shows_as_four_stars(value):
    """The exact text."""
    assert (str(value), repr(value), f"{value}") == ("****", "SecretValue('****')", "****")
    assert str(SecretValue("")) == "****"


def test_len_bool_eq_and_hash_work_on_the_value(value):
    """As if it were the string."""
    assert len(value) == len(SECRET)
    assert value == SecretValue(SECRET)
    assert value == SECRET
    assert value != SecretValue("other")
    assert value != "****"
    assert SecretValue(b"\xff") == SecretValue(b"\xff") == "\udcff"
    assert SecretValue(b"\xff") != SecretValue(b"\xfe")
    assert SecretBundle("p", {"A": b"\xff"}).secrets == SecretBundle("p", {"A": b"\xff"}).secrets
    assert hash(value) == hash(SecretValue(SECRET))
    assert {value, SecretValue(SECRET)} == {value}
    assert (bool(value), bool(SecretValue("")), len(SecretValue(""))) == (True, False, 0)


def test_the_one_way_out(value):
    """Text, and the bytes that a process gets."""
    assert value.get_secret_value() == SECRET
    assert type(value.get_secret_value()) is str
    raw = SecretValue(b"\xff\n\x00x")
    assert raw.get_secret_bytes() == b"\xff\n\x00x"
    assert raw.get_secret_value() == "\udcff\n\x00x"
    assert SecretValue(value).get_secret_value() == SECRET
    assert copy.copy(value).get_secret_value() == copy.deepcopy(value).get_secret_value() == SECRET


def test_only_text_and_bytes_are_hidden():
    """No silent str() of a number; the error names its type."""
    for thing in (5432, ["x"], bytearray(b"hunter2")):
        with pytest.raises(TypeError, match="made of text or bytes, not") as caught:
            SecretValue(thing)
        assert "hunter2" not in str(caught.value)


def test_none_is_empty_as_in_the_ancestor():
    """`SecretValue(None)` says that nothing is set."""
    none = SecretValue(None)
    assert none.get_secret_value() is None
    assert (str(none), repr(none), bool(none), len(none)) == ("", "SecretValue(None)", False, 0)
    assert none.get_secret_bytes() == b""


def test_a_failing_assertion_of_pytest_shows_no_value(pytester_like_output):
    """pytest explains failing comparisons and shows locals."""
    assert SECRET not in pytester_like_output
    assert "5 failed" in pytester_like_output


@pytest.fixture
def pytester_like_output(tmp_path, run_python):
    """What `pytest --showlocals -vv` prints of failing tests with secrets in them; made of pieces not to match itself."""
    (tmp_path / "test_it.py").write_text(
        "from creds_shell.base import SecretBundle, SecretValue\n"
        "from creds_shell import DatabaseCredentials\n"
        "value = SecretValue('hunter2-' + 'correct-horse')\n"
        "bundle = SecretBundle('shop', {'A': value, 'B': 'x'})\n"
        "def test_eq():\n    mine = value\n    assert mine == SecretValue('other')\n"
        "def test_bundle():\n    mine = bundle\n    assert mine == SecretBundle('shop', {})\n"
        "def test_mapping():\n    mine = bundle.secrets\n    assert mine == {'B': 'y'}\n"
        "dsn = DatabaseCredentials('h', 1, 'd', 'u', value).dsn\n"
        "def test_dsn():\n    mine = dsn\n    assert mine == {'password': 'y'}\n"
        "def test_in():\n    mine = [value]\n    assert 'x' in mine\n"
    )
    code = (
        "import pytest, sys\n"
        f"sys.exit(pytest.main(['-p', 'no:randomly', '-p', 'no:cacheprovider', '-vv', '--showlocals', {str(tmp_path / 'test_it.py')!r}]))"
    )
    done = run_python(code, cwd=tmp_path)
    return done.stdout + done.stderr


def test_a_bundle_has_the_names_that_people_use(bundle):
    """keys, get, set, delete, version, updated_at, provider, len."""
    assert bundle.updated_at is None
    bundle.set("B", b"\xff")
    bundle.set("C", SecretValue("c"))
    assert bundle.updated_at is not None
    assert bundle.keys == ["API_KEY", "B", "C"]
    assert bundle.keys() == ["API_KEY", "B", "C"]
    assert bundle.get("API_KEY").get_secret_value() == SECRET
    assert bundle.get("NOPE") is None
    with pytest.raises(KeyError):
        bundle["NOPE"]
    assert bundle.secrets["B"] == "\udcff"
    assert bundle.as_bytes()["B"] == b"\xff"
    assert (bundle.delete("B"), bundle.delete("B")) == (True, False)
    assert len(bundle) == 2
    assert list(bundle) == ["API_KEY", "C"]
    assert ("C" in bundle, "B" in bundle) == (True, False)
    assert (bundle.version, bundle.provider) == (None, "")
    assert SecretBundle("p").environment == "default"


def test_printing_a_bundle_shows_keys(bundle):
    """`print(bundle)` is for looking."""
    assert str(bundle) == "shop, default (1 secret)\n  API_KEY=****"
    assert (
        repr(bundle)
        == "SecretBundle(project_id='shop', environment='default', keys=['API_KEY'], provider='')"
    )


def test_the_mapping_of_plain_strings_is_one(bundle):
    """Plain values inside, a masked repr outside."""
    assert dict(bundle.secrets) == {"API_KEY": SECRET}
    assert bundle.secrets == {"API_KEY": SECRET}
    assert repr(bundle.secrets) == "{'API_KEY': '****'}"
    bundle.secrets["B"] = "x"
    assert "B" in bundle.keys


def test_mappings_of_real_values_are_joined_like_dicts_and_stay_masked():
    """`dsn | {"timeout": 3}` works as with a dict; nothing of it shows."""
    mine, *_ = parameters()
    for joined in (mine | {"timeout": 3}, {"timeout": 3} | mine):
        assert dict(joined) == {**mine, "timeout": 3}
        assert SECRET not in repr(joined)
    mine.update({"password": "x"}, timeout=3)
    assert (mine["password"], mine.setdefault("timeout", 4), mine.setdefault("ssl", "on")) == ("x", 3, "on")
    mine.update()
    twin = copy.deepcopy(mine)
    assert (twin.pop("password"), twin.pop("password", "gone"), twin.get("password")) == ("x", "gone", None)
    assert mine["password"] == "x"
    assert "'password': '****'" in repr(mine)
    with pytest.raises(TypeError):
        mine | 3


def test_a_value_that_is_no_text_is_refused_by_its_key(bundle):
    """No silent str() of a number or a list."""
    with pytest.raises(InvalidValueError, match="the value of PORT is no text but int"):
        bundle.set("PORT", 5432)
    with pytest.raises(InvalidValueError, match="the value of PORT is not set"):
        bundle.set("PORT", SecretValue(None))


def test_a_copied_bundle_is_its_own(bundle):
    """Changing a copy changes nothing else; until then all of it is the same, above all its environment."""
    bundle.environment, bundle.version, bundle.provider = "staging", "7", "dotenv-global"
    bundle.forced, bundle.inherited = frozenset({"API_KEY"}), frozenset({"B"})
    for twin in (copy.copy(bundle), copy.deepcopy(bundle)):
        assert vars(twin) == vars(bundle)
        twin.set("API_KEY", "other")
        assert bundle["API_KEY"] == SECRET


def test_a_dataclass_with_secrets_stays_masked(value, bundle):
    """asdict copies deeply."""
    assert SECRET not in repr(dataclasses.asdict(Holder(value, bundle)))
    assert SECRET not in repr(dataclasses.replace(Holder(value, bundle)))
