"""From `creds ui` to its end: options, browsers that come or do not, agents, Ctrl-C, idle, two pages at once."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pexpect
import pytest
from playwright.sync_api import expect

from creds_shell.ui import routes
from creds_shell.ui.server import Presence
from creds_shell.ui.wire import Fields

URL = re.compile(r"http://127\.0\.0\.1:(\d+)/#code=(\S+)")


def until(condition, seconds: float = 60.0):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


@pytest.fixture
def begin(home, repo):
    """Start `creds ui` as a person would, with stderr in a file: begin(*args, env={}) -> (process, path of stderr)."""
    started = []

    def begin(*args: str, env: dict[str, str] | None = None):
        said = home.path / f"stderr-{len(started)}"
        with said.open("w") as stderr:
            process = subprocess.Popen(
                ("creds", "ui", *args), cwd=repo, env=home.env | (env or {}),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True,
            )  # fmt: skip
        started.append(process)
        return process, said

    yield begin
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=60)


@pytest.fixture
def fake_browser(tmp_path):
    """A BROWSER that keeps a copy of the file it is given; with `--wait` semantics it simply ends."""
    seen = tmp_path / "seen"
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\ncp "$1" {seen}.part && mv {seen}.part {seen}\n')
    script.chmod(0o755)
    return script, seen


def redirects(home) -> list[Path]:
    return sorted(home.runtime.glob("ui-open-*.html"))


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGHUP, 0)]
)
def test_a_signal_ends_it_cleanly(site, home, number, status):
    site.process.send_signal(number)
    out, err = site.process.communicate(timeout=60)
    assert site.process.returncode == status
    assert out == ""
    assert err == "creds: stopped\n"
    assert list(home.runtime.iterdir()) == []


def test_a_waiting_tab_does_not_keep_it_from_ending(site):
    site.enter()
    waiting = subprocess.Popen(
        ("curl", "-s", "-X", "POST", f"{site.origin}/api/watch", "-H", f"Origin: {site.origin}", "-H", "Content-Type: application/json",
         "-H", f"Authorization: Bearer {site.tokens[0]}", "-d", "{}"),
        stdout=subprocess.PIPE,
    )  # fmt: skip
    site.process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    assert site.process.wait(60) == 130
    assert time.monotonic() - begun < 10
    waiting.communicate(timeout=60)


def test_a_port_can_be_chosen_and_one_that_is_taken_is_named(start, site, creds):
    taken = creds("ui", "--no-open", "--json", "--port", str(site.port))
    assert taken.returncode == 1
    assert json.loads(taken.stderr)["error"]["message"] == f"port {site.port} is in use"
    port = site.port
    site.stop()
    assert start("--port", str(port)).port == port


@pytest.mark.parametrize("port", ["x", "-1", "65536", "80a"])
def test_what_is_no_port_is_a_usage_error(creds, port):
    assert creds("ui", "--port", port).returncode == 2


def test_a_second_page_runs_beside_the_first(start, site):
    other = start()
    site.enter()
    other.enter()
    assert other.port != site.port
    assert site.post("put", {"key": "ONE", "value": "value-1-one"}).status == 200
    assert [row["key"] for row in other.post("state").json["keys"]] == ["ONE"]
    assert other.post("state", authorization=f"Bearer {site.tokens[0]}").status == 401


def test_a_project_can_be_named_anywhere(start, home, tmp_path):
    elsewhere = start("--project", "shop", "-e", "staging", cwd=tmp_path)
    elsewhere.enter()
    assert elsewhere.post("put", {"key": "KEY", "value": "value-1234"}).status == 200
    assert "KEY" in home.store("shop", "staging").read_text()


def test_outside_any_project_it_says_how_to_name_one(creds, tmp_path):
    done = creds("ui", "--no-open", cwd=tmp_path)
    assert done.returncode == 3
    assert "--project" in done.stderr


def test_a_denied_repository_gets_no_page(creds):
    assert creds("deny").returncode == 0
    assert creds("ui", "--no-open").returncode == 4


def test_without_a_display_the_link_is_printed(begin):
    _, said = begin()
    assert until(lambda: URL.search(said.read_text()))


def test_over_ssh_the_link_is_printed_and_no_browser_started(begin, fake_browser):
    script, seen = fake_browser
    _, said = begin(env={"BROWSER": str(script), "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22", "DISPLAY": ":0"})
    assert until(lambda: URL.search(said.read_text()))
    assert not seen.exists()


def test_a_browser_that_does_not_come_gets_the_link_printed_after_ten_seconds(begin, fake_browser, home):
    script, seen = fake_browser
    _, said = begin(env={"BROWSER": str(script)})
    until(seen.exists)
    assert URL.search(said.read_text()) is None
    assert len(redirects(home)) == 1
    assert until(lambda: URL.search(said.read_text()))


def test_the_redirect_is_removed_once_the_code_is_used(begin, fake_browser, home, site):
    script, seen = fake_browser
    begin(env={"BROWSER": str(script)})
    until(seen.exists)
    [redirect] = redirects(home)
    found = URL.search(seen.read_text().replace('"', " "))
    port, code = int(found[1]), found[2]
    site.said["port"] = port
    assert site.post("session", {"code": code}).status == 200
    until(lambda: not redirect.exists())


def test_a_real_browser_follows_the_redirect_and_is_let_in(begin, fake_browser, home, tabs):
    script, seen = fake_browser
    begin(env={"BROWSER": str(script)})
    until(seen.exists)
    [redirect] = redirects(home)
    page = tabs.context.new_page()
    page.goto(redirect.as_uri())
    expect(page.get_by_role("heading", name="No secrets in default yet")).to_be_visible()
    assert not redirect.exists()
    assert URL.search(page.url) is None


def test_a_browser_gets_no_loaded_secret(begin, tmp_path, home):
    seen = tmp_path / "environment"
    script = tmp_path / "browser"
    script.write_text(f"#!/bin/sh\nenv >{seen}.part && mv {seen}.part {seen}\n")
    script.chmod(0o755)
    loaded = {
        "__CREDS_NAMES": "API_KEY:EDITOR",
        "API_KEY": "value-4711",
        "EDITOR": "theirs",
        "__CREDS_WAS_EDITOR": "vi",
    }
    begin(env={"BROWSER": str(script), **loaded})
    until(seen.exists)
    lines = seen.read_text().splitlines()
    assert "EDITOR=vi" in lines
    assert not [line for line in lines if "value-4711" in line or line.startswith("__CREDS")]


@pytest.mark.parametrize("option", ["--json", "--no-open"])
def test_an_agent_never_gets_the_link(creds, option):
    done = creds("ui", option, env={"CLAUDECODE": "1"})
    assert done.returncode == 4
    assert "http://" not in done.stdout + done.stderr


def test_an_agent_that_the_config_grants_it_gets_the_link(home, start):
    home.config.mkdir(parents=True, mode=0o700)
    (home.config / "config.toml").write_text('[agent]\nallow = ["ui"]\n')
    assert start(env={"CREDS_AGENT": "robot"}).enter()


def test_an_agent_without_a_display_is_sent_to_a_person(creds):
    done = creds("ui", env={"CREDS_AGENT": "robot"})
    assert done.returncode == 4
    assert "http://" not in done.stdout + done.stderr
    assert "in their own terminal" in done.stderr


def test_an_agent_may_open_the_page_for_a_person(begin, fake_browser):
    script, seen = fake_browser
    _, said = begin(env={"BROWSER": str(script), "CREDS_AGENT": "robot"})
    until(seen.exists)
    assert URL.search(said.read_text()) is None


PAGE_OF_OUR_OWN = """
import sys
from creds_shell.project import open_project
from creds_shell.ui import opening
from creds_shell.ui.operations import Operations
from creds_shell.ui.selection import Home
from creds_shell.ui.server import Site
opening.CODE_SECONDS = float(sys.argv[2])
site = Site(Operations(Home(open_project())), idle_seconds=float(sys.argv[1]))
status = opening.run(site, opening.Opening(agent=None, browser=False, environ={}))
print(status, site.stopped_by)
"""


def test_it_stops_when_nobody_is_there(run_python):
    done = run_python(PAGE_OF_OUR_OWN, "0.2", "60")
    assert done.stdout == "0 idle\n"
    assert "stopped after ten idle minutes" in done.stderr


def test_a_code_that_nobody_used_is_said_to_be_too_old(run_python):
    done = run_python(PAGE_OF_OUR_OWN, "1", "0.05")
    assert done.stdout == "0 idle\n"
    assert "nobody opened the link in time" in done.stderr


def test_a_person_at_the_terminal_gets_another_link_by_enter_and_stops_it_by_ctrl_c(home, repo):
    arguments = ["-c", PAGE_OF_OUR_OWN, "60", "0.2"]
    terminal = pexpect.spawn(
        sys.executable, arguments, cwd=str(repo), env=home.env, timeout=60, encoding="utf-8"
    )
    terminal.expect(URL.pattern)
    first = terminal.match[2]
    terminal.expect("press enter for a new one")
    terminal.sendline("")
    terminal.expect(URL.pattern)
    assert terminal.match[2] != first
    terminal.sendintr()
    terminal.expect("creds: stopped")
    terminal.expect("130 signal")
    terminal.expect(pexpect.EOF)
    terminal.close()


def test_waiting_tabs_do_not_count_as_a_person():
    now = [0.0]
    presence = Presence(clock=lambda: now[0], idle_seconds=600.0)
    with presence.waiting():
        now[0] = 599.0
        assert presence.idle_in() == pytest.approx(1.0)
        presence.touch()
        assert presence.idle_in() == pytest.approx(600.0)


def test_a_list_that_a_tab_fetches_by_itself_is_no_sign_of_a_person(run_in_thread):
    """A store that something else writes all the time would keep the page open for ever."""
    now = [0.0]

    async def idle_after(method):
        site = SimpleNamespace(
            presence=Presence(clock=lambda: now[0], idle_seconds=600.0),
            operations=SimpleNamespace(state=lambda *_: {}, tiers=lambda *_: {}),
        )
        now[0] += 300.0
        await routes.HANDLERS[method](site, Fields({}))
        return site.presence.idle_in()

    assert run_in_thread(lambda: idle_after("state")) == pytest.approx(300.0)
    assert run_in_thread(lambda: idle_after("tiers")) == pytest.approx(600.0)


def test_a_failing_handler_tells_its_type_and_place_alone(run_in_thread, capfd):
    async def broken(site, fields):
        raise ValueError("secret-value-4711")

    answer = run_in_thread(lambda: routes._respond(None, broken, b"{}"))
    assert answer.status_code == 500
    told = answer.body.decode() + capfd.readouterr().err
    assert "secret-value-4711" not in told
    assert "ValueError" in told


def test_what_a_killed_page_left_behind_is_removed_by_the_next(begin, fake_browser, home):
    script, seen = fake_browser
    process, _ = begin(env={"BROWSER": str(script)})
    until(seen.exists)
    process.kill()
    process.wait(60)
    [left] = redirects(home)
    seen.unlink()
    begin(env={"BROWSER": str(script)})
    until(seen.exists)
    assert not left.exists()
    assert len(redirects(home)) == 1


def test_no_name_of_this_process_is_in_its_own_argument_list(site):
    arguments = Path(f"/proc/{site.said['pid']}/cmdline").read_bytes()
    assert site.code.encode() not in arguments
    assert os.path.exists(f"/proc/{site.said['pid']}")
