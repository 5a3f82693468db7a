"""What a repository may do: which tiers count, when its `.env` does, and what of them is given."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from creds_shell import config, project
from creds_shell.core import merge
from creds_shell.core.merge import left_out, merge_layers
from creds_shell.core.resolve import resolve

from .conftest import LAYERED, allow, loaded, settings, store, values


def test_a_bound_project_loads_its_store_without_a_further_allow(shop: Path) -> None:
    store("A=1\nB='two'\n")
    found = loaded(shop, "shell")
    assert (found.state, values(found)) == ("loaded", {"A": b"1", "B": b"two"})


def test_an_unbound_repository_gives_nothing_whatever_its_settings_name(repo: Path) -> None:
    settings('[projects.shop]\nprovider = "env-file"\n')
    (repo / ".env").write_text("A=1\n")
    allow(repo)
    assert loaded(repo).state == "empty"


def test_the_env_file_is_not_even_opened_unless_it_is_a_layer(shop: Path) -> None:
    (shop / ".env").write_text("A=1\n")
    found = loaded(shop)
    assert (found.state, found.blocked) == ("empty", None)
    assert str(shop / ".env") not in found.watched


def test_an_env_file_that_is_not_allowed_blocks_and_the_other_tiers_load(shop: Path) -> None:
    store("A=1\n")
    settings(LAYERED)
    (shop / ".env").write_text("B=2\n")
    found = loaded(shop, "shell")
    assert (found.state, values(found)) == ("blocked", {"A": b"1"})


def test_an_allowed_env_file_fills_what_the_store_lacks(shop: Path) -> None:
    store("A=store\n")
    settings(LAYERED)
    (shop / ".env").write_text("A=file\nB=file\n")
    allow(shop)
    found = loaded(shop)
    assert {item.name: (item.value, item.provider, item.shadows) for item in found.values} == {
        "A": (b"store", "dotenv-global", ("env-file",)),
        "B": (b"file", "env-file", ()),
    }


@pytest.mark.parametrize("change", ["B=3\n", "B=2\n\n", "B=2", ""])
def test_any_other_byte_asks_again(shop: Path, change: str) -> None:
    settings(LAYERED)
    (shop / ".env").write_text("B=2\n")
    allow(shop)
    assert loaded(shop).state == "loaded"
    (shop / ".env").write_text(change)
    assert loaded(shop).state == "blocked"
    (shop / ".env").write_text("B=2\n")
    assert loaded(shop).state == "loaded"


def test_content_allowed_for_one_repository_is_not_for_another(
    shop: Path, make_repo: Callable[..., Path]
) -> None:
    other = make_repo("other")
    project.open_project(start=str(other), writing=True)
    settings('[defaults]\nlayers = ["env-file"]\n')
    for root in (shop, other):
        (root / ".env").write_text("B=2\n")
    allow(shop)
    assert (loaded(shop).state, loaded(other).state) == ("loaded", "blocked")


def _as_link(file: Path) -> None:
    file.rename(file.parent / "real")
    file.symlink_to("real")


def _as_fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def _as_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


UNTRUSTED: list[tuple[Callable[[Path], object], str, str]] = [
    (_as_link, "symbolic link", "rm "),
    (_as_fifo, "not a regular file", "ls -l "),
    (_as_folder, "not a regular file", "ls -l "),
    (lambda file: file.chmod(0o666), "written by others", "chmod go-w "),
    (lambda file: file.chmod(0o620), "written by others", "chmod go-w "),
    (lambda file: file.write_bytes(b"A=" + b"x" * (1 << 20)), "1 MiB", "creds import FILE"),
]


@pytest.mark.parametrize(("spoil", "why", "step"), UNTRUSTED, ids=[row[1] for row in UNTRUSTED])
def test_an_env_file_of_the_wrong_kind_never_counts(
    shop: Path, spoil: Callable[[Path], object], why: str, step: str
) -> None:
    settings(LAYERED)
    (shop / ".env").write_text("B=2\n")
    allow(shop)
    spoil(shop / ".env")
    found = loaded(shop)
    assert found.state == "blocked"
    assert why in str(found.blocked)
    assert step in found.unblock


def test_an_env_file_of_too_many_keys_never_counts(shop: Path) -> None:
    settings(LAYERED)
    (shop / ".env").write_text("".join(f"K{n}=v\n" for n in range(4097)))
    allow(shop)
    assert "4096 keys" in str(loaded(shop).blocked)
    assert "creds import" in loaded(shop).unblock


def test_values_are_bytes_and_nothing_is_interpolated(shop: Path) -> None:
    store('A="${HOME}$(id)`id`"\n')
    assert values(loaded(shop)) == {"A": b"${HOME}$(id)`id`"}


def test_a_named_project_never_reads_the_env_file_of_another_repository(shop: Path) -> None:
    store("A=1\n", project_id="other")
    settings('[defaults]\nlayers = ["env-file"]\n')
    (shop / ".env").write_text("B=2\n")
    allow(shop)
    assert values(loaded(shop, project="other")) == {"A": b"1"}
    assert values(loaded(shop, project="shop")) == {"B": b"2"}


def test_the_prompt_ignores_an_id_in_the_environment(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDS_ID", "other")
    assert resolve(str(shop), hook=True).project_id == "shop"
    assert resolve(str(shop)).project_id == "other"


def test_an_environment_is_a_bundle_of_its_own(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store("A=1\n")
    store("A=2\n", "staging")
    assert values(loaded(shop, environment="staging")) == {"A": b"2"}
    monkeypatch.setenv("CREDS_ENV", "staging")
    assert values(loaded(shop)) == {"A": b"2"}
    assert values(loaded(shop, environment="default")) == {"A": b"1"}


def test_declared_variables_of_the_process_count_for_exec_alone(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings('[projects.shop]\nprovider = "env-file"\n')
    (shop / "creds.toml").write_text(
        '[keys.CI_TOKEN]\n[keys.PATH]\n[keys.HOME]\n[keys.NOT_SET]\n[keys."É"]\n'
    )
    monkeypatch.setenv("CI_TOKEN", "from-ci")
    assert values(loaded(shop)) == {"CI_TOKEN": b"from-ci"}
    assert values(loaded(shop, "shell")) == {}


def test_exposure_limits_the_prompt_and_production_is_for_exec(shop: Path) -> None:
    store("A=1\nB=1\nC=1\n")
    store("A=1\nB=1\n", "production")
    settings('[projects.shop.keys]\nA.expose = "exec"\nB.expose = "shell"\nC.expose = "never"\n')
    assert (set(values(loaded(shop, "shell"))), set(values(loaded(shop)))) == ({"B"}, {"A", "B"})
    assert set(values(loaded(shop, "shell", environment="production"))) == {"B"}


def test_a_repository_can_free_only_values_of_its_own_file(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(LAYERED)
    store("A=1\n")
    (shop / ".env").write_text("B=2\n")
    allow(shop)
    (shop / "creds.toml").write_text("".join(f"[keys.{k}]\nsecret = false\n" for k in "ABC"))
    monkeypatch.setenv("C", "3")
    assert {item.name: item.free_mask for item in loaded(shop).values} == {"A": False, "B": True, "C": False}
    config.set_project_option("shop", ("keys", "A", "mask"), value=False)
    assert loaded(shop).values[0].free_mask


def test_the_users_mask_and_the_line_mark_win_over_the_repository(shop: Path) -> None:
    settings(LAYERED + "[projects.shop.keys.A]\nmask = true\n")
    (shop / ".env").write_text("A=1\nB=2 # mask\n")
    allow(shop)
    (shop / "creds.toml").write_text("[keys.A]\nsecret = false\n[keys.B]\nsecret = false\n")
    assert [(item.force_mask, item.free_mask) for item in loaded(shop).values] == [
        (True, False),
        (True, False),
    ]


def test_required_keys_that_no_tier_has_are_named(shop: Path) -> None:
    store("A=1\n")
    (shop / "creds.toml").write_text("[keys]\nA.required = true\nB.required = true\n")
    assert loaded(shop).missing == ["B"]


STORED = {"DB_PASSWORD": b"p", "STRIPE_API_KEY": b"k", "AWS_ACCESS_KEY_ID": b"a", "A": b"1"}


@pytest.mark.parametrize(
    "name",
    [
        "DB_HOST",
        "DATABASE_URL",
        "PGHOST",
        "POSTGRES_HOST",
        "PG_PORT",
        "AWS_ENDPOINT_URL",
        "STRIPE_BASE_URL",
        "STRIPE_HOST",
        "host",
        "engine",
        "STRIPE_HOSTADDR",
        "STRIPE_CONNECTION_STRING",
        "STRIPE_SSLMODE",
    ],
)
def test_a_later_tier_never_adds_to_a_stored_credential(name: str) -> None:
    layers = [("dotenv-global", STORED), ("env-file", {name: b"evil", "B": b"2"})]
    merged = {row[0]: row[1] for row in merge_layers(layers)}
    assert merged == {**STORED, "B": b"2"}
    assert [row[0] for row in left_out(layers)] == [name]


def test_a_credential_that_only_a_later_tier_has_is_taken_from_it() -> None:
    later = {"DB_HOST": b"h", "DB_PASSWORD": b"p", "REDIS_URL": b"r"}
    merged = merge_layers([("dotenv-global", {"A": b"1"}), ("env-file", later)])
    assert {row[0]: row[2] for row in merged} == dict.fromkeys(later, "env-file") | {"A": "dotenv-global"}


CREDENTIALS = {
    group: [*names, *(f"{family}X" for family in families)] for group, families, names in merge.GROUPS
}


@pytest.mark.parametrize("group", CREDENTIALS)
def test_each_credential_is_taken_whole_and_is_no_part_of_another(group: str) -> None:
    for stored in CREDENTIALS[group]:
        later = {name: b"x" for names in CREDENTIALS.values() for name in names}
        merged = merge_layers([("dotenv-global", {stored: b"s"}), ("env-file", later)])
        kept = {name for other, names in CREDENTIALS.items() if other != group for name in names}
        assert {row[0] for row in merged} == {stored} | kept


def test_a_key_like_pgp_is_no_part_of_the_database() -> None:
    merged = merge_layers([("x", {"PGPASSWORD": b"1"}), ("y", {"PGP_PRIVATE_KEY": b"2"})])
    assert [row[0] for row in merged] == ["PGPASSWORD", "PGP_PRIVATE_KEY"]


def test_the_rule_holds_when_loading(shop: Path) -> None:
    store("DB_PASSWORD=p\n")
    settings(LAYERED)
    (shop / ".env").write_text("DB_HOST=evil.example\nDB_PASSWORD=x\n")
    allow(shop)
    found = loaded(shop)
    assert values(found) == {"DB_PASSWORD": b"p"}
    assert any("DB_HOST" in note for note in found.notes)
