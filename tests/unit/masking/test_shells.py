"""What shells show of a value: quoted on request, in lists of variables, and in traces."""

import os
import re
import shutil
import subprocess

import pytest
from samples import VALUES

SHELLS = {
    "bash %q": ("bash", 'for v; do printf "%q\\0" "$v"; done'),
    "bash @Q": ("bash", 'for v; do printf "%s\\0" "${v@Q}"; done'),
    "bash declare": ("bash", 'for v; do x=$(declare -p v); printf "%s\\0" "${x#*v=}"; done'),
    "printf %q": ("bash", 'for v; do env printf "%q\\0" "$v"; done'),
    "zsh q": ("zsh", 'for v; do printf "%s\\0" "${(q)v}"; done'),
    "zsh qq": ("zsh", 'for v; do printf "%s\\0" "${(qq)v}"; done'),
    "zsh qqq": ("zsh", 'for v; do printf "%s\\0" "${(qqq)v}"; done'),
    "zsh q-": ("zsh", 'for v; do printf "%s\\0" "${(q-)v}"; done'),
    "zsh q+": ("zsh", 'for v; do printf "%s\\0" "${(q+)v}"; done'),
    "zsh typeset": ("zsh", 'for v; do x=$(typeset -p v); printf "%s\\0" "${x#*v=}"; done'),
    "fish": ("fish", "for v in $argv[2..]; printf '%s\\0' (string escape -- $v); end"),
    "fish -n": ("fish", "for v in $argv[2..]; printf '%s\\0' (string escape -n -- $v); end"),
    "zsh qqqq": ("zsh", 'for v; do printf "%s\\0" "${(qqqq)v}"; done'),
}


TRACES = {
    "dash set": ("dash", "v=$1; set"),
    "dash set -x": ("dash", 'exec 2>&1; set -x; : "v=$1"'),
    "bash set": ("bash", "v=$1; set"),
    "bash set -x": ("bash", 'exec 2>&1; set -x; : "v=$1"'),
    "zsh set": ("zsh", "v=$1; set"),
    "zsh set -x": ("zsh", 'exec 2>&1; set -x; : "v=$1"'),
}
CONTROLS = ["a\33ß\7'~'+}=\7", "`-0Zß'\7\t\t]éb\7", ":.\33'^é\"b/'`c", "a\177!]\\9'\1", "=\r€ 'x'!"]
COMPARED = 'exec 2>&1; set -x; [[ - == "$1" ]]; [[ - != x"$1"* ]]'
QUOTES = ["'a' 'b' c'd", "x'' y''", "it's a 'quoted'", "''$leading", "a\\'b $c'"]


def _run(shell, script, *args, locale="C.UTF-8"):
    bare = {"zsh": ["-f"], "fish": ["--no-config"]}.get(shell, [])
    command = [shell, *bare, "-c", script, shell, *args]
    env = {"PATH": os.environ["PATH"], "LC_ALL": locale}
    return subprocess.run(command, capture_output=True, check=True, timeout=60, env=env)


@pytest.mark.parametrize("way", TRACES)
def test_what_shells_show_of_variables_and_arguments(way, needles, through):
    shell, script = TRACES[way]
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    for value in [*VALUES[:12], *QUOTES]:
        out = through(needles(value.encode()), _run(shell, script, value).stdout)
        shown = re.search(rb"(?m)(?:^|: [$']*)v=(.*)$", out)[1]
        assert shown.strip(b"'\"$\\") == b"****", (way, value)


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_what_a_trace_shows_of_a_comparison(shell, locale, needles, through):
    """bash quotes each character there, also of a plain token."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    for value in [
        value for value in (*VALUES, *QUOTES, "Tr0ub4dorPlain99") if value.isascii() or shell == "bash"
    ]:
        out = through(needles(value.encode()), _run(shell, COMPARED, value, locale=locale).stdout)
        assert re.fullmatch(rb".* \[\[ '?-'? == \\?\*\*\*\* \]\]\n.* != x\\?\*\*\*\*\* \]\]\n", out), (
            value,
            out,
        )


@pytest.mark.parametrize(
    ("way", "locale"),
    [(way, locale) for way in SHELLS for locale in ("C.UTF-8", "C") if locale != "C" or "fish" not in way],
)
def test_what_shells_write(way, locale, needles, through):
    shell, script = SHELLS[way]
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    values = [*VALUES, *QUOTES, *CONTROLS]
    done = _run(shell, script, *values, locale=locale)
    for value, written in zip(values, done.stdout.split(b"\0")[:-1], strict=True):
        out = through(needles(value.encode()), b"<" + written + b">")
        assert out.strip(b"<>$'\"\\") == b"****", (way, written)
