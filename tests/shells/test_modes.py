"""The masked modes: a subshell for each project, or the whole terminal in a session."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from creds_shell.hook.render import hook_text

from .conftest import Bind, Shell, wait_until

VALUE = "s3cret-Value-0001"


def start(shell: Shell, mode: str, cwd: "Path | str" = "/", **options: object) -> Shell:
    """Start a shell with the hook in a mode."""
    return shell.start(cwd=cwd, hook=hook_text(shell.name, mode=mode), **options)


def shown(shell: Shell, command: str) -> str:
    """What a command shows, without the echo of the line."""
    return shell.run(command).partition("\n")[2]


def masked(shell: Shell) -> bool:
    """Whether the value is there and not shown."""
    screen = shell.run(f'{shell.plain}sh -c \'echo "[$API_KEY]" "${{#API_KEY}}"\'')
    assert VALUE not in screen
    return f"[****] {len(VALUE)}" in screen


def depth(shell: Shell) -> int:
    """How many terminals deep: the number of the terminal changes inside."""
    return int(re.search(r"<(\d+)>", shell.run("command tty | command sed 's/.*[/]/</;s/$/>/'")).group(1))


def test_subshell_mode_serves_a_project_and_ends_with_it(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """In: masked; about: the same shell; out: the parent stands where the user went; over: swapped."""
    root = bind("shop", API_KEY=VALUE)
    other = bind("other", API_KEY=VALUE + "-other")
    (root / "deep").mkdir()
    start(shell, "subshell", tmp_path)
    outer = depth(shell)
    shell.run(f"cd {root}")
    shell.run("")
    assert masked(shell)
    assert depth(shell) != outer
    shell.run("cd deep")
    assert masked(shell)
    shell.run(f"cd {tmp_path}")
    assert depth(shell) == outer
    assert f"[{tmp_path}]" in shell.run(
        'builtin echo "[$PWD]"' if shell.name == "fish" else '\\builtin echo "[$PWD]"'
    )
    assert shell.value("API_KEY") is None
    shell.run(f"cd {other}")
    shell.run("")
    assert "[****] 23" in shell.run(f'{shell.plain}sh -c \'echo "[$API_KEY]" "${{#API_KEY}}"\'')
    shell.run(f"cd {root}")
    shell.run("")
    assert masked(shell)
    shell.run("cd /")
    assert depth(shell) == outer


@pytest.mark.parametrize("mode", ["subshell", "session"])
@pytest.mark.parametrize("shell", ["bash", "zsh"], indirect=True)
def test_functions_named_like_what_the_modes_call(shell: Shell, bind: Bind, mode: str) -> None:
    """Not called, and what they stand before is done."""
    root = bind("shop", API_KEY=VALUE)
    names = ("command", "printf", "read", "jobs", "exec", "export", "rm", "tty", "stty", "creds")
    start(shell, mode, before="\n".join(f"function {name} {{ \\builtin echo hijacked; }}" for name in names))
    screen = shell.run(f"\\builtin cd {root}") + shell.run("")
    assert masked(shell)
    assert "hijacked" not in screen + shell.run("\\builtin cd /") + shell.run("")


@pytest.mark.parametrize("rc", ["export", "session"])
def test_a_shell_of_subshell_mode_ends_whatever_its_rc_file_says(
    shell: Shell, bind: Bind, tmp_path: Path, rc: str
) -> None:
    """The mode was chosen by hand, for this terminal: the shell inside reads another one in the rc file."""
    root = bind("shop", API_KEY=VALUE)
    line = (
        "creds hook {shell} --mode {mode} | source"
        if shell.name == "fish"
        else 'eval "$(creds hook {shell} --mode {mode})"'
    )
    shell.start(cwd=tmp_path, hook=line.format(shell=shell.name, mode=rc), env={"TERM_PROGRAM": "vscode"})
    shell.run(line.format(shell=shell.name, mode="subshell"))
    outer = depth(shell)
    shell.run(f"cd {root}")
    shell.run("")
    assert masked(shell)
    assert depth(shell) != outer
    shell.run(f"cd {tmp_path}")
    assert depth(shell) == outer
    assert shell.value("API_KEY") is None


def test_subshell_mode_exit_ends_the_terminals_shell(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """A typed exit ends both, with its status."""
    root = bind("shop", API_KEY=VALUE)
    start(shell, "subshell", tmp_path)
    shell.run(f"cd {root}")
    shell.run("")
    assert masked(shell)
    shell.child.sendline("exit 7")
    shell.child.expect(pytest.importorskip("pexpect").EOF)
    shell.child.close()
    assert shell.child.exitstatus == 7


def test_subshell_mode_starts_nothing_where_nothing_is_allowed(
    shell: Shell, bind: Bind, repo: Path, tmp_path: Path
) -> None:
    """An unbound repository, a blocked one, an empty one: no subshell, no loop."""
    start(shell, "subshell", tmp_path, counted=True)
    outer = depth(shell)
    shell.run(f"cd {repo}")
    shell.run("")
    assert depth(shell) == outer
    assert shell.processes("") == []


def test_subshell_mode_respects_stopped_jobs(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """The shell stays until they are dealt with, and says so."""
    root = bind("shop", API_KEY=VALUE)
    start(shell, "subshell", tmp_path)
    outer = depth(shell)
    shell.run(f"cd {root}")
    shell.run("")
    shell.run(f"{shell.plain}sh -c 'kill -STOP $$; exit 0'")
    assert shell.said(f"cd {tmp_path}") == ["there are stopped jobs: still in the shell of the project"]
    assert depth(shell) != outer
    shell.run("fg")
    shell.run("")
    assert depth(shell) == outer


def test_a_key_stops_a_command_in_the_shell_of_a_project(shell: Shell, bind: Bind) -> None:
    """^Z, although the shell around it was at its prompt, where fish takes that key from the terminal."""
    root = bind("shop", API_KEY=VALUE)
    start(shell, "subshell")
    shell.run(f"cd {root}")
    shell.run("")
    shell.child.sendline(f"{shell.plain}sh -c 'echo rea\"\"dy; exec sleep 1000'")
    shell.child.expect("ready\r\n")
    shell.child.send("\x1a")
    assert "sleep" in shell.run("jobs")
    shell.run("kill (jobs -p)" if shell.name == "fish" else "kill %1")


def test_subshell_mode_survives_a_killed_wrapper(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """One line, the parent goes on, and it is not started again in this place."""
    root = bind("shop", API_KEY=VALUE)
    start(shell, "subshell", tmp_path)
    outer = depth(shell)
    shell.run(f"cd {root}")
    shell.run("")
    assert masked(shell)
    shell.child.sendline(
        f"{shell.plain}sh -c 'kill -KILL ${{__CREDS_SESSION#1:}}' 2>/dev/null; kill -9 (string split : $__CREDS_SESSION)[2]"
        if shell.name == "fish"
        else "x=${__CREDS_SESSION#*:}; kill -9 ${x%%:*}"
    )
    shell.child.expect("creds: the masked shell died; this one goes on without secrets")
    shell.run("")
    assert depth(shell) == outer
    assert shell.value("API_KEY") is None
    assert shell.said("") == []
    assert shell.run_status("true")[1] == 0


def test_session_mode_masks_the_whole_terminal(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """Loads happen in place, masked; leaving unloads; exit ends the terminal."""
    root = bind("shop", API_KEY=VALUE)
    other = bind("other", API_KEY=VALUE + "-other")
    start(shell, "session", tmp_path)
    inside = depth(shell)
    assert shell.value("CREDS_SHELL") == b"1"
    assert shell.value("API_KEY") is None
    assert shell.said(f"cd {root}") == ["shop, 1 secret"]
    assert masked(shell)
    assert shell.said(f"cd {other}") == ["other, 1 secret"]
    screen = shell.run(
        f'{shell.plain}sh -c \'echo "[$API_KEY]"; printf %s "$API_KEY" | base64; printf %s "$API_KEY" | od -An -tx1 | tr -d " "\''
    )
    assert VALUE not in screen
    assert "[****]" in screen
    assert "c3Nl" not in screen
    assert shell.said("cd /") == ["other, unloaded"]
    assert shell.value("API_KEY") is None
    assert depth(shell) == inside
    shell.child.sendline("exit 5")
    shell.child.expect(pytest.importorskip("pexpect").EOF)
    shell.child.close()
    assert shell.child.exitstatus == 5


def test_session_mode_goes_on_when_the_wrapper_dies(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """Unmasked, and said in one line; a shell below does not try again."""
    bind("shop", API_KEY=VALUE)
    start(shell, "session", tmp_path)
    shell.child.sendline(
        "kill -9 (string split : $__CREDS_SESSION)[2]"
        if shell.name == "fish"
        else "x=${__CREDS_SESSION#*:}; kill -9 ${x%%:*}"
    )
    shell.child.expect("creds: the masked session ended; this terminal goes on unmasked")
    shell.run("")
    assert shell.value("CREDS_SHELL") is None
    outer = depth(shell)
    shell.run(" ".join(shell.child.args_again))
    assert depth(shell) == outer
    assert "creds:" not in shell.run("")


def test_a_session_that_opens_in_a_project_loads_in_place(shell: Shell, bind: Bind) -> None:
    """The hook inside loads and unloads; the session itself brings nothing."""
    root = bind("shop", API_KEY=VALUE)
    start(shell, "session", root)
    assert masked(shell)
    assert shell.said("cd /") == ["shop, unloaded"]
    assert shell.value("API_KEY") is None


def test_the_line_as_people_write_it(shell: Shell, bind: Bind) -> None:
    """Through `creds hook` itself: in fish the hook's stdin is then a pipe."""
    root = bind("shop", API_KEY=VALUE)
    line = f"creds hook {shell.name} --mode session"
    shell.start(cwd="/", hook=f"{line} | source" if shell.name == "fish" else f'eval "$({line})"')
    assert shell.value("CREDS_SHELL") == b"1"
    assert shell.said(f"cd {root}") == ["shop, 1 secret"]
    assert masked(shell)
    shell.child.sendline("exit 5")
    shell.child.expect(pytest.importorskip("pexpect").EOF)
    shell.child.close()
    assert shell.child.exitstatus == 5


@pytest.mark.parametrize("variable", ["NVIM", "VIM", "INSIDE_EMACS", "CREDS_DISABLE", "TERM_PROGRAM"])
def test_session_mode_leaves_editors_alone(shell: Shell, bind: Bind, tmp_path: Path, variable: str) -> None:
    """The rc file goes on as it is."""
    start(shell, "session", tmp_path, env={variable: "vscode"})
    assert shell.value("CREDS_SHELL") is None


def test_a_shell_on_another_terminal_is_outside(
    shell: Shell, another: Callable[..., Shell], bind: Bind, tmp_path: Path
) -> None:
    """A tmux pane inherits the variables; the terminal proves that it is not inside: its values are dropped."""
    root = bind("shop", API_KEY=VALUE)
    start(shell, "subshell", tmp_path)
    shell.run(f"cd {root}")
    shell.run("")
    assert masked(shell)
    inherited = {name.decode(): value.decode() for name, value in shell.environment().items() if name != b"_"}
    assert inherited["API_KEY"] == VALUE
    pane = another()
    start(pane, "export", tmp_path, env=inherited)
    environment = pane.environment()
    assert b"API_KEY" not in environment
    assert [name for name in environment if name.startswith((b"__CREDS", b"CREDS_SH"))] == []


@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
def test_session_mode_inside_tmux(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """The pane is masked; a further pane in the project is a session of its own; nothing is shown in either."""
    root = bind("shop", API_KEY=VALUE)
    shell.folder.mkdir()
    pane = shlex.join(shell._command(hook_text(shell.name, mode="session")))
    env = {
        **shell.env,
        "TERM": "xterm",
        "TMUX_TMPDIR": shell.env["XDG_RUNTIME_DIR"],
        "SHELL": shutil.which(shell.name),
    }
    ask = 'sh -c \'echo "[$API_KEY]" "<${#API_KEY}>" "$CREDS_SHELL."\''

    def tmux(*words: str) -> str:
        done = subprocess.run(
            ("tmux", "-f", "/dev/null", *words), env=env, capture_output=True, text=True, check=True
        )
        return done.stdout

    def typed(line: str, awaited: str) -> None:
        tmux("send-keys", "-l", line)
        tmux("send-keys", "Enter")
        wait_until(
            lambda: awaited in tmux("capture-pane", "-p", "-S", "-"),
            f"{awaited} after {line}",
            lambda: tmux("capture-pane", "-p"),
        )

    tmux("new-session", "-d", "-x", "150", "-y", "50", "-c", str(tmp_path), pane)
    try:
        typed(f"cd {root}", "creds: shop, 1 secret")
        typed(ask, f"[****] <{len(VALUE)}> 1.")
        tmux("split-window", "-c", str(root), pane)
        typed(ask, f"[****] <{len(VALUE)}> 1.")
        assert VALUE not in tmux("capture-pane", "-p", "-S", "-")
        typed("cd /", "creds: shop, unloaded")
        typed(ask, "[] <0> 1.")
    finally:
        tmux("kill-server")
