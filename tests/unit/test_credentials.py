"""Credentials out of keys: every spelling, whole groups, nothing shown."""

import json
import pickle

import pytest

from creds_shell.base import InvalidValueError, SecretNotFoundError, SecretValue, UsageError
from creds_shell.core.access import describes_postgres, is_readonly, pgoptions
from creds_shell.core.merge import merge_layers
from creds_shell.credentials import APICredentials, DatabaseCredentials, fields
from creds_shell.credentials.find import find
from creds_shell.permissions import AccessLevel

FIVE = {
    "DB_HOST": "db.example",
    "DB_PORT": "6543",
    "DB_NAME": "shop",
    "DB_USER": "app",
    "DB_PASSWORD": "p@ss/wörd:#1",
}
RDS = {
    "username": "app",
    "password": "p@ss/wörd:#1",
    "engine": "postgres",
    "host": "db.example",
    "port": 6543,
    "dbname": "shop",
}
PARTS = ("db.example", 6543, "shop", "app", "p@ss/wörd:#1")

SPELLINGS = [
    FIVE,
    {key.replace("DB_NAME", "DB_DB").replace("DB_", "POSTGRES_", 1): value for key, value in FIVE.items()},
    {"PGHOST": "db.example", "PGPORT": "6543", "PGDATABASE": "shop", "PGUSER": "app", "PGPASSWORD": PARTS[4]},
    {"DATABASE_URL": "postgres://app:p%40ss%2Fw%C3%B6rd%3A%231@db.example:6543/shop"},
    {
        "DATABASE_URL": "postgresql+asyncpg://app:p%40ss%2Fw%C3%B6rd%3A%231@db.example:6543/shop?sslmode=disable"
    },
    {"DB_URL": "postgresql://app:p%40ss%2Fw%C3%B6rd%3A%231@db.example:6543/shop"},
    {"DB": json.dumps(RDS)},
    {key: str(value) for key, value in RDS.items()},
    {
        "DB_HOST": "db.example",
        "DATABASE_URL": "postgres://app:p%40ss%2Fw%C3%B6rd%3A%231@db.example:6543/shop",
    },
]


def database(values, secret_id="DB"):  # noqa: S107 a name
    found = find(values, secret_id)
    assert found is not None
    assert isinstance(found[0], DatabaseCredentials)
    return found[0]


@pytest.mark.parametrize("values", SPELLINGS)
def test_every_spelling_gives_the_same_credential(values):
    creds = database(values)
    told = (creds.host, creds.port, creds.database, creds.username, creds.password.get_secret_value())
    assert told == PARTS


def test_a_password_that_is_no_text_comes_out_of_a_url_byte_for_byte():
    creds = database({"DATABASE_URL": "postgres://app:p%FF%40@h/shop"})
    assert creds.password.get_secret_bytes() == b"p\xff@"
    assert creds.get_connection_string_unsafe().startswith("postgresql://app:p%FF%40@h:5432/shop?")


def test_the_keys_of_a_credential_are_the_projects_own():
    """For the audit log, and for the next step where one of them is wrong: a field of JSON is no key."""
    assert database({"DB": json.dumps(RDS)}).source == ("DB",)
    assert database(FIVE).source == tuple(sorted(FIVE))
    with pytest.raises(InvalidValueError) as told:
        find({"DB": json.dumps({**RDS, "port": "54x"})}, "DB")
    assert told.value.hints == ("creds set DB",)


def test_another_prefix_and_an_id_in_lower_case():
    values = {key.replace("DB_", "REPORTS_"): value for key, value in FIVE.items()}
    assert database(values, "REPORTS").host == "db.example"
    assert database(FIVE, "db").host == "db.example"


@pytest.mark.parametrize("given", [SecretValue, str.encode, str])
def test_credentials_in_a_mapping_are_the_real_ones(given):
    """Also where the mapping holds hidden values or bytes: none of them is turned into what it shows."""
    found = DatabaseCredentials.from_dict(
        {
            "host": SecretValue("h"),
            "port": SecretValue("5433"),
            "username": "u",
            "password": given("s3cret-x"),
        }
    )
    assert (found.host, found.port, found.username) == ("h", 5433, "u")
    assert found.dsn["password"] == "s3cret-x"


def test_what_a_mapping_does_not_say_gets_a_default():
    found = DatabaseCredentials.from_dict({"host": None, "username": None, "password": None})
    assert (found.host, found.port, found.username, found.database) == ("localhost", 5432, "", "")
    assert found.password.get_secret_value() is None
    assert DatabaseCredentials.from_dict({"engine": "MySQL"}).port == 3306


def test_the_dsn_is_real_and_read_only_and_its_repr_is_masked():
    dsn = database(FIVE).dsn.copy()
    assert dsn == {
        "host": "db.example",
        "port": 6543,
        "database": "shop",
        "user": "app",
        "password": PARTS[4],
        "server_settings": {"default_transaction_read_only": "on"},
    }
    assert type(dsn["password"]) is str
    assert PARTS[4] not in repr(dsn) + str(dsn) + f"{dsn}"


def test_write_access_leaves_the_setting_out():
    creds = database(FIVE)
    for access in ("read_write", "write", AccessLevel.READ_WRITE):
        assert creds.with_access(access).access is AccessLevel.READ_WRITE
        assert "server_settings" not in creds.with_access(access).dsn
        assert "options" not in creds.with_access(access).dsn_for("psycopg")
    with pytest.raises(UsageError):
        creds.with_access("everything")


def test_each_driver_gets_its_own_words():
    creds = database(FIVE)
    psycopg = creds.dsn_for("psycopg")
    assert psycopg["dbname"] == "shop"
    assert psycopg == creds.dsn_for("psycopg2") == creds.dsn_for("libpq")
    assert psycopg["options"] == "-c default_transaction_read_only=on"
    assert creds.dsn_for("env")["PGOPTIONS"] == "-c default_transaction_read_only=on"
    assert creds.dsn_for("env")["PGPASSWORD"] == PARTS[4]
    with pytest.raises(UsageError):
        creds.dsn_for("pymysql")
    with pytest.raises(UsageError):
        creds.dsn_for("odbc")


def test_a_mysql_credential_is_read_only_in_its_own_way():
    creds = database({"DATABASE_URL": "mysql+pymysql://app:pw-secret@db.example/shop"})
    assert (creds.engine, creds.port) == ("mysql", 3306)
    assert creds.dsn["init_command"] == "SET SESSION TRANSACTION READ ONLY"
    assert creds.dsn_for("aiomysql")["db"] == "shop"


def test_options_and_sslmode_are_kept():
    values = {"DATABASE_URL": "postgres://app:pw@h/shop?sslmode=require&options=-c%20search_path%3Dx"}
    creds = database(values)
    assert creds.dsn["ssl"] == "require"
    assert creds.dsn["server_settings"] == {
        "options": "-c search_path=x",
        "default_transaction_read_only": "on",
    }
    assert creds.dsn_for("psycopg")["options"] == "-c search_path=x -c default_transaction_read_only=on"
    stored = database({"PGHOST": "h", "PGUSER": "app", "PGOPTIONS": "-c search_path=x"}).with_access("write")
    assert stored.dsn["server_settings"] == {"options": "-c search_path=x"}
    assert stored.dsn_for("env")["PGOPTIONS"] == "-c search_path=x"


def test_what_a_url_says_to_libpq_beside_it_is_kept():
    """Without its certificate authority `verify-full` fails; `channel_binding` protects the password."""
    url = "postgres://app:pw@h/shop?sslmode=verify-full&sslrootcert=/etc/rds%20ca.pem&channel_binding=require"
    creds = database({"DATABASE_URL": f"{url}&service=elsewhere"})
    more = {"sslrootcert": "/etc/rds ca.pem", "channel_binding": "require", "sslmode": "verify-full"}
    assert more.items() <= dict(creds.dsn_for("psycopg")).items()
    assert "service" not in creds.dsn_for("psycopg")
    assert creds.dsn_for("env")["PGSSLROOTCERT"] == "/etc/rds ca.pem"
    assert "sslrootcert=%2Fetc%2Frds%20ca.pem" in creds.get_connection_string_unsafe()
    assert creds.dsn.keys() == {"host", "port", "database", "user", "password", "ssl", "server_settings"}


@pytest.mark.parametrize(
    "show", [repr, str, "{}".format, lambda c: c.connection_string, lambda c: str(c.dsn_masked)]
)
def test_nothing_shows_the_password(show):
    text = show(database(FIVE))
    assert PARTS[4] not in text
    assert "****" in text


def test_a_host_that_is_a_whole_url_shows_no_password():
    """A slip, and `creds get DB` is for agents too."""
    creds = database({"DB_HOST": "postgres://app:s3cret@db.example/shop", "DB_USER": "app"})
    assert creds.connection_string == "postgresql://app:****@****:5432/app"
    assert "s3cret" not in f"{creds!r} {creds.dsn_masked} {creds.masked_host}"
    assert creds.dsn["host"] == creds.host


def test_the_connection_string_is_a_url_with_a_mask():
    assert database(FIVE).connection_string == "postgresql://app:****@db.example:6543/shop"
    six = DatabaseCredentials("::1", 5432, "a/b", "us er", SecretValue("x-secret"))
    assert six.connection_string == "postgresql://us%20er:****@[::1]:5432/a%2Fb"


def test_a_credential_is_not_pickled():
    with pytest.raises(TypeError):
        pickle.dumps(database(FIVE))


PLACES = [ending for field in ("host", "port", "sslmode") for ending in fields.ENDINGS[field]]


@pytest.mark.parametrize("place", [*PLACES, *fields.URL_ENDINGS, *fields.BASE_URLS])
@pytest.mark.parametrize(
    "secret", [f"_{ending}" for ending in (*fields.API_KEYS, *fields.ENDINGS["password"])] + [""]
)
def test_no_part_that_says_where_a_secret_goes_joins_it_from_a_later_tier(place, secret):
    """Whatever this module reads as a host or a URL of a credential, the rule of whole credentials knows."""
    for prefix in ("SHOP", "SHOP_API", "SHOP_BASE"):
        stored, later = {f"{prefix}{secret}": b"s"}, {f"{prefix}_{place}": b"evil"}
        merged = merge_layers([("dotenv-global", stored), ("env-file", later)])
        assert {row[0] for row in merged} == stored.keys()


def test_no_part_of_a_flat_secret_of_rds_comes_from_a_later_tier():
    """Its keys have no prefix."""
    stored = {"username": b"app", "password": b"pass-word-1"}
    for name in {name for names in fields.RDS.values() for name in names} - stored.keys():
        merged = merge_layers([("aws-secrets-manager", stored), ("env-file", {name: b"evil"})])
        assert {row[0] for row in merged} == stored.keys()


def test_a_missing_part_is_named():
    with pytest.raises(SecretNotFoundError, match="no user") as told:
        find({"DB_HOST": "h", "DB_PASSWORD": "pw-secret-1"}, "DB")
    assert "DB_USER" in told.value.hints[0]
    assert "pw-secret" not in str(told.value) + "".join(told.value.hints)


@pytest.mark.parametrize(
    "values",
    [
        {**FIVE, "DB_PORT": "54x"},
        {**FIVE, "DB_PORT": "70000"},
        {"DATABASE_URL": "postgres://app:sec[ret@[x:1/d"},
    ],
)
def test_a_part_that_cannot_be_understood_names_its_key_and_not_its_value(values):
    with pytest.raises(InvalidValueError) as told:
        find(values, "DB")
    assert any(key in str(told.value) for key in values)
    assert not any(value in str(told.value) for value in values.values())


def test_an_api_credential():
    found = find({"STRIPE_API_KEY": "sk-live-1", "STRIPE_BASE_URL": "https://api.example"}, "STRIPE")
    assert found is not None
    creds, keys = found
    assert isinstance(creds, APICredentials)
    assert keys == ("STRIPE_API_KEY", "STRIPE_BASE_URL")
    assert creds.api_key.get_secret_value() == "sk-live-1"
    assert creds.base_url == "https://api.example"
    assert "sk-live-1" not in repr(creds) + str(creds) + creds.masked_key
    assert find({"TOKEN": "t-1"}, "TOKEN")[0].api_key == "t-1"
    assert find({"OTHER": "t-1"}, "TOKEN") is None


def test_pgoptions_keeps_what_is_there_and_wins():
    ours = b"-c default_transaction_read_only=on"
    assert pgoptions(None) == pgoptions(b"") == ours
    assert pgoptions(b"-c search_path=x") == b"-c search_path=x " + ours
    assert pgoptions(b"-c default_transaction_read_only=off").endswith(ours)
    assert pgoptions(pgoptions(b"-c a=b")) == pgoptions(b"-c a=b")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"PGHOST": b"h"}, True),
        ({"POSTGRES_PASSWORD": b"x"}, True),
        ({"DATABASE_URL": b"postgres://u:p@h/d"}, True),
        ({"DATABASE_URL": b"mysql://u:p@h/d"}, False),
        ({"DB_HOST": b"h", "DB_PASSWORD": b"x"}, True),
        ({"DB_HOST": b"h", "DB_ENGINE": b"mysql"}, False),
        ({"DB_HOST": b"h", "DB_ENGINE": b"django.db.backends.postgresql"}, True),
        ({"ANALYTICS_URL": b"postgresql+psycopg://u:p@h/d"}, True),
        ({"API_KEY": b"x"}, False),
        ({}, False),
        (["DB_HOST", "API_KEY"], True),
        (["API_KEY"], False),
    ],
)
def test_which_bundles_describe_postgresql(values, expected):
    assert describes_postgres(values) is expected


@pytest.mark.parametrize(
    ("option", "configured", "agent", "expected"),
    [
        (None, None, False, False),
        (None, None, True, True),
        ("write", None, True, False),
        ("read", "read_write", False, True),
        (None, "read_only", False, True),
        (None, "read_write", True, False),
    ],
)
def test_who_gets_read_only_access(option, configured, agent, expected):
    assert is_readonly(option, configured, agent=agent) is expected


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://api.example", "https://api.example"),
        ("https://api.example:8443/", "https://api.example:8443"),
        ("api.example", "api.example"),
        ("", ""),
        ("s3cret-token-1", "****"),
        ("eyJhbGci.s3cret.Sig", "****"),
        ("/s3cret/path", "/****"),
        ("https://user:s3cret-in-url@api.example/v1", "https://api.example/****"),
        ("https://hooks.example/services/T0/B0/s3cret-hook", "https://hooks.example/****"),
        ("https://api.example?key=s3cret-in-query", "https://api.example/****"),
        ("https://user:s3/cret@api.example", "https://****"),
        ("user:s3cret@api.example/x?y=https://z", "api.example/****"),
    ],
)
def test_the_place_of_a_service_shows_nothing_that_may_be_a_key(url, shown):
    """`creds get SLACK` is for agents too, and the path of a webhook is its key."""
    creds = APICredentials("k-s3cret", url, "SLACK")
    assert creds.masked_url == shown
    assert creds.base_url == url
    assert f"base_url={shown!r}" in repr(creds)
    assert "k-s3cret" not in repr(creds)
