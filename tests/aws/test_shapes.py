"""Secrets of every shape: which keys they give, and that a write changes nothing else of them."""

import pytest

from creds_shell.base import DamagedFileError, SecretBundle, SecretNotFoundError
from creds_shell.providers import aws_shapes
from creds_shell.providers.aws_secrets_manager import AWSSecretsProvider

RDS = (
    '{"username":"app","password":"p@ss","engine":"postgres","host":"db.example","port":5432,"dbname":"shop"}'
)

SHAPES = [
    ('{"A": "1", "B": "zwei"}', {"A": "1", "B": "zwei"}),
    ('{"n": 1.10, "t": true, "i": 7, "e": 1e3}', {"n": "1.10", "t": "true", "i": "7", "e": "1e3"}),
    ('{"o": {"a": [1, 2]}, "l": ["x"]}', {"o": '{"a": [1, 2]}', "l": '["x"]'}),
    ('{"z": null, "A": "1"}', {"A": "1"}),
    ("{}", {}),
    (' {\n\t"A" : "1" ,\r\n "A":"2"} ', {"A": "2"}),
    ('{"A": "\\u00e9\\ud83d\\ude00 \\n \\" \\\\"}', {"A": 'é😀 \n " \\'}),
    ('{"A": "\\ud800"}', {"A": b"\xed\xa0\x80".decode("utf-8", "surrogateescape")}),
    (
        RDS,
        {
            "username": "app",
            "password": "p@ss",
            "engine": "postgres",
            "host": "db.example",
            "port": "5432",
            "dbname": "shop",
        },
    ),
    ("just text, not json", {"STRIPE_KEY": "just text, not json"}),
    ("  text with space \n", {"STRIPE_KEY": "  text with space \n"}),
    ('"a json string"', {"STRIPE_KEY": "a json string"}),
    ("42", {"STRIPE_KEY": "42"}),
    ("[1, 2]", {"STRIPE_KEY": "[1, 2]"}),
    ('{"broken": ', {"STRIPE_KEY": '{"broken": '}),
    ("[" * 3000, {"STRIPE_KEY": "[" * 3000}),
]


@pytest.mark.parametrize(("text", "expected"), SHAPES)
def test_the_keys_of_a_secret(text, expected):
    members = aws_shapes.members_of({"SecretString": text}, "prod/stripe-key")
    assert aws_shapes.values_of(members) == expected


@pytest.mark.parametrize(("data", "expected"), [(b"\xff\x00bin", "\udcff\x00bin"), (b"text", "text")])
def test_a_binary_secret_is_one_key_with_its_bytes(data, expected):
    members = aws_shapes.members_of({"SecretBinary": data}, "prod/cert")
    assert aws_shapes.values_of(members) == {"CERT": expected}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("prod/stripe-key", "STRIPE_KEY"),
        ("arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/stripe-key-AbC123", "STRIPE_KEY"),
        ("token", "TOKEN"),
        ("2fa", "_2FA"),
        ("a/b.c+d", "B_C_D"),
        ("prod/", "PROD"),
    ],
)
def test_the_key_of_a_secret_without_keys(name, key):
    assert aws_shapes.single_key(name) == key


@pytest.mark.parametrize(
    "text", [text for text, _ in SHAPES if text.strip().startswith("{") and "broken" not in text]
)
def test_writing_back_unchanged_members_keeps_their_meaning(text):
    import json

    members = aws_shapes.object_members(text)
    assert json.loads(aws_shapes.render(members)) == json.loads(text)


def test_an_equal_value_keeps_its_text_and_a_removed_key_is_gone():
    members = aws_shapes.object_members('{"port": 5432, "A": "x", "B": "y"}')
    changed = aws_shapes.with_changes(members, {"port": "5432", "A": None, "C": "z"})
    assert aws_shapes.render(changed) == '{"port": 5432, "B": "y", "C": "z"}'


# -- by name and by ARN, over the wire


@pytest.fixture
def foreign(cloud, monkeypatch, home):
    """Makes the project use a secret that somebody else made."""

    def use(name, **secret):
        arn = cloud.client().create_secret(Name=name, **secret)["ARN"]
        home.config.mkdir(parents=True, exist_ok=True)
        config = home.config / "config.toml"

        def point(at):
            config.write_text(f'[projects.shop.secret_names]\ndefault = "{at}"\n')
            config.chmod(0o600)
            return AWSSecretsProvider()

        return point, arn

    return use


@pytest.mark.parametrize(("text", "expected"), SHAPES[:3] + SHAPES[8:12])
def test_a_secret_that_the_user_named_is_read_by_name_and_by_arn(foreign, text, expected):
    point, arn = foreign("prod/stripe-key", SecretString=text)
    for name in ("prod/stripe-key", arn):
        assert dict(point(name).get_bundle("shop").secrets) == expected
        assert dict(point(name).load("shop").secrets) == expected


def test_a_binary_secret_over_the_wire(foreign):
    point, _ = foreign("prod/cert", SecretBinary=b"\x00\xff\x01")
    assert point("prod/cert").load("shop").as_bytes() == {"CERT": b"\x00\xff\x01"}


def test_a_named_secret_that_is_not_there_is_an_error_with_the_region(cloud, foreign):
    point, _ = foreign("prod/here", SecretString="{}")
    with pytest.raises(SecretNotFoundError, match=r"prod/gone in eu-central-1") as told:
        point("prod/gone").get_bundle("shop")
    assert "region" in told.value.hints[0]


def test_a_key_is_written_into_a_named_object_and_never_into_plain_text(cloud, foreign):
    point, _ = foreign("prod/rds", SecretString=RDS)
    point("prod/rds").put_bundle(SecretBundle("shop", {"EXTRA": "1"}))
    assert cloud.text("prod/rds") == RDS[:-1].replace('":', '": ').replace(',"', ', "') + ', "EXTRA": "1"}'
    point, _ = foreign("prod/text", SecretString="only text")
    with pytest.raises(DamagedFileError):
        point("prod/text").put_bundle(SecretBundle("shop", {"EXTRA": "1"}))
    assert cloud.text("prod/text") == "only text"


def test_get_secret_reads_any_secret(cloud, provider):
    arn = cloud.client().create_secret(Name="prod/rds", SecretString=RDS)["ARN"]
    assert provider.get_secret("prod/rds")["username"] == "app"
    assert provider.get_secret(arn)["port"] == "5432"
    with pytest.raises(SecretNotFoundError):
        provider.get_secret("prod/gone")


def test_a_prefix_that_changed_later_does_not_lose_the_bundle(cloud, creds, home, run_python):
    assert creds("allow", "--yes").returncode == 0
    assert creds("set", "A", "--stdin", "--provider", "aws-secrets-manager", input="value-1").returncode == 0
    (home.config / "config.toml").write_text('[aws]\nprefix = "other"\n')
    (home.config / "config.toml").chmod(0o600)
    done = creds("exec", "--provider", "aws-secrets-manager", "--", "printenv", "A")
    assert (done.returncode, done.stdout) == (0, "****\n"), done.stderr
    assert creds("set", "B", "--stdin", "--provider", "aws-secrets-manager", input="value-2").returncode == 0
    assert set(cloud.stored("claude-power-pack/shop")) == {"A", "B"}
