"""The provider against a real HTTP endpoint: what is stored, what is read, and what is left alone."""

import pytest

from creds_shell.base import InvalidValueError, SecretBundle, SecretNotFoundError, StoreBusyError

NAME = "claude-power-pack/shop"


def bundle(environment="default", **secrets):
    return SecretBundle("shop", secrets, environment=environment)


def test_a_project_without_a_secret_has_an_empty_bundle_and_nothing_is_created(cloud, provider):
    found = provider.get_bundle("shop")
    assert found.keys == []
    assert cloud.client().list_secrets()["SecretList"] == []


def test_what_is_put_comes_back_and_is_a_json_object_under_the_documented_name(cloud, provider):
    provider.put_bundle(bundle(API_KEY="k-123", DB_PASSWORD="pässwörd\n"))
    assert cloud.stored(NAME) == {"API_KEY": "k-123", "DB_PASSWORD": "pässwörd\n"}
    assert dict(provider.get_bundle("shop").secrets) == {"API_KEY": "k-123", "DB_PASSWORD": "pässwörd\n"}


def test_an_environment_is_a_secret_of_its_own(cloud, provider):
    provider.put_bundle(bundle(A="default-value"))
    provider.put_bundle(bundle("staging", A="staging-value"))
    assert cloud.stored("claude-power-pack/shop/staging") == {"A": "staging-value"}
    assert cloud.stored(NAME) == {"A": "default-value"}


def test_many_keys_are_one_version(cloud, provider):
    provider.put_bundle(bundle(A="1"))
    before = len(provider.versions("shop"))
    provider.put_bundle(bundle(**{f"KEY_{i}": str(i) for i in range(20)}))
    assert len(provider.versions("shop")) == before + 1


def test_a_merge_keeps_what_others_wrote_and_its_very_text(cloud, provider):
    cloud.client().create_secret(
        Name=NAME, SecretString='{"n": 1.10, "o": {"b":  [1,2]}, "z": null, "s": "old"}'
    )
    provider.put_bundle(bundle(S2="new"))
    assert cloud.text(NAME) == '{"n": 1.10, "o": {"b":  [1,2]}, "z": null, "s": "old", "S2": "new"}'


def test_replace_stores_exactly_this(cloud, provider):
    provider.put_bundle(bundle(A="1", B="2"))
    provider.put_bundle(bundle(B="3"), mode="replace")
    assert cloud.stored(NAME) == {"B": "3"}


def test_nothing_is_written_when_nothing_changes(cloud, provider):
    first = provider.put_bundle(bundle(A="1", B="2"))
    assert provider.put_bundle(bundle(A="1")).version == first.version
    assert provider.put_bundle(bundle(B="2", A="1"), mode="replace").version == first.version


def test_an_empty_merge_makes_no_secret(cloud, provider):
    assert provider.put_bundle(bundle()).keys == []
    assert cloud.client().list_secrets()["SecretList"] == []


def test_no_private_label_stays(cloud, provider):
    for i in range(3):
        provider.put_bundle(bundle(A=str(i)))
    assert cloud.labels(NAME) == {"AWSCURRENT", "AWSPREVIOUS"}


def test_a_label_of_a_killed_writer_is_removed_by_the_next_write_and_a_young_one_is_not(cloud, provider):
    provider.put_bundle(bundle(A="1"))
    client = cloud.client()
    for label in ("creds-5f000000-dead", "creds-ffffffff-live", "somebody-elses"):
        client.put_secret_value(SecretId=NAME, SecretString="{}", VersionStages=[label])
    provider.put_bundle(bundle(A="2"))
    assert cloud.labels(NAME) == {"AWSCURRENT", "AWSPREVIOUS", "creds-ffffffff-live", "somebody-elses"}


def test_deleting_a_key_that_is_not_there_changes_nothing(cloud, provider):
    provider.put_bundle(bundle(A="1", B="2"))
    with pytest.raises(SecretNotFoundError, match="NOPE"):
        provider.delete_keys("shop", ["A", "NOPE"])
    assert cloud.stored(NAME) == {"A": "1", "B": "2"}
    provider.delete_key("shop", "A")
    assert cloud.stored(NAME) == {"B": "2"}


def test_an_expected_version_that_is_gone_is_refused(cloud, provider):
    first = provider.put_bundle(bundle(A="1"))
    second = provider.put_bundle(bundle(A="2"), expected_version=first.version)
    with pytest.raises(StoreBusyError):
        provider.put_bundle(bundle(A="3"), expected_version=first.version)
    assert provider.get_bundle("shop").version == second.version


def test_rotation_keeps_the_former_version(cloud, provider):
    provider.put_bundle(bundle(A="old", B="stays"))
    provider.rotate("shop", "A", "new")
    assert '"old"' in cloud.text(NAME, "AWSPREVIOUS")
    assert cloud.stored(NAME) == {"A": "new", "B": "stays"}
    with pytest.raises(SecretNotFoundError):
        provider.rotate("shop", "NOPE", "x")


def test_rollback_goes_to_the_previous_version_and_to_a_named_one(cloud, provider):
    first = provider.put_bundle(bundle(A="1")).version
    provider.put_bundle(bundle(A="2"))
    assert provider.rollback("shop").secrets["A"] == "1"
    assert provider.rollback("shop").secrets["A"] == "2"
    assert provider.rollback("shop", first[:9]).secrets["A"] == "1"
    with pytest.raises(SecretNotFoundError):
        provider.rollback("shop", "ffff-no-such")


def test_a_deleted_bundle_can_be_restored(cloud, provider):
    provider.put_bundle(bundle(A="1"))
    provider.delete_bundle("shop")
    with pytest.raises(SecretNotFoundError, match="scheduled for deletion") as told:
        provider.get_bundle("shop")
    assert "creds restore" in told.value.hints[0]
    with pytest.raises(SecretNotFoundError, match="scheduled for deletion"):
        provider.put_bundle(bundle(A="2"))
    assert provider.restore("shop").secrets["A"] == "1"
    with pytest.raises(SecretNotFoundError, match="not deleted"):
        provider.restore("shop")


def test_too_large_is_said_before_the_call_with_the_three_largest_keys(cloud, provider):
    provider.put_bundle(bundle(SMALL="1"))
    big = {"BIG_A": "a" * 30000, "BIG_B": "b" * 20000, "BIG_C": "c" * 15000, "BIG_D": "d" * 900}
    with pytest.raises(InvalidValueError) as told:
        provider.put_bundle(bundle(**big))
    message = str(told.value)
    assert all(name in message for name in ("BIG_A", "BIG_B", "BIG_C", "65536"))
    assert "BIG_D" not in message
    assert "aaaa" not in message
    assert cloud.stored(NAME) == {"SMALL": "1"}


def test_bytes_that_are_no_text_are_refused_by_name(cloud, provider):
    with pytest.raises(InvalidValueError, match="BLOB"):
        provider.put_bundle(SecretBundle("shop", {"BLOB": b"\xff\xfe-secret"}))
    assert cloud.client().list_secrets()["SecretList"] == []


def test_several_bundles_are_read_in_one_call(cloud, provider):
    for name in ("one", "two", "three"):
        provider.put_bundle(SecretBundle(name, {"A": name}))
    provider.put_bundle(SecretBundle("three", {"A": "again"}))
    found = provider.get_bundles([("one", "default"), ("gone", "default"), ("three", "default")])
    assert [dict(b.secrets) for b in found] == [{"A": "one"}, {}, {"A": "again"}]
