"""Fill the placeholders of hooks/<shell>/: what the rc file evaluates.

The interpreter and the package's path are fixed here, so that entering a project starts one process and looks at
nothing of the working directory. Under a temporary installation (uvx, pipx run) nothing is embedded: the hook asks
the PATH instead.
"""

import posix
import sys

from creds_shell.core.errors import SecretsError, UsageError
from creds_shell.core.paths import environ, exists, fsdecode, fsencode, make_private_dir, state_dir
from creds_shell.core.quoting import quote
from creds_shell.core.talk import report
from creds_shell.hook import MODES, PROTOCOL, SHELLS, write_out

# Directories of programs that are thrown away: uv's and pipx's caches (docs.astral.sh/uv/concepts/cache,
# pipx.pypa.io: PIPX_HOME/.cache), and everything below a temporary directory.
TEMPORARY = ("/uv/archive-v", "/uv/environments-v", "/uv/builds-v", "/pipx/.cache/", "/.cache/pipx/")

# What creds.<shell> is filled up with, each a file beside it.
PARTS = ("enter", "leave", "words", "modes", "older")

# ^C ends it at once and says nothing; nothing is worth collecting in a process of 10 ms; C modules of the standard
# library are still found behind the package.
BOOT = (
    "import sys,gc,_signal;gc.disable();_signal.signal(2,_signal.SIG_DFL);sys.path.insert(0,{package});"
    'from creds_shell import load_package;load_package("hook");from creds_shell.hook.export import prompt;prompt()'
)


# `creds shell` needs its libraries (no -S) and nothing of the user's (-I); the package's folder comes last, so that
# nothing beside it stands before the standard library.
MAIN = "import sys;sys.path.append({package});from creds_shell.__main__ import main;raise SystemExit(main())"


def hook_text(shell: str, *, mode: str = "export", wrap_cd: bool = False) -> str:
    """Return the hook of a shell.

    Args:
        shell: `bash`, `zsh` or `fish`.
        mode: `export`, `subshell` or `session`.
        wrap_cd: bash only: `cd` loads before the next command of the same line.

    Raises:
        UsageError: an unknown shell or mode.
    """
    if shell not in SHELLS:
        raise UsageError(f"no hook for {shell}", f"use one of {', '.join(SHELLS)}")
    if mode not in MODES:
        raise UsageError(f"no mode {mode}", f"use one of {', '.join(MODES)}")
    # A shell that mode subshell started ends when its project is left, whatever its own rc file says.
    masking = mode != "export" or b"__CREDS_LEFT" in environ()
    text = _template(shell, "creds")
    for part in PARTS:
        place = f"# __CREDS_{part.upper()}__\n"
        if part == "modes" and not masking:
            text = text.replace(place + "\n", "", 1)
        elif place in text:  # zsh has nothing for older ones
            text = text.replace(place, _template(shell, part), 1)
    for name, value in _facts(mode, masking=masking, wrap_cd=wrap_cd).items():
        text = text.replace(f"__CREDS_{name}__", quote(shell, fsencode(value)))
    return text


def _facts(mode: str, *, masking: bool, wrap_cd: bool) -> dict[str, str]:
    package = package_folder()
    lasting = not is_temporary(sys.prefix) and not is_temporary(package)
    return {
        "PYTHON": sys.executable if lasting else "",
        "MODULE": package + "/creds_shell/hook/export.py" if lasting else "",
        "BOOT": BOOT.format(package=_literal(package)) if lasting else "",
        "PROTOCOL": PROTOCOL,
        "MODE": mode,
        "WRAP": "1" if wrap_cd else "",
        "MAIN": MAIN.format(package=_literal(package)) if lasting else "",
        "RUN": _run_folder() if masking else "",
    }


def _run_folder() -> str:
    """The private folder where a masked shell leaves how it ended."""
    folder = state_dir() + "/run"
    make_private_dir(folder)
    return folder


def _literal(text: str) -> str:
    """A Python string in double quotes: with single ones the word in the hook would need a syntax that sh has not."""
    plain = text.encode("unicode_escape").decode("ascii").replace('"', '\\"').replace("'", "\\x27")
    return f'"{plain}"'


def package_folder() -> str:
    """The directory that holds `creds_shell`."""
    return __file__.rsplit("/", 3)[0]


def is_temporary(path: str) -> bool:
    """Whether a path will not be there tomorrow."""
    slashed = path.rstrip("/") + "/"
    caches = [fsdecode(environ().get(name, b"")) for name in (b"UV_CACHE_DIR", b"PIPX_SHARED_LIBS_CACHE")]
    return any(part in slashed for part in TEMPORARY) or any(
        cache and slashed.startswith(cache.rstrip("/") + "/") for cache in caches
    )


def _template(shell: str, part: str) -> str:
    package, name = package_folder(), f"{shell}/{part}.{shell}"
    for folder in (package + "/creds_shell/hooks/", package + "/hooks/"):  # installed; a checkout
        if exists(folder + name):
            return _read(folder + name)
    raise SecretsError(f"the hook {name} is missing from this installation", "install creds again")


def _read(path: str) -> str:
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        return fsdecode(posix.read(fd, 1 << 20))
    finally:
        posix.close(fd)


def main(argv: list[str]) -> int | None:
    """`creds hook SHELL [--mode M] [--wrap-cd]`; None: the command line has to look at these arguments."""
    shell, mode, wrap = "", "export", False
    words = iter(argv)
    for word in words:
        if word == "--wrap-cd":
            wrap = True
        elif word == "--mode":
            mode = next(words, "")
        elif word.startswith("--mode="):
            mode = word[7:]
        elif word.startswith("-") or shell:
            return None
        else:
            shell = word
    if shell not in SHELLS or mode not in MODES:
        return None
    try:
        write_out(hook_text(shell, mode=mode, wrap_cd=wrap))
    except SecretsError as error:
        return report(error)
    return 0
