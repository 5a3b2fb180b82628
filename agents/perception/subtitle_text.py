"""From the bytes and events of subtitles to plain lines: charsets, markup, rolling captions."""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

TAGS = re.compile(r"<[^<>]*>|\{[^{}]*\}")
DRAWN = re.compile(r"\{[^{}]*\\p[1-9][^{}]*\}.*?(?=\{[^{}]*\\p0[^{}]*\}|$)", re.DOTALL)
"""Text that ASS draws as a shape (`\\p1` to `\\p0`) instead of writing it."""
TIMING = re.compile(rb"[\d:,.\-> \t\r]*")
SINGLE = tuple(
    "cp1252 cp1251 cp1250 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 koi8_r cp874".split()
)
"""What subtitles are saved in that are not Unicode, the likelier first: a byte for a character."""
CHARSETS = (*SINGLE, *"gb18030 big5 cp932 euc_jp cp949".split())
"""The same, with those that take several bytes."""
ROLLING = 0.3
"""Share of cues that begin with the line before them, from which captions are rolling."""
TOUCHING = 100_000
"""Microseconds between two cues that follow each other at once."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Lines that are shown together; times in microseconds."""

    start: int
    end: int
    lines: tuple[str, ...]


def decoded(raw: bytes) -> tuple[str, str]:
    """The text of a subtitle file, and the charset if it is not UTF-8.

    Raises:
        ValueError: no charset fits.
    """
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if raw.startswith(mark):
            return raw.decode(name), ""
    zeros = [raw[parity::2].count(0) / max(1, len(raw) // 2) for parity in (0, 1)]
    if max(zeros) > 0.3 > min(zeros) + 0.1:
        name = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
        return raw.decode(name), f"{name.upper()} without a mark"
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        name = _guessed(raw)
        return raw.decode(name), f"Windows-{name[2:]}" if name.startswith("cp12") else name.upper()


def _guessed(raw: bytes) -> str:
    """The charset in which the lines between the times look most like a language."""
    from charset_normalizer import from_bytes

    words = b"\n".join(line for line in raw.splitlines() if not TIMING.fullmatch(line))
    found = from_bytes(words, cp_isolation=list(CHARSETS))
    ranked: list[tuple[float, bool, float, int, str]] = []
    for place, match in enumerate(found):
        # What several charsets read alike is told under one of their names only.
        names = [name for name in CHARSETS if name in match.could_be_from_charset]
        if not names:
            continue
        is_single = names[0] in SINGLE  # to be valid in several bytes proves more
        likely = -round(match.coherence, 1) if is_single else float(place)
        ranked.append(
            (round(match.chaos, 1), is_single, likely, CHARSETS.index(names[0]), names[0])
        )
    if not ranked:
        raise ValueError("its charset is unknown")
    return min(ranked)[-1]


def plain_lines(text: str) -> tuple[str, ...]:
    """Lines without drawings, tags, entities and control characters; none that are empty."""
    shown = TAGS.sub("", DRAWN.sub("", text)).replace("\\h", " ")
    lines = re.split(r"\\[Nn]|\r?\n", shown)
    cleaned = (" ".join(shown_characters(html.unescape(line)).split()) for line in lines)
    return tuple(line for line in cleaned if line)


def shown_characters(text: str) -> str:
    """The text with a space for each control character: escapes would steer a terminal."""
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)


def in_order(cues: Sequence[Cue]) -> list[Cue]:
    """Cues by time; what rolls over several is there once, as is what is shown twice at a time."""
    ordered = sorted(cues, key=lambda cue: (cue.start, cue.end))
    return _once(_unrolled(ordered) if _is_rolling(ordered) else ordered)


def _is_rolling(cues: Sequence[Cue]) -> bool:
    """Whether lines move up from cue to cue, as automatic captions do."""
    pairs = list(pairwise(cues))
    rolled = sum(one.lines[-1] == two.lines[0] and _follows(one, two) for one, two in pairs)
    return len(pairs) > 1 and rolled >= ROLLING * len(pairs)


def _follows(one: Cue, two: Cue) -> bool:
    return two.start <= one.end + TOUCHING


def _unrolled(cues: Sequence[Cue]) -> list[Cue]:
    """Every line once, from when it appears to when the next one does."""
    made: list[Cue] = []
    before: Cue | None = None
    for cue in cues:
        shown = before.lines if before is not None and _follows(before, cue) else ()
        for line in cue.lines:
            if line in shown:
                if made and made[-1].lines == (line,):
                    made[-1] = Cue(made[-1].start, max(made[-1].end, cue.end), (line,))
                continue
            if made and shown and line.startswith(made[-1].lines[0] + " "):
                made[-1] = Cue(made[-1].start, cue.end, (line,))  # it grows word by word
                continue
            if made and made[-1].end > cue.start:
                made[-1] = Cue(made[-1].start, max(made[-1].start, cue.start), made[-1].lines)
            made.append(Cue(cue.start, cue.end, (line,)))
        before = cue
    return made


def _once(cues: Sequence[Cue]) -> list[Cue]:
    """Cues without repetitions of the same words at the same time or right after."""
    made: list[Cue] = []
    last: dict[tuple[str, ...], int] = {}
    for cue in cues:
        at = last.get(cue.lines)
        if at is not None and _follows(made[at], cue):
            made[at] = Cue(made[at].start, max(made[at].end, cue.end), cue.lines)
            continue
        last[cue.lines] = len(made)
        made.append(cue)
    return made
