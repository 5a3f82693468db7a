"""An open tab and the rest of the world: changes made elsewhere, other tabs, a server that ends."""

import subprocess
import sys

import pytest
from playwright.sync_api import expect

from .conftest import SECRET, key_row


def test_a_change_from_the_command_line_shows_up(stored, site, tabs, creds):
    stored(API_KEY=SECRET)
    page = tabs.open(site.url)
    creds("set", "FROM_CLI", "--stdin", input="cli-value-1")
    expect(key_row(page, "FROM_CLI")).to_be_visible()
    creds("delete", "API_KEY", "--yes")
    expect(key_row(page, "API_KEY")).to_have_count(0)


def test_a_value_that_is_shown_is_hidden_when_it_is_changed_elsewhere(stored, site, tabs):
    stored(API_KEY="value-before-1")
    page = tabs.open(site.url)
    page.get_by_role("button", name="Reveal API_KEY").click()
    expect(page.locator(".row output")).to_have_text("value-before-1")
    stored(API_KEY="value-after-22")
    expect(page.locator(".row output")).not_to_have_text("value-before-1", timeout=15_000)


@pytest.mark.parametrize("decision", ["Keep theirs", "Replace theirs with mine"])
def test_a_concurrent_change_is_never_overwritten_unseen(stored, site, tabs, decision, value):
    stored(API_KEY=SECRET)
    page = tabs.open(site.url)
    page.get_by_role("button", name="Edit API_KEY").click()
    page.get_by_label("New value").fill("mine-value-1")
    stored(API_KEY="theirs-value-1")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("API_KEY was changed in the meantime.")).to_be_visible()
    expect(page.get_by_label("New value")).to_have_value("mine-value-1")
    assert value("API_KEY") == "theirs-value-1"
    page.get_by_role("button", name=decision).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expected = "theirs-value-1" if decision == "Keep theirs" else "mine-value-1"
    assert value("API_KEY") == expected


def test_a_new_key_that_appeared_meanwhile_is_not_overwritten(page, stored, value):
    page.keyboard.press("n")
    page.get_by_label("Key", exact=True).fill("API_KEY")
    page.get_by_label("Value", exact=True).fill("mine-value-1")
    stored(API_KEY="theirs-value-1")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("API_KEY exists already.")).to_be_visible()
    assert value("API_KEY") == "theirs-value-1"


def test_a_reload_keeps_the_tab_and_a_second_tab_gets_in(stored, site, tabs):
    stored(API_KEY=SECRET)
    page = tabs.open(site.url)
    assert "code=" not in page.url
    page.reload()
    expect(key_row(page, "API_KEY")).to_be_visible()
    second = tabs.open(site.origin)
    expect(key_row(second, "API_KEY")).to_be_visible()
    second.get_by_role("button", name="Delete API_KEY").click()
    expect(page.get_by_role("heading", name="No secrets in default yet")).to_be_visible()


def test_a_used_link_opened_again_in_its_own_tab_still_works(stored, site, tabs):
    stored(API_KEY=SECRET)
    page = tabs.open(site.url)
    page.goto("about:blank")
    page.goto(site.url)
    expect(key_row(page, "API_KEY")).to_be_visible()


def test_a_stranger_in_the_same_browser_is_told_how_to_get_in(site, tabs, new_tabs):
    tabs.open(site.url)
    stranger = new_tabs().open(site.origin)
    expect(stranger.get_by_role("heading", name="This tab is not let in")).to_be_visible()
    expect(stranger.get_by_text("creds ui", exact=True)).to_be_visible()


def test_stopping_on_the_page_ends_the_command(page, site):
    page.get_by_role("button", name="Stop creds ui").click()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("heading", name="creds ui has stopped")).to_be_visible()
    assert site.process.wait(60) == 0


def test_the_page_says_when_its_server_is_gone(page, site):
    site.stop()
    expect(page.get_by_role("heading", name="creds ui has stopped")).to_be_visible()


ALMOST_IDLE = """
from creds_shell.project import open_project
from creds_shell.ui import opening
from creds_shell.ui.operations import Operations
from creds_shell.ui.selection import Home
from creds_shell.ui.server import Site
site = Site(Operations(Home(open_project())), idle_seconds=62.0)
def announce(url):
    print(url, flush=True)
opening.run(site, opening.Opening(agent=None, browser=False, environ={}, announce=announce))
"""


def test_the_page_says_that_it_is_about_to_stop_and_a_person_can_stay(tabs, home, repo):
    process = subprocess.Popen(
        (sys.executable, "-c", ALMOST_IDLE), cwd=repo, env=home.env, stdout=subprocess.PIPE, text=True
    )
    try:
        page = tabs.open(process.stdout.readline().strip())
        expect(page.get_by_text("creds ui stops within a minute")).to_be_visible()
        page.get_by_role("button", name="Stay").click()
        expect(page.get_by_text("creds ui stops within a minute")).to_have_count(0)
    finally:
        process.terminate()
        process.communicate(timeout=60)
