"""Writes of the page: nothing that the page did not see is overwritten, and nothing else is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from creds_shell import audit
from creds_shell.base import SecretBundle, SecretsError, StoreBusyError
from creds_shell.project import open_project
from creds_shell.providers.environments import known_environments
from creds_shell.ui import changes, importing, listing
from creds_shell.ui.changes import Undo
from creds_shell.ui.selection import Home, Wanted, known_projects
from creds_shell.ui.wire import ChangedError, FieldError


@pytest.fixture
def project(home, repo, stored):
    stored(KEY="value-1-one")
    return open_project(start=str(repo))


def version_now(repo, key):
    rows = listing.state(Home(open_project(start=str(repo)), directory=str(repo)), Wanted())["keys"]
    return next((row["version"] for row in rows if row["key"] == key), None)


def test_of_eight_writers_that_saw_the_same_one_wins(project, repo, value):
    seen = version_now(repo, "KEY")

    def write(number: int) -> bool:
        try:
            changes.put(project, None, "KEY", f"writer-{number}", seen, rotated=False)
        except ChangedError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(write, range(8)))
    assert won.count(True) == 1
    assert value("KEY") == f"writer-{won.index(True)}"


def test_writers_of_different_keys_all_succeed(project, value):
    with ThreadPoolExecutor(6) as threads:
        list(
            threads.map(
                lambda n: changes.put(project, None, f"KEY_{n}", f"value-{n}", None, rotated=False), range(6)
            )
        )
    assert [value(f"KEY_{n}") for n in range(6)] == [f"value-{n}" for n in range(6)]


def test_a_store_that_never_settles_is_given_up(project):
    class Restless:
        count = 0

        def get_bundle(self, project_id, environment):
            self.count += 1
            return SecretBundle(project_id, {}, environment=environment, version=str(self.count))

    def never(_):
        raise StoreBusyError("changed meanwhile")

    place = listing.Place("shop", "default", "x")
    with pytest.raises(StoreBusyError, match="all the time"):
        changes.swap(Restless(), place, {"KEY": None}, never)


def test_a_version_tells_nothing_and_belongs_to_its_place():
    here, there = listing.Place("shop", "default", "a"), listing.Place("shop", "staging", "a")
    assert here.version("KEY", "x") == here.version("KEY", "x")
    assert (
        len(
            {
                here.version("KEY", "x"),
                here.version("KEY", "y"),
                here.version("OTHER", "x"),
                there.version("KEY", "x"),
            }
        )
        == 4
    )
    assert here.version("KEY", None) is None


def test_rotating_notes_the_time_and_a_deleted_key_is_stored_again(project, repo, value):
    seen = version_now(repo, "KEY")
    changes.put(project, None, "KEY", "value-2-two", seen, rotated=True)
    assert audit.read()[-1]["action"] == "rotate"
    changes.delete(project, None, "KEY", version_now(repo, "KEY"))
    changes.put(project, None, "KEY", "value-3-three", None, rotated=True)
    assert value("KEY") == "value-3-three"


def test_a_failed_write_is_recorded_as_such(project):
    with pytest.raises(ChangedError):
        changes.put(project, None, "KEY", "x-value-1", "0" * 32, rotated=False)
    last = audit.read()[-1]
    assert (last["action"], last["result"], last["keys"]) == ("set", "changed", ["KEY"])


def test_a_tier_that_the_project_does_not_use_is_refused(project):
    with pytest.raises(FieldError):
        changes.open_store(project, "aws-secrets-manager")


@pytest.mark.parametrize("length", [0, 15, 4097, 10**9])
def test_a_generated_value_has_bounds(length):
    with pytest.raises(FieldError):
        changes.generate(length)


def test_generated_values_differ():
    assert len({changes.generate(32) for _ in range(100)}) == 100


def test_an_undo_ends_after_ten_minutes_and_works_once():
    now = [0.0]
    undo = Undo(clock=lambda: now[0])
    name = undo.keep(key="A")
    now[0] = 599.0
    assert undo.take(name) == {"key": "A"}
    undo.drop(name)
    with pytest.raises(SecretsError):
        undo.take(name)
    late = undo.keep(key="B")
    now[0] = 1200.0
    with pytest.raises(SecretsError):
        undo.take(late)


def test_an_import_compares_every_key_again(project, stored, value):
    values = {"KEY": "imported-1", "NEW": "imported-2"}
    plan = importing.preview(project, values)
    stored(KEY="changed-meanwhile")
    with pytest.raises(ChangedError):
        importing.apply(project, values, plan["expected"])
    assert (value("KEY"), value("NEW")) == ("changed-meanwhile", None)
    plan = importing.preview(project, values)
    assert importing.apply(project, values, plan["expected"]) == 2
    assert importing.apply(project, values, plan["expected"]) == 0


def test_strict_auditing_refuses_what_cannot_be_recorded(project, home, repo):
    (home.config / "config.toml").write_text("[audit]\nstrict = true\n")
    seen = version_now(repo, "KEY")
    home.audit.unlink(missing_ok=True)
    home.audit.mkdir()
    with pytest.raises(SecretsError, match=r"audit\.strict"):
        listing.reveal(Home(project, directory=str(repo)), Wanted(), "KEY", "reveal")
    with pytest.raises(SecretsError, match=r"audit\.strict"):
        changes.delete(project, None, "KEY", seen)
    assert version_now(repo, "KEY") == seen


def test_the_mark_changes_with_the_store_the_settings_and_the_trust(project, home, repo, stored):
    here = Home(project, directory=str(repo))
    marks = [here.mark(Wanted())]
    stored(OTHER="value-2-two")
    marks.append(here.mark(Wanted()))
    (home.config / "config.toml").write_text("[rotation]\nwarn_days = 5\n")
    marks.append(here.mark(Wanted()))
    (repo / "creds.toml").write_text("")
    marks.append(here.mark(Wanted()))
    assert len(set(marks)) == 4
    assert here.mark(Wanted()) == marks[-1]


def test_a_place_that_cannot_be_opened_is_a_state_with_a_problem(project, repo):
    here = Home(project, directory=str(repo))
    for wanted in (Wanted(project="No Id"), Wanted(environment="../x"), Wanted(provider="nobody")):
        state = listing.state(here, wanted)
        assert state["problem"]["message"]
        assert state["keys"] == []
        assert state["revision"] == here.mark(wanted)


def test_projects_and_environments_are_found_without_reading_a_value(project, home, stored):
    stored(environment="staging", A="value-1-one")
    (home.config / "secrets" / "not a project").mkdir()
    (home.store("shop").parent / ".env.staging.creds-tmp-1").touch()
    assert known_projects(project) == ["shop"]
    assert known_environments(project.id) == {"default", "staging"}
