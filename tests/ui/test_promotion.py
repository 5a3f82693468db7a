"""The tiers with a real Secrets Manager interface behind them (moto): compare, and promote what was shown."""

import json
import subprocess
import sys
import time

import boto3
import pytest
from playwright.sync_api import expect

REGION = "eu-central-1"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
NAME = "claude-power-pack/shop"
# The port is written once the server listens, so that nobody guesses a free one.
SERVER = """
import os, sys
from werkzeug.serving import make_server
from moto.server import DomainDispatcherApplication, create_backend_app
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
with open(sys.argv[1] + ".new", "w") as out:
    out.write(str(server.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
"""


@pytest.fixture
def cloud(tmp_path, home):
    """The URL of an empty account; the user's config names it."""
    port_file = tmp_path / "port"
    server = subprocess.Popen(
        (sys.executable, "-W", "ignore", "-c", SERVER, str(port_file)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 60
    while not port_file.exists():
        assert server.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    url = f"http://127.0.0.1:{port_file.read_text()}"
    home.config.mkdir(parents=True, mode=0o700)
    (home.config / "config.toml").write_text(f'[aws]\nendpoint_url = "{url}"\nregion = "{REGION}"\n')
    yield boto3.client(
        "secretsmanager",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    server.kill()
    server.wait()


def stored_there(cloud) -> dict[str, str]:
    return json.loads(cloud.get_secret_value(SecretId=NAME, VersionStage="AWSCURRENT")["SecretString"])


@pytest.fixture
def tiers(cloud, stored, start, tabs):
    """The view of tiers: three keys here, three there."""
    stored(ONLY_HERE="here-value-1", DIFFERENT="here-value-2", EQUAL="equal-value-1")
    there = {"DIFFERENT": "there-value-2", "EQUAL": "equal-value-1", "ONLY_THERE": "there-value-3"}
    cloud.create_secret(Name=NAME, SecretString=json.dumps(there))
    page = tabs.open(start(env=KEYS).url)
    page.get_by_role("button", name="Tiers", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(4)
    return page


def promote(page, typed):
    page.get_by_role("button", name="Promote to AWS").click()
    expect(page.locator(".change")).to_have_count(4)
    page.get_by_label("Type shop to confirm").fill(typed)
    page.get_by_role("button", name="Promote", exact=True).click()


def test_tiers_are_compared_and_promoted_after_a_typed_confirmation(tiers, cloud, home):
    cells = {row.split("\t")[0]: row.split("\t")[3] for row in tiers.locator("tbody tr").all_inner_texts()}
    assert cells == {"DIFFERENT": "differs", "EQUAL": "equal", "ONLY_HERE": "–", "ONLY_THERE": "set"}
    promote(tiers, "blog")
    expect(tiers.get_by_text("That is not shop.")).to_be_visible()
    assert "ONLY_HERE" not in stored_there(cloud)
    tiers.get_by_label("Type shop to confirm").fill("shop")
    tiers.get_by_role("button", name="Promote", exact=True).click()
    expect(tiers.get_by_text("Promoted: AWS holds 4 keys now")).to_be_visible()
    assert stored_there(cloud) == {
        "DIFFERENT": "here-value-2",
        "EQUAL": "equal-value-1",
        "ONLY_HERE": "here-value-1",
        "ONLY_THERE": "there-value-3",
    }
    actions = [json.loads(line)["action"] for line in home.audit.read_text().splitlines()]
    assert "promote" in actions


def test_a_promotion_can_remove_what_only_aws_has(tiers, cloud):
    tiers.get_by_role("button", name="Promote to AWS").click()
    tiers.get_by_label("Also remove the keys that only AWS has").check()
    expect(tiers.locator(".change").filter(has_text="ONLY_THERE")).to_contain_text("removed")
    tiers.get_by_label("Type shop to confirm").fill("shop")
    tiers.get_by_role("button", name="Promote", exact=True).click()
    expect(tiers.get_by_text("Promoted: AWS holds 3 keys now")).to_be_visible()
    assert "ONLY_THERE" not in stored_there(cloud)


def test_what_changed_since_it_was_shown_stops_the_promotion(tiers, cloud, stored):
    tiers.get_by_role("button", name="Promote to AWS").click()
    expect(tiers.locator(".change")).to_have_count(4)
    stored(ONLY_HERE="changed-value-1")
    tiers.get_by_label("Type shop to confirm").fill("shop")
    tiers.get_by_role("button", name="Promote", exact=True).click()
    expect(tiers.get_by_text("The secrets changed since this was shown.")).to_be_visible()
    assert "ONLY_HERE" not in stored_there(cloud)


def test_a_project_in_aws_is_edited_there(cloud, creds, start, tabs, repo):
    assert creds("allow").returncode == 0
    page = tabs.open(start("--provider", "aws-secrets-manager", env=KEYS).url)
    page.get_by_role("button", name="Add a secret").click()
    page.get_by_label("Key", exact=True).fill("CLOUD_KEY")
    page.get_by_label("Value", exact=True).fill("cloud-value-1")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".row[data-key='CLOUD_KEY']")).to_be_visible()
    assert stored_there(cloud) == {"CLOUD_KEY": "cloud-value-1"}
    page.get_by_role("button", name="Delete CLOUD_KEY").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".row[data-key='CLOUD_KEY']")).to_be_visible()
    assert stored_there(cloud) == {"CLOUD_KEY": "cloud-value-1"}
