"""What is generated and committed is current: completions, man page, docs/cli.md, what README.md quotes."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from creds_shell.cli.app import COMMANDS
from creds_shell.cli.commands.help import topics
from creds_shell.core import agents

ROOT = Path(__file__).parents[2]
# argparse words usage and help differently in other versions; one version writes the files.
WRITER = (3, 11)


def script(path: str):
    """Load a script that is no part of the package."""
    spec = importlib.util.spec_from_file_location(path.replace("/", "_").removesuffix(".py"), ROOT / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


needs_writer = pytest.mark.skipif(
    sys.version_info[:2] != WRITER, reason="the files are written by Python 3.11, whose argparse words them"
)


@needs_writer
@pytest.mark.parametrize("name", ["creds.bash", "_creds", "creds.fish"])
def test_completions_are_current(name):
    made = script("completions/generate.py").generate()[name]
    assert (ROOT / "completions" / name).read_text() == made.rstrip() + "\n", "run `make generate`"


@needs_writer
@pytest.mark.parametrize("name", ["man/creds.1", "docs/cli.md"])
def test_the_manual_is_current(name):
    assert (ROOT / name).read_text() == script("man/generate.py").generate()[name], "run `make generate`"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_manual(command):
    name = {"run": "exec"}.get(command, command)
    assert f"\n## creds {name}\n" in (ROOT / "docs/cli.md").read_text()
    assert f"\n.SS {name}" in (ROOT / "man/creds.1").read_text()


def test_the_man_page_formats_without_a_warning():
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    done = subprocess.run(
        ("groff", "-man", "-Tutf8", "-ww", "-z", str(ROOT / "man/creds.1")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_readme_quotes_the_recording():
    quoted = script("docs/recording/quote.py").quoted
    readme = (ROOT / "README.md").read_text()
    assert readme == quoted(readme, (ROOT / "docs/recording/first-minutes.txt").read_text()), (
        "run `make record`"
    )


def test_the_recording_holds_no_secret():
    secret = script("docs/recording/record.py").SECRET
    for path in (ROOT / "docs/recording").glob("first-minutes.*"):
        assert secret not in path.read_text()


def test_the_table_of_agents_is_in_the_security_page():
    text = (ROOT / "docs/security.md").read_text()
    for variable, agent, people, source in agents.AGENTS:
        row = f"| `{variable}` | {agent} | {'no: ' if people else ''}{source} |"
        assert row in text, "run `make generate`"


@pytest.mark.parametrize("topic", topics())
def test_every_topic_has_a_title_and_fits_a_terminal(topic, creds):
    done = creds("help", topic)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 120


def test_help_lists_every_command_and_topic(creds):
    text = creds("help").stdout
    for name in (*COMMANDS, *topics()):
        assert f"\n  {name} " in text


def test_help_about_nothing_known_is_a_usage_error(creds):
    done = creds("help", "nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert "topics: agents" in done.stderr


@pytest.mark.slow
def test_the_recording_is_what_creds_says_today(home):
    recorder = script("docs/recording/record.py")
    said = recorder.transcript(recorder.record())
    assert said == (ROOT / "docs/recording/first-minutes.txt").read_text(), "run `make record`"


@pytest.mark.parametrize("name", ["_creds", "creds.fish"])
def test_tab_shows_each_commands_one_line(name):
    """Not its description, which fills a screen at the first TAB."""
    text = (ROOT / "completions" / name).read_text().replace("""'"'"'""", "'").replace("\\'", "'")
    for command, (_, summary) in COMMANDS.items():
        assert f"{command}:'{summary}'" in text or f"-d '{summary}'" in text, command
