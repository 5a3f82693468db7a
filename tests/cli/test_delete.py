"""`creds delete`: asks, removes all or none of the keys named; a whole project needs its name typed."""

import json
import os
import sysconfig

import pexpect
import pytest

from creds_shell.providers.dotenv_global import DotEnvSecretsProvider

CREDS = os.path.join(sysconfig.get_path("scripts"), "creds")


def keys(environment="default"):
    return list(DotEnvSecretsProvider().get_bundle("shop", environment).keys)


@pytest.fixture
def three(creds):
    """A project with three keys."""
    creds("import", "-", input="A=hunter2-a\nB=hunter2-b\nC=hunter2-c\n")
    return creds


def answer(home, repo, words, typed):
    child = pexpect.spawn(CREDS, list(words), cwd=str(repo), env=home.env, timeout=60, encoding="utf-8")
    child.expect(r"\[y/N\]|to go on:")
    child.sendline(typed)
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def test_keys_named_are_removed(three):
    """With --yes, in one write."""
    done = three("delete", "A", "B", "--yes")
    assert (done.returncode, keys()) == (0, ["C"])
    assert "A, B deleted from dotenv-global" in done.stderr


def test_one_unknown_key_removes_none(three):
    """All or nothing, exit 3."""
    done = three("delete", "A", "NOPE", "--yes")
    assert (done.returncode, keys()) == (3, ["A", "B", "C"])
    assert "has no key NOPE" in done.stderr


def test_without_a_terminal_it_needs_yes(three):
    """Exit 4, nothing changed."""
    for words in (("A",), ("--all",)):
        done = three("delete", *words)
        assert (done.returncode, keys()) == (4, ["A", "B", "C"])
        assert "--yes" in done.stderr


@pytest.mark.parametrize(("typed", "status"), [("y", 0), ("n", 1), ("", 1)])
def test_the_question(three, home, repo, typed, status):
    """Only yes is yes; a no is exit 1."""
    assert answer(home, repo, ("delete", "A"), typed) == status
    assert keys() == (["B", "C"] if status == 0 else ["A", "B", "C"])


@pytest.mark.parametrize(("typed", "status"), [("shop", 0), ("yes", 1), ("Shop", 1)])
def test_a_whole_project_needs_its_name(three, home, repo, typed, status):
    """Typed in full."""
    assert answer(home, repo, ("delete", "--all"), typed) == status
    assert keys() == ([] if status == 0 else ["A", "B", "C"])
    assert home.store("shop").exists() == (status != 0)


def test_all_is_one_environment(three):
    """The others stay."""
    three("set", "P", "--stdin", "-e", "staging", input="hunter2-p")
    assert three("delete", "--all", "--yes", "-e", "staging").returncode == 0
    assert (keys("staging"), keys()) == ([], ["A", "B", "C"])
    again = three("delete", "--all", "--yes", "-e", "staging")
    assert (again.returncode, "has no secrets" in again.stderr) == (0, True)


@pytest.mark.parametrize("words", [(), ("A", "--all")])
def test_bad_input(three, words):
    """Exit 2, nothing changed."""
    assert three("delete", *words, "--yes").returncode == 2
    assert keys() == ["A", "B", "C"]


def test_metadata_goes_with_the_key(three):
    """A key that comes back is a new one."""
    from creds_shell.providers import metadata

    three("delete", "A", "--yes")
    assert sorted(metadata.load("shop")) == ["B", "C"]
    three("delete", "--all", "--yes")
    assert metadata.load("shop") == {}


def test_thousands_of_keys_are_no_wall_of_names(creds):
    """The first ones and how many more; the audit log and its JSON have all of them."""
    text = "".join(f"KEY_{number:04d}=value-{number}-x\n" for number in range(1000))
    assert creds("import", "-", input=text).returncode == 0
    done = creds("delete", "--all", "--yes")
    assert "KEY_0008, KEY_0009 and 990 more deleted from dotenv-global" in done.stderr
    assert max(map(len, creds("audit").stdout.splitlines())) < 300
    assert len(json.loads(creds("audit", "--json").stdout)["records"][-1]["keys"]) == 1000


@pytest.mark.parametrize("words", [("delete", "API_KEX", "--yes"), ("rotate", "API_KEX", "--generate")])
def test_a_slip_in_a_key_is_recognised(creds, words):
    creds("set", "API_KEY", "--stdin", input="value-12345")
    done = creds(*words)
    assert done.returncode == 3
    assert "hint: did you mean API_KEY?" in done.stderr
