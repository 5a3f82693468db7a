"""Tier 1: the repository's `.env` by its allowed content, and declared variables of the process."""

import os
import threading

import pytest

from creds_shell.base import (
    BadPermissionsError,
    NotAllowedError,
    ProjectNotFoundError,
    SecretBundle,
    SecretNotFoundError,
    SecretsError,
    StoreBusyError,
    UsageError,
)
from creds_shell.core.repository import find_repository
from creds_shell.project import allow_content, open_project
from creds_shell.providers import metadata
from creds_shell.providers.env_file import EnvSecretsProvider
from creds_shell.providers.registry import provider_for


@pytest.fixture
def provider(home, repo):
    """The provider of the fresh repository."""
    return EnvSecretsProvider(find_repository(str(repo)))


def write(repo, data, *, allow=True):
    (repo / ".env").write_bytes(data)
    (repo / ".env").chmod(0o644)
    if allow:
        allow_content(find_repository(str(repo)), data)


def test_an_allowed_file_is_read(provider, repo):
    """Also one that others may read, as files in repositories are."""
    write(repo, b"A=1\nB='${HOME}'\n")
    bundle = provider.get_bundle("shop")
    assert dict(bundle.secrets) == {"A": "1", "B": "${HOME}"}
    assert (bundle.provider, bundle.version is not None) == ("env-file", True)


def test_another_content_is_refused(provider, repo):
    """One byte is enough; the hint is the command."""
    write(repo, b"A=1\n")
    write(repo, b"A=2\n", allow=False)
    with pytest.raises(NotAllowedError, match="changed since it was allowed") as caught:
        provider.get_bundle("shop")
    assert "creds allow" in caught.value.hints[0]


def test_no_file_is_an_empty_bundle(provider):
    """And nothing is made."""
    assert provider.get_bundle("shop").keys == []


def test_the_process_environment_gives_declared_names_alone(home, repo, monkeypatch):
    """Never PATH and HOME; the file wins."""
    monkeypatch.setenv("TOKEN", "from-environment")
    monkeypatch.setenv("A", "from-environment")
    monkeypatch.setenv("OTHER", "x")
    write(repo, b"A=1\n")
    provider = EnvSecretsProvider(find_repository(str(repo)), names=["TOKEN", "A", "ABSENT"])
    assert dict(provider.get_bundle("shop").secrets) == {"A": "1", "TOKEN": "from-environment"}
    assert (provider.source_of("A"), provider.source_of("TOKEN")) == (str(repo / ".env"), "environment")


def test_bytes_of_the_environment_come_through(home, repo, monkeypatch):
    """Undecodable ones too."""
    monkeypatch.setitem(os.environb, b"TOKEN", b"\xff\n")
    provider = EnvSecretsProvider(find_repository(str(repo)), names=["TOKEN"])
    assert provider.get_bundle("shop").as_bytes() == {"TOKEN": b"\xff\n"}


def test_creds_toml_declares_names(home, repo, monkeypatch):
    """Through the project's settings."""
    (repo / "creds.toml").write_text("[keys.TOKEN]\nrequired = true\n")
    monkeypatch.setenv("TOKEN", "from-environment")
    project = open_project(start=str(repo), provider="env-file", writing=True)
    assert provider_for(project).get_bundle(project.id)["TOKEN"] == "from-environment"


def test_our_own_write_renews_the_allow_and_keeps_comments(provider, repo):
    """The next read asks nobody."""
    write(repo, b"# mine\nB=1 # b\nA=2\n")
    provider.put_bundle(SecretBundle("shop", {"B": "new", "C": "3"}))
    assert (repo / ".env").read_bytes() == b'# mine\nB="new" # b\nA=2\nC="3"\n'
    assert provider.get_bundle("shop").keys == ["A", "B", "C"]


def test_a_file_that_is_not_allowed_is_not_written(provider, repo):
    """Else our write would allow what nobody looked at."""
    write(repo, b"A=1\n", allow=False)
    with pytest.raises(NotAllowedError):
        provider.put_bundle(SecretBundle("shop", {"B": "1"}))
    assert (repo / ".env").read_bytes() == b"A=1\n"


def test_a_change_between_the_look_and_the_lock_is_refused(provider, repo, monkeypatch):
    """What is edited is what is allowed, not what was looked at a moment ago."""
    write(repo, b"A=1\n")
    look = provider._allowed_data

    def look_then_change():
        data = look()
        write(repo, b"A=evil\n", allow=False)
        return data

    monkeypatch.setattr(provider, "_allowed_data", look_then_change)
    with pytest.raises(NotAllowedError):
        provider.put_bundle(SecretBundle("shop", {"B": "1"}))
    assert (repo / ".env").read_bytes() == b"A=evil\n"


def test_a_folder_named_like_our_temporary_files_stops_no_write(provider, repo):
    """A repository may hold anything."""
    (repo / ".creds-tmp-x").mkdir()
    provider.put_bundle(SecretBundle("shop", {"B": "1"}))
    assert provider.get_bundle("shop").keys == ["B"]


def test_a_new_file_is_private(provider, repo):
    """0600, and no lock or temporary file in the repository."""
    provider.put_bundle(SecretBundle("shop", {"B": "1"}))
    assert (repo / ".env").stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(repo)) == [".env", ".git"]


def test_a_mode_that_there_is_not_writes_nothing(provider, repo):
    """A slip in it must not be a merge."""
    write(repo, b"A=1\n")
    with pytest.raises(UsageError, match="no mode"):
        provider.put_bundle(SecretBundle("shop", {"B": "1"}), mode="repalce")
    assert (repo / ".env").read_bytes() == b"A=1\n"


def test_delete_and_rotate(provider, repo):
    """Existing keys alone."""
    write(repo, b"A=1\nB=2\n")
    provider.delete_key("shop", "A")
    provider.rotate("shop", "B", "3")
    assert dict(provider.get_bundle("shop").secrets) == {"B": "3"}
    for act in (lambda: provider.delete_key("shop", "A"), lambda: provider.rotate("shop", "A", "x")):
        with pytest.raises(SecretNotFoundError):
            act()


def test_deleting_several_keys_is_all_or_none(provider, repo):
    """One write; deleting all leaves the comments."""
    write(repo, b"# mine\nA=1\nB=2\nC=3\n")
    with pytest.raises(SecretNotFoundError):
        provider.delete_keys("shop", ["A", "NOPE"])
    assert provider.get_bundle("shop").keys == ["A", "B", "C"]
    provider.delete_keys("shop", ["A", "B"])
    assert provider.get_bundle("shop").keys == ["C"]
    provider.delete_bundle("shop")
    provider.delete_bundle("shop")
    assert (repo / ".env").read_bytes() == b"# mine\n"


def test_a_write_decided_on_an_old_state_is_refused(provider, repo):
    """By the version that was read."""
    write(repo, b"A=1\n")
    seen = provider.get_bundle("shop").version
    provider.put_bundle(SecretBundle("shop", {"A": "2"}))
    with pytest.raises(StoreBusyError):
        provider.put_bundle(SecretBundle("shop", {"A": "3"}), expected_version=seen)


def test_writers_side_by_side_lose_nothing(provider, repo):
    """What another of our writers stored meanwhile is allowed, and merged with."""
    write(repo, b"A=1\n")
    other = EnvSecretsProvider(find_repository(str(repo)))
    threads = [
        threading.Thread(target=each.put_bundle, args=(SecretBundle("shop", {f"K{n}": str(n)}),))
        for n, each in enumerate([provider, other] * 5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert provider.get_bundle("shop").keys == ["A", *(f"K{n}" for n in range(10))]


def test_ages_are_kept_beside_this_tier_too(provider, repo):
    """And a rotation is one."""
    provider.put_bundle(SecretBundle("shop", {"A": "1"}))
    provider.rotate("shop", "A", "2")
    known = metadata.load("shop", "default", "env-file")["A"]
    assert known.rotated == known.changed
    provider.delete_key("shop", "A")
    assert metadata.load("shop", "default", "env-file") == {}


@pytest.mark.parametrize("trick", ["symlink", "writable", "directory", "large", "many"])
def test_a_file_that_cannot_be_trusted_is_refused(provider, repo, tmp_path, trick):
    """Whatever was allowed."""
    data = b"A=1\n"
    if trick == "large":
        data = b"#" * (1 << 20) + b"\n"
    if trick == "many":
        data = b"".join(b"K%d=1\n" % n for n in range(5000))
    write(repo, data)
    if trick == "symlink":
        (repo / ".env").rename(tmp_path / "elsewhere")
        (repo / ".env").symlink_to(tmp_path / "elsewhere")
    elif trick == "writable":
        (repo / ".env").chmod(0o666)
    elif trick == "directory":
        (repo / ".env").unlink()
        (repo / ".env").mkdir()
    with pytest.raises((NotAllowedError, BadPermissionsError)):
        provider.get_bundle("shop")


def test_outside_a_repository_there_is_nothing_to_write(home, tmp_path, monkeypatch):
    """Reading gives an empty bundle."""
    monkeypatch.chdir(tmp_path)
    provider = EnvSecretsProvider()
    assert provider.get_bundle("shop").keys == []
    with pytest.raises(ProjectNotFoundError):
        provider.put_bundle(SecretBundle("shop", {"A": "1"}))


def test_fields_by_prefix_as_in_the_ancestor(home, repo, monkeypatch):
    """get_secret("DB") → {"host": …}."""
    monkeypatch.setenv("DB_HOST", "h")
    monkeypatch.setenv("DB_PASSWORD", "p")
    provider = EnvSecretsProvider(find_repository(str(repo)))
    assert provider.get_secret("DB") == {"host": "h", "password": "p"}
    assert provider.get_secret_value("db", "host") == "h"
    with pytest.raises(SecretNotFoundError):
        provider.get_secret("NOPE")
    with pytest.raises(SecretsError):
        provider.get_secret("no/such")
