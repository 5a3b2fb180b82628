"""Changes: one row wherever text, things, a voice or light come, go, or give way to something else.

Nothing is perceived here. Rows of all windows tell when something was there; where one ends and
another begins at the same instant, the one is replaced by the other. What happens at one instant is
one row, so that changes do not drown what they are made from, and what runs on (a counter, doubt
about letters) is no change at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from rapidfuzz import fuzz

from agents.ingest.compose import DARK, STILL
from agents.perception.records import Sample
from agents.perception.roles import roles
from agents.perception.rows import composed_row
from agents.perception.text_lines import DIGIT
from agents.text.words import coverage, with_article
from memory.details import ShownLine, ToldChange
from memory.records import SECOND, Kind, Level, Memory, Owner, Span

MODEL = "changes"
"""Producer of the rows."""
REACH = 600_000
"""Microseconds within which changes are one: what is read or named is a sample late or two."""
AROUND = SECOND // 2
"""How far a row reaches on both sides of its instant."""
PAUSE = 3 * SECOND
"""Silence from which a voice begins anew."""
SURE_LINE = 0.85
"""Reading confidence from which a line is told of."""
LEAST_LETTERS = 3
"""Letters and digits of a line that is told of; shorter ones are mostly no words."""
SAME = 70
"""rapidfuzz ratio from which text before and after is one text, read twice."""
SUBTITLE = 0.7
"""Share of a text's words from which it is what is being said."""
SUBTITLE_LASTS = 8 * SECOND
"""Longest time that a subtitle is shown; slides whose words are read aloud stay longer."""
SURE_THING = 0.5
"""Belief from which a thing is told of at a cut."""
MOMENTS = ("enters", "appears", "leaves", "disappears", "stops", "sets off")
"""How steps begin that are over at once."""
SOUNDS = {
    "music plays": ("music begins", "the music stops"),
    "somebody sings": ("somebody begins to sing", "the singing stops"),
}
"""How sounds begin and stop, in words."""
BLACK = DARK / 10
"""Mean luma below which the picture is black."""
MOST = 2
"""Texts, and things, named on each side of a change."""
TITLE_WORDS = 8


@dataclass(frozen=True, slots=True)
class _Seen:
    """One change at its instant, and the rows that tell it."""

    at: int
    told: ToldChange
    rows: tuple[Memory, ...] = ()


def change_rows(
    rows: Sequence[Memory],
    cuts: Sequence[int],
    samples: Sequence[Sample],
    duration: int,
    owner: Owner,
) -> list[Memory]:
    """A row for every instant at which something changes, in order of time.

    Args:
        rows: what was perceived in the whole video, joined over the edges of windows.
        cuts: times of hard cuts, microseconds.
        samples: brightness and motion over time.
        duration: of the video, microseconds.
        owner: whose rows they become.
    """
    found = [
        *_texts(rows, samples, duration),
        *_things(rows, cuts),
        *_moves(rows),
        *_voices(rows, duration),
        *_sounds(rows, duration),
        *_light(samples),
    ]
    return [_row(group, duration, owner) for group in _together(found)]


def _together(found: Sequence[_Seen]) -> list[list[_Seen]]:
    """Changes that are one instant, none of them further than `REACH` from the first."""
    groups: list[list[_Seen]] = []
    for each in sorted(found, key=lambda each: (each.at, each.told["what"] != "picture")):
        if groups and each.at - groups[-1][0].at <= REACH:
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _row(group: Sequence[_Seen], duration: int, owner: Owner) -> Memory:
    """The row of what happens at one instant."""
    first, last = min(each.at for each in group), max(each.at for each in group)
    span = Span(max(0, first - AROUND), min(duration, last + AROUND))
    sources = list(dict.fromkeys(row for each in group for row in each.rows))
    told = [each.told for each in group]
    text = "; ".join(sentence(each) for each in told)
    sure = sum(row.confidence for row in sources) / len(sources) if sources else 1.0
    return composed_row(
        owner,
        Level.SHOT,
        Kind.CHANGE,
        span,
        text,
        sources,
        MODEL,
        confidence=round(sure, 4),
        details={"changes": told},
    )


def sentence(told: ToldChange) -> str:
    """A change in plain words."""
    what, before, after = told["what"], told["before"], told["after"]
    if what == "picture":
        return f"the picture {told['how']}"
    if what == "voice":
        return "somebody begins to speak" if told["how"] == "begins" else "nobody speaks any more"
    if what == "sound":
        return told["how"]
    if what == "motion":
        return f"{_named(after)} {told['how']}"
    if what == "thing":
        came = f" to {_named(after)}"
        return (
            f"the picture cuts from {_named(before)}{came}" if before else f"the picture cuts{came}"
        )
    first = before or after
    noun, many = (f"{what}s", True) if len(first) > 1 else (what, False)
    if before and after:
        return (
            f"the {noun} {_quoted(before)} {'are' if many else 'is'} replaced by {_quoted(after)}"
        )
    verb = "appear" if after else "disappear"
    return f"the {noun} {_quoted(first)} {verb if many else verb + 's'}"


def _quoted(titles: Sequence[str]) -> str:
    return " and ".join(f"'{title}'" for title in titles)


def _named(names: Sequence[str]) -> str:
    """Names with their article, as in a sentence."""
    return " and ".join(with_article(name) for name in names)


# --- text --------------------------------------------------------------------------------------


def _texts(rows: Sequence[Memory], samples: Sequence[Sample], duration: int) -> Iterator[_Seen]:
    """Texts that come and go; at one instant the one is replaced by the other."""
    said = [row for row in rows if row.kind is Kind.SPEECH]
    shown = (row for row in rows if row.kind is Kind.SCREEN_TEXT and not _is_subtitle(row, said))
    written = [(row, title) for row in shown if (title := _title(row))]
    ends = [(row.span.end, False, row, title) for row, title in written]
    starts = [(row.span.start, True, row, title) for row, title in written]
    inside = (each for each in ends + starts if REACH < each[0] < duration - REACH)
    edges = sorted(inside, key=lambda each: (each[0], each[1], each[2].memory_id))
    for group in _grouped([each[0] for each in edges]):
        here = edges[group.start : group.stop]
        gone = [(row, title) for _, comes, row, title in here if not comes]
        come = [(row, title) for _, comes, row, title in here if comes]
        gone, come = _without_same(gone, come)
        if gone or come:
            yield _text_change(here[0][0], gone, come, samples)


_Titled = tuple[Memory, str]


def _grouped(times: Sequence[int]) -> Iterator[range]:
    """Places of neighbouring times that are one instant."""
    begin = 0
    for place in range(1, len(times) + 1):
        if place == len(times) or times[place] - times[begin] > REACH:
            yield range(begin, place)
            begin = place


def _without_same(
    gone: Sequence[_Titled], come: Sequence[_Titled]
) -> tuple[list[_Titled], list[_Titled]]:
    """What is on one side only: a text that was read anew, or counts on, goes out of both."""
    left, right = list(gone), list(come)
    for one in gone:
        twin = next((other for other in right if _is_same(one[1], other[1])), None)
        if twin is not None:
            left.remove(one)
            right.remove(twin)
    return left, right


def _is_same(one: str, other: str) -> bool:
    first, second = (DIGIT.sub("0", text.casefold()) for text in (one, other))
    return fuzz.ratio(first, second) >= SAME


def _is_subtitle(row: Memory, said: Sequence[Memory]) -> bool:
    """Whether a text is what is said meanwhile and goes with it: no change worth telling."""
    if row.span.length > SUBTITLE_LASTS:
        return False
    heard = " ".join(each.text or "" for each in said if row.span.gap(each.span) <= SECOND)
    return bool(heard) and coverage((row.text or "").split(), heard) >= SUBTITLE


def _text_change(
    at: int, gone: Sequence[_Titled], come: Sequence[_Titled], samples: Sequence[Sample]
) -> _Seen:
    still = all(_stands_still(row, samples) for row, _ in (*gone, *come))
    told: ToldChange = {
        "what": "slide" if still and gone and come else "text",
        "how": "replaced" if gone and come else "appears" if come else "disappears",
        "before": _distinct([title for _, title in gone]),
        "after": _distinct([title for _, title in come]),
    }
    return _Seen(at, told, tuple(row for row, _ in (*gone, *come)))


def _stands_still(row: Memory, samples: Sequence[Sample]) -> bool:
    """Whether the picture rests while a text is there, as slides do."""
    inside = [s.motion for s in samples if row.span.start < s.time < row.span.end]
    return len(inside) > 1 and sum(m < STILL for m in inside) > 0.8 * len(inside)


def _distinct(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))[:MOST]


def _title(row: Memory) -> str:
    """The tallest sure line of a text, with the next one where it is a single word."""
    lines = [line for line in row.details.get("lines", []) if _is_telling(line)]
    if not lines:
        return ""
    heights = [_height(line) for line in lines]
    first = heights.index(max(heights))
    words = lines[first]["text"].split()
    if len(words) == 1 and first + 1 < len(lines):
        words += lines[first + 1]["text"].split()
    return " ".join(words[:TITLE_WORDS])


def _is_telling(line: ShownLine) -> bool:
    if line.get("role") == roles.SUBTITLE:
        return False
    letters = sum(letter.isalnum() for letter in line["text"])
    return letters >= LEAST_LETTERS and line.get("confidence", 1.0) >= SURE_LINE


def _height(line: ShownLine) -> float:
    box = line.get("box")
    return round(box[3] - box[1], 2) if box else 0.0


# --- things, voices, light ---------------------------------------------------------------------


def _things(rows: Sequence[Memory], cuts: Sequence[int]) -> Iterator[_Seen]:
    """What is seen on one side of a cut only."""
    seen = [row for row in rows if row.kind is Kind.OBJECTS]
    for cut in sorted(cuts):
        before = [row for row in seen if row.span.start < cut and abs(row.span.end - cut) <= REACH]
        after = [row for row in seen if row.span.end > cut and abs(row.span.start - cut) <= REACH]
        old, new = _names(before), _names(after)
        gone = [name for name in old if name not in new]
        come = [name for name in new if name not in old]
        if come:  # that something was not recognised any more says little
            told: ToldChange = {
                "what": "thing",
                "how": "replaced" if gone else "appears",
                "before": _distinct(gone),
                "after": _distinct(come),
            }
            yield _Seen(cut, told, (*before, *after))


def _names(rows: Sequence[Memory]) -> list[str]:
    """Names of what rows tell of, the surest first."""
    labels = [label for row in rows for label in row.details.get("labels", [])]
    sure = sorted((each for each in labels if each[1] >= SURE_THING), key=lambda each: -each[1])
    return list(dict.fromkeys(name for name, _ in sure))


def _moves(rows: Sequence[Memory]) -> Iterator[_Seen]:
    """Things that come, go, stop and set off; where they are heading lasts too long for that."""
    for row in rows:
        for step in row.details.get("steps", []):
            if step["how"].startswith(MOMENTS):
                name = row.details.get("name", "")
                told: ToldChange = {
                    "what": "motion",
                    "how": step["how"],
                    "before": [],
                    "after": [name],
                }
                yield _Seen(step["at"], told, (row,))


def _voices(rows: Sequence[Memory], duration: int) -> Iterator[_Seen]:
    """A voice that begins after silence, and the silence after it."""
    said = sorted((r for r in rows if r.kind is Kind.SPEECH and r.text), key=lambda r: r.span)
    heard_until = 0
    for place, row in enumerate(said):
        if row.span.start - heard_until >= PAUSE:
            yield _Seen(row.span.start, _voice("begins"), (row,))
        heard_until = max(heard_until, row.span.end)
        next_start = said[place + 1].span.start if place + 1 < len(said) else duration
        if next_start - heard_until >= PAUSE:
            yield _Seen(heard_until, _voice("stops"), (row,))


def _voice(how: str) -> ToldChange:
    """Without the words: they have a row of their own, which is to be found by them."""
    return {"what": "voice", "how": how, "before": [], "after": []}


def _sounds(rows: Sequence[Memory], duration: int) -> Iterator[_Seen]:
    """Music and singing that begin or stop."""
    for row in rows:
        if row.kind is Kind.AUDIO and row.text in SOUNDS:
            begins, stops = SOUNDS[row.text]
            for at, how in ((row.span.start, begins), (row.span.end, stops)):
                if REACH < at < duration - REACH:
                    told: ToldChange = {"what": "sound", "how": how, "before": [], "after": []}
                    yield _Seen(at, told, (row,))


def _light(samples: Sequence[Sample]) -> Iterator[_Seen]:
    """A picture that turns black and one that comes out of it; a single black sample is none."""
    runs = [(dark, list(run)) for dark, run in groupby(samples, lambda s: s.brightness < BLACK)]
    for (_, before), (is_dark, after) in pairwise(runs):
        if len(after if is_dark else before) > 1:
            how = "turns black" if is_dark else "comes up from black"
            told: ToldChange = {"what": "picture", "how": how, "before": [], "after": []}
            yield _Seen(after[0].time, told)
