"""A long walk, step by step against a small model: what a child of the shell gets after each prompt."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Bind, Shell, put

NAMES = ("ALPHA", "BETA", "GAMMA", "DELTA")
VALUES = (
    "one",
    "two",
    "",
    "x y",
    "it's",
    "$(id)",
    "a\nb",
    "tail\n",
    "back\\slash\\",
    "!bang",
    "é☃",
    "=ls",
    "-n",
)
NESTED = {"bash": "bash -i", "zsh": "zsh -d -i", "fish": "fish -i"}
STEPS = 40


class Modelled:
    """One shell as it should be: NAME → (exported, value), and what the hook keeps of it."""

    def __init__(self, variables: dict[str, tuple[bool, str]], cwd: Path) -> None:
        self.variables, self.cwd = variables, cwd
        self.ours: dict[str, str] = {}
        self.was: dict[str, tuple[bool, str] | None] = {}
        self.shared: set[str] = set()
        self.root: Path | None = None

    def nested(self) -> "Modelled":
        """A shell below it knows what is exported, and takes what it inherits as loaded."""
        made = Modelled({name: kept for name, kept in self.variables.items() if kept[0]}, self.cwd)
        made.root = self.root
        for name in self.ours.keys() & made.variables.keys():
            made.ours[name] = made.variables[name][1]
            made.was[name] = kept if (kept := self.was[name]) and kept[0] else None
        return made

    def prompt(self, stores: dict[Path, dict[str, str]], *, disabled: bool) -> None:
        """What the hook does before the next line."""
        inside = [root for root in stores if self.cwd == root or root in self.cwd.parents]
        root = max(inside, default=None, key=lambda path: len(path.parts)) if not disabled else None
        if root != self.root:
            self.undo(list(self.ours))
            self.root = root
        wanted = stores[root] if root else {}
        self.shared.clear()
        for name, value in wanted.items():
            kept = self.variables.get(name)
            if name in self.ours:
                if kept and kept[1] == self.ours[name] != value:
                    self.load(name, value)
            elif kept == (True, value):
                self.shared.add(name)
            else:
                self.was[name] = kept
                self.load(name, value)
        self.undo([name for name in self.ours if name not in wanted])

    def load(self, name: str, value: str) -> None:
        """Set a secret."""
        self.ours[name] = value
        self.variables[name] = (True, value)

    def undo(self, names: list[str]) -> None:
        """Put back what each was, unless the user has changed it."""
        for name in names:
            ours, was = self.ours.pop(name), self.was.pop(name)
            if name in self.variables and self.variables[name][1] == ours:
                del self.variables[name]
                if was is not None:
                    self.variables[name] = was


class Walk:
    """The real shell and the model beside it; each step is one line, typed or done in another terminal."""

    def __init__(
        self, shell: Shell, stores: dict[Path, dict[str, str]], outside: Path, chance: random.Random
    ) -> None:
        self.shell, self.stores, self.chance = shell, stores, chance
        self.places = [outside, *(place for root in stores for place in (root, root / "deep"))]
        self.stack = [Modelled({"ALPHA": (True, "before")}, outside)]
        self.disabled = False
        self.log: list[str] = []

    def go(self) -> None:
        """Make the steps, and compare after each."""
        steps = (
            self.move,
            self.move,
            self.move,
            self.assign,
            self.unset,
            self.store,
            self.remove,
            self.nest,
            self.end,
            self.turn,
        )
        for _ in range(STEPS):
            self.chance.choice(steps)()
            self.stack[-1].prompt(self.stores, disabled=self.disabled)
            given = self.shell.environment()
            wanted = {name: kept[1] for name, kept in self.stack[-1].variables.items() if kept[0]}
            found = {name: given[name.encode()].decode() for name in NAMES if name.encode() in given}
            assert found == wanted, self.log

    def type(self, line: str) -> None:
        self.log.append(line)
        self.shell.run(line)

    def move(self) -> None:
        place = self.stack[-1].cwd = self.chance.choice(self.places)
        self.type(f"cd {self.shell.quote(place)}")

    def assign(self) -> None:
        name, value, export = (
            self.chance.choice(NAMES),
            self.chance.choice(VALUES),
            self.chance.random() < 0.7,
        )
        if name not in self.stack[-1].shared:  # else the next load decides, whenever it comes
            self.type(
                f"{'' if self.shell.name == 'fish' else f'unset {name}; '}{self.shell.set(name, value, export=export)}"
            )
            self.stack[-1].variables[name] = (export, value)

    def unset(self) -> None:
        name = self.chance.choice(NAMES)
        if name in self.stack[-1].variables and name not in self.stack[-1].shared:
            self.type(self.shell.unset(name))
            del self.stack[-1].variables[name]

    def store(self) -> None:
        root = self.chance.choice(list(self.stores))
        self.change(root, {**self.stores[root], self.chance.choice(NAMES): self.chance.choice(VALUES)})

    def remove(self) -> None:
        root = self.chance.choice(list(self.stores))
        self.change(root, dict(list(self.stores[root].items())[1:]))

    def change(self, root: Path, values: dict[str, str]) -> None:
        self.log.append(f"another terminal: {root} {values}")
        self.stores[root] = values
        put(root.name, **values)
        self.shell.run("")

    def nest(self) -> None:
        if len(self.stack) < 3:
            self.stack.append(self.stack[-1].nested())
            self.type(NESTED[self.shell.name])

    def end(self) -> None:
        if len(self.stack) > 1:
            self.stack.pop()
            self.type("exit 0")

    def turn(self) -> None:
        if len(self.stack) == 1:
            self.disabled = not self.disabled
            self.type(
                self.shell.set("CREDS_DISABLE", "1") if self.disabled else self.shell.unset("CREDS_DISABLE")
            )


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 5))])
def test_a_walk_ends_each_step_with_what_it_should(
    shell: Shell, bind: Bind, make_repo: Callable[..., Path], tmp_path: Path, seed: int
) -> None:
    """In and out, projects in projects, the same names everywhere, other terminals, shells in shells, off and on."""
    shop = bind("shop", ALPHA="one", BETA="x y")
    stores = {
        shop: {"ALPHA": "one", "BETA": "x y"},
        bind("other", ALPHA="two", GAMMA="it's"): {"ALPHA": "two", "GAMMA": "it's"},
        bind("inner", root=make_repo("inner", parent=shop), BETA="two"): {"BETA": "two"},
    }
    for root in stores:
        (root / "deep").mkdir()
    shell.start(cwd=tmp_path, env={"ALPHA": "before"})
    Walk(shell, stores, tmp_path, random.Random(seed)).go()  # noqa: S311  the same walk again
