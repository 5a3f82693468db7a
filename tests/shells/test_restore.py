"""After leaving nothing is left and the former environment is back, byte for byte."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creds_shell.core.quoting import quote

from .conftest import SHELLS, Bind, Shell, put

ODD = [
    b"", b" ", b"\n", b"a\n", b"\n\n", b"'", b"''", b"\\", b"\\'", b'"', b"$(exit)", b"`x`", b"${X}", b"!!", b"=ls", b"~",
    b"*", b"-n", b"-e", b"--", b"(", b")", b"!", b"a=b", b"\xff", b"\xc3", b"\xc3\xa9", b"\xed\xa0\x80", b"\xef\x98\x80",
    b"\x01\x02\x7f", b"\x1b[31m", b"\r\n", b"\t", b"a b  c ", b"#x", b"@@1:0@@", b"%s", b"\\n", b"\\x41", b"\xe2\x80\xa8", b"x" * 9000,
]  # fmt: skip


def test_odd_values_and_odd_originals(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """Every odd value arrives as it is, and every odd original comes back."""
    values = {f"V{n:02}": value for n, value in enumerate(ODD)}
    root = bind("shop", **values)
    originals = {f"V{n:02}": value for n, value in enumerate(reversed(ODD))}
    for name in ("V05", "V17"):
        del originals[name]
    file = tmp_path / "originals"
    file.write_bytes(b"".join(shell_set(shell.name, name, value) for name, value in originals.items()))
    shell.start(cwd=tmp_path)
    shell.run(f"source {file}" if shell.name == "fish" else f". {file}")
    shell.run(f"cd {root}")
    inside = shell.environment()
    assert {name: inside[name.encode()] for name in values} == values
    shell.run("cd /")
    after = shell.environment()
    assert {name: after[name.encode()] for name in values if name.encode() in after} == originals


def shell_set(shell: str, name: str, value: bytes) -> bytes:
    """A line that exports a value."""
    set_ = f"set -gx {name} " if shell == "fish" else f"export {name}="
    return (set_ + quote(shell, value) + "\n").encode("utf-8", "surrogateescape")


def test_what_the_user_changed_meanwhile_stays(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """Changed, removed: the user's is the last word, through a reload too."""
    root = bind("shop", CHANGED="ours", REMOVED="ours", KEPT="ours")
    shell.start(cwd=tmp_path, env={"CHANGED": "before", "REMOVED": "before", "KEPT": "before"})
    shell.run(f"cd {root}")
    shell.run(shell.set("CHANGED", "mine"))
    shell.run(shell.unset("REMOVED"))
    put("shop", CHANGED="ours2", REMOVED="ours2", KEPT="ours2")
    shell.run("")
    inside = shell.environment()
    assert (inside[b"CHANGED"], inside.get(b"REMOVED"), inside[b"KEPT"]) == (b"mine", None, b"ours2")
    shell.run("cd /")
    after = shell.environment()
    assert (after[b"CHANGED"], after.get(b"REMOVED"), after[b"KEPT"]) == (b"mine", None, b"before")


def test_the_size_of_the_terminal_is_no_leftover(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """Each shell writes it into these two by itself: what it makes of ours would stay, and be exported."""
    root = bind("shop", COLUMNS="61", LINES="7", API_KEY="s3cret")
    shell.start(cwd=tmp_path)
    shell.run(f"cd {root}")
    assert shell.environment()[b"API_KEY"] == b"s3cret"
    shell.run("cd /")
    assert {b"COLUMNS", b"LINES"}.isdisjoint(shell.environment())


def test_a_local_variable_of_a_function_that_changes_directory(
    shell: Shell, bind: Bind, tmp_path: Path
) -> None:
    """It stays what it is, and the global one behind it is loaded and put back all the same, with one line."""
    root = bind("shop", API_KEY="ours", OTHER="x")
    go = "cd {}; {}echo in:$API_KEY"
    define = {
        "fish": f"function go; set -l API_KEY own; {go.format('$argv[1]', 'builtin ')}; end",
    }.get(shell.name, f"go() {{ local API_KEY=own; {go.format('$1', '')}; }}")
    shell.start(cwd=tmp_path, before=define, env={"API_KEY": "before"})
    screen = shell.run(f"go {root}")
    assert "in:own" in screen
    assert screen.count("creds: shop, 2 secrets") == screen.count("creds: ") == 1
    assert shell.value("API_KEY") == b"ours"
    screen = shell.run("go /")
    assert "in:own" in screen
    assert screen.count("creds: shop, unloaded") == screen.count("creds: ") == 1
    after = shell.environment()
    assert (after[b"API_KEY"], after.get(b"OTHER")) == (b"before", None)


def test_an_original_that_just_fits_stops_no_command(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """Exported a second time under a longer name it would be over Linux's 128 KiB: no command would start."""
    root = bind("shop", WAS="new")
    shell.start(cwd=tmp_path)
    longest = 131072 - len("WAS=") - 1
    blanks = {
        "fish": f"set -gx WAS (string repeat -n {longest} x)",
        "bash": f"printf -v WAS %{longest}s; export WAS",
        "zsh": f"export WAS=${{(l:{longest}:)}}",
    }
    shell.run(blanks[shell.name])
    shell.run(f"cd {root}")
    assert shell.value("WAS") == b"new"
    shell.run("cd /")
    assert len(shell.value("WAS")) == longest


def test_nested_execd_and_changed_shells_adopt_and_unload(shell: Shell, bind: Bind, tmp_path: Path) -> None:
    """A shell below knows names alone, says nothing, and undoes them like its own."""
    root = bind("shop", API_KEY="s3cret-one", WAS="new")
    shell.start(cwd=tmp_path, env={"WAS": "before"})
    shell.run(f"cd {root}")
    for line in (" ".join(shell.child.args_again), "exec " + " ".join(shell.child.args_again)):
        assert "creds:" not in shell.run(line)
        assert shell.value("API_KEY") == b"s3cret-one"
        assert shell.said("cd /") == ["shop, unloaded"]
        after = shell.environment()
        assert (after.get(b"API_KEY"), after[b"WAS"]) == (None, b"before")
        assert [name for name in after if b"creds" in name.lower() and name != b"CREDS_HOME"] == []
        shell.run(f"cd {root}")
        assert shell.value("WAS") == b"new"
    shell.run("cd /")
    assert shell.value("WAS") == b"before"


def test_an_original_of_what_the_user_took_out_is_not_kept_below(
    shell: Shell, bind: Bind, tmp_path: Path
) -> None:
    """Nor in its environment, when the store does not have the name any more either."""
    root = bind("shop", API_KEY="s3cret-one", WAS="new")
    shell.start(cwd=tmp_path, env={"WAS": "before"})
    shell.run(f"cd {root}")
    shell.run(shell.unset("WAS"))
    put("shop", API_KEY="s3cret-one")
    shell.run(" ".join(shell.child.args_again))
    shell.run("cd /")
    after = shell.environment()
    assert [name for name in after if name == b"WAS" or name.startswith(b"__CREDS")] == []


def test_an_adopting_shell_elsewhere_unloads_at_its_first_prompt(
    shell: Shell, bind: Bind, tmp_path: Path
) -> None:
    """A tmux pane that opens outside, or in another project."""
    root = bind("shop", API_KEY="s3cret-one")
    other = bind("other", OTHER="x")
    shell.start(cwd=tmp_path)
    shell.run(f"cd {root}")
    start = " ".join(shell.child.args_again)
    shell.run(f"env -C / {start}")
    assert shell.value("API_KEY") is None
    shell.run("exit")
    assert shell.value("API_KEY") == b"s3cret-one"
    shell.run(f"env -C {other} {start}")
    environment = shell.environment()
    assert environment.get(b"API_KEY") is None
    assert environment[b"OTHER"] == b"x"


BYTES = st.binary(max_size=40).map(lambda data: data.replace(b"\0", b""))
WALKS = st.fixed_dictionaries(
    {
        "originals": st.lists(st.one_of(st.none(), BYTES), min_size=6, max_size=6),
        "first": st.lists(BYTES, min_size=6, max_size=6),
        "second": st.lists(BYTES, min_size=6, max_size=6),
    }
)
STEPS = {
    "bash": '. "$HOOK"; see() {{ command env -0 >"$OUT/$1"; }}; cd {root}; __creds_hook; see in\n'
    'command cp "$NEXT" "$STORE"; __creds_hook; see changed\n'
    'command bash --norc -c \'. "$HOOK"; cd /; __creds_hook; command env -0 >"$OUT/nested"\'\n'
    "cd /; __creds_hook; see out\n",
    "zsh": '. "$HOOK"; see() {{ command env -0 >"$OUT/$1"; }}; cd {root}; __creds_hook; see in\n'
    'command cp "$NEXT" "$STORE"; __creds_hook; see changed\n'
    'command zsh -f -c \'. "$HOOK"; cd /; __creds_hook; command env -0 >"$OUT/nested"\'\n'
    "cd /; __creds_hook; see out\n",
    "fish": 'source "$HOOK"; function see; command env -0 >"$OUT/$argv[1]"; end; cd {root}; __creds_hook; see in\n'
    'command cp "$NEXT" "$STORE"; __creds_hook; see changed\n'
    'command fish --no-config -c \'source "$HOOK"; cd /; __creds_hook; command env -0 >"$OUT/nested"\'\n'
    "cd /; __creds_hook; see out\n",
}


@pytest.mark.parametrize("name", SHELLS)
def test_any_originals_and_values_through_load_change_nested_and_leave(
    name: str, bind: Bind, home: object, tmp_path: Path
) -> None:
    """Originals of any bytes, unset ones among them: in, changed, in a shell below, and out; each exact."""
    from creds_shell.core.dotenv import format_bundle
    from creds_shell.core.paths import store_file
    from creds_shell.hook.render import hook_text

    root = bind("shop")
    names = [f"V{number}" for number in range(6)]
    hook, following = tmp_path / "hook", tmp_path / "next"
    hook.write_text(hook_text(name))
    flags = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[name]
    variables = {**home.env, "HOOK": str(hook), "NEXT": str(following), "OUT": str(tmp_path), "STORE": store_file("shop", "default")}  # fmt: skip

    def seen(step: str) -> "list[bytes | None]":
        items = (tmp_path / step).read_bytes().split(b"\0")
        got = dict(item.split(b"=", 1) for item in items if b"=" in item)
        return [got.get(key.encode()) for key in names]

    @settings(max_examples=12, deadline=None)
    @given(walk=WALKS)
    def walked(walk: dict) -> None:
        put("shop", **dict(zip(names, walk["first"], strict=True)))
        following.write_bytes(format_bundle(dict(zip(names, walk["second"], strict=True))))
        start = {os.fsencode(key): os.fsencode(value) for key, value in variables.items()}
        given_ = zip(names, walk["originals"], strict=True)
        start |= {key.encode(): value for key, value in given_ if value is not None}
        command = [name, *flags, "-c", STEPS[name].format(root=root)]
        done = subprocess.run(command, cwd="/", env=start, capture_output=True, check=False)
        assert b"V" not in done.stdout, done
        assert seen("in") == walk["first"]
        assert seen("changed") == walk["second"]
        assert seen("nested") == walk["originals"]
        assert seen("out") == walk["originals"]

    walked()


@pytest.mark.parametrize("name", SHELLS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.binary(max_size=60).map(lambda b: b.replace(b"\0", b"")), min_size=20, max_size=20))
def test_any_bytes_round_trip_through_each_shell(name: str, values: list[bytes]) -> None:
    """500 values for each shell, through its own parser and out of its own environment."""
    round_trip(name, values)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHELLS)
@settings(max_examples=500, deadline=None)
@given(values=st.lists(st.binary(max_size=60).map(lambda b: b.replace(b"\0", b"")), min_size=20, max_size=20))
def test_ten_thousand_values_round_trip_through_each_shell(name: str, values: list[bytes]) -> None:
    """The same, 10,000 of them."""
    round_trip(name, values)


def round_trip(name: str, values: list[bytes]) -> None:
    """Set each one and have the environment printed."""
    names = [f"V{n}" for n in range(len(values))]
    code = (
        b"".join(shell_set(name, key, value) for key, value in zip(names, values, strict=True))
        + b"command env -0\n"
    )
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [name, *(["--no-config"] if name == "fish" else [])],
        input=code,
        capture_output=True,
        env=environment,
        check=True,
    )
    got = dict(item.split(b"=", 1) for item in done.stdout.split(b"\0") if b"=" in item)
    assert [got[key.encode()] for key in names] == values
    assert done.stderr == b""
