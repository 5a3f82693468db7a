"""Shells that people really have: strict options, odd IFS, aliases for everything, traps, tracing."""

import re
from pathlib import Path

import pytest

from .conftest import Bind, Shell, put

BUILTINS = [
    "local",
    "export",
    "eval",
    "unset",
    "test",
    "printf",
    "return",
    "builtin",
    "set",
    "declare",
    "typeset",
    "break",
    "continue",
    "exec",
    "cd",
    "echo",
    "emulate",
    "setopt",
    "zle",
    "print",
    "command",
    "status",
    "contains",
    "string",
    "count",
    "math",
    "source",
    "type",
]
ALIASES = {
    "bash": "\n".join(f"alias {name}='false hijacked'" for name in BUILTINS if name not in ("cd", "builtin")),
    "zsh": "\n".join(f"alias {name}='false hijacked'" for name in BUILTINS if name not in ("cd", "builtin")),
    "fish": "",
}
FUNCTIONS = {
    "bash": "\n".join(
        f"{name}() {{ \\builtin echo hijacked; }}" for name in ("local", "export", "eval", "unset", "test", "printf", "creds")
    ),
    "zsh": "\n".join(
        f"function {name} {{ \\builtin echo hijacked; }}" for name in ("export", "unset", "test", "printf", "print", "creds")
    ),
    "fish": "\n".join(
        f"function {name}; builtin echo hijacked; end" for name in ("math", "type", "creds", "each")  # its own cd needs the others
    ),
}  # fmt: skip

# name → what the rc file says in front of the hook; shells that do not have it are left out
SETUPS: dict[str, dict[str, str]] = {
    "strict": {"bash": "set -uo pipefail", "zsh": "set -uo pipefail"},
    "errexit": {"bash": "set -e", "zsh": ""},
    "noclobber": {"bash": "set -C", "zsh": "setopt no_clobber"},
    "noglob and failglob": {"bash": "set -f; shopt -s failglob nullglob dotglob", "zsh": "setopt no_glob"},
    "nocasematch": {"bash": "shopt -s nocasematch", "zsh": "setopt no_case_match no_case_glob"},
    "posix": {"bash": "set -o posix"},
    "keyword": {"bash": "set -k"},
    "allexport": {"bash": "set -a", "zsh": "setopt all_export"},
    "functrace": {"bash": "set -ET; shopt -s extdebug"},
    "xpg and localvars": {"bash": "shopt -s xpg_echo localvar_inherit localvar_unset"},
    "ksh arrays": {"zsh": "setopt ksh_arrays sh_word_split ksh_glob glob_subst rc_quotes csh_junkie_quotes 2>/dev/null"},
    "warnings": {"zsh": "setopt warn_create_global warn_nested_var null_glob extended_glob"},
    "odd IFS": {"bash": "IFS=:/a1_", "zsh": "IFS=:/a1_", "fish": "set -g IFS :/a1_"},
    "no IFS": {"bash": "IFS=", "zsh": "IFS=", "fish": "set -g IFS ''"},
    "aliases": ALIASES,
    "global aliases": {"zsh": "alias -g OTHER='| cat' API_KEY='| cat'"},
    "an alias of two words": {"bash": "alias cd='cd -P'", "zsh": "alias cd='cd -P'"},
    "functions": FUNCTIONS,
}  # fmt: skip


CASES = [(name, setup) for setup, texts in SETUPS.items() for name in texts if texts[name]]


@pytest.mark.parametrize(("shell", "setup"), CASES, indirect=["shell"])
def test_a_walk_in_a_hostile_shell(shell: Shell, bind: Bind, tmp_path: Path, setup: str) -> None:
    """In and out again, with nothing on the screen but the two lines."""
    before = SETUPS[setup][shell.name]
    root = bind("shop", API_KEY="a:b/1_'x y'", OTHER="*")
    mixed = {"OTHER": "as it was:1"}
    shell.start(cwd=tmp_path, before=before, env=mixed)
    screen = shell.run(f"cd {root}")
    assert re.findall(r"creds: .*", screen) == [
        "creds: shop, 2 secrets (what is printed here is not masked: creds shell masks)"
    ]
    noise = screen.lower()
    assert not re.search(r"hijacked|error|unbound|readonly|bad |not found|syntax|warn", noise), screen
    environment = shell.environment()
    assert environment[b"API_KEY"] == b"a:b/1_'x y'"
    assert environment[b"OTHER"] == b"*"
    screen = shell.run("cd ..")
    assert re.findall(r"creds: .*", screen) == ["creds: shop, unloaded"]
    assert not re.search(r"hijacked|error|unbound|readonly|bad |not found|syntax|warn", screen.lower()), (
        screen
    )
    environment = shell.environment()
    assert b"API_KEY" not in environment
    assert environment[b"OTHER"] == b"as it was:1"
    assert [name for name in environment if b"creds" in name.lower()] == []


def test_names_that_the_ifs_would_split(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """Every name keeps its own original, also with an IFS that holds what names and paths are made of."""
    root = bind("shop", DB_HOST="h", DB_PORT="p", DB_NAME="n")
    shell.start(cwd=tmp_path, env={"DB_HOST": "one", "DB_NAME": "two"}, before=SETUPS["odd IFS"][shell.name])
    shell.run(f"cd {root}")
    names = (b"DB_HOST", b"DB_PORT", b"DB_NAME")
    assert [shell.environment()[name] for name in names] == [b"h", b"p", b"n"]
    shell.run("cd ..")
    assert [shell.environment().get(name) for name in names] == [b"one", None, b"two"]


def test_keys_named_like_the_variables_of_a_function(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """Set, handed to a nested shell and undone like any other: no local variable of ours hides one."""
    names = ("name", "ours", "had", "was", "each", "exported", "key", "line", "reply", "code", "count")

    def values() -> "dict[str, bytes | None]":
        environment = shell.environment()
        return {name: environment.get(name.encode()) for name in names}

    root = bind("shop")
    put("shop", **dict.fromkeys(names, "s3cret"))
    shell.start(cwd=tmp_path, env={"name": "mine", "was": "it"})
    before = values()
    shell.run(f"cd {root}")
    assert values() == dict.fromkeys(names, b"s3cret")
    shell.run("zsh -d -i" if shell.name == "zsh" else f"{shell.name} -i")
    shell.run("cd /")
    assert values() == before
    shell.run("exit")
    shell.run("cd /")
    assert values() == before


def test_options_traps_and_ifs_are_untouched(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """What the shell says about itself is the same outside, inside and after."""
    root = bind("shop", API_KEY="s3cret-one")
    ask = {
        "bash": "set -o; shopt; trap; printf '%q\\n' \"$IFS\"; ulimit -a; umask",
        "zsh": "setopt; unsetopt; trap; printf '%q\\n' \"$IFS\"; umask",
        "fish": "functions -n; bind; printf '%s\\n' $IFS; umask; trap",
    }[shell.name]
    traps = {"fish": ""}.get(shell.name, "trap 'echo interrupted' INT; trap 'echo usr' USR1")
    shell.start(cwd=tmp_path, before=traps)
    states = []
    for line in ("", f"cd {root}", "cd .."):
        shell.run(line)
        path = shell.folder / f"state{len(states)}"
        shell.run(
            "{ " + ask + "; } > " + str(path) if shell.name != "fish" else f"begin; {ask}; end > {path}"
        )
        states.append(path.read_text())
    assert states[0] == states[1] == states[2]


def test_the_status_of_the_last_command_survives(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """$? at the prompt after entering, inside and after leaving is the command's own."""
    root = bind("shop", API_KEY="s3cret-one")
    fail = {"fish": "false; or sh -c 'exit 7'"}.get(shell.name, "(exit 7)")
    shell.start(cwd=tmp_path)
    assert shell.run_status(f"cd {root}; {fail}")[1] == 7
    assert shell.run_status(fail)[1] == 7
    assert shell.run_status(f"cd /; {fail}")[1] == 7
    assert shell.run_status(fail)[1] == 7


@pytest.mark.parametrize("shell", ["bash", "zsh"], indirect=True)
def test_pipestatus_and_the_last_argument_survive(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """PIPESTATUS and $_ are what the user's own command left."""
    root = bind("shop", API_KEY="s3cret-one")
    shell.start(cwd=tmp_path)
    shell.run(f"cd {root}")
    shell.child.sendline("true last-argument")
    assert "[last-argument]" in shell.run('\\builtin echo "[$_]"')
    statuses = "PIPESTATUS" if shell.name == "bash" else "pipestatus"
    shell.child.sendline("(exit 3) | (exit 4) | true")
    assert "<3 4 0>" in shell.run(f'\\builtin echo "<${{{statuses}[*]}}>"')


@pytest.mark.parametrize("shell", ["bash", "zsh"], indirect=True)
def test_debug_and_err_traps_see_no_value(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """A DEBUG trap with functrace logs every command; none holds a value."""
    root = bind("shop", API_KEY="s3cret-one")
    log = tmp_path / "log"
    shell.start(cwd=tmp_path)
    command = "$BASH_COMMAND" if shell.name == "bash" else "$ZSH_DEBUG_CMD"
    if shell.name == "bash":
        shell.run("set -ET")
    shell.run(f'trap \'printf "%s\\n" "{command}" >> {log}\' DEBUG')
    if shell.name == "bash":
        shell.run(f'trap \'printf "ERRTRAP %s\\n" "{command}" >> {log}\' ERR')
    shell.run(f"cd {root}")
    shell.run("cd ..")
    text = log.read_text()
    assert f"cd {root}" in text
    assert "s3cret-one" not in text
    assert not [line for line in text.splitlines() if line.startswith("ERRTRAP")]


def test_tracing_and_verbose_show_no_value(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """`set -x`, `set -v` and fish_trace: no value, also while it is undone."""
    root = bind("shop", API_KEY="s3cret-one")
    shell.start(cwd=tmp_path, env={"API_KEY": "0riginal-one"})
    shell.run("set fish_trace 1" if shell.name == "fish" else "set -xv")
    screen = shell.run(f"cd {root}") + shell.run("") + shell.run("cd ..") + shell.run("")
    assert "shop, 1 secret" in screen
    assert "s3cret-one" not in screen
    assert "0riginal-one" not in screen
    assert "__creds_set" not in screen
    if shell.name != "fish":
        assert "set -xv" in screen or "-x" in shell.run("echo $-") or "x" in shell.run("echo $-")


@pytest.mark.parametrize("shell", ["bash", "zsh"], indirect=True)
def test_tracing_shows_next_to_nothing(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """Of an unchanged prompt, of entering and leaving: the names alone that the shell calls itself."""
    root = bind("shop", API_KEY="s3cret-one")
    shell.start(cwd=tmp_path, env={"CREDS_MESSAGES": "off"})
    shell.run("set -x")
    screen = shell.run(f"cd {root}") + shell.run("") + shell.run("cd ..") + shell.run("")
    ours = {line.split()[-1] for line in screen.splitlines() if re.match(r"\+.*__creds", line)}
    assert ours == ({"__creds_hook", "__creds_heal"} if shell.name == "bash" else set())


def test_no_value_in_history_or_in_a_variable_after_leaving(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """After leaving, the shell holds no value of ours, under any name; while inside no exported copy."""
    root = bind("shop", API_KEY="s3cret-one", DB_URL="s3cret-two")
    shell.start(cwd=tmp_path, env={"DB_URL": "0riginal-two"})
    shell.run(f"cd {root}")
    inside = shell.environment()
    holders = {name for name, value in inside.items() if b"s3cret" in value}
    assert holders == {b"API_KEY", b"DB_URL"}
    assert {name for name, value in inside.items() if b"0riginal" in value} == {b"__CREDS_WAS_DB_URL"}
    shell.run("cd ..")
    assert "s3cret" not in shell.variables()
    history = shell.run({"bash": "history", "zsh": "fc -l 1", "fish": "builtin history | cat"}[shell.name])
    assert f"cd {root}" in history
    assert "s3cret" not in history
    assert "__creds" not in history


@pytest.mark.parametrize("shell", ["bash", "zsh"], indirect=True)  # in fish a user cannot lock one
def test_readonly_and_special_names_are_skipped_with_one_line(
    shell: Shell, bind: Bind, tmp_path: Path
) -> None:
    """The others are set; nothing breaks; the line names the one that was not."""
    root = bind("shop", LOCKED="new", AFTER="s3cret-after", BEFORE="s3cret-before")
    shell.start(cwd=tmp_path)
    shell.run("readonly LOCKED=mine")
    (line,) = shell.said(f"cd {root}")
    assert line == (
        "shop, 2 secrets (what is printed here is not masked: creds shell masks); "
        "LOCKED not set: read-only or special in this shell"
    )
    assert shell.value("AFTER") == b"s3cret-after"
    assert shell.value("BEFORE") == b"s3cret-before"
    assert "[mine]" in shell.run('\\builtin printf "[%s]\\n" "$LOCKED"')
    assert shell.said("cd ..") == ["shop, unloaded"]
    assert shell.value("AFTER") is None


@pytest.mark.parametrize("shell", ["bash", "zsh"], indirect=True)
def test_the_lists_of_what_a_prompt_calls_are_no_secrets(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """With one of them replaced the hook was never called again, and what was loaded stayed."""
    root = bind("shop", precmd_functions="x", chpwd_functions="x", KEY="s3cret")
    shell.start(cwd=tmp_path)
    (line,) = shell.said(f"cd {root}")
    assert "precmd_functions not set, the shell or creds itself owns this name" in line
    assert shell.said("cd ..") == ["shop, unloaded"]
    assert shell.value("KEY") is None


def test_typed_variables_come_back_with_their_type(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """An integer, an array, a table, an unexported, an empty and an unset one, and in bash declared ones."""
    root = bind(
        "shop",
        NUMBER="a[$(touch evil)0]",
        LIST="x",
        PLAIN="y",
        EMPTY="z",
        GONE="w",
        MAP="m",
        BARE="5",
        BARE_OUT="",
        **dict.fromkeys(("BASE", "MINUS", "FIXED", "POWER", "PADDED", "LEFT", "RIGHT"), "shown"),
    )
    declare = {
        "bash": "declare -i NUMBER=42; LIST=('a b' '' c); PLAIN='p q'; export EMPTY=; declare -A MAP=([k 1]=v); declare -i BARE; declare -x BARE_OUT",
        "zsh": "typeset -i NUMBER=42; LIST=('a b' '' c); PLAIN='p q'; export EMPTY=; typeset -A MAP; MAP[k 1]=v; "
        "typeset -i 16 BASE=255 MINUS=-9; typeset -F 3 FIXED=2.5; typeset -E 4 POWER=3; "
        "typeset -Z 5 PADDED=7; typeset -L 4 LEFT=ab; typeset -xR 4 RIGHT=ab",
        "fish": "set -g NUMBER 42; set -g LIST 'a b' '' c; set -gu PLAIN 'p q'; set -gx EMPTY ''; set -g MAP k v",
    }[shell.name]
    show = {
        "bash": "declare -p NUMBER LIST PLAIN EMPTY GONE MAP BARE BARE_OUT",
        "zsh": "typeset -p NUMBER LIST PLAIN EMPTY GONE MAP BASE MINUS FIXED POWER PADDED LEFT RIGHT; "
        "print -r -- $BASE $MINUS $FIXED $POWER $PADDED $LEFT $RIGHT",
        "fish": "set -S NUMBER; set -S LIST; set -S PLAIN; set -S EMPTY; set -S GONE; set -S MAP",
    }[shell.name]
    shell.start(cwd=tmp_path)
    shell.run(declare)
    before, after = shell.folder / "before", shell.folder / "after"
    shell.run(
        f"{{ {show}; }} > {before} 2>&1" if shell.name != "fish" else f"begin; {show}; end > {before} 2>&1"
    )
    shell.run(f"cd {root}")
    inside = shell.environment()
    assert inside[b"NUMBER"] == b"a[$(touch evil)0]"
    assert inside[b"LIST"] == b"x"
    assert inside[b"GONE"] == b"w"
    shell.run("cd ..")
    shell.run(
        f"{{ {show}; }} > {after} 2>&1" if shell.name != "fish" else f"begin; {show}; end > {after} 2>&1"
    )

    def lines(path):
        return sorted(re.sub(r"line \d+|:\d+:", "", path.read_text()).splitlines())

    assert lines(before) == lines(after)
    assert not (root / "evil").exists()
    assert not (tmp_path / "evil").exists()
