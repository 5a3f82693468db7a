"""Everything by keyboard alone: no pointer, focus always visible and never lost."""

from playwright.sync_api import expect

SECRET = "typed-by-keyboard-4711"


def focused(page) -> str:
    return page.evaluate(
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()"
    )


def test_a_whole_visit_by_keyboard(page, value):
    keys = page.keyboard
    keys.press("n")
    keys.type("API_KEY")
    keys.press("Tab")
    keys.type(SECRET)
    keys.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".row")).to_have_count(1)
    assert value("API_KEY") == SECRET
    expect(page.get_by_role("button", name="Edit API_KEY")).to_be_focused()
    keys.press("v")
    expect(page.locator(".row output")).to_have_text(SECRET)
    keys.press("Escape")
    expect(page.locator(".row output")).not_to_have_text(SECRET)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Edit API_KEY")).to_be_visible()
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    keys.type(SECRET + "-2")
    keys.press("Control+Enter")
    expect(page.get_by_text("Saved API_KEY")).to_have_count(2)
    assert value("API_KEY") == SECRET + "-2"
    expect(page.get_by_role("button", name="Edit API_KEY")).to_be_focused()
    keys.press("Delete")
    expect(page.get_by_text("Deleted API_KEY")).to_be_visible()
    for _ in range(30):
        keys.press("Tab")
        if focused(page) == "Undo":
            break
    keys.press("Enter")
    expect(page.locator(".row")).to_have_count(1)
    assert value("API_KEY") == SECRET + "-2"


def test_slash_searches_and_arrows_walk(stored, site, tabs):
    stored(ALPHA="alpha-value", BETA="beta-value-1", BRAVO="bravo-value")
    page = tabs.open(site.url)
    page.locator(".row").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("b")
    expect(page.locator(".row")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    assert focused(page) == "Edit BETA"
    page.keyboard.press("ArrowDown")
    assert focused(page) == "Edit BRAVO"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert focused(page) == "Search keys"
    page.keyboard.press("Escape")
    expect(page.locator(".row")).to_have_count(3)


def test_views_have_numbers_and_help_lists_the_keys(page):
    for number, name in (("2", "Tiers"), ("3", "Health"), ("4", "Audit log"), ("1", "shop")):
        page.keyboard.press(number)
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("n")  # a dialog is open: single keys do nothing
    expect(page.get_by_role("dialog")).to_have_count(1)


def test_single_keys_can_be_turned_off(page):
    page.keyboard.press("?")
    page.get_by_label("Single keys work").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.press("2")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", name="shop", level=1)).to_be_visible()


def test_a_dialog_keeps_the_focus_and_gives_it_back(stored, site, tabs):
    stored(API_KEY="value-12345")
    page = tabs.open(site.url)
    opener = page.get_by_role("button", name="Rotate API_KEY")
    opener.focus()
    page.keyboard.press("Enter")
    inside = "document.querySelector('dialog').contains(document.activeElement)"
    for key in ["Tab"] * 14 + ["Shift+Tab"] * 14:
        page.keyboard.press(key)
        assert page.evaluate(inside)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert focused(page) == "Rotate API_KEY"


def test_focus_can_always_be_seen(stored, site, tabs):
    stored(API_KEY="value-12345")
    page = tabs.open(site.url)
    page.locator(".row").first.wait_for()
    seen = 0
    for _ in range(25):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "() => { const el = document.activeElement; if (el === document.body) return null;"
            " const s = getComputedStyle(el); return [s.outlineStyle, parseFloat(s.outlineWidth), el.outerHTML.slice(0, 80)]; }"
        )
        if style is None:
            continue
        seen += 1
        assert style[0] == "solid", style[2]
        assert style[1] >= 2, style[2]
    assert seen > 10


def test_typing_in_a_field_is_never_a_shortcut(stored, site, tabs):
    stored(API_KEY="value-12345")
    page = tabs.open(site.url)
    page.get_by_role("searchbox").focus()
    page.keyboard.type("n12?vcr")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", name="shop")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("n12?vcr")
