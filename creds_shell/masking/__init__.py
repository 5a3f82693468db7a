"""The masking engine: forms of a value, a detector of many needles, a filter that no cut of the stream defeats.

The public names are imported on first use: the filter of a child needs none of them.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.masking.output import OutputMasker as OutputMasker
    from creds_shell.masking.output import mask_output as mask_output
    from creds_shell.masking.output import scan_for_secrets as scan_for_secrets


def __getattr__(name: str) -> object:
    if name not in {"OutputMasker", "mask_output", "scan_for_secrets"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from creds_shell.masking import output

    return getattr(output, name)
