"""The command as users have it: a wheel of this tree, in a virtual environment of its own, as pipx and uv make one.

An editable installation, and every package that leaves a .pth file beside it, makes each start longer.
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def installed(folder: Path) -> Path:
    """Build and install below `folder`; returns the script. Without the libraries: what is measured needs none."""
    dist, environment = folder / "dist", folder / "venv"
    build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist))
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    venv.create(environment, with_pip=False, symlinks=True)
    pip = (sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"))
    words = ("install", "-q", "--no-deps", "--no-index", "--disable-pip-version-check")
    subprocess.run((*pip, *words, *map(str, dist.glob("*.whl"))), check=True, capture_output=True)
    return environment / "bin" / "creds"
