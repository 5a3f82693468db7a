"""What changes elsewhere is seen at the next prompt, and only then something is asked."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from creds_shell.core import watch
from creds_shell.core.paths import store_file
from creds_shell.project import get_project_id

from .conftest import Bind, Shell, put, wait_until

Creds = Callable[..., object]


def test_a_change_of_the_store_is_seen_in_every_shell(
    shell: Shell, another: Callable[..., Shell], bind: Bind, creds: Creds
) -> None:
    """Changed, added and removed keys; both shells notice."""
    root = bind("shop", API_KEY="one", OLD="x")
    second = another()
    shell.start(cwd=root)
    second.start(cwd=root)
    put("shop", API_KEY="two", NEW="y")
    for one in (shell, second):
        assert one.said("") == ["shop, 2 secrets"]
        environment = one.environment()
        assert (environment[b"API_KEY"], environment[b"NEW"]) == (b"two", b"y")
        assert b"OLD" not in environment
    assert shell.said("") == []


def test_the_same_second_an_older_time_and_a_removal_are_seen(
    shell: Shell, bind: Bind, tmp_path: Path
) -> None:
    """mtimes are compared for difference, in nanoseconds."""
    root = bind("shop", API_KEY="one")
    store = Path(store_file("shop", "default"))
    shell.start(cwd=root)
    stamp = store.stat().st_mtime_ns
    put("shop", API_KEY="two")
    os.utime(store, ns=(stamp + 1, stamp + 1))
    shell.run("")
    assert shell.value("API_KEY") == b"two"
    put("shop", API_KEY="three")
    os.utime(store, ns=(stamp - 10**12, stamp - 10**12))
    shell.run("")
    assert shell.value("API_KEY") == b"three"
    store.unlink()
    shell.run("")
    assert shell.value("API_KEY") is None


def test_a_time_to_come_is_news_once(shell: Shell, bind: Bind) -> None:
    """A clock that was set back, a file from another machine: no load at each prompt until that time."""
    root = bind("shop", API_KEY="one")
    store = Path(store_file("shop", "default"))
    shell.start(cwd=root, counted=True)
    put("shop", API_KEY="two")
    os.utime(store, (4e9, 4e9))
    shell.run("")
    assert shell.value("API_KEY") == b"two"
    assert shell.processes("") == []


def test_allowed_denied_and_revoked_in_another_terminal(shell: Shell, repo: Path, creds: Creds) -> None:
    """Bound, denied and allowed again while a shell stands there."""
    shell.start(cwd=repo)
    assert shell.said("") == []
    done = creds("set", "API_KEY", "--stdin", input="s3cret-one")
    assert done.returncode == 0, done.stderr
    (line,) = shell.said("")
    assert line.startswith("shop, 1 secret")
    assert creds("deny").returncode == 0
    assert shell.said("") == ["shop, unloaded"]
    assert shell.value("API_KEY") is None
    assert creds("allow", "--yes").returncode == 0
    assert shell.said("") == ["shop, 1 secret"]
    assert shell.value("API_KEY") == b"s3cret-one"


def test_a_new_env_file_is_blocked_until_it_is_allowed(shell: Shell, bind: Bind, creds: Creds) -> None:
    """The other layers load, CREDS_STATUS says blocked, one line names the command."""
    root = bind("shop", API_KEY="s3cret-one")
    assert creds("use", "dotenv-global", "--also", "env-file", cwd=root).returncode == 0
    (root / ".env").write_text("FROM_FILE=here-it-is\n")
    shell.start(cwd="/")
    (line,) = shell.said(f"cd {root}")
    assert line.startswith("shop, 1 secret")
    assert line.endswith("; .env is new or changed since it was allowed: creds allow")
    assert shell.said("") == []
    inside = shell.environment()
    assert (inside[b"CREDS_STATUS"], inside[b"CREDS_COUNT"], inside[b"CREDS_PROJECT"]) == (
        b"blocked",
        b"1",
        b"shop",
    )
    assert b"FROM_FILE" not in inside
    assert creds("allow", "--yes", cwd=root).returncode == 0
    assert shell.said("") == ["shop, 2 secrets"]
    assert shell.environment()[b"CREDS_STATUS"] == b"loaded"
    assert shell.value("FROM_FILE") == b"here-it-is"
    (root / ".env").write_text("FROM_FILE=changed\n")
    (line,) = shell.said("")
    assert line == "shop, 1 secret; .env is new or changed since it was allowed: creds allow"
    assert shell.value("FROM_FILE") is None


def test_the_choosing_variables_are_watched(shell: Shell, bind: Bind, creds: Creds) -> None:
    """CREDS_ENV switches, CREDS_DISABLE unloads and stops the hook, its removal resumes."""
    root = bind("shop", API_KEY="one")
    assert creds("set", "API_KEY", "--stdin", "-e", "staging", input="from-staging", cwd=root).returncode == 0
    shell.start(cwd=root)
    assert shell.value("API_KEY") == b"one"
    shell.run(shell.set("CREDS_ENV", "staging"))
    assert shell.value("API_KEY") == b"from-staging"
    shell.run(shell.unset("CREDS_ENV"))
    assert shell.value("API_KEY") == b"one"
    assert shell.said(shell.set("CREDS_DISABLE", "1")) == ["shop, unloaded"]
    assert shell.value("API_KEY") is None
    assert shell.said("cd /") == []
    assert shell.said(f"cd {root}") == []
    assert shell.said(shell.unset("CREDS_DISABLE")) == ["shop, 1 secret"]
    assert shell.value("API_KEY") == b"one"


def test_a_provider_that_the_prompt_does_not_ask(shell: Shell, bind: Bind) -> None:
    """Another package's, or none at all: one line, and nothing is said to be fetched."""
    root = bind("shop", API_KEY="one")
    shell.start(cwd=root)
    assert shell.said(shell.set("CREDS_PROVIDER", "vault")) == [
        "error: the prompt does not ask vault: creds exec -- COMMAND"
    ]
    assert shell.said("") == []
    assert shell.said(shell.unset("CREDS_PROVIDER")) == ["shop, 1 secret"]


def test_nothing_loaded_says_that_exec_would_have_it(shell: Shell, bind: Bind, home: object) -> None:
    """As in an environment named production; else the list of keys and an empty shell contradict each other."""
    root = bind("shop", API_KEY="one")
    home.config.mkdir(parents=True, exist_ok=True)
    (home.config / "config.toml").write_text('[projects.shop]\nexpose = "exec"\n')
    shell.start(cwd=root.parent)
    assert shell.said(f"cd {root}") == ["shop, 0 secrets; 1 only for creds exec and creds shell"]


def test_settings_that_change_are_read_once(shell: Shell, bind: Bind, home: object) -> None:
    """config.toml decides exposure; the prompt itself reads no TOML, the ordinary command does once."""
    root = bind("shop", API_KEY="one", HIDDEN="two")
    home.config.mkdir(parents=True, exist_ok=True)
    config = home.config / "config.toml"
    shell.start(cwd=root, counted=True)
    assert shell.value("HIDDEN") == b"two"
    config.write_text('[projects.shop.keys.HIDDEN]\nexpose = "exec"\n')
    shell.run("")
    assert shell.value("HIDDEN") is None
    assert shell.value("API_KEY") == b"one"
    shell.run("")
    assert shell.processes("") == []
    config.write_text("[projects.shop\n")
    (line,) = shell.said("")
    assert line.startswith("error: ")
    assert shell.value("API_KEY") == b"one"
    assert shell.said("") == []
    assert shell.processes("") == []
    config.unlink()
    shell.run("")
    assert shell.value("HIDDEN") == b"two"


def test_moving_to_a_nested_and_to_a_sibling_project_swaps(
    shell: Shell, bind: Bind, make_repo: Callable[..., Path]
) -> None:
    """One step, one line, and nothing of the former project."""
    outer = bind("outer", SHARED="outer", OUTER="1")
    inner = bind("inner", root=make_repo("inner", parent=outer), SHARED="inner", INNER="1")
    shell.start(cwd=outer, env={"SHARED": "mine"})
    assert shell.said(f"cd {inner}") == ["inner, 2 secrets"]
    environment = shell.environment()
    assert environment[b"SHARED"] == b"inner"
    assert b"OUTER" not in environment
    assert shell.said("cd ..") == ["outer, 2 secrets"]
    environment = shell.environment()
    assert environment[b"SHARED"] == b"outer"
    assert b"INNER" not in environment
    shell.run("cd /")
    assert shell.value("SHARED") == b"mine"


def test_a_repository_that_appears_or_vanishes_is_seen(
    shell: Shell, bind: Bind, tmp_path: Path, home: object
) -> None:
    """`git init` nearby ends what was loaded from above; removing .git leaves."""
    root = bind("shop", API_KEY="one")
    deep = root / "deep"
    deep.mkdir()
    shell.start(cwd=deep)
    assert shell.value("API_KEY") == b"one"
    assert shell.said(f"{shell.plain}git init -q .") == ["shop, unloaded"]
    assert shell.value("API_KEY") is None
    shell.run("rm -rf .git")
    assert shell.value("API_KEY") == b"one"
    (root / ".git").rename(tmp_path / "gone")
    assert shell.said("") == ["shop, unloaded"]


def test_a_repository_that_is_made_anew_in_the_same_place_is_another_one(shell: Shell, bind: Bind) -> None:
    """`rm -rf .git; git init` between two prompts: it was never allowed."""
    root = bind("shop", API_KEY="one")
    shell.start(cwd=root)
    (said,) = shell.said(f"{shell.plain}rm -rf .git; {shell.plain}git init -q")
    assert said.startswith("this repository is not the project that holds these secrets")
    assert shell.value("API_KEY") is None
    assert shell.value("CREDS_PROJECT") is None
    assert shell.said("") == []


def test_what_is_said_of_a_blocked_repository_is_not_said_in_the_name_of_the_former_one(
    shell: Shell, bind: Bind, tmp_path: Path
) -> None:
    """From a loaded project straight into a copy of it."""
    root = bind("shop", API_KEY="one")
    copy = tmp_path / "copy"
    shell.start(cwd=root)
    shell.run(f"{shell.plain}cp -r {root} {copy}")
    (said,) = shell.said(f"cd {copy}")
    assert said.startswith("this repository is a copy of")
    assert shell.value("API_KEY") is None
    assert shell.value("CREDS_STATUS") == b"blocked"
    assert shell.value("CREDS_PROJECT") is None
    assert shell.said("") == []


def test_a_ceiling_ends_the_walk(shell: Shell, bind: Bind) -> None:
    """GIT_CEILING_DIRECTORIES means what it means to git."""
    root = bind("shop", API_KEY="one")
    deep = root / "a" / "b"
    deep.mkdir(parents=True)
    shell.start(cwd=deep)
    assert shell.value("API_KEY") == b"one"
    shell.run(shell.set("GIT_CEILING_DIRECTORIES", f"/nowhere:{root}"))
    assert shell.value("API_KEY") is None
    shell.run(f"cd {root}")
    assert shell.value("API_KEY") == b"one"


def test_a_cold_tier_is_fetched_beside_the_prompt(shell: Shell, bind: Bind, home: object) -> None:
    """Nothing waits: the line, one detached process, and the values at the prompt after it ended."""
    root = bind("shop")
    home.config.mkdir(parents=True, exist_ok=True)
    (home.config / "config.toml").write_text(
        '[projects.shop]\nprovider = "aws-secrets-manager"\n[aws]\nregion = "eu-central-1"\nendpoint_url = "http://127.0.0.1:9"\n'
    )
    shell.start(cwd="/", env={"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"})
    first = shell.said(f"cd {root}")
    assert first[0] == "shop, fetching from aws", first
    seen: list[str] = []
    wait_until(
        lambda: seen.extend(shell.said("")) or any("error" in line for line in seen), "the end of the fetch"
    )
    assert shell.said("") == []


def test_references_go_all_at_once(
    shell: Shell, bind: Bind, home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell looks for one of its references only: away with them it asks once more, and sees the next change."""
    root = bind("shop", API_KEY="one")
    shell.start(cwd=root)
    folder = Path(watch.paths.state_dir()) / "watch"
    monkeypatch.setattr(watch, "KEEP", 0)
    watch._prune(str(folder))
    assert list(folder.parent.glob("watch*")) == []
    assert shell.said("") == []
    assert list(folder.iterdir())
    put("shop", API_KEY="two")
    shell.run("")
    assert shell.value("API_KEY") == b"two"


def test_references_that_are_made_just_now_are_not_taken_away(
    home: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """There are too many: the old ones go, and each watched file has its own afterwards."""
    files = [tmp_path / name for name in ("one", "two", "three")]
    for number, path in enumerate(files):
        path.touch()
        os.utime(path, ns=(1_700_000_000_000_000_000 + number,) * 2)
    watched, started = [str(path) for path in files], 64 * 10**17
    before = watch.references(watched, started)
    folder = Path(watch.paths.state_dir()) / "watch"
    (folder / "1").touch()
    monkeypatch.setattr(watch, "KEEP", 1)
    assert watch.references(watched, started) == before
    assert [os.stat(kept).st_mtime_ns for _, kept in before] == [path.stat().st_mtime_ns for path in files]
    assert sorted(folder.iterdir()) == sorted(Path(kept) for _, kept in before)


@pytest.mark.parametrize("name", ["shop", "a b'c\nd @é"])
def test_a_change_is_seen_at_every_depth(
    shell: Shell, bind: Bind, make_repo: Callable[..., Path], name: str
) -> None:
    """The watched files are found from the project's root and from far below it, whatever it is called."""
    root = bind("shop", root=make_repo(name))
    deep = root / "one" / "two"
    deep.mkdir(parents=True)
    project = get_project_id(root)
    put(project, API_KEY="0")
    shell.start(cwd=root)
    for turn, where in enumerate((deep, root, deep.parent)):
        assert shell.said(f"cd {shell.quote(where)}") == []
        (root / "creds.toml").write_text(f"message = '{turn}'\n")
        put(project, API_KEY=str(turn + 1))
        assert shell.said("") == [f"{project}, 1 secret"]
        (root / "creds.toml").unlink()
        assert shell.said("") == []
        assert shell.value("API_KEY") == str(turn + 1).encode()
