"""What grants let through: rows, videos, and the notebooks of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from memory.errors import MemoryLayerError
from memory.organise.notebook import Notebook, R
from memory.organise.records import Assertion, Grant, Mention, Record
from memory.records import Memory

T = TypeVar("T")


@dataclass(frozen=True)
class SharedNotebook:
    """A notebook whose readers also find what was asserted and mentioned behind their doors."""

    inner: Notebook

    def find(self, kind: type[R], tenant: str, **equal: str) -> list[R]:
        """Own records, and those of videos that may be read whole."""
        return self._through(kind, tenant, lambda who: self.inner.find(kind, who, **equal))

    def begins(self, kind: type[R], tenant: str, field: str, beginning: str) -> list[R]:
        """Own records in which a field begins so, and those of videos that may be read whole."""
        return self._through(
            kind, tenant, lambda who: self.inner.begins(kind, who, field, beginning)
        )

    def put(self, records: Sequence[Record]) -> None:
        """Insert or update records by id."""
        self.inner.put(records)

    def replace(self, kind: type[R], tenant: str, video_id: str, records: Sequence[R]) -> None:
        """Make `records` the only ones of a kind about a video."""
        self.inner.replace(kind, tenant, video_id, records)

    def delete(self, kind: type[R], tenant: str, ids: Sequence[str]) -> None:
        """Delete records by id."""
        self.inner.delete(kind, tenant, ids)

    def _through(self, kind: type[R], tenant: str, read: Callable[[str], list[R]]) -> list[R]:
        found = read(tenant)
        if kind not in (Assertion, Mention):
            return found
        for one in self.inner.find(Grant, tenant):
            if not one.kinds:
                others = read(one.owner)
                found += [
                    replace(each, tenant=tenant)
                    for each in others
                    if one.video_id in ("", each.video_id)
                ]
        return list({getattr(each, kind.KEY): each for each in found}.values())


def through(
    grants: Iterable[Grant], read: Callable[[str], T], missing: type[MemoryLayerError]
) -> Iterable[T]:
    """What each door lets through of what is read behind it; nothing where it is missing."""
    for one in grants:
        try:
            found = read(one.owner)
        except missing:
            continue
        if lets(one, found):
            yield found


def lets(one: Grant, found: object) -> bool:
    """Whether a grant lets a row or a video through; looks are what the owner asked about."""
    if isinstance(found, Memory) and found.is_look:
        return False
    if one.video_id not in ("", getattr(found, "video_id", None)):
        return False
    return not one.kinds or not isinstance(found, Memory) or str(found.kind) in one.kinds


def id_of(found: object) -> str:
    """The id of a row or a video."""
    return str(getattr(found, "memory_id", getattr(found, "video_id", "")))
