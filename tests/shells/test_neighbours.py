"""Other programs that want the prompt, for real, read before and after our hook; one that is not installed is named."""

import shutil

import pytest

from .conftest import Bind, Shell

# What each writes into the rc file. atuin brings bash-preexec (0.6) along.
NEIGHBOURS = {
    "direnv": "direnv hook {shell}",
    "mise": "mise activate {shell}",
    "atuin": "atuin init {shell}",
    "starship": "starship init {shell}",
}


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_a_neighbour_at_the_prompt(shell: Shell, bind: Bind, neighbour: str, where: str) -> None:
    """In and out as ever, no line but ours, and the status of the last command for both."""
    if shutil.which(neighbour) is None:
        pytest.skip(f"{neighbour} is not installed")
    command = NEIGHBOURS[neighbour].format(shell=shell.name)
    begin = f"{command} | source" if shell.name == "fish" else f'eval "$({command})"'
    root = bind("shop", KEY="s3cret")
    (root / "deep").mkdir()
    shell.start(cwd="/", env={"TERM": "xterm-256color"}, **{where: begin})
    shell.run("")
    assert shell.said(f"cd {root}") == [
        "shop, 1 secret (what is printed here is not masked: creds shell masks)"
    ]
    assert shell.value("KEY") == b"s3cret"
    assert shell.said("cd deep") == []
    assert shell.run_status("sh -c 'exit 7'")[1] == 7
    assert shell.said("cd /") == ["shop, unloaded"]
    assert shell.value("KEY") is None


@pytest.mark.parametrize("shell", ["bash"], indirect=True)
@pytest.mark.parametrize("where", ["before", "after"])
def test_bash_preexec_for_real(shell: Shell, bind: Bind, where: str) -> None:
    """The one that atuin brings: it goes on seeing each command, and none of ours."""
    if shutil.which("atuin") is None:
        pytest.skip("atuin, which brings bash-preexec, is not installed")
    root = bind("shop", KEY="s3cret")
    seen = 'preexec_functions+=(mine); mine() { seen+="<$1>"; }'
    shell.start(cwd="/", **{where: f'eval "$(atuin init bash)"; {seen}'})
    shell.run("")
    shell.run(f"cd {root}")
    shell.run("true hello")
    screen = shell.run('\\builtin echo "$seen"')
    assert "<true hello>" in screen
    assert "<__creds" not in screen
