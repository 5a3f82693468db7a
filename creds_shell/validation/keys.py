"""`--env`: are the keys there that the repository requires, do they look like what their names say, how old are they."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from creds_shell.core.errors import SecretsError
from creds_shell.core.names import is_name, shown
from creds_shell.core.talk import counted
from creds_shell.project import Project
from creds_shell.providers.layers import LayeredBundle, load_bundle
from creds_shell.validation.row import Row, fail, failed, ok, skip, warn

URL_ENDINGS = ("_URL", "_URI")


def check(project: Project) -> Iterator[Row]:
    """Give the rows of `--env`."""
    where = project.id if project.environment == "default" else f"{project.id} in {project.environment}"
    try:
        bundle = load_bundle(project)
    except SecretsError as error:
        yield failed("secrets", error, "creds status")
        return
    if bundle.keys:
        yield ok("secrets", f"{where}: {counted(len(bundle.keys), 'key')} from {_tiers(bundle)}")
    else:
        yield skip("secrets", f"{where} has no secrets yet", "creds set KEY")
    for problem in bundle.problems:
        yield warn("secrets", problem, "creds list")
    yield from _required(project, bundle)
    values = {name: key.value.get_secret_value() for name, key in bundle.keys.items()}
    yield from _shapes(values)
    yield from _names(bundle)
    yield from _ages(bundle)


def _tiers(bundle: LayeredBundle) -> str:
    return ", ".join(sorted({key.provider for key in bundle.keys.values()}))


def _required(project: Project, bundle: LayeredBundle) -> Iterator[Row]:
    required = sorted(name for name, rule in project.record.keys.items() if rule.required)
    for name in required:
        if name not in bundle.keys:
            description = project.record.keys[name].description
            detail = f"{name} is required and missing" + (f" ({description})" if description else "")
            yield fail("required", detail, f"creds set {name}")
        elif not bundle.keys[name].value:
            yield fail("required", f"{name} is required and empty", f"creds set {name}")
    present = [name for name in required if bundle.keys.get(name) and bundle.keys[name].value]
    if present:
        yield ok("required", f"{len(present)} of {len(required)} required keys are there")


def _shapes(values: Mapping[str, str]) -> Iterator[Row]:
    """What a value must look like follows from its key's name; the value itself is never told."""
    problems = {name: shape_problem(name, value) for name, value in sorted(values.items())}
    for name, problem in problems.items():
        if problem:
            yield fail("shape", f"{name} {problem}", f"creds set {name}")
        bare = values[name].strip()
        if bare != values[name] and "\n" not in bare:
            yield warn("shape", f"{name} begins or ends with white space", f"creds set {name}")
    judged = [problem for problem in problems.values() if problem is not None]
    if judged and not any(judged):
        yield ok("shape", f"{counted(len(judged), 'value')} {'looks' if len(judged) == 1 else 'look'} right")


def shape_problem(name: str, value: str) -> str | None:
    """Return what is wrong with a value of that name: a sentence, "" for nothing, None if its name says nothing."""
    if name.endswith(URL_ENDINGS) or name == "URL":
        return _url_problem(value)
    if name.endswith("_PORT") or name in ("PORT", "PGPORT"):
        right = value.isascii() and value.isdigit() and 0 < int(value) < 65536
        return "" if right else "is not a port number (1 to 65535)"
    return None


def _url_problem(value: str) -> str:
    try:
        url = urlsplit(value)
        _ = url.port
    except ValueError:
        return "is not a URL"
    if not url.scheme or not (url.netloc or url.path.strip("/")):
        return "is not a URL"
    return ""


def _names(bundle: LayeredBundle) -> Iterator[Row]:
    for name, key in sorted(bundle.keys.items()):
        if why := bundle.why_not_set(key):
            step = f"creds explain {name}" if is_name(name) else "creds list"
            yield warn("name", f"{shown(name)} is not loaded: {why}", step)


def _ages(bundle: LayeredBundle) -> Iterator[Row]:
    for name, key in sorted(bundle.keys.items()):
        if bundle.is_old(key):
            yield warn("age", f"{name} is {key.age_days} days old", f"creds rotate {name}")
