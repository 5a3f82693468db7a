"""Bundles that are age files: what is stored begins with age's own header, and one identity opens all of them.

Encryption is on while the recipient stands in the state folder, outside the folder that people sync. pyrage is
loaded only when a file begins with the header, so a plain store pays one comparison.
"""

import sys

from creds_shell.core.paths import read_private, state_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.core.errors import DamagedFileError, ProviderNotAvailableError

MAGIC = b"age-encryption.org/v1\n"
INSTALL = "pipx inject creds-shell pyrage, or pip install 'creds-shell[age]'"
_IDENTITY_LIMIT = 16384  # bytes; an identity file is three lines


def identity_file() -> str:
    """The secret half, in the format of age-keygen: `age -d -i FILE` takes it."""
    return state_dir() + "/age/identity.txt"


def recipient_file() -> str:
    """The public half; while it is there, new bundles are encrypted."""
    return state_dir() + "/age/recipient.txt"


def is_encrypted(data: bytes) -> bool:
    """Whether a bundle's bytes are an age file."""
    return data.startswith(MAGIC)


def is_on() -> bool:
    """Whether new bundles are encrypted."""
    return read_private(recipient_file(), _IDENTITY_LIMIT) is not None


def opened(data: bytes, path: str) -> bytes:
    """The plain content of a bundle, encrypted or not.

    Args:
        data: what the file holds.
        path: the file, for messages.

    Raises:
        ProviderNotAvailableError: pyrage or the identity is missing, or it is not the one that opens this file.
        DamagedFileError: no identity opens it as it is.
    """
    if not data.startswith(MAGIC):
        return data
    pyrage = load_pyrage()
    text = read_private(identity_file(), _IDENTITY_LIMIT)
    if text is None:
        raise _unavailable(
            f"{path} is encrypted and its identity is missing", f"put your copy of it at {identity_file()}"
        )
    try:
        identity = pyrage.x25519.Identity.from_str(_secret_line(text))  # type: ignore[attr-defined]
        plain: bytes = pyrage.decrypt(data, [identity])  # type: ignore[attr-defined]
    except Exception as error:  # noqa: BLE001 pyrage has one exception class for each step
        # of another one's file it says "No matching keys found"
        if type(error).__name__ == "DecryptError" and "matching" not in str(error):
            raise _damaged(path) from None
        raise _unavailable(
            f"{identity_file()} does not open {path}", "put the identity that encrypted it there"
        ) from None
    return plain


def sealed(data: bytes) -> bytes:
    """The content as an age file for the recipient.

    Raises:
        ProviderNotAvailableError: pyrage or the recipient is missing or malformed.
    """
    pyrage = load_pyrage()
    text = read_private(recipient_file(), _IDENTITY_LIMIT)
    try:
        recipient = pyrage.x25519.Recipient.from_str((text or b"").decode("ascii").strip())  # type: ignore[attr-defined]
        result: bytes = pyrage.encrypt(data, [recipient])  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 as above
        raise _unavailable(f"{recipient_file()} is not an age recipient", "creds store encrypt") from None
    return result


def load_pyrage() -> object:
    """Import pyrage, also where `site` was not started (the prompt runs `python -I -S`).

    Raises:
        ProviderNotAvailableError: it is not installed.
    """
    try:
        if "site" not in sys.modules:
            return _library()
        import pyrage
    except ImportError:
        raise _unavailable("age files need pyrage, which is not installed", INSTALL) from None
    module: object = pyrage
    return module


def _library() -> object:
    """Load pyrage's one library by its path: no search of every package's folder [1 of 3.6 ms at the prompt]."""
    import _imp

    if "pyrage" not in sys.modules:  # a second start of the library in one process is refused
        spec = type(__spec__)("pyrage", None, origin=_site_packages() + "/pyrage/pyrage.abi3.so")
        module = _imp.create_dynamic(spec)
        _imp.exec_dynamic(module)
        sys.modules["pyrage"] = module
    return sys.modules["pyrage"]


def _unavailable(message: str, next_step: str) -> "ProviderNotAvailableError":
    """The error, whose classes no load that succeeds has to make."""
    from creds_shell.core.errors import ProviderNotAvailableError

    return ProviderNotAvailableError(message, next_step)


def _damaged(path: str) -> "DamagedFileError":
    from creds_shell.core.errors import DamagedFileError

    return DamagedFileError(f"{path} is damaged, it ends too soon or was changed", "put back a copy of it")


def _site_packages() -> str:
    """Where this interpreter's packages are: beside its `bin`, as venv lays them out."""
    prefix = sys.executable.rpartition("/")[0].rpartition("/")[0]
    return f"{prefix}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"


def _secret_line(text: bytes) -> str:
    lines = [line.strip() for line in text.decode("ascii").splitlines()]
    return next(line for line in lines if line.startswith("AGE-SECRET-KEY-"))
