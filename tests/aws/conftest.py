"""A Secrets Manager for every test: moto's server in a process of its own, on a free port of loopback.

moto is not AWS in three ways that matter here, each tested with botocore's Stubber instead: it has no size limit,
no permissions of its own, and no encryption keys that could be unusable.
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

REGION = "eu-central-1"
START_TIMEOUT = 60.0  # seconds; moto needs about two

# The server writes its port into a file once it listens, so that nobody guesses a free one, and ends with whoever
# holds the other end of its standard input: also a test run that was killed leaves nothing behind.
SERVER = """
import sys, os, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from werkzeug.serving import make_server
from moto.server import DomainDispatcherApplication, create_backend_app
app = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, app, threaded=True)
with open(sys.argv[1] + ".new", "w") as out:
    out.write(str(server.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
"""


@dataclass
class Cloud:
    """The server: where it is, a client of it, and what it was asked."""

    url: str
    env: dict[str, str] = field(repr=False)

    def client(self, service: str = "secretsmanager", **options: Any) -> Any:
        """A plain boto3 client, for the other side of a test."""
        import boto3

        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            **options,
        )

    def stored(self, name: str) -> dict[str, Any]:
        """What a secret holds now."""
        return json.loads(self.text(name))

    def text(self, name: str, stage: str = "AWSCURRENT") -> str:
        """The very text of a version. Without a stage moto gives the last one that was put, AWS the current one."""
        return str(self.client().get_secret_value(SecretId=name, VersionStage=stage)["SecretString"])

    def labels(self, name: str) -> set[str]:
        """All labels of all versions of a secret."""
        stages = self.client().describe_secret(SecretId=name)["VersionIdsToStages"]
        return {label for labels in stages.values() for label in labels}


@pytest.fixture(scope="session")
def moto_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running server."""
    port_file = tmp_path_factory.mktemp("moto") / "port"
    server = subprocess.Popen(
        (sys.executable, "-W", "ignore", "-c", SERVER, str(port_file)),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{_wait_for(port_file, server)}"
    finally:
        server.kill()
        server.communicate()


def _wait_for(port_file: Path, server: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + START_TIMEOUT
    while not port_file.exists():
        assert server.poll() is None, "moto did not start"
        assert time.monotonic() < deadline, "moto did not start in time"
        time.sleep(0.05)
    return port_file.read_text()


@pytest.fixture
def aws_env(moto_url: str) -> dict[str, str]:
    """What a user's environment has who reaches the server."""
    return {
        "AWS_ENDPOINT_URL": moto_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture
def memory(home: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime directory that is memory-backed, so that a copy is kept."""
    path = Path(tempfile.mkdtemp(prefix="cr-", dir="/dev/shm"))
    home.env["XDG_RUNTIME_DIR"] = str(path)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(path))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def cloud(
    moto_url: str, aws_env: dict[str, str], home: Any, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> Cloud:
    """A fresh account, reachable through the environment of this process and of `creds`."""
    _reset(moto_url)
    for key, value in aws_env.items():
        monkeypatch.setenv(key, value)
        home.env[key] = value
    return Cloud(moto_url, dict(os.environ))


def _reset(url: str) -> None:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 200
    connection.close()


@pytest.fixture
def provider(cloud: Cloud) -> Any:
    """The provider on that account."""
    from creds_shell.providers.aws_secrets_manager import AWSSecretsProvider

    return AWSSecretsProvider()


class Proxy(ThreadingHTTPServer):
    """Stands in front of the server, counts what it is asked, and can misbehave."""

    daemon_threads = True
    request_queue_size = 128  # fifty terminals at once

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.upstream = upstream.removeprefix("http://")
        self.operations: list[str] = []
        self.before: Callable[[str], tuple[int, bytes] | None] = lambda _: None
        self.delay = 0.0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Forward(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.headers.get("X-Amz-Target", "")
        operation = (
            target.rpartition(".")[2] or body.decode("latin-1").partition("Action=")[2].partition("&")[0]
        )
        self.server.operations.append(operation)
        answer = self.server.before(operation)
        time.sleep(self.server.delay)
        status, payload = answer or self._forward(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1" if target else "text/xml")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _forward(self, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.server.upstream, timeout=60)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() != "host"}
            connection.request("POST", self.path, body, {**headers, "Host": self.server.upstream})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy(cloud: Cloud, home: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The account through a counting proxy; `creds` and this process reach it there."""
    server = Proxy(cloud.url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    home.env["AWS_ENDPOINT_URL"] = server.url
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
