"""What proc(5) tells of processes and their groups."""

import os
import re
from pathlib import Path


def members(group: int, *, of: int = 2) -> list[int]:
    """The living processes of a group, or of a session (3: the field of proc(5) after the name)."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                words = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(words[of]) == group and words[0] not in "ZX":
                found.append(int(name))
    return found


def names(group: int, *, of: int = 2) -> list[str]:
    """What the living processes of a group or a session are called."""
    return [name_of(pid) for pid in members(group, of=of)]


def states(group: int) -> list[str]:
    """The states of the living processes of a group, as proc(5) has them."""
    return [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in members(group)]


def pending(pid: int) -> int:
    """The signals that wait for a process, as bits."""
    found = re.search("^ShdPnd:\t(\\w+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1], 16)


def name_of(pid: int) -> str:
    """What a process is called; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def text_of(path: Path) -> str:
    """What is in a file; nothing while it is not there."""
    return path.read_text() if path.exists() else ""


def state(pid: int) -> str:
    """A process's state, as proc(5) has it; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
