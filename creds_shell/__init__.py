"""creds: secrets that follow you into a project and leave with you.

Here stands what every start needs first: a loader of our own modules with a fifth of the work. It reads the compiled
file, compares it with its source, runs it. The ordinary machinery lists directories, builds paths, makes specs and
takes locks for each of the thirty modules that a prompt or a run needs, which costs as much as a third of an
interpreter's start (measured under valgrind). Whatever is unusual (no compiled file, an older one, one checked by hash)
is left to that machinery.

The public names are in `public`, which is imported when one of them is asked for.
"""

import posix
import sys
from _frozen_importlib import BuiltinImporter, ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER
from _imp import create_builtin, exec_builtin, is_builtin
from marshal import loads

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType

    from creds_shell.public import *  # noqa: F403

_FOLDER, _, _PACKAGE = __file__.rpartition("/")[0].rpartition("/")
_CACHE = f".{sys.implementation.cache_tag}.pyc"
_CHECKED_BY_TIME = MAGIC_NUMBER + bytes(4)  # PEP 552: magic, flags, mtime and size of the source
_LIMIT = 1 << 15  # bytes of a compiled module; with a larger buffer the heap would grow and shrink for each
_Module = type(sys)


def load_package(folder: str) -> None:
    """Load core, a package and what it lists in QUICK; further modules of ours come the same way when they are imported."""
    sys.meta_path.insert(0, _Loader)
    load_modules(f"core/ {folder}/")
    listed = sys.modules.get(f"{_PACKAGE}.{folder}")
    if listed is not None:
        load_modules(listed.QUICK)


def load_modules(words: str) -> None:
    """Load modules; it stops at the first one that has to be found the ordinary way, where it is imported.

    Args:
        words: separated by spaces, `folder/module`, `folder/` for a package itself or `module` beside this one, each
            after its package and the modules that it imports; `=module` is one of the interpreter's own.
    """
    modules = sys.modules
    for word in words.split():
        if word[0] == "=":
            _build_in(word[1:])
            continue
        folder, _, stem = f"{_PACKAGE}/{word}".rpartition("/")
        package = folder.replace("/", ".")
        name = f"{package}.{stem}" if stem else package
        if name in modules:
            continue
        source = f"{_FOLDER}/{folder}/{stem or '__init__'}.py"
        code = _compiled(source, f"{_FOLDER}/{folder}/__pycache__/{stem or '__init__'}{_CACHE}")
        if code is None:
            return
        modules[name] = module = _Module(name)
        facts = module.__dict__
        facts["__file__"], facts["__package__"] = source, package
        spec = ModuleSpec(name, _Loader, origin=source, is_package=not stem)  # type: ignore[arg-type]
        facts["__spec__"] = spec
        spec._initializing = False  # type: ignore[attr-defined]  # noqa: SLF001  each import asks: missing costs an error
        if not stem:
            facts["__path__"] = [f"{_FOLDER}/{folder}"]
        try:
            exec(code, facts)  # noqa: S102  what an import is
        except BaseException:
            del modules[name]
            raise
        parent, _, child = name.rpartition(".")
        setattr(modules[parent], child, module)


def _build_in(name: str) -> None:
    """Make a module that is built into the interpreter; where it is a file, that is left to its import."""
    if name in sys.modules or is_builtin(name) != 1:  # -1: it cannot be made a second time
        return
    spec = ModuleSpec(name, BuiltinImporter, origin="built-in")  # type: ignore[arg-type]
    module = create_builtin(spec)
    module.__spec__, module.__loader__ = spec, BuiltinImporter
    sys.modules[name] = module
    exec_builtin(module)


def _compiled(source: str, path: str) -> "CodeType | None":
    """The compiled code of an unchanged source, or None."""
    try:
        fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
        data = posix.read(fd, _LIMIT)
        posix.close(fd)
        found = posix.stat(source)
    except OSError:
        return None
    facts = (int(found.st_mtime) & 0xFFFFFFFF) | (found.st_size & 0xFFFFFFFF) << 32
    if len(data) == _LIMIT or data[:16] != _CHECKED_BY_TIME + facts.to_bytes(8, "little"):
        return None
    code: CodeType = loads(memoryview(data)[16:])  # noqa: S302  our own file, as the machinery reads it
    return code


class _Loader:
    """What an import asks of a finder and of a loader (importlib.abc), for modules of ours that nobody listed."""

    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> "ModuleSpec | None":
        """Load it; None leaves it to the next finder."""
        parts = name.split(".")
        if len(parts) != 3 or parts[0] != _PACKAGE:
            return None
        load_modules(f"{parts[1]}/{parts[2]}")
        return sys.modules[name].__spec__ if name in sys.modules else None

    @staticmethod
    def create_module(spec: ModuleSpec) -> "ModuleType":
        """Hand over what was loaded."""
        return sys.modules[spec.name]

    @staticmethod
    def exec_module(_module: "ModuleType") -> None:
        """It has run already."""


def __getattr__(name: str) -> object:
    from creds_shell.public import find, names

    return names() if name == "__all__" else find(name)


def __dir__() -> list[str]:
    from creds_shell.public import names

    return ["__version__", *names()]
