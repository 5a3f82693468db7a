"""The views beside the list: tiers, health, the audit log, and what the page points out."""

import json
import re

from playwright.sync_api import expect

from .conftest import SECRET, key_row


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
