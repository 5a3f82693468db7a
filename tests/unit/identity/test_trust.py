"""What a repository may do: which tiers count, when its `.env` does, and which names may be set."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from creds_shell import config, project
from creds_shell.core import binding as bindings
from creds_shell.core import names
from creds_shell.core.errors import BadPermissionsError, DamagedFileError, NotAllowedError
from creds_shell.core.load import Load, load, watched_files
from creds_shell.core.merge import left_out, merge_layers
from creds_shell.core.resolve import resolve

Shop = Callable[..., Path]


@pytest.fixture
def shop(repo: Path) -> Path:
    """A bound repository with no secrets yet."""
    project.open_project(start=str(repo), writing=True)
    return repo


def store(text: str, environment: str = "default", project_id: str = "shop") -> Path:
    """Write a bundle by hand."""
    folder = Path(os.environ["HOME"], ".config/claude-power-pack/secrets", project_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / (".env" if environment == "default" else f".env.{environment}")
    file.write_text(text)
    return file


def settings(text: str) -> Path:
    """Write the user's config.toml."""
    folder = Path(os.environ["HOME"], ".config/claude-power-pack")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "config.toml").write_text(text)
    return folder / "config.toml"


def loaded(root: Path, purpose: str = "exec", **options: str) -> Load:
    """What a place gives, after the settings were read as an explicit command does."""
    standing = resolve(str(root), **options)
    project.refresh(standing)
    return load(standing, purpose)


def values(found: Load) -> dict[str, bytes]:
    return {item.name: item.value for item in found.values}


def allow(root: Path) -> None:
    project.allow_content(project.repository_at(str(root)), (root / ".env").read_bytes())


LAYERED = '[projects.shop]\nlayers = ["env-file"]\n'


# ------------------------------------------------------------------ what loads when


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
    (shop / "creds.toml").write_text("[keys.CI_TOKEN]\n[keys.PATH]\n[keys.HOME]\n")
    monkeypatch.setenv("CI_TOKEN", "from-ci")
    assert values(loaded(shop)) == {"CI_TOKEN": b"from-ci"}
    assert values(loaded(shop, "shell")) == {}


# ------------------------------------------------------------------ deny


def test_deny_beats_a_named_project_and_allow_takes_it_back(shop: Path) -> None:
    store("A=1\n")
    found = project.repository_at(str(shop))
    project.deny(found.anchor, found.root)
    for options in ({}, {"project": "shop"}, {"project": "other"}):
        with pytest.raises(NotAllowedError, match="denied"):
            project.open_project(start=str(shop), **options)
    assert loaded(shop).values == []
    assert project.undeny(found.anchor)
    assert values(loaded(shop)) == {"A": b"1"}


def test_deny_does_not_follow_into_another_repository(shop: Path, make_repo: Callable[..., Path]) -> None:
    found = project.repository_at(str(shop))
    project.deny(found.anchor, found.root)
    assert project.open_project(start=str(make_repo("other"))).id == "other"


def test_a_repository_that_is_refused_for_its_modes_can_be_denied(
    shop: Path, creds: Callable[..., object]
) -> None:
    """And stays denied once the modes are right."""
    shop.chmod(0o775)
    assert creds("deny", cwd=shop).returncode == 0
    assert resolve(str(shop)).state == "denied"
    shop.chmod(0o755)
    assert "is denied" in creds("list", cwd=shop).stderr


def test_a_repository_of_another_owner_can_be_denied(
    foreign_repo: Path, creds: Callable[..., object], home: object
) -> None:
    """Nothing in it is read for that; a named project is refused there from then on."""
    del home
    assert creds("list", "--project", "shop", cwd=foreign_repo).returncode == 0
    assert creds("deny", str(foreign_repo)).returncode == 0
    assert resolve(str(foreign_repo)).state == "denied"
    assert creds("list", "--project", "shop", cwd=foreign_repo).returncode == 4
    assert creds("allow", str(foreign_repo)).returncode == 4  # it is another's all the same
    assert creds("list", "--project", "shop", cwd=foreign_repo).returncode == 0


# ------------------------------------------------------------------ names


def test_names_that_the_shell_owns_are_never_set(shop: Path) -> None:
    settings("[projects.shop.keys.IFS]\nconfirmed = true\n")
    store("IFS=x\nBASH_FUNC_ls=1\nCREDS_ID=z\nA=1\n")
    found = loaded(shop)
    assert values(found) == {"A": b"1"}
    assert sorted(name for name, _ in found.skipped) == ["BASH_FUNC_ls", "CREDS_ID", "IFS"]


def test_a_name_that_runs_code_needs_a_yes_for_its_tier(shop: Path) -> None:
    store("LD_PRELOAD=/x.so\nPATH=/x\n")
    assert values(loaded(shop)) == {}
    config.confirm_name("shop", "PATH", ["dotenv-global"])
    assert values(loaded(shop)) == {"PATH": b"/x"}
    settings(
        '[projects.shop]\nprovider = "env-file"\n[projects.shop.keys.PATH]\nconfirmed = ["dotenv-global"]\n'
    )
    (shop / ".env").write_text("PATH=/evil\n")
    allow(shop)
    assert values(loaded(shop)) == {}


def test_a_name_that_redirects_needs_a_yes_only_in_the_repositorys_file(shop: Path) -> None:
    text = "KUBECONFIG=/k\nHTTPS_PROXY=http://p\nAWS_ENDPOINT_URL=http://e\nGIT_TOKEN=t\nNPM_TOKEN=n\n"
    store(text)
    assert len(values(loaded(shop))) == 5
    settings('[projects.shop]\nprovider = "env-file"\n')
    (shop / ".env").write_text(text)
    allow(shop)
    found = loaded(shop)
    assert set(values(found)) == {"GIT_TOKEN", "NPM_TOKEN"}
    assert all("creds allow --name" in why for _, why in found.skipped)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("API_KEY", "ok"),
        ("DATABASE_URL", "ok"),
        ("NODE_ENV", "ok"),
        ("GIT_TOKEN", "ok"),
        ("PWD", "never"),
        ("PPID", "never"),
        ("BASHOPTS", "never"),
        ("RANDOM", "never"),
        ("__CREDS_NAMES", "never"),
        ("CREDS_SHELL", "never"),
        ("path", "never"),
        ("FUNCNEST", "never"),
        ("TMOUT", "never"),
        ("MAILPATH", "confirm"),
        ("HISTFILESIZE", "confirm-repository"),
        ("BASH_ENV", "confirm"),
        ("PERL5LIB", "confirm"),
        ("GIT_SSH_COMMAND", "confirm"),
        ("GIT_CONFIG_COUNT", "confirm"),
        ("DYLD_INSERT_LIBRARIES", "confirm"),
        ("fish_function_path", "confirm"),
        ("PS4", "confirm"),
        ("HOME", "confirm-repository"),
        ("GIT_DIR", "confirm-repository"),
        ("PIP_INDEX_URL", "confirm-repository"),
        ("https_proxy", "confirm-repository"),
    ],
)
def test_the_class_of_a_name(name: str, kind: str) -> None:
    assert names.classify(name)[0] == kind


def test_every_row_of_the_table_says_where_it_is_from_and_no_name_stands_twice() -> None:
    words = [word for _, row, _ in names.rows() for word in row.split()]
    assert len(words) == len(set(words))
    assert all(source for _, _, source in names.rows())
    assert {kind for kind, _, _ in names.rows()} == {"ok", "never", "confirm", "confirm-repository"}


def test_every_word_of_the_table_has_the_class_of_its_row() -> None:
    """Also the shortest ones, which the first look must not pass over."""
    for kind, row, _ in names.rows():
        for word in row.split():
            assert names.classify(word.replace("*", "X"))[0] == kind, word


def test_the_first_look_knows_how_each_word_of_the_table_begins() -> None:
    begins = {word.rstrip("*")[:3] for _, row, _ in names.rows() for word in row.split()}
    assert set(names.BEGINNINGS.split()) == begins


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A=B", "É", "A\n", "A.B", "x[0]"])
def test_what_is_no_variable_name(name: str) -> None:
    assert not names.is_name(name)
    assert names.why_not(name, "x", confirmed=True, from_repository=False) == "not a variable name"


def test_a_value_that_would_make_every_command_fail_is_skipped(shop: Path) -> None:
    longest = "x" * (131072 - len("A") - 2)
    store(f"A={longest}\nB={longest}\n")
    assert set(values(loaded(shop))) == {"A", "B"}
    store(f"A={longest}x\nB=1\n")
    found = loaded(shop)
    assert set(values(found)) == {"B"}
    assert "too large" in found.skipped[0][1]


# ------------------------------------------------------------------ exposure, masks, required


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


# ------------------------------------------------------------------ whole credentials

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


# ------------------------------------------------------------------ the record


def test_the_prompt_reads_no_toml_and_sees_that_settings_changed(shop: Path) -> None:
    store("A=1\n")
    file = settings('[projects.shop]\nenvironment = "staging"\n')
    assert resolve(str(shop)).stale
    assert loaded(shop).state == "empty"
    standing = resolve(str(shop))
    assert (standing.stale, standing.environment) == (False, "staging")
    file.write_text("")
    assert resolve(str(shop)).stale
    assert load(resolve(str(shop)), "shell").state == "error"
    file.unlink()
    assert (resolve(str(shop)).stale, resolve(str(shop)).environment) == (False, "default")


def test_a_source_that_was_only_touched_leaves_the_record_good(shop: Path) -> None:
    file = settings('[projects.shop]\nenvironment = "staging"\n')
    loaded(shop)
    os.utime(file, ns=(1, 1))
    assert not resolve(str(shop)).stale


def test_settings_that_cannot_be_used_are_an_error_until_they_change(shop: Path) -> None:
    file = settings("[projects.shop]\nprovidr = 'x'\n")
    with pytest.raises(Exception, match=r"unknown key projects\.shop\.providr, did you mean provider"):
        project.open_project(start=str(shop))
    standing = resolve(str(shop), hook=True)
    assert (standing.state, standing.stale) == ("error", False)
    file.write_text("")
    assert project.open_project(start=str(shop)).id == "shop"


def test_worktrees_have_records_of_their_own(shop: Path, make_repo: Callable[..., Path]) -> None:
    del make_repo
    (shop / "creds.toml").write_text("[keys.A]\nrequired = true\n")
    loaded(shop)
    assert not resolve(str(shop)).stale
    assert not resolve(str(shop), project="shop").stale
    assert not resolve("/", project="shop").stale  # no repository: only the user's settings count


def test_a_record_that_others_could_write_is_refused(shop: Path) -> None:
    settings(LAYERED)
    loaded(shop)
    record = next(Path(os.environ["HOME"], ".local/state/creds-shell/records").iterdir())
    record.chmod(0o666)
    with pytest.raises(BadPermissionsError, match="written by others"):
        resolve(str(shop))


def test_a_store_that_others_could_write_is_refused_with_the_command_to_run(shop: Path) -> None:
    file = store("A=1\n")
    file.chmod(0o660)
    with pytest.raises(BadPermissionsError) as caught:
        loaded(shop)
    assert caught.value.hints == (f"chmod go-w {file}",)


def test_a_damaged_store_names_its_line(shop: Path) -> None:
    store("A=1\nthis is 'no line\n")
    with pytest.raises(DamagedFileError, match="2"):
        loaded(shop)


def test_what_is_watched_covers_every_source_even_while_absent(shop: Path) -> None:
    settings(LAYERED)
    (shop / ".env").write_text("B=2\n")
    home = os.environ["HOME"]
    watched = loaded(shop).watched
    for path in (
        f"{home}/.config/claude-power-pack/config.toml",
        f"{home}/.config/claude-power-pack/secrets/shop/.env",
        f"{shop}/.env",
        f"{shop}/creds.toml",
    ):
        assert path in watched
    folders = {Path(path).parent.name for path in watched}
    assert {"bindings", "allowed"} <= folders


def test_a_denial_changes_the_binding_which_prompts_watch(shop: Path) -> None:
    """While it lasts the denial is watched itself."""
    (binding,) = [path for path in loaded(shop).watched if "/bindings/" in path]
    before = os.stat(binding).st_mtime_ns
    anchor = project.repository_at(str(shop)).anchor
    project.deny(anchor, str(shop))
    assert os.stat(binding).st_mtime_ns != before
    assert bindings.deny_file(anchor) in watched_files(resolve(start=str(shop)))


# ------------------------------------------------------------------ binding


def test_binding_writes_a_cookie_and_a_record_of_mode_0600(repo: Path) -> None:
    old = os.umask(0)
    try:
        project.open_project(start=str(repo), writing=True)
    finally:
        os.umask(old)
    state = Path(os.environ["HOME"], ".local/state/creds-shell")
    files = [repo / ".git/creds-binding", *(path for path in state.rglob("*") if path.is_file())]
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}
    assert {oct(path.stat().st_mode & 0o777) for path in [state, *state.rglob("*")] if path.is_dir()} == {
        "0o700"
    }
    assert len((repo / ".git/creds-binding").read_text().strip()) == 32


def test_two_first_writes_at_once_make_one_binding(repo: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: project.open_project(start=str(repo), writing=True).id, range(8)))
    assert set(ids) == {"shop"}
    assert len(project.bindings_of("shop")) == 1


def test_a_binding_made_between_two_looks_is_the_repositorys_own(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = bindings.all_bindings

    def slow() -> list[bindings.Binding]:
        monkeypatch.setattr(bindings, "all_bindings", every)
        assert project.open_project(start=str(repo), writing=True).id == "shop"
        return every()

    monkeypatch.setattr(bindings, "all_bindings", slow)
    assert project.open_project(start=str(repo)).id == "shop"


def test_two_repositories_of_one_name_at_once_never_share(
    make_repo: Callable[..., Path], tmp_path: Path
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    roots = [make_repo("api", parent=tmp_path / str(number)) for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        ids = list(pool.map(lambda root: project.open_project(start=str(root), writing=True).id, roots))
    assert len(set(ids)) == 6
    assert "api" in ids


def test_a_clone_that_takes_a_path_over_leaves_one_binding(
    repo: Path, make_repo: Callable[..., Path]
) -> None:
    project.open_project(start=str(repo), writing=True)
    shutil.rmtree(repo)
    make_repo("shop")
    with pytest.raises(NotAllowedError, match="earlier repository"):
        project.open_project(start=str(repo), writing=True)
    project.bind(project.repository_at(str(repo)), "shop")
    assert len(project.bindings_of("shop")) == 1


def test_a_second_id_that_has_a_store_is_adopted_too(
    repo: Path, make_repo: Callable[..., Path], tmp_path: Path
) -> None:
    project.open_project(start=str(repo), writing=True)
    other = make_repo("shop", parent=tmp_path / "other")
    free = resolve(str(other)).free_id
    assert free is not None
    store("A=1\n", project_id=free)
    with pytest.raises(NotAllowedError) as caught:
        project.open_project(start=str(other), writing=True)
    assert caught.value.hints[0] == f"creds allow --adopt {free}"


def test_a_second_id_that_was_bound_before_is_not_free(
    repo: Path, make_repo: Callable[..., Path], tmp_path: Path
) -> None:
    project.open_project(start=str(repo), writing=True)
    other = make_repo("shop", parent=tmp_path / "other")
    project.open_project(start=str(other), writing=True)
    shutil.rmtree(other)
    make_repo("shop", parent=tmp_path / "other")
    with pytest.raises(NotAllowedError):
        project.open_project(start=str(other), writing=True)


def test_reading_writes_nothing(repo: Path) -> None:
    project.open_project(start=str(repo))
    project.get_project_id(repo)
    assert not (repo / ".git/creds-binding").exists()
    assert not Path(os.environ["HOME"], ".local").exists()


def test_a_common_directory_that_cannot_be_written_has_no_binding(repo: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    (repo / ".git").chmod(0o555)
    try:
        with pytest.raises(NotAllowedError) as caught:
            project.open_project(start=str(repo), writing=True)
    finally:
        (repo / ".git").chmod(0o755)
    assert "--project" in caught.value.hints[0]


def test_a_move_keeps_the_project_and_a_copy_gets_its_own(repo: Path) -> None:
    project.open_project(start=str(repo), writing=True)
    moved = repo.rename(repo.parent / "moved")
    known = resolve(str(moved)).binding
    assert known is not None
    project.move(project.repository_at(str(moved)), known)
    assert project.get_project_id(moved) == "shop"

    copy = shutil.copytree(moved, repo.parent / "copy")
    project.bind(project.repository_at(str(copy)), "copy")
    assert (project.get_project_id(moved), project.get_project_id(copy)) == ("shop", "copy")


def test_the_remote_is_kept_without_its_password(repo: Path) -> None:
    with (repo / ".git/config").open("a") as file:
        file.write('[remote "origin"]\n\turl = https://me:hunter2@example.com/shop.git?token=x\n')
    project.open_project(start=str(repo), writing=True)
    assert [known.remote for known in project.bindings_of("shop")] == ["https://example.com/shop.git"]


def test_what_was_bound_denied_and_allowed_before_an_upgrade_stays_so() -> None:
    """These records are found by a hash of what they are about: with another one each deny would be forgotten."""
    assert bindings.digest(b"/home/me/shop/.git") == "d00a96a847b7bc7fc06349bbb802fa68"
    assert bindings.digest(b"a", b"b") == "c04e17957d4ca3123b3afdaab02e4023"


@pytest.mark.parametrize("why", ["denied", "open to others"])
def test_where_no_cookie_counts_none_is_looked_at(shop: Path, why: str) -> None:
    """The hook is silent in a denied repository, and in one that is not trusted says why, whatever its cookie is."""
    if why == "denied":
        project.deny(project.repository_at(str(shop)).anchor, str(shop))
    else:
        (shop / ".git").chmod(0o775)
    (shop / ".git/creds-binding").chmod(0o644)
    standing = resolve(str(shop))
    assert why == "denied" or "can be written by others" in (standing.reason or "")
    assert str(shop / ".git/creds-binding") in watched_files(standing)
