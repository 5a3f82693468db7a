"""The commands and the output filter that `creds agent install claude` writes, run for real as the agent runs them."""

import json
import re
import signal
import subprocess

import pytest

SECRET = "agent-Value-0123456789"
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.fixture
def installed(creds, repo):
    """A project with one secret and the files for the agent."""
    assert creds("set", "API_KEY", "--stdin", input=SECRET).returncode == 0
    assert creds("agent", "install", "claude").returncode == 0
    return repo / ".claude"


def block(installed, name: str, arguments: str) -> str:
    """The shell text of one command, as the agent would run it."""
    text = (installed / "commands" / "secrets" / f"{name}.md").read_text()
    code = re.search(r"```bash\n(.*?)```", text, re.DOTALL)
    assert code
    return code.group(1).replace("$ARGUMENTS", arguments)


@pytest.fixture
def run_command(installed, home, repo):
    """Run one of the commands inside the agent: run_command(name, arguments)."""

    def run(name: str, arguments: str = ""):
        done = subprocess.run(
            ("bash", "-c", block(installed, name, arguments)), cwd=repo, env=home.env | {"CLAUDECODE": "1"},
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, start_new_session=True, timeout=60,
        )  # fmt: skip
        assert SECRET not in done.stdout + done.stderr
        return done

    return run


def test_get_is_masked(run_command):
    done = run_command("get", "API_KEY")
    assert (done.returncode, done.stdout) == (0, "API_KEY=****\n")


def test_list_has_names(run_command):
    assert "API_KEY" in run_command("list").stdout


def test_run_injects_and_masks(run_command):
    done = run_command("run", "-- sh -c 'echo ${#API_KEY} $API_KEY'")
    assert (done.returncode, done.stdout) == (0, f"{len(SECRET)} ****\n")


def test_validate_has_rows(run_command):
    done = run_command("validate")
    assert done.returncode in (0, 1)
    assert "ok" in done.stdout


def test_set_asks_a_person_and_says_so_where_none_is(run_command):
    done = run_command("set", "NEW_KEY")
    assert done.returncode == 4
    assert "creds set NEW_KEY" in done.stderr


def test_set_with_a_value_is_refused_with_what_to_do(run_command):
    done = run_command("set", "NEW_KEY some-Value-123456")
    assert done.returncode == 4
    assert "creds set KEY" in done.stderr
    assert "some-Value-123456" not in done.stderr


def test_rotate_generates_without_showing(run_command, creds):
    assert run_command("rotate", "API_KEY --generate").returncode == 0
    assert creds("get", "API_KEY", "--reveal").stdout != SECRET


def test_rotate_asks_a_person_and_says_so_where_none_is(run_command):
    done = run_command("rotate", "API_KEY")
    assert done.returncode == 4
    assert "ask a person to run `creds rotate API_KEY` in their own terminal" in done.stderr


def test_delete_removes_after_a_yes(run_command, creds):
    assert run_command("delete", "API_KEY").returncode == 4  # the question could not be asked
    assert run_command("delete", "API_KEY --yes").returncode == 0
    assert creds("get", "API_KEY").returncode == 3


def test_help_explains(run_command):
    assert "coding agents" in run_command("help").stdout


def test_ui_gives_the_agent_no_address(installed, home, repo):
    page = subprocess.Popen(
        ("bash", "-c", f"exec {block(installed, 'ui', '').strip()}"), cwd=repo, env=home.env | {"CLAUDECODE": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    assert page.stdout
    first = page.stdout.readline()
    page.send_signal(signal.SIGTERM)
    rest, _ = page.communicate(timeout=60)
    assert first.startswith("creds: ")
    assert "http" not in first + rest
    assert "127.0.0.1" not in first + rest


@pytest.mark.parametrize("name", ["get", "set", "list", "run", "validate", "ui", "rotate", "delete", "help"])
def test_each_command_has_a_description_and_may_run_only_creds(name, installed):
    text = (installed / "commands" / "secrets" / f"{name}.md").read_text()
    head = text.split("---")[1]
    assert re.search(r"^description: \S", head, re.MULTILINE)
    allowed = re.search(r"^allowed-tools: (.*)$", head, re.MULTILINE)
    assert allowed
    assert all(re.fullmatch(r"Bash\(creds \w+:\*\)", tool) for tool in allowed.group(1).split(", "))


@pytest.fixture
def filtered(installed, home, repo):
    """Run the output filter as the settings name it: filtered(text) -> what it printed."""
    settings = json.loads((installed / "settings.json").read_text())
    command = settings["hooks"]["PostToolUse"][0]["hooks"][0]["command"]

    def run(text: str, **env: str) -> str:
        done = subprocess.run(
            ("sh", "-c", command), input=text, env=home.env | {"CLAUDE_PROJECT_DIR": str(repo), "CLAUDECODE": "1"} | env,
            cwd=repo, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert SECRET not in done.stdout + done.stderr
        return done.stdout

    return run


def event(response) -> str:
    return json.dumps({"hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_response": response})


def test_the_filter_masks_what_a_tool_printed(filtered):
    printed = {"stdout": f"key={SECRET}\nok", "stderr": "", "interrupted": False, "lines": [SECRET, 3]}
    answer = json.loads(filtered(event(printed)))["hookSpecificOutput"]
    assert answer["hookEventName"] == "PostToolUse"
    assert answer["updatedToolOutput"]["stdout"] == "key=****\nok"
    assert answer["updatedToolOutput"]["lines"] == ["****", 3]
    assert answer["updatedToolOutput"]["interrupted"] is False


def test_the_filter_says_nothing_where_nothing_was_masked(filtered):
    assert filtered(event({"stdout": "hello\n", "stderr": ""})) == ""


def test_the_filter_masks_known_tokens_outside_of_any_project_too(filtered):
    answer = json.loads(filtered(event(f"token {TOKEN}")))["hookSpecificOutput"]
    assert TOKEN not in answer["updatedToolOutput"]


def test_the_filter_answers_in_a_denied_project_too(filtered, creds):
    """It has the shapes of tokens alone then; withholding everything would stop the agent."""
    assert creds("deny").returncode == 0
    assert filtered(event({"stdout": "hello\n"})) == ""
    assert TOKEN not in filtered(event({"stdout": TOKEN}))


def test_the_filter_masks_plain_text(filtered):
    assert filtered(f"a {SECRET} b\n") == "a **** b\n"


def test_the_filter_withholds_what_it_cannot_mask(filtered, home):
    home.store("shop").write_text("damaged '\n")
    answer = json.loads(filtered(event({"stdout": SECRET})))["hookSpecificOutput"]
    assert answer["updatedToolOutput"]["stdout"].startswith("withheld: ")


def test_the_filter_withholds_where_creds_is_missing(filtered):
    answer = json.loads(filtered(event({"stdout": SECRET}), PATH="/usr/bin:/bin"))["hookSpecificOutput"]
    assert answer["updatedToolOutput"].startswith("withheld: ")
