"""Threads beside the main one: same order, same errors, and none is left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from agents.models.ports import Stopped
from agents.perception.beside import ahead, beside


def others() -> int:
    return threading.active_count() - 1


def numbers(most: int, made: list[int], breaks_at: int = -1) -> Iterator[int]:
    for number in range(most):
        if number == breaks_at:
            raise OSError("the disk is gone")
        made.append(number)
        yield number


def test_items_come_in_order_and_no_more_than_a_few_ahead() -> None:
    made: list[int] = []
    items = ahead(numbers(50, made), 3)
    assert next(items) == 0
    time.sleep(0.3)
    assert 2 <= len(made) <= 5, "nothing, or everything, was fetched ahead"
    assert [0, *items] == made == list(range(50))


def test_an_error_comes_after_the_items_before_it() -> None:
    got: list[int] = []
    with pytest.raises(OSError, match="disk is gone"):
        for item in ahead(numbers(9, [], breaks_at=4), 8):
            got.append(item)
    assert got == [0, 1, 2, 3]


def test_who_stops_early_leaves_no_thread() -> None:
    before = others()
    items = ahead(numbers(1000, []), 2)
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert others() == before


def test_both_sides_run_at_the_same_time() -> None:
    met = threading.Barrier(2)

    def work(stopped: Stopped) -> str:
        met.wait(5)
        return "done"

    with beside(work) as other:
        met.wait(5)
        assert other.result() == "done"


def test_what_fails_beside_fails_where_its_result_is_wanted() -> None:
    def work(stopped: Stopped) -> str:
        raise OSError("no sound")

    with beside(work) as other, pytest.raises(OSError, match="no sound"):
        other.result()


def test_a_failure_inside_calls_the_other_off() -> None:
    before, rounds = others(), list[int]()

    def work(stopped: Stopped) -> None:
        while not stopped():
            rounds.append(1)
            time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt), beside(work):
        time.sleep(0.05)
        raise KeyboardInterrupt
    assert rounds and others() == before
