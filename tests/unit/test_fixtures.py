"""The fixtures keep what they promise: nothing of the caller's home or environment reaches a test."""

import os
from pathlib import Path

FIXTURE_MARKERS = ("CLAUDECODE", "CREDS_ENV", "GIT_DIR", "AWS_PROFILE")


def test_the_real_home_is_out_of_reach(home, run_python):
    seen = run_python("import os; print(os.path.expanduser('~'))").stdout.strip()
    assert seen == str(home.path)
    assert os.environ["HOME"] == str(home.path)


def test_nothing_of_the_callers_environment_reaches_a_command(run_python):
    seen = run_python("import os; print(sorted(os.environ))").stdout
    assert not [name for name in FIXTURE_MARKERS if name in seen]


def test_a_repository_is_fresh_and_on_main(repo: Path):
    assert repo.name == "shop"
    assert (repo / ".git" / "HEAD").read_text() == "ref: refs/heads/main\n"


def test_the_installed_command_runs(creds):
    assert creds("--version").returncode == 0
