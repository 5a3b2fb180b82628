"""The extractive reader: it quotes, points, counts what can be counted, and else says so."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from agents.ask.answer import Context, Draft
from agents.ask.executor.recall import anchored, focus_of
from agents.ask.plan import Relation
from agents.ask.planner.rules import plan as understand
from agents.ask.reader.read import read
from agents.ask.reader.values import PATTERNS
from memory.records import Hit, Kind, Memory, Span
from tests.rows import VIDEO, context, row, shots, speech, text, thing, video


def unrelated(question: str, words: Sequence[str]) -> list[float]:
    return [0.0] * len(words)


def ask(question: str, rows: Sequence[Memory], seconds: float = 60.0, **more: object) -> Draft:
    """Read as recall would let us: anchors and focus from the rows themselves."""
    plan = understand(question, choices=more.pop("choices", ()))  # type: ignore[arg-type]
    hits = [Hit(r, 1.0) for r in rows]
    found = anchored(hits, plan.anchor.text) if plan.anchor and plan.anchor.text else []
    film = video(seconds)
    focus = [span for _, span in focus_of(plan, found, (film,))]
    options = [list(rows) for _ in plan.choices]
    given: Context = context(
        rows, focus, [hit.memory for hit in found], options, shots(0, 20, 40, seconds), film
    )
    return read(plan, given, more.pop("relate", unrelated))  # type: ignore[arg-type]


SLIDE = text(2, 12, "Quarterly results\nTotal revenue  4,210\nNew customers  87")
MENU = text(20, 26, "Lunch menu\nTomato soup")
DOORS = text(30, 34, "MIND\nTHE DOORS")
TALK = speech(40, 46, "The bridge was closed because the river rose by two metres.")
CAT = thing(14, 19, "cat; kitten; pet; animal")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the total revenue?", "4,210"),
        ("How many new customers are there?", "87"),
        ("What is written between 30 and 34 s?", '"MIND THE DOORS"'),
        ("What does the speaker say about the bridge?", TALK.text),
        ("Which animal is shown?", "a cat (kitten)"),
        ("When does the lunch menu appear?", "At 0:20.0"),
        ("What is shown right after 'Quarterly results'?", "cat"),
        ("Which text is shown right after 'Quarterly results'?", "Lunch menu"),
        ("Which is shown first, 'Lunch menu' or 'Quarterly results'?", "Quarterly results"),
        ("lunch menu tomato", "Lunch menu"),
    ],
)
def test_it_answers_from_one_moment(question: str, answer: str | None) -> None:
    draft = ask(question, [SLIDE, MENU, DOORS, TALK, CAT])
    assert draft.proven, (draft.text, draft.reason)
    assert (answer or "") in (draft.text or "")
    assert draft.cited


@pytest.mark.parametrize(
    "question",
    [
        "What is the total profit?",
        "Who won the sailing race?",
        "What does the speaker say about the tunnel?",
        "Which vehicle is shown?",
        "When does the dinner menu appear?",
        "Which is shown first, 'Lunch menu' or 'Wine list'?",
    ],
)
def test_what_is_not_there_is_not_proven(question: str) -> None:
    assert not ask(question, [SLIDE, MENU, DOORS, TALK, CAT]).proven


def test_a_value_beside_its_label_is_found_by_their_places() -> None:
    lines = [
        {"text": "Crew strength", "confidence": 0.9, "box": [0.1, 0.1, 0.3, 0.15]},
        {"text": "17%", "confidence": 0.9, "box": [0.35, 0.1, 0.4, 0.15]},
        {"text": "Fuel", "confidence": 0.9, "box": [0.1, 0.5, 0.2, 0.55]},
        {"text": "93%", "confidence": 0.9, "box": [0.35, 0.5, 0.4, 0.55]},
    ]
    roles = row(Kind.SCREEN_TEXT, 0, 9, "Crew strength\n17%\nFuel\n93%", details={"lines": lines})
    draft = ask("What is the crew strength value?", [roles])
    assert (draft.text, draft.proven) == ("17%", True)


def test_of_a_sign_the_line_about_the_asked_thing_is_quoted() -> None:
    sign = text(48, 54, "Harbour museum\nTuesday to Friday 10:00\nSaturday 09:30\nClosed on Monday")
    draft = ask("What does the museum sign say about Saturday?", [sign, MENU])
    assert (draft.text, draft.proven) == ('"Saturday 09:30"', True)


def test_the_nth_line_to_appear_is_counted_without_the_title() -> None:
    title = row(
        Kind.SCREEN_TEXT,
        1,
        30,
        "Agenda",
        details={"lines": [{"text": "Agenda", "confidence": 1, "box": [0.1, 0.0, 0.5, 0.12]}]},
    )
    bullets = [text(3, 30, "Maps"), text(6, 30, "Data"), text(9, 30, "Tools")]
    draft = ask("Which bullet is the third to appear?", [title, *bullets])
    assert draft.text == '"Tools"' and draft.cited[0].span.start == 9_000_000


def test_a_sure_label_answers_only_when_its_meaning_is_near() -> None:
    cup = [thing(0, 5, "coffee; drink")]
    near = ask("What is in the mug?", cup, relate=lambda _, words: [0.6] * len(words))
    assert near.proven and near.text is not None and "coffee" in near.text
    assert not ask("What stands on the roof?", cup).proven


def test_a_garbled_reading_proves_nothing() -> None:
    garbled = row(Kind.SCREEN_TEXT, 0, 9, "Totl revenue  4,2l0")
    sharp = ask("What is the total revenue?", [SLIDE])
    blurred = ask("What is the total revenue?", [Weak.of(garbled)])
    assert sharp.proven and not blurred.proven


class Weak:
    """A row read with little confidence."""

    @staticmethod
    def of(sure: Memory) -> Memory:
        from dataclasses import replace

        return replace(sure, confidence=0.5)


def test_one_shot_and_sound_are_known_and_absence_is_not_claimed() -> None:
    single = context([SLIDE], nodes=shots(0, 60))
    assert read(understand("Is it one continuous shot?"), single, unrelated).text == "Yes, one shot"
    several = ask("Is it one continuous shot?", [SLIDE])
    assert several.proven and (several.text or "").startswith("No")
    assert ask("Is there an audio track?", [SLIDE]).text == "Yes"
    assert not ask("Is there a dog in the video?", [SLIDE, CAT]).proven


def test_multiple_choice_takes_the_option_that_is_there() -> None:
    options = ("Tomato soup", "Onion soup", "Fish pie")
    draft = ask("Which dish is on the lunch menu?", [MENU, SLIDE], choices=options)
    assert (draft.choice, draft.proven) == (0, True)


def test_focus_after_and_before_an_event_lies_beside_it() -> None:
    plan = understand("What is shown right after the lunch menu?")
    assert plan.anchor is not None and plan.anchor.relation is Relation.AFTER
    focus = focus_of(plan, [Hit(MENU, 1.0)], (video(),))
    assert focus[0][0] == VIDEO and focus[0][1].start == MENU.span.end
    last = understand("What is written in the last four seconds?")
    assert focus_of(last, [], (video(60),))[0][1] == Span.of_seconds(56, 60)


def test_what_hangs_on_an_unseen_event_is_not_answered() -> None:
    rows = [MENU, CAT, thing(27, 33, "dog; animal")]
    assert not ask("What is shown after the countdown?", rows).proven
    assert ask("What is shown after the lunch menu?", rows).text == "dog"


def table_row(*pieces: tuple[str, float]) -> dict[str, object]:
    """A joined line with its pieces at their left edges, as perception keeps it."""
    parts = [{"text": t, "confidence": 0.9, "box": [x, 0.10, x + 0.15, 0.14]} for t, x in pieces]
    joined = "  ".join(t for t, _ in pieces)
    return {"text": joined, "confidence": 0.9, "box": [pieces[0][1], 0.1, 0.95, 0.14],
            "parts": parts}  # fmt: skip


def test_a_value_stands_under_its_own_column() -> None:
    head = table_row(("Fuel left", 0.1), ("Crew morale", 0.4), ("Cups served", 0.7))
    below = [{"text": t, "confidence": 0.9, "box": [x, 0.16, x + 0.08, 0.2]}
             for t, x in (("83%", 0.1), ("17%", 0.4), ("1,042", 0.7))]  # fmt: skip
    heads = row(Kind.SCREEN_TEXT, 2, 9, str(head["text"]), details={"lines": [head]})
    values = row(Kind.SCREEN_TEXT, 3, 9, "83%\n17%\n1,042", details={"lines": below})
    assert ask("What is the crew morale value?", [heads, values]).text == "17%"
    assert ask("How many cups were served?", [heads, values]).text == "1,042"


def test_a_coloured_ground_tells_which_line_is_meant() -> None:
    def line(words: str, top: float, *colours: str) -> dict[str, object]:
        box = [0.1, top, 0.5, top + 0.05]
        return {"text": words, "confidence": 0.95, "box": box, "colours": list(colours)}

    lines = [line("Welcome back", 0.1, "white", "black"), line("Start now", 0.4, "green", "white")]
    page = row(Kind.SCREEN_TEXT, 1, 9, "Welcome back\nStart now", details={"lines": lines})
    assert ask("What is written on the green button?", [page]).text == '"Start now"'
    assert not ask("What is written on the red button?", [page]).proven


HOURS = text(40, 49, "Harbour museum\nTuesday to Friday 10:00 - 17:00\nSaturday 09:30 - 13:00")
NEXT = text(50, 58, "Next week\nThe keeper of the lighthouse")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What time does the museum open on Saturday?", "09:30"),
        ("At what time does the museum close on Saturday?", "13:00"),
        ("When does the museum open on Saturday?", "09:30"),
        ("What is the topic of next week?", '"The keeper of the lighthouse"'),
    ],
)
def test_what_is_announced_is_read(question: str, answer: str) -> None:
    draft = ask(question, [SLIDE, HOURS, NEXT, MENU])
    assert draft.proven and draft.text == answer, (draft.text, draft.reason)


def test_a_time_in_the_video_is_still_told() -> None:
    draft = ask("At what time does the lunch menu appear?", [SLIDE, HOURS, MENU])
    assert draft.proven and (draft.text or "").startswith("At 0:20.0")


def test_a_slide_counted_from_elsewhere_is_found_by_its_words() -> None:
    stars = text(50, 56, "Stars\nThey shine by nuclear fusion")
    draft = ask("What does the second slide say about stars?", [SLIDE, MENU, DOORS, stars])
    assert draft.proven and "nuclear fusion" in (draft.text or "")


def test_who_is_no_thing_that_merely_sounds_alike() -> None:
    def alike(_: str, words: Sequence[str]) -> list[float]:
        return [0.9] * len(words)

    chair = thing(3, 9, "chair; seat")
    assert not ask("Who is on the hard shoulder?", [chair], relate=alike).proven
    assert ask("What is on the hard shoulder?", [chair], relate=alike).proven


def test_speech_may_say_a_verb_otherwise_and_leave_the_type_out() -> None:
    bought = speech(1, 4, "The museum bought a painting from a collector.")
    tongue = speech(5, 8, "She speaks Portuguese with her brother.")
    assert ask("What did the museum buy?", [bought, tongue]).text == f'"{bought.text}"'
    assert ask("Which language does she speak with her brother?", [bought, tongue]).proven
    assert not ask("Which language does she speak with her uncle?", [bought, tongue]).proven


def test_a_look_that_read_half_a_line_does_not_hide_the_whole() -> None:
    whole = text(20, 24, "SONG\nof the open sea")
    half, apart = text(20, 24, "of the open"), text(20, 24, "SONG")
    draft = ask("What is written between 21 and 23 s?", [half, whole, apart])
    assert draft.text == '"SONG / of the open sea"', draft.text


def test_a_title_that_a_look_read_again_is_no_item() -> None:
    title, first = text(0, 60, "Before you sail"), text(5, 60, "Check the ropes")
    again = text(10, 18, "Before you sail\nCheck the ropes")
    second, third = text(15, 60, "Fill the tanks"), text(25, 60, "Ask for the weather")
    rows = [title, first, again, second, third]
    assert ask("What is the third bullet point?", rows).text == '"Ask for the weather"'
    assert ask("What does the second bullet say?", rows).text == '"Fill the tanks"'


def test_what_comes_after_a_slide_is_not_the_slide_itself() -> None:
    rows = [text(2, 12, "Tides\nTwo a day"), text(4, 12, "Tides\nTwo a day, or one"), MENU]
    draft = ask("What is the title of the slide after 'Tides'?", rows)
    assert "Lunch menu" in (draft.text or ""), draft.text


def test_the_number_of_an_item_is_no_news_about_it() -> None:
    shop = text(5, 9, "Wexford\n#4 A KETTLE")
    assert ask("What brand is the kettle?", [shop, MENU]).text == '"Wexford"'
    assert ask("Which company's name is on the kettle?", [shop, MENU]).text == '"Wexford"'


def test_who_asks_is_quoted_with_a_question() -> None:
    rows = [speech(1, 3, "Good morning."), speech(4, 6, "Where is the harbour?")]
    assert ask("What does the girl ask first?", rows).text == '"Where is the harbour?"'


def test_a_verb_of_coming_need_not_be_seen() -> None:
    draft = ask("When does the counter reach 250?", [text(9, 10, "249"), text(10, 11, "250")])
    assert draft.proven and (draft.text or "").startswith("At 0:10.0")


def test_only_a_things_own_words_give_it_its_type() -> None:
    seen = row(Kind.OBJECTS, 4, 8, "teddy bear; toy; cockatoo; parrot; bird; animal",
               details={"labels": [("teddy bear", 0.9), ("cockatoo", 0.8)]})  # fmt: skip
    assert "cockatoo" in (ask("What bird is this?", [seen]).text or "")


@pytest.mark.parametrize(
    ("line", "value"),
    [("Cells: 10⁶ per ml", "10⁶"), ("Area: 25 m²", "25 m²"), ("Salt: 1½ cup", "1½ cup")],
)
def test_exponents_and_fractions_belong_to_their_number(line: str, value: str) -> None:
    (found,) = re.findall(PATTERNS["number"], line)
    assert found.startswith(value)
