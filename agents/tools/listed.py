"""Lists in files, as tools hand them on: read and checked."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from agents.tools.base import ToolFailed

Row = TypeVar("Row", bound=BaseModel)


def read_listed(
    path: Path, kind: TypeAdapter[list[Row]], name: str, most: int, hint: str
) -> list[Row]:
    """The rows of a file, at least one and at most so many; `name` says what they are.

    Raises:
        ToolFailed: the file is no such list, or holds none.
    """
    try:
        rows = kind.validate_json(path.read_bytes())
    except ValidationError as error:
        said = error.errors()[0]["msg"]
        raise ToolFailed(f"the {name} cannot be read: {said}", hint) from error
    if not 0 < len(rows) <= most:
        raise ToolFailed(f"there are {len(rows)} {name}", "Look for something that can be found.")
    return rows
