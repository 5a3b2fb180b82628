"""Who and what is named, shown or heard, over all videos of a workspace.

Mentions are taken from rows: names in what is said and written, lines that stand on screen, who a
line of speech is by, things that were recognised, ends of facts. Mentions are one entity when their
plain names are equal, or an edit apart after an equal beginning (readings differ so), or when
somebody said so (the aliases of a profile); never because they are near in meaning.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from memory.as_of import known_at
from memory.organise.notebook import Notebook
from memory.organise.profiles import alike
from memory.organise.records import Assertion, Mention, Profile, plain
from memory.records import Kind, Memory, Scope, Video, content_id
from memory.store import Store

_CAPITAL = r"[A-Z][\w'’-]*"
_NAMES = re.compile(rf"{_CAPITAL}(?: (?:of |de |van |von )?{_CAPITAL})*")
_SPEAKER = re.compile(r"^[-–\s]*(?P<name>[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,2}):\s")
_MOST_WORDS = 6
"""Of a name; a line with more is a sentence."""
_LEAST_LETTERS = 3
_MOST_ROWS = 10_000
"""Rows that are looked at for a phrase; where there are more, it is said."""
_COMMON = frozenset(
    "the a an and but or so if it its he she they we you i this that these those there here what "
    "when where who why how yes no not now then well ok okay oh please thank thanks let my your "
    "our his her their is are was were do does did in on at of for with to from by as".split()
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a video in which an entity is named, shown or heard."""

    video_id: str
    start: int
    end: int
    name: str
    """As it was shown or said."""
    sort: str
    source_ids: tuple[str, ...]

    def to_json(self, names: Mapping[str, str]) -> dict[str, object]:
        """As the documented object, times in seconds; `names` are those of videos."""
        return {
            "video_id": self.video_id,
            "video": names.get(self.video_id, self.video_id),
            "start": self.start / 1e6,
            "end": self.end / 1e6,
            "name": self.name,
            "sort": self.sort,
            "sources": list(self.source_ids),
        }


def mentions_of(rows: Sequence[Memory], assertions: Iterable[Assertion] = ()) -> list[Mention]:
    """All mentions in the rows of one video, each under an id that follows from it.

    `assertions` are those of the same rows: their subjects are mentioned too.
    """
    found = [mention for row in rows if not row.is_look for mention in _of_row(row)]
    for one in assertions:
        if one.how in ("sentence", "model"):
            times = (one.start, one.end, one.known_at)
            found.append(_mention(one.tenant, one.video_id, one.subject, "subject", times,
                                  one.source_ids))  # fmt: skip
    kept = [one for one in found if len(one.key) >= _LEAST_LETTERS and one.key not in _COMMON]
    first: dict[str, Mention] = {}
    for one in kept:  # a speaker or a line is often a name too: it counts once
        first.setdefault(one.mention_id, one)
    return list(first.values())


def about(
    store: Store, tenant: str, name: str, *, fuzzy: bool = True
) -> tuple[list[Moment], list[str]]:
    """Every moment at which something is named, in the order of videos and time; and its names.

    Moments come from mentions under its names, and from rows that hold one of them as words.
    """
    keys = _keys(store.notebook, tenant, name, fuzzy=fuzzy)
    found = [m for key in sorted(keys) for m in store.notebook.find(Mention, tenant, key=key)]
    moments = [Moment(m.video_id, m.start, m.end, m.name, m.sort, m.source_ids) for m in found]
    known = {key for moment in moments for key in moment.source_ids}
    for row in _rows_with(store, tenant, keys):
        if row.memory_id not in known:
            moments.append(Moment(row.video_id, *_ends(row), name, str(row.kind), (row.memory_id,)))
    place = {video.video_id: at for at, video in enumerate(in_order(store.videos(tenant)))}
    moments = [moment for moment in moments if moment.video_id in place]
    moments.sort(key=lambda m: (place[m.video_id], m.start, m.end, m.sort, m.name))
    shown = Counter(m.name for m in moments)
    return moments, [each for each, _ in shown.most_common()]


def entities(notebook: Notebook, tenant: str, least: int = 2) -> list[dict[str, object]]:
    """What recurs: names with how often and in how many videos, the most frequent first."""
    by_key: dict[str, list[Mention]] = {}
    for mention in notebook.find(Mention, tenant):
        by_key.setdefault(mention.key, []).append(mention)
    found: list[dict[str, object]] = []
    for group in by_key.values():
        names = Counter(m.name for m in group).most_common()
        if len(group) >= least:
            sorts, videos = sorted({m.sort for m in group}), {m.video_id for m in group}
            entry = {"name": names[0][0], "sorts": sorts, "mentions": len(group)}
            found.append({**entry, "videos": len(videos)})
    return sorted(found, key=lambda e: (-int(str(e["mentions"])), str(e["name"])))


def in_order(videos: Sequence[Video]) -> list[Video]:
    """Videos by when they were recorded, else by when they came."""
    return sorted(videos, key=lambda v: (v.recorded_at or v.created_at, v.video_id))


def _keys(notebook: Notebook, tenant: str, name: str, *, fuzzy: bool) -> set[str]:
    """The plain names of an entity: its own, those of its profile, and readings an edit apart."""
    asked = plain(name)
    keys = {asked}
    for profile in notebook.find(Profile, tenant):
        own = {plain(each) for each in (profile.name, *profile.aliases)}
        if asked in own and not profile.superseded_by:
            keys |= own
    for key in sorted(keys) if fuzzy else ():
        near = notebook.begins(Mention, tenant, "key", key[:2])
        keys |= {mention.key for mention in near if _one_apart(mention.key, key)}
    return keys


def _one_apart(one: str, other: str) -> bool:
    """Whether two plain names are word for word alike."""
    words, others = one.split(), other.split()
    return len(words) == len(others) and all(map(alike, words, others))


def _rows_with(store: Store, tenant: str, keys: Iterable[str]) -> list[Memory]:
    """The perceived rows that hold one of the names as whole words."""
    found: dict[str, Memory] = {}
    for key in sorted(keys):
        for hit in store.search_text(key, Scope(tenant), _MOST_ROWS):
            row = hit.memory
            if not row.kind.is_composed and f" {key} " in f" {plain(row.text or '')} ":
                found[row.memory_id] = row
    return list(found.values())


def _of_row(row: Memory) -> Iterator[Mention]:
    text = row.text or ""
    if row.kind is Kind.OBJECTS:
        names = [name for name, _ in row.details.get("labels", [])[:1]]
        yield from (_of(row, name, "thing") for name in names)
    elif row.kind is Kind.SCREEN_TEXT:
        lines = [" ".join(line.split()) for line in text.splitlines()]
        yield from (_of(row, line, "line") for line in lines if len(line.split()) <= _MOST_WORDS)
        yield from (_of(row, name, "name") for line in lines for name in _names(line))
    elif row.kind.is_verbatim:
        if speaker := _SPEAKER.match(text):
            yield _of(row, speaker["name"], "speaker")
        yield from (_of(row, name, "name") for name in _names(text))


def _names(text: str) -> Iterator[str]:
    """Runs of words with capitals, without the common words that only begin a sentence."""
    for found in _NAMES.finditer(" ".join(text.split())):
        words = found.group().split()
        while words and words[0].casefold() in _COMMON:
            words.pop(0)
        if words and len(words) <= _MOST_WORDS:
            yield re.sub(r"['’]s$", "", " ".join(words))


def _of(row: Memory, name: str, sort: str) -> Mention:
    known = known_at(row)
    times = (*_ends(row), row.span.end if known is None else known)
    return _mention(row.tenant, row.video_id, name, sort, times, (row.memory_id,))


def _mention(
    tenant: str,
    video_id: str,
    name: str,
    sort: str,
    times: tuple[int, int, int],
    sources: tuple[str, ...],
) -> Mention:
    key = plain(name)
    made = content_id("n", tenant, video_id, key, times, sources)
    return Mention(made, tenant, video_id, key, name, sort, *times, sources)


def _ends(row: Memory) -> tuple[int, int]:
    return row.span.start, row.span.end
