"""DEBUG and ERR traps of the user and of VS Code: they see each command of the user's, and nothing of ours."""

from pathlib import Path

import pytest

from creds_shell.hook.render import hook_text

from .conftest import Bind, Shell

bash = pytest.mark.parametrize("shell", ["bash"], indirect=True)


@bash
@pytest.mark.parametrize("last", ["$PROMPT_COMMAND; stop", "stop"])
def test_a_debug_trap_takes_nothing_of_ours_for_the_next_command(shell: Shell, bind: Bind, last: str) -> None:
    """As a timer of commands has one: its clock would run while nobody has typed anything."""
    root = bind("shop", KEY="s3cret")
    timer = f"""
trap 'since=${{since:-$BASH_COMMAND}}' DEBUG
stop() {{ ran+="<$since>" since=''; }}
PROMPT_COMMAND="{last}"
"""
    shell.start(cwd="/", after=timer)
    shell.run(f"cd {root}")
    shell.run("true hello")
    screen = shell.run('\\builtin echo "$ran"')
    assert "<true hello>" in screen
    assert "<__creds_heal" not in screen.split("<true hello>")[1]
    assert shell.value("KEY") == b"s3cret"


@bash
def test_an_err_trap_tells_of_a_failure_once(shell: Shell, bind: Bind) -> None:
    """As one has it that shows the status; what follows in PROMPT_COMMAND has the status, too."""
    bind("shop", KEY="s3cret")
    shell.start(cwd="/", after="trap 'told+=\"<$?>\"' ERR; PROMPT_COMMAND+=('got=$?')")
    shell.run("")
    shell.child.sendline("(exit 7)")  # with no line typed ahead that ends in 0
    assert "[<7>][7]" in shell.run('\\builtin echo "[$told][$got]"')


@bash
def test_what_is_joined_to_the_hook_has_the_status(shell: Shell, bind: Bind) -> None:
    """In the same element of PROMPT_COMMAND nobody but the hook can hand it on."""
    bind("shop", KEY="s3cret")
    shell.start(cwd="/", after='PROMPT_COMMAND="$PROMPT_COMMAND; got=\\$?"')
    shell.run("")
    shell.child.sendline("(exit 7)")
    assert "[7]" in shell.run('\\builtin echo "[$got]"')


# What VS Code's integration does: it calls what stood in the first element, and takes each command behind its own for
# the user's; with a name that begins like its own, for an empty line.
VSCODE = r"""
seen='' busy=0
preexec() { [[ $busy = 0 ]] || return 0; busy=1; case $BASH_COMMAND in __vsc_prompt*) seen+='<>' ;; *) seen+="<$BASH_COMMAND>" ;; esac; }
trap preexec DEBUG
__vsc_prompt_cmd_original() { local cmd; for cmd in "${__vsc_original_prompt_command[@]}"; do eval "$cmd"; done; busy=0; }
__vsc_prompt_cmd() { busy=0; }
__vsc_original_prompt_command=${PROMPT_COMMAND-}
PROMPT_COMMAND=__vsc_prompt_cmd${PROMPT_COMMAND:+_original}
unset VSCODE_INJECTION
"""


@bash
@pytest.mark.parametrize("where", ["before", "after", "injected"])
def test_vs_code_sees_each_command_and_none_of_ours(shell: Shell, bind: Bind, where: str) -> None:
    """Its marks of where a command begins and ends are right; loading and leaving, too."""
    root = bind("shop", KEY="s3cret")
    injected = where == "injected"
    env = {"VSCODE_INJECTION": "1"} if injected else {}
    shell.start(cwd="/", env=env, **{"after" if injected else where: VSCODE})
    shell.run(f"cd {root}")
    shell.run("seen=''; true")
    shell.run("true hello")
    screen = shell.run('\\builtin echo "$seen"')
    assert "<true hello>" in screen
    assert "<__creds" not in screen
    assert shell.value("KEY") == b"s3cret"
    shell.run("cd /")
    assert shell.value("KEY") is None


@bash
def test_vs_code_leaves_the_status_to_what_is_joined_to_the_hook(shell: Shell, bind: Bind) -> None:
    """It calls both in one go, and bash keeps the status between elements alone."""
    bind("shop", KEY="s3cret")
    joined = 'PROMPT_COMMAND="$PROMPT_COMMAND; got=\\$?"\n'
    vscode = VSCODE.replace("local cmd;", "local cmd status=$?;").replace("eval", "(exit $status); eval")
    shell.start(cwd="/", env={"VSCODE_INJECTION": "1"}, after=joined + vscode)
    shell.run("")
    shell.child.sendline("(exit 7)")
    assert "[7]" in shell.run('\\builtin echo "[$got]"')


@bash
def test_an_rc_file_that_is_read_again_under_vs_code_puts_the_hook_back(
    shell: Shell, bind: Bind, tmp_path: Path
) -> None:
    """It may set PROMPT_COMMAND: VS Code, which called the hook, is not called any more."""
    root = bind("shop", KEY="s3cret")
    again = tmp_path / "again"
    again.write_text(f"PROMPT_COMMAND='history -a'\n{hook_text('bash')}")
    shell.start(cwd="/", env={"VSCODE_INJECTION": "1"}, after=VSCODE)
    shell.run(f". {again}")
    shell.run(f"cd {root}")
    assert shell.value("KEY") == b"s3cret"
