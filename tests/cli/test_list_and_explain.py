"""`creds list` and `creds explain`: where keys come from, how old they are, what is not masked."""

import json
import os
import time

import pytest

from creds_shell.providers import metadata


def age(project, key, days, monkeypatch_time=None):
    """Make a key look older than it is."""
    path = metadata.metadata_file(project, "default", "dotenv-global")
    with open(path, encoding="utf-8") as file:
        stored = json.load(file)
    stored["keys"][key]["changed"] = time.time() - days * 86400 - 60
    with open(path, "w", encoding="utf-8") as file:
        json.dump(stored, file)
    os.chmod(path, 0o600)


def rows_of(done):
    return {row["check"]: row for row in json.loads(done.stdout)["rows"]}


def test_list_shows_keys_and_never_values(creds):
    """A table for people."""
    creds("import", "-", input="API_KEY=hunter2-list\nMODE=production\n")
    done = creds("list")
    assert done.returncode == 0
    assert "hunter2" not in done.stdout
    first, api, mode = done.stdout.splitlines()
    assert first.split() == ["KEY", "VALUE", "FROM", "AGE"]
    assert api.split() == ["API_KEY", "****", "dotenv-global", "0", "d"]
    assert "not masked" in mode


def test_an_empty_project_says_what_to_do(creds, home):
    """And creates nothing."""
    done = creds("list")
    assert (done.returncode, done.stdout) == (0, "")
    assert "creds set KEY" in done.stderr
    assert not (home.config / "secrets").exists()


def test_an_old_key_is_warned_about(creds):
    """Past rotation.warn_days (90), on stderr."""
    creds("import", "-", input="OLD=hunter2-list\nNEW=hunter2-new\n")
    age("shop", "OLD", 91)
    done = creds("list")
    assert "OLD is 91 days old: creds rotate OLD" in done.stderr
    assert "NEW is" not in done.stderr
    assert json.loads(creds("list", "--json").stdout)["keys"][1]["age_days"] == 91
    assert rows_of(creds("explain", "OLD", "--json"))["age"]["next"] == "creds rotate OLD"


def test_rotating_makes_a_key_young_again(creds):
    """The time is recorded."""
    creds("set", "OLD", "--stdin", input="hunter2-list")
    age("shop", "OLD", 200)
    creds("rotate", "OLD", "--generate")
    assert json.loads(creds("list", "--json").stdout)["keys"][0]["age_days"] == 0
    assert metadata.load("shop")["OLD"].rotated is not None


def test_layers_fill_shadow_and_stay_whole(creds, repo):
    """`use --also env-file`: later tiers fill, a credential comes whole from one."""
    creds("import", "-", input="API_KEY=hunter2-local\nDB_PASSWORD=hunter2-db\n")
    (repo / ".env").write_text("API_KEY=from-repo-file\nEXTRA=hunter2-extra\nDB_HOST=evil.example\n")
    assert creds("use", "dotenv-global", "--also", "env-file").returncode == 0
    assert creds("allow", "--yes").returncode == 0
    done = creds("list", "--json")
    found = {key["key"]: key for key in json.loads(done.stdout)["keys"]}
    assert sorted(found) == ["API_KEY", "DB_PASSWORD", "EXTRA"]
    assert (found["API_KEY"]["provider"], found["API_KEY"]["shadows"]) == ("dotenv-global", ["env-file"])
    assert (found["EXTRA"]["provider"], found["EXTRA"]["tier"]) == ("env-file", 1)
    assert "DB_HOST of env-file is left out" in done.stderr
    shadows = rows_of(creds("explain", "API_KEY", "--json"))["shadows"]
    assert (shadows["status"], "env-file" in shadows["detail"]) == ("warn", True)


def test_a_blocked_env_file_is_said_and_the_rest_is_listed(creds, repo):
    """Its content is not allowed (any more)."""
    creds("set", "API_KEY", "--stdin", input="hunter2-list")
    creds("use", "dotenv-global", "--also", "env-file")
    (repo / ".env").write_text("EXTRA=hunter2-extra\n")
    done = creds("list", "--json")
    assert [key["key"] for key in json.loads(done.stdout)["keys"]] == ["API_KEY"]
    assert "creds allow" in done.stderr
    assert creds("get", "API_KEY").returncode == 4


def test_a_key_of_the_process_environment_is_marked(creds, repo):
    """Only declared names are taken, and one sees where from."""
    (repo / "creds.toml").write_text("[keys.TOKEN]\nrequired = true\n")
    (repo / ".env").write_text("API_KEY=hunter2-file\n")
    creds("allow", "--yes")
    creds("use", "env-file")
    shown = {
        line.split()[0]: line
        for line in creds("list", env={"TOKEN": "hunter2-given", "OTHER": "x"}).stdout.splitlines()
    }
    assert sorted(shown) == ["API_KEY", "KEY", "TOKEN"]
    assert "env-file (environment)" in shown["TOKEN"]
    assert "(environment)" not in shown["API_KEY"]


def test_production_keys_are_for_exec_alone(creds):
    """The default exposure there."""
    creds("set", "API_KEY", "--stdin", "-e", "production", input="hunter2-list")
    assert json.loads(creds("list", "--json", "-e", "production").stdout)["keys"][0]["expose"] == "exec"


def test_explain_answers_each_question(creds, home):
    """Tier, file, environment, version; mask; exposure; age; name."""
    creds("set", "API_KEY", "--stdin", input="hunter2-list")
    rows = rows_of(creds("explain", "API_KEY", "--json"))
    assert set(rows) == {"source", "masked", "exposed", "age", "name"}
    assert "dotenv-global (tier 0)" in rows["source"]["detail"]
    assert str(home.store("shop")) in rows["source"]["detail"]
    assert "environment default" in rows["source"]["detail"]
    assert {row["status"] for row in rows.values()} == {"ok"}


def test_explain_names_what_confirms_that_a_stored_value_is_no_secret(creds, repo):
    """The repository may only suggest it."""
    (repo / "creds.toml").write_text("[keys.API_KEY]\nsecret = false\n")
    creds("set", "API_KEY", "--stdin", input="hunter2-list")
    row = rows_of(creds("explain", "API_KEY", "--json"))["masked"]
    assert (row["status"], row["next"]) == ("ok", "creds allow --unmask API_KEY")
    assert creds("allow", "--unmask", "API_KEY").returncode == 0
    assert rows_of(creds("explain", "API_KEY", "--json"))["masked"]["status"] == "warn"


def test_explain_says_why_a_key_is_not_masked(creds):
    """And how to force it."""
    creds("set", "MODE", "--stdin", input="production")
    row = rows_of(creds("explain", "MODE", "--json"))["masked"]
    assert row["status"] == "warn"
    assert "mask = true" in row["next"]


@pytest.mark.parametrize(
    ("words", "code"),
    [(("explain", "NOPE"), 3), (("explain", "A=B"), 2), (("explain",), 2), (("list", "extra"), 2)],
)
def test_bad_input(creds, words, code):
    """A clear error and nothing on stdout."""
    done = creds(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("creds: error: ")


def test_a_pipe_that_closes_early_is_success(creds, repo, home):
    """`creds list | head -1`."""
    import subprocess

    creds("import", "-", input="".join(f"KEY_{n}=hunter2-{n}\n" for n in range(400)))
    done = subprocess.run(
        ("bash", "-o", "pipefail", "-c", "creds list | head -1"),
        cwd=repo,
        env=home.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_names_that_are_never_set_are_said(creds, home):
    """One line each on stderr, as explain says it; the shape of --json stays, and explain answers for such a name."""
    creds("set", "API_KEY", "--stdin", input="hunter2-list")
    with open(home.config / "secrets" / "shop" / ".env", "a", encoding="utf-8") as file:
        file.write('IFS="hunter2-ifs"\nPATH="/hunter2/path"\n')
    done = creds("list", "--json")
    assert "creds: warning: IFS is not set: the shell or creds itself owns this name\n" in done.stderr
    assert "PATH is not set: can run code and is not confirmed" in done.stderr
    assert "API_KEY" not in done.stderr
    assert [key["key"] for key in json.loads(done.stdout)["keys"]] == ["API_KEY", "IFS", "PATH"]
    assert rows_of(creds("explain", "IFS", "--json"))["name"]["next"] == "creds delete IFS"
    assert creds("delete", "IFS", "--yes").returncode == 0
    creds("allow", "--name", "PATH")
    assert "is not set" not in creds("list").stderr
