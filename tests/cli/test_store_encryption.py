"""`creds store encrypt`: age files that the age program reads, nothing lost on the way, everything works as before."""

import json
import shutil
import subprocess

import pytest

pytest.importorskip("pyrage", reason="the extra `age` is not installed")

SECRET = "at-rest-Value-0123456789"
MAGIC = b"age-encryption.org/v1\n"


@pytest.fixture
def encrypted(creds, home):
    """A store with one bundle, encrypted."""
    assert creds("set", "API_KEY", "--stdin", input=SECRET).returncode == 0
    done = creds("store", "encrypt", "--yes")
    assert done.returncode == 0, done.stderr
    return home.store("shop")


def test_encrypting_leaves_no_plain_value_in_the_store(encrypted, home):
    assert encrypted.read_bytes().startswith(MAGIC)
    for path in home.config.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def test_the_age_program_reads_it(encrypted, home):
    if shutil.which("age") is None:
        pytest.skip("the age program is not installed")
    identity = home.state / "age" / "identity.txt"
    done = subprocess.run(
        ("age", "-d", "-i", identity, encrypted), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f'API_KEY="{SECRET}"' in done.stdout


def test_the_identity_is_private_and_outside_the_synced_folder(encrypted, home):
    identity = home.state / "age" / "identity.txt"
    assert identity.stat().st_mode & 0o777 == 0o600
    assert identity.parent.stat().st_mode & 0o777 == 0o700
    assert not identity.is_relative_to(home.config)


@pytest.mark.usefixtures("encrypted")
def test_everything_works_as_before(creds, repo):
    assert creds("get", "API_KEY").stdout == "API_KEY=****\n"
    assert creds("get", "API_KEY", "--reveal").stdout == SECRET
    done = creds("exec", "--", "sh", "-c", "echo $API_KEY ${#API_KEY}")
    assert done.stdout == f"**** {len(SECRET)}\n", done.stderr


def test_a_later_write_and_a_new_bundle_are_encrypted_too(encrypted, creds, home):
    assert creds("set", "OTHER", "--stdin", input="other-Value-987654321").returncode == 0
    assert creds("set", "API_KEY", "--stdin", "-e", "staging", input=SECRET).returncode == 0
    for path in (encrypted, home.store("shop", "staging")):
        assert path.read_bytes().startswith(MAGIC)
    listed = json.loads(creds("list", "--json").stdout)
    assert [key["key"] for key in listed["keys"]] == ["API_KEY", "OTHER"]


def test_comments_survive_encryption_and_an_edit(creds, home):
    creds("set", "A", "--stdin", input="value-of-a-123")
    path = home.store("shop")
    path.write_text("# by hand\nA='value-of-a-123'\n")
    creds("store", "encrypt", "--yes")
    creds("set", "B", "--stdin", input="value-of-b-123")
    creds("store", "decrypt", "--yes")
    assert path.read_text().startswith("# by hand\nA='value-of-a-123'\n")


def test_decrypting_gives_the_same_file_back(creds, home):
    creds("set", "API_KEY", "--stdin", input=SECRET)
    path = home.store("shop")
    before = path.read_bytes()
    creds("store", "encrypt", "--yes")
    done = creds("store", "decrypt", "--yes")
    assert (done.returncode, path.read_bytes()) == (0, before)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("encrypted")
def test_status_says_what_it_is(creds):
    assert creds("store", "status").stdout == "age\n"
    creds("store", "decrypt", "--yes")
    assert creds("store", "status").stdout == "plain\n"


@pytest.mark.usefixtures("encrypted")
def test_validate_and_status_see_through_it(creds):
    rows = {row["check"]: row for row in json.loads(creds("validate", "--json").stdout)["rows"]}
    assert rows["store"]["status"] == "ok"
    assert "age" in creds("status").stdout


def test_a_lost_identity_is_explained_before_it_happens(creds):
    creds("set", "API_KEY", "--stdin", input=SECRET)
    done = creds("store", "encrypt")
    assert done.returncode == 4  # a question, and no terminal
    assert "who loses it loses every secret" in done.stderr
    assert creds("store", "status").stdout == "plain\n"


def test_a_lost_identity_is_an_error_with_a_way_out_and_nothing_is_written(encrypted, creds, home):
    identity = home.state / "age" / "identity.txt"
    identity.rename(identity.with_suffix(".away"))
    before = encrypted.read_bytes()
    for command in (("get", "API_KEY"), ("exec", "--", "true"), ("list",)):
        done = creds(*command)
        assert done.returncode == 5, (command, done.stderr)
        assert "identity is missing" in done.stderr
        assert str(identity) in done.stderr
    assert creds("set", "API_KEY", "--stdin", input="new-Value-123456").returncode == 5
    assert encrypted.read_bytes() == before
    identity.with_suffix(".away").rename(identity)
    assert creds("get", "API_KEY", "--reveal").stdout == SECRET


@pytest.mark.usefixtures("encrypted")
def test_no_second_identity_is_made_where_the_first_is_lost(creds, home):
    """It would open the new bundles and none of the old ones, and look as if all were well."""
    identity = home.state / "age" / "identity.txt"
    identity.rename(identity.with_suffix(".away"))
    done = creds("store", "encrypt", "--yes")
    assert done.returncode == 5
    assert "identity is missing" in done.stderr
    assert not identity.exists()
    row = next(r for r in json.loads(creds("doctor", "--json").stdout)["rows"] if r["check"] == "encryption")
    assert row["status"] == "fail"
    assert str(identity) in row["next"]


@pytest.mark.usefixtures("encrypted")
def test_another_identity_does_not_open_it(creds, home):
    import pyrage

    identity = home.state / "age" / "identity.txt"
    identity.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    done = creds("get", "API_KEY")
    assert done.returncode == 5
    assert "does not open" in done.stderr


def test_a_damaged_age_file_is_an_error_and_stays(encrypted, creds):
    damaged = encrypted.read_bytes()[:-5]
    encrypted.write_bytes(damaged)
    done = creds("get", "API_KEY")
    assert done.returncode == 1
    assert f"{encrypted} is damaged" in done.stderr
    assert "identity" not in done.stderr
    assert creds("set", "API_KEY", "--stdin", input="new-Value-123456").returncode == 1
    assert encrypted.read_bytes() == damaged


def test_half_a_run_is_finished_by_the_next_one(encrypted, creds, home):
    plain = home.store("other")
    plain.parent.mkdir(mode=0o700)
    plain.write_text("A='plain-Value-1234'\n")
    plain.chmod(0o600)
    done = creds("store", "encrypt", "--yes")
    assert done.returncode == 0
    assert plain.read_bytes().startswith(MAGIC)
    assert "1 bundle encrypted" in done.stderr
    assert encrypted.read_bytes().startswith(MAGIC)


@pytest.mark.usefixtures("encrypted")
def test_the_hook_loads_an_encrypted_bundle(creds, repo):
    done = subprocess.run(
        ("bash", "-c", 'eval "$(creds export bash)"; echo "${#API_KEY}"'),
        cwd=repo,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"{len(SECRET)}\n", done.stderr
