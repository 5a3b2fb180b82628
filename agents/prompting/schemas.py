"""The shapes that models must answer in. Places are numbers of rows, never times."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Line = Annotated[str, Field(max_length=400)]
Passage = Annotated[str, Field(max_length=6000)]
Numbers = Annotated[list[int], Field(max_length=200)]
