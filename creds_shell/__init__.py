"""creds: secrets that follow you into a project and leave with you."""

__version__ = "0.1.0"
