"""The settings that hold, as the prompt reads them, and the files whose change it watches."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from creds_shell import project, resolved
from creds_shell.core import binding as bindings
from creds_shell.core import record
from creds_shell.core.errors import BadPermissionsError, DamagedFileError
from creds_shell.core.load import load, watched_files
from creds_shell.core.resolve import resolve

from .conftest import LAYERED, loaded, settings, store


def test_the_prompt_reads_no_toml_and_sees_that_settings_changed(shop: Path) -> None:
    store("A=1\n")
    file = settings('[projects.shop]\nenvironment = "staging"\n')
    assert resolve(str(shop)).stale
    assert loaded(shop).state == "empty"
    standing = resolve(str(shop))
    assert (standing.stale, standing.environment) == (False, "staging")
    file.write_text("")
    assert resolve(str(shop)).stale
    assert load(resolve(str(shop)), "shell").state == "error"
    file.unlink()
    assert (resolve(str(shop)).stale, resolve(str(shop)).environment) == (False, "default")


USED = """
[projects.shop]
layers = ["aws-secrets-manager", "env-file"]
[projects.shop.keys]
A = { mask = true }
PATH = { confirmed = ["dotenv-global", "env-file"] }
HOME = { confirmed = true }
"""
SAID = r"""
message = "a \\t tab\t, and a backslash \\"
nonsense = 1
[keys]
A.description = "two\nlines"
B.required = true
C.secret = false
"""


@pytest.mark.parametrize("text", [USED, "[projects.shop]\nprovidr = 'x'\n", "[projects.shop\n"])
def test_what_both_files_say_comes_back_also_where_one_cannot_be_used(shop: Path, text: str) -> None:
    settings(text)
    (shop / "creds.toml").write_text(SAID)
    made = resolved.build_record("shop", str(shop))
    resolved.write_record(made, "shop", str(shop))
    read = record.read("shop", str(shop))
    assert read is not None
    assert [_plain(found) for found in (read, made)] == [_plain(made)] * 2
    assert (bool(made.error), len(made.warnings)) == (text is not USED, 1)


def _plain(found: bindings.Record) -> dict[str, object]:
    rules = {
        name: [getattr(rule, slot) for slot in record.KeyRule.__slots__] for name, rule in found.keys.items()
    }
    return {**vars(found), "keys": rules}


def test_a_source_that_was_only_touched_leaves_the_record_good(shop: Path) -> None:
    file = settings('[projects.shop]\nenvironment = "staging"\n')
    loaded(shop)
    os.utime(file, ns=(1, 1))
    assert not resolve(str(shop)).stale


def test_a_source_that_changes_twice_at_one_time_makes_the_record_stale(shop: Path) -> None:
    """Within one tick of the clock, or one second where a file system keeps nothing finer."""
    second = time.time_ns() // 10**9 * 10**9
    for environment in ("one", "two"):
        file = settings(f'[projects.shop]\nenvironment = "{environment}"\n')
        os.utime(file, ns=(second, second))
        assert resolve(str(shop)).stale
        loaded(shop)
        assert resolve(str(shop)).environment == environment


def test_settings_that_cannot_be_used_are_an_error_until_they_change(shop: Path) -> None:
    file = settings("[projects.shop]\nprovidr = 'x'\n")
    with pytest.raises(Exception, match=r"unknown key projects\.shop\.providr, did you mean provider"):
        project.open_project(start=str(shop))
    standing = resolve(str(shop), hook=True)
    assert (standing.state, standing.stale) == ("error", False)
    file.write_text("")
    assert project.open_project(start=str(shop)).id == "shop"


def test_worktrees_have_records_of_their_own(shop: Path, make_repo: Callable[..., Path]) -> None:
    del make_repo
    (shop / "creds.toml").write_text("[keys.A]\nrequired = true\n")
    loaded(shop)
    assert not resolve(str(shop)).stale
    assert not resolve(str(shop), project="shop").stale
    assert not resolve("/", project="shop").stale  # no repository: only the user's settings count


def test_a_record_that_others_could_write_is_refused(shop: Path) -> None:
    settings(LAYERED)
    loaded(shop)
    record = next(Path(os.environ["HOME"], ".local/state/creds-shell/records").iterdir())
    record.chmod(0o666)
    with pytest.raises(BadPermissionsError, match="written by others"):
        resolve(str(shop))


def test_a_store_that_others_could_write_is_refused_with_the_command_to_run(shop: Path) -> None:
    file = store("A=1\n")
    file.chmod(0o660)
    with pytest.raises(BadPermissionsError) as caught:
        loaded(shop)
    assert caught.value.hints == (f"chmod go-w {file}",)


def test_a_damaged_store_names_its_line(shop: Path) -> None:
    store("A=1\nthis is 'no line\n")
    with pytest.raises(DamagedFileError, match="2"):
        loaded(shop)


def test_what_is_watched_covers_every_source_even_while_absent(shop: Path) -> None:
    settings(LAYERED)
    (shop / ".env").write_text("B=2\n")
    home = os.environ["HOME"]
    watched = loaded(shop).watched
    for path in (
        f"{home}/.config/claude-power-pack/config.toml",
        f"{home}/.config/claude-power-pack/secrets/shop/.env",
        f"{shop}/.env",
        f"{shop}/creds.toml",
    ):
        assert path in watched
    folders = {Path(path).parent.name for path in watched}
    assert {"bindings", "allowed"} <= folders


def test_a_denial_changes_the_binding_which_prompts_watch(shop: Path) -> None:
    """While it lasts the denial is watched itself."""
    (binding,) = [path for path in loaded(shop).watched if "/bindings/" in path]
    before = os.stat(binding).st_mtime_ns
    anchor = project.repository_at(str(shop)).anchor
    project.deny(anchor, str(shop))
    assert os.stat(binding).st_mtime_ns != before
    assert bindings.deny_file(anchor) in watched_files(resolve(start=str(shop)))
