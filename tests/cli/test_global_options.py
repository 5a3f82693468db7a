"""The global options: before or after the command, and a slip in one is never taken for its absence."""

import json
import os
import subprocess
import sysconfig

import pexpect
import pytest

CREDS = os.path.join(sysconfig.get_path("scripts"), "creds")
PLACES = pytest.mark.parametrize(
    "command", [("list",), ("exec", "--", "true"), ("export", "bash"), ("status",)]
)


@pytest.mark.parametrize("option", [("-e", "staging"), ("-estaging",), ("--environment=staging",)])
def test_every_spelling_works_before_and_after_the_command(creds, option):
    """Also the one that argparse accepts without being asked."""
    assert creds("set", "A", "--stdin", "-e", "staging", input="staging-value").returncode == 0
    for words in ((*option, "list", "--json"), ("list", *option, "--json")):
        assert [key["key"] for key in json.loads(creds(*words).stdout)["keys"]] == ["A"]
    for words in ((*option, "exec", "--"), ("exec", *option, "--")):
        assert creds(*words, "printenv", "A").stdout == "****\n"


@PLACES
@pytest.mark.parametrize("option", ["--project", "--environment", "--provider"])
def test_an_empty_name_is_refused(creds, command, option):
    """`-e "$STAGE"` of a script whose variable is not set must not mean the default."""
    assert creds("set", "A", "--stdin", input="default-value").returncode == 0
    done = creds(f"{option}=", *command)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("creds: error: '' is not a")


def test_an_empty_variable_is_none(creds):
    """As for the other programs of a shell."""
    empty = {"CREDS_ID": "", "CREDS_ENV": "", "CREDS_PROVIDER": ""}
    assert creds("set", "A", "--stdin", input="default-value", env=empty).returncode == 0
    assert "A" in creds("list", env=empty).stdout


def test_status_tells_a_slip_on_its_command_line_from_the_state_of_the_place(creds):
    """The prompt asks it with whatever CREDS_ENV says; a person who mistypes -e is told."""
    assert creds("status", "-e", "../x").returncode == 2
    done = creds("status", "--json", env={"CREDS_ENV": "../x"})
    assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "error")


@pytest.mark.parametrize("words", [("",), ("--also", ""), ("--secret", "")])
def test_use_with_an_empty_name_records_nothing(creds, words):
    """It is no question for the tiers in use."""
    assert creds("allow").returncode == 0
    assert creds("use", *words).returncode == 2
    assert creds("use").stdout == "dotenv-global\n"


@pytest.mark.parametrize(
    "words",
    [
        ("exec", "--project"),
        ("exec", "--quiet=1", "--", "true"),
        ("exec", "--tty=x", "--", "true"),
        ("exec", "--access=x", "--", "true"),
        ("exec", "--mask-text=a\nb", "--", "true"),
        ("set", "A", "--generate=4"),
        ("set", "A", "--stdin", "--file", "f"),
        ("list", "--bogus"),
        ("allow", "--name", "IFS"),
        ("nope",),
    ],
)
def test_every_slip_on_the_command_line_names_the_next_step(creds, words):
    """Exit 2, one sentence and a hint."""
    done = creds(*words, input="")
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()[:2]
    assert first.startswith("creds: error: ")
    assert not first.endswith(".")
    assert second.startswith("creds: hint: ")


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("set", "A", "--studin"), "did you mean --stdin?"),
        (("exec", "--kep-existing", "--", "true"), "did you mean --keep-existing?"),
        (("mask", "--paterns"), "did you mean --patterns?"),
        (("--json", "--qiet", "list"), "did you mean --quiet?"),
        (("lsit",), "did you mean `creds list`?"),
        (("help", "maskin"), "did you mean `creds help masking`?"),
        (("rm", "A"), "did you mean `creds delete`?"),
        (("encrypt",), "did you mean `creds store encrypt`?"),
        (
            ("exec", "--env", "dev", "--", "true"),
            "did you mean --environment?\ncreds: hint: did you mean --env-file?",
        ),
        (("list", "--env=dev"), "did you mean --environment?"),
        (
            ("hook", "bash", "--mode", "sesion"),
            "--mode is one of export, subshell, session\ncreds: hint: did you mean session?",
        ),
        (("agent", "instal"), "there is no command agent instal\ncreds: hint: did you mean install?"),
        (("whoami",), "did you mean `creds status`?"),
    ],
)
def test_what_is_nearly_right_is_suggested(creds, words, near):
    done = creds(*words, input="")
    assert (done.returncode, done.stdout) == (2, "")
    assert near in done.stderr


@pytest.mark.parametrize("words", [("list", "--version"), ("env", "--list"), ("promote", "--to")])
def test_what_resembles_nothing_gets_no_guess(creds, words):
    assert "did you mean" not in creds(*words).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("hook", "bash", "--mode"), "--mode needs a value"),
        (("list", "-e"), "--environment needs a value"),
        (("list", "--json=1"), "--json takes no value"),
        (("audit", "-n", "few"), "-n needs a number"),
        (("store", "burn"), "ACTION is one of status, encrypt, decrypt"),
        (("agent",), "run|install is missing"),
        (("import",), "FILE is missing"),
    ],
)
def test_every_command_says_what_is_missing_as_exec_does(creds, words, said):
    """Not as the parser of Python would, whose words differ by version and quote what was given."""
    done = creds(*words, input="")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"creds: error: {said}\ncreds: hint: see `creds {words[0]} --help`\n")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("shop", "--", "true"), "a project is named by an option: creds exec --project shop -- true"),
        ((".", "true"), "creds exec runs where you are: leave . out, or go there first"),
        (("..", "--", "true"), "creds exec runs where you are: leave .. out, or go there first"),
        (("echo one | cat",), "a line for a shell: creds exec -- sh -c 'LINE'"),
    ],
)
def test_what_other_tools_have_in_front_of_the_command_is_known(creds, repo, words, hint):
    """`chamber exec shop -- true` (where a folder may be called so, too), `direnv exec . true`, `op run "one | two"`."""
    (repo / "shop").mkdir()
    done = creds("exec", "--env-file", "/dev/null", *words)
    assert done.returncode in {126, 127}
    assert f"creds: hint: {hint}\n" in done.stderr


@pytest.mark.parametrize("words", [("--value=s3cr3t-Value", "A"), ("A", "--value", "s3cr3t-Value")])
def test_what_stands_with_an_unknown_option_is_not_repeated(creds, words):
    """It may be a value, and errors end in logs."""
    done = creds("set", *words, input="")
    assert done.returncode == 2
    assert "unknown option --value\n" in done.stderr
    assert "s3cr3t" not in done.stderr


def test_a_value_that_begins_with_a_dash_is_not_repeated(creds):
    done = creds("set", "A", "-s3cr3t-Value", input="")
    assert done.returncode == 2
    assert "unknown option -s\n" in done.stderr
    assert "s3cr3t" not in done.stderr


@pytest.mark.parametrize("words", [("get", "--", "A_KEY", "--quiet"), ("list", "--", "--quiet")])
def test_what_stands_behind_two_dashes_is_no_option(creds, words):
    done = creds(*words)
    assert done.returncode == 2
    assert "unexpected argument --quiet\n" in done.stderr
    assert "did you mean" not in done.stderr


def test_the_version_is_told_beside_any_global_option(creds):
    plain = creds("--version")
    assert plain.stdout.startswith("creds ")
    assert creds("--json", "--version").stdout == plain.stdout


def test_a_hint_acts_on_the_bundle_that_the_run_named(creds):
    """Else the next step would write where nobody looked, and the same error would come again."""
    creds("set", "API_KEY", "--stdin", input="hunter2-here")
    assert "creds: hint: creds set NOPE -e staging\n" in creds("get", "NOPE", "-e", "staging").stderr
    told = json.loads(creds("get", "NOPE", "--project", "shop", "--json").stderr)
    assert told["error"]["hints"][0] == "creds set NOPE --project shop"
    done = creds("exec", "-e", "staging", "--only", "NOPE", "--", "true")
    assert "creds: hint: creds list -e staging shows the keys\n" in done.stderr
    assert "no secrets yet: creds set KEY -e staging\n" in creds("list", "-e", "staging").stderr
    rows = json.loads(creds("validate", "--env", "-e", "staging", "--json").stdout)["rows"]
    assert rows[0]["next"] == "creds set KEY -e staging"


@pytest.mark.parametrize("command", ["set", "import", "doctor", "agent"])
def test_help_fits_a_narrow_terminal(creds, command):
    """Its prose does; examples stay as they can be pasted."""
    text = creds(command, "--help", env={"COLUMNS": "60"}).stdout
    assert max(map(len, text.partition("\nexamples:")[0].splitlines())) < 60


def test_the_usage_is_the_commands_own(creds):
    """What every command takes is listed once, below its own options."""
    usage, _, rest = creds("get", "--help", env={"COLUMNS": "80"}).stdout.partition("\n\n")
    assert usage == "usage: creds get [ID] [--reveal] [--version ID]"
    assert rest.index("--reveal  ") < rest.index("global options:") < rest.index("examples:")


def test_what_has_to_be_typed_is_said_with_json_too(home, repo):
    child = pexpect.spawn(
        CREDS, ["import", "-", "--json"], env=home.env, cwd=str(repo), timeout=60, encoding="utf-8"
    )
    child.expect_exact("Ctrl-D ends it")
    child.close(force=True)


@pytest.mark.parametrize(
    ("words", "warned"),
    [
        (("shell", "--shell", "/nonexistent"), "shop has no secrets"),
        (("mask", "--project", "shop"), "creds.toml: unknown key nonsense, ignored"),
    ],
)
def test_an_error_as_json_stands_alone_also_where_a_run_had_warned(creds, repo, words, warned):
    """`shell` and `mask` read their options by a way of their own."""
    (repo / "creds.toml").write_text("nonsense = 1\n")
    creds("allow", "--yes")
    done = creds(*words, "--json")
    assert [hint for hint in json.loads(done.stderr)["error"]["hints"] if warned in hint]


def test_what_a_stream_passes_unmasked_is_said_at_its_start_also_with_json(home, repo):
    """A filter may run for hours, and be ended by a signal."""
    command = (CREDS, "mask", "--json", "--optional", "--env-file", "/nonexistent")
    with subprocess.Popen(command, env=home.env, cwd=repo, stdin=-1, stdout=-3, stderr=-1) as filtering:
        assert b"masking by shape only" in filtering.stderr.readline()
        filtering.stdin.close()


def test_a_topic_fits_the_terminal(home):
    """Its prose does, what can be pasted stays as it is; a pipe gets the text of the file."""
    size = {"COLUMNS": "60", "LINES": "200"}
    child = pexpect.spawn(CREDS, ["help", "ci"], env=home.env | size, timeout=60, encoding="utf-8")
    child.expect(pexpect.EOF)
    child.close()
    lines = child.before.splitlines()
    pasted = "  creds exec --project shop --provider aws-secrets-manager -e production -- make deploy"
    assert pasted in lines
    assert "No repository has to be allowed there: --project says whose" in lines


def test_the_usage_of_a_long_command_breaks_between_its_options(creds):
    """An option and its value stay on one line; what --help shows is what docs/cli.md shows."""
    usage = creds("exec", "--help", env={"COLUMNS": "60"}).stdout.partition("\n\n")[0].splitlines()
    assert max(map(len, usage)) <= 60
    assert "[--env-file FILE]… [--secret-env NAME]…" in " ".join(line.strip() for line in usage)
    assert all(line.count("[") == line.count("]") for line in usage)
    assert usage[-1].endswith(" -- COMMAND")
