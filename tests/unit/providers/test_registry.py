"""Which providers there are, and what a third-party one needs."""

import subprocess
import sys

import pytest

from creds_shell import get_bundle_provider, get_provider
from creds_shell.base import (
    BundleProvider,
    InvalidValueError,
    ProviderCaps,
    ProviderNotAvailableError,
    SecretBundle,
    SecretNotFoundError,
    SecretsError,
    UsageError,
)
from creds_shell.project import get_project_id
from creds_shell.providers import registry

OURS = ["dotenv-global", "env-file", "aws-secrets-manager"]


@pytest.mark.parametrize("name", OURS)
def test_our_providers_are_found_by_id(home, repo, monkeypatch, name):
    """And say what they can."""
    monkeypatch.chdir(repo)
    provider = get_bundle_provider(name)
    assert isinstance(provider, BundleProvider)
    assert (provider.id, provider.name) == (name, name)
    assert provider.caps().can_write
    assert provider.caps.can_write
    assert get_provider(name).id == name


def test_an_unknown_one_names_those_that_are(home):
    """Exit 2."""
    with pytest.raises(UsageError, match="there is no provider vault") as caught:
        get_bundle_provider("vault")
    assert "dotenv-global, env-file, aws-secrets-manager" in caught.value.hints[0]


def test_the_default_is_the_local_store(home, repo, monkeypatch):
    """In a repository, outside one, and without any network."""
    monkeypatch.chdir(repo)
    assert get_bundle_provider().id == "dotenv-global"
    monkeypatch.chdir(home.path)
    assert get_bundle_provider().id == "dotenv-global"


def test_the_recorded_provider_of_the_project_wins(home, repo, creds, monkeypatch):
    """`creds use`."""
    creds("set", "A", "--stdin", input="x")
    creds("use", "env-file")
    monkeypatch.chdir(repo)
    assert get_bundle_provider().id == "env-file"
    monkeypatch.setenv("CREDS_PROVIDER", "dotenv-global")
    assert get_bundle_provider().id == "dotenv-global"


PLUGIN = """
from creds_shell.base import BundleProvider, ProviderCaps, SecretBundle

class Vault(BundleProvider):
    id = "vault"
    caps = ProviderCaps(can_list=True)

    def get_bundle(self, project_id, environment="default"):
        return SecretBundle(project_id, {"FROM_VAULT": "hunter2-" + environment}, environment=environment, provider=self.id)

class Mute(Vault):
    id = "mute"
    caps = ProviderCaps(can_write=True)

    def put_bundle(self, bundle, mode="merge", *, expected_version=None):
        pass  # stored, and not said what is stored now
"""


@pytest.fixture
def plugin(tmp_path):
    """A package with an entry point, as another distribution would install it."""
    site = tmp_path / "site"
    (site / "creds_vault-1.0.dist-info").mkdir(parents=True)
    (site / "creds_vault.py").write_text(PLUGIN)
    (site / "creds_broken.py").write_text("raise RuntimeError('hunter2-in-an-exception')\n")
    info = site / "creds_vault-1.0.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: creds-vault\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[creds_shell.providers]\nvault = creds_vault:Vault\nmute = creds_vault:Mute\nbroken = creds_broken:X\nnone = os:getcwd\n"
    )
    return site


def run(plugin, home, repo, *words):
    code = f"import sys; sys.path.insert(0, {str(plugin)!r}); from creds_shell.__main__ import main; sys.exit(main())"
    command = (sys.executable, "-c", code, *words)
    return subprocess.run(command, cwd=repo, env=home.env, capture_output=True, text=True, check=False)


def test_a_provider_of_another_package_is_found_by_its_entry_point(plugin, home, repo, creds):
    """get, list, and a clear refusal of what it cannot do."""
    creds("set", "A", "--stdin", input="x")
    found = run(plugin, home, repo, "get", "FROM_VAULT", "--reveal", "--provider", "vault", "-e", "staging")
    assert (found.returncode, found.stdout) == (0, "hunter2-staging")
    assert "vault" in run(plugin, home, repo, "list", "--provider", "vault").stdout
    refused = run(plugin, home, repo, "set", "B", "--generate", "--provider", "vault")
    assert refused.returncode == 2
    assert "the provider vault cannot be written" in refused.stderr


@pytest.mark.parametrize("words", [("set", "B", "--generate"), ("import", "lines")])
def test_a_provider_that_gives_nothing_back_has_stored_it_all_the_same(plugin, home, repo, words):
    """Storing succeeded, and what is told of it does not need the answer."""
    (repo / "lines").write_text("B=hunter2-marked # mask\n")
    done = run(plugin, home, repo, *words, "--provider", "mute", "--project", "p", "--yes")
    assert (done.returncode, "in mute" in done.stderr) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("name", "text"), [("broken", "cannot be loaded (RuntimeError)"), ("none", "is no BundleProvider")]
)
def test_a_broken_one_is_an_error_without_its_text(plugin, home, repo, name, text):
    """Exit 5; an exception of a stranger may hold a value."""
    done = run(plugin, home, repo, "list", "--project", "p", "--provider", name)
    assert (done.returncode, text in done.stderr) == (5, True)
    assert "hunter2" not in done.stderr


class Least(BundleProvider):
    """The least that somebody has to write."""

    id = "least"

    def get_bundle(self, project_id, environment="default"):
        return SecretBundle(project_id, {"A": "1"}, environment=environment)


class OneByOne(Least):
    """A provider that can remove one key, and not several in one write."""

    def __init__(self):
        self.removed = []

    def delete_key(self, project_id, key, environment="default", **_):
        self.removed.append((project_id, key, environment))


def test_either_way_of_deleting_serves_both():
    """`delete_keys`, or `delete_key` where there is no such write."""
    provider = OneByOne()
    provider.delete_keys("p", ["A", "B"], "staging")
    provider.delete_key("p", "C")
    assert provider.removed == [("p", "A", "staging"), ("p", "B", "staging"), ("p", "C", "default")]


def test_the_least_provider_reads_and_refuses_the_rest():
    """Each refusal is a SecretsError that names the provider."""
    least = Least()
    assert least.list_keys("p") == ["A"]
    assert least.get_secret("p") == {"A": "1"}
    assert least.load("p") == SecretBundle("p", {"A": "1"})
    assert least.caps() == ProviderCaps()
    for act in (
        lambda: least.put_bundle(SecretBundle("p")),
        lambda: least.delete_key("p", "A"),
        lambda: least.delete_keys("p", ["A"]),
        lambda: least.delete_bundle("p"),
        lambda: least.rotate("p", "A", "x"),
        lambda: least.versions("p"),
        lambda: least.get_version("p", "1"),
        lambda: least.rollback("p"),
        lambda: least.restore("p"),
    ):
        with pytest.raises(SecretsError, match="the provider least cannot"):
            act()


def test_the_first_example_of_the_python_api(home, repo, monkeypatch, capsys):
    """As the documentation shows it."""
    monkeypatch.chdir(repo)
    provider = get_bundle_provider()
    provider.put_bundle(
        SecretBundle(project_id=get_project_id(), secrets={"API_KEY": "hunter2-api"}), mode="merge"
    )
    print(provider.get_bundle(get_project_id()))  # noqa: T201 the example prints
    shown = capsys.readouterr().out
    assert "API_KEY" in shown
    assert "hunter2" not in shown


def test_a_programs_first_write_binds_a_free_repository_and_no_other(home, repo, make_repo, monkeypatch):
    """Else the next get_project_id() would refuse the store that it just made."""
    store = get_bundle_provider("dotenv-global")
    monkeypatch.chdir(repo)
    store.put_bundle(SecretBundle("elsewhere", {"A": "1"}))
    assert not (home.state / "bindings").exists()
    store.put_bundle(SecretBundle(get_project_id(), {"A": "1"}))
    assert get_project_id() == "shop"
    monkeypatch.chdir(make_repo("shop", parent=repo.parent / "other"))
    with pytest.raises(SecretsError, match="belongs to"):
        get_project_id()


def test_the_local_store_through_the_interface(home):
    """merge, replace, delete, rotate, list, versions of a state."""
    store = get_bundle_provider("dotenv-global")
    first = store.put_bundle(SecretBundle("p", {"A": "1", "B": "2"}))
    assert (first.provider, first.updated_at is not None) == ("dotenv-global", True)
    assert store.get_bundle("p").version == first.version
    second = store.put_bundle(SecretBundle("p", {"B": "3"}))
    assert (second.keys, second.version == first.version) == (["A", "B"], False)
    assert store.put_bundle(SecretBundle("p", {"C": "4"}), mode="replace").keys == ["C"]
    assert store.rotate("p", "C", b"\xff").as_bytes() == {"C": b"\xff"}
    for act in (lambda: store.rotate("p", "A", "x"), lambda: store.delete_key("p", "A")):
        with pytest.raises(SecretNotFoundError, match="p has no key A"):
            act()
    store.delete_key("p", "C")
    assert store.list_keys("p") == []
    store.delete_bundle("p")
    store.delete_bundle("p")
    assert not home.store("p").exists()


@pytest.mark.parametrize("bad", ["../x", "a/b", "", "A" * 101, ".hidden", "UPPER"])
def test_malformed_ids_reach_no_file(home, bad):
    """For reading and for writing."""
    store = get_bundle_provider("dotenv-global")
    for act in (lambda: store.get_bundle(bad), lambda: store.put_bundle(SecretBundle(bad, {"A": "1"}))):
        with pytest.raises(UsageError):
            act()
    with pytest.raises(UsageError):
        store.get_bundle("p", "../../x")
    assert not home.config.exists()


@pytest.mark.parametrize(
    ("secrets", "kind"),
    [({"bad-name": "x"}, UsageError), ({"PWD": "x"}, UsageError), ({"A": "a\0b"}, InvalidValueError)],
)
def test_what_no_tier_accepts_is_refused_before_anything_is_written(home, secrets, kind):
    """And a good key beside it is not stored either."""
    store = get_bundle_provider("dotenv-global")
    with pytest.raises(kind):
        store.put_bundle(SecretBundle("p", {"GOOD": "1", **secrets}))
    assert store.get_bundle("p").keys == []


def test_ids_lists_ours_first(home):
    """For messages."""
    assert registry.provider_ids()[:3] == OURS


def test_a_foreign_error_class_is_the_documented_one():
    """ProviderNotAvailableError is exit 5."""
    assert ProviderNotAvailableError("x").exit_code == 5
