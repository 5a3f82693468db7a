"""`creds store`: whether the local store is plain text or age files, and how it becomes the other."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.cli import render, say
from creds_shell.core.errors import SecretsError
from creds_shell.core.talk import counted

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "encrypt the local store"
DESCRIPTION = """The local store is plain text behind file modes, or age files.

`encrypt` makes one identity in the state folder, outside the folder that people sync, and turns every bundle into an
age file that the age program can read. It protects copies of the store, not against a program that runs as you.
A lost identity is a lost store: keep a copy of it. `decrypt` goes back and leaves the identity where it is."""
EXAMPLES = """  creds store status
  creds store encrypt
  age -d -i ~/.local/state/creds-shell/age/identity.txt ~/.config/claude-power-pack/secrets/shop/.env
"""


def AGENT_ACTION(args: argparse.Namespace) -> str | None:  # noqa: N802 the word that cli/app.py looks for
    """Decrypting puts values where an agent can read them."""
    return "decrypt" if args.action == "decrypt" else None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "action",
        choices=("status", "encrypt", "decrypt"),
        metavar="ACTION",
        help="status, encrypt or decrypt",
    )


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Do the one action that was asked for."""
    return {"status": _status, "encrypt": _encrypt, "decrypt": _decrypt}[args.action](inv)


def _status(inv: "Invocation") -> int:
    from creds_shell.core import encrypted
    from creds_shell.providers import age_store

    plain, sealed = age_store.counts()
    kind = "age" if encrypted.is_on() else "plain"
    if inv.json:
        render.json_out(
            {"store": kind, "plain": plain, "encrypted": sealed, "identity": encrypted.identity_file()}
        )
        return 0
    say.out(f"{kind}\n")
    say.say(f"{plain} plain, {sealed} encrypted")
    if kind == "age" and plain:
        say.warn("some bundles are still plain: creds store encrypt")
    return 0


def _encrypt(inv: "Invocation") -> int:
    from creds_shell.core import encrypted
    from creds_shell.providers import age_store

    encrypted.load_pyrage()
    age_store.check()
    plain, sealed = age_store.counts()
    where = encrypted.identity_file()
    say.say(f"{counted(plain, 'bundle')} to encrypt" + (f", {sealed} already are" if sealed else ""))
    say.say(f"their identity is {where}; who loses it loses every secret in the store")
    say.say("keep a copy of it where you keep other keys, and not in the folder of the store")
    if not say.ask("encrypt the store?"):
        raise SecretsError("the store stays as it is")
    age_store.prepare()
    done = age_store.encrypt_all()
    _record("encrypt", inv)
    say.say(f"{counted(done, 'bundle')} encrypted; copy {where} now")
    return 0


def _decrypt(inv: "Invocation") -> int:
    from creds_shell.core import encrypted
    from creds_shell.providers import age_store

    if not say.ask("make every bundle plain text again?"):
        raise SecretsError("the store stays as it is")
    done = age_store.decrypt_all()
    _record("decrypt", inv)
    say.say(
        f"{counted(done, 'bundle')} plain again; {encrypted.identity_file()} still opens copies made before"
    )
    return 0


def _record(action: str, inv: "Invocation") -> None:
    from creds_shell import audit

    audit.record(f"store {action}", project=None, provider="dotenv-global", reason=inv.reason)
