"""What a person does on the page, in a real browser: each flow from the first click to what the command line sees."""

import json
import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

SECRET = "correct-horse-battery-4711"


def key_row(page, key):
    return page.locator(f".row[data-key='{key}']")


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


def test_importing_shows_what_would_change_then_does_it(home, stored, site, tabs, value):
    stored(KEPT="same-value-1", CHANGED="old-value-1")
    page = tabs.open(site.url)
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_label("Paste a .env file or a JSON object").fill(
        '# pasted\nexport NEW_ONE="new-value-1" # mask\nKEPT=same-value-1\nCHANGED=new-value-2\n'
    )
    changes = page.locator(".change")
    expect(changes).to_have_text(
        [re.compile("new.*NEW_ONE"), re.compile("same.*KEPT"), re.compile("changes.*CHANGED")]
    )
    page.get_by_role("button", name="Import 2 keys").click()
    expect(page.get_by_text("Imported 2 keys")).to_be_visible()
    assert value("NEW_ONE") == "new-value-1"
    assert value("CHANGED") == "new-value-2"
    assert "keys.NEW_ONE]\nmask = true\n" in (home.config / "config.toml").read_text()


def test_a_file_can_be_dropped_on_the_import(page, value):
    page.get_by_role("button", name="Import a .env").click()
    drop(page, "textarea", '{"FROM_JSON": "json-value-1", "NUMBER": 42, "FLAG": true}', "secrets.json")
    page.get_by_role("button", name="Import 3 keys").click()
    expect(page.locator(".row")).to_have_count(3)
    assert value("NUMBER") == "42"


def test_a_file_dropped_anywhere_opens_the_import_and_never_replaces_the_page(page, value):
    drop(page, "main", "DROPPED=dropped-value-1\n", ".env")
    page.get_by_role("button", name="Import 1 key").click()
    expect(page.locator(".row")).to_have_count(1)
    assert value("DROPPED") == "dropped-value-1"
    page.get_by_role("button", name="New secret").click()
    assert drop(page, ".dialog-head", "OTHER=other-value-1\n", ".env") is False
    expect(page.get_by_role("dialog")).to_have_count(1)


def drop(page, selector, text, name):
    """Drop a file; False when the page kept the browser from opening it."""
    data = page.evaluate_handle(
        "([text, name]) => { const d = new DataTransfer(); d.items.add(new File([text], name)); return d; }",
        [text, name],
    )
    return page.locator(selector).evaluate(
        "(element, dataTransfer) => element.dispatchEvent("
        "new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }))",
        data,
    )


def test_a_file_that_is_no_text_is_not_imported_with_other_bytes(page, value):
    page.get_by_role("button", name="Import a .env").click()
    page.locator("dialog input[type=file]").set_input_files(
        {"name": ".env", "mimeType": "text/plain", "buffer": b'API_KEY="caf\xe9-12345"\n'}
    )
    expect(page.get_by_text("That file is not UTF-8 text.")).to_be_visible()
    assert value("API_KEY") is None


def test_an_import_with_a_refused_key_changes_nothing(page, value):
    page.get_by_role("button", name="Import a .env").click()
    page.get_by_label("Paste a .env file or a JSON object").fill("GOOD=good-value-1\nIFS=x\n")
    expect(page.get_by_text("IFS belongs to the shell or to creds itself")).to_be_visible()
    expect(page.get_by_role("button", name="Import 1 key")).to_have_attribute("aria-disabled", "true")
    page.get_by_label("Paste a .env file or a JSON object").fill("GOOD=good-value-1\nnot a line\n")
    expect(page.get_by_role("alert").filter(has_text="2")).to_be_visible()
    assert value("GOOD") is None


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


def test_the_tiers_follow_a_change_from_elsewhere(stored, site, tabs):
    stored(API_KEY="value-from-the-page")
    page = tabs.open(site.url)
    page.get_by_role("button", name="Tiers", exact=True).click()
    page.locator("tbody tr").first.wait_for()
    stored(MAIL_KEY="value-from-elsewhere")
    expect(page.locator("tbody tr")).to_have_count(2)


def test_what_went_wrong_is_said_with_a_command_as_it_is_typed(stored, site, tabs, home):
    stored(API_KEY="value-from-the-page")
    page = tabs.open(site.url)
    page.locator(".row").first.wait_for()
    store = home.path / ".config/claude-power-pack/secrets/shop/.env"
    store.chmod(0o666)
    expect(page.get_by_text("chmod go-w")).to_be_visible()
    store.chmod(0o600)


def test_tiers_stand_side_by_side(stored, site, tabs, creds, repo):
    stored(SAME="equal-value-1", DIFFERENT="here-value-1", ONLY_HERE="only-value-1")
    (repo / ".env").write_text("SAME=equal-value-1\nDIFFERENT=there-value-1\nONLY_THERE=there-only-1\n")
    assert creds("allow", "--yes").returncode == 0
    page = tabs.open(site.url)
    page.get_by_role("button", name="Tiers", exact=True).click()
    rows = {row.split("\t")[0]: row.split("\t")[1:3] for row in page.locator("tbody tr").all_inner_texts()}
    page.locator("tbody tr").first.wait_for()
    rows = {row.split("\t")[0]: row.split("\t")[1:3] for row in page.locator("tbody tr").all_inner_texts()}
    assert rows == {
        "DIFFERENT": ["differs", "differs"],
        "ONLY_HERE": ["set", "–"],
        "ONLY_THERE": ["–", "set"],
        "SAME": ["equal", "equal"],
    }


def test_health_shows_the_rows_of_validate(stored, site, tabs, repo):
    stored(API_KEY=SECRET)
    (repo / "creds.toml").write_text('[keys.MAIL_KEY]\nrequired = true\ndescription = "outgoing mail"\n')
    page = tabs.open(site.url)
    expect(page.get_by_text("MAIL_KEY is required by creds.toml and not set: outgoing mail.")).to_be_visible()
    page.get_by_role("button", name="Health", exact=True).click()
    finding = page.locator(".finding").filter(has_text="MAIL_KEY")
    expect(finding).to_contain_text("fail")
    expect(finding.locator("code")).to_have_text("creds set MAIL_KEY")


def test_the_audit_log_lists_actions_and_is_verified(stored, site, tabs, home):
    stored(API_KEY=SECRET)
    page = tabs.open(site.url)
    page.get_by_role("button", name="Reveal API_KEY").click()
    expect(key_row(page, "API_KEY").locator("output")).to_have_text(SECRET)
    page.get_by_role("button", name="Audit log").click()
    expect(page.locator("tbody tr").first).to_contain_text("reveal")
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_text(re.compile("The chain is whole: .* record"))).to_be_visible()
    home.audit.write_text(home.audit.read_text().replace('"reveal"', '"nothing"', 1))
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_text("The chain is broken")).to_be_visible()
    assert SECRET not in page.content()


def test_unmasked_and_old_keys_are_pointed_out(stored, site, tabs, home):
    stored(API_KEY=SECRET, MODE="on")
    metadata = home.state / "metadata" / "shop" / "dotenv-global.default.json"
    kept = json.loads(metadata.read_text())
    kept["keys"]["API_KEY"] = {"created": 1.0, "changed": 1.0}
    metadata.write_text(json.dumps(kept))
    page = tabs.open(site.url)
    expect(key_row(page, "MODE")).to_contain_text("not masked")
    page.get_by_role("button", name="1 due for rotation").click()
    expect(page.locator(".row")).to_have_count(1)
    expect(key_row(page, "API_KEY")).to_contain_text("years")


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
