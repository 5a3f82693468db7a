"""P7: creds never prints a value unasked. Not in output, errors, reports, logs or files other than the bundle."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from creds_shell.base import SecretBundle
from creds_shell.project import open_project
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider

SECRET = "hunter2-Unmistakable+9/x"
FORMS = (SECRET, base64.b64encode(SECRET.encode()).decode()[:24], SECRET.encode().hex(), "Unmistakable")

# commands that touch the project, each with arguments that make sense and some that do not
COMMANDS = [
    "list", "list --json", "get API_KEY", "get API_KEY --json", "get", "get DB", "get NOPE", "explain API_KEY",
    "explain API_KEY --json", "explain NOPE", "status", "status --json", "env", "audit", "audit --json",
    "audit --verify", "validate", "validate --json", "doctor", "doctor --json", "scan .", "store status",
    "completion bash", "help security", "set API_KEY", "set API_KEY --file /no-such-file", "rotate API_KEY",
    "rotate API_KEY --generate", "rotate NOPE --generate", "delete API_KEY", "delete NOPE --yes", "delete --all",
    "dump", "import /no-such-file", "import store.env --dry-run", "import store.env", "use env-file", "allow", "deny",
    "versions", "rollback", "promote", "refresh", "list --provider aws-secrets-manager", "exec -- true",
    "exec --only NOPE -- true", "exec -- /no-such-file", "hook bash", "export bash",
]  # fmt: skip


LEAN = ("exec", "hook", "export")  # these have ways of their own into the process


@pytest.fixture
def project(creds, creds_here, repo):
    """A project whose values would be recognised, and a file that holds them too."""
    values = {"API_KEY": SECRET, "DB_HOST": "db", "DB_NAME": "n", "DB_USER": "u", "DB_PASSWORD": f"{SECRET}1"}
    opened = open_project(start=str(repo), writing=True)
    DotEnvSecretsProvider().put_bundle(SecretBundle(opened.id, values))
    (repo / "store.env").write_text(f"API_KEY={SECRET}2\nNEW={SECRET}3\n")
    return lambda *words, **options: (creds if words[0] in LEAN else creds_here)(*words, **options)


def shown(text):
    return [form for form in FORMS if form in text]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_shows_a_value_unasked(project, command):
    """Whatever it is asked and however it ends."""
    aws = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "eu-west-1", "AWS_MAX_ATTEMPTS": "1"}
    done = project(*command.split(), env=aws)
    assert done.returncode in {0, 1, 2, 3, 4, 5, 127}, done.stderr  # never an internal error
    if command != "export bash":  # which is asked for the values, by a pipe
        assert shown(done.stdout) == []
    assert shown(done.stderr) == []


def files_with_values(*roots):
    found = []
    for root in roots:
        for folder, _, names in os.walk(root):
            for name in names:
                path = Path(folder, name)
                if path.is_file() and not path.is_symlink() and b"Unmistakable" in path.read_bytes():
                    found.append(path)
    return found


def test_values_are_in_the_bundle_and_in_no_other_file(project, home, repo):
    """After a round of commands: state, runtime, cache, log and repository hold none."""
    for command in (
        "list",
        "get API_KEY --reveal",
        "status",
        "doctor",
        "exec -- true",
        "rotate DB_PASSWORD --generate",
    ):
        project(*command.split())
    (repo / "store.env").unlink()
    assert files_with_values(home.path, home.runtime.parent, repo) == [home.store("shop")]


def test_a_fault_of_ours_is_reported_without_the_value(home, repo, tmp_path):
    """Exit 70, one line, and a report of frames; the exception's text and the locals stay out."""
    code = f"""
import sys
from creds_shell.providers import dotenv_global
def fail(self, project_id, environment="default"):
    value = {SECRET!r}
    raise RuntimeError("cannot use " + value)
dotenv_global.DotEnvSecretsProvider.get_bundle = fail
from creds_shell.__main__ import main
sys.argv = ["creds", "list", "--project", "p"]
sys.exit(main())
"""
    script = tmp_path / "fault.py"
    script.write_text(code)
    done = subprocess.run(
        (sys.executable, str(script)), cwd=repo, env=home.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 70
    assert "something went wrong inside creds (RuntimeError)" in done.stderr
    assert shown(done.stdout + done.stderr) == []
    reports = list((home.state / "reports").iterdir())
    assert len(reports) == 1
    assert shown(reports[0].read_text()) == []
    assert reports[0].stat().st_mode & 0o777 == 0o600


def test_a_value_on_the_command_line_is_not_repeated(creds, home):
    """Neither in the warning nor in an error about it."""
    for words in (
        ("set", "A", SECRET),
        ("set", f"A={SECRET}"),
        ("set", "1A", SECRET),
        ("set", "A", SECRET, SECRET),
    ):
        done = creds(*words)
        assert shown(done.stdout + done.stderr) == []
    assert shown(home.audit.read_text()) == []


def test_broken_files_are_not_quoted(creds, home):
    """A line that cannot be read may hold a value."""
    creds("set", "A", "--stdin", input="x")
    home.store("shop").write_text(f"A=1\n={SECRET}\n")
    for words in (
        ("list",),
        ("get", "A"),
        ("set", "B", "--generate"),
        ("exec", "--", "true"),
        ("status",),
        ("doctor",),
    ):
        done = creds(*words)
        assert shown(done.stdout + done.stderr) == []
