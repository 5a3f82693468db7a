"""Every command that touches secrets, in every place where it must not: the right exit code, the reason, the next
step, nothing changed."""

import json
import os

import pytest

from creds_shell.base import SecretBundle
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider

COMMANDS = {
    "set": ("set", "NEW", "--stdin"),
    "get": ("get", "API_KEY"),
    "reveal": ("get", "API_KEY", "--reveal"),
    "list": ("list",),
    "delete": ("delete", "API_KEY", "--yes"),
    "delete all": ("delete", "--all", "--yes"),
    "import": ("import", "-"),
    "dump": ("dump", "--reveal"),
    "rotate": ("rotate", "API_KEY", "--stdin"),
    "explain": ("explain", "API_KEY"),
}
INPUT = "NEW=hunter2-new\n"


@pytest.fixture
def creds(creds_here):
    """In this process: these are 100 runs."""
    return creds_here


def run(creds, name, **options):
    words = COMMANDS[name]
    return creds(*words, input=INPUT if words[-1] in {"-", "--stdin"} else None, **options)


def snapshot(home):
    """Every file below the config folder but the log: path → bytes and mode."""
    found = {}
    for folder, _, names in os.walk(home.config):
        for name in names:
            path = os.path.join(folder, name)
            if not name.startswith(("audit.log", ".lock")):
                mode = os.lstat(path).st_mode
                with open(path, "rb") as file:
                    found[path] = (file.read(), mode)
    return found


def refused(done, code, *texts):
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "creds: error: " in done.stderr
    assert [text for text in texts if text not in done.stderr] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_outside_a_repository(creds, home, name):
    """Exit 3; the hint names --project."""
    refused(run(creds, name, cwd=home.path), 3, "not in a git repository", "--project ID")
    assert snapshot(home) == {}


@pytest.mark.parametrize("name", COMMANDS)
def test_in_a_repository_whose_id_has_a_store_that_it_is_not_bound_to(creds, home, name):
    """Exit 4; made by the ancestor or by hand: adopting is a decision."""
    DotEnvSecretsProvider().put_bundle(SecretBundle("shop", {"API_KEY": "hunter2-old"}))
    before = snapshot(home)
    done = run(creds, name)
    refused(
        done, 4, "this repository is not the project that holds these secrets", "creds allow --adopt shop"
    )
    assert snapshot(home) == before


@pytest.mark.parametrize("name", COMMANDS)
def test_in_a_denied_repository(creds, home, name):
    """Exit 4."""
    creds("set", "API_KEY", "--stdin", input="hunter2-old")
    creds("deny")
    before = snapshot(home)
    refused(run(creds, name), 4, "denied")
    assert snapshot(home) == before


@pytest.mark.parametrize("name", COMMANDS)
def test_with_a_damaged_store(creds, home, name):
    """Exit 1 with file and line; `delete --all` may not throw away what it cannot read either."""
    creds("set", "API_KEY", "--stdin", input="hunter2-old")
    home.store("shop").write_bytes(b"API_KEY=hunter2-old\n\n= what\n")
    before = snapshot(home)
    refused(run(creds, name), 1, f"{home.store('shop')}:3: this line cannot be read")
    assert snapshot(home) == before


@pytest.mark.parametrize("name", COMMANDS)
def test_with_a_store_that_others_can_write(creds, home, name):
    """Exit 4 and the chmod to run."""
    creds("set", "API_KEY", "--stdin", input="hunter2-old")
    home.store("shop").parent.chmod(0o770)
    before = snapshot(home)
    refused(run(creds, name), 4, f"creds: hint: chmod go-w {home.store('shop').parent}")
    assert snapshot(home) == before


@pytest.mark.parametrize("name", COMMANDS)
def test_with_a_store_that_cannot_be_read(creds, home, name):
    """Exit 4; names the tier. Root reads everything, so for root the file is a directory."""
    creds("set", "API_KEY", "--stdin", input="hunter2-old")
    path = home.store("shop")
    if os.geteuid() == 0:
        path.unlink()
        path.mkdir()
        refused(run(creds, name), 4, str(path))
    else:
        path.chmod(0o000)
        refused(run(creds, name), 4, f"dotenv-global cannot read {path}: permission denied")
        path.chmod(0o600)
        assert path.read_bytes().endswith(b'API_KEY="hunter2-old"\n')


@pytest.mark.parametrize("name", [".", "denied"])
def test_with_records_that_cannot_be_seen(creds, home, name):
    """After a `sudo` they are root's: nobody denied anything, and `creds allow` is no way out."""
    if os.geteuid() == 0:
        pytest.skip("root sees everything")
    creds("set", "API_KEY", "--stdin", input="hunter2-old")
    folder = home.state / name
    folder.mkdir(exist_ok=True)
    folder.chmod(0o000)
    try:
        refused(creds("list"), 4, f"creds: hint: ls -ld {folder}")
        refused(creds("allow"), 4, "permission denied", "creds: hint: ls -l")
    finally:
        folder.chmod(0o700)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (("", 0o666), (4, "bad_permissions", "chmod go-w ")),
        (("providr = 1\n", 0o600), (1, "damaged_file", "edit ")),
    ],
)
def test_with_settings_that_cannot_be_used(creds, home, file, told):
    """The next step is that of the fault, also out of the record that the prompt reads."""
    creds("set", "API_KEY", "--stdin", input="hunter2-old")
    settings = home.config / "config.toml"
    settings.write_text(file[0])
    settings.chmod(file[1])
    code, kind, hint = told
    for words in (("list",), ("list",), ("get", "API_KEY"), ("set", "NEW", "--generate")):
        done = creds(*words, "--json")
        assert (done.returncode, done.stdout) == (code, "")
        error = json.loads(done.stderr)["error"]
        assert error["code"] == kind
        assert error["hints"][0] == hint + str(settings)
    assert creds("exec", "--", "true").returncode == code


@pytest.mark.parametrize("name", COMMANDS)
def test_with_an_unreachable_tier(creds, home, name):
    """Exit 5: never a silent fall-back to another tier's secrets."""
    creds("set", "API_KEY", "--stdin", input="hunter2-old")
    before = snapshot(home)
    aws = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_MAX_ATTEMPTS": "1",
        "CREDS_PROVIDER": "aws-secrets-manager",
    }
    refused(run(creds, name, env=aws), 5)
    assert snapshot(home) == before


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("get", 3),
        ("reveal", 3),
        ("list", 0),
        ("delete", 3),
        ("delete all", 0),
        ("dump", 0),
        ("rotate", 3),
        ("explain", 3),
    ],
)
def test_in_a_repository_that_is_free(creds, home, name, code):
    """Reads find an empty bundle, make nothing and bind nothing."""
    assert run(creds, name).returncode == code
    assert snapshot(home) == {}
    assert not (home.state / "bindings").exists()


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("option", [("--project", "a/../b"), ("-e", "../x"), ("--provider", "nope")])
def test_with_a_malformed_global_option(creds, home, name, option):
    """Exit 2; no file of that name is ever touched."""
    words = COMMANDS[name]
    before = snapshot(home)
    done = creds(*words, *option, input=INPUT if words[-1] in {"-", "--stdin"} else None)
    assert (done.returncode, done.stdout) == (2, "")
    assert snapshot(home) == before
