"""`creds exec` away from terminals: where values come from, what the command finds, how it refuses."""

import json
import os
import re
import resource
import signal
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Creds = Callable[..., Any]
CREDS = os.path.join(sysconfig.get_path("scripts"), "creds")
SHOW = "import os; print({k: v for k, v in os.environ.items() if k.startswith(('A_', 'B_', 'DB_', 'PG'))})"
SHOW_ALL = "import os; print(sorted(os.environ))"


@pytest.fixture
def shop(repo: Path, creds: Creds) -> Path:
    """A bound project with two secrets."""
    done = creds("import", "-", "--yes", input="A_TOKEN=alpha-secret-1\nB_TOKEN=beta-secret-2\n")
    assert done.returncode == 0, done.stderr
    return repo


def lengths(creds: Creds, *options: str, **more: Any) -> dict[str, int]:
    """Which of A_… and B_… the command gets, by length: the values are masked in what it prints."""
    show = "import os, json; print(json.dumps({k: len(v) for k, v in os.environ.items() if k[:2] in ('A_', 'B_')}))"
    done = creds("exec", *options, "--", sys.executable, "-c", show, **more)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.usefixtures("shop")
def test_the_projects_values_are_there_and_masked(creds: Creds) -> None:
    """In the environment, not in the output; stdout and stderr apart."""
    done = creds("exec", "--", "sh", "-c", "echo $A_TOKEN; echo $B_TOKEN >&2; exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, "****\n", "****\n")


@pytest.mark.usefixtures("shop")
def test_run_is_the_same_word(creds: Creds) -> None:
    """`creds run`."""
    assert creds("run", "sh", "-c", "echo $A_TOKEN").stdout == "****\n"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), {"A_TOKEN": 14, "B_TOKEN": 13}),
        (("--only", "A_TOKEN"), {"A_TOKEN": 14}),
        (("--only=A_TOKEN,B_TOKEN",), {"A_TOKEN": 14, "B_TOKEN": 13}),
        (("--only", "A_TOKEN", "--only", "B_TOKEN"), {"A_TOKEN": 14, "B_TOKEN": 13}),
        (("--except", "A_TOKEN"), {"B_TOKEN": 13}),
        (("--only", "NO_SUCH", "--allow-missing"), {}),
    ],
)
def test_only_and_except_choose_keys(
    creds: Creds, options: tuple[str, ...], expected: dict[str, int]
) -> None:
    """Comma-separated and repeatable."""
    assert lengths(creds, *options) == expected


@pytest.mark.usefixtures("shop")
def test_a_key_that_is_left_out_is_still_masked(creds: Creds) -> None:
    """The command may find it elsewhere."""
    assert creds("exec", "--only", "A_TOKEN", "--", "echo", "beta-secret-2").stdout == "****\n"


@pytest.mark.usefixtures("shop")
def test_an_unknown_key_is_an_error(creds: Creds) -> None:
    """A misspelt name must not start a command without its secret."""
    done = creds("exec", "--only", "A_TOKN", "--", "echo", "started")
    assert (done.returncode, done.stdout) == (3, "")
    assert "A_TOKN" in done.stderr


@pytest.mark.usefixtures("shop")
def test_the_projects_values_win_unless_existing_ones_are_kept(creds: Creds) -> None:
    """Environment precedence."""
    env = {"A_TOKEN": "mine"}
    assert lengths(creds, env=env)["A_TOKEN"] == 14
    assert lengths(creds, "--keep-existing", env=env)["A_TOKEN"] == 4


@pytest.mark.usefixtures("shop")
def test_a_value_that_is_kept_or_replaced_is_masked(creds: Creds, tmp_path: Path) -> None:
    """What stands in the command's environment under a secret's name, and what an --env-file put out of it."""
    own, other = "inherited-4711-token", "replacing-4712-token"
    kept = creds("exec", "--keep-existing", "--", "sh", "-c", f"echo {own}", env={"A_TOKEN": own})
    assert kept.stdout == "****\n"
    (tmp_path / "f").write_text(f"A_TOKEN={other}\n")
    replaced = creds(
        "exec", "--env-file", str(tmp_path / "f"), "--", "sh", "-c", f"echo alpha-secret-1 {other}"
    )
    assert replaced.stdout == "**** ****\n"


@pytest.mark.usefixtures("shop")
def test_a_clean_environment_has_the_values_and_little_else(creds: Creds) -> None:
    """PATH and HOME stay, other variables go."""
    done = creds("exec", "--clean-env", "--", sys.executable, "-c", SHOW_ALL, env={"OTHER_THING": "x"})
    names = set(eval(done.stdout))  # noqa: S307 - our own list of names
    assert {"A_TOKEN", "B_TOKEN", "PATH", "HOME"} <= names
    assert "OTHER_THING" not in names
    assert not any(name.startswith(("CREDS", "__CREDS", "XDG_")) for name in names)


@pytest.mark.usefixtures("shop")
def test_what_another_project_left_loaded_is_undone_first(creds: Creds) -> None:
    """By the names and originals that the hook exports."""
    env = {
        "__CREDS_NAMES": "OLD_ONE:OLD_TWO:",
        "__CREDS_GIT": "/elsewhere/.git",
        "OLD_ONE": "other-secret-value",
        "OLD_TWO": "other-secret-too",
        "__CREDS_WAS_OLD_TWO": "original",
        "CREDS_PROJECT": "elsewhere",
    }
    show = "import os; print([os.environ.get(k) for k in ('OLD_ONE', 'OLD_TWO', 'CREDS_PROJECT', '__CREDS_NAMES')])"
    done = creds("exec", "--", sys.executable, "-c", show, env=env)
    assert done.stdout == "[None, 'original', None, None]\n"


def test_an_env_file_is_enough(creds: Creds, home: Any, tmp_path: Path) -> None:
    """Outside any repository, repeatable, the later one wins."""
    (tmp_path / "one.env").write_text("A_TOKEN=first-secret\nB_TOKEN=kept-secret-22\n")
    (tmp_path / "two.env").write_text("A_TOKEN=second-secret-1\n")
    found = lengths(
        creds, "--env-file", str(tmp_path / "one.env"), "--env-file", str(tmp_path / "two.env"), cwd=home.path
    )
    assert found == {"A_TOKEN": 15, "B_TOKEN": 14}


@pytest.mark.parametrize(("text", "status"), [(None, 3), ("KEY='unclosed\n", 1)])
def test_an_env_file_that_cannot_be_used_starts_nothing(
    creds: Creds, home: Any, tmp_path: Path, text: str | None, status: int
) -> None:
    """Missing, or with a line that cannot be parsed: its number, nothing of its text."""
    path = tmp_path / "bad.env"
    if text is not None:
        path.write_text(text)
    done = creds("exec", "--env-file", str(path), "--", "echo", "started", cwd=home.path)
    assert (done.returncode, done.stdout) == (status, "")
    assert str(path) in done.stderr
    assert "unclosed" not in done.stderr


def test_an_env_file_without_an_end_starts_nothing(creds: Creds, home: Any) -> None:
    """Not a part of it either."""
    done = creds("exec", "--env-file", "/dev/zero", "--", "echo", "started", cwd=home.path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "/dev/zero is larger than" in done.stderr


def test_an_env_file_may_not_make_the_command_run_code(creds: Creds, home: Any, tmp_path: Path) -> None:
    """LD_PRELOAD and its kin are left out with a line; what only redirects is the user's word."""
    path = tmp_path / "one.env"
    path.write_text("LD_PRELOAD=/tmp/x.so\nA_TOKEN=some-secret-1\nKUBECONFIG=/tmp/k\nPATH=/tmp\n")
    show = "import os; print('LD_PRELOAD' in os.environ, 'KUBECONFIG' in os.environ, os.environ['PATH'] == '/tmp')"
    done = creds("exec", "--env-file", str(path), "--", sys.executable, "-c", show, cwd=home.path)
    assert done.stdout == "False True False\n"
    assert "LD_PRELOAD" in done.stderr


def test_an_inherited_variable_is_masked(creds: Creds, home: Any) -> None:
    """--secret-env, also with a clean environment; one that is not there is an error."""
    env = {"A_TOKEN": "inherited-secret"}
    for options in ((), ("--clean-env",)):
        done = creds(
            "exec",
            "--secret-env",
            "A_TOKEN",
            *options,
            "--",
            "sh",
            "-c",
            "echo $A_TOKEN",
            cwd=home.path,
            env=env,
        )
        assert done.stdout == "****\n"
    done = creds("exec", "--secret-env", "NOT_THERE", "--", "echo", "started", cwd=home.path)
    assert (done.returncode, done.stdout) == (3, "")


def test_a_source_named_by_hand_needs_no_trusted_repository(
    creds: Creds, foreign_repo: Path, tmp_path: Path
) -> None:
    """In somebody else's repository, as in CI containers: its project gives nothing, the file does."""
    path = tmp_path / "one.env"
    path.write_text("A_TOKEN=some-secret-1\n")
    assert creds("exec", "--", "echo", "started", cwd=foreign_repo).returncode == 4
    done = creds("exec", "--env-file", str(path), "--", "sh", "-c", "echo $A_TOKEN", cwd=foreign_repo)
    assert (done.returncode, done.stdout) == (0, "****\n")


def test_outside_a_repository_it_wants_a_source(creds: Creds, home: Any) -> None:
    """Exit 3 with the three ways."""
    done = creds("exec", "--", "echo", "started", cwd=home.path)
    assert (done.returncode, done.stdout) == (3, "")
    for way in ("--project", "--env-file", "--secret-env"):
        assert way in done.stderr


@pytest.mark.usefixtures("repo")
def test_an_empty_bundle_warns_once_and_runs(creds: Creds) -> None:
    """The command is started."""
    done = creds("exec", "--", "echo", "started")
    assert (done.returncode, done.stdout) == (0, "started\n")
    assert done.stderr.count("creds: warning:") == 1
    assert creds("exec", "--quiet", "--", "true").stderr == ""


@pytest.mark.usefixtures("shop")
def test_a_named_project_works_anywhere(creds: Creds, home: Any) -> None:
    """--project before or after the command's name, CREDS_ID."""
    for words in (("--project", "shop", "exec"), ("exec", "--project=shop"), ("exec", "--project", "shop")):
        assert creds(*words, "--", "sh", "-c", "echo $A_TOKEN", cwd=home.path).stdout == "****\n"
    assert (
        creds("exec", "--", "sh", "-c", "echo $A_TOKEN", cwd=home.path, env={"CREDS_ID": "shop"}).stdout
        == "****\n"
    )


def test_a_denied_or_foreign_project_starts_nothing(
    creds: Creds, shop: Path, make_repo: Callable[..., Path]
) -> None:
    """Exit 4 and the next step."""
    other = make_repo("shop", parent=shop.parent / "elsewhere")
    done = creds("exec", "--", "echo", "started", cwd=other)
    assert (done.returncode, done.stdout) == (4, "")
    assert "hint:" in done.stderr
    assert creds("deny", cwd=shop).returncode == 0
    done = creds("exec", "--", "echo", "started", cwd=shop)
    assert (done.returncode, done.stdout) == (4, "")


def test_a_blocked_env_file_starts_nothing_unless_it_is_skipped(creds: Creds, shop: Path) -> None:
    """With env-file as a layer and content that is not allowed."""
    (shop / ".env").write_text("EXTRA_TOKEN=extra-secret-3\n")
    done = creds("use", "dotenv-global", "--also", "env-file", cwd=shop)
    assert done.returncode == 0, done.stderr
    (shop / ".env").write_text("EXTRA_TOKEN=changed-secret-4\n")
    done = creds("exec", "--", "echo", "started", cwd=shop)
    assert (done.returncode, done.stdout) == (4, "")
    assert "creds allow" in done.stderr
    done = creds("exec", "--skip-blocked", "--", "sh", "-c", "echo $A_TOKEN ${EXTRA_TOKEN-none}", cwd=shop)
    assert (done.returncode, done.stdout) == (0, "**** none\n")
    (shop / ".env").rename(shop / "real")
    (shop / ".env").symlink_to("real")  # allow could not allow it either
    done = creds("exec", "--", "echo", "started", cwd=shop)
    assert f".env is a symbolic link\ncreds: hint: put the file itself there: rm {shop}/.env\n" in done.stderr
    assert "creds allow" not in done.stderr


def test_a_missing_required_key_starts_nothing(creds: Creds, shop: Path) -> None:
    """Exit 3, the key's name, and the way to go on without it."""
    (shop / "creds.toml").write_text("[keys.NEEDED_TOKEN]\nrequired = true\n")
    done = creds("exec", "--", "echo", "started", cwd=shop)
    assert (done.returncode, done.stdout) == (3, "")
    assert "NEEDED_TOKEN" in done.stderr
    assert creds("exec", "--allow-missing", "--", "echo", "started", cwd=shop).stdout == "started\n"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("exec",), 2, "no command"),
        (("exec", "--"), 2, "no command"),
        (("exec", "--nonsense", "--", "true"), 2, "--nonsense"),
        (("exec", "--allow-mis", "--", "true"), 2, "--allow-mis"),
        (("exec", "--only"), 2, "--only"),
        (("exec", "--tty=maybe", "--", "true"), 2, "--tty"),
        (("exec", "--access", "all", "--", "true"), 2, "--access"),
        (("exec", "--quiet=yes", "--", "true"), 2, "--quiet"),
        (("exec", "--", "no-such-program"), 127, "no-such-program: not found"),
        (("exec", "--", "./no-such-program"), 127, "not found"),
        (("exec", "--", "/tmp"), 126, "is a directory"),
        (("exec", "--", "/etc/passwd"), 126, "permission denied"),
        (("exec", "--", ""), 127, "not found"),
        (("exec", "--no-mask", "--", "no-such-program"), 127, "not found"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_bad_input(creds: Creds, words: tuple[str, ...], status: int, said: str) -> None:
    """One error, the right status, no traceback."""
    done = creds(*words)
    assert done.returncode == status
    assert done.stdout == ""
    assert said in done.stderr
    assert done.stderr.count("creds: error:") == 1


@pytest.mark.parametrize("first", ["#!/no/such/interpreter", "#!/bin/sh\r"])
@pytest.mark.usefixtures("shop")
def test_a_script_that_nothing_can_run_is_not_said_to_be_missing(
    creds: Creds, tmp_path: Path, first: str
) -> None:
    """The kernel has one error for both, and the file is there."""
    script = tmp_path / "script"
    script.write_text(f"{first}\n")
    script.chmod(0o755)
    done = creds("exec", "--", str(script))
    assert (done.returncode, done.stderr) == (
        127,
        f"creds: error: cannot run {script}: its interpreter is not found\n",
    )


@pytest.mark.usefixtures("shop")
def test_without_a_descriptor_to_spare_it_shows_no_traceback(home: Any, repo: Path) -> None:
    """Nothing is shown of the command either, where not even our own words can be loaded."""
    done = subprocess.run(
        ("sh", "-c", 'ulimit -n 7; exec "$0" exec -- echo started', CREDS),
        cwd=repo, env=home.env, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (70, "")
    assert done.stderr.splitlines()[-1].startswith("creds: error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("shop")
def test_errors_as_json(creds: Creds) -> None:
    """{version, error: {code, message, hints}} on stderr."""
    done = creds("exec", "--json", "--", "no-such-program")
    error = json.loads(done.stderr)
    assert error["version"] == 1
    assert set(error["error"]) == {"code", "message", "hints"}


@pytest.mark.usefixtures("shop")
def test_too_large_an_environment_names_the_largest_keys(creds: Creds, tmp_path: Path) -> None:
    """What the system refuses is explained, without a value."""
    big = tmp_path / "big.env"
    big.write_text("".join(f"BIG_{n}={'x' * (120_000 - n)}\n" for n in range(24)))
    done = creds("exec", "--env-file", str(big), "--", "true", *["y" * 100_000] * 12)
    assert done.returncode == 126
    assert "BIG_0" in done.stderr
    assert "xxx" not in done.stderr
    assert done.stderr.count("creds: error:") == 1


@pytest.mark.usefixtures("shop")
def test_no_mask_shows_values_to_a_person_and_not_to_an_agent(creds: Creds) -> None:
    """Exit 4 for an agent."""
    assert creds("exec", "--no-mask", "--", "sh", "-c", "echo $A_TOKEN").stdout == "alpha-secret-1\n"
    done = creds("exec", "--no-mask", "--", "sh", "-c", "echo $A_TOKEN", env={"CLAUDECODE": "1"})
    assert (done.returncode, done.stdout) == (4, "")
    assert creds("exec", "--", "sh", "-c", "echo $A_TOKEN", env={"CLAUDECODE": "1"}).stdout == "****\n"


@pytest.mark.usefixtures("shop")
def test_the_mask_text_may_name_the_key(creds: Creds) -> None:
    """--mask-text."""
    done = creds("exec", "--mask-text", "<{key}>", "--", "sh", "-c", "echo $A_TOKEN")
    assert done.stdout == "<A_TOKEN>\n"


@pytest.mark.usefixtures("repo")
@pytest.mark.parametrize(
    ("options", "env", "expected"),
    [
        ((), {}, ""),
        (("--access", "read"), {}, "-c default_transaction_read_only=on"),
        (("--access", "read"), {"PGOPTIONS": "-c x=1"}, "-c x=1 -c default_transaction_read_only=on"),
        ((), {"CLAUDECODE": "1"}, "-c default_transaction_read_only=on"),
        (("--access", "write"), {"CLAUDECODE": "1"}, ""),
    ],
)
def test_database_access(creds: Creds, options: tuple[str, ...], env: dict[str, str], expected: str) -> None:
    """PGOPTIONS when the bundle describes a PostgreSQL credential."""
    done = creds("import", "-", "--yes", input="DB_HOST=db.internal\nDB_PASSWORD=some-password-1\n")
    assert done.returncode == 0, done.stderr
    done = creds("exec", *options, "--", "sh", "-c", 'printf %s "$PGOPTIONS"', env=env)
    assert done.stdout == expected


@pytest.mark.usefixtures("shop")
def test_kill_tree_ends_what_the_command_leaves_running(creds: Creds, tmp_path: Path) -> None:
    """Only on request; the status is the command's."""
    script = "(sleep 617 & echo $! >pid; wait) & while [ ! -s pid ]; do sleep 0.02; done; exit 3"
    done = creds("exec", "--kill-tree", "--", "sh", "-c", script, cwd=tmp_path, env={"CREDS_ID": "shop"})
    assert done.returncode == 3
    pid = int((tmp_path / "pid").read_text())
    assert (
        not Path(f"/proc/{pid}").exists()
        or "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    )


def test_kill_tree_needs_nothing_from_the_disk_at_the_end(run_python: Creds) -> None:
    """An upgrade of creds or psutil during a long run must not keep the command's children alive."""
    code = (
        "import subprocess, sys\n"
        "from creds_shell.process import tree\n"
        "tree.adopt_orphans()\n"
        "child = subprocess.Popen(('sleep', '617'))\n"
        "sys.meta_path.clear()\n"  # nothing can be imported any more
        "tree.end_descendants()\n"
        "print(child.poll() is not None)\n"
    )
    done = run_python(code)
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_whoever_has_seen_output_finds_the_run_protected(shop: Path, home: Any) -> None:
    """At once: the first words of a command are what others wait for."""
    for _ in range(5):
        run = subprocess.Popen(
            (CREDS, "exec", "--", "sh", "-c", "echo ready; exec sleep 60"),
            cwd=shop, env=home.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert run.stdout is not None
        run.stdout.read(1)
        limits = Path(f"/proc/{run.pid}/limits").read_text()
        run.terminate()
        run.communicate(timeout=60)
        assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)


@pytest.mark.parametrize("pause", ["", "sleep 0.2; "])
def test_a_command_that_dies_with_a_core_leaves_none_of_ours(shop: Path, home: Any, pause: str) -> None:
    """We die of the same signal, with the values in our memory."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard == 0:
        pytest.skip("no cores here")
    run = subprocess.Popen(
        ("sh", "-c", 'ulimit -c "$(ulimit -H -c)"; exec "$@"', "-",
         CREDS, "exec", "--", "sh", "-c", f"{pause}ulimit -c 0; kill -SEGV $$"),
        cwd=shop, env=home.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert run.stdout is not None
    run.stdout.read()
    run.stdout.close()
    _, status = os.waitpid(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    assert (run.returncode, os.WCOREDUMP(status)) == (-signal.SIGSEGV, False)
    assert list(shop.glob("core*")) == []


@pytest.mark.usefixtures("shop")
def test_nothing_is_left_on_disk(creds: Creds, home: Any) -> None:
    """No temporary file, and nothing in the runtime directory."""
    creds("exec", "--", "true")
    left = [
        p
        for p in Path(home.env["XDG_RUNTIME_DIR"]).rglob("*")
        if p.is_file() or stat.S_ISSOCK(os.lstat(p).st_mode)
    ]
    assert left == []


@pytest.mark.usefixtures("shop")
def test_the_python_api_returns_the_status(run_python: Callable[..., Any]) -> None:
    """`run_with_secrets`, masked like `exec`."""
    done = run_python(
        "from creds_shell import run_with_secrets\n"
        "print(run_with_secrets(['sh', '-c', 'echo $A_TOKEN; exit 7']), flush=True)\n"
        "print(run_with_secrets(['sh', '-c', 'kill -TERM $$']), flush=True)\n"
        "print(run_with_secrets(['true'], only=['B_TOKEN']), flush=True)\n"
    )
    assert done.stdout == "****\n7\n143\n0\n"


@pytest.mark.usefixtures("shop")
def test_the_python_api_takes_one_name_or_file_for_a_list(
    run_python: Callable[..., Any], tmp_path: Path
) -> None:
    """Its letters are no names."""
    (tmp_path / "more.env").write_text("FILE_TOKEN=from-the-file-3\n")
    done = run_python(
        "import os, pathlib\n"
        "from creds_shell import run_with_secrets\n"
        "def show(**options): run_with_secrets(\n"
        "    ['sh', '-c', 'echo ${#A_TOKEN} ${#B_TOKEN} ${#FILE_TOKEN} $HELD'], **options)\n"
        "os.environ['HELD'] = 'inherited-held-7'\n"
        f"file = {str(tmp_path)!r} + '/more.env'\n"
        "show(only='A_TOKEN')\n"
        "show(omit='A_TOKEN,B_TOKEN')\n"
        "show(env_files=file, only={'FILE_TOKEN'})\n"
        "show(env_files=pathlib.Path(file))\n"
        "show(secret_env='HELD', only=())\n"
    )
    lines = ["14 0 0 inherited-held-7", "0 0 0 inherited-held-7", "0 0 15 inherited-held-7"]
    assert done.stdout.splitlines() == [*lines, "14 13 15 inherited-held-7", "0 0 0 ****"]


@pytest.mark.usefixtures("shop")
def test_the_python_api_returns_127_and_126_too(run_python: Callable[..., Any], tmp_path: Path) -> None:
    """As a shell would, and it says why; what creds itself refuses is an error."""
    (tmp_path / "plain").write_text("")
    done = run_python(
        "from creds_shell import SecretsError, run_with_secrets\n"
        "print(run_with_secrets(['no-such-program']), flush=True)\n"
        f"print(run_with_secrets(['{tmp_path}/plain']), flush=True)\n"
        "import pathlib\n"
        "print(run_with_secrets([pathlib.Path('/bin/sh'), b'-c', 'exit 9']), flush=True)\n"
        "try: run_with_secrets(['true', 1])\n"
        "except TypeError as error: print(error)\n"
        "try: run_with_secrets(['true'], only=['NOPE_TOKEN'])\n"
        "except SecretsError as error: print(type(error).__name__, error.exit_code)\n"
    )
    told = done.stdout.splitlines()
    assert told[:3] == ["127", "126", "9"]
    assert "not int" in told[3]
    assert told[4:] == ["SecretNotFoundError 3"]
    assert done.stderr.count("creds: error: cannot run") == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what was given is read from /proc")
@pytest.mark.parametrize(
    "given", [{}, {"LC_CTYPE": "C"}, {"LC_CTYPE": "C.UTF-8"}, {"LC_ALL": "C"}, {"LANG": "C"}]
)
def test_the_interpreters_own_locale_does_not_reach_the_command(
    home: Any, tmp_path: Path, given: dict[str, str]
) -> None:
    """PEP 538 sets LC_CTYPE in the C locale; the bare command has what the caller gave."""
    wanted = {"HOME": str(home.path), "PATH": os.defpath, "TOKEN": "token-value-1", **given}
    done = subprocess.run(
        (CREDS, "exec", "--secret-env", "TOKEN", "--no-mask", "--", "env"),
        cwd=tmp_path,
        env=wanted,
        capture_output=True,
        text=True,
        check=False,
    )
    assert dict(line.split("=", 1) for line in done.stdout.splitlines()) == wanted, done.stderr


@pytest.mark.usefixtures("shop")
def test_a_run_waits_for_the_audit_log_of_others(run_python: Callable[..., Any]) -> None:
    """Many at once (make -j) take turns; a prompt would have given up after 5 ms."""
    done = run_python(
        "import subprocess\n"
        "from creds_shell import run_with_secrets\n"
        "from creds_shell.core.journal import head_file\n"
        "from creds_shell.process import run\n"
        "run._PATIENCE_MS = 30000\n"
        "command = ('flock', head_file(), 'sh', '-c', 'echo held; sleep 0.2')\n"
        "with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:\n"
        "    holder.stdout.readline()\n"
        "    print(run_with_secrets(['true']))\n"
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_run_that_cannot_have_its_secrets_is_recorded(shop: Path, creds: Creds, home: Any) -> None:
    """One record with the error's code; nothing is started."""
    store = next(home.config.glob("secrets/*/.env"))
    store.write_bytes(store.read_bytes() + b"not a line\n")
    done = creds("exec", "--", "touch", "started")
    assert done.returncode == 1
    assert not (shop / "started").exists()
    last = json.loads(home.audit.read_text().splitlines()[-1])
    assert (last["action"], last["result"], last["program"]) == ("exec", "damaged_file", "touch")
    assert creds("exec", "-e", "staging", "--", "true").returncode == 0
    last = json.loads(home.audit.read_text().splitlines()[-1])
    assert (last["result"], last["environment"]) == ("ok", "staging")
