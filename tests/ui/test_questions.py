"""An agent asks, a person answers on the page: the value never passes the agent, and no answer is no leave."""

import json
import os
import socket
import stat
import subprocess
import time

import pytest
from playwright.sync_api import expect

from creds_shell.base import NotAllowedError
from creds_shell.project import open_project
from creds_shell.ui import asking, doorbell
from creds_shell.ui.questions import Question, Questions, read_question

SECRET = "typed-by-a-person-4711"
AGENT = {"CREDS_AGENT": "robot"}


@pytest.fixture
def agent(home, repo):
    """Start a command as an agent would: agent("set", "KEY") -> process."""
    started = []

    def run(*args: str, env: dict[str, str] | None = None):
        process = subprocess.Popen(
            ("creds", *args), cwd=repo, env=home.env | AGENT | (env or {}),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=60)


def result(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def dialog(page):
    return page.get_by_role("dialog")


def test_a_person_types_the_value_that_an_agent_asked_for(page, agent, value, home):
    asked = agent("set", "API_KEY", "--reason", "the mailer needs it")
    expect(dialog(page)).to_contain_text("robot asks for API_KEY")
    expect(dialog(page)).to_contain_text("the mailer needs it")
    page.get_by_label("Value of API_KEY").fill(SECRET)
    page.get_by_role("button", name="Save", exact=True).click()
    status, out, err = result(asked)
    assert status == 0, err
    assert SECRET not in out + err
    assert value("API_KEY") == SECRET
    expect(page.locator(".row[data-key='API_KEY']")).to_be_visible()
    records = [json.loads(line) for line in home.audit.read_text().splitlines()]
    assert [(r["action"], r["agent"], r["result"]) for r in records if r["action"] == "ask"] == [
        ("ask", "robot", "allowed")
    ]
    assert SECRET not in home.audit.read_text()


@pytest.mark.parametrize("way", ["Decline", "Escape"])
def test_a_person_declines(page, agent, value, way):
    asked = agent("set", "API_KEY")
    expect(dialog(page)).to_be_visible()
    if way == "Escape":
        page.keyboard.press("Escape")
    else:
        page.get_by_role("button", name="Decline").click()
    status, _, err = result(asked)
    assert status == 1, err
    assert "declined" in err
    assert value("API_KEY") is None


def test_a_bad_value_keeps_the_question_open(page, agent, value):
    asked = agent("set", "API_KEY")
    page.get_by_label("This is base64 of the exact bytes").check()
    page.get_by_label("Value of API_KEY").fill("!!!")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("This is not base64.")).to_be_visible()
    page.get_by_label("Value of API_KEY").fill("aGVsbG8gd29ybGQ=")
    page.get_by_role("button", name="Save", exact=True).click()
    assert result(asked)[0] == 0
    assert value("API_KEY") == "hello world"


def test_a_person_types_the_new_value_of_a_key_that_an_agent_rotates(page, agent, stored, value, home):
    stored(API_KEY="the-old-value-1")
    asked = agent("rotate", "API_KEY")
    expect(dialog(page)).to_contain_text("robot asks for a new value of API_KEY")
    page.get_by_label("New value", exact=True).fill(SECRET)
    page.get_by_role("button", name="Rotate", exact=True).click()
    status, out, err = result(asked)
    assert status == 0, err
    assert SECRET not in out + err
    assert value("API_KEY") == SECRET
    assert '"action": "rotate"' in home.audit.read_text()


def test_a_name_that_makes_programs_run_code_is_confirmed_in_the_question(page, agent, value):
    asked = agent("set", "NODE_OPTIONS")
    page.get_by_label("Value of NODE_OPTIONS").fill("--max-old-space-size=100")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("I know, and want NODE_OPTIONS to be loaded").check()
    page.get_by_role("button", name="Save", exact=True).click()
    status, _, err = result(asked)
    assert status == 0, err
    assert value("NODE_OPTIONS") == "--max-old-space-size=100"


def test_a_person_grants_one_reveal(page, agent, stored):
    stored(API_KEY=SECRET)
    asked = agent("get", "API_KEY", "--reveal")
    expect(dialog(page)).to_contain_text("robot wants to")
    page.get_by_role("button", name="Yes, this once").click()
    status, out, err = result(asked)
    assert (status, out) == (0, SECRET), err
    refused = agent("get", "API_KEY", "--reveal")
    page.get_by_role("button", name="Decline").click()
    status, out, err = result(refused)
    assert (status, out) == (4, "")
    assert SECRET not in err


def test_a_question_goes_away_with_the_process_that_asked(page, agent):
    asked = agent("set", "API_KEY")
    expect(dialog(page)).to_be_visible()
    asked.kill()
    expect(dialog(page)).to_have_count(0)


def test_a_question_full_of_html_is_shown_as_text(page, agent):
    asked = agent("set", "API_KEY", "--reason", "<img src=x onerror=document.title='gone'>")
    expect(dialog(page)).to_contain_text("<img src=x onerror=")
    assert page.title() != "gone"
    page.keyboard.press("Escape")
    result(asked)


def test_with_nobody_to_ask_an_agent_is_refused_at_once(agent, site):
    """A page without a tab is nobody either."""
    begun = time.monotonic()
    status, out, err = result(agent("set", "API_KEY"))
    assert status == 4, err
    assert "in their own terminal" in err
    assert "http://" not in out + err
    assert time.monotonic() - begun < 30


def test_without_a_page_one_is_opened_for_the_question(tmp_path, agent, tabs, value):
    seen = tmp_path / "seen"
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\ncp "$1" {seen}.part && mv {seen}.part {seen}\n')
    script.chmod(0o755)
    asked = agent("set", "API_KEY", env={"BROWSER": str(script)})
    end = time.monotonic() + 60
    while not seen.exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    page = tabs.open(seen.read_text().partition("url=")[2].partition('"')[0])
    page.get_by_label("Value of API_KEY").fill(SECRET)
    page.get_by_role("button", name="Save", exact=True).click()
    status, _, err = result(asked)
    assert status == 0, err
    assert value("API_KEY") == SECRET
    expect(page.get_by_role("heading", name="creds ui has stopped")).to_be_visible()


def test_the_socket_is_private_and_takes_no_nonsense(site, home):
    [path] = home.runtime.glob("ui-*.sock")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for line in (b"\n", b"[]\n", b'{"kind": "other"}\n', b"\xff\n", b'{"kind": "value"}\n', b"x" * 100_000):
        with socket.socket(socket.AF_UNIX) as knock:
            knock.settimeout(30)
            knock.connect(str(path))
            try:
                knock.sendall(line)
                assert b"asking" not in knock.recv(1000)
            except (BrokenPipeError, ConnectionResetError):
                continue
    site.enter()
    assert site.post("state").status == 200


def test_a_dead_socket_is_swept_away(home, repo):
    path = home.runtime / "ui-1.sock"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert doorbell.ring(Question("value", "set A", "shop", keys=("A",)), 1.0) is None
    assert not path.exists()


def test_a_page_that_is_suspended_is_nobody(home, repo, monkeypatch):
    """It takes the connection, by its backlog, and never answers."""
    path = home.runtime / "ui-1.sock"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setattr(doorbell, "FIRST_SECONDS", 0.05)
    with socket.socket(socket.AF_UNIX) as suspended:
        suspended.bind(str(path))
        suspended.listen()
        assert doorbell.ring(Question("value", "set A", "shop", keys=("A",)), 1.0) is None


def test_asking_from_python_says_who_cannot_be_asked(home, repo, monkeypatch):
    monkeypatch.chdir(repo)
    with pytest.raises(NotAllowedError) as refused:
        asking.ask_value("API_KEY", open_project())
    assert refused.value.exit_code == 4
    with pytest.raises(NotAllowedError):
        asking.ask_permission("reveal", None)


def test_a_question_is_read_with_bounds():
    read = read_question(
        {
            "kind": "value",
            "action": "x" * 10_000,
            "project": 7,
            "keys": ["A", 1, "B" * 1000],
            "agent": "",
            "directory": os.sep,
        }
    )
    assert read is not None
    assert (len(read.action), read.project, read.agent, read.directory) == (500, "", None, os.sep)
    assert [len(key) for key in read.keys] == [1, 0, 500]
    assert read_question({"kind": "other"}) is None


def test_a_flood_of_questions_is_refused(run_in_thread):
    async def flood() -> list[object]:
        questions = Questions()
        return [questions.ask(Question("permission", "x", "shop")) for _ in range(20)]

    assert run_in_thread(flood).count(None) == 4
