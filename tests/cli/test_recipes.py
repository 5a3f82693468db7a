"""The recipes of `creds help ci`, `docker` and `migrate` do what they say."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

import creds_shell
from creds_shell.cli.app import COMMANDS, ELSEWHERE

SECRET = "recipe-Value%0123456789"
TOPICS = Path(creds_shell.__file__).parent / "cli" / "topics"


@pytest.fixture
def stored(creds):
    """A project with a token, a key of two lines and a word that is not masked."""
    for key, value in (
        ("TOKEN", SECRET),
        ("PRIVATE_KEY", "first-line-0123\nsecond-line-4567"),
        ("STAGE", "production"),
    ):
        assert creds("set", key, "--stdin", input=value).returncode == 0


@pytest.mark.usefixtures("stored")
def test_github_gets_masks_first_and_assignments_in_its_file(home, repo, tmp_path):
    target = tmp_path / "github_env"
    target.touch(mode=0o600)
    with target.open("a") as out:
        done = subprocess.run(
            ("creds", "dump", "--format", "github", "--reveal"), stdout=out, stderr=subprocess.PIPE, text=True,
            env=home.env | {"GITHUB_ACTIONS": "true"}, cwd=repo, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    assert done.returncode == 0
    masks = [
        line.removeprefix("::add-mask::")
        for line in done.stderr.splitlines()
        if line.startswith("::add-mask::")
    ]
    assert masks == ["first-line-0123", "second-line-4567", SECRET.replace("%", "%25")]
    assert re.search(rf"^TOKEN<<(creds_\w+)\n{SECRET}\n\1$", target.read_text(), re.MULTILINE)


@pytest.mark.usefixtures("stored")
def test_outside_of_a_workflow_nothing_is_said(creds):
    done = creds("dump", "--format", "github", "--reveal")
    assert done.returncode == 0
    assert "add-mask" not in done.stderr + done.stdout


@pytest.mark.usefixtures("stored")
def test_a_project_by_name_works_anywhere(creds, tmp_path):
    done = creds("exec", "--project", "shop", "--", "sh", "-c", "echo $TOKEN", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "****\n")


def test_docker_by_name_passes_values_in_the_environment_only(creds, home, stored, tmp_path):
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text('#!/bin/sh\necho "args: $*"; echo "has ${#TOKEN}"\n')
    docker.chmod(0o755)
    path = f"{docker.parent}{os.pathsep}{home.env['PATH']}"
    done = creds("exec", "--", "docker", "run", "--rm", "-e", "TOKEN", "shop:latest", env={"PATH": path})
    assert done.stdout == f"args: run --rm -e TOKEN shop:latest\nhas {len(SECRET)}\n"


def test_what_dotenvx_prints_can_be_imported(creds):
    done = creds("import", "-", input=json.dumps({"TOKEN": SECRET, "PORT": 5432}))
    assert done.returncode == 0, done.stderr
    assert creds("get", "TOKEN", "--reveal").stdout == SECRET


def test_a_store_of_the_ancestor_is_adopted(creds, home):
    path = home.store("shop")
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_text(f'TOKEN="{SECRET}"\n')
    path.chmod(0o600)
    assert creds("get", "TOKEN").returncode == 4
    assert creds("allow", "--adopt", "shop", "--yes").returncode == 0
    assert creds("get", "TOKEN", "--reveal").stdout == SECRET


def test_each_word_of_another_tool_stands_for_a_command_that_exists(creds):
    for word, meant in ELSEWHERE.items():
        assert word not in COMMANDS
        assert creds(*meant.split(), "--help").returncode == 0, meant


@pytest.mark.parametrize("topic", sorted(path.stem for path in TOPICS.glob("*.txt")))
def test_a_topic_names_only_commands_that_exist(topic):
    text = (TOPICS / f"{topic}.txt").read_text()
    for command in re.findall(r"(?:^|[`(] ?|\| |- run: |- |; )creds (\w[\w-]*)", text, re.MULTILINE):
        assert command in {*COMMANDS, "reads", "knows", "itself", "promises", "in"}, command


@pytest.mark.parametrize("name", re.findall(r"\b([A-Z][A-Za-z]+|get_\w+|mask_output|scan_for_secrets)\b", "\n".join(
    line for line in (TOPICS / "migrate.txt").read_text().splitlines() if line.startswith("      ")
)))  # fmt: skip
def test_every_name_of_the_ancestor_has_its_successor(name):
    assert hasattr(creds_shell, name)


README = (Path(__file__).parents[2] / "README.md").read_text()
COMMANDS_IN_README = {
    (command, option)
    for line in re.findall(r"`creds [^`]+`|^creds .*|^\$ creds .*|\$\(creds [^)]+\)", README, re.MULTILINE)
    for command in re.findall(r"creds ([a-z]+)", line.partition("#")[0])[:1]
    for option in re.findall(r" (--[a-z-]+)", line.partition("#")[0].partition(" -- ")[0]) or [""]
}


@pytest.mark.parametrize(("command", "option"), sorted(COMMANDS_IN_README))
def test_the_readme_names_only_commands_and_options_that_exist(command, option, creds):
    done = creds(command, "--help")
    assert done.returncode == 0
    assert option in done.stdout


def test_the_readmes_python_shows_no_value(creds, run_python):
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
    kept = [line for line in code.splitlines() if "psycopg" not in line]
    for key, value in (("DB_HOST", "h"), ("DB_NAME", "n"), ("DB_USER", "u"), ("DB_PASSWORD", SECRET)):
        assert creds("set", key, "--stdin", input=value).returncode == 0
    done = run_python("\n".join([*kept, "print(database)"]))
    assert done.returncode == 0, done.stderr
    assert SECRET not in done.stdout
    assert done.stdout.endswith("access=READ_ONLY)\n")
    assert "\npassword=****\n" in done.stdout
