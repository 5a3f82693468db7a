"""Many writers, readers without locks, writers that are killed: nothing is lost, torn or damaged."""

import os
import random
import signal
import time

import pytest

from creds_shell.base import SecretBundle
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider

# Python 3.12 warns of a fork beside threads; the children here never come back into pytest
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
LONG = pytest.mark.timeout(900)  # seconds for a long loop on a loaded machine; some 30 on a quiet one


def fork(act):
    """Run `act` in a child of this process, which must not come back into pytest."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        act()
        status = 0
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())  # captured, and shown when the test fails
        raise
    finally:
        os._exit(status)


def one_state(number):
    """A bundle that betrays a mixture: all values are the same."""
    return SecretBundle("shop", {f"KEY_{n:02}": f"{number:08}" * 40 for n in range(12)})


def test_sixteen_writers_of_25_keys_lose_none(home):
    """400 of 400; each writes one key at a time."""

    def write(writer):
        store = DotEnvSecretsProvider()
        for n in range(25):
            store.put_bundle(SecretBundle("shop", {f"W{writer:02}_{n:02}": f"{writer}.{n}"}))

    children = [fork(lambda w=w: write(w)) for w in range(16)]
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 16
    found = DotEnvSecretsProvider().get_bundle("shop").secrets
    assert dict(found) == {f"W{w:02}_{n:02}": f"{w}.{n}" for w in range(16) for n in range(25)}


@LONG
@pytest.mark.slow
def test_sixteen_commands_side_by_side_lose_no_key(home, creds):
    """The same with `creds set` itself: 16 loops of 25."""
    from concurrent.futures import ThreadPoolExecutor

    def loop(writer):
        words = ("--stdin", "--project", "shop")
        return [creds("set", f"W{writer:02}_{n:02}", *words, input="x").returncode for n in range(25)]

    with ThreadPoolExecutor(16) as pool:
        codes = [code for codes in pool.map(loop, range(16)) for code in codes]
    assert codes == [0] * 400
    assert len(DotEnvSecretsProvider().get_bundle("shop").keys) == 400


def test_readers_never_see_a_torn_file(home):
    """Readers take no lock and always find one whole state."""
    store = DotEnvSecretsProvider()
    store.put_bundle(one_state(0))

    def write():
        for number in range(1, 200):
            store.put_bundle(one_state(number), mode="replace")

    writer = fork(write)
    seen = set()
    while os.waitpid(writer, os.WNOHANG) == (0, 0):
        values = set(store.get_bundle("shop").secrets.values())
        assert len(values) == 1
        seen |= values
    assert len(seen) > 5


@pytest.mark.parametrize(
    "kills",
    [pytest.param(60, id="60 kills"), pytest.param(1000, id="1000 kills", marks=[pytest.mark.slow, LONG])],
)
def test_killed_writers_damage_nothing(home, kills):
    """SIGKILL at random moments of writes: the file is always one whole state, and the next writer goes on."""
    store = DotEnvSecretsProvider()
    store.put_bundle(one_state(0))
    choose = random.Random(kills)  # noqa: S311 moments, no secrets
    for number in range(kills):

        def write(number=number):
            for step in range(1000):
                store.put_bundle(one_state(number * 1000 + step), mode="replace")

        writer = fork(write)
        time.sleep(choose.uniform(0.0, 0.02))
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        assert len(set(store.get_bundle("shop").secrets.values())) == 1
    store.put_bundle(one_state(7), mode="replace")
    assert sorted(os.listdir(home.store("shop").parent)) == [".env", ".lock"]


def test_a_change_that_was_decided_on_an_old_state_is_refused(home):
    """`expected_version` is how the page makes a lost update impossible."""
    from creds_shell.base import StoreBusyError

    store = DotEnvSecretsProvider()
    seen = store.put_bundle(SecretBundle("shop", {"A": "1"}))
    store.put_bundle(SecretBundle("shop", {"A": "2"}))
    with pytest.raises(StoreBusyError, match="somebody else changed"):
        store.put_bundle(SecretBundle("shop", {"A": "3"}), expected_version=seen.version)
    assert store.get_bundle("shop")["A"] == "2"
