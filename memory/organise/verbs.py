"""What users ask of organised memory, as functions over a store; the command line prints these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from memory.organise.entities import Moment, about, in_order
from memory.organise.records import (
    Assertion,
    Entry,
    Experience,
    Grant,
    Mention,
    Preference,
    Profile,
    RecipeMark,
    plain,
)
from memory.organise.timescope import INSTANT, WallRange, when_recorded
from memory.organise.truth import Fact, Status, as_of, facts_of
from memory.organise.vocabulary import by_quadrant
from memory.records import Memory, Scope, Video
from memory.standing.records import Finding, Watch
from memory.store import Store


def facts(
    store: Store,
    tenant: str,
    *,
    videos: Sequence[str] = (),
    words: str = "",
    at: int | datetime | None = None,
    history: bool = False,
) -> list[Fact]:
    """What holds, by subject; with `history` also what held before.

    Args:
        store: The memory.
        tenant: Whose.
        videos: Ids of the videos that may tell; empty for all.
        words: Only facts whose subject, predicate or value has these words.
        at: As had been told by then: microseconds of each video, or a wall-clock time.
        history: Superseded values too, each with its interval.
    """
    known = store.videos(tenant)
    told = store.notebook.find(Assertion, tenant)
    told = [one for one in told if not videos or one.video_id in videos]
    if at is not None:
        told = as_of(told, known, at)
    found = facts_of(told, known)
    wanted = plain(words)
    return [
        fact
        for fact in found
        if (history or fact.status is not Status.SUPERSEDED) and _tells(fact, wanted)
    ]


def _tells(fact: Fact, words: str) -> bool:
    said = plain(f"{fact.subject} {fact.predicate} {fact.value}")
    return not words or f" {words} " in f" {said} "


@dataclass(frozen=True, slots=True)
class About:
    """What is known of somebody or something."""

    name: str
    names: list[str]
    """As it was shown or said, the most frequent first."""
    profiles: list[Profile]
    moments: list[Moment]
    """In the order of videos and time."""
    facts: list[Fact]

    def to_json(self, names: dict[str, str]) -> dict[str, object]:
        """As the documented object; `names` are those of videos."""
        ends = [moment.to_json(names) for moment in self.moments[:1] + self.moments[-1:]]
        return {
            "name": self.name,
            "names": self.names,
            "notes": [profile.text for profile in self.profiles],
            "first": ends[0] if ends else None,
            "last": ends[-1] if ends else None,
            "videos": len({moment.video_id for moment in self.moments}),
            "moments": [moment.to_json(names) for moment in self.moments],
            "facts": [fact.to_json(names) for fact in self.facts],
        }


def about_whom(
    store: Store, tenant: str, name: str, *, when: WallRange | None = None, fuzzy: bool = True
) -> About:
    """Everything known of a name or an alias, over all videos; within a wall-clock range if given.

    What is in videos of which nobody knows when they were recorded is in no range.
    """
    moments, names = about(store, tenant, name, fuzzy=fuzzy)
    if when is not None:
        spans = {video.video_id: when_recorded(video) for video in store.videos(tenant)}
        moments = [m for m in moments if _is_within(m, spans[m.video_id], when)]
    every = {plain(each) for each in (name, *names)}
    held = [p for p in store.notebook.find(Profile, tenant) if not p.superseded_by]
    own = [p for p in held if every & {plain(each) for each in (p.name, *p.aliases)}]
    told = [
        fact for fact in facts(store, tenant, history=True)
        if any(f" {each} " in f" {plain(fact.subject)} " for each in every)
    ]  # fmt: skip
    return About(name, names, own, moments, told)


def _is_within(moment: Moment, recorded: WallRange | None, when: WallRange) -> bool:
    if recorded is None:
        return False
    start = recorded.start + timedelta(microseconds=moment.start)
    end = recorded.start + timedelta(microseconds=moment.end)
    return WallRange(start, max(end, start + INSTANT)).overlaps(when)


def videos_within(videos: Sequence[Video], when: WallRange) -> list[Video]:
    """The videos that were recorded in a range, in order."""
    spans = [(video, when_recorded(video)) for video in in_order(videos)]
    return [video for video, span in spans if span is not None and span.overlaps(when)]


def stats(store: Store, tenant: str) -> dict[str, object]:
    """Rows per kind, level and quadrant of the vocabulary; duplicates; how late indexes are."""
    rows = store.memories(Scope(tenant))
    kinds = Counter(str(row.kind) for row in rows)
    beside = {
        "assertion": len(store.notebook.find(Assertion, tenant)),
        "mention": len(store.notebook.find(Mention, tenant)),
        "profile": len(store.notebook.find(Profile, tenant)),
        "entry": len(store.notebook.find(Entry, tenant)),
        "grant": len(store.notebook.find(Grant, tenant)),
        "watch": len(store.notebook.find(Watch, tenant)),
        "finding": len(store.notebook.find(Finding, tenant)),
        "preference": len(store.notebook.find(Preference, tenant)),
        "recipemark": len(store.notebook.find(RecipeMark, tenant)),
        "experience": len(store.notebook.find(Experience, tenant)),
        "run": len(store.runs(tenant)),
    }
    tables = store.stats()["tables"]
    videos = store.videos(tenant)
    return {
        "videos": len(videos),
        "dated": sum(bool(video.recorded_at) for video in videos),
        "rows": len(rows),
        "kinds": dict(sorted(kinds.items())),
        "levels": dict(sorted(Counter(str(row.level) for row in rows).items())),
        "beside": beside,
        "quadrants": by_quadrant([*kinds.items(), *beside.items()]),
        "looks": sum(row.is_look for row in rows),
        "pinned": sum(row.pinned for row in rows),
        "behind_others": sum(bool(row.superseded_by) for row in rows),
        "duplicates": duplicates(rows),
        "index_lag": {name: table.get("index_lag", 0) for name, table in tables.items()},
    }


@dataclass(frozen=True, slots=True)
class Use:
    """How often answers have cited a row, worked out from the questions that are kept."""

    memory_id: str
    video_id: str
    uses: int
    last: str
    """When it was cited last, ISO 8601 in UTC."""
    strength: float
    """Its uses, each worth half of itself after every `HALF_LIFE`."""

    def to_json(self, names: dict[str, str]) -> dict[str, object]:
        """As the documented object; `names` are those of videos."""
        told = asdict(self) | {"strength": round(self.strength, 4)}
        return {**told, "video": names.get(self.video_id, self.video_id)}


HALF_LIFE = timedelta(days=30)


def uses(store: Store, tenant: str, at: datetime) -> list[Use]:
    """The rows that answers cited, the strongest first; `at` is in UTC.

    Nothing is counted when a question is asked: forgetting a video, which drops the questions that
    touched it, takes their uses back.
    """
    cited: dict[tuple[str, str], list[str]] = {}
    for run in store.runs(tenant):
        for item in run.result.get("evidence", ()):
            cited.setdefault((item["memory_id"], item["video_id"]), []).append(run.created_at)
    found = [Use(*key, len(days), max(days), _strength(days, at)) for key, days in cited.items()]
    return sorted(found, key=lambda use: (-use.strength, use.memory_id))


def _strength(days: Sequence[str], at: datetime) -> float:
    ages = (at - datetime.fromisoformat(day).replace(tzinfo=at.tzinfo) for day in days)
    return sum(0.5 ** (max(age, timedelta(0)) / HALF_LIFE) for age in ages)


def duplicates(rows: Sequence[Memory]) -> int:
    """Rows with the words of an earlier one of their video and kind that searches look through."""
    told = [row for row in rows if row.text and not row.superseded_by and not row.is_look]
    return len(told) - len({(row.video_id, row.kind, plain(row.text or "")) for row in told})
