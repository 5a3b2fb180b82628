"""The words of a row and of a question, as retrieval compares them: stems, without stop words.

Only which of the question's words a stretch of time holds is read from them; finding rows by their
words is the store's, whose index knows all scripts.
"""
# snowballstemmer has no types
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from snowballstemmer.english_stemmer import EnglishStemmer

STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then "
    "there these they this to was will with what when where which who whom whose why how do does "
    "did has have had i you he she we his her its".split()
)
"""Lucene's for English, and those of questions."""

_WORD = re.compile(r"\w+")


@lru_cache(maxsize=16_384)  # the rows of a workspace are compared with question after question
def terms(text: str) -> frozenset[str]:
    """Stems of the words of a text in any case, without stop words."""
    found = (word for word in _WORD.findall(text.lower()) if word not in STOP_WORDS)
    return frozenset(map(_stem, found))


@lru_cache(maxsize=65_536)  # rows share their words: of an hour's, one in eight is new
def _stem(word: str) -> str:
    return str(EnglishStemmer().stemWord(word))  # keeps state while it works: one for each call


def held(question: str, texts: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which of a question's words each text holds, and what each word counts.

    Returns:
        Shape (n, t), and shape (t,): shares that add up to 1, the rarer among the texts the
        greater (inverse document frequency as in BM25; Robertson and Zaragoza 2009).
    """
    asked = sorted(terms(question))
    holds = np.zeros((len(texts), len(asked)), dtype=bool)
    for number, text in enumerate(texts):
        own = terms(text)
        holds[number] = [word in own for word in asked]
    many = holds.sum(axis=0)
    rare = np.log(1 + (len(texts) - many + 0.5) / (many + 0.5))
    return holds, rare / max(float(rare.sum()), 1e-9)
