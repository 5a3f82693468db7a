"""`creds import`: .env and JSON, all or none, the changes shown before they happen."""

import pytest

from creds_shell.providers.dotenv_global import DotEnvSecretsProvider


def stored():
    return DotEnvSecretsProvider().get_bundle("shop").as_bytes()


def test_a_dotenv_file(creds, tmp_path):
    """The store's own grammar; comments are no secrets."""
    (tmp_path / "f.env").write_bytes(b"# c\nexport A='x y'\nB=\"two\nlines\"\nC=\xff\n")
    done = creds("import", str(tmp_path / "f.env"))
    assert done.returncode == 0
    assert stored() == {"A": b"x y", "B": b"two\nlines", "C": b"\xff"}
    assert done.stdout == ""
    assert [line for line in done.stderr.splitlines() if line.startswith("+")] == ["+ A", "+ B", "+ C"]


def test_json_values_are_strings_numbers_and_booleans(creds):
    """Numbers as they are written."""
    text = ' \n{"S": "é\\n", "I": 12345678901234567890, "F": 1.50, "E": 1e3, "T": true, "N": false}'
    assert creds("import", "-", input=text).returncode == 0
    expected = {"S": "é\n", "I": "12345678901234567890", "F": "1.50", "E": "1e3", "T": "true", "N": "false"}
    assert stored() == {key: value.encode() for key, value in expected.items()}


def test_new_changed_and_same_keys_are_marked(creds):
    """`+`, `~`, `=`; a changed one needs a yes."""
    creds("import", "-", input="A=hunter2-a\nB=hunter2-b\n")
    text = "A=hunter2-a\nB=hunter2-new\nC=hunter2-c\n"
    asked = creds("import", "-", input=text)
    assert asked.returncode == 4
    assert stored()["B"] == b"hunter2-b"
    assert "C" not in stored()
    done = creds("import", "-", "--yes", input=text)
    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if line[1:2] == " "] == ["= A", "~ B", "+ C"]
    assert stored()["B"] == b"hunter2-new"


def test_only_new_keys_ask_nothing(creds):
    """In CI."""
    creds("import", "-", input="A=hunter2-a\n")
    assert creds("import", "-", input="A=hunter2-a\nB=hunter2-b\n").returncode == 0


def test_a_dry_run_changes_nothing(creds, home):
    """Not even the binding."""
    done = creds("import", "-", "--dry-run", input="A=hunter2-a\n")
    assert done.returncode == 0
    assert "+ A" in done.stderr
    assert not (home.config / "secrets").exists()
    assert creds("import", "-", "--dry-run", input="PATH=/x\n").returncode == 0


def test_the_format_can_be_said(creds):
    """A .env file may begin with a brace, JSON may not be guessed."""
    assert creds("import", "-", "--format", "json", input='{"A": "x"}').returncode == 0
    assert creds("import", "-", "--format", "dotenv", input='{"A": "x"}').returncode == 1


BAD = {
    "null": ('{"A": "hunter2", "B": null}', 1, "stdin: B is null"),
    "nested": ('{"A": {"x": "hunter2"}}', 1, "stdin: A is nested"),
    "a list": ('{"A": ["hunter2"]}', 1, "stdin: A is nested"),
    "not a number": ('{"A": NaN}', 1, "stdin: A is no JSON value"),
    "half a surrogate": ('{"A": "\\ud800"}', 1, "half a surrogate pair"),
    "broken json": ('{"A": "hunter2",\n "B" }', 1, "stdin:2: this is no JSON"),
    "a line without sense": ("A=hunter2\n= x\n", 1, "stdin:2: this line cannot be read"),
    "open quote": ('A=1\nB="hunter2\n', 1, "stdin:2: this line cannot be read"),
    "bad key": ('{"bad-key": "hunter2"}', 1, "'bad-key' is not a variable name"),
    "the shell's own": ("PWD=/hunter2\n", 1, "PWD belongs to the shell"),
    "empty": ("", 1, "holds no secrets"),
    "nul": ('{"A": "hunter2\\u0000"}', 1, "A has a NUL byte"),
    "too large": (f"OK=1\nA={'x' * 131072}\n", 1, "A is too large"),
    "needs a yes": ("OK=1\nLD_PRELOAD=/hunter2\n", 4, "LD_PRELOAD"),
    "deep": ('{"A":' * 100_000, 1, ""),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_names_the_key_or_line_and_imports_nothing(creds_here, home, case):
    """Never a value in the message."""
    text, code, message = BAD[case]
    done = creds_here("import", "-", input=text)
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
    assert "hunter2" not in done.stderr + done.stdout
    assert not (home.config / "secrets").exists()


@pytest.mark.parametrize(
    ("words", "code"), [((), 2), (("/no-such-file",), 1), (("/",), 1), (("-", "--format", "yaml"), 2)]
)
def test_bad_arguments(creds, words, code):
    """Exit code and message."""
    done = creds("import", *words)
    assert done.returncode == code
    assert done.stderr.startswith("creds: error: ")


def test_a_mask_mark_of_a_line_stays_in_force(creds):
    """Not every tier has comments, so the user's settings keep it."""
    done = creds("import", "-", input="MODE=blue # mask\nPLACE=rome\n")
    assert "PLACE will not be masked" in done.stderr
    assert "MODE" not in done.stderr.replace("+ MODE", "")
    assert creds("exec", "--", "printenv", "MODE", "PLACE").stdout == "****\nrome\n"


def test_what_another_tool_has_to_resolve_is_told(creds):
    """The command would get the reference in place of the value."""
    text = (
        "A=op://vault/item/field\nB=encrypted:BDb7t3QkTRp2aaaa\nC=ops://not-one\n"
        "D=$(pass show vault)\nE=https://${HOST}/vault\nF=$2y$10$salt\n"
    )
    done = creds("import", "-", "--dry-run", input=text)
    assert done.returncode == 0
    warned = [line for line in done.stderr.splitlines() if "warning" in line]
    assert [line.partition("warning: ")[2].partition(":")[0] for line in warned] == ["A", "B", "D, E"]
    assert "op inject -i FILE | creds import -" in warned[0]
    assert "dotenvx get --all | creds import -" in warned[1]
    assert "creds set KEY" in warned[2]
    assert "vault" not in done.stderr


def test_of_a_script_of_direnv_the_values_alone_can_be_taken(creds, repo):
    """The hint can be pasted."""
    (repo / ".envrc").write_text("export A=hunter2-a\nPATH_add bin\nexport B=hunter2-b\n")
    done = creds("import", ".envrc")
    assert done.returncode == 1
    assert "creds: error: .envrc:2: this line cannot be read: it is a script\n" in done.stderr
    pasted = done.stderr.partition("its values alone: ")[2].strip()
    assert pasted == "grep '^ *export ' .envrc | creds import -"
    values = "".join(line for line in (repo / ".envrc").read_text().splitlines(True) if "export " in line)
    assert creds("import", "-", input=values).returncode == 0
    assert stored() == {"A": b"hunter2-a", "B": b"hunter2-b"}


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("op://vault/db/password", "a reference to 1Password"),
        ("encrypted:BPx7+Ab", "encrypted by dotenvx"),
        ("postgres://${HOST}/app", "$(…) or ${…} of a shell"),
    ],
)
@pytest.mark.usefixtures("repo")
def test_what_other_tools_resolve_is_named(creds, tmp_path, value, what):
    """By import before it is stored, by exec each time: the command would get the reference itself."""
    file = tmp_path / "one.env"
    file.write_text(f"A={value}\nB=hunter2-b\n")
    assert f"creds: warning: A: {what}, which is stored as it stands" in creds("import", str(file)).stderr
    done = creds("exec", "--env-file", str(file), "--", "true")
    assert done.returncode == 0
    assert f"creds: warning: A: {what}, which is taken out of {file} as it stands" in done.stderr


def test_the_file_of_another_environment_is_not_taken_without_a_word(creds, repo):
    """`creds import .env.production` puts production's values into every shell, unless -e says where."""
    for name in (".env.production", "staging.env", ".env.local"):
        (repo / name).write_text("A=hunter2-a\n")
    step = "creds import .env.production -e production"
    warned = f"creds: warning: this goes into the environment default; into production: {step}\n"
    assert warned in creds("import", ".env.production").stderr
    assert "into staging: creds import staging.env -e staging" in creds("import", "staging.env").stderr
    assert "warning" not in creds(*step.split()[1:]).stderr
    assert "warning" not in creds("import", ".env.local").stderr


def test_what_import_advises_is_for_the_project_that_was_named(creds, repo):
    """Pasted without --project, it would put production's values into the project of this repository."""
    (repo / "a b.production").write_text("A=op://vault/db/password\n")
    told = creds("import", "--project", "web", "a b.production").stderr
    assert "into production: creds import --project web 'a b.production' -e production\n" in told
    assert "for the value: op inject -i FILE | creds import - --project web\n" in told


@pytest.mark.parametrize(
    "line", ["q0mC6N0S5zZ2Hk1sLzJ8+3cV5bX7aQ9wE1rT3yU5iO7=", "https://app:hunter2-p@db/?tls=1"]
)
def test_a_value_where_a_key_should_stand_is_not_quoted(creds, repo, line):
    """A token in base64 has a `=`, as has a URL, and as the last line of a private key without quotes."""
    file = repo / "token"
    file.write_text(f"{line}\n")
    for words, code in ((("import", file), 1), (("exec", "--env-file", file, "--", "true"), 0)):
        done = creds(*words)
        assert done.returncode == code
        assert f"a key of {len(line.rpartition('=')[0])} characters " in done.stderr
        assert "not a variable name" in done.stderr
        assert line[12:19] not in done.stdout + done.stderr


def test_a_second_repository_of_a_name_gets_an_id_of_its_own(creds, make_repo, tmp_path):
    """As with set; nothing that import looks at first may want a project to be there."""
    (tmp_path / ".env.production").write_text("A=hunter2-b\n")
    assert creds("import", "-", input="A=hunter2-a\n").returncode == 0
    second = make_repo("two/shop")
    done = creds("import", str(tmp_path / ".env.production"), cwd=second)
    assert done.returncode == 0, done.stderr
    assert f"creds: {second} is now the project shop-" in done.stderr
    assert stored() == {"A": b"hunter2-a"}
