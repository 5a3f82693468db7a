"""What a coding agent may and may not do on the command line: each refusal, each grant, the audit record."""

import json
import signal

import pytest

SECRET = "s3cret-Value-0123456789"
AGENT = {"CLAUDECODE": "1"}

# action that config.toml grants, command line
REFUSED = {
    "reveal": ("get", "API_KEY", "--reveal"),
    "dump": ("dump", "--format", "dotenv", "--reveal"),
    "no-mask": ("exec", "--no-mask", "--", "printenv", "API_KEY"),
    "allow": ("allow", "--yes"),
    "use": ("use", "dotenv-global"),
    "export": ("export", "bash"),
    "promote": ("promote", "--yes"),
    "decrypt": ("store", "decrypt", "--yes"),
    "ui": ("ui", "--json"),
    "set-value": ("set", "API_KEY", "other-Value-987654"),
}
# Granted, these end at once without a network or a page.
GRANTABLE = ("reveal", "dump", "no-mask", "allow", "use", "export", "set-value")


@pytest.fixture
def stored(creds):
    """A project with one secret, set by a person."""
    done = creds("set", "API_KEY", "--stdin", input=SECRET)
    assert done.returncode == 0, done.stderr


def grant(home, *actions):
    home.config.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home.config / "config.toml"
    path.write_text(f"[agent]\nallow = {json.dumps(list(actions))}\n")
    path.chmod(0o600)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("action", REFUSED)
def test_an_agent_is_refused(action, creds, home):
    done = creds(*REFUSED[action], env=AGENT)
    assert done.returncode == 4, done.stderr
    assert done.stdout == ""
    assert "a coding agent may not" in done.stderr
    assert "in their own config.toml" in done.stderr
    assert SECRET not in done.stderr
    assert "CLAUDECODE" in done.stderr
    last = json.loads(home.audit.read_text().splitlines()[-1])
    assert (last["action"], last["result"], last["agent"]) == (action, "refused", "claude")


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("flag", ["--no-open", "--json"])
def test_an_agent_does_not_get_the_pages_address(flag, creds):
    done = creds("ui", flag, env=AGENT)
    assert (done.returncode, done.stdout) == (4, "")
    assert "http" not in done.stderr


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("action", GRANTABLE)
def test_the_users_config_grants_it(action, creds, home):
    grant(home, action)
    done = creds(*REFUSED[action], env=AGENT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("answer", [True, False])
def test_a_person_may_say_yes_on_the_page(answer, creds_here, monkeypatch):
    """Also to `export`, whose lean way cannot ask."""
    from creds_shell.core import agents
    from creds_shell.ui import asking

    asked = []
    monkeypatch.setattr(agents, "_answered", set())
    monkeypatch.setattr(
        asking, "ask_permission", lambda action, *_, **__: bool(asked.append(action)) or answer
    )
    creds_here("set", "API_KEY", "--stdin", input=SECRET)
    monkeypatch.setenv("CLAUDECODE", "1")
    done = creds_here("export", "bash")
    assert (asked, done.returncode) == (["export"], 0 if answer else 4)
    assert (SECRET in done.stdout) is answer


@pytest.mark.usefixtures("stored")
def test_a_grant_is_for_one_action(creds, home):
    grant(home, "dump")
    assert creds("get", "API_KEY", "--reveal", env=AGENT).returncode == 4


@pytest.mark.usefixtures("stored")
def test_a_repository_cannot_grant(creds, repo):
    (repo / "creds.toml").write_text('[agent]\nallow = ["reveal"]\n')
    assert creds("get", "API_KEY", "--reveal", env=AGENT).returncode == 4


@pytest.mark.usefixtures("stored")
def test_a_reason_is_recorded_and_grants_nothing(creds, home):
    done = creds("get", "API_KEY", "--reveal", "--reason", "to debug the deploy", env=AGENT)
    assert done.returncode == 4
    last = json.loads(home.audit.read_text().splitlines()[-1])
    assert (last["result"], last["reason"], last["agent"]) == ("refused", "to debug the deploy", "claude")
    assert SECRET not in home.audit.read_text()


@pytest.mark.usefixtures("stored")
def test_an_agent_uses_a_secret_without_seeing_it(creds, home):
    done = creds("exec", "--", "sh", "-c", 'echo "len ${#API_KEY}"; echo "$API_KEY"', env=AGENT)
    assert (done.returncode, done.stdout) == (0, f"len {len(SECRET)}\n****\n")
    last = json.loads(home.audit.read_text().splitlines()[-1])
    assert last["agent"] == "claude"


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("word", ["run", "exec"])
def test_a_granted_unmasked_run_takes_its_reason_as_it_is(word, creds, home):
    """Also one that is a command's name."""
    grant(home, "no-mask")
    done = creds("--reason", word, "exec", "--no-mask", "--", "echo", word, env=AGENT)
    assert (done.returncode, done.stdout) == (0, word + "\n"), done.stderr
    assert json.loads(home.audit.read_text().splitlines()[-1])["reason"] == word


@pytest.mark.usefixtures("stored")
def test_an_agent_may_look_at_names(creds):
    done = creds("list", env=AGENT)
    assert done.returncode == 0
    assert "API_KEY" in done.stdout
    assert SECRET not in done.stdout
    assert creds("get", "API_KEY", env=AGENT).stdout == "API_KEY=****\n"


@pytest.mark.usefixtures("stored")
def test_status_names_the_marker_that_matched(creds):
    assert "CLAUDECODE" in creds("status", env=AGENT).stdout
    assert "CLAUDECODE" in json.loads(creds("status", "--json", env=AGENT).stdout)["agent"]
    assert json.loads(creds("status", "--json").stdout)["agent"] is None


@pytest.mark.usefixtures("stored")
def test_exec_is_read_only_for_databases_inside_an_agent(creds):
    creds("set", "DATABASE_URL", "--stdin", input="postgres://u:pass-w0rd-x@db/shop")
    show = ("exec", "--", "sh", "-c", 'echo "${PGOPTIONS-unset}"')
    assert "default_transaction_read_only=on" in creds(*show, env=AGENT).stdout
    assert creds(*show).stdout == "unset\n"


@pytest.mark.usefixtures("stored")
def test_set_in_an_agent_needs_a_person(creds, home):
    done = creds("set", "NEW_KEY", env=AGENT)
    assert done.returncode == 4
    assert "creds set NEW_KEY" in done.stderr


def test_agent_run_undoes_the_loaded_names(creds, repo):
    loaded = {
        "__CREDS_NAMES": "API_KEY:PGPORT:",
        "API_KEY": SECRET,
        "PGPORT": "1",
        "__CREDS_WAS_PGPORT": "5432",
    }
    script = 'echo "${API_KEY-unset} $PGPORT $CREDS_AGENT ${__CREDS_NAMES-unset}"'
    done = creds("agent", "run", "--", "sh", "-c", script, env=loaded)
    assert (done.returncode, done.stdout) == (0, "unset 5432 sh unset\n")


def test_agent_run_drops_what_a_scoped_shell_has(creds):
    scoped = {"__CREDS_SCOPE_NAMES": "API_KEY OTHER", "API_KEY": SECRET, "OTHER": "x", "KEPT": "y"}
    script = 'echo "${API_KEY-unset} ${OTHER-unset} $KEPT ${__CREDS_SCOPE_NAMES-unset}"'
    assert creds("agent", "run", "--", "sh", "-c", script, env=scoped).stdout == "unset unset y unset\n"


@pytest.mark.usefixtures("stored")
def test_creds_exec_works_inside_agent_run(creds, home):
    done = creds("agent", "run", "--name", "tester", "--", "creds", "exec", "--", "printenv", "API_KEY")
    assert (done.returncode, done.stdout) == (0, "****\n")
    records = [json.loads(line) for line in home.audit.read_text().splitlines()]
    assert [(r["action"], r["agent"]) for r in records[-2:]] == [("agent run", "tester"), ("exec", "tester")]
    refused = creds("agent", "run", "--", "creds", "get", "API_KEY", "--reveal")
    assert refused.returncode == 4


def test_agent_run_hands_arguments_on_as_they_are(creds):
    done = creds("agent", "run", "--", "printf", "[%s]", "--json", "--", "a b")
    assert done.stdout == "[--json][--][a b]"


@pytest.mark.parametrize(("command", "status"), [(("no-such-agent-xyz",), 127), (("/",), 126)])
def test_agent_run_ends_like_a_shell_when_there_is_no_such_program(command, status, creds):
    done = creds("agent", "run", "--", *command)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith(f"creds: error: cannot run {command[0]}: ")


def test_agent_run_leaves_no_signal_ignored(creds):
    """Python ignores SIGPIPE; what it starts must not."""
    assert creds("agent", "run", "--", "sh", "-c", "kill -PIPE $$; echo alive").returncode == -signal.SIGPIPE


def test_agent_run_needs_a_command(creds):
    assert creds("agent", "run").returncode == 2
