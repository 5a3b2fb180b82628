"""Preferences: read from a goal's own words, kept with source and confidence, used where open."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.act.plan import ActStatus, PlanGraph
from agents.act.planner.embedded import EmbeddedPlanner
from agents.act.planner.reading import NotPlanned
from agents.act.remembered.preferences import delete, edit, prefer, preferences
from agents.act.remembered.remembering import (
    Remembered,
    RememberingPlanner,
    RetrievingPlanner,
    Switches,
)
from agents.act.remembered.stated import heard_in
from agents.errors import UsageError
from agents.models.scripted import ScriptedTextEncoder
from memory.errors import UnknownMemory
from memory.store import Store
from tests.agents.act.kit import runtime_at
from tests.agents.act.planner.goals import ALL, CAT, CUES, DOG, chain, goal, registry

REGISTRY = registry()
ENCODER = ScriptedTextEncoder()


def store_at(folder: Path) -> Store:
    return runtime_at(folder).store


def memory(store: Store, **switches: bool) -> Remembered:
    return Remembered(store, "default", ENCODER.encode, ENCODER.name, Switches(**switches))


def planned(
    store: Store, text: str, *media: object, before: PlanGraph | None = None, **switches: bool
) -> PlanGraph:
    """Plan a goal as a run that begins does: what it states is kept."""
    own = memory(store, **switches)
    planner = RememberingPlanner(RetrievingPlanner(EmbeddedPlanner(), own), own)
    plan = planner.plan(goal(text, *media, before=before), REGISTRY)  # pyright: ignore
    own.keep("act_1", ActStatus.RUNNING)
    return plan


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("from now on titles in red", ["titles: color red"]),
        ("From now on, titles in red", ["titles: color red"]),
        ("subtitles always yellow", ["subtitles: color yellow"]),
        ("captions should always be yellow", ["subtitles: color yellow"]),
        ("I prefer yellow subtitles", ["subtitles: color yellow"]),
        ("use red for titles from now on, please", ["titles: color red"]),
        ("always put the logo in the top left corner", ["logos: position top left"]),
        ("always lower thirds in blue for 3 seconds",
         ["lower thirds: color blue", "lower thirds: seconds 3.0"]),
        ("I prefer titles in red and subtitles in yellow",
         ["titles: color red", "subtitles: color yellow"]),
        ("titles in red", ["titles: color red"]),
    ],
)  # fmt: skip
def test_what_is_said_of_all_later_goals_is_heard(text: str, stated: list[str]) -> None:
    heard = heard_in(text, [])
    assert [str(one) for one in heard.stated] == stated and heard.rest == ""


@pytest.mark.parametrize(
    "text",
    [
        'write "from now on titles in red"',
        'add the title "titles in red"',
        "mute always titles in red.mp4",
        "make the titles red",
        "add subtitles in yellow",
        "always keep the first 5 s",
        "always no titles in red",
        "never titles in red",
        'always "red" titles',
        "I'd like it slower",
    ],
)
def test_nothing_else_is_taken_for_a_preference(text: str) -> None:
    heard = heard_in(text, ["always titles in red.mp4"])
    assert heard.stated == () and heard.rest == text


def test_a_statement_is_cut_out_of_its_goal() -> None:
    text = 'keep 0:01-0:03, from now on titles in red; add the title "A, always titles in red."'
    heard = heard_in(text, [])
    assert heard.rest == 'keep 0:01-0:03; add the title "A, always titles in red."'


def test_the_next_plan_uses_what_a_goal_stated_and_says_so(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    first = planned(store, 'from now on titles in red, add the title "One"')
    assert chain(first) == ["title dog.mp4 One red"]
    assert first.notes == (
        "titles: color red, as this goal says of all of them", "remembered: titles: color red",
    )  # fmt: skip
    (kept,) = preferences(store, "default")
    assert (kept.source, kept.confidence, kept.run_id) == ("goal", 0.9, "act_1")
    second = planned(store_at(tmp_path), 'mute it, add the title "Two"')
    assert chain(second) == ["mute dog.mp4", "title <mute_1 Two red"]
    (note,) = second.notes
    assert note.startswith("titles: color red, as you prefer (said ") and kept.preference_id in note


def test_off_nothing_is_kept_or_used(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    prefer(store, "default", "titles in red", REGISTRY)
    plan = planned(store, 'add the title "Two"', preferences=False)
    assert chain(plan) == ["title dog.mp4 Two"] and plan.notes == ()
    with pytest.raises(NotPlanned, match="not understood: 'from now on titles in blue'"):
        planned(store, 'from now on titles in blue, add the title "X"', preferences=False)


def test_what_a_goal_says_stands(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    prefer(store, "default", "titles in red for 2 seconds", REGISTRY)
    plan = planned(store, 'add the title "A" in blue')
    assert chain(plan) == ["title dog.mp4 A blue 2"]
    assert [note[:19] for note in plan.notes] == ["titles: seconds 2.0"]
    assert chain(planned(store, 'add a lower third "B"')) == ["lower_third dog.mp4 B"]


def test_what_is_said_in_passing_needs_its_thing_in_the_goal(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    with pytest.raises(NotPlanned, match="not understood: 'subtitles in yellow'"):
        planned(store, "mute it, subtitles in yellow")
    assert preferences(store, "default") == []
    plan = planned(
        store, "burn in the captions from talk.srt in dog.mp4, subtitles in yellow", *ALL
    )
    assert chain(plan) == ["burn_subtitles dog.mp4 talk.srt yellow"]
    assert preferences(store, "default")[0].confidence == 0.6
    again = planned(store, "burn in the captions from talk.srt in cat.mp4", CAT, CUES)
    assert chain(again) == ["burn_subtitles cat.mp4 talk.srt yellow"]


def test_saying_it_again_is_surer_and_passing_words_change_nothing_lasting(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for _ in range(2):
        planned(store, 'add the title "A", titles in red')
    assert preferences(store, "default")[0].confidence == pytest.approx(0.84)
    planned(store, 'from now on titles in green, add the title "A"')
    plan = planned(store, 'add the title "A", titles in blue')
    assert chain(plan) == ["title dog.mp4 A blue"]
    assert json.loads(preferences(store, "default")[0].value) == "green"


def test_rounds_keep_their_looks_unless_the_new_goal_states_it(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    before = planned(store, 'add the title "A"')
    prefer(store, "default", "titles in red", REGISTRY)
    after = planned(store, "mute it", before=before)
    assert chain(after) == ["title dog.mp4 A", "mute <title_1"]
    told = planned(store, "from now on titles in green", before=before)
    assert chain(told) == ["title dog.mp4 A green"]


def test_they_are_edited_and_deleted_by_name_or_id(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    prefer(store, "default", "titles and subtitles in red", REGISTRY)
    (changed,) = edit(store, "default", "titles", "blue", REGISTRY)
    assert (json.loads(changed.value), changed.source, changed.confidence) == ("blue", "command", 1)
    with pytest.raises(UsageError, match="says nothing of the color of titles"):
        edit(store, "default", "titles", "3 seconds", REGISTRY)
    with pytest.raises(UnknownMemory):
        delete(store, "default", ["titles", "logos"])
    delete(store, "default", [changed.preference_id[:8]])
    assert [one.thing for one in preferences(store, "default")] == ["subtitles"]
    assert preferences(store, "other") == []


def test_what_no_tool_takes_is_refused(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    with pytest.raises(UsageError, match="subtitles cannot have position left"):
        prefer(store, "default", "subtitles on the left", REGISTRY)
    with pytest.raises(NotPlanned, match="subtitles: position left is not possible"):
        planned(store, "always subtitles on the left, mute it")
    with pytest.raises(NotPlanned, match="not understood") as error:
        planned(store, "always keep it short, mute it")
    assert "'always keep it short' is no preference either" in error.value.hint


def test_a_model_sees_them_and_is_not_overruled(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    prefer(store, "default", "titles in red", REGISTRY)

    class Model:
        """Plans a title, as models do, and leaves its colour out."""

        def plan(self, goal: object, registry: object) -> PlanGraph:
            seen.append(goal.told)  # type: ignore[attr-defined]
            made = EmbeddedPlanner().plan(plain, REGISTRY)
            return PlanGraph(made.goal, made.steps, made.outputs, planner="model")

        def replan(self, goal: object, registry: object, state: object) -> None: ...

    seen: list[tuple[str, ...]] = []
    plain = goal('add the title "A"')
    own = memory(store)
    planner = RememberingPlanner(Model(), own)
    assert chain(planner.plan(plain, REGISTRY)) == ["title dog.mp4 A red"]
    assert seen[0] == ("Preferences, for what the goal leaves open: titles: color red",)
    said = goal('a title "A", in the usual white please', DOG)
    assert chain(planner.plan(said, REGISTRY)) == ["title dog.mp4 A"]
