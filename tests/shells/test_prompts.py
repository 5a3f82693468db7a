"""Living with what else wants the prompt: PROMPT_COMMAND in all its shapes, preexec libraries, themes."""

import re
from pathlib import Path

import pytest

from creds_shell.hook.render import hook_text

from .conftest import Bind, Shell

bash = pytest.mark.parametrize("shell", ["bash"], indirect=True)
zsh = pytest.mark.parametrize("shell", ["zsh"], indirect=True)

BEFORE = {
    "semicolon and space": "PROMPT_COMMAND='x=1; '",
    "exported": "export PROMPT_COMMAND='x=1'",
    "comment": "PROMPT_COMMAND='x=1 # why'",
    "array": "PROMPT_COMMAND=('x=1' '' 'y=2')",
    "newlines": "PROMPT_COMMAND=$'x=1\\n'",
}
AFTER = {
    "overwritten": "PROMPT_COMMAND='x=1'",
    "appended": "PROMPT_COMMAND+=('x=1')",
    "prepended": 'PROMPT_COMMAND="x=1;$PROMPT_COMMAND"',
    "appended word": 'PROMPT_COMMAND="$PROMPT_COMMAND;x=1"',
    "twice": "",
}


@bash
@pytest.mark.parametrize("case", BEFORE)
def test_prompt_commands_that_were_there(shell: Shell, bind: Bind, case: str) -> None:
    """Each goes on running, ours first, the healer last, nothing exported."""
    root = bind("shop", KEY="s3cret")
    shell.start(cwd="/", before=BEFORE[case])
    assert "syntax" not in shell.run(f"cd {root}")
    assert shell.value("KEY") == b"s3cret"
    assert "[1]" in shell.run('\\builtin echo "[$x]"')
    listed = shell.run("declare -p PROMPT_COMMAND")
    assert re.search(r'declare -a PROMPT_COMMAND=\(\[0\]="__creds_hook" .*="__creds_heal"\)', listed)
    assert not [name for name in shell.environment() if b"PROMPT_COMMAND" in name or b"__creds" in name]


@bash
@pytest.mark.parametrize("case", AFTER)
def test_prompt_commands_that_come_later(shell: Shell, bind: Bind, case: str) -> None:
    """Whatever is assigned after the hook, it stays the first one and runs once."""
    root = bind("shop", KEY="s3cret")
    after = AFTER[case] or hook_text("bash")
    shell.start(cwd="/", after=after)
    shell.run("")
    shell.run(f"cd {root}")
    assert shell.value("KEY") == b"s3cret"
    listed = shell.run("declare -p PROMPT_COMMAND")
    assert listed.count('="__creds_hook"') == 1
    assert listed.count("__creds_heal") == 1
    assert '[0]="__creds_hook"' in listed
    shell.run("cd /")
    assert shell.value("KEY") is None


@bash
def test_bash_preexec_and_ble_have_their_own_lists(shell: Shell, bind: Bind, another: object) -> None:
    """The hook goes into precmd_functions, or through blehook."""
    root = bind("shop", KEY="s3cret")
    preexec = (
        "bash_preexec_imported=defined; precmd_functions=(mine); mine() { y=2; }\n"
        'run_all() { local f; for f in "${precmd_functions[@]}"; do "$f"; done; }; PROMPT_COMMAND=run_all\n'
    )
    shell.start(cwd="/", before=preexec)
    shell.run(f"cd {root}")
    assert shell.value("KEY") == b"s3cret"
    assert '([0]="__creds_hook" [1]="mine")' in shell.run("declare -p precmd_functions PROMPT_COMMAND")
    second = another()
    second.start(cwd="/", before='BLE_VERSION=0.4; blehook() { hooked+="<$*>"; }\n', after=hook_text("bash"))
    assert "[<PRECMD+-=__creds_hook>" in second.run('\\builtin echo "[$hooked]"')


@bash
def test_wrap_cd_loads_before_the_next_command_of_the_line(shell: Shell, bind: Bind) -> None:
    """`cd p && cmd` has the secrets, `cd` keeps its status and its words."""
    root = bind("shop", KEY="s3cret")
    shell.start(cwd="/", hook=hook_text("bash", wrap_cd=True))
    assert "[s3cret]" in shell.run(f'cd {root} && \\builtin echo "[$KEY]"')
    assert "[]" in shell.run('cd / && \\builtin echo "[$KEY]"')
    assert shell.run_status("cd /nowhere/at/all")[1] == 1
    assert "/shop" in shell.run(f"cd {root}; cd /; cd -")


@pytest.mark.parametrize("shell", ["zsh", "fish"], indirect=True)
def test_cd_loads_at_once(shell: Shell, bind: Bind) -> None:
    """zsh and fish load at cd, not at the prompt."""
    root = bind("shop", KEY="s3cret")
    shell.start(cwd="/")
    assert "[s3cret]" in shell.run(f'cd {root}; builtin echo "[$KEY]"')
    assert "[]" in shell.run('cd /; builtin echo "[$KEY]"')


@pytest.mark.parametrize("shell", ["zsh", "fish"], indirect=True)
def test_a_subshell_or_substitution_that_changes_directory_loads_nothing(shell: Shell, bind: Bind) -> None:
    """Nothing is said there and nothing asked."""
    root = bind("shop", KEY="s3cret")
    shell.start(cwd="/", counted=True)
    line = f"set x (cd {root}; cd /)" if shell.name == "fish" else f"( cd {root} )"
    assert "creds:" not in shell.run(line)
    assert len(shell.processes(line)) <= 1  # zsh forks for the subshell itself


@zsh
def test_the_hook_is_first_and_once(shell: Shell, bind: Bind) -> None:
    """In both lists, also after sourcing twice; the others stay."""
    bind("shop", KEY="s3cret")
    shell.start(
        cwd="/",
        before="mine() { : }; precmd_functions=(mine); chpwd_functions=(mine)",
        after=hook_text("zsh"),
    )
    assert "<__creds_hook mine> <__creds_chpwd mine>" in shell.run(
        'print "<$precmd_functions> <$chpwd_functions>"'
    )


@zsh
def test_words_are_held_back_during_an_instant_prompt(shell: Shell, bind: Bind) -> None:
    """powerlevel10k warns about output before the first real prompt."""
    root = bind("shop", KEY="s3cret")
    shell.start(cwd=root, before="typeset -g __p9k_instant_prompt_active=1")
    assert "creds:" not in shell.run("")
    assert shell.value("KEY") == b"s3cret"
    assert shell.said("unset __p9k_instant_prompt_active")[0].startswith("shop, 1 secret")


def test_words(shell: Shell, bind: Bind, home: object) -> None:
    """Short, off, with names; the user's config and the variable."""
    root = bind("shop", KEY="s3cret", OTHER="x")
    shell.start(cwd="/")
    shell.run(f"cd {root}")
    assert shell.said("cd /") == ["shop, unloaded"]
    assert shell.said(f"cd {root}") == ["shop, 2 secrets"]
    shell.run("cd /")
    shell.run(shell.set("CREDS_MESSAGES", "names"))
    assert shell.said(f"cd {root}") == ["shop, 2 secrets: KEY OTHER"]
    shell.run("cd /")
    shell.run(shell.set("CREDS_MESSAGES", "off"))
    assert shell.said(f"cd {root}") == []
    assert shell.value("KEY") == b"s3cret"
    assert shell.said("cd /") == []


def test_variables_for_prompts(shell: Shell, bind: Bind) -> None:
    """Project, status and count while inside; none of them outside."""
    root = bind("shop", KEY="s3cret", OTHER="x")
    shell.start(cwd="/")
    shell.run(f"cd {root}")
    inside = shell.environment()
    assert [inside[name] for name in (b"CREDS_PROJECT", b"CREDS_STATUS", b"CREDS_COUNT")] == [
        b"shop",
        b"loaded",
        b"2",
    ]
    assert inside[b"__CREDS_NAMES"] == b"KEY:OTHER:"
    shell.run("cd /")
    assert [name for name in shell.environment() if b"CREDS" in name] == []


def test_a_shell_that_is_not_interactive_is_left_alone(
    shell: Shell, bind: Bind, home: object, tmp_path: Path
) -> None:
    """A script that reads the rc file: nothing printed, nothing loaded."""
    import subprocess

    root = bind("shop", KEY="s3cret")
    hook = tmp_path / "hook"
    hook.write_text(hook_text(shell.name))
    source = f"source {hook}" if shell.name == "fish" else f". {hook}"
    done = subprocess.run(
        [shell.name, "-c", f"{source}; true; echo $KEY"],
        cwd=root,
        env=home.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("\n", "", 0)


@bash
def test_an_older_bash_asks_at_each_cd(shell: Shell, bind: Bind) -> None:
    """What stands in for it before 4.4, run in a newer one: in, out, restored, options kept."""
    root = bind("shop", KEY="s3cret", OTHER="x", LIST="y")
    text = hook_text("bash")
    old = text.replace("BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404", "1 < 2")
    assert old != text
    shell.start(cwd="/", hook=old, env={"OTHER": "before"}, after="LIST=(a b); set -u")
    assert shell.said(f"cd {root}")[0].startswith("shop, 2 secrets")
    inside = shell.environment()
    assert (inside[b"KEY"], inside[b"OTHER"]) == (b"s3cret", b"x")
    assert "u" in shell.run("\\builtin echo [$-]").partition("[")[2]
    assert shell.said("cd /") == ["shop, unloaded"]
    after = shell.environment()
    assert (after.get(b"KEY"), after[b"OTHER"]) == (None, b"before")
    assert shell.run_status("(exit 7)")[1] == 7
