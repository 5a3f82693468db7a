"""What cannot be stored is said next to the field, and nothing that was typed is lost."""

import base64

import pytest
from playwright.sync_api import expect


def open_new(page, key="", text=None):
    page.keyboard.press("n")
    page.get_by_label("Key", exact=True).fill(key)
    if text is not None:
        page.get_by_label("Value", exact=True).fill(text)
    page.get_by_role("button", name="Save", exact=True).click()


def said_at(page, label):
    field = page.get_by_label(label, exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    wrong = field.get_attribute("aria-describedby").split()[-1]
    return page.locator(f"#{wrong}")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "A key is needed."),
        ("1ABC", "does not begin with a digit"),
        ("A-B", "letters, digits and _"),
        ("KEY=value", "letters, digits and _"),
        ("ÄPFEL", "letters, digits and _"),
        ("<b>x</b>", "letters, digits and _"),
        ("IFS", "belongs to the shell"),
        ("CREDS_HOME", "belongs to the shell"),
    ],
)
def test_a_name_that_is_none(page, key, said, value):
    open_new(page, key, "kept-value-1")
    expect(said_at(page, "Key")).to_contain_text(said)
    expect(page.get_by_label("Value", exact=True)).to_have_value("kept-value-1")


def test_an_empty_value_has_to_be_meant(page, value):
    open_new(page, "EMPTY")
    expect(said_at(page, "Value")).to_contain_text("A value is needed.")
    page.get_by_label("Store an empty value").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert value("EMPTY") == ""
    expect(page.locator(".row output")).to_have_text("(empty)")


def test_a_value_that_is_too_large(page, value):
    open_new(page, "LARGE", "x" * 131_072)
    expect(said_at(page, "Value")).to_contain_text("too large")
    assert value("LARGE") is None


def test_a_value_with_every_byte_but_nul(page, value):
    data = bytes(range(1, 256)) + b"\r\n\r"
    page.keyboard.press("n")
    page.get_by_label("Key", exact=True).fill("BYTES")
    page.locator("input[type=file]").set_input_files(
        {"name": "raw", "mimeType": "application/octet-stream", "buffer": data}
    )
    expect(page.get_by_label("This is base64 of the exact bytes")).to_be_checked()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert value("BYTES").encode("utf-8", "surrogateescape") == data
    page.get_by_role("button", name="Reveal BYTES").click()
    expect(page.locator(".row output")).to_have_text("base64:" + base64.b64encode(data).decode())
    page.get_by_role("button", name="Edit BYTES").click()
    page.get_by_role("button", name="Load current").click()
    expect(page.get_by_label("This is base64 of the exact bytes")).to_be_checked()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert value("BYTES").encode("utf-8", "surrogateescape") == data


def test_a_nul_byte_is_refused_at_the_field(page, value):
    page.keyboard.press("n")
    page.get_by_label("Key", exact=True).fill("NUL")
    page.get_by_label("This is base64 of the exact bytes").check()
    page.get_by_label("Value", exact=True).fill(base64.b64encode(b"a\0b").decode())
    page.get_by_role("button", name="Save", exact=True).click()
    expect(said_at(page, "Value")).to_contain_text("NUL")


def test_lines_tabs_and_other_alphabets_survive(page, value):
    text = "line one\n\tline two\n  ünïcödé 🔑 עברית\n"
    open_new(page, "LINES", text)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert value("LINES") == text


def test_a_value_full_of_html_is_text(page, value):
    html = "<img src=x onerror=\"document.title='gone'\"><script>document.title='gone'</script>"
    open_new(page, "HTML", html)
    page.get_by_role("button", name="Reveal HTML").click()
    expect(page.locator(".row output")).to_have_text(html)
    page.get_by_role("button", name="Show all of HTML").click()
    expect(page.locator(".full-value")).to_have_text(html)
    assert page.title() != "gone"
    assert page.locator("main img, dialog img").count() == 0


def test_a_name_that_makes_programs_run_code_needs_a_yes(page, value):
    open_new(page, "NODE_OPTIONS", "--max-old-space-size=1")
    expect(said_at(page, "Key")).to_contain_text("makes other programs run code")
    assert value("NODE_OPTIONS") is None
    page.get_by_label("I know, and want NODE_OPTIONS to be loaded").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert value("NODE_OPTIONS") == "--max-old-space-size=1"


def test_a_store_that_cannot_be_written_says_so_and_keeps_the_text(page, home, stored, value):
    stored(FIRST="first-value-1")
    expect(page.locator(".row")).to_have_count(1)
    folder = home.store("shop").parent
    folder.chmod(0o777)  # a folder that others can write is refused for root and everybody else alike
    try:
        open_new(page, "SECOND", "second-value-1")
        expect(page.get_by_role("alert").filter(has_text="can be written by others")).to_be_visible()
        expect(page.get_by_text(f"chmod go-w {folder}")).to_be_visible()
        expect(page.get_by_label("Value", exact=True)).to_have_value("second-value-1")
    finally:
        folder.chmod(0o700)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert value("SECOND") == "second-value-1"


def test_a_tier_that_is_down_has_its_own_state(stored, start, tabs, home):
    stored(FIRST="first-value-1")
    (home.config / "config.toml").write_text(
        '[aws]\nendpoint_url = "http://127.0.0.1:9"\nregion = "eu-central-1"\n'
    )
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLEEXAMPLE12", "AWS_SECRET_ACCESS_KEY": "x" * 40}
    site = start("--provider", "aws-secrets-manager", env=keys)
    page = tabs.open(site.url)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert "Traceback" not in page.content()
    page.get_by_role("button", name="Audit log").click()
    expect(page.get_by_role("heading", name="Audit log")).to_be_visible()


def test_a_damaged_store_is_named_and_never_rewritten(stored, site, tabs, home):
    stored(FIRST="first-value-1")
    store = home.store("shop")
    damaged = store.read_text() + "no line of a bundle\n"
    store.write_text(damaged)
    page = tabs.open(site.url)
    expect(page.get_by_role("alert")).to_contain_text(str(store))
    assert "first-value-1" not in page.content()
    assert store.read_text() == damaged
    store.write_text(damaged.replace("no line of a bundle\n", ""))
    expect(page.locator(".row")).to_have_count(1)
