"""Places what a question's trace holds on timelines, in per cent of each video's length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.text.clock import clock_at

LANES = ("video", "chapter", "scene", "shot", "frame")
LANE_HEIGHT = 34
"""Pixels."""
NARROWEST = 0.5
"""Per cent: a shorter span is drawn this wide, to be seen and touched."""
CROWDED = 2.6
"""Per cent: markers in one lane are kept at least this far apart."""
TICK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
"""Seconds that may lie between two marks of the axis."""
MOST_TICKS = 8

MOVES = {
    "recall": "searched memory",
    "down": "down to finer detail",
    "sideways": "sideways to a neighbour",
    "up": "up to the larger part",
    "branch": "over to the next best branch",
    "look": "looked again",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time in a lane."""

    x: float
    """Per cent from the left."""
    width: float
    lane: int
    seconds: float
    """Where it starts."""
    title: str


@dataclass(slots=True)
class Stop:
    """One round on the path: a numbered marker, and the move that led to it."""

    number: int
    x: float
    lane: int
    seconds: float
    move: str
    kind: str
    """`looked`, `cached` or `read`."""
    title: str

    @property
    def y(self) -> float:
        """Middle of its lane, in pixels."""
        return (self.lane + 0.5) * LANE_HEIGHT


@dataclass(frozen=True, slots=True)
class Line:
    """One leg of the path."""

    start: Stop
    end: Stop


@dataclass(slots=True)
class Timeline:
    """Everything that is drawn for one video."""

    video_id: str
    name: str
    duration: float
    """Seconds."""
    ticks: list[tuple[float, str]]
    """Per cent from the left, and label."""
    hits: list[Bar] = field(default_factory=list[Bar])
    segments: list[Bar] = field(default_factory=list[Bar])
    evidence: list[Bar] = field(default_factory=list[Bar])
    stops: list[Stop] = field(default_factory=list[Stop])

    @property
    def legs(self) -> list[Line]:
        """The path from stop to stop."""
        return [Line(one, two) for one, two in zip(self.stops, self.stops[1:], strict=False)]

    @property
    def height(self) -> int:
        """Pixels."""
        return LANE_HEIGHT * len(LANES)


def span_text(item: Mapping[str, Any]) -> str:
    """The span of what has `start` and `end` in seconds; one time where both read the same."""
    start, end = (clock_at(item[edge]) for edge in ("start", "end"))
    return start if start == end else f"{start} to {end}"


def ticks(duration: float) -> list[tuple[float, str]]:
    """Marks of the axis at round times."""
    if duration <= 0:
        return []
    step = next((s for s in TICK_STEPS if duration / s <= MOST_TICKS), duration / MOST_TICKS)
    times = [step * n for n in range(int(duration // step) + 1)]
    return [(100 * at / duration, clock_at(at).removesuffix(".0")) for at in times]


def timelines(
    result: Mapping[str, Any], durations: Mapping[str, float], names: Mapping[str, str]
) -> list[Timeline]:
    """One timeline per video that the trace or the evidence names, in order of appearance.

    A video of unknown duration is drawn as long as the last thing known of it.
    """
    made: list[Timeline] = []
    for video_id in videos_of(result):
        length = durations.get(video_id) or _last_end(result, video_id)
        if length > 0:
            line = Timeline(video_id, names.get(video_id, video_id), length, ticks(length))
            _fill(line, result)
            made.append(line)
    return made


def videos_of(result: Mapping[str, Any]) -> list[str]:
    """Ids of all videos that the result names: those with evidence first."""
    return list(dict.fromkeys(item["video_id"] for item in _placed(result)))


def _placed(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    placed: list[Mapping[str, Any]] = list(result["evidence"])
    for entry in result["rounds"]:
        placed += [entry["segment"]] if entry["segment"] else []
        placed += entry["hits"]
    return placed


def _last_end(result: Mapping[str, Any], video_id: str) -> float:
    return max(item["end"] for item in _placed(result) if item["video_id"] == video_id)


def _fill(line: Timeline, result: Mapping[str, Any]) -> None:
    line.evidence = _bars(line, result["evidence"], "Evidence")
    for entry in result["rounds"]:
        line.hits += _bars(line, entry["hits"], f"Found in round {entry['number']}")
        place = entry["segment"]
        if place is not None and place["video_id"] == line.video_id:
            bar = _bar(line, {**place, "level": entry["level"]}, _round_title(entry))
            line.segments.append(bar)
        stop = _stop(line, entry)
        if stop is not None:
            _make_room(stop, line.stops)
            line.stops.append(stop)


def _bars(line: Timeline, items: Iterable[Mapping[str, Any]], what: str) -> list[Bar]:
    return [_bar(line, item, what) for item in items if item["video_id"] == line.video_id]


def _bar(line: Timeline, item: Mapping[str, Any], what: str) -> Bar:
    x = _percent(line, item["start"])
    width = max(_percent(line, item["end"]) - x, NARROWEST)
    title = f"{what}: {item['level']}, {span_text(item)}"
    if item.get("text"):
        title += f", {item['kind']}: {shortened(item['text'])}"
    return Bar(min(x, 100 - width), width, _lane(item["level"]), item["start"], title)


def _stop(line: Timeline, entry: Mapping[str, Any]) -> Stop | None:
    """Where a round belongs in this video; a search belongs to its best hit."""
    place = entry["segment"] or next(iter(entry["hits"]), None)
    if place is None or place["video_id"] != line.video_id:
        return None
    level = entry["level"] if entry["segment"] else place["level"]
    kind = "looked" if entry["looked"] else "cached" if entry["cached"] else "read"
    middle = _percent(line, (place["start"] + place["end"]) / 2)
    title = _round_title(entry)
    if entry["segment"]:
        title += f", {level} {span_text(place)}"
    return Stop(entry["number"], middle, _lane(level), place["start"], entry["move"], kind, title)


def _round_title(entry: Mapping[str, Any]) -> str:
    return f"Round {entry['number']}: {MOVES.get(entry['move'], entry['move'])}"


def _make_room(stop: Stop, others: Sequence[Stop]) -> None:
    """Move a marker right (left of the far end) until it covers no other in its lane."""
    wanted, step = stop.x, 0
    while any(o.lane == stop.lane and abs(o.x - stop.x) < CROWDED for o in others) and step < 60:
        step += 1
        offset = CROWDED * ((step + 1) // 2) * (1 if step % 2 else -1)
        stop.x = min(max(wanted + offset, 1.5), 98.5)


def _percent(line: Timeline, seconds: float) -> float:
    return round(100 * min(max(seconds / line.duration, 0.0), 1.0), 3)


def _lane(level: str) -> int:
    return LANES.index(level) if level in LANES else 0


def shortened(text: str, length: int = 120) -> str:
    """The text in one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    return line[:length].rsplit(" ", 1)[0] + " ..."
