"""What a secret from AWS costs: asked for, and out of the memory-backed copy; beside a bare boto3 script and AWS' own CLI.

All ask the same server (moto on loopback, so no network is in the figures), in turn; medians of wall time.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from report import Row, finish

ROUNDS = 15
NAME = "claude-power-pack/shop"
SERVER = """
import os, sys
from werkzeug.serving import make_server
from moto.server import DomainDispatcherApplication, create_backend_app
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
with open(sys.argv[1] + ".new", "w") as out:
    out.write(str(server.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
"""
BARE = f"""
import boto3, json
client = boto3.client("secretsmanager")
print(len(json.loads(client.get_secret_value(SecretId="{NAME}")["SecretString"])))
"""
FILL = f"""
import boto3, json
values = {{f"KEY_{{i}}": f"value-{{i}}-0123456789abcdef" for i in range(20)}}
boto3.client("secretsmanager").create_secret(Name="{NAME}", SecretString=json.dumps(values))
"""


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A Secrets Manager on a free port."""
    port = folder / "port"
    command = (sys.executable, "-W", "ignore", "-c", SERVER, str(port))
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not port.exists():
            if process.poll() is not None:
                sys.exit("moto did not start")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port.read_text()}"
    finally:
        process.kill()
        process.wait()


def home(folder: Path, url: str, memory: str) -> tuple[dict[str, str], Path]:
    """Make a home with a project in AWS; return its environment and the repository."""
    env = {
        "HOME": str(folder),
        "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"],
        "XDG_RUNTIME_DIR": memory,
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    repo = folder / "shop"
    subprocess.run(("git", "init", "-q", str(repo)), check=True)
    subprocess.run((sys.executable, "-c", FILL), env=env, check=True)
    for words in (("allow", "--yes"), ("use", "aws-secrets-manager")):
        subprocess.run(("creds", *words), cwd=repo, env=env, check=True, capture_output=True)
    return env, repo


def took(command: tuple[str, ...], env: dict[str, str], repo: Path) -> float:
    """Return the wall time in milliseconds."""
    began = time.perf_counter()
    subprocess.run(command, env=env, cwd=repo, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return 1000 * (time.perf_counter() - began)


def measure(env: dict[str, str], repo: Path) -> dict[str, float]:
    """Run all in turn; return the medians."""
    commands = {
        "boto3": (sys.executable, "-c", BARE),
        "python": (sys.executable, "-I", "-S", "-c", "pass"),
        "cold get": ("creds", "get", "KEY_1", "--refresh"),
        "cached get": ("creds", "get", "KEY_1"),
        "cached exec": ("creds", "exec", "--", "true"),
    }
    if (
        shutil.which("aws")
        and subprocess.run(("aws", "--version"), capture_output=True, check=False).returncode == 0
    ):
        commands["aws"] = ("aws", "secretsmanager", "get-secret-value", "--secret-id", NAME)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            times[name].append(took(command, env, repo))
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    """Measure and tell."""
    with (
        tempfile.TemporaryDirectory(prefix="creds-bench-") as folder,
        memory_folder() as memory,
        server(Path(folder)) as url,
    ):
        found = measure(*home(Path(folder) / "home", url, memory))
    peer = f"bare boto3 script {found['boto3']:.0f} ms"
    rows = [
        Row(f"{name}, 20 secrets", f"{found[name]:.0f} ms", found[name] / found["boto3"], peer)
        for name in ("cold get", "cached get", "cached exec")
    ]
    bare = f"python -I -S -c pass {found['python']:.0f} ms"
    rows.append(
        Row("cached exec", f"{found['cached exec']:.0f} ms", found["cached exec"] / found["python"], bare)
    )
    if "aws" in found:
        own = f"aws secretsmanager get-secret-value {found['aws']:.0f} ms"
        rows += [
            Row(f"{name}, 20 secrets", f"{found[name]:.0f} ms", found[name] / found["aws"], own)
            for name in ("cold get", "cached get", "cached exec")
        ]
    finish("aws", rows)


@contextmanager
def memory_folder() -> Iterator[str]:
    """A runtime directory that is memory-backed; without one there is no copy to measure."""
    if not os.path.isdir("/dev/shm"):
        sys.exit("there is no /dev/shm here, so no copy is kept")
    with tempfile.TemporaryDirectory(prefix="cr-", dir="/dev/shm") as folder:
        yield folder


if __name__ == "__main__":
    main()
