"""What a model is shown of memory."""

from __future__ import annotations

import pytest

from agents.prompting.evidence import thinned
from memory.records import Kind
from tests.rows import row

ROWS = [row(Kind.CAPTION, n, n + 1, "x" * 10) for n in range(10)]


@pytest.mark.parametrize(
    ("characters", "left"), [(100, [*range(10)]), (99, [0, 2, 4, 6, 8]), (30, [0, 4, 8]), (1, [0])]
)
def test_rows_are_thinned_evenly_until_they_fit(characters: int, left: list[int]) -> None:
    assert thinned(ROWS, characters) == [ROWS[n] for n in left]
