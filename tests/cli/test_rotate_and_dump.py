"""`creds rotate` and `creds dump`."""

import json
import os
import subprocess
import sysconfig

import dotenv
import pytest

from creds_shell.providers.dotenv_global import DotEnvSecretsProvider

CREDS = os.path.join(sysconfig.get_path("scripts"), "creds")
ODD = {"A": b"plain", "B": b'it\'s "q" $X `id` \\', "C": "é 🔑".encode(), "D": b"", "E": b"#x =y"}


def stored():
    return DotEnvSecretsProvider().get_bundle("shop").as_bytes()


@pytest.fixture
def odd(creds):
    """A project with odd values."""
    creds("import", "-", input=json.dumps({key: value.decode() for key, value in ODD.items()}))
    return creds


def test_rotating_gives_a_new_value(creds):
    """By pipe, by file, by generator."""
    creds("set", "A", "--stdin", input="hunter2-a")
    assert creds("rotate", "A", "--stdin", input="hunter2-b\n").returncode == 0
    assert stored() == {"A": b"hunter2-b"}
    done = creds("rotate", "--generate=20", "A")
    assert (done.returncode, len(stored()["A"])) == (0, 20)
    assert stored()["A"].decode() not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("NOPE", "--generate"), 3),
        ((), 2),
        (("A",), 2),
        (("A", "value"), 2),
        (("A", "--file", "/no-such-file"), 1),
    ],
)
def test_rotate_bad_input(creds, words, code):
    """Nothing changes."""
    creds("set", "A", "--stdin", input="hunter2-a")
    done = creds("rotate", *words)
    assert (done.returncode, stored()) == (code, {"A": b"hunter2-a"})
    assert done.stderr.startswith("creds: error: ")


def test_dump_needs_reveal(odd):
    """Exit 2 and how to use the values instead."""
    done = odd("dump")
    assert (done.returncode, done.stdout) == (2, "")
    assert "creds exec" in done.stderr


def test_dump_dotenv_is_read_by_python_dotenv(odd, tmp_path):
    """And by creds."""
    done = odd("dump", "--reveal", text=False)
    (tmp_path / "f").write_bytes(done.stdout)
    assert dotenv.dotenv_values(tmp_path / "f", interpolate=False) == {k: v.decode() for k, v in ODD.items()}


def test_dump_json(odd):
    """An object of strings."""
    assert json.loads(odd("dump", "--format", "json", "--reveal").stdout) == {
        k: v.decode() for k, v in ODD.items()
    }


@pytest.mark.parametrize("form", ["dotenv", "shell", "docker", "github"])
def test_a_key_that_is_no_name_is_never_written_as_code(creds, home, form):
    """A hand-written file may hold anything before the `=`; JSON alone can show it."""
    assert creds("set", "A", "--stdin", input="first-value").returncode == 0
    home.store("shop").write_text("A;touch${IFS}pwned=1\n")
    done = creds("dump", "--format", form, "--reveal")
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not a variable name" in done.stderr
    assert json.loads(creds("dump", "--json", "--reveal").stdout) == {"A;touch${IFS}pwned": "1"}


def test_dump_with_json_is_json(odd):
    """Whoever asks a command for JSON gets JSON; a format that is named wins."""
    assert json.loads(odd("dump", "--json", "--reveal").stdout) == {k: v.decode() for k, v in ODD.items()}
    assert odd("dump", "--json", "--reveal", "--format", "dotenv").stdout.startswith("# creds-format")


def test_dump_shell_is_evaluated_to_the_same_bytes(odd, tmp_path):
    """By a real sh, also broken UTF-8 and a final newline."""
    (tmp_path / "f").write_bytes(b"\xff'\n")
    odd("set", "F", "--file", str(tmp_path / "f"))
    text = odd("dump", "--format", "shell", "--reveal", text=False).stdout
    script = text + b'printf "%s\\0" "$A" "$B" "$C" "$D" "$E" "$F"'
    done = subprocess.run(("sh",), input=script, capture_output=True, check=True)
    assert done.stdout.split(b"\0")[:6] == [*ODD.values(), b"\xff'\n"]


def test_dump_docker_has_plain_lines_and_refuses_what_they_cannot_hold(odd):
    """A line end, broken UTF-8: named by the key."""
    done = odd("dump", "--format", "docker", "--reveal", text=False)
    assert done.stdout == b"".join(key.encode() + b"=" + value + b"\n" for key, value in sorted(ODD.items()))
    odd("set", "TWO", "--stdin", input="a\nb")
    done = odd("dump", "--format", "docker", "--reveal")
    assert (done.returncode, done.stdout) == (1, "")
    assert "TWO has a line end" in done.stderr


def test_dump_github_delimits_values(odd):
    """As $GITHUB_ENV wants it, also for several lines."""
    odd("set", "TWO", "--stdin", input="a\nb")
    text = odd("dump", "--format", "github", "--reveal").stdout
    found = {}
    rest = text.splitlines()
    while rest:
        key, mark = rest.pop(0).split("<<")
        value = []
        while rest[0] != mark:
            value.append(rest.pop(0))
        rest.pop(0)
        found[key] = "\n".join(value)
    assert found == {**{k: v.decode() for k, v in ODD.items()}, "TWO": "a\nb"}


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o640, 0o604])
@pytest.mark.usefixtures("odd")
def test_dump_into_a_file_that_others_can_read_is_refused(home, repo, tmp_path, mode):
    """Exit 4 and the umask to set; the file stays empty."""
    code = 0 if mode == 0o600 else 4
    path = tmp_path / "out"
    path.touch()
    path.chmod(mode)
    with path.open("wb") as out:
        done = subprocess.run(
            (CREDS, "dump", "--reveal"),
            cwd=repo,
            env=home.env,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == code
    assert (path.stat().st_size == 0) == (code != 0)
    if code:
        assert "umask 077" in done.stderr


def test_an_agent_may_not_dump(odd):
    """Exit 4."""
    done = odd("dump", "--reveal", env={"CLAUDECODE": "1"})
    assert (done.returncode, done.stdout) == (4, "")


def test_dump_bad_input(creds, home):
    """Unknown format; no project."""
    assert creds("dump", "--format", "xml", "--reveal").returncode == 2
    assert creds("dump", "--reveal", cwd=home.path).returncode == 3


def test_an_agent_that_rotates_leaves_the_value_to_a_person(creds):
    """Without a page and a display nobody can be asked; nothing is read, nothing changes."""
    creds("set", "A", "--stdin", input="hunter2-a")
    done = creds("rotate", "A", input="hunter2-b\n", env={"CLAUDECODE": "1"})
    assert done.returncode == 4
    assert "ask a person to run `creds rotate A` in their own terminal" in done.stderr
    assert creds("rotate", "A", "--generate", env={"CLAUDECODE": "1"}).returncode == 0
