"""`creds mask`: a filter that a person can put anywhere in a pipeline."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import sysconfig
import time

import pytest

from creds_shell.cli.commands import mask
from creds_shell.core.errors import SecretsError

SECRET = "hunter2secretXYZ"
CREDS = os.path.join(sysconfig.get_path("scripts"), "creds")
BOUND = 60  # seconds to wait for an event on a loaded machine


@pytest.fixture
def env_file(tmp_path):
    path = tmp_path / "values.env"
    path.write_text(f'API_TOKEN="{SECRET}"\nPIN=1234\nDB_PORT=5432\n')
    return str(path)


@pytest.fixture
def start(home, repo):
    """Start `creds mask` with pipes; it is killed at the end whatever happened."""
    running = []

    def run(*args, **options):
        done = subprocess.Popen(
            (CREDS, "mask", *args), cwd=repo, env=home.env, stdin=subprocess.PIPE,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )  # fmt: skip
        running.append(done)
        return done

    yield run
    for process in running:
        process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        process.wait()


def read_until(fd, wanted):
    """Read until exactly so much has come."""
    got, end = b"", time.monotonic() + BOUND
    while len(got) < len(wanted) and time.monotonic() < end:
        if select.select([fd], [], [], 0.5)[0]:
            got += os.read(fd, 4096)
    return got


def test_the_values_of_a_file(creds, env_file):
    done = creds("mask", "--env-file", env_file, input=f"a {SECRET} 1234 51234 5432\n")
    assert (done.returncode, done.stdout) == (0, "a **** **** 51234 5432\n")


def test_several_files_and_variables(creds, env_file, tmp_path):
    other = tmp_path / "other.env"
    other.write_text("OTHER_KEY=another-one\n")
    args = ("--env-file", env_file, "--env-file", str(other), "--secret-env", "MINE")
    done = creds("mask", *args, input=f"{SECRET} another-one inherited-1\n", env={"MINE": "inherited-1"})
    assert (done.returncode, done.stdout) == (0, "**** **** ****\n")


def test_the_values_of_the_project(creds):
    assert creds("set", "API_TOKEN", "--stdin", input=SECRET).returncode == 0
    done = creds("mask", input=f"<{SECRET}>")
    assert (done.returncode, done.stdout) == (0, "<****>")


def test_another_project_by_name(creds, tmp_path):
    assert creds("--project", "other", "set", "API_TOKEN", "--stdin", input=SECRET).returncode == 0
    done = creds("--project", "other", "mask", input=SECRET, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "****")


@pytest.mark.parametrize("named", [("--project", "othr"), ("--project", "other", "-e", "prod")])
def test_a_named_project_without_secrets_lets_nothing_pass(named, creds):
    """It may be mistyped; in a repository that has none yet a warning is enough."""
    assert creds("--project", "other", "set", "API_TOKEN", "--stdin", input=SECRET).returncode == 0
    done = creds("mask", *named, "--patterns", input=SECRET)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"{named[1]} " in done.stderr
    assert f"creds set KEY {' '.join(named)}\n" in done.stderr
    done = creds("mask", *named, "--optional", input="password=abc123\n")
    assert (done.returncode, done.stdout) == (0, "password=****\n")
    assert "masking by shape only" in done.stderr


def test_a_project_named_by_its_variable_has_secrets_or_lets_nothing_pass(creds, tmp_path):
    done = creds("mask", input=SECRET, env={"CREDS_ID": "othr"}, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")


def test_a_bound_repository_without_secrets_lets_everything_pass_with_a_warning(creds):
    assert creds("allow", "--yes").returncode == 0
    done = creds("mask", input="plain\n")
    assert (done.returncode, done.stdout) == (0, "plain\n")
    assert "warning" in done.stderr


def test_without_a_source_nothing_is_read_or_written(creds, tmp_path):
    done = creds("mask", input="secret\n", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--env-file" in done.stderr


def test_a_file_that_cannot_be_parsed_lets_nothing_pass(creds, tmp_path):
    path = tmp_path / "bad.env"
    path.write_text('GOOD=1\nBAD="never closed\n')
    done = creds("mask", "--env-file", str(path), input="secret\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{path}:2" in done.stderr


def test_a_file_that_is_not_there_lets_nothing_pass(creds):
    done = creds("mask", "--env-file", "nowhere.env", input="secret\n")
    assert (done.returncode, done.stdout) == (1, "")


def test_a_variable_that_is_not_set_lets_nothing_pass(creds):
    done = creds("mask", "--secret-env", "NOT_THERE", input="secret\n")
    assert (done.returncode, done.stdout) == (3, "")


def test_optional_masks_by_shape_instead(creds):
    done = creds("mask", "--env-file", "nowhere.env", "--optional", input="password=abc123\n")
    assert (done.returncode, done.stdout) == (0, "password=****\n")
    assert "warning" in done.stderr


def test_patterns_alone_are_a_source(creds, tmp_path):
    done = creds("mask", "--patterns", input="password=abc123 AKIAIOSFODNN7EXAMPLE\n", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "password=**** AKIA****\n")


def test_the_replacement_may_name_the_key(creds, env_file):
    done = creds("mask", "--env-file", env_file, "--mask-text", "<{key}>", input=SECRET)
    assert done.stdout == "<API_TOKEN>"


def test_a_stdin_that_cannot_be_read_is_an_error(home, repo, env_file):
    done = subprocess.run(
        ("sh", "-c", f"{CREDS} mask --env-file {env_file} 0>/dev/null"), cwd=repo, env=home.env,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "creds: error: cannot read stdin: bad file descriptor\n"


def test_the_replacement_is_one_line(creds, env_file):
    done = creds("mask", "--env-file", env_file, "--mask-text", "a\nb", input="text")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("content", ["EMPTY=\n", "PIN=1\n", 'PASSWORD="   "\n', ""])
def test_values_too_short_to_mask_let_everything_pass(creds, tmp_path, content):
    path = tmp_path / "short.env"
    path.write_text(content)
    done = creds("mask", "--env-file", str(path), input="1 and   \n")
    assert (done.returncode, done.stdout) == (0, "1 and   \n")
    assert "no value to mask" in done.stderr


def test_binary_passes_byte_for_byte(creds, env_file):
    data = bytes(range(256)) * 2000
    done = creds("mask", "--env-file", env_file, input=data, text=False)
    assert done.stdout == data


def test_a_prompt_passes_at_once_without_a_newline(start, env_file):
    process = start("--env-file", env_file)
    process.stdin.write(b"Password: ")
    process.stdin.flush()
    assert read_until(process.stdout.fileno(), b"Password: ") == b"Password: "
    process.stdin.write(b"\n")
    process.stdin.close()
    assert process.stdout.read() == b"\n"
    assert process.wait(BOUND) == 0


def test_a_secret_in_pieces_shows_nothing_on_a_pipe(start, env_file):
    process = start("--env-file", env_file)
    for i in range(len(SECRET)):
        process.stdin.write(SECRET[i : i + 1].encode())
        process.stdin.flush()
    process.stdin.close()
    assert process.stdout.read() == b"****"


def test_with_tty_a_pause_shows_four_characters_and_no_more(start, env_file):
    process = start("--env-file", env_file, "--tty")
    process.stdin.write(SECRET[:10].encode())
    process.stdin.flush()
    assert read_until(process.stdout.fileno(), b"hunt") == b"hunt"
    process.stdin.write(SECRET[10:].encode())
    process.stdin.close()
    assert process.stdout.read() == b"****"


def test_a_broken_pipe_ends_it_with_141_also_while_nothing_comes(start, env_file):
    process = start("--env-file", env_file)
    process.stdin.write(b"line\n")
    process.stdin.flush()
    assert read_until(process.stdout.fileno(), b"line\n") == b"line\n"
    process.stdout.close()
    assert process.wait(BOUND) == 141


def test_head_ends_an_endless_pipeline(home, env_file):
    done = subprocess.run(
        ["bash", "-c", f'yes {SECRET} | "$0" mask --env-file "$1" | head -1; echo "${{PIPESTATUS[1]}}"', CREDS, env_file],
        env=home.env, capture_output=True, check=False, timeout=BOUND,
    )  # fmt: skip
    assert done.stdout == b"****\n141\n"


def test_a_slow_reader_with_a_non_blocking_pipe_loses_nothing(env_file, tmp_path):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    source = tmp_path / "big"
    data = f"line with {SECRET} in it and some more text\n".encode() * 60000
    source.write_bytes(data)
    with source.open("rb") as file:
        running = subprocess.Popen((CREDS, "mask", "--env-file", env_file), stdin=file, stdout=writer)
        os.close(writer)
        got = b""
        while chunk := os.read(reader, 30000):
            got += chunk
        os.close(reader)
        assert running.wait(BOUND) == 0
    assert got == data.replace(SECRET.encode(), b"****")


def test_interrupt_ends_it_with_130(start, env_file):
    process = start("--env-file", env_file)
    process.stdin.write(b"ready\n")
    process.stdin.flush()
    read_until(process.stdout.fileno(), b"ready\n")
    process.send_signal(signal.SIGINT)
    assert process.wait(BOUND) == 130


def test_on_a_terminal_it_follows_the_terminal_rules(start, env_file):
    master, slave = pty.openpty()
    process = start("--env-file", env_file, stdout=slave)
    os.close(slave)
    process.stdin.write(SECRET[:8].encode())
    process.stdin.flush()
    assert read_until(master, b"hunt") == b"hunt"
    process.stdin.write(SECRET[8:].encode() + b"!")
    process.stdin.close()
    assert read_until(master, b"****!") == b"****!"
    assert process.wait(BOUND) == 0
    os.close(master)


def test_a_denied_repository_gives_nothing_to_a_filter(creds, env_file):
    """Also where the values come from a file named by hand, as with exec."""
    assert creds("mask", "--env-file", env_file, input=SECRET).stdout == "****"
    creds("deny")
    done = creds("mask", "--env-file", env_file, input=SECRET)
    assert (done.returncode, done.stdout) == (4, "")
    assert "is denied" in done.stderr


def test_a_hint_repeats_which_bundle_was_named(monkeypatch, capfd):
    """As in every other command, also for an error before the project is opened."""

    def fail(*_):
        raise SecretsError("it is broken", "creds list")

    monkeypatch.setattr(mask, "run", fail)
    assert mask.main(["--project", "shop", "-e", "staging"]) == 1
    assert capfd.readouterr().err.endswith("creds: hint: creds list --project shop -e staging\n")


@pytest.mark.slow
def test_memory_stays_flat(env_file, home):
    """64 MiB go through in the memory that the first MiB needed."""

    script = 'head -c "$3" /dev/zero | tr "\\0" a | /usr/bin/env python3 -c "$4" "$1" mask --env-file "$2"'
    measure = (
        "import os,resource,subprocess,sys;"
        "subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    peaks = []
    for size in ("1048576", "67108864"):
        done = subprocess.run(
            ["sh", "-c", script, "sh", CREDS, env_file, size, measure],
            env=home.env,
            capture_output=True,
            check=True,
        )
        peaks.append(int(done.stdout))
    assert peaks[1] < peaks[0] * 1.3 + 4096
