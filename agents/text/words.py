# snowballstemmer has no types
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
"""English, as far as search needs it: words, stems, numbers, sentences and coverage.

Everything here is a pure function of its text, linear in its length, and never raises on odd
input: what is not English is passed through as words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz
from snowballstemmer.english_stemmer import EnglishStemmer

from agents.text.irregular import base
from agents.text.stop_words import STOP_WORDS, listed

FUZZY = 85.0
"""Similarity (0 to 100, normalised indel) from which a word counts as a misread other."""

_ONES = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = listed("twenty thirty forty fifty sixty seventy eighty ninety")
_SMALL = {
    **{word: value for value, word in enumerate(_ONES)},
    **{word: 10 * (place + 2) for place, word in enumerate(_TENS)},
}
NUMBER_WORDS = frozenset(_SMALL)
"""The words for 0 to 19 and the tens."""

_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9}

_PLAIN = str.maketrans("‘’‚`“”„«»–—‐‑", "'" * 4 + '"' * 5 + "-" * 4)
_WORD = re.compile(r"\d+(?:[.,:/]\d+)*[^\W\d_]*|[^\W\d_][^\W_]*(?:[-'][^\W_]+)*")
_DIGITS = re.compile(r"\d[\d.,]*")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])|\n+")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|Fig|vs|e\.g|i\.e|approx)|\b[A-Z])\.$")

SOMETHING = "something"
"""What is called by no name."""


def normalised(text: str) -> str:
    """`text` in NFKC with plain quotes and hyphens, single spaces and no invisible characters."""
    plain = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    kept = (
        " " if (kind := unicodedata.category(c)) == "Cc" else c * (kind[0] != "C") for c in plain
    )
    return " ".join("".join(kept).split())


@lru_cache(maxsize=16_384)  # a question compares the same rows over and over
def words(text: str) -> tuple[str, ...]:
    """The words of `text` in order, lower case, without possessive endings.

    Hyphenated words, decimals, clock times and dates stay whole ("image-text", "12:04:11").
    """
    found = (match.group().lower() for match in _WORD.finditer(normalised(text)))
    return tuple(word.removesuffix("'s") for word in found)


@lru_cache(maxsize=65_536)
def with_article(name: str) -> str:
    """`a dog`, `an apple`, `trousers`, `something`: a name as it stands in a sentence."""
    if name == SOMETHING or (name.endswith("s") and not name.endswith(("ss", "us"))):
        return name
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


@lru_cache(maxsize=65_536)  # a stemmer in Python takes longer than all that is done with its stems
def stem(word: str) -> str:
    """The Snowball English stem of one lower-case word; of an irregular past, that of its verb."""
    # a stemmer keeps state while it works, so each call has its own (under 1 us to make)
    return str(EnglishStemmer().stemWord(base(word)))


def stems(text: str) -> tuple[str, ...]:
    """Stems of the content words of `text`, in order, with repetitions."""
    return tuple(stem(word) for word in words(text) if word not in STOP_WORDS)


def sentences(text: str) -> tuple[str, ...]:
    """`text` cut into sentences at stops and line ends; abbreviations do not end one."""
    found: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] = f"{found[-1]} {piece.strip()}"
        elif piece.strip():
            found.append(piece.strip())
    return tuple(found)


def _canonical(digits: str) -> str:
    """One spelling for equal numbers: "1,042.50" and "01042.5" are both "1042.5"."""
    whole, _, part = digits.rstrip(".,").replace(",", "").partition(".")
    part = part.rstrip("0") if "." not in part else part
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")


def _of_digits(word: str) -> list[str]:
    found: list[str] = []
    for digits in _DIGITS.findall(word):
        decimal = digits.replace(",", ".") if digits.count(",") == 1 else digits
        pieces = [digits] if _THOUSANDS.fullmatch(digits) else decimal.split(",")
        found += [_canonical(piece) for piece in pieces if piece]
    return found


def _spoken(run: list[str]) -> list[str]:
    """Values of a run of number words: "two hundred and five" is one, "two three" are two."""
    found: list[int] = []
    total = current = 0
    room = 0  # what the next small number must stay below to join the one before
    for word in run:
        if word in _SCALES and room != 0:
            scale = _SCALES[word]
            current, total = (
                (current * 100, total) if scale == 100 else (0, total + current * scale)
            )
            room = 100 if scale == 100 else scale
        elif (value := _SMALL.get(word, _SCALES.get(word, 0))) < room and word != "zero":
            current, room = current + value, 10 if value >= 20 else 1
        else:
            found += [total + current] if room else []
            total, current, room = 0, value, 10 if value >= 20 else 1
    return [str(value) for value in [*found, total + current]] if run else []


@lru_cache(maxsize=16_384)
def numbers(text: str) -> tuple[str, ...]:
    """All numbers of `text` as plain digits, in order, whether written in digits or in words.

    Thousands separators, leading zeros and trailing decimal zeros are dropped; a unit stuck to
    the digits is ignored ("413M" holds 413); clock times and dates give one number a part.
    """
    found: list[str] = []
    run: list[str] = []
    for token in words(text):
        for word in token.split("-"):
            if word in _SMALL or word in _SCALES:
                run.append(word)
            elif not (word == "and" and run and run[-1] in _SCALES):
                found += _spoken(run)
                run = []
                found += _of_digits(word) if word[:1].isdigit() else []
    return (*found, *_spoken(run))


def _is_misread(word: str, tokens: tuple[str, ...]) -> bool:
    """Whether a word of five letters or more stands in a token, glued or with a letter wrong."""
    if len(word) < 5 or not word.isalpha():
        return False
    return any(_is_misreading(word, token) for token in tokens)


@lru_cache(maxsize=262_144)  # the words of a video are few beside the times that they are compared
def _is_misreading(word: str, token: str) -> bool:
    # three letters more, or "strain" would hold "train"
    is_glued = len(token) >= len(word) + 3
    if word in token:
        return is_glued
    if fuzz.ratio(word, token) >= FUZZY:
        return True
    return len(word) >= 7 and is_glued and fuzz.partial_ratio(word, token) >= FUZZY


def coverage(wanted: Iterable[str], text: str) -> float:
    """Share of the wanted words that `text` mentions, 0 to 1; 1 when nothing is wanted.

    A word is mentioned by its stem, by an equal number in digits or words, or, from five letters
    on, by a misread or glued token ("KEEPCROSSlNG" mentions "crossing"). An entry of several
    words needs all of them; a letter label ("job a") needs them side by side.
    """
    entries = [words(entry) for entry in wanted]
    entries = [entry for entry in entries if entry]
    if not entries:
        return 1.0
    parts, known, joined = _told(text)

    def has(entry: tuple[str, ...]) -> bool:
        if f" {' '.join(entry)} " in joined:
            return True
        if len(entry) > 1 and len(entry[-1]) == 1:
            return "".join(entry) in known
        return all(_mentions(word, known, parts) for word in entry)

    return sum(map(has, entries)) / len(entries)


@lru_cache(maxsize=16_384)  # each row is held against every word of a question
def _told(text: str) -> tuple[tuple[str, ...], frozenset[str], str]:
    """What `coverage` compares with: words and their parts, stems and numbers, all words in order.

    The last has a space around each word.
    """
    tokens = words(text)
    parts = tuple(dict.fromkeys(part for token in tokens for part in (token, *token.split("-"))))
    known = frozenset(stem(part) for part in parts).union(numbers(text))
    return parts, known, f" {' '.join(tokens)} "


def _mentions(word: str, known: frozenset[str], tokens: tuple[str, ...]) -> bool:
    if stem(word) in known or stem(word.replace("-", "")) in known:
        return True
    values = numbers(word)
    if values:
        return set(values) <= known
    return all(stem(w) in known or _is_misread(w, tokens) for w in word.split("-"))
