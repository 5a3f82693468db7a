"""One file per command: SUMMARY, DESCRIPTION, EXAMPLES, configure(parser), run(args, inv)."""
