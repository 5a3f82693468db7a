"""Puts the recorded transcript into README.md between its markers: python docs/recording/quote.py."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
README = HERE.parents[1] / "README.md"
BEGIN, END = "<!-- recording: begin -->", "<!-- recording: end -->"


def quoted(readme: str, transcript: str) -> str:
    """Return the README with the transcript in it."""
    before, _, rest = readme.partition(BEGIN)
    return f"{before}{BEGIN}\n\n```console\n{transcript.rstrip()}\n```\n\n{END}{rest.partition(END)[2]}"


def main() -> None:
    """Rewrite README.md."""
    transcript = (HERE / "first-minutes.txt").read_text(encoding="utf-8")
    README.write_text(quoted(README.read_text(encoding="utf-8"), transcript), encoding="utf-8")


if __name__ == "__main__":
    main()
