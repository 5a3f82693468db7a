"""Values through the real store, file and all: any bytes but NUL come back exactly."""

import random

import pytest

from creds_shell.base import SecretBundle
from creds_shell.core import dotenv
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider

NASTY = [
    b"\\", b'"', b"'", b"\n", b"\r", b"\r\n", b"\t", b"#", b" #", b"$X", b"${X}", b"`id`", b"$(id)", b"=", b" ", b"\xff",
    b"\xc3", "é".encode(), "🔑".encode(), b"\x01", b"\x1b[31m", b"\x7f", b"\xe2\x80\xa8", b"\xc2\xa0", b"\xef\xbb\xbf",
    b"export ", b"A=", b"\\n", b'\\"', b"\x85", b"\x0b\x0c",
]  # fmt: skip


def random_value(choose):
    """Mixtures of what grammars stumble over, and of plain random bytes."""
    if choose.random() < 0.3:
        return bytes(choose.randrange(1, 256) for _ in range(choose.randrange(60)))
    return b"".join(choose.choice(NASTY) for _ in range(choose.randrange(12)))


@pytest.mark.parametrize(
    "bundles",
    [
        pytest.param(40, id="800 values"),
        pytest.param(1000, id="20,000 values", marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
    ],
)
def test_random_values_come_back(home, bundles):
    """As one write, and once more after an edit of one of them."""
    store = DotEnvSecretsProvider()
    choose = random.Random(bundles)  # noqa: S311 values for a test
    for _ in range(bundles):
        values = {f"K{n:02}": random_value(choose) for n in range(20)}
        store.put_bundle(SecretBundle("shop", values), mode="replace")
        assert store.get_bundle("shop").as_bytes() == values
        assert dotenv.parse_bundle(home.store("shop").read_bytes()) == values
        changed = {"K07": random_value(choose), "NEW": random_value(choose)}
        store.put_bundle(SecretBundle("shop", changed))
        assert store.get_bundle("shop").as_bytes() == {**values, **changed}


def test_the_named_values_come_back_through_the_command(creds, tmp_path):
    """Invalid UTF-8, CR, a trailing newline, `${X}`: byte for byte, by --file and --reveal."""
    for number, value in enumerate(
        (b"\xff\xfe", b"a\rb\r\n", b"two\n\n", b"${HOME} $(id)", b" x ", b"\\n\\", b"")
    ):
        (tmp_path / "f").write_bytes(value)
        assert creds("set", f"K{number}", "--file", str(tmp_path / "f")).returncode == 0
        assert creds("get", f"K{number}", "--reveal", text=False).stdout == value
