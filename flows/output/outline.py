"""What stands beside the player of a report: chapters with their scenes, and what is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.ingest.events.titles import NAMING, titles_of
from flows.output.timeline import shortened
from memory.records import SECOND, Kind, Level, Memory, Node, Scope

if TYPE_CHECKING:
    from memory.store import Store

MOST_TILES = 60
"""Most scenes in a strip; of more, the chapters are shown, and of more chapters some."""
MOST_LINES = 2000
"""Most lines of a transcript: about three hours."""
LENGTH = 90
"""Characters of a scene's description."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A scene of the strip."""

    start: float
    """Seconds."""
    end: float
    text: str
    thumbnail: str | None
    """Name of its picture in the store's folder."""
    is_cited: bool
    """Whether evidence lies in it."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter and its scenes."""

    start: float
    end: float
    tiles: tuple[Tile, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that is said."""

    start: float
    end: float
    text: str
    is_cited: bool
    voice: str = ""
    """Letter of the voice, where voices were told apart."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One video, to be gone through."""

    chapters: tuple[Chapter, ...] = ()
    lines: tuple[Line, ...] = ()
    left_out: int = 0
    """Lines of the transcript that are not shown."""

    @property
    def pictures(self) -> list[str]:
        """Names of all thumbnails."""
        tiles = [tile for chapter in self.chapters for tile in chapter.tiles]
        return [tile.thumbnail for tile in tiles if tile.thumbnail]


def outline_of(store: Store, tenant: str, video_id: str, result: Mapping[str, Any]) -> Outline:
    """The outline of a video, as far as the store tells: nothing later than its `as of`."""
    nodes = store.nodes(tenant, video_id)
    kinds = tuple(k for k in Kind if k.is_audible or k.is_picture or k.is_description)
    rows = [row for row in store.memories(Scope(tenant, (video_id,), kinds)) if not row.is_look]
    cited = [item for item in result["evidence"] if item["video_id"] == video_id]
    chapters = [node for node in nodes if node.level is Level.CHAPTER]
    scenes = [node for node in nodes if node.level is Level.SCENE]
    parts = scenes if len(scenes) <= MOST_TILES else thinned(chapters)
    titles = titles_of(chapters, store.memories(Scope(tenant, (video_id,), NAMING)))
    made = [
        Chapter(*each.span.seconds, _tiles(each, parts, rows, cited), titles.get(each.node_id, ""))
        for each in chapters
    ]
    said = [row for row in rows if row.kind is Kind.SPEECH and row.text]
    lines = [Line(*row.span.seconds, row.text or "", _holds(row, cited), row.voice) for row in said]
    first = next((n for n, line in enumerate(lines) if line.is_cited), 0)
    begin = max(0, min(first - MOST_LINES // 2, len(lines) - MOST_LINES))
    shown = lines[begin : begin + MOST_LINES]
    kept = tuple(chapter for chapter in made if chapter.tiles)
    return Outline(kept, tuple(shown), len(lines) - len(shown))


def thinned(nodes: Sequence[Node]) -> list[Node]:
    """At most `MOST_TILES` of nodes, evenly."""
    step = -(-len(nodes) // MOST_TILES) or 1
    return list(nodes[::step])


def _tiles(
    chapter: Node,
    parts: Sequence[Node],
    rows: Sequence[Memory],
    cited: Sequence[Mapping[str, Any]],
) -> tuple[Tile, ...]:
    inside = [part for part in parts if chapter.span.contains(part.span)]
    return tuple(_tile(part, rows, cited) for part in inside)


def _tile(part: Node, rows: Sequence[Memory], cited: Sequence[Mapping[str, Any]]) -> Tile:
    """A part with the picture from its middle and its own description."""
    own = [row for row in rows if part.span.contains(row.span)]
    pictures = [row.thumbnail for row in own if row.kind is Kind.KEYFRAME and row.thumbnail]
    told = [row for row in own if row.text and row.span == part.span and row.kind != Kind.SPEECH]
    text = shortened(told[0].text or "", LENGTH) if told else ""
    middle = pictures[len(pictures) // 2] if pictures else None
    start, end = part.span.seconds
    holds = any(start <= (item["start"] + item["end"]) / 2 < end for item in cited)
    return Tile(start, end, text, middle, holds)


def _holds(row: Memory, cited: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a row is cited, or something is cited while it is said."""
    start, end = (time / SECOND for time in (row.span.start, row.span.end))
    return any(
        item["memory_id"] == row.memory_id or start <= (item["start"] + item["end"]) / 2 < end
        for item in cited
    )
