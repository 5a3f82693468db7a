"""process/options.py: what a program passes by name is checked as what a person types."""

import pytest

from creds_shell.core.errors import UsageError
from creds_shell.process.options import TABLE, Options, parse, unset


def test_an_option_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="there is no option onyl"):
        Options(onyl=["A"])


def test_every_option_of_the_table_has_an_attribute() -> None:
    assert set(unset(TABLE)) <= set(vars(Options()))


def test_a_word_that_an_option_does_not_know_is_refused_for_programs_too() -> None:
    with pytest.raises(UsageError, match="--tty is one of"):
        Options(tty="maybe")


def test_the_commands_own_options_are_left_alone() -> None:
    options, words = parse(["--only", "A,B", "-estaging", "ls", "--only", "C"])
    assert (options.only, options.environment, words) == (["A", "B"], "staging", ["ls", "--only", "C"])
