"""A .env or JSON file comes into the page by pasting, dropping or choosing it; what it would change is seen first."""

import re

from playwright.sync_api import expect


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
