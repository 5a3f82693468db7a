"""`creds agent install claude` writes what the agent needs and takes away exactly that."""

import json
import os
from pathlib import Path

import pytest

COMMANDS = ("get", "set", "list", "run", "validate", "ui", "rotate", "delete", "help")


def files_below(root: Path) -> set[str]:
    return {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and ".git/" not in str(p)}


def test_install_writes_every_command_the_skill_and_the_filter(creds, repo):
    done = creds("agent", "install", "claude")
    assert (done.returncode, done.stdout) == (0, "")
    wanted = {f".claude/commands/secrets/{name}.md" for name in COMMANDS}
    wanted |= {".claude/skills/secrets/SKILL.md", ".claude/hooks/creds-mask", ".claude/settings.json"}
    assert files_below(repo) == wanted
    assert os.access(repo / ".claude/hooks/creds-mask", os.X_OK)


def test_install_in_a_subdirectory_writes_at_the_root(creds, repo):
    (repo / "deep").mkdir()
    creds("agent", "install", "claude", cwd=repo / "deep")
    assert (repo / ".claude/settings.json").is_file()


def test_the_skill_states_its_rules(creds, repo):
    creds("agent", "install", "claude")
    text = (repo / ".claude/skills/secrets/SKILL.md").read_text()
    for rule in (
        "Never display",
        "masked representations",
        "READ_ONLY by default",
        "Inject with `creds run`",
    ):
        assert rule in text


def test_install_twice_changes_nothing(creds, repo):
    creds("agent", "install", "claude")
    before = {name: (repo / name).read_bytes() for name in files_below(repo)}
    assert creds("agent", "install", "claude").returncode == 0
    assert {name: (repo / name).read_bytes() for name in files_below(repo)} == before


def test_remove_takes_away_everything(creds, repo):
    creds("agent", "install", "claude")
    assert creds("agent", "install", "claude", "--remove").returncode == 0
    assert files_below(repo) == set()
    assert not (repo / ".claude").exists()


def test_settings_of_a_person_survive_install_and_remove(creds, repo):
    theirs = {"model": "opus", "hooks": {"PostToolUse": [{"matcher": "Edit", "hooks": []}], "Stop": []}}
    (repo / ".claude").mkdir()
    (repo / ".claude/settings.json").write_text(json.dumps(theirs))
    creds("agent", "install", "claude")
    settings = json.loads((repo / ".claude/settings.json").read_text())
    assert settings["model"] == "opus"
    assert len(settings["hooks"]["PostToolUse"]) == 2
    creds("agent", "install", "claude", "--remove")
    assert json.loads((repo / ".claude/settings.json").read_text()) == theirs


@pytest.mark.parametrize("action", [(), ("--remove",)])
def test_a_file_that_a_person_changed_stays(creds, repo, action):
    creds("agent", "install", "claude")
    changed = repo / ".claude/commands/secrets/get.md"
    changed.write_text(changed.read_text().replace("masked", "hidden"))
    before = changed.read_text()
    done = creds("agent", "install", "claude", *action)
    assert changed.read_text() == before
    assert "changed by hand: .claude/commands/secrets/get.md" in done.stderr


def test_damaged_settings_stop_before_anything_is_written(creds, repo):
    (repo / ".claude").mkdir()
    (repo / ".claude/settings.json").write_text("{not json")
    done = creds("agent", "install", "claude")
    assert done.returncode == 1
    assert "settings.json is not JSON" in done.stderr
    assert files_below(repo) == {".claude/settings.json"}


def test_an_unknown_agent_is_a_usage_error(creds):
    assert creds("agent", "install", "hal").returncode == 2


def filtered(creds, response):
    """What the model is shown of a tool's response."""
    event = {"hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_response": response}
    done = creds("agent", "filter", input=json.dumps(event))
    assert done.returncode == 0, done.stderr
    if not done.stdout:
        return response
    return json.loads(done.stdout)["hookSpecificOutput"]["updatedToolOutput"]


def test_the_filter_keeps_short_values_to_whole_tokens(creds):
    """A PIN is no reason to mask the middle of every longer number: the same rule as `exec` and `mask`."""
    assert creds("set", "PIN", "--stdin", input="1234").returncode == 0
    assert filtered(creds, {"stdout": "pin 1234 of 812345"}) == {"stdout": "pin **** of 812345"}
    assert creds("mask", input="pin 1234 of 812345").stdout == "pin **** of 812345"


def test_a_forced_short_value_is_masked_everywhere(creds, home):
    assert creds("set", "PIN", "--stdin", input="1234").returncode == 0
    (home.path / ".config/claude-power-pack/config.toml").write_text(
        "[projects.shop.keys.PIN]\nmask = true\n"
    )
    for out in (
        creds("mask", input="x812345").stdout,
        filtered(creds, "x812345"),
        creds("exec", "--", "echo", "x812345").stdout.rstrip(),
    ):
        assert out == "x8****5"


def test_the_filter_masks_beside_lone_surrogates(creds):
    creds("set", "TOKEN", "--stdin", input="hunter2secretXYZ")
    assert filtered(creds, "\ud83d hunter2secretXYZ") == "\ud83d ****"


def test_the_filter_masks_numbers_and_documents_that_are_no_event(creds):
    creds("set", "PIN", "--stdin", input="48151623")
    assert filtered(creds, {"pin": 48151623, "port": 5432, "ok": True}) == {
        "pin": "****",
        "port": 5432,
        "ok": True,
    }
    assert creds("agent", "filter", input='{"pin": "48151623"}').stdout == '{"pin": "****"}'
    done = creds("agent", "filter", input=b'{"tool_response": "\xff 48151623"}', text=False)
    assert json.loads(done.stdout)["hookSpecificOutput"]["updatedToolOutput"] == "\udcff ****"


@pytest.mark.parametrize(
    "place", ["settings.json.creds-new", "settings.json", "commands/secrets/get.md", "commands"]
)
@pytest.mark.parametrize("option", [(), ("--remove",)])
def test_no_link_of_a_repository_leads_a_write_elsewhere(creds, repo, tmp_path, place, option):
    """A clone may bring `.claude` along; creds writes with the user's rights."""
    elsewhere = tmp_path / "elsewhere"
    link = repo / ".claude" / place
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    done = creds("agent", "install", "claude", *option)
    assert (done.returncode, done.stdout) == (4, "")
    assert "symbolic link" in done.stderr
    assert not elsewhere.exists()
    assert [path.name for path in (repo / ".claude").rglob("*") if path.is_file()] == []
