"""The page in dark and light, narrow and wide: screenshots to look at, axe-core's rules, and what the eye would miss."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
SHOTS = Path(os.environ.get("CREDS_SCREENSHOTS", ROOT / "build" / "screenshots"))
AXE = "node_modules/axe-core/axe.min.js"
# Controls of a dialog that stand outside it or on its labels.
MISPLACED = """
[...document.querySelectorAll("dialog[open]")].flatMap((dialog) => {
  const edge = dialog.getBoundingClientRect();
  const labels = [...dialog.querySelectorAll(".field > label")].filter((each) => each.checkVisibility());
  const words = labels.map((label) => {
    const range = document.createRange();
    range.selectNodeContents(label);
    return range.getBoundingClientRect();
  });
  const over = (one, two) =>
    one.left < two.right - 1 && two.left < one.right - 1 && one.top < two.bottom - 1 && two.top < one.bottom - 1;
  return [...dialog.querySelectorAll("button")]
    .filter((each) => each.checkVisibility())
    .filter((each) => {
      const box = each.getBoundingClientRect();
      return box.left < edge.left || box.right > edge.right || words.some((word) => over(box, word));
    })
    .map((each) => `${each.textContent || each.title} stands outside the dialog or on a label`);
})
"""
SIZES = {
    "narrow": {"width": 320, "height": 720},
    "wide": {"width": 1440, "height": 900},
}


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core, as npm installed it."""
    places = [os.environ.get("CREDS_AXE"), ROOT / "build" / "axe" / AXE, ROOT / "build" / AXE, ROOT / AXE]
    for place in filter(None, places):
        if Path(place).is_file():
            return Path(place).read_text("utf-8")
    pytest.skip("axe-core is not installed (`make axe`, or CREDS_AXE names axe.min.js)")


@pytest.fixture
def filled(stored, repo):
    stored(
        API_KEY="sk-live-1234567890",
        DATABASE_URL="postgres://app:hunter2hunter2@db.internal:5432/shop",
        FEATURE_MODE="on",
        A_RATHER_LONG_NAME_THAT_SOMEBODY_ONCE_THOUGHT_WOULD_EXPLAIN_ITSELF_TO_EVERYONE="long-name-1234",
        TLS_KEY="-----BEGIN-----\nabcdefghijklmnop\n-----END-----\n",
    )
    (repo / "creds.toml").write_text(
        '[keys.API_KEY]\ndescription = "payments, live account"\n[keys.MAIL_KEY]\nrequired = true\ndescription = "outgoing mail"\n'
    )


@pytest.fixture
def look(request, axe):
    """Take a screenshot and hold the page against axe-core and our own rules: look(page, name)."""
    faults: list[str] = []

    def look(page, name: str) -> None:
        label = re.sub(
            r"\W+", "-", request.node.callspec.id if hasattr(request.node, "callspec") else "page"
        ).strip("-")
        until_still(page)
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{label}-{name}.png", animations="disabled")
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        for each in found["violations"]:
            faults.extend(
                f"{name}: {each['id']}: {node['html'][:160]}: {node['failureSummary'][:200]}"
                for node in each["nodes"]
            )
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wider > 0:
            faults.append(f"{name}: {wider} px wider than the window")
        faults.extend(f"{name}: {each}" for each in page.evaluate(MISPLACED))

    yield look
    assert faults == []


@pytest.fixture
def open_page(site, new_tabs):
    """Open the page in a scheme and size; the content policy would keep axe-core out."""
    return lambda scheme, size: new_tabs(bypass_csp=True, color_scheme=scheme, viewport=SIZES[size]).open(
        site.url
    )


def until_still(page) -> None:
    """Wait for the end of every animation that has one."""
    page.evaluate(
        "Promise.all(document.getAnimations().filter(a => Number.isFinite(a.effect.getComputedTiming().endTime))"
        ".map(a => a.finished.catch(() => null))).then(() => null)"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.usefixtures("filled")
def test_every_view_and_dialog_is_accessible(open_page, look, scheme, size):
    page = open_page(scheme, size)
    page.locator(".row").first.wait_for()
    page.get_by_role("button", name="Reveal TLS_KEY").click()
    page.locator(".row-value.shown").wait_for()
    look(page, "secrets")
    page.get_by_role("button", name="New secret").click()
    page.get_by_label("Key", exact=True).fill("1BAD")
    page.get_by_role("button", name="Save", exact=True).click()
    look(page, "new")
    page.get_by_role("button", name="Generate").click()
    look(page, "generate")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit API_KEY").click()
    look(page, "edit")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_label("Paste a .env file or a JSON object").fill(
        "NEW=new-value-1\nIFS=x\nAPI_KEY=other-value\nFEATURE_MODE=on\n"
    )
    page.locator(".change").first.wait_for()
    look(page, "import")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete FEATURE_MODE").click()
    page.locator(".toast").wait_for()
    look(page, "deleted")
    page.get_by_role("searchbox").fill("nothing")
    look(page, "no-match")
    for name in ("Tiers", "Health", "Audit log"):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.locator("tbody tr, .finding").first).to_be_visible()
        look(page, name.lower().replace(" ", "-"))
    page.get_by_role("button", name="Keyboard shortcuts").click()
    look(page, "help")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Stop creds ui").click()
    look(page, "stop")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("heading", name="creds ui has stopped").wait_for()
    look(page, "stopped")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_empty_and_error_states_are_accessible(open_page, look, home, stored, scheme):
    page = open_page(scheme, "wide")
    look(page, "empty")
    stored(API_KEY="value-12345")
    expect(page.locator(".row")).to_have_count(1)
    home.store("shop").write_text("this is no line of a bundle\n")
    expect(page.get_by_role("alert")).to_contain_text(str(home.store("shop")))
    look(page, "damaged")


def test_nothing_moves_for_those_who_asked_for_less_motion(filled, site, new_tabs):
    page = new_tabs(reduced_motion="reduce").open(site.url)
    page.keyboard.press("n")
    longest = page.evaluate(
        "Math.max(0, ...document.getAnimations().map(a => a.effect.getComputedTiming().activeDuration))"
    )
    assert longest < 10


def test_targets_are_large_enough_for_a_finger(filled, site, new_tabs):
    page = new_tabs(viewport=SIZES["narrow"], has_touch=True).open(site.url)
    page.locator(".row").first.wait_for()
    sizes = page.locator("button:visible, select:visible, input:visible").evaluate_all(
        "els => els.map(el => [el.outerHTML.slice(0, 80), el.getBoundingClientRect().width, el.getBoundingClientRect().height])"
    )
    assert [each for each in sizes if min(each[1], each[2]) < 24] == []
