"""The code in docs/python.md runs, from top to bottom, in a fresh repository."""

from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def blocks(text, language):
    """The code blocks of one language, in order."""
    parts = text.split(f"```{language}\n")[1:]
    return [part.split("```", 1)[0] for part in parts]


def test_the_page_of_the_python_api_runs(home, repo, run_python):
    """And prints keys, never values."""
    code = "\n".join(blocks((DOCS / "python.md").read_text(), "python"))
    done = run_python(code)
    assert (done.returncode, done.stderr) == (0, "")
    assert "s3cret" not in done.stdout
    assert "shop, default (2 secrets)" in done.stdout
    assert "postgresql://app:****@db.internal:5432/shop" in done.stdout


def test_the_format_on_the_page_of_the_store_is_the_one_that_is_written():
    """Byte for byte."""
    from creds_shell.core import dotenv

    (example,) = (
        b for b in blocks((DOCS / "store.md").read_text(), "\n".strip()) if b.startswith("# creds-format")
    )
    values = dotenv.parse_bundle(example.encode())
    assert values["GREETING"] == b'two\nlines, "quoted", a tab \t and a backslash \\'
    assert dotenv.format_bundle(values).decode() == example
