"""The port to what is kept beside memory rows; `memory/lance/notebook.py` is what is behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from memory.organise.records import Record

R = TypeVar("R", bound=Record)


class Notebook(Protocol):
    """Records of one store. A tenant is never optional; what does not exist reads as empty."""

    def find(self, kind: type[R], tenant: str, **equal: str) -> list[R]:
        """All records of a kind whose fields have these values, in order of their ids.

        Under a view as of some time only what was known by then.
        """
        ...

    def begins(self, kind: type[R], tenant: str, field: str, beginning: str) -> list[R]:
        """All records of a kind in which a field begins with some text."""
        ...

    def put(self, records: Sequence[Record]) -> None:
        """Insert or update records by id, one commit per kind."""
        ...

    def replace(self, kind: type[R], tenant: str, video_id: str, records: Sequence[R]) -> None:
        """Make `records` the only ones of a kind about a video; nothing is written when they are.

        Raises:
            ValueError: when a record belongs to another tenant or video.
        """
        ...

    def delete(self, kind: type[R], tenant: str, ids: Sequence[str]) -> None:
        """Delete records by id; ids that do not exist are passed over."""
        ...
