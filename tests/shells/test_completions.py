"""TAB in real shells: commands, options, and names of keys, which are known without reading a value."""

import shutil
import subprocess
from pathlib import Path

import pexpect
import pytest

COMPLETIONS = Path(__file__).parents[2] / "completions"
START = {
    "bash": (
        "bash",
        ["--norc", "--noprofile", "-i"],
        [f"source {COMPLETIONS}/creds.bash", "bind 'set bell-style none'"],
    ),
    "zsh": (
        "zsh",
        ["-f", "-i"],
        [f"fpath=({COMPLETIONS} $fpath); autoload -Uz compinit; compinit -u -D; unsetopt beep"],
    ),
    "fish": ("fish", ["--no-config", "-i"], [f"source {COMPLETIONS}/creds.fish"]),
}
PROMPT = "ready> "


@pytest.fixture(params=START)
def shell(request, home, repo, creds):
    """A shell in a project with API_KEY, its completions loaded."""
    name = request.param
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    assert creds("set", "API_KEY", "--stdin", input="completion-Value-01234").returncode == 0
    program, args, lines = START[name]
    env = home.env | {"PS1": PROMPT, "TERM": "dumb", "fish_greeting": ""}
    child = pexpect.spawn(
        program, args, env=env, cwd=str(repo), encoding="utf-8", timeout=60, dimensions=(40, 200)
    )
    for line in lines:
        child.sendline(line)
    child.sendline("echo be''gin")
    child.expect("begin")
    yield child
    child.close(force=True)


def completes(child, typed: str, wanted: str) -> None:
    """Type, press TAB, and wait for the rest."""
    child.send(typed + "\t")
    child.expect_exact(wanted)
    child.sendcontrol("u")
    child.sendcontrol("u")


def test_the_name_of_a_key(shell):
    completes(shell, "creds get API", "_KEY")


def test_a_command(shell):
    completes(shell, "creds valid", "ate")


def test_an_option(shell):
    completes(shell, "creds get --rev", "eal")


def test_a_topic_or_a_command_for_help(shell):
    completes(shell, "creds help exit-", "codes")
    completes(shell, "creds help promo", "te")


def test_a_tier_an_environment_and_a_shell(shell):
    completes(shell, "creds use aws-", "secrets-manager")
    completes(shell, "creds env defau", "lt")
    completes(shell, "creds hook fi", "sh")


def test_a_global_option_in_front_of_the_command(shell):
    completes(shell, "creds --no-in", "put")
    completes(shell, "creds --provider aws-", "secrets-manager")


@pytest.mark.parametrize("before", ["exec", "exec --only API_KEY", "--project shop run", "agent run"])
def test_the_command_after_the_dashes_and_its_arguments(shell, repo, before):
    """As the shell itself would complete them."""
    (repo / "a-file-of-the-repository").write_text("")
    completes(shell, f"creds {before} -- basena", "me")
    completes(shell, f"creds {before} -- cat a-file-of-t", "he-repository")


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_asks_for_names_only_where_they_are_wanted(home, repo, tmp_path):
    """Not for each option of each command at every TAB: that took seconds."""
    program = tmp_path / "creds"
    program.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/log\n")
    program.chmod(0o755)
    env = home.env | {"PATH": f"{tmp_path}:{home.env['PATH']}"}
    code = f"autoload -Uz compinit; compinit -u -D; source {COMPLETIONS}/_creds; print ready"
    done = subprocess.run(
        ("zsh", "-f", "-c", code), cwd=repo, env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout == "ready\n"
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize("kind", ["keys", "environments", "providers", "shells", "topics"])
def test_names_are_given_outside_of_a_project_too(kind, creds, tmp_path):
    done = creds("completion", "--names", kind, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_names_come_without_reading_the_store(creds, home):
    creds("set", "API_KEY", "--stdin", input="completion-Value-01234")
    creds("set", "OTHER", "--stdin", "-e", "staging", input="completion-Value-56789")
    home.store("shop").write_text("damaged '\n")
    assert creds("completion", "--names", "keys").stdout == "API_KEY\n"
    assert creds("completion", "--names", "environments").stdout == "default\nstaging\n"


def test_a_shell_that_has_none_is_a_usage_error(creds):
    assert creds("completion", "tcsh").returncode == 2
    assert creds("completion").returncode == 2


@pytest.mark.parametrize(("name", "check"), [("bash", "-n"), ("zsh", "-n"), ("fish", "-n")])
def test_what_is_printed_is_what_is_committed_and_parses(name, check, creds, tmp_path):
    text = creds("completion", name).stdout
    file = {"bash": "creds.bash", "zsh": "_creds", "fish": "creds.fish"}[name]
    assert text == (COMPLETIONS / file).read_text()
    if shutil.which(name):
        path = tmp_path / file
        path.write_text(text)
        assert subprocess.run((name, check, str(path)), check=False).returncode == 0
