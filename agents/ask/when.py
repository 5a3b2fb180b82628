"""Which recordings a question is about, by the wall clock: "last Tuesday", "before the meeting".

The question's words about time are understood once, before it is planned, and what is left of it is
planned. Words that can mean only one time (a date, "yesterday", "before" a recording that is named)
choose the videos that were recorded then. Words that may as well be what is told about ("in 2020",
"on Sunday") stay in the question, and what was recorded then is only preferred, as is what is
nearest in time where nothing was recorded then. Times of a video's own clock are none of these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from agents.errors import QuestionError
from agents.text.clock import clock
from memory.organise.timescope import (
    INSTANT,
    WallRange,
    time_range,
    time_score,
    when_recorded,
)
from memory.records import Span, Video

if TYPE_CHECKING:
    from agents.ask.answer import Cited

_FIRM = re.compile(
    r"\b(?:last|this|past|ago|yesterday|today|tonight|before|after|prior|since|until|between|from)"
    r"\b|(?<!\d)\d{1,2}(?!\d)",
    re.IGNORECASE,
)
"""What makes words about time mean a time of recording and nothing else."""
_BESIDE = re.compile(
    r"\b(?P<side>before|after|since|until|during|at|in) "
    r"(?:the |our |my |that |this |last )?(?P<what>[\w'-]+(?: [\w'-]+){0,3})",
    re.IGNORECASE,
)
_HALF = re.compile(r"[ap]\.?m\b\.?\W*", re.IGNORECASE)
_LEAD = re.compile(r"\b(?:on|in|at|during|from|of|for|by|since)\s*$", re.IGNORECASE)
_CAMERA = frozenset("vid img mov dsc gopr pxl rec mp screen final copy new".split())
"""Parts of file names that say nothing of what was recorded."""
_LEAST_LETTERS = 3
_YEARS = timedelta(days=1461)
WHAT_HAPPENS = "What happens in the video?"
"""What is asked where only words about time were there: "what happened yesterday?"."""


@dataclass(frozen=True, slots=True)
class When:
    """A wall-clock time that a question names, and what it means for its videos."""

    words: str
    range: WallRange
    asked: str
    """The question as it was asked, with the words about time."""
    told: str
    """What became of them, in words for the user."""
    parts: tuple[tuple[str, Span], ...] = ()
    """The stretches of videos that were recorded then, where some video goes beyond."""
    nearness: Mapping[str, float] = field(default_factory=dict[str, float], hash=False)
    """By video, how near to that time it was recorded, 0 to 1, where that is only preferred."""
    is_met: bool = True
    """Whether anything was recorded then."""

    def to_json(self) -> dict[str, Any]:
        """The documented object."""
        edges = [None if e == datetime.min else e.isoformat() for e in (self.start, self.range.end)]
        return {"words": self.words, "from": edges[0], "to": edges[1], "told": self.told}

    @property
    def start(self) -> datetime:
        """When it begins."""
        return self.range.start


@dataclass(frozen=True, slots=True)
class Timed:
    """A question as it is pursued: what is left of its text, and of its videos."""

    text: str
    videos: Sequence[Video]
    when: When | None = None
    note: str = ""
    """Why words about time were not used, if so."""


def timed(
    text: str, given: str, videos: Sequence[Video], now: datetime, *, reads: bool = True
) -> Timed:
    """Understand the time that a question is about: `given` beside it, else by its own words.

    Args:
        text: The question.
        given: Words about time that choose videos, whatever the question says; empty for none.
        videos: Those that are asked.
        now: What "last week" is counted from.
        reads: Whether the question's own words about time are used.

    Raises:
        QuestionError: when `given` names no time, or nothing was recorded then.
    """
    if given:
        found = range_of(given, now)
        inside = _inside(videos, found)
        if not inside:
            raise QuestionError(*nothing_from(given, videos))
        return Timed(text, inside, _chosen(text, given, found, videos, inside))
    named = (_named_recording(text, videos, now) or _named_time(text, now)) if reads else None
    if named is None:
        return Timed(text, videos)
    said, found, is_firm = named
    if not any(video.recorded_at for video in videos):
        note = f"'{said}' is not used: nobody knows when any of the videos was recorded"
        return Timed(text, videos, note=f"{note} (`backtrail memory date VIDEO TIME` says it)")
    inside = _inside(videos, found)
    if not is_firm or not inside:
        return Timed(text, videos, _preferred(text, said, found, videos, is_met=bool(inside)))
    when = _chosen(text, said, found, videos, inside)
    if len(inside) == 1 and found.end - found.start <= INSTANT:
        at = f"at {clock(_part(inside[0], found).start)}"  # as the video's own clock has it
        return Timed(_without(text, said, at), inside, replace(when, parts=()))
    return Timed(_without(text, said), inside, when)


def range_of(text: str, now: datetime) -> WallRange:
    """The range that words about time mean.

    Raises:
        QuestionError: they mean none.
    """
    found = time_range(text, now)
    if found is None:
        hint = 'say "last Tuesday", "between May 3 and May 9, 2026" or 2026-11-20'
        raise QuestionError(f"{text!r} is no time that can be read", hint)
    return found


def nothing_from(when: str, videos: Sequence[Video]) -> tuple[str, str]:
    """What is said, and what is advised, where no video was recorded at a time."""
    undated = sum(not video.recorded_at for video in videos)
    said = f"no video was recorded {when}; of {undated} nobody knows when they were"
    return said, "say when one was: backtrail memory date VIDEO TIME"


def is_untimely(when: When | None, cited: Sequence[Cited]) -> bool:
    """Whether what is cited is not from the time asked about, nor tells of it."""
    if when is None or when.is_met or not cited:
        return False
    from agents.text.stop_words import STOP_WORDS
    from agents.text.words import coverage, words

    telling = [word for word in words(when.words) if word not in STOP_WORDS]
    return coverage(telling, "\n".join(item.memory.text or "" for item in cited)) < 1


def clipped(
    stretches: Sequence[tuple[str, Span]], allowed: Sequence[tuple[str, Span]]
) -> tuple[tuple[str, Span], ...]:
    """Stretches of videos as far as they lie in those that are allowed; all where none is named."""
    if not allowed:
        return tuple(stretches)
    pairs = ((v, span.clipped(own)) for v, span in stretches for w, own in allowed if v == w)
    return tuple((v, span) for v, span in pairs if span is not None)


def recorded(video: Video) -> str:
    """When a video was recorded, to the minute; empty where nobody knows."""
    return video.recorded_at[:16].replace("T", " ")


def _named_time(text: str, now: datetime) -> tuple[str, WallRange, bool] | None:
    """The words that name a time which is not ahead, its range, and whether they mean no other."""
    from agents.ask.planner.times import find_time
    from agents.text.stop_words import STOP_WORDS
    from agents.text.words import words

    found = time_range(text, now)
    if found is None or found.start >= now.replace(tzinfo=None):
        return None
    pieces = [match.span() for match in re.finditer(r"\S+", text)]
    whole, first, last = _twice(text, now), 0, len(pieces)
    while first + 1 < last and _twice(text[pieces[first + 1][0] :], now) == whole:
        first += 1
    while last - 1 > first and _twice(_cut(text, pieces, first, last - 1), now) == whole:
        last -= 1
    if last < len(pieces) and _HALF.fullmatch(_cut(text, pieces, last, last + 1)):
        last += 1
    said = _cut(text, pieces, first, last).strip(" ,;?!.")
    own = find_time(said)
    of_video = own is not None and not [w for w in words(own[2]) if w not in STOP_WORDS]
    return None if of_video else (said, found, _FIRM.search(said) is not None)


def _twice(text: str, now: datetime) -> tuple[WallRange | None, WallRange | None]:
    """What a text means now and meant years ago: they differ where it leaves out the year."""
    return time_range(text, now), time_range(text, now.replace(tzinfo=None) - _YEARS)


def _cut(text: str, pieces: Sequence[tuple[int, int]], first: int, last: int) -> str:
    return text[pieces[first][0] : pieces[last - 1][1]]


def _named_recording(
    text: str, videos: Sequence[Video], now: datetime
) -> tuple[str, WallRange, bool] | None:
    """A time beside a recording that the question calls by the words of its name."""
    from agents.text.words import stem

    dated = sorted((v for v in videos if v.recorded_at), key=lambda v: (v.recorded_at, v.video_id))
    for match in _BESIDE.finditer(text) if len(dated) > 1 else ():
        said = match["what"].split()
        for count in range(len(said), 0, -1):
            wanted = {stem(word.lower()) for word in said[:count]}
            named = [video for video in dated if wanted <= _name_words(video)]
            if not named or len(named) == len(dated):
                continue
            found = _beside(match["side"].lower(), named[-1], now)
            if found is not None and _inside(videos, found):
                end = match.start("what") + len(" ".join(said[:count]))
                return text[match.start() : end], found, True
    return None


def _beside(side: str, video: Video, now: datetime) -> WallRange | None:
    own = when_recorded(video)
    assert own is not None, "only videos with a date are named"
    if side in ("before", "until"):
        return WallRange(datetime.min, own.start)
    if side in ("after", "since"):
        return WallRange(own.end, now) if own.end < now else None
    return own


def _name_words(video: Video) -> set[str]:
    """Stems of the words of a video's name that say what was recorded."""
    from agents.ask.planner.grammar import MEDIUM
    from agents.text.words import stem

    told = re.findall(r"[^\W\d_]+", video.name.rsplit(".", 1)[0].lower())
    kept = (w for w in told if len(w) >= _LEAST_LETTERS and w not in _CAMERA | MEDIUM)
    return {stem(word) for word in kept}


def _inside(videos: Sequence[Video], found: WallRange) -> list[Video]:
    """The videos of which some part was recorded in a range."""
    spans = ((video, when_recorded(video)) for video in videos)
    return [video for video, span in spans if span is not None and span.overlaps(found)]


def _chosen(
    text: str, said: str, found: WallRange, videos: Sequence[Video], inside: Sequence[Video]
) -> When:
    """The time as it chooses videos, and parts of them where they go beyond it."""
    parts = [(video.video_id, _part(video, found)) for video in inside]
    whole = all(span == v.span for v, (_, span) in zip(inside, parts, strict=True))
    undated = sum(not video.recorded_at for video in videos)
    told = f"of {len(videos)} videos {len(inside)} " + ("was" if len(inside) == 1 else "were")
    told += f" recorded {said} ({_told(found)})"
    told += f"; of {undated} nobody knows when" if undated else ""
    return When(said, found, text, told, () if whole else tuple(parts))


def _preferred(
    text: str, said: str, found: WallRange, videos: Sequence[Video], *, is_met: bool
) -> When:
    """The time as it only makes videos likelier, the nearer the more."""
    spans = {video.video_id: when_recorded(video) for video in videos}
    # time_score goes from 1 inside over 0.25 beside it down to -0.5
    near = {
        key: (time_score(span, found) + 0.5) / 1.5
        for key, span in spans.items()
        if span is not None
    }
    told = f"what was recorded {said} ({_told(found)}) is preferred"
    if not is_met:
        told = (
            f"no video is known to be recorded {said} ({_told(found)}): the nearest are preferred"
        )
    return When(said, found, text, told, nearness=near, is_met=is_met)


def _part(video: Video, found: WallRange) -> Span:
    """The part of a video that was recorded in a range, on its own clock."""
    own = when_recorded(video)
    assert own is not None, "it was recorded in the range"
    start, end = (_since(own.start, edge) for edge in (found.start, found.end))
    return Span(max(0, start), max(start + 1, end)).clipped(video.span) or video.span


def _since(begin: datetime, edge: datetime) -> int:
    return (edge - begin) // timedelta(microseconds=1)


def _without(text: str, said: str, instead: str = "") -> str:
    """The question without its words about time, or with others in their place."""
    from agents.ask.planner.rules import plan as plan_by_rules

    before, _, after = text.partition(said)
    head = _LEAD.sub("", before.rstrip()).rstrip(" ,")
    left = " ".join(filter(None, (head, instead, after.lstrip(" ,"))))
    left = re.sub(r"\s+(?=[?.!,])", "", left)
    return WHAT_HAPPENS if plan_by_rules(left).is_empty else left


def _told(found: WallRange) -> str:
    """A range in words."""
    if found.start == datetime.min:
        return f"before {_stamp(found.end)}"
    if found.end - found.start <= timedelta(days=1) and found.start.date() == _last(found).date():
        is_day = found.end - found.start == timedelta(days=1)
        return found.start.date().isoformat() if is_day else _stamp(found.start)
    return f"{_stamp(found.start)} to {_stamp(_last(found))}"


def _last(found: WallRange) -> datetime:
    return max(found.start, found.end - timedelta(microseconds=1))


def _stamp(at: datetime) -> str:
    """A time as short as it can be told."""
    is_day = at.time() in (datetime.min.time(), datetime.max.time())
    return at.date().isoformat() if is_day else at.strftime("%Y-%m-%d %H:%M")


def timely_why(why: str, video: Video) -> str:
    """What ties a moment to a question, with when it was recorded."""
    return f"{why}; recorded {recorded(video) or 'nobody knows when'}"
