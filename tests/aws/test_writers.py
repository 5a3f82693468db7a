"""Concurrent writers: every key is kept, or its writer was told (exit 5); no private label stays."""

import os
import subprocess
import sys
import threading

import pytest

from creds_shell.base import SecretBundle, StoreBusyError
from creds_shell.providers.aws_secrets_manager import AWSSecretsProvider

NAME = "claude-power-pack/shop"


def write_all(writer, keys, start, kept, refused):
    provider = AWSSecretsProvider()
    start.wait(60)
    for key in keys:
        name = f"KEY_{writer}_{key}"
        try:
            provider.put_bundle(SecretBundle("shop", {name: f"value-{writer}-{key}"}))
        except StoreBusyError:
            refused.append(name)
        else:
            kept.append(name)


@pytest.mark.parametrize(
    ("writers", "keys"), [(4, 15), pytest.param(16, 15, marks=pytest.mark.slow), (16, 2)]
)
def test_every_key_is_kept_or_its_writer_told(cloud, writers, keys):
    cloud.client().create_secret(Name=NAME, SecretString='{"FIRST": "stays"}')
    start = threading.Barrier(writers)
    kept: list[str] = []
    refused: list[str] = []
    threads = [
        threading.Thread(target=write_all, args=(w, range(keys), start, kept, refused))
        for w in range(writers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(110)
    stored = cloud.stored(NAME)
    assert len(kept) + len(refused) == writers * keys
    assert set(kept) <= stored.keys()
    assert not set(refused) & stored.keys()
    assert stored["FIRST"] == "stays"
    assert len(kept) >= writers * keys // 4  # with this much contention most still get through
    assert cloud.labels(NAME) == {"AWSCURRENT", "AWSPREVIOUS"}


def test_writers_that_begin_with_nothing_make_one_secret(cloud):
    start = threading.Barrier(4)
    kept: list[str] = []
    refused: list[str] = []
    threads = [threading.Thread(target=write_all, args=(w, range(1), start, kept, refused)) for w in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(110)
    assert set(kept) == set(cloud.stored(NAME))
    assert len(cloud.client().list_secrets()["SecretList"]) == 1


def test_two_commands_in_a_loop_lose_nothing(cloud, home, repo, creds):
    assert creds("allow", "--yes").returncode == 0
    assert creds("use", "aws-secrets-manager").returncode == 0
    command = os.path.join(os.path.dirname(sys.executable), "creds")
    loop = 'for i in 1 2 3; do printf "value-$1-$i" | "$0" set "KEY_$1_$i" --stdin || echo "refused $1 $i $?"; done'
    runs = [
        subprocess.Popen(
            ("sh", "-c", loop, command, name),
            cwd=repo,
            env=home.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name in ("a", "b")
    ]
    said = [run.communicate(timeout=110) for run in runs]
    refused = b"".join(out for out, _ in said).decode().split("\n")[:-1]
    assert all(line.endswith(" 5") for line in refused), said
    lost = {f"KEY_{line.split()[1]}_{line.split()[2]}" for line in refused}
    wanted = {f"KEY_{name}_{i}" for name in ("a", "b") for i in range(1, 4)}
    assert set(cloud.stored(NAME)) == wanted - lost
