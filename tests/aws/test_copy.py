"""The memory-backed copy: who asks AWS and when, where it lies, and what is done when AWS does not answer."""

import os
import subprocess
import sys
import time

import pytest

from creds_shell.core import cache
from creds_shell.core.cache import make_source, read_bundle
from creds_shell.providers.aws_session import UnreachableError
from creds_shell.providers.cache import Answer, fetch, forget, write_through

NAME = "claude-power-pack/shop"
AWS = "aws-secrets-manager"
GENEROUS = 60.0  # seconds, for a loaded machine


def source(**aws):
    return make_source("shop", "default", aws)


def answer(**values):
    return Answer({key: value.encode() for key, value in values.items()}, "v-1", "123456789012")


@pytest.fixture
def bound(cloud, creds, home):
    """The repository is bound, its tier is AWS, and a secret is there."""
    cloud.client().create_secret(Name=NAME, SecretString='{"API_KEY": "from-aws-12345"}')
    for words in (("allow", "--yes"), ("use", AWS)):
        done = creds(*words)
        assert done.returncode == 0, done.stderr
    return cloud


# -- the file


def test_what_is_written_comes_back_whatever_the_keys_and_values_are(memory, home):
    values = {
        "A": b"x",
        "B": b"",
        "api-key": b"y",
        "C": b"a\0b",
        "D": b"\xff\xfe",
        "E": b"l1\nl2\r\n'\"${x}\\",
        "CREDS_HEX_41": b"z",
    }
    write_through(source(), Answer(values, "v-1", "123456789012"))
    copy = read_bundle(source())
    assert (copy.state, copy.usable, copy.values, copy.version) == ("fresh", True, values, "v-1")


def test_the_file_is_private_and_nothing_else_is_written(memory, home):
    write_through(source(), answer(A="value-1"))
    path = cache.locate(source())
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.stat(os.path.dirname(path)).st_mode & 0o777 == 0o700
    assert os.listdir(os.path.dirname(path)) == [os.path.basename(path)]


def test_a_copy_that_others_could_read_is_not_believed(memory, home):
    write_through(source(), answer(A="value-1"))
    os.chmod(cache.locate(source()), 0o644)
    assert read_bundle(source()).state == "cold"


@pytest.mark.parametrize(
    "change",
    [
        {"AWS_PROFILE": "other"},
        {"AWS_ACCESS_KEY_ID": "other"},
        {"AWS_REGION": "us-east-2"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        {"CREDS_HOME": "/nonexistent/other"},
    ],
)
def test_another_account_never_sees_this_copy(memory, home, monkeypatch, change):
    write_through(source(), answer(A="value-1"))
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    assert read_bundle(source()).state == "cold"


def test_another_region_role_secret_or_environment_never_sees_this_copy(memory, home):
    write_through(source(), answer(A="value-1"))
    others = [source(region="r"), source(role_arn="r"), source(profile="p"), source(prefix="p")]
    others += [make_source("shop", "staging", {}), make_source("other", "default", {})]
    assert [read_bundle(other).state for other in others] == ["cold"] * 6


def test_changed_credential_files_are_another_account(memory, home):
    write_through(source(), answer(A="value-1"))
    (home.path / ".aws").mkdir()
    (home.path / ".aws" / "credentials").write_text("[default]\naws_access_key_id = x\n")
    assert read_bundle(source()).state == "cold"


def test_a_copy_expires_and_is_used_then_only_offline_with_its_age(memory, home):
    write_through(source(), answer(A="value-1"))
    later = time.time() + 3000
    expired = read_bundle(source(), later)
    assert (expired.state, expired.usable, expired.values) == ("expired", False, {})
    offline = read_bundle(source(offline="true"), later)
    assert (offline.usable, offline.values) == (True, {"A": b"value-1"})
    assert "50 min" in offline.problem
    assert read_bundle(source(cache_ttl="4000"), later).state == "fresh"


def test_a_clock_that_went_back_makes_no_copy_fresh(memory, home):
    write_through(source(), answer(A="value-1"))
    assert read_bundle(source(), time.time() - 3600).state == "expired"


def test_ttl_zero_keeps_nothing(memory, home):
    write_through(source(cache_ttl="0"), answer(A="value-1"))
    assert cache.memory_directory() is not None
    assert os.listdir(cache.memory_directory()) == []
    assert read_bundle(source(cache_ttl="0")).state == "off"


def test_no_copy_on_a_disk(home, monkeypatch, tmp_path):
    monkeypatch.setattr(cache, "is_memory_backed", lambda _: False)
    write_through(source(), answer(A="value-1"))
    copy = read_bundle(source())
    assert (copy.state, copy.path) == ("off", None)
    assert "memory-backed" in copy.problem
    assert b"value-1" not in b"".join(p.read_bytes() for p in home.path.rglob("*") if p.is_file())


def test_no_copy_through_a_link_to_a_disk(memory, home):
    (memory / "creds-shell").symlink_to(home.path)
    directory = cache.memory_directory()
    assert directory is None or directory.startswith("/dev/shm/creds-")
    write_through(source(), answer(A="value-1"))
    assert not list(home.path.rglob("*.env"))
    forget(source())


def test_which_file_systems_count_as_memory():
    assert cache.is_memory_backed("/dev/shm")
    assert not cache.is_memory_backed("/proc")


# -- fetching


def test_a_fresh_copy_asks_nobody(memory, home):
    write_through(source(), answer(A="value-1"))
    assert fetch(source(), lambda: pytest.fail("AWS was asked")).values == {"A": b"value-1"}


def test_refresh_asks_although_the_copy_is_fresh(memory, home):
    write_through(source(), answer(A="value-1"))
    assert fetch(source(), lambda: answer(A="value-2"), refresh=True).values == {"A": b"value-2"}
    assert read_bundle(source()).values == {"A": b"value-2"}


def test_a_failure_is_an_error_and_drops_the_copy_unless_aws_was_out_of_reach(memory, home):
    from creds_shell.core.errors import NotAllowedError

    def denied():
        raise NotAllowedError("not any more")

    write_through(source(offline="true"), answer(A="value-1"))
    with pytest.raises(NotAllowedError):
        fetch(source(offline="true"), denied, refresh=True)
    copy = read_bundle(source(offline="true"), time.time() + 3000)
    assert (copy.usable, copy.values) == (False, {})


def test_out_of_reach_an_old_copy_is_used_only_if_the_user_allows_it(memory, home):
    def unreachable():
        raise UnreachableError("aws: nobody answers")

    write_through(source(), answer(A="value-1"))
    with pytest.raises(UnreachableError):
        fetch(source(), unreachable, refresh=True)
    fetched = fetch(source(offline="true"), unreachable, refresh=True)
    assert fetched.values == {"A": b"value-1"}
    assert "nobody answers" in fetched.notes[0]
    assert "ago" in fetched.notes[0]


def test_a_copy_that_was_cut_off_is_none(memory, home):
    write_through(source(), answer(A="value-1"))
    path = cache.locate(source())
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) - 3)
    assert read_bundle(source()).state == "cold"
    os.unlink(path)
    os.symlink("/etc/passwd", path)
    assert read_bundle(source()).state == "cold"


def test_copies_that_nobody_renews_are_removed_after_a_day(memory, home):
    write_through(source(region="old"), answer(A="value-1"))
    path = cache.locate(source(region="old"))
    os.utime(path, (1, 1))
    write_through(source(), answer(A="value-2"))
    assert not os.path.exists(path)
    assert read_bundle(source()).state == "fresh"


def test_a_forgotten_copy_is_gone(memory, home):
    write_through(source(), answer(A="value-1"))
    forget(source())
    forget(source())
    assert read_bundle(source()).state == "cold"


def test_reading_a_copy_needs_nothing_but_built_in_modules(memory, home, aws_env):
    write_through(source(), answer(A="value-1"))
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from creds_shell.core.cache import make_source, read_bundle
assert read_bundle(make_source("shop", "default", {})).state == "fresh"
heavy = {"os", "re", "json", "boto3", "botocore", "logging", "typing", "dataclasses"} & set(sys.modules)
assert not heavy, heavy
"""
    root = os.path.dirname(os.path.dirname(sys.modules["creds_shell"].__file__))
    done = subprocess.run(
        (sys.executable, "-I", "-S", "-c", code, root), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# -- the commands and the prompt


def test_exec_asks_once_and_then_uses_the_copy(bound, proxy, creds):
    for _ in range(3):
        done = creds("exec", "--", "sh", "-c", "printf %s ${#API_KEY}")
        assert (done.returncode, done.stdout) == (0, "14"), done.stderr
    assert proxy.operations == ["GetSecretValue"]


def test_exec_with_refresh_asks_again(bound, proxy, creds):
    creds("exec", "--", "true")
    assert creds("--refresh", "exec", "--", "true").returncode == 0
    assert proxy.operations == ["GetSecretValue"] * 2


def test_a_write_goes_through_the_copy(bound, proxy, creds):
    assert creds("set", "NEW_KEY", "--stdin", input="fresh-value-1").returncode == 0
    proxy.operations.clear()
    done = creds("exec", "--", "sh", "-c", "printf %s ${#NEW_KEY}")
    assert (done.stdout, proxy.operations) == ("13", [])


def test_fifty_runs_at_once_are_one_call(bound, proxy, home, repo):
    proxy.delay = 1.0  # so that all of them come before the first answer
    command = (os.path.join(os.path.dirname(sys.executable), "creds"), "exec", "--", "printenv", "API_KEY")
    runs = [
        subprocess.Popen(command, cwd=repo, env=home.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(50)
    ]
    outputs = [run.communicate(timeout=GENEROUS) for run in runs]
    assert [(run.returncode, out) for run, (out, _) in zip(runs, outputs, strict=True)] == [
        (0, b"****\n")
    ] * 50
    assert proxy.operations == ["GetSecretValue"]


TERMINAL = """
source "$1"
cd "$2"
started=$SECONDS
until [[ -n ${API_KEY-} || ${CREDS_STATUS-} = error || $((SECONDS - started)) -gt 50 ]]; do __creds_hook; read -rt 0.2 <> <(:); done
printf '%s\\n' "${API_KEY-}"
"""


@pytest.fixture
def terminals(home, repo, tmp_path):
    """Enters the project in many shells at once and returns what each got and said."""
    creds = os.path.join(os.path.dirname(sys.executable), "creds")
    hook = tmp_path / "hook.bash"
    hook.write_bytes(
        subprocess.run((creds, "hook", "bash"), env=home.env, capture_output=True, check=True).stdout
    )

    def enter(count):
        command = ("bash", "--norc", "-c", TERMINAL, "bash", str(hook), str(repo))
        shells = [
            subprocess.Popen(command, env=home.env, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(count)
        ]
        return [shell.communicate(timeout=GENEROUS + 30) for shell in shells]

    return enter


def test_fifty_terminals_entering_at_once_are_one_call(bound, proxy, terminals):
    proxy.delay = 1.0
    said = terminals(50)
    assert [out for out, _ in said] == [b"from-aws-12345\n"] * 50
    assert proxy.operations == ["GetSecretValue"]


def test_entering_says_that_it_fetches_and_loads_afterwards(bound, proxy, terminals):
    proxy.delay = 0.5
    [(out, err)] = terminals(1)
    assert out == b"from-aws-12345\n"
    assert b"creds: shop, fetching from aws" in err
    assert b"creds: shop, 1 secret" in err


def test_a_background_fetch_that_fails_is_said_once_at_the_prompt(bound, proxy, terminals):
    body = b'{"__type": "AccessDeniedException", "message": "not authorized to perform: secretsmanager:GetSecretValue"}'
    proxy.before = lambda _: (400, body)
    [(out, err)] = terminals(1)
    assert out == b"\n"
    assert err.count(b"secretsmanager:GetSecretValue") == 1, err
    assert b"creds: error: " in err
    assert len(proxy.operations) == 1  # and it is not tried again at each prompt


def test_a_prompt_never_waits_for_a_server_that_hangs(bound, proxy, home, repo):
    proxy.delay = 60.0
    code = "from creds_shell.core.resolve import resolve; from creds_shell.core.load import load; print(load(resolve(hook=True), 'shell').state)"
    began = time.monotonic()
    done = subprocess.run(
        (sys.executable, "-c", code), cwd=repo, env=home.env, capture_output=True, text=True, check=False
    )
    assert done.stdout == "cold\n", done.stderr
    assert time.monotonic() - began < 30  # seconds; the process itself, on a loaded machine
