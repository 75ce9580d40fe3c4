"""Random draws that stay the same on every machine and Python version.

Only `random.Random.random` is promised to repeat its sequence from one Python version to the
next, so every draw is made of it and of arithmetic that IEEE 754 defines exactly: no
logarithms, powers or trigonometry, whose last bit differs between C libraries.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# A stream is a seed of its own, so that a change in how one part draws leaves the others alone.
_STREAMS = ("catalogue", "listeners", "demand", "listening")


class Draws:
    """One named stream of random draws.

    `unit` draws a float in [0, 1); it is the bound method of the generator, because the inner
    loops call it for every play and every session.
    """

    __slots__ = ("unit",)

    def __init__(self, seed: int, stream: str) -> None:
        """Start the named stream of a seed."""
        self.unit = random.Random(seed * len(_STREAMS) + _STREAMS.index(stream)).random

    def between(self, low: int, high: int) -> int:
        """Draw an integer from low to high, both included."""
        return low + int(self.unit() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """Draw True in the given share of the calls."""
        return self.unit() < share

    def pick(self, choices: Sequence[_T]) -> _T:
        """Draw one of the choices, each as likely as the others."""
        return choices[int(self.unit() * len(choices))]

    def pick_early(self, choices: Sequence[_T]) -> _T:
        """Draw one of the choices, the early ones far more often: a long tail."""
        share = self.unit()
        return choices[int(share * share * len(choices))]

    def letters(self, count: int) -> str:
        """Draw a text of capital letters A to Z."""
        return "".join([_LETTERS[int(self.unit() * 26)] for _ in range(count)])
