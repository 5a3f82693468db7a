"""What a person does with secrets on the page, from the first click to what the command line sees."""

import json
import re

from playwright.sync_api import expect

from .conftest import SECRET, key_row


def add(page, key, value):
    page.get_by_role("button", name="New secret").or_(
        page.get_by_role("button", name="Add a secret")
    ).first.click()
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_label("Value", exact=True).fill(value)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_empty_project_says_what_to_do_and_the_first_secret_binds_it(page, creds, repo, value):
    expect(page.get_by_role("heading", name="No secrets in default yet")).to_be_visible()
    expect(page.get_by_text(f"makes {repo} the project shop")).to_be_visible()
    assert json.loads(creds("status", "--json").stdout)["state"] == "unbound"
    add(page, "API_KEY", SECRET)
    expect(key_row(page, "API_KEY")).to_be_visible()
    assert value("API_KEY") == SECRET
    assert json.loads(creds("status", "--json").stdout)["state"] == "ready"


def test_a_value_is_hidden_while_typed_and_can_be_looked_at(page):
    page.keyboard.press("n")
    field = page.get_by_label("Value", exact=True)
    field.fill(SECRET)
    hidden = "el => getComputedStyle(el).webkitTextSecurity"
    assert field.evaluate(hidden) == "disc"
    page.get_by_role("button", name="Show while typing").click()
    assert field.evaluate(hidden) == "none"
    assert field.get_attribute("spellcheck") == "false"
    assert field.get_attribute("autocomplete") == "off"


def test_search_filters_the_list_and_says_how_many(stored, site, tabs):
    stored(STRIPE_KEY="sk-1234567890", SMTP_PASSWORD="hunter2hunter2", STRIPE_HOOK="whsec-1234567")
    page = tabs.open(site.url)
    page.get_by_role("searchbox").fill("stripe")
    expect(page.locator(".row")).to_have_count(2)
    expect(page.locator("#announce")).to_have_text("2 keys found")
    page.get_by_role("searchbox").fill("nothing-like-it")
    expect(page.get_by_text("No key matches “nothing-like-it”.")).to_be_visible()


def test_revealing_shows_the_value_without_moving_anything_and_hides_it_again(stored, site, tabs, home):
    stored(A_KEY="a-value-12345", API_KEY=SECRET, Z_KEY="z-value-12345")
    page = tabs.open(site.url)
    page.clock.install()
    assert SECRET not in page.content()
    boxes = "els => els.map(el => { const b = el.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })"
    parts = page.locator(".row, .row-value, .row-tools button:visible")
    before = parts.evaluate_all(boxes)
    page.get_by_role("button", name="Reveal API_KEY").click()
    expect(key_row(page, "API_KEY").locator("output")).to_have_text(SECRET)
    assert parts.evaluate_all(boxes) == before
    expect(page.get_by_role("button", name="Reveal API_KEY")).to_have_attribute("aria-pressed", "true")
    page.clock.run_for(31_000)
    expect(key_row(page, "API_KEY").locator("output")).not_to_have_text(SECRET)
    assert SECRET not in page.content()
    records = [json.loads(line) for line in home.audit.read_text().splitlines()]
    assert [r["keys"] for r in records if r["action"] == "reveal"] == [["API_KEY"]]


def test_a_long_value_with_lines_can_be_seen_whole(stored, site, tabs):
    stored(TLS_KEY="-----BEGIN-----\nabcdefghijklmnop\nqrstuvwxyz\n-----END-----\n")
    page = tabs.open(site.url)
    page.get_by_role("button", name="Reveal TLS_KEY").click()
    page.get_by_role("button", name="Show all of TLS_KEY").click()
    expect(page.locator(".full-value")).to_contain_text("qrstuvwxyz\n-----END-----")
    page.get_by_role("button", name="Hide", exact=True).click()
    expect(page.locator(".full-value")).to_have_count(0)


def test_copying_puts_the_value_on_the_clipboard_and_nowhere_else(stored, site, tabs):
    stored(API_KEY=SECRET)
    page = tabs.open(site.url)
    page.get_by_role("button", name="Copy API_KEY").click()
    expect(page.get_by_text("Copied API_KEY")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == SECRET
    assert SECRET not in page.content()


def test_editing_starts_from_nothing_or_from_the_current_value(stored, site, tabs, value):
    stored(API_KEY=SECRET)
    page = tabs.open(site.url)
    page.get_by_role("button", name="Edit API_KEY").click()
    field = page.get_by_label("New value")
    expect(field).to_have_value("")
    page.get_by_role("button", name="Load current").click()
    expect(field).to_have_value(SECRET)
    field.fill(SECRET + "-2")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved API_KEY")).to_be_visible()
    assert value("API_KEY") == SECRET + "-2"


def test_a_delete_can_be_undone(stored, site, tabs, value):
    stored(API_KEY=SECRET, OTHER="other-value-1")
    page = tabs.open(site.url)
    page.get_by_role("button", name="Delete API_KEY").click()
    expect(key_row(page, "API_KEY")).to_have_count(0)
    assert value("API_KEY") is None
    page.get_by_role("button", name="Undo").click()
    expect(key_row(page, "API_KEY")).to_be_visible()
    assert value("API_KEY") == SECRET


def test_an_undo_never_overwrites_what_was_set_since(stored, site, tabs, value):
    stored(API_KEY=SECRET, OTHER="other-value-1")
    page = tabs.open(site.url)
    page.get_by_role("button", name="Delete API_KEY").click()
    expect(key_row(page, "API_KEY")).to_have_count(0)
    stored(API_KEY="set-by-somebody-else")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("API_KEY exists already")).to_be_visible()
    assert value("API_KEY") == "set-by-somebody-else"


def test_rotating_can_generate_a_value_that_nobody_sees(stored, site, tabs, value):
    stored(API_KEY=SECRET)
    page = tabs.open(site.url)
    page.get_by_role("button", name="Rotate API_KEY").click()
    page.get_by_role("button", name="Generate").click()
    page.get_by_label("Length").fill("48")
    page.get_by_role("button", name="Rotate", exact=True).click()
    expect(page.get_by_text("Rotated API_KEY")).to_be_visible()
    value = value("API_KEY")
    assert re.fullmatch("[A-Za-z0-9]{48}", value)
    assert value not in page.content()


def test_projects_and_environments_can_be_switched(stored, site, tabs, make_repo, value):
    stored(SHOP_KEY="shop-value-1")
    stored(environment="staging", STAGED="staged-value-1")
    other = make_repo("blog")
    stored(start=other, BLOG_KEY="blog-value-1")
    page = tabs.open(site.url)
    page.get_by_label("Environment").select_option("staging")
    expect(key_row(page, "STAGED")).to_be_visible()
    page.get_by_label("Project").select_option("blog")
    expect(key_row(page, "BLOG_KEY")).to_be_visible()
    expect(page.get_by_role("heading", name="blog")).to_be_visible()
    page.get_by_label("Environment").select_option("")
    page.get_by_role("textbox", name="Environment").fill("production")
    page.get_by_role("button", name="Open").click()
    add(page, "LIVE_KEY", "live-value-1")
    assert value("LIVE_KEY", environment="production", start=other) == "live-value-1"


def test_a_long_list_grows_by_steps_and_search_finds_what_is_not_shown(stored, site, tabs):
    stored(**{f"KEY_{number:03}": f"value-{number:06}" for number in range(450)})
    page = tabs.open(site.url)
    rows = page.locator(".row")
    expect(rows).to_have_count(200)
    page.get_by_text("200 of 450 shown").wait_for()
    page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(400)
    expect(page.locator(".row[data-key=KEY_200] .row-key")).to_be_focused()
    page.get_by_role("searchbox").fill("KEY_449")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Tiers", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(200)
    page.get_by_role("button", name="Show more").click()
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("tbody tr")).to_have_count(450)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
