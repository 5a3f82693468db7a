"""`creds set`: where a value comes from, what is refused, what is said. Bad input changes nothing."""

import os
import sys
import sysconfig

import pytest

from creds_shell.providers.dotenv_global import DotEnvSecretsProvider

CREDS = os.path.join(sysconfig.get_path("scripts"), "creds")


def stored(project="shop", environment="default"):
    return DotEnvSecretsProvider().get_bundle(project, environment).as_bytes()


def test_from_a_pipe_one_final_newline_is_dropped(creds):
    """And nothing else of it."""
    done = creds("set", "API_KEY", "--stdin", input="two\n\n")
    assert done.returncode == 0
    assert done.stdout == ""
    assert stored() == {"API_KEY": b"two\n"}
    assert "API_KEY set in dotenv-global" in done.stderr


def test_a_dash_reads_stdin_too(creds):
    """`creds set KEY -`."""
    assert creds("set", "A", "-", input="x").returncode == 0
    assert stored() == {"A": b"x"}


def test_a_file_gives_its_exact_bytes(creds, tmp_path):
    """Invalid UTF-8, CR and a final newline included."""
    data = bytes(range(1, 256)) + b"${X}\r\n"
    (tmp_path / "f").write_bytes(data)
    assert creds("set", "A", "--file", str(tmp_path / "f")).returncode == 0
    assert stored() == {"A": data}


@pytest.mark.parametrize(
    ("words", "length"),
    [
        (("A", "--generate"), 32),
        (("--generate", "A"), 32),
        (("A", "--generate=48"), 48),
        (("--generate=8", "A"), 8),
        (("--generate=48", "A", "--yes"), 48),
    ],
)
def test_a_generated_value_is_printed_nowhere(creds, words, length):
    """In either order; `--generate` takes `=LEN` only."""
    done = creds("set", *words)
    value = stored()["A"].decode()
    assert done.returncode == 0
    assert len(value) == length
    assert value.isalnum()
    assert value not in done.stdout + done.stderr


def test_an_empty_value_from_stdin_is_stored(creds):
    """On purpose, so it counts."""
    assert creds("set", "A", "--stdin", input="").returncode == 0
    assert stored() == {"A": b""}


def test_the_first_set_binds_the_repository_and_says_so(creds, repo):
    """Once."""
    first = creds("set", "A", "--stdin", input="xxxxxxxx")
    second = creds("set", "B", "--stdin", input="xxxxxxxx")
    assert f"{repo} is now the project shop" in first.stderr
    assert "is now the project" not in second.stderr


def test_a_project_by_name_needs_no_repository(creds, home):
    """CI and cron."""
    assert creds("set", "A", "--stdin", "--project", "other", input="1", cwd=home.path).returncode == 0
    assert (
        creds(
            "--project", "other", "-e", "staging", "set", "A", "--stdin", input="2", cwd=home.path
        ).returncode
        == 0
    )
    assert (stored("other"), stored("other", "staging")) == ({"A": b"1"}, {"A": b"2"})


def test_a_line_marked_mask_is_not_said_to_be_unmasked(creds, home):
    """The mark stays on the line, and forces from 4 characters on."""
    assert creds("set", "A", "--stdin", input="abcd1").returncode == 0
    home.store("shop").write_text('A="abcd1" # mask\n')
    for words in (("set", "A", "--stdin"), ("rotate", "A", "--stdin"), ("import", "-", "--yes")):
        done = creds(*words, input="A=abcd2" if words[0] == "import" else "abcd3")
        assert done.returncode == 0
        assert "will not be masked" not in done.stderr
    assert home.store("shop").read_text() == 'A="abcd2" # mask\n'


def test_what_will_not_be_masked_is_named_with_the_reason(creds):
    """A short value, a common word."""
    done = creds("set", "MODE", "--stdin", input="production")
    assert "MODE will not be masked in output" in done.stderr


def test_a_value_on_the_command_line_works_and_is_warned_about(creds):
    """It is in the history now."""
    done = creds("set", "A", "hunter2-x")
    assert done.returncode == 0
    assert "shell's history" in done.stderr
    assert "hunter2-x" not in done.stdout + done.stderr
    assert stored() == {"A": b"hunter2-x"}


BAD = {
    "no key": ((), None, 2, "which key"),
    "no terminal": (("A",), None, 2, "there is no terminal"),
    "key=value": (("A=hunter2-x",), None, 2, "KEY=VALUE is not a key"),
    "bad name": (("1A", "--stdin"), "x", 2, "is not a variable name"),
    "bad name with a dash": (("A-B", "--stdin"), "x", 2, "is not a variable name"),
    "not ascii": (("SCHLÜSSEL", "--stdin"), "x", 2, "is not a variable name"),
    "the shell's own": (("PWD", "--stdin"), "x", 2, "belongs to the shell"),
    "creds' own": (("CREDS_ID", "--stdin"), "x", 2, "belongs to the shell"),
    "two sources": (("A", "--stdin", "--generate"), "x", 2, "one place"),
    "value and source": (("A", "v", "--stdin"), "x", 2, "one place"),
    "empty on the command line": (("A", ""), None, 2, "an empty value"),
    "two words": (("A", "b", "c"), None, 2, "one key and one value"),
    "generate short": (("A", "--generate=7"), None, 2, "8 to 65536"),
    "no such file": (("A", "--file", "/no-such-file"), None, 1, "no such file"),
    "a directory": (("A", "--file", "/"), None, 1, "is a directory"),
    "nul": (("A", "--stdin"), "a\0b", 1, "has a NUL byte"),
    "too large": (("A", "--stdin"), "x" * 131_070, 1, "is too large"),
    "far too large": (("A", "--stdin"), "x" * (2 << 20), 1, "holds more than"),
    "unknown option": (("A", "--nope"), None, 2, "--nope"),
    "abbreviated option": (("A", "--std"), "x", 2, "--std"),
    "bad project": (("A", "--stdin", "--project", "../x"), "x", 2, "is not a project id"),
    "bad environment": (("A", "--stdin", "-e", "a/b"), "x", 2, "is not an environment"),
    "unknown provider": (("A", "--stdin", "--provider", "vault"), "x", 2, "there is no provider vault"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_a_clear_error_and_changes_nothing(creds_here, home, case):
    """Right exit code, `creds: error:`, and no file anywhere but the log."""
    words, given, code, text = BAD[case]
    done = creds_here("set", *words, input=given)
    assert (done.returncode, text in done.stderr) == (code, True), done.stderr
    assert done.stderr.startswith("creds: error: ")
    assert "hunter2-x" not in done.stderr
    assert not (home.config / "secrets").exists()


def test_the_largest_value_that_linux_can_hold_is_stored(creds):
    """len(name) + len(value) + 2 = 131,072."""
    assert creds("set", "A", "--stdin", input="x" * 131_069).returncode == 0
    assert len(stored()["A"]) == 131_069


def test_a_name_that_runs_code_needs_a_yes(creds, home):
    """Without a terminal: the command to run; with --yes the answer is kept."""
    done = creds("set", "LD_PRELOAD", "--stdin", input="/x.so")
    assert done.returncode == 4
    assert "creds: hint: creds allow --name LD_PRELOAD" in done.stderr
    assert not (home.config / "secrets").exists()
    assert creds("set", "LD_PRELOAD", "--stdin", "--yes", input="/x.so").returncode == 0
    assert creds("set", "LD_PRELOAD", "--stdin", input="/y.so").returncode == 0
    assert "LD_PRELOAD" in (home.config / "config.toml").read_text()


def test_a_name_that_redirects_needs_a_yes_for_the_repositorys_file_alone(creds, repo):
    assert creds("set", "KUBECONFIG", "--stdin", input="/k").returncode == 0
    done = creds("set", "KUBECONFIG", "--stdin", "--provider", "env-file", input="/k")
    assert done.returncode == 4
    assert "KUBECONFIG redirects programs (kubectl, docker); store it?" in done.stderr
    assert not (repo / ".env").exists()


def test_an_agents_yes_confirms_no_name(creds, home):
    """As it may not `allow`."""
    done = creds("set", "LD_PRELOAD", "--stdin", "--yes", input="/x.so", env={"CLAUDECODE": "1"})
    assert done.returncode == 4
    assert not (home.config / "secrets").exists()


def test_outside_a_repository_it_says_what_to_do(creds, home):
    """Exit 3 and --project."""
    done = creds("set", "A", "--stdin", input="x", cwd=home.path)
    assert done.returncode == 3
    assert "--project" in done.stderr


def test_a_damaged_store_is_left_alone(creds, home):
    """File and line; exit 1."""
    creds("set", "A", "--stdin", input="1")
    path = home.store("shop")
    path.write_bytes(b"A=1\n= broken\n")
    done = creds("set", "B", "--stdin", input="2")
    assert done.returncode == 1
    assert f"{path}:2: this line cannot be read" in done.stderr
    assert path.read_bytes() == b"A=1\n= broken\n"


def test_a_store_that_others_can_write_is_refused(creds, home):
    """Exit 4 and the chmod to run."""
    creds("set", "A", "--stdin", input="1")
    home.store("shop").chmod(0o666)
    done = creds("set", "A", "--stdin", input="2")
    assert done.returncode == 4
    assert f"creds: hint: chmod go-w {home.store('shop')}" in done.stderr


def test_json_errors_are_one_object(creds):
    """For programs."""
    import json

    done = creds("set", "1A", "--stdin", "--json", input="x")
    body = json.loads(done.stderr)
    assert (body["version"], body["error"]["code"]) == (1, "usage")
    assert set(body["error"]) == {"code", "message", "hints"}


@pytest.mark.skipif(sys.platform == "darwin", reason="no /dev/full there")
def test_a_full_stderr_does_not_stop_it(creds, home):
    """What creds says is not what it does."""
    import subprocess

    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            (CREDS, "set", "A", "--stdin", "--project", "p"),
            input=b"x",
            env=home.env,
            stderr=full,
            check=False,
        )
    assert done.returncode == 0
    assert stored("p") == {"A": b"x"}
