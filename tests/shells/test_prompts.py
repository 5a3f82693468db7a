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
    "with holes": "PROMPT_COMMAND[7]='x=1'",
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
def test_a_prompt_command_of_the_same_line_hides_no_place(shell: Shell, bind: Bind) -> None:
    """The healer, which puts the hook back, looks where the shell is, too."""
    root, other = bind("shop", KEY="s3cret"), bind("other", OTHER="s3cret-other")
    shell.start(cwd=root)
    shell.child.sendline(f"PROMPT_COMMAND='x=1'; cd {other}")
    assert "[:s3cret-other]" in shell.run('\\builtin echo "[$KEY:$OTHER]"')


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
def test_a_prompt_command_that_is_read_only_is_said_and_left_alone(shell: Shell, bind: Bind) -> None:
    """One line while the rc file is read, which goes on; the command runs as before."""
    root = bind("shop", KEY="s3cret")
    shell.start(cwd="/", before="readonly PROMPT_COMMAND='x=1'", after="after=1")
    shell.run(f"cd {root}")
    assert shell.value("KEY") is None
    assert "[1 1]" in shell.run('\\builtin echo "[$x $after]"')
    assert (
        shell.run(f"bash --rcfile {shell.env['HOME']}/.bashrc -i").count("creds: PROMPT_COMMAND is read-only")
        == 1
    )


# What bash-preexec (0.5) does when it is read at the end of an rc file: it puts itself around what is in the first
# element, appends its own last one, and takes the next command for the user's unless it stands in PROMPT_COMMAND.
PREEXEC = r"""
precmd_functions=() preexec_functions=() __bp_mode=''
preexec() { ran+="<$BASH_COMMAND>"; }
__bp_run() { local s=$? f; for f in "${precmd_functions[@]}"; do (exit "$s"); "$f"; done; }
__bp_interactive() { __bp_mode=on; }
__bp_debug() {
  [[ $__bp_mode ]] || return 0
  __bp_mode=''
  case $'\n'"$(IFS=$'\n'; printf '%s' "${PROMPT_COMMAND[*]}")"$'\n' in *$'\n'"$BASH_COMMAND"$'\n'*) return 0 ;; esac
  preexec
}
__bp_install() {
  trap __bp_debug DEBUG
  PROMPT_COMMAND=$'__bp_run\n'${PROMPT_COMMAND%$'\n'__bp_install}
  PROMPT_COMMAND+=(__bp_interactive)
  __bp_interactive
}
bash_preexec_imported=defined
PROMPT_COMMAND+=$'\n__bp_install'
"""


@bash
def test_bash_preexec_that_comes_later_still_sees_every_command(shell: Shell, bind: Bind) -> None:
    """Nothing of ours runs behind its last command, which would hide the user's next one from it."""
    root = bind("shop", KEY="s3cret")
    shell.start(cwd="/", after=PREEXEC)
    shell.run("")
    shell.run(f"cd {root}")
    assert shell.value("KEY") == b"s3cret"
    shell.run("true hello")
    assert "<true hello>" in shell.run('\\builtin echo "$ran"')
    assert '([0]="__creds_hook")' in shell.run("declare -p precmd_functions")
    assert "__creds_heal" not in shell.run("declare -p PROMPT_COMMAND")
    shell.run("cd /")
    assert shell.value("KEY") is None


@bash
def test_wrap_cd_loads_before_the_next_command_of_the_line(shell: Shell, bind: Bind) -> None:
    """`cd p && cmd` has the secrets, `cd` keeps its status and its words."""
    root = bind("shop", KEY="s3cret")
    shell.start(cwd="/", hook=hook_text("bash", wrap_cd=True))
    assert "[s3cret]" in shell.run(f'cd {root} && \\builtin echo "[$KEY]"')
    assert "[]" in shell.run('cd / && \\builtin echo "[$KEY]"')
    assert shell.run_status("cd /nowhere/at/all")[1] == 1
    assert "/shop" in shell.run(f"cd {root}; cd /; cd -")


@bash
def test_wrap_cd_keeps_a_cd_of_the_users_own(shell: Shell, bind: Bind) -> None:
    """One that lists, or jumps; also when the rc file is read again."""
    root = bind("shop", KEY="s3cret")
    wrapped = hook_text("bash", wrap_cd=True)
    listing = 'cd() { builtin cd "$@" && echo "now in $PWD"; }'
    shell.start(cwd="/", before=listing, hook=wrapped, after=wrapped)
    screen = shell.run(f'cd {root} && \\builtin echo "[$KEY]"')
    assert screen.count(f"now in {root}") == 1
    assert "[s3cret]" in screen


@bash
def test_wrap_cd_survives_a_cd_around_its_own(shell: Shell, bind: Bind) -> None:
    """One that calls a copy of it; the rc file is read again."""
    root = bind("shop", KEY="s3cret")
    around = 'eval "copied_$(declare -f cd)"\ncd() { copied_cd "$@" && echo "now in $PWD"; }\n'
    both = f"{hook_text('bash', wrap_cd=True)}\n{around}"
    shell.start(cwd="/", hook=both, after=both)
    assert shell.run(f"cd {root}").count(f"now in {root}") == 1
    assert shell.value("KEY") == b"s3cret"


@bash
def test_wrap_cd_leaves_local_variables_of_functions_alone(shell: Shell, bind: Bind) -> None:
    """They hide the global ones, which the next prompt loads and puts back."""
    root = bind("shop", KEY="s3cret")
    go = 'go() { local KEY=own; cd "$1"; \\builtin echo "in:$KEY"; }'
    shell.start(cwd="/", hook=hook_text("bash", wrap_cd=True), after=go, env={"KEY": "before"})
    assert "in:own" in shell.run(f"go {root}")
    assert shell.value("KEY") == b"s3cret"
    assert "in:own" in shell.run("go /")
    assert shell.value("KEY") == b"before"


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
    old = re.sub(r"BASH_VERSINFO\[0\] \* 100 \+ BASH_VERSINFO\[1\] < \d+", "1 < 2", text)
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


@pytest.mark.parametrize("shell", ["fish"], indirect=True)
def test_an_older_fish_asks_at_each_cd(shell: Shell, bind: Bind) -> None:
    """What stands in for it before 3.6, run in a newer one: in, about, over, out, restored."""
    root = bind("shop", KEY="s3cret", OTHER="x")
    other = bind("other", KEY="s3cret2")
    (root / "deep").mkdir()
    text = hook_text("fish")
    old = text.replace("if not builtin test / -ef / 2>/dev/null", "if builtin true")
    assert old != text
    shell.start(cwd="/", hook=old, env={"OTHER": "before"})
    assert shell.said(f"cd {root}")[0].startswith("shop, 2 secrets")
    assert shell.said("cd deep") == []
    assert (shell.value("KEY"), shell.value("OTHER")) == (b"s3cret", b"x")
    assert shell.said(f"cd {other}") == ["other, 1 secret"]
    assert (shell.value("KEY"), shell.value("OTHER")) == (b"s3cret2", b"before")
    assert shell.said("cd /") == ["other, unloaded"]
    assert (shell.value("KEY"), shell.value("OTHER")) == (None, b"before")
