"""`creds scan` finds this project's values in any masked form and names file, line and key, never the value."""

import base64
import json
import os
import random
import subprocess
import sysconfig
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from creds_shell.core.errors import SecretsError
from creds_shell.scan import files

CREDS = os.path.join(sysconfig.get_path("scripts"), "creds")
SECRET = "Scan+Value/0123456789-abc"
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"

FORMS = {
    "raw": SECRET,
    "base64": base64.b64encode(f"user:{SECRET}\n".encode()).decode(),
    "base64url": base64.urlsafe_b64encode(f"..{SECRET}".encode()).decode(),
    "hex": SECRET.encode().hex(),
    "percent": quote(SECRET, safe=""),
    "utf-16": SECRET.encode("utf-16-le"),
    "a colour in it": f"\x1b[1m{SECRET[:5]}\x1b[31m{SECRET[5:]}\x1b[0m",
    "a line's wrap in it": f"\x1b[K{SECRET[:5]} \r{SECRET[5:]}",
}


@pytest.fixture
def stored(creds):
    """A project with one secret."""
    assert creds("set", "API_KEY", "--stdin", input=SECRET).returncode == 0


@pytest.fixture
def scan(creds):
    """Run a scan; values must never be shown."""

    def run(*args, **options):
        done = creds("scan", *args, **options)
        assert SECRET not in done.stdout + done.stderr
        assert TOKEN not in done.stdout + done.stderr
        return done

    return run


def test_a_path_that_cannot_be_looked_into_is_an_error(scan, repo, monkeypatch):
    """It would read as "nothing found"."""
    os.mkfifo(repo / "pipe")
    (repo / "log").write_text("")
    for name, why in (
        ("pipe", "pipe is no regular file"),
        ("gone", "there is no file gone"),
        ("", "no file ''"),
    ):
        done = scan(name, cwd=repo)
        assert (done.returncode, done.stdout) == (1, "")
        assert why in done.stderr
    monkeypatch.setattr(files.os, "access", lambda *_: False)
    with pytest.raises(SecretsError, match="cannot read"):
        list(files.tree([str(repo / "log")]))


@pytest.mark.parametrize("words", ["scan", "scan --install-hook", "agent install claude", "ui --no-open"])
def test_a_directory_that_is_gone_is_no_fault_of_ours(home, tmp_path, words):
    """Exit 3: there is no project any more."""
    line = f"mkdir gone && cd gone && rmdir ../gone && '{CREDS}' {words}"
    done = subprocess.run(
        ("sh", "-c", line), cwd=tmp_path, env=home.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3, done.stderr
    assert "went wrong" not in done.stderr


def commit_of(repo: Path, home, *args: str):
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.invalid")
    return subprocess.run(
        ("git", *identity, "commit", "-q", "-m", "change", *args), cwd=repo, env=home.env, capture_output=True,
        text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def git(repo: Path, *args: str) -> None:
    subprocess.run(("git", *args), cwd=repo, check=True, capture_output=True)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_found_with_file_line_and_key(form, scan, repo):
    content = FORMS[form] if isinstance(FORMS[form], bytes) else FORMS[form].encode()
    (repo / "deep").mkdir()
    (repo / "deep" / "log.txt").write_bytes(b"one\ntwo\nx " + content + b" y\n")
    done = scan()
    assert done.returncode == 1
    assert done.stdout == "deep/log.txt:3: API_KEY\n"


@pytest.mark.usefixtures("stored")
def test_a_clean_tree_is_exit_0(scan, repo):
    (repo / "readme.txt").write_text("nothing here, not even scan value 0123456789\n")
    done = scan()
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing found" in done.stderr


def test_a_token_known_by_its_shape_is_found_without_any_project(scan, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "config.yml").write_text(f"a: 1\ntoken: {TOKEN}\n")
    done = scan(cwd=folder)
    assert done.returncode == 1
    assert done.stdout.startswith("config.yml:2: ")
    assert scan("--no-shapes", cwd=folder).returncode == 0


def test_a_password_of_an_example_is_none(scan, tmp_path):
    urls = [
        f"https://user:{word}@example.com"
        for word in ("pass", "Passwd", "***", "xxxxxx", "%s", "${PW}", "abc")
    ]
    (tmp_path / "README").write_text("\n".join([*urls, "https://user:hunter2@example.com"]))
    assert scan(str(tmp_path)).stdout == f"{tmp_path}/README:8: password in a URL\n"


@pytest.mark.usefixtures("stored")
def test_json_has_a_version_and_one_object_per_finding(scan, repo):
    (repo / "a.txt").write_text(f"{SECRET} {SECRET}\n{SECRET}\n")
    found = json.loads(scan("--json").stdout)
    assert found == {
        "version": 1,
        "findings": [
            {"file": "a.txt", "line": 1, "key": "API_KEY", "form": "raw"},
            {"file": "a.txt", "line": 2, "key": "API_KEY", "form": "raw"},
        ],
    }


@pytest.mark.usefixtures("stored")
def test_only_the_named_paths_are_read(scan, repo):
    (repo / "a.txt").write_text(SECRET)
    (repo / "b.txt").write_text("clean")
    assert scan("b.txt").returncode == 0
    assert scan("a.txt", "b.txt").stdout == "a.txt:1: API_KEY\n"
    assert scan("no-such-file").returncode == 1
    assert "no-such-file" in scan("no-such-file").stderr


@pytest.mark.usefixtures("stored")
def test_gitignore_is_respected_when_asked(scan, repo):
    (repo / ".gitignore").write_text("build/\n")
    (repo / "build").mkdir()
    (repo / "build" / "out.txt").write_text(SECRET)
    (repo / "new.txt").write_text("clean")
    assert scan().returncode == 1
    assert scan("--gitignore").returncode == 0
    (repo / "new.txt").write_text(SECRET)
    assert scan("--gitignore").stdout == "new.txt:1: API_KEY\n"


@pytest.mark.usefixtures("stored")
def test_staged_looks_at_what_would_be_committed_and_at_nothing_else(scan, repo):
    (repo / "a.txt").write_text(f"x\n{SECRET}\n")
    assert scan("--staged").returncode == 0
    git(repo, "add", "a.txt")
    (repo / "a.txt").write_text("clean again in the tree\n")
    done = scan("--staged")
    assert done.stdout == "a.txt:2: API_KEY\n"
    assert "git reset FILE" in done.stderr


def test_paths_limit_what_is_looked_at_of_a_commit(scan, repo):
    for folder in ("src", "docs"):
        (repo / folder).mkdir()
        (repo / folder / "config").write_text(TOKEN)
    git(repo, "add", ".")
    assert scan("--staged", "src").stdout.startswith("src/config:1: ")
    assert scan("--staged", ".", cwd=repo / "docs").stdout.startswith("docs/config:1: ")
    (repo / "other").write_text("not staged\n")
    assert scan("--staged", "other").returncode == 0
    mistyped = scan("--staged", "scr")
    assert (mistyped.returncode, mistyped.stdout) == (1, "")
    assert "there is no file scr" in mistyped.stderr
    (repo / "src" / "config").unlink()
    assert scan("--staged", "src/config").stdout.startswith("src/config:1: ")
    git(repo, "config", "diff.relative", "true")
    assert scan("--staged", "../src", cwd=repo / "docs").stdout.startswith("src/config:1: ")


def test_a_search_for_no_values_says_so(scan, repo, tmp_path):
    assert "only token shapes to look for" in scan(cwd=repo).stderr
    assert "nothing to look for" in scan("--no-shapes", cwd=tmp_path).stderr
    mistyped = scan("--project", "shpo", str(tmp_path))
    assert mistyped.returncode == 3
    assert "shpo has no secrets to look for" in mistyped.stderr


@pytest.mark.parametrize("option", ["--staged", "--gitignore"])
def test_git_runs_nothing_that_the_repository_names(scan, repo, option):
    trap = repo / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {repo}/ran\n")
    trap.chmod(0o755)
    subprocess.run(("git", "config", "core.fsmonitor", str(trap)), cwd=repo, check=True)
    subprocess.run(("git", "config", "diff.external", str(trap)), cwd=repo, check=True)
    (repo / "one.txt").write_text("nothing here\n")
    subprocess.run(("git", "-c", "core.fsmonitor=false", "add", "one.txt"), cwd=repo, check=True)
    assert scan(option).returncode == 0
    assert not (repo / "ran").exists()


@pytest.mark.usefixtures("stored")
def test_staged_files_are_read_one_after_the_other(scan, repo):
    contents = {"a": "", "b": SECRET, "c": "x\n\n", "d": f"\n\n{SECRET}\n", "e": "blob 12\n" * 9000}
    for name, content in contents.items():
        (repo / name).write_text(content)
    git(repo, "add", *contents)
    assert scan("--staged").stdout == "b:1: API_KEY\nd:3: API_KEY\n"


def test_a_staged_file_that_git_has_lost_is_an_error(scan, repo):
    (repo / "a").write_text("some text\n")
    git(repo, "add", "a")
    for kept in (repo / ".git" / "objects").glob("??/*"):
        kept.unlink()
    done = scan("--staged")
    assert (done.returncode, done.stdout) == (1, "")
    assert "git has lost what a staged file holds" in done.stderr


def test_a_staged_file_that_git_has_lost_in_part_is_an_error(scan, repo):
    (repo / "a").write_bytes(random.Random(1).randbytes(1 << 20))  # noqa: S311 what cannot be compressed
    git(repo, "add", "a")
    (kept,) = (repo / ".git" / "objects").glob("??/*")
    kept.chmod(0o600)
    os.truncate(kept, 1 << 19)
    done = scan("--staged")
    assert (done.returncode, done.stdout) == (1, "")
    assert "git has lost what a staged file holds" in done.stderr


@pytest.mark.usefixtures("stored")
def test_the_hook_stops_a_commit_with_a_secret_and_lets_a_clean_one_pass(scan, repo, home):
    assert scan("--install-hook").returncode == 0
    (repo / "a.txt").write_text(SECRET)
    git(repo, "add", "a.txt")
    stopped = commit_of(repo, home)
    assert stopped.returncode != 0
    assert "a.txt:1: API_KEY" in stopped.stdout + stopped.stderr
    assert SECRET not in stopped.stdout + stopped.stderr
    (repo / "a.txt").write_text("clean")
    git(repo, "add", "a.txt")
    assert commit_of(repo, home).returncode == 0


@pytest.mark.usefixtures("stored")
def test_the_hook_is_installed_once_and_never_over_another(scan, repo):
    hook = repo / ".git" / "hooks" / "pre-commit"
    assert scan("--install-hook").returncode == 0
    text = hook.read_text()
    assert os.access(hook, os.X_OK)
    assert scan("--install-hook").returncode == 0
    assert hook.read_text() == text
    hook.write_text("#!/bin/sh\nmake lint\n")
    done = scan("--install-hook")
    assert done.returncode == 4
    assert "creds scan --staged || exit 1" in done.stderr
    assert hook.read_text() == "#!/bin/sh\nmake lint\n"


@pytest.mark.usefixtures("stored")
def test_the_hook_works_in_a_linked_worktree_and_with_a_partial_commit(scan, repo, home):
    (repo / "a.txt").write_text("clean")
    git(repo, "add", "a.txt")
    assert commit_of(repo, home).returncode == 0
    scan("--install-hook")
    git(repo, "worktree", "add", "-q", "../linked")
    linked = repo.parent / "linked"
    (linked / "b.txt").write_text(SECRET)
    git(linked, "add", "b.txt")
    assert commit_of(linked, home).returncode != 0
    (repo / "a.txt").write_text("changed and clean")
    (repo / "c.txt").write_text(SECRET)
    git(repo, "add", "c.txt")
    assert commit_of(repo, home, "a.txt").returncode == 0  # only what this commit takes counts


@pytest.mark.usefixtures("stored")
def test_a_hook_without_creds_stops_and_says_what_to_do(scan, repo, home):
    scan("--install-hook")
    (repo / "a.txt").write_text("clean")
    git(repo, "add", "a.txt")
    done = subprocess.run(
        (".git/hooks/pre-commit",),
        cwd=repo,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "could not be scanned" in done.stderr
    assert "--no-verify" in done.stderr


@pytest.mark.usefixtures("stored")
def test_odd_files_are_passed_over(scan, repo):
    (repo / "to-secret").symlink_to(repo / "a.txt")
    os.mkfifo(repo / "pipe")
    (repo / "empty").touch()
    (repo / "dangling").symlink_to("nowhere")
    assert scan().returncode == 0


@pytest.mark.usefixtures("stored")
def test_a_multi_line_value_is_found_in_a_file_with_crlf(scan, creds, repo):
    creds("set", "PRIVATE", "--stdin", input="begin-0123\nmiddle-456789\nend-987654\n")
    (repo / "a.txt").write_bytes(b"x\r\nbegin-0123\r\nmiddle-456789\r\nend-987654\r\n")
    assert "a.txt:2: PRIVATE" in scan().stdout


@pytest.mark.usefixtures("stored")
def test_a_value_that_is_not_masked_is_not_looked_for(scan, creds, repo):
    creds("set", "STAGE", "--stdin", input="production")
    (repo / "a.txt").write_text("in production\n")
    assert scan().returncode == 0


def test_the_env_file_that_is_a_tier_is_passed_over_but_not_when_staged(scan, creds, repo):
    (repo / ".env").write_text(f"API_KEY={SECRET}\n")
    assert creds("use", "env-file", "--yes").returncode == 0
    assert creds("allow", "--yes").returncode == 0
    done = scan()
    assert (done.returncode, done.stdout) == (0, "")
    assert "passed over: .env is a tier" in done.stderr
    git(repo, "add", "-f", ".env")
    assert scan("--staged").returncode == 1


@pytest.mark.slow
@pytest.mark.usefixtures("stored")
def test_a_hundred_thousand_files_take_seconds(scan, repo, tmp_path):
    tree = tmp_path / "tree"
    body = b"def function_name(argument):\n    return argument + 1\n" * 20
    for folder in range(100):
        (tree / str(folder)).mkdir(parents=True)
        for number in range(1000):
            (tree / str(folder) / f"{number}.py").write_bytes(body[: 100 + number])
    (tree / "50" / "500.py").write_bytes(body + SECRET.encode())
    began = time.monotonic()
    done = scan(str(tree), timeout=120)
    assert done.stdout.endswith("/50/500.py:41: API_KEY\n")
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("option", ["--staged", "--gitignore", "--install-hook"])
def test_where_there_is_no_repository_git_has_nothing_to_scan(scan, tmp_path, option):
    done = scan(option, cwd=tmp_path)
    assert done.returncode == 3
    assert "repository" in done.stderr


@pytest.mark.usefixtures("stored")
def test_a_link_is_followed_where_it_was_named_and_nowhere_else(scan, repo, tmp_path):
    (tmp_path / "log").write_text(f"x {SECRET}\n")
    (repo / "link").symlink_to(tmp_path / "log")
    assert scan("link").returncode == 1
    assert scan().returncode == 0


@pytest.mark.parametrize("where", ["/dev/null", "a-dangling-link"])
def test_a_hook_that_cannot_be_written_is_said(creds, repo, where):
    """`core.hooksPath = /dev/null` is how people switch hooks off."""
    (repo / "a-dangling-link").symlink_to(repo / "nowhere")
    subprocess.run(("git", "config", "core.hooksPath", where), cwd=repo, check=True)
    done = creds("scan", "--install-hook")
    assert (done.returncode, done.stdout) == (4, "")
    assert f"creds: error: cannot write {repo / where}/pre-commit: " in done.stderr
    assert not (repo / "nowhere").exists()
