"""Where `creds` starts."""


def main() -> int:
    """Run one command and return its exit status."""
    from creds_shell.cli.app import main as run

    return run()


if __name__ == "__main__":
    raise SystemExit(main())
