"""Nothing that AWS is told or answers reaches a log: the SDK's DEBUG records are dropped while we call it.

botocore logs parameters and whole response bodies at DEBUG (botocore/hooks.py, endpoint.py, parsers.py). The
filter looks at a context variable, so a program's own use of boto3 keeps its logs.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SDK_LOGGERS = ("boto3", "botocore", "s3transfer", "urllib3", "awscrt")

_ours: ContextVar[bool] = ContextVar("creds_calls_aws", default=False)


class _OnlyTalk(logging.Filter):
    """Lets through what is not about the content of a call."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Drop DEBUG records of our own calls."""
        return record.levelno > logging.DEBUG or not _ours.get()


_filter = _OnlyTalk()


@contextmanager
def silenced() -> Iterator[None]:
    """Drop the SDK's DEBUG records within; also those of loggers that are made meanwhile, from the next call on."""
    _attach()
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)


def _attach() -> None:
    known = logging.Logger.manager.loggerDict
    for name in (*SDK_LOGGERS, *[name for name in list(known) if name.split(".")[0] in SDK_LOGGERS]):
        logging.getLogger(name).addFilter(_filter)  # adding one twice is adding it once
