"""The notebook of a workspace, with what it was granted of the notebooks of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from memory.organise.notebook import Notebook, R
from memory.organise.records import Assertion, Grant, Mention, Record


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
