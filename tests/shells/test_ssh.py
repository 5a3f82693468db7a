"""Through a real sshd, without a port: a login is a masked terminal, a command or a copy over ssh finds no creds."""

import getpass
import grp
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest

from creds_shell.hook.render import hook_text

from .conftest import PATIENCE, Bind, Shell

VALUE = "s3cret-Value-0001"
SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
SERVER = """HostKey {folder}/host
AuthorizedKeysFile {folder}/me.pub
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
Subsystem sftp /usr/lib/openssh/sftp-server
ForceCommand {folder}/login
"""
# As sshd starts the user's shell, but with the HOME of this test.
LOGIN = """#!/bin/sh
unset SHLVL
{exports}
if [ "$SSH_ORIGINAL_COMMAND" ]; then exec {shell} -c "$SSH_ORIGINAL_COMMAND"; fi
exec {interactive}
"""
CLIENT = """Host there
User {user}
HostKeyAlias there
IdentityFile {folder}/me
IdentitiesOnly yes
UserKnownHostsFile {folder}/known
ProxyCommand {sshd} -i -f {folder}/server
"""

pytestmark = pytest.mark.skipif(
    not (SSHD and shutil.which("ssh")), reason="openssh-client and openssh-server are not both installed"
)


def _may_give_a_terminal() -> bool:
    """Whether an sshd of ours can do what it does with each terminal: put it into the group tty.

    A devpts that is mounted with that group (gid=5, the usual one) does it by itself.
    """
    outer, inner = os.openpty()
    try:
        os.fchown(inner, -1, grp.getgrnam("tty").gr_gid)
    except (KeyError, PermissionError):
        return False
    finally:
        os.close(outer)
        os.close(inner)
    return True


needs_a_terminal = pytest.mark.skipif(
    not _may_give_a_terminal(),
    reason="an sshd of this user cannot give a terminal: it is not in the group tty",
)


@dataclass
class Remote:
    """A host `there`; `client` is the file for `ssh -F`."""

    client: Path
    env: dict[str, str]

    def run(self, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """ssh, scp or sftp to it."""
        command = (words[0], "-F", str(self.client), *words[1:])
        return subprocess.run(
            command, env=self.env, input=stdin, capture_output=True, timeout=PATIENCE, check=False
        )


@pytest.fixture
def remote(shell: Shell, home: object, tmp_path: Path) -> Remote:
    """A host whose login shell has the hook in mode session at the top of its rc file."""
    shell.folder.mkdir()
    interactive = shell._command(hook_text(shell.name, mode="session"))
    return _host(tmp_path, shell.env, shell.name, interactive)


def _host(tmp_path: Path, env: dict[str, str], shell: str, interactive: list[str]) -> Remote:
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    for name in ("host", "me"):
        subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)), check=True)
    names = (
        "HOME",
        "PATH",
        "ZDOTDIR",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
    )
    exports = "\n".join(f"export {name}={shlex.quote(env[name])}" for name in names if name in env)
    (folder / "login").write_text(
        LOGIN.format(exports=exports, shell=shell, interactive=shlex.join(interactive))
    )
    (folder / "login").chmod(0o700)
    (folder / "server").write_text(SERVER.format(folder=folder))
    (folder / "known").write_text(f"there {(folder / 'host.pub').read_text()}")
    (folder / "client").write_text(CLIENT.format(folder=folder, sshd=SSHD, user=getpass.getuser()))
    remote = Remote(folder / "client", env)
    tried = subprocess.run(
        (SSHD, "-t", "-f", str(folder / "server")), capture_output=True, text=True, check=False
    )
    if tried.returncode:
        pytest.skip(f"sshd does not run here: {tried.stderr.strip()}")
    return remote


def test_a_command_over_ssh_finds_no_session(remote: Remote) -> None:
    """Its output is its own to the byte."""
    done = remote.run("ssh", "there", "cat; sh -c 'echo [$CREDS_SHELL]'", stdin=b"\0\xff\r\n")
    assert (done.stdout, done.stderr, done.returncode) == (b"\0\xff\r\n[]\n", b"", 0)


@needs_a_terminal
def test_a_command_over_ssh_with_a_terminal_finds_no_session(remote: Remote) -> None:
    """Also where it has a terminal."""
    done = remote.run("ssh", "-tt", "there", "sh -c 'echo [$CREDS_SHELL]'")
    assert done.stdout == b"[]\r\n"


def test_files_are_copied_over_ssh(remote: Remote, tmp_path: Path) -> None:
    """By sftp, by scp, by scp's former protocol and by rsync."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.write_bytes(bytes(range(256)))
    copies = {
        "sftp": (("sftp", "-b", "-", "there"), f"put {here} {there}\n".encode()),
        "scp": (("scp", "-q", str(here), f"there:{there}"), b""),
        "scp -O": (("scp", "-q", "-O", str(here), f"there:{there}"), b""),
    }
    for words, stdin in copies.values():
        done = remote.run(*words, stdin=stdin)
        assert (done.returncode, done.stderr) == (0, b"")
        assert there.read_bytes() == here.read_bytes()
        there.unlink()
    if shutil.which("rsync"):
        through = f"ssh -F {remote.client}"
        subprocess.run(("rsync", "-e", through, str(here), f"there:{there}"), env=remote.env, check=True)
        assert there.read_bytes() == here.read_bytes()


@needs_a_terminal
def test_a_login_over_ssh_is_a_masked_terminal(remote: Remote, shell: Shell, bind: Bind) -> None:
    """The session serves it as any other terminal, and ends it."""
    root = bind("shop", API_KEY=VALUE)
    shell.start(cwd=root, argv=["ssh", "-F", str(remote.client), "-t", "there"])
    shell.run(f"cd {root}")
    assert f"[****] {len(VALUE)}" in shell.run(
        f'{shell.plain}sh -c \'echo "[$API_KEY]" "${{#API_KEY}} $CREDS_SHELL"\''
    )
    assert VALUE not in shell.run("echo $API_KEY")
    shell.child.sendline("exit 5")
    shell.child.expect(pexpect.EOF)
    shell.child.close()
    assert shell.child.exitstatus == 5


def test_ssh_asks_under_exec_as_bare(home: object, tmp_path: Path) -> None:
    """For an unknown host key and for a password: at once, and the answer is not echoed."""
    remote = _host(tmp_path, home.env, "sh", ["sh"])
    (tmp_path / "one.env").write_text(f"API_TOKEN={VALUE}\n")
    ssh = ["ssh", "-F", str(remote.client), "-o", "PubkeyAuthentication=no", "there", "true"]
    bare = _asked(remote, ssh)
    assert _asked(remote, ["creds", "exec", "--env-file", str(tmp_path / "one.env"), "--", *ssh]) == bare


def _asked(remote: Remote, words: list[str]) -> tuple[str, int, int]:
    """What is shown around the answers, and how it ended after Ctrl-C."""
    (remote.client.parent / "known").unlink(missing_ok=True)
    child = pexpect.spawn(words[0], words[1:], env=remote.env, timeout=PATIENCE, encoding="utf-8")
    child.delaybeforesend = None
    child.expect(r"continue connecting \(yes/no/\[fingerprint\]\)\? ")
    child.sendline("yes")
    child.expect("password: ")
    shown = child.before
    child.sendline("not-the-password")
    child.expect("password: ")
    shown += child.before
    assert "not-the" not in shown
    child.sendcontrol("c")
    child.expect(pexpect.EOF)
    child.close()
    return shown + child.before, child.exitstatus, child.signalstatus
