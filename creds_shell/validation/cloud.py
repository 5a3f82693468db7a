"""`--aws`: who we are there, whether the project's secret can be read and written, and how fresh the copy is."""

from collections.abc import Iterator

from creds_shell.core import cache
from creds_shell.core.errors import SecretsError
from creds_shell.core.talk import counted
from creds_shell.project import Project
from creds_shell.providers import aws_write
from creds_shell.providers.aws_secrets_manager import ID, AWSSecretsProvider
from creds_shell.validation.row import Row, failed, ok, skip, warn


def check(project: Project, *, asked: bool) -> Iterator[Row]:
    """Give the rows of `--aws`; AWS is asked only by a project that uses it, or if the user asked for this check."""
    if ID not in project.layers and not asked:
        yield skip("aws", f"{project.id} does not use AWS", f"creds use {ID}")
        return
    if not project.bound:
        yield skip("aws", f"{project.id} is not bound to this repository yet", "creds allow")
        return
    provider = AWSSecretsProvider()
    provider.attach(project)
    try:
        who, region, secret = provider.identity(project.id, project.environment)
    except SecretsError as error:
        yield failed("aws identity", error, "aws sts get-caller-identity")
        return
    yield ok("aws identity", f"{who.arn} in account {who.account}, region {region}")
    yield from _secret(provider, project, secret)
    yield from _copy(provider, project)


def _secret(provider: AWSSecretsProvider, project: Project, name: str) -> Iterator[Row]:
    try:
        bundle = provider.get_bundle(project.id, project.environment)
    except SecretsError as error:
        yield failed("aws secret", error, "creds validate --aws")
        return
    if bundle.version is None:
        yield skip("aws secret", f"there is no {name} yet", "creds promote")
        return
    yield ok("aws secret", f"{name}: {counted(len(bundle), 'key')}, version {bundle.version[:8]}")
    yield from _writable(provider, project, name)


def _writable(provider: AWSSecretsProvider, project: Project, name: str) -> Iterator[Row]:
    aws = provider.account_of(provider.source_of(project.id, project.environment))
    try:
        about = aws.call("describe_secret", SecretId=name)
        aws_write.check_writable(about, name)
        current = next(v for v, stages in about["VersionIdsToStages"].items() if aws_write.CURRENT in stages)
        aws_write.require_move(aws, name, current)
    except SecretsError as error:
        hint = error.hints[0] if error.hints else "creds help aws"
        yield warn("aws write", f"reading works, writing does not: {error.message}", hint)
    else:
        yield ok("aws write", "a merge that loses nobody's change is possible")


def _copy(provider: AWSSecretsProvider, project: Project) -> Iterator[Row]:
    copy = cache.read_bundle(provider.source_of(project.id, project.environment))
    if copy.state == "off":
        yield warn("aws copy", copy.problem, "set aws.cache_ttl, or XDG_RUNTIME_DIR to a tmpfs")
    elif copy.state in ("fresh", "expired"):
        yield ok("aws copy", f"{copy.state}, {cache.ago(copy.age)} old, in {copy.path}")
    else:
        yield ok("aws copy", "none yet")
