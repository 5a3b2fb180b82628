"""What was read of one version of a table and made into records, so that it is made once.

The channels of a search, its coarse and its fine pass and what is read around its hits tell of the
same rows, and a loop asks for them again after each look. To make a record costs more than to find
it, so without this an hour of video was asked in three times the time of a minute.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false
# pyarrow ships no types.

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from memory.lance.rows import Row, to_memory, to_node, to_video
from memory.records import Memory, Node, Video

MEMORIES = 20_000
"""Most memories that are kept: some 60 MB."""
VIDEOS = 20_000
"""Most videos of a tenant that are kept: some 30 MB."""
TREES = 64
"""Most videos whose trees are kept."""


@dataclass
class Memories:
    """Memories without vectors, of one version of a table."""

    _kept: tuple[int, dict[tuple[str, str], Memory]] = field(default_factory=lambda: (-1, {}))
    """A version and what was made of it: one value, as questions are asked by several threads."""

    def of(self, version: int, found: pa.Table) -> list[Memory]:
        """The memories of some rows of a version of the table, in their order."""
        kept = self._kept
        if version != kept[0] or len(kept[1]) > MEMORIES:
            kept = self._kept = version, {}
        known = kept[1]
        tenants = found.column("tenant").to_pylist()
        keys = list(zip(tenants, found.column("memory_id").to_pylist(), strict=True))
        new = [place for place, key in enumerate(keys) if key not in known]
        for row in found.take(new).to_pylist() if new else ():
            known[row["tenant"], row["memory_id"]] = to_memory(row)
        return [known[key] for key in keys]


@dataclass
class Videos:
    """All videos of one tenant, of one version of the table, in the order in which they came.

    A question reads them twice, to know what it is asked of; of a large workspace that took longer
    than to search it.
    """

    _kept: tuple[int, tuple[Video, ...]] = field(default_factory=lambda: (-1, ()))

    def known(self, version: int) -> bool:
        """Whether they are kept, so that nothing is read."""
        return self._kept[0] == version

    def of(self, version: int, read: Callable[[], list[Row]]) -> tuple[Video, ...]:
        """The videos; `read` gives their rows."""
        kept = self._kept
        if version == kept[0]:
            return kept[1]
        found = (to_video(row) for row in read())
        made = tuple(sorted(found, key=lambda one: (one.created_at, one.video_id)))
        if len(made) <= VIDEOS:
            self._kept = version, made
        return made


@dataclass
class Trees:
    """The nodes of some videos of one tenant, of one version of the table, for all keys."""

    _kept: tuple[int, dict[str, list[Node]]] = field(default_factory=lambda: (-1, {}))

    def of(
        self, version: int, video_ids: Sequence[str], read: Callable[[list[str]], list[Row]]
    ) -> dict[str, list[Node]]:
        """The nodes of each video, by start, coarse before fine; `read` gives rows of some."""
        kept = self._kept
        if version != kept[0] or len(kept[1]) > TREES:
            kept = self._kept = version, {}
        known = kept[1]
        missing = [video_id for video_id in video_ids if video_id not in known]
        if missing:
            found = [to_node(row) for row in read(missing)]
            found.sort(key=lambda node: (node.span.start, -node.level.rank, node.node_id))
            known |= {v: [node for node in found if node.video_id == v] for v in missing}
        return known
