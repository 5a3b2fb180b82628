"""Pages about organised memory: what is known of a name, and facts as bars over time.

A value that was superseded is struck through, what stands against another is marked. A fact that
several videos tell has their lengths side by side for its time, in the order of the videos.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path

from agents.text.clock import clock
from flows.output.artifacts import inert
from flows.output.pages import policy_of, source_of_template
from flows.output.report import templates
from flows.output.timeline import NARROWEST
from memory.organise.entities import Moment, in_order
from memory.organise.truth import Fact, Status
from memory.organise.verbs import About
from memory.records import Video

READABLE = 9.0
"""Per cent of a lane from which a bar has its value in it."""
CHARACTERS = 0.9
"""Characters of a value that fit in a per cent of a lane."""
MOST_MOMENTS = 500


@dataclass(frozen=True, slots=True)
class FactBar:
    """A value while it held, in per cent of its lane."""

    fact: Fact
    x: float
    width: float
    label: str
    """Its value as far as it fits; empty where nothing does."""
    title: str
    y: int = 2
    """Pixels; values that stand against each other share the height."""
    height: int = 24
    """Pixels."""

    @property
    def is_old(self) -> bool:
        """Whether another value came after it."""
        return self.fact.status is Status.SUPERSEDED


@dataclass(frozen=True, slots=True)
class FactLane:
    """All values of one thing."""

    subject: str
    predicate: str
    bars: list[FactBar]
    videos: list[tuple[float, str]]
    """Where each video begins, in per cent, and its name."""


@dataclass(slots=True)
class MomentLane:
    """The moments of one video that name somebody or something."""

    video: str
    when: str
    """When it was recorded; empty where nobody knows."""
    moments: list[Moment] = field(default_factory=list[Moment])
    bars: list[tuple[float, float, str]] = field(default_factory=list[tuple[float, float, str]])
    """Left and width in per cent, and what they are."""


def about_page(found: About, videos: Sequence[Video]) -> str:
    """The profile of a name as a page of its own; everything in it is escaped."""
    return _page(
        title=found.name,
        about=found,
        also=[each for each in found.names if each.casefold() != found.name.casefold()],
        notes=[profile.text for profile in found.profiles if profile.text],
        lanes=fact_lanes(found.facts, videos),
        places=moment_lanes(found.moments[:MOST_MOMENTS], videos),
        left_out=max(0, len(found.moments) - MOST_MOMENTS),
    )


def facts_page(found: Sequence[Fact], videos: Sequence[Video]) -> str:
    """Facts as bars over time, as a page of its own; everything in it is escaped."""
    return _page(
        title="Facts over time",
        about=None,
        also=[],
        notes=[],
        lanes=fact_lanes(found, videos),
        places=[],
        left_out=0,
    )


def write_page(path: Path, page: str) -> None:
    """Write a page.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(page.encode(errors="backslashreplace"))  # file names may be no UTF-8


def fact_lanes(found: Sequence[Fact], videos: Sequence[Video]) -> list[FactLane]:
    """A lane for each thing that has values, in the order given."""
    groups: dict[tuple[str, str, str], list[Fact]] = {}
    for fact in found:
        room = fact.video_id if fact.local else ""
        groups.setdefault((room, fact.subject, fact.predicate), []).append(fact)
    return [_lane(told, videos) for told in groups.values()]


def moment_lanes(found: Sequence[Moment], videos: Sequence[Video]) -> list[MomentLane]:
    """A lane for each video, in the order of the moments."""
    by_id = {video.video_id: video for video in videos}
    lanes: dict[str, MomentLane] = {}
    for moment in found:
        video = by_id.get(moment.video_id)
        if video is None:
            continue
        recorded = video.recorded_at[:16].replace("T", " ")
        lane = lanes.setdefault(video.video_id, MomentLane(video.name, recorded))
        lane.moments.append(moment)
        x, width = _placed(moment.start, moment.end, max(1, video.duration))
        lane.bars.append((x, width, f"{clock(moment.start)} {moment.sort}: {moment.name}"))
    return list(lanes.values())


def about_markdown(found: About, names: Mapping[str, str]) -> str:
    """The profile for an artifact."""
    lines = [f"# {inert(found.name)}", ""]
    lines += [f"> {inert(profile.text)}  " for profile in found.profiles if profile.text]
    lines += ["", f"{len(found.moments)} moments", "", *_fact_table(found.facts, names), ""]
    lines += ["| video | when | as | name |", "|---|---|---|---|"]
    for moment in found.moments[:MOST_MOMENTS]:
        edges = f"{clock(moment.start)} to {clock(moment.end)}"
        cells = (_name(names, moment.video_id), edges, moment.sort, moment.name)
        lines.append(f"| {' | '.join(inert(_flat(cell)) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def facts_markdown(found: Sequence[Fact], names: Mapping[str, str]) -> str:
    """Facts for an artifact, superseded values struck through."""
    return "\n".join(["# Facts over time", "", *_fact_table(found, names)]) + "\n"


def _page(title: str, **values: object) -> str:
    environment = templates()
    sheets = ("report.css.j2", "memory.css.j2")
    style = "".join(source_of_template(environment, name) for name in sheets)
    known = {**values, "title": title, "style": style, "policy": policy_of(style)}
    return environment.get_template("memory.html.j2").render(known)


def _lane(told: Sequence[Fact], videos: Sequence[Video]) -> FactLane:
    """The values of one thing, over the videos that tell of it one after the other."""
    named = {fact.video_id for fact in told} | {fact.ended_in for fact in told}
    own = in_order([video for video in videos if video.video_id in named])
    lengths = [max(1, video.duration) for video in own]
    whole = max(1, sum(lengths))
    begins = dict(zip([v.video_id for v in own], accumulate([0, *lengths]), strict=False))
    bars: list[FactBar] = []
    for fact in told:
        start = begins.get(fact.video_id, 0) + fact.start
        end = whole if fact.end is None else begins.get(fact.ended_in, 0) + fact.end
        x, width = _placed(start, end, whole)
        fits = max(3, int(width * CHARACTERS))
        label = fact.value if len(fact.value) <= fits else fact.value[: fits - 1] + "…"
        bar = FactBar(fact, x, width, label if width >= READABLE else "", _title(fact, own))
        if fact.status is Status.CONFLICT:
            bar = replace(bar, y=2 + 12 * (len(bars) % 2), height=12)
        bars.append(bar)
    places = [(round(100 * begins[v.video_id] / whole, 2), v.name) for v in own]
    return FactLane(told[0].subject, told[0].predicate, bars, places)


def _title(fact: Fact, videos: Sequence[Video]) -> str:
    names = {video.video_id: video.name for video in videos}
    until = ""
    if fact.end is not None:
        elsewhere = "" if fact.ended_in == fact.video_id else f" of {_name(names, fact.ended_in)}"
        until = f" to {clock(fact.end)}{elsewhere}"
    return f"{fact.value}: {_name(names, fact.video_id)} from {clock(fact.start)}{until}"


def _placed(start: int, end: int, whole: int) -> tuple[float, float]:
    """Left and width in per cent; what is short is drawn wide enough to be seen."""
    width = max(NARROWEST, 100 * (end - start) / whole)
    return round(min(100 * start / whole, 100 - NARROWEST), 2), round(min(width, 100), 2)


def _fact_table(found: Sequence[Fact], names: Mapping[str, str]) -> list[str]:
    lines = ["| what | value | from | to | video |", "|---|---|---|---|---|"]
    for fact in found:
        value = inert(_flat(fact.value))
        shown = f"~~{value}~~" if fact.status is Status.SUPERSEDED else value
        shown += " (conflict)" if fact.status is Status.CONFLICT else ""
        until = "" if fact.end is None else clock(fact.end)
        what = inert(_flat(f"{fact.subject} {fact.predicate}"))
        where = inert(_flat(_name(names, fact.video_id)))
        lines.append(f"| {what} | {shown} | {clock(fact.start)} | {until} | {where} |")
    return lines


def _name(names: Mapping[str, str], video_id: str) -> str:
    return names.get(video_id, video_id)


def _flat(text: str) -> str:
    return " ".join(text.split())
