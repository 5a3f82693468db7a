"""Coding agents are told from people by markers that only agents set, and stopped from seeing values."""

import pytest

from creds_shell.core import agents
from creds_shell.core.errors import NotAllowedError

MARKERS = [(variable, agent) for variable, agent, people, _ in agents.AGENTS if not people]
PEOPLE = [variable for variable, _, people, _ in agents.AGENTS if people]


@pytest.fixture(autouse=True)
def nobody(home):
    """A person's environment."""


@pytest.mark.parametrize(("variable", "agent"), MARKERS)
def test_each_marker_names_its_agent(variable, agent, monkeypatch):
    monkeypatch.setenv(variable, "1")
    assert agents.detect() == agent
    assert agents.describe() == f"{agent} ({variable})"


@pytest.mark.parametrize("variable", PEOPLE)
def test_what_a_persons_terminal_has_is_no_marker(variable, monkeypatch):
    monkeypatch.setenv(variable, "1")
    assert agents.detect() is None


@pytest.mark.parametrize("variable", [variable for variable, _ in MARKERS] + list(agents.NAMED))
def test_an_empty_marker_is_none(variable, monkeypatch):
    monkeypatch.setenv(variable, "")
    assert agents.detect() is None


def test_a_person_is_nobody():
    assert agents.detect() is None
    assert agents.describe() is None


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("claude", "claude"),
        ("my-bot_1.0", "my-bot_1.0"),
        ("1", "agent"),
        ("a b\n{}", "a-b---"),
        ("\x1b[31m", "--31m"),
        ("---", "agent"),
        ("x" * 1000, "x" * agents.NAME_LENGTH),
    ],
)
def test_the_name_that_creds_agent_gives_is_made_fit_for_a_log(value, name, monkeypatch):
    monkeypatch.setenv("CREDS_AGENT", value)
    assert agents.detect() == name


def test_creds_agent_comes_before_other_markers():
    assert agents.detect({b"CREDS_AGENT": b"mine", b"CLAUDECODE": b"1"}) == "mine"


def test_every_row_has_a_source_and_no_variable_stands_twice():
    variables = [variable for variable, _, _, _ in agents.AGENTS]
    assert len(set(variables)) == len(variables)
    assert all(agent and source for _, agent, _, source in agents.AGENTS)


@pytest.mark.parametrize("action", agents.ACTIONS)
def test_an_agent_is_refused_with_a_way_to_go_on(action, monkeypatch):
    monkeypatch.setenv("CLAUDECODE", "1")
    with pytest.raises(NotAllowedError) as caught:
        agents.refuse(action)
    assert caught.value.exit_code == 4
    assert "CLAUDECODE" in caught.value.message
    assert caught.value.hints[0] == agents.ACTIONS[action][1]
    assert f'allow = ["{action}"]' in caught.value.hints[1]


@pytest.mark.parametrize("action", agents.ACTIONS)
def test_a_grant_counts_for_its_own_action_alone(action, monkeypatch):
    monkeypatch.setenv("CLAUDECODE", "1")
    agents.refuse(action, frozenset({action}))
    with pytest.raises(NotAllowedError):
        agents.refuse(action, frozenset(agents.ACTIONS) - {action})


@pytest.mark.parametrize("action", agents.ACTIONS)
def test_a_person_is_never_refused(action):
    agents.refuse(action)
