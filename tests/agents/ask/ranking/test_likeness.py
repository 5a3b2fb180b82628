"""Likeness by letters and by order of words, and places in time."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from agents.ask.planner.rules import plan as understand
from agents.ask.ranking.candidates import candidates_of
from agents.ask.ranking.comparison import Prepared, shortlist
from agents.ask.ranking.likeness import Likeness, longest_run
from agents.ask.ranking.placing import Placing, moments_of
from agents.ask.ranking.values import PATTERNS
from memory.details import Step, ToldChange
from memory.records import SECOND, Hit, Kind, Memory
from tests.rows import context, row, speech, text


def like(question: str, *texts: str) -> Likeness:
    return Likeness.of(understand(question), texts)


def test_misread_letters_still_tell() -> None:
    right, wrong = "17/O9/07 12:04:11", "23/11/19 08:55:40"
    asked = like("When does it say 17/09/07 12:04:11?", right, wrong)
    assert asked.letters(right) > 2 * asked.letters(wrong)


def test_common_words_tell_by_their_order() -> None:
    asked = like("Find where 'are you going to' is said")
    assert asked.run("So what are you going to learn?") > asked.run("going, you are to stay")
    assert asked.phrase("what are you going to learn") == 1.0
    assert asked.phrase("") == 0.0


def test_without_quotes_no_phrase_is_held() -> None:
    assert like("the red train").phrase("the red train") == 0.0


@pytest.mark.parametrize(
    ("one", "other", "most"),
    [("a b c", "x a b y", 2), ("a b", "b a", 1), ("", "a", 0), ("a a a", "a a", 2)],
)
def test_the_longest_run_is_counted(one: str, other: str, most: int) -> None:
    assert longest_run(one.split(), other.split()) == most


CARDS = [text(0, 4, "ALPHA"), text(4, 8, "BETA"), text(8, 12, "GAMMA"), text(12, 16, "DELTA")]


def placed(question: str, anchor: Memory | None = None) -> dict[str, tuple[float, ...]]:
    known = context(CARDS, anchors=[anchor] if anchor else [])
    placing = Placing(understand(question), replace(known, hits=()))
    return {each.text: placing.of(each) for each in candidates_of(CARDS)}


def test_what_comes_next_is_nearest_to_the_event() -> None:
    after = placed("What is shown right after 'BETA'?", CARDS[1])
    assert [after[card][0] for card in ("ALPHA", "BETA", "GAMMA", "DELTA")] == [0, 0, 1, 0.5]
    assert after["BETA"][2] == 1
    before = placed("What is shown right before 'GAMMA'?", CARDS[2])
    assert [before[card][1] for card in ("ALPHA", "BETA", "GAMMA", "DELTA")] == [0.5, 1, 0, 0]


def test_first_and_last_are_places_in_time() -> None:
    first, last = placed("What is the first word?"), placed("What is the last word?")
    assert first["ALPHA"][3] == 1 and first["DELTA"][3] == 0.25
    assert last["DELTA"][4] == 1 and last["ALPHA"][4] == 0.25
    assert not any(any(places) for places in placed("What is shown?").values())


def looked(start: float, end: float, words: str) -> Memory:
    return replace(text(start, end, words), instruction="read closely")


def test_looks_at_one_moment_are_one_place_in_time() -> None:
    read = ("BETA 4471", "BETA 4471", "BETA 4A71")
    closely = [looked(4 + step, 4.3 + step, words) for step, words in enumerate(read)]
    assert set(moments_of([CARDS[0], *closely]).values()) == {0, 1}
    assert list(moments_of(CARDS).values()) == [0, 1, 2, 3]
    rows = [CARDS[0], *closely, *CARDS[2:]]
    known = replace(context(rows, anchors=[CARDS[0]]), hits=())
    after = Placing(understand("What is shown right after 'ALPHA'?"), known)
    assert [after.of(c)[0] for c in candidates_of(CARDS[2:])] == [1 / 2, 1 / 3]
    last = Placing(understand("What is the last word?"), known)
    assert {last.of(c)[4] for c in candidates_of(closely)} == {1 / 3}
    at_look = replace(known, anchors=(Hit(closely[1], 1.0),))
    event = Placing(understand("What is shown right after 'BETA'?"), at_look)
    assert {event.of(c)[2] for c in candidates_of(closely)} == {1.0}
    assert [event.of(c)[0] for c in candidates_of(CARDS[2:])] == [1.0, 0.5]


def test_an_event_lasts_as_long_as_all_that_looks_tell_of_it() -> None:
    closely = [looked(4 + step, 4.3 + step, "BETA 4471") for step in range(3)]
    said = [speech(5.5, 6, "while it is there"), speech(7, 8, "when it has gone")]
    known = context([*CARDS[:1], *closely, *said], anchors=closely[:1])
    placing = Placing(understand("What is said right after 'BETA 4471'?"), known)
    assert [placing.of(each)[0] for each in candidates_of(said)] == [0.0, 1.0]


def test_what_a_look_reads_again_keeps_the_score_that_its_row_was_found_with() -> None:
    card, other = text(0, 4, "BETA 4471"), text(0, 4, "GAMMA 12")
    again, new, later = (
        looked(1, 2, "BETA 4A71"),
        looked(1, 2, "fine print"),
        looked(9, 10, "BETA 4471"),
    )
    hits = (Hit(other, 4.0), Hit(card, 2.0))
    known = replace(context([card, other, again, new, later]), hits=hits)
    scores = Prepared.of(understand("When does BETA appear?"), known).scores
    told = [scores[each.memory_id] for each in (other, card, again, new, later)]
    assert told == [1.0, 0.5, 0.5, 0.0, 0.0]


@pytest.mark.parametrize(("question", "kept"), [("the first word", 0), ("the last word", 99)])
def test_what_is_first_or_last_is_compared_however_much_there_is(question: str, kept: int) -> None:
    cards = [text(at, at + 1, f"CARD {at}") for at in range(100)]
    known, plan = context(cards), understand(f"What is {question}?")
    chosen = shortlist(Prepared.of(plan, known), candidates_of(cards))
    assert f"CARD {kept}" in {each.text for each in chosen}


def test_a_value_is_labelled_by_what_stands_left_of_it_and_above_it() -> None:
    def at(words: str, x: float, y: float) -> dict[str, object]:
        return {"text": words, "confidence": 0.9, "box": [x, y, x + 0.1, y + 0.04]}

    lines = [at("Fuel", 0.3, 0.1), at("Crew", 0.6, 0.1), at("Monday", 0.1, 0.2)]
    lines += [at("83%", 0.3, 0.2), at("17%", 0.6, 0.2)]
    table = row(Kind.SCREEN_TEXT, 0, 9, "Fuel\nCrew\nMonday\n83%\n17%", details={"lines": lines})
    near = {each.text: each.near for each in candidates_of([table])}
    assert near["83%"] == "Monday / Fuel"
    assert near["17%"] == "83% / Crew"


@pytest.mark.parametrize(
    ("line", "value"),
    [("Cells: 10⁶ per ml", "10⁶"), ("Area: 25 m²", "25 m²"), ("Salt: 1½ cup", "1½ cup")],
)
def test_exponents_and_fractions_belong_to_their_number(line: str, value: str) -> None:
    (found,) = re.findall(PATTERNS["number"], line)
    assert found.startswith(value)


def test_a_change_offers_itself_and_the_things_that_came_by_it() -> None:
    words = "the picture cuts from a train to a printer; the text 'Canon' appears"
    cut: ToldChange = {"what": "thing", "how": "", "before": ["train"], "after": ["printer"]}
    written: ToldChange = {"what": "text", "how": "appears", "before": [], "after": ["Canon"]}
    change = row(Kind.CHANGE, 9.5, 10.5, words, details={"changes": [cut, written]})
    found = candidates_of([change])
    assert [each.text for each in found] == [words, "printer", "train"]
    assert [each.near for each in found] == ["", words, words]


def test_a_way_through_the_picture_offers_its_steps_at_their_times() -> None:
    words = "a red car enters from the left, leaves to the right"
    steps: list[Step] = [
        {"at": 2 * SECOND, "how": "enters from the left"},
        {"at": 7 * SECOND, "how": "leaves to the right"},
    ]
    way = row(Kind.MOTION, 2, 7.5, words, details={"name": "red car", "steps": steps})
    found = candidates_of([way])
    assert [(each.text, each.moment.seconds) for each in found] == [
        (words, (2, 7.5)),
        ("enters from the left", (2, 3)),
        ("leaves to the right", (7, 7.5)),
    ]


def test_counted_ways_offer_their_number() -> None:
    counted = row(Kind.MOTION, 0, 9, "cars move in the picture 4 times", details={"count": 4})
    assert [each.text for each in candidates_of([counted])][1:] == ["4"]
