"""Letters for things that are counted and have no names: A, B, ... Z, AA, ..."""

from __future__ import annotations

FIRST, COUNT = ord("A"), 26


def letters(number: int) -> str:
    """The letters of a number from 1, as columns of a table are named."""
    made = ""
    while number > 0:
        number, rest = divmod(number - 1, COUNT)
        made = chr(FIRST + rest) + made
    return made


def number_of(name: str) -> int:
    """The number that letters stand for, from 1."""
    number = 0
    for letter in name.upper():
        number = number * COUNT + ord(letter) - FIRST + 1
    return number
