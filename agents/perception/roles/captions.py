"""Subtitles that are part of the picture: lines in one band that give way to each other.

They are told by what subtitling guides ask of them (centred, at the lower or upper edge, one or two
lines, some seconds each) and by that the rest of the picture's text does not change with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents.perception.roles.placed import Key, Placed, gap, runs, usual_size
from memory.records import SECOND, Span

CENTRED = 0.06
"""How far the middle of a line may be from the middle of the picture, as a part of its width."""
LOWER, UPPER = 0.62, 0.2
"""Subtitles are below or above these parts of the picture's height."""
MOST_LINES = 3
"""Of one subtitle; two are usual."""
LARGEST = 0.12
"""Height of a line, as a part of the picture's, from which it is no subtitle."""
LONGEST = 8 * SECOND
"""Time for which one subtitle is shown at most; guides ask for 1 to 7 seconds."""
PAUSE = 20 * SECOND
"""Silence from which a run of subtitles ends."""
LEAST = 3
"""Subtitles that make a run: that two texts follow each other happens."""
SAME_SIZE = 1.5
"""How many times as large letters of one band are at most: boxes of short lines are higher."""
SAMPLE = 300_000
"""Microseconds within which two changes are of one sample of the picture."""
APART = 0.5
"""Share of a run's subtitles that come while no other text comes or goes."""
OVERLAP = SECOND * 6 // 10
"""Time for which two subtitles of a band may be there together: text is read at intervals."""


@dataclass(frozen=True, slots=True)
class _Cue:
    """Lines that may be one subtitle."""

    lines: tuple[Placed, ...]

    @property
    def span(self) -> Span:
        return self.lines[0].span

    @property
    def edges(self) -> tuple[float, float]:
        """Of the band: its upper and its lower one."""
        return self.lines[0].top, self.lines[-1].bottom

    @property
    def size(self) -> float:
        return usual_size(self.lines)

    @property
    def text(self) -> str:
        """Without its numbers: what only counts is no speech."""
        said = " ".join(line.text.casefold() for line in self.lines)
        return "".join(letter for letter in said if not letter.isdigit())


def captions(rows: Sequence[Sequence[Placed]]) -> set[Key]:
    """The keys of the lines that are subtitles.

    Args:
        rows: Lines that come and go together, for all of a video.
    """
    cues = sorted((cue for row in rows for cue in _cues(row)), key=lambda cue: cue.span)
    found: set[Key] = set()
    for band in _bands(cues):
        own = {line.key for cue in band for line in cue.lines}
        others = [line.span for row in rows for line in row if line.key not in own]
        for run in runs(band, _is_long_after):
            if _is_spoken(run, others):
                found |= {line.key for cue in run for line in cue.lines}
    return found


def _cues(row: Sequence[Placed]) -> Iterator[_Cue]:
    """Stacks of centred lines near an edge of the picture."""
    able = [line for line in row if _is_able(line)]
    ordered = sorted(able, key=lambda line: line.top)
    for stack in runs(ordered, lambda upper, lower: gap(upper, lower) > lower.height):
        if len(stack) <= MOST_LINES:
            yield _Cue(tuple(stack))


def _is_able(line: Placed) -> bool:
    middle = (line.top + line.bottom) / 2
    is_centred = abs((line.left + line.right) / 2 - 0.5) <= CENTRED
    is_brief = line.span.length <= LONGEST and line.height <= LARGEST
    return is_centred and is_brief and not UPPER < middle < LOWER


def _bands(cues: Sequence[_Cue]) -> list[list[_Cue]]:
    """Subtitles that share an edge and the size of letters."""
    bands: list[list[_Cue]] = []
    for cue in cues:
        own = next((band for band in bands if any(_is_beside(cue, e) for e in band[-4:])), None)
        if own is None:
            bands.append([cue])
        else:
            own.append(cue)
    return bands


def _is_beside(one: _Cue, other: _Cue) -> bool:
    small, large = sorted((one.size, other.size))
    middles = (sum(one.edges) / 2, sum(other.edges) / 2)
    pairs = (*zip(one.edges, other.edges, strict=True), middles)
    return large <= SAME_SIZE * small and any(abs(a - b) <= 0.5 * small for a, b in pairs)


def _is_long_after(one: _Cue, other: _Cue) -> bool:
    return other.span.start - one.span.end > PAUSE


def _is_spoken(run: Sequence[_Cue], others: Sequence[Span]) -> bool:
    """Whether texts of a band follow each other as speech does, whatever else is on screen."""
    if len({cue.text for cue in run}) < LEAST:
        return False
    pairs = list(pairwise(run))
    together = sum(one.span.overlap(other.span) > OVERLAP for one, other in pairs)
    if together > len(pairs) // 5:
        return False
    apart = sum(not _changes(others, cue.span.start) for cue in run)
    stays = sum(any(_is_through(span, cue.span.start) for span in others) for cue in run)
    is_upper = run[0].edges[1] < 0.5
    return apart >= APART * len(run) and (not is_upper or stays >= APART * len(run))


def _changes(others: Sequence[Span], at: int) -> bool:
    """Whether other text comes or goes at an instant."""
    return any(min(abs(span.start - at), abs(span.end - at)) <= SAMPLE for span in others)


def _is_through(span: Span, at: int) -> bool:
    return span.start < at - SAMPLE and at + SAMPLE < span.end
