"""The planner that needs no model: clause by clause, and a refusal where one is not understood.

It plans explicit operations with object and time, quoted text, short chains, "every X" (find, then
join), and moments that memory is asked for. It never guesses: what it cannot place it names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.act.act import Progress
from agents.act.hands import Goal
from agents.act.plan import PARTS, PlanGraph, Recall
from agents.act.planner.by_recipe import by_recipe
from agents.act.planner.called import called
from agents.act.planner.grammar.operations import Ambiguous
from agents.act.planner.grammar.pointing import the_pictures
from agents.act.planner.grammar.table import OPERATIONS
from agents.act.planner.options import taken
from agents.act.planner.order import with_verbs
from agents.act.planner.reading import MEDIA, QUOTE, NotPlanned, halves, read
from agents.act.planner.rounds import change, round_of
from agents.act.planner.scene import Scene
from agents.tools.assets import MediaKind
from agents.tools.registry import Registry

HINT = (
    "say one operation at a time, with its object and times, "
    'e.g. "keep 0:05-0:12 of dog.mp4, slow it to half speed"; see `backtrail tools`'
)

_TOGETHER = (
    r"(?:keep|collect|join|find(?: and join)?|put together|cut together|"
    r"(?:make )?(?:a |an )?(?:supercut|compilation|montage) of)(?: together| only)?"
)
_EVERY = re.compile(
    rf"{_TOGETHER} (?:every|all(?: the)?|each)(?! of)"
    r"(?: (?:moments?|times?|places?|scenes?|shots?|parts?|appearances?)"
    r"(?: (?:with|of|where|when|in which|that shows?|showing))?)? (?P<what>.+?)"
    rf"(?: (?:of|from|in) {MEDIA})?(?: together| and (?:join|put|cut) them(?: together)?)?"
)


_LIKE = re.compile(
    rf"{_TOGETHER} (?:(?:every|all(?: the)?|each)(?: (?:moments?|times?|places?|scenes?|shots?|"
    r"parts?|pictures?))?(?: (?:that|which) (?:looks?|is|are))? (?:like|similar to)|"
    r"where(?:ver)?|(?:every|all(?: the)?|each) (?:moments?|times?|places?|scenes?|shots?|parts?) "
    rf"(?:where|with|of|showing|that shows?)) (?P<picture>{MEDIA}|"
    r"(?:this|that)(?: one| picture| image| photo(?:graph)?)?)"
    rf"(?: (?:appears|is (?:seen|shown)))?(?: (?:of|from|in) (?P<video>{MEDIA}))?"
    r"(?: together| and (?:join|put|cut) them(?: together)?)?"
)
"""Moments like a picture that was given."""

_ABOUT = re.compile(rf"(?:take|open|use|load|here is|this is|in|for|on|with|from) {MEDIA}")
"""A file that what follows is about."""


@dataclass(frozen=True, slots=True)
class EmbeddedPlanner:
    """Plans by a grammar of operations."""

    def plan(self, goal: Goal, registry: Registry) -> PlanGraph:
        """The plan of a goal.

        Raises:
            NotPlanned: names the clause that cannot be placed, or what is not clear in it.
        """
        names = [asset.name for asset in goal.media]
        scene = round_of(Scene(goal, registry, read(goal.text, names)))
        if not scene.reading.clauses:
            raise NotPlanned("there is no operation in the goal", HINT)
        scene = _all_placed(scene.reading.clauses, scene)
        if not scene.steps:
            raise NotPlanned("what is to be done with the file is not said", HINT)
        return scene.plan

    def replan(self, goal: Goal, registry: Registry, state: Progress) -> None:
        """Nothing: without a model only the tools' own fallbacks repair."""


def _all_placed(clauses: Sequence[str], scene: Scene) -> Scene:
    """The scene with clauses placed; a piece that is none on its own belongs to the one before.

    "Follow the dog, in 9:16" is one clause, and so is "write "Fetch", in red".
    """
    said, start = "", scene
    doubt: NotPlanned | None = None
    for clause in clauses:
        if doubt is None:
            try:
                said, start, scene = clause, scene, _placed(clause, scene)
                continue
            except NotPlanned as error:
                doubt = error
        said = f"{said} {clause}".strip()
        joined = _tried(said, start)
        if isinstance(joined, Scene):
            scene, doubt = joined, None
    if doubt is not None:
        raise doubt
    return scene


def _placed(clause: str, scene: Scene) -> Scene:
    """The scene with a clause placed, whole or as parts joined by "and"."""
    whole = _tried(clause, scene)
    if isinstance(whole, Scene):
        return whole
    doubts = [whole] if whole else []
    for left, right in halves(clause):
        try:
            first = _tried(left, scene)
            if isinstance(first, Scene):
                return _placed(right, first)
            doubts += [first] if first else []
        except NotPlanned as error:
            doubts.append(error)
    if doubts:
        raise doubts[0]
    raise NotPlanned(f"not understood: {scene.reading.shown(clause)!r}", HINT)


def _tried(clause: str, scene: Scene) -> Scene | NotPlanned | None:
    """The scene with a clause placed; the doubt that it raises; None where nothing takes it."""
    doubts: list[NotPlanned] = []
    for wording in with_verbs(clause):
        found = _worded(wording, scene)
        if isinstance(found, Scene):
            return found
        doubts += [found] if found else []
    return doubts[0] if doubts else None


def _worded(clause: str, scene: Scene) -> Scene | NotPlanned | None:
    told = scene.reading.shown(clause)
    if (about := _about(clause, scene.copy())) is not None:
        return about
    if (made := by_recipe(clause, scene, scene.goal.recipes)) is not None:
        return made
    if scene.goal.before is not None and (changed := change(clause, scene)) is not None:
        return changed
    if (named := called(clause, scene)) is not None:
        return named
    if (found := _LIKE.fullmatch(clause)) is not None:
        return _like(found, scene.copy(), told)
    if (found := _EVERY.fullmatch(clause)) is not None:
        return _every(found, scene.copy(), told)
    doubt: NotPlanned | None = None
    for operation in OPERATIONS:
        begins = re.match(rf"(?:{operation.head})(?=\s|$|\ue000)", clause)
        if begins is None and operation.head:
            continue
        rest = clause[begins.end() :] if begins else clause
        options = taken(rest, operation.options)
        if options is None or not set(operation.needs) <= set(options.found):
            continue
        attempt = scene.copy()
        try:
            operation.use(attempt, options, told)
        except Ambiguous as error:
            return Ambiguous(f"{told!r}: {error}", error.hint)
        except NotPlanned as error:
            doubt = doubt or NotPlanned(f"{told!r}: {error}", error.hint)
            continue
        return attempt
    return doubt


def _about(clause: str, scene: Scene) -> Scene | None:
    """A video that is named first is what "it" means."""
    found = _ABOUT.fullmatch(clause)
    if found is None or scene.file(int(found[1])).kind is not MediaKind.VIDEO:
        return None
    scene.current = scene.file(int(found[1])).asset_id
    return scene


def _like(found: re.Match[str], scene: Scene, told: str) -> Scene:
    """Find every moment that looks like a picture, and join them."""
    [picture] = scene.files([found["picture"]], MediaKind.IMAGE) or the_pictures(scene)
    video = scene.video([found["video"]] if found["video"] else [])
    moments = scene.add("find_like", "find what looks like it", video=video, image=picture.asset_id)
    scene.add("keep_moments", told, video=video, moments=moments)
    return scene


def _every(found: re.Match[str], scene: Scene, told: str) -> Scene:
    """Find every moment of something, and join them."""
    what = found["what"].strip()
    quoted = re.fullmatch(QUOTE, what)
    query = scene.reading.quotes[int(quoted[1])] if quoted else scene.reading.shown(what)
    named = [mark for mark in re.findall(MEDIA, found[0]) if mark]
    video = scene.file(int(named[-1]), MediaKind.VIDEO).asset_id if named else ""
    moment = {name: Recall(query, name, video) for name in PARTS}
    clip = scene.add("trim", f"each moment of {query!r}", query, **moment)
    scene.add("concatenate", told, clips=(clip,))
    return scene
