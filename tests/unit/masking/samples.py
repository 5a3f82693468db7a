"""Values with signs of every kind, made up the same way each time, and with each sign alone."""

import random
import string

SIGNS = "abcXYZ019 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~éß€😀\t"


def _values():
    made = random.Random(7)  # noqa: S311 made-up values
    texts = ["".join(made.choice(SIGNS) for _ in range(made.randint(8, 18))).strip() for _ in range(60)]
    return [text for text in texts if len(text) >= 8]


VALUES = _values() + [f"secret{sign}value" for sign in string.punctuation if sign not in "-._"]
