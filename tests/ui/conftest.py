"""A running `creds ui`, a raw way of talking to it, and a real browser in front of it."""

import asyncio
import http.client
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from creds_shell.project import open_project
from creds_shell.providers.registry import provider_for
from creds_shell.values import SecretBundle

CREDS = "creds"  # the tests' conftest puts the environment's scripts first on PATH
CHROMIUM = os.environ.get("CREDS_CHROMIUM", "/usr/bin/chromium")
PATIENCE = 60.0
SECRET = "correct-horse-battery-4711"
expect.set_options(timeout=PATIENCE * 500)


@dataclass
class Running:
    """One `creds ui --json` and what it said."""

    process: "subprocess.Popen[str]"
    said: dict[str, Any]
    cwd: Path
    tokens: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.said["port"])

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return str(self.said["url"])

    @property
    def code(self) -> str:
        return self.url.partition("#code=")[2]

    def ask(
        self,
        path: str = "/",
        *,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> "Answer":
        """Send one request exactly as given; a header of None is left out."""
        wanted = {"Host": f"127.0.0.1:{self.port}", **(headers or {})}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            data = body.encode() if isinstance(body, str) else body
            if data is not None and "Content-Length" not in wanted:
                wanted["Content-Length"] = str(len(data))
            for name, value in wanted.items():
                if value is not None:
                    line.putheader(name, value)
            line.endheaders()
            try:
                if data is not None:
                    line.send(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before the body was read
            got = line.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            line.close()

    def post(self, path: str, fields: object = None, **headers: str | None) -> "Answer":
        """Send what the page itself would send; keyword arguments replace headers (`content_type=…`)."""
        wanted: dict[str, str | None] = {
            "Origin": self.origin,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/json",
        }
        if self.tokens:
            wanted["Authorization"] = f"Bearer {self.tokens[0]}"
        wanted |= {name.replace("_", "-").title(): value for name, value in headers.items()}
        body = fields if isinstance(fields, bytes) else json.dumps(fields or {})
        return self.ask(f"/api/{path}", method="POST", body=body, headers=wanted)

    def enter(self) -> str:
        """Swap the start code for a token, as the page does."""
        answer = self.post("session", {"code": self.code})
        assert answer.status == 200, answer.body
        self.tokens.append(answer.json["token"])
        return self.tokens[0]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


Start = Callable[..., Running]


def run_page(*args: str, cwd: Path, env: dict[str, str]) -> Running:
    """Start `creds ui --no-open --json` and read its line."""
    process = subprocess.Popen(
        (CREDS, "ui", "--no-open", "--json", *args),
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    line = process.stdout.readline() if process.stdout else ""
    assert line, process.communicate(timeout=PATIENCE)[1]
    return Running(process, json.loads(line), cwd)


def end(running: Running) -> None:
    """Stop a page and read what it still had to say."""
    running.stop()
    running.process.communicate(timeout=PATIENCE)


@pytest.fixture
def start(home: Any, repo: Path) -> Iterator[Start]:
    """Start a page: start(*args, cwd=repo, env={}); it is stopped at the end of the test."""
    running: list[Running] = []

    def start(*args: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> Running:
        running.append(run_page(*args, cwd=cwd or repo, env=home.env | (env or {})))
        return running[-1]

    yield start
    for each in running:
        end(each)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One page for all tests of a module that change nothing which another one reads; its token is tokens[0]."""
    top = tmp_path_factory.mktemp("shared")
    env = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")} | {"HOME": str(top)}
    repo = top / "shop"
    subprocess.run(("git", "init", "-q", str(repo)), check=True, env=env)
    running = run_page(cwd=repo, env=env)
    running.enter()
    yield running
    end(running)


@pytest.fixture
def site(start: Start) -> Running:
    """A running page of the repository `shop`."""
    return start()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not os.path.exists(CHROMIUM):
        pytest.skip(f"there is no {CHROMIUM}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@dataclass
class Tabs:
    """Tabs of one browser profile; `faults` collects what scripts and the content policy complain about."""

    browser: Browser
    context: BrowserContext
    faults: list[str] = field(default_factory=list)

    def open(self, url: str) -> Page:
        """Open a tab and wait until the page has drawn itself."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("request", lambda request: self._check(request.url))
        page.goto(url)
        page.locator("main h1, main h2").first.wait_for()
        return page

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith(
            "Failed to load resource"
        ):  # an answer of 4xx is an answer
            self.faults.append(text)

    def _check(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "blob:")):
            self.faults.append(f"a request to {url}")


@pytest.fixture
def new_tabs(browser: Browser) -> Iterator[Callable[..., Tabs]]:
    """Open browser profiles: new_tabs(color_scheme="dark", viewport=…); no fault may be left at the end."""
    made: list[Tabs] = []

    def make(**options: Any) -> Tabs:
        options.setdefault("viewport", {"width": 1200, "height": 860})
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE * 1000 / 2)
        made.append(Tabs(browser, context))
        return made[-1]

    yield make
    for tabs in made:
        tabs.context.close()
    assert [fault for tabs in made for fault in tabs.faults] == []


@pytest.fixture
def tabs(new_tabs: Callable[..., Tabs]) -> Tabs:
    """A profile whose clipboard may be used."""
    return new_tabs(permissions=["clipboard-read", "clipboard-write"])


@pytest.fixture
def page(site: Running, tabs: Tabs) -> Page:
    """A tab on the page of an empty project."""
    return tabs.open(site.url)


def key_row(page: Page, key: str) -> Locator:
    """The row of one key in the list."""
    return page.locator(f".row[data-key='{key}']")


@pytest.fixture
def stored(home: Any, repo: Path) -> Callable[..., None]:
    """Store secrets as another process would, without the cost of starting one: stored(API_KEY="…")."""

    def store(*, environment: str | None = None, start: Path = repo, **values: str) -> None:
        project = open_project(start=str(start), environment=environment, writing=True)
        bundle = SecretBundle(project.id, values, environment=project.environment)
        provider_for(project).put_bundle(bundle)

    return store


@pytest.fixture
def value(home: Any, repo: Path) -> Callable[..., str | None]:
    """Read what is stored: value("API_KEY") -> text, or None when there is no such key."""

    def read(key: str, *, environment: str | None = None, start: Path = repo) -> str | None:
        project = open_project(start=str(start), environment=environment)
        return provider_for(project).get_bundle(project.id, project.environment).secrets.get(key)

    return read


@pytest.fixture
def run_in_thread() -> Callable[..., Any]:
    """Run a coroutine function in a thread: Playwright's own event loop occupies the tests' one."""

    def run(make: Callable[[], Any]) -> Any:
        with ThreadPoolExecutor(1) as threads:
            return threads.submit(lambda: asyncio.run(make())).result(PATIENCE)

    return run
