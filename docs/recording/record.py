"""Records the first minutes with creds in a real terminal: python docs/recording/record.py.

A real bash with the hook, in a throw-away home, is typed into through a PTY. Written are first-minutes.cast
(asciinema's format, version 2), first-minutes.svg (plays by itself in a browser and in README.md) and
first-minutes.txt (what README.md quotes; a test compares). The times in them are a person's, not this machine's,
so that the same output gives the same files.
"""

import html
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import pexpect

HERE = Path(__file__).resolve().parent
COLUMNS, ROWS = 92, 26
KEY_SECONDS, READ_SECONDS = 0.045, 1.1
SECRET = "sk-live-51H8xK2eZvKYlo2C"
PROMPT = "$ "
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[=>]|\r(?=\n)")
MAKEFILE = "deploy:\n\t@echo deploying with $$API_KEY\n"

# What is typed; a list is what is typed after the command asked for something.
SCRIPT: list[tuple[str, list[str]]] = [
    ("cd shop", []),
    ("creds set API_KEY", [SECRET, SECRET]),
    ("creds list", []),
    ("cat Makefile", []),
    ("creds exec -- make deploy", []),
    ("cd ..", []),
    ('echo "${API_KEY-nothing is left}"', []),
]


class Recording:
    """Events on a clock that runs like a person's."""

    def __init__(self) -> None:
        self.now = 0.6
        self.events: list[tuple[float, str]] = []

    def show(self, text: str) -> None:
        """Output that appears at once."""
        if text:
            self.events.append((round(self.now, 3), text))

    def type(self, text: str) -> None:
        """Keys, one after the other."""
        for char in text:
            self.show(char)
            self.now += KEY_SECONDS

    def wait(self, seconds: float) -> None:
        """Time to read."""
        self.now += seconds


def clean(text: str) -> str:
    """Return what a person sees of a line-by-line terminal."""
    return ESCAPE.sub("", text).expandtabs()


def environment(home: Path) -> dict[str, str]:
    """A fresh home, nothing of the caller's."""
    (home / "run").mkdir(mode=0o700)
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "PS1": PROMPT,
        "XDG_RUNTIME_DIR": str(home / "run"),
        "NO_COLOR": "1",
    }


def record() -> Recording:
    """Type the script into a real shell."""
    recording = Recording()
    with tempfile.TemporaryDirectory(prefix="creds-recording-") as folder:
        home = Path(folder)
        shop = home / "shop"
        shop.mkdir()
        (shop / "Makefile").write_text(MAKEFILE)
        subprocess.run(("git", "init", "-q", "-b", "main", str(shop)), check=True)
        child = pexpect.spawn(
            "bash", ["--norc", "--noprofile", "-i"], env=environment(home), cwd=folder, encoding="utf-8",
            timeout=30, dimensions=(ROWS, COLUMNS),
        )  # fmt: skip
        child.expect_exact(PROMPT)
        child.sendline('eval "$(creds hook bash)"')
        child.expect_exact(PROMPT)
        for command, answers in SCRIPT:
            play(recording, child, command, answers, str(home))
        child.sendline("exit")
        child.expect(pexpect.EOF)
    recording.show(PROMPT)
    recording.wait(3)
    recording.show("")
    return recording


def play(recording: Recording, child: pexpect.spawn, command: str, answers: list[str], home: str) -> None:
    """Type one command, answer what it asks, and show what it says."""
    recording.show(PROMPT)
    recording.type(command)
    recording.wait(0.3)
    child.send(command)
    child.expect_exact(command)
    child.send("\n")
    child.expect_exact("\n")
    recording.show("\r\n")
    for answer in answers:
        child.expect(r"[^\n]*[:?] ?$")
        recording.show(home_as_tilde(child.before + child.after, home))
        recording.wait(len(answer) * KEY_SECONDS)
        wait_until_hidden(child)
        child.send(answer + "\n")
    child.expect_exact(PROMPT)
    recording.show(home_as_tilde(child.before, home))
    recording.wait(READ_SECONDS)


def wait_until_hidden(child: pexpect.spawn) -> None:
    """A secret is typed only once the terminal does not echo."""
    if not child.waitnoecho(10):
        raise SystemExit("the terminal still echoes; nothing was typed")
    time.sleep(0.05)


def home_as_tilde(text: str, home: str) -> str:
    """Show the throw-away home as a person's."""
    return clean(text).replace(home, "~")


def cast(recording: Recording) -> str:
    """Return the recording in asciinema's format."""
    head = {
        "version": 2,
        "width": COLUMNS,
        "height": ROWS,
        "env": {"SHELL": "/bin/bash", "TERM": "xterm-256color"},
    }
    lines = [json.dumps(head)]
    lines += [
        json.dumps([at, "o", text.replace("\n", "\r\n").replace("\r\r", "\r")])
        for at, text in recording.events
    ]
    return "\n".join(lines) + "\n"


def transcript(recording: Recording) -> str:
    """Return all that was on the screen, as text."""
    text = "".join(text for _, text in recording.events).replace("\r", "")
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines()[:-1]) + "\n"


def svg(recording: Recording) -> str:
    """Return a picture that types by itself: each piece of text appears at its time."""
    size, height, top, left = 8.4, 19, 46, 16
    pieces: list[tuple[float, int, int, str]] = []
    row = column = 0
    for at, text in recording.events:
        for index, part in enumerate(text.replace("\r", "").split("\n")):
            if index:
                row, column = row + 1, 0
            if part:
                pieces.append((at, row, column, part))
            column += len(part)
    total = recording.now
    rules, texts = [], []
    for number, (at, line, start, text) in enumerate(pieces):
        rules.append(f"@keyframes k{number}{{0%{{opacity:0}}{100 * at / total:.2f}%{{opacity:1}}}}")
        texts.append(
            f'<text x="{left + start * size:.1f}" y="{top + line * height}" textLength="{len(text) * size:.1f}" '
            f'style="animation:k{number} {total:.1f}s steps(1,end) infinite">{html.escape(text)}</text>'
        )
    wide, tall = round(COLUMNS * size + 2 * left), top + (row + 1) * height
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{tall}" role="img">',
            "<title>creds: a secret is stored, loaded on cd, masked in what make prints, and gone after leaving</title>",
            (
                f"<style>text{{font:14px ui-monospace,Menlo,Consolas,monospace;fill:#e6e6e6;white-space:pre}}{''.join(rules)}"
                "@media (prefers-reduced-motion:reduce){text{animation:none!important}}</style>"
            ),
            f'<rect width="{wide}" height="{tall}" rx="8" fill="#16181d"/>',
            *(
                f'<circle cx="{20 + 18 * i}" cy="17" r="5" fill="{c}"/>'
                for i, c in enumerate(("#ff5f57", "#febc2e", "#28c840"))
            ),
            *texts,
            "</svg>",
            "",
        ]
    )


def main() -> None:
    """Record and write the three files."""
    recording = record()
    made = {"cast": cast(recording), "svg": svg(recording), "txt": transcript(recording)}
    for suffix, text in made.items():
        if SECRET in text:
            raise SystemExit("the secret would be in the recording")
        (HERE / f"first-minutes.{suffix}").write_text(text, encoding="utf-8")
    print(made["txt"], end="")


if __name__ == "__main__":
    main()
