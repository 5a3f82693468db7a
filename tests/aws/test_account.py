"""Which account answers: region, profile, endpoint, role, and what never decides it."""

import datetime as dt
import os

import pytest

from creds_shell.base import ProviderNotAvailableError, SecretBundle
from creds_shell.core.cache import make_source
from creds_shell.providers.aws_client import Clients, region_of
from creds_shell.providers.aws_secrets_manager import AWSSecretsProvider

NAME = "claude-power-pack/shop"
ROLE = "arn:aws:iam::123456789012:role/creds-reader"
ARN = "arn:aws:secretsmanager:ap-south-1:123456789012:secret:prod/db-AbCdEf"


@pytest.mark.parametrize(
    ("environment", "config", "expected"),
    [
        ({"AWS_DEFAULT_REGION": "us-east-2"}, {}, "us-east-2"),
        ({"AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-east-2"}, {}, "us-west-2"),
        ({"AWS_REGION": "us-west-2"}, {"region": "eu-west-3"}, "eu-west-3"),
        ({}, {}, ""),
    ],
)
def test_the_region_is_what_the_user_named(home, monkeypatch, environment, config, expected):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert region_of(make_source("shop", "default", config)) == expected
    assert region_of(make_source("shop", "default", config, ARN)) == "ap-south-1"


def test_a_profile_gives_region_and_keys(cloud, home, monkeypatch):
    (home.path / ".aws").mkdir()
    (home.path / ".aws" / "config").write_text(
        "[profile dev]\nregion = us-west-1\naws_access_key_id = p\naws_secret_access_key = p\n"
    )
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(ProviderNotAvailableError, match="no region"):
        AWSSecretsProvider().get_bundle("shop")
    named = AWSSecretsProvider(profile="dev")
    assert named.identity("shop")[1] == "us-west-1"
    monkeypatch.setenv("AWS_PROFILE", "dev")
    assert AWSSecretsProvider().identity("shop")[1] == "us-west-1"


def test_the_users_config_names_account_and_prefix(cloud, home, monkeypatch):
    home.config.mkdir(parents=True)
    (home.config / "config.toml").write_text(
        f'[aws]\nregion = "us-east-1"\nendpoint_url = "{cloud.url}"\nprefix = "team/secrets"\n'
    )
    (home.config / "config.toml").chmod(0o600)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    AWSSecretsProvider().put_bundle(SecretBundle("shop", {"A": "1"}))
    assert cloud.client().meta.region_name == "eu-central-1"
    import boto3

    there = boto3.client("secretsmanager", endpoint_url=cloud.url, region_name="us-east-1")
    assert there.get_secret_value(SecretId="team/secrets/shop")["SecretString"] == '{"A": "1"}'


def test_a_role_is_assumed_with_the_users_own_credentials(cloud, proxy):
    provider = AWSSecretsProvider(role_arn=ROLE)
    provider.put_bundle(SecretBundle("shop", {"A": "1"}))
    assert proxy.operations[0] == "AssumeRole"
    assert proxy.operations.count("AssumeRole") == 1  # kept until it expires
    assert "creds-reader" in provider.identity("shop")[0].arn


def test_the_credentials_of_a_role_are_renewed_before_they_expire(cloud, proxy):
    clients = Clients(make_source("shop", "default", {"role_arn": ROLE}))
    client = clients.get("secretsmanager")
    client.list_secrets()
    credentials = client._request_signer._credentials
    credentials._expiry_time = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30)
    credentials._refresh_using.__self__._cache.clear()
    client.list_secrets()
    assert proxy.operations.count("AssumeRole") == 2


def test_a_role_without_credentials_is_said(cloud, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(ProviderNotAvailableError, match="no credentials"):
        AWSSecretsProvider(role_arn=ROLE).get_bundle("shop")


def test_what_the_hook_loaded_does_not_decide_who_asks(proxy, provider, monkeypatch):
    """A bundle may hold AWS keys for the program that it belongs to."""
    provider.put_bundle(SecretBundle("shop", {"AWS_ACCESS_KEY_ID": "the-programs"}))
    seen = provider.load("shop")
    monkeypatch.setenv("AWS_PROFILE", "the-programs-own")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-programs")
    monkeypatch.setenv("__CREDS_NAMES", "AWS_ACCESS_KEY_ID:AWS_PROFILE:")
    monkeypatch.setenv("__CREDS_WAS_AWS_ACCESS_KEY_ID", "testing")
    fresh = AWSSecretsProvider()
    proxy.operations.clear()
    assert fresh.load("shop").version == seen.version
    assert proxy.operations == []  # the same account, so the same copy
    client = fresh.account_of(fresh.source_of("shop"))._client("secretsmanager")
    assert client._request_signer._credentials.access_key == "testing"
    assert os.environ["AWS_ACCESS_KEY_ID"] == "the-programs"
    assert os.environ["AWS_PROFILE"] == "the-programs-own"


def test_is_available_asks_nobody(cloud, proxy, monkeypatch):
    assert AWSSecretsProvider().is_available()
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert not AWSSecretsProvider().is_available()
    assert proxy.operations == []


def test_boto3_is_imported_only_when_aws_is_asked(run_python, home):
    code = """
import sys
import creds_shell.providers.aws_secrets_manager as module
provider = module.AWSSecretsProvider()
provider.source_of("shop")
assert not {"boto3", "botocore"} & set(sys.modules)
"""
    done = run_python(code)
    assert done.returncode == 0, done.stderr


def test_a_credential_process_sees_no_loaded_secret(cloud, home, monkeypatch, tmp_path):
    helper = tmp_path / "helper"
    helper.write_text(
        f'#!/bin/sh\nenv > {tmp_path}/seen\necho \'{{"Version": 1, "AccessKeyId": "p", "SecretAccessKey": "p"}}\'\n'
    )
    helper.chmod(0o755)
    (home.path / ".aws").mkdir()
    (home.path / ".aws" / "config").write_text(f"[profile p]\ncredential_process = {helper}\n")
    monkeypatch.setenv("AWS_PROFILE", "p")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("API_KEY", "loaded-value-1")
    monkeypatch.setenv("__CREDS_NAMES", "API_KEY:")
    AWSSecretsProvider().get_bundle("shop")
    seen = (tmp_path / "seen").read_text()
    assert "AWS_PROFILE=p" in seen
    assert "loaded-value-1" not in seen
    assert os.environ["API_KEY"] == "loaded-value-1"
