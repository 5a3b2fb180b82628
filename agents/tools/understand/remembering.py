"""What memory knows: find_moments, find_like, answer, describe. Flows hand in the powers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from agents.models.roles import ROLES
from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    ImageInput,
    Made,
    MediaKind,
    Output,
    Place,
    Seconds,
    SeenInput,
    Takes,
    Tool,
    ToolFailed,
    VideoInput,
    asset_ids,
    not_here,
)
from agents.tools.registry import Answered, Described, Found, Powers
from agents.tools.render.moments import Moment, write_moments

Find = Callable[[str, Sequence[str]], Sequence[Found]]
Alike = Callable[[Path, Sequence[str]], Sequence[Found]]
Answer = Callable[[str, Sequence[str]], Answered]
Describe = Callable[[str, tuple[float, float] | None], Described]
Run = Callable[[Any, Place], Made]
SEEING = ("captioner",)
Words = Annotated[str, Field(min_length=1, max_length=1000)]


class FindMoments(Arguments):
    """What to look for, in which video, and how many moments at most."""

    video: VideoInput
    query: Words
    count: Annotated[int, Field(ge=1, le=200)] = 10


class FindLike(Arguments):
    """The picture, in which video what looks like it is sought, and how many moments at most."""

    video: VideoInput
    image: ImageInput
    count: Annotated[int, Field(ge=1, le=200)] = 10


class AskMemory(Arguments):
    """A question about videos."""

    question: Words
    videos: Annotated[tuple[str, ...], Field(min_length=1, max_length=200), Takes(MediaKind.VIDEO)]


class DescribeMedia(Arguments):
    """The video or picture, and which stretch of it; all of it where no end is given."""

    source: SeenInput
    start: Seconds = 0.0
    end: Seconds | None = None


def find_moments(arguments: FindMoments, place: Place, *, find: Find) -> Made:
    """Moments that memory finds for words, in the order of time."""
    found = find(arguments.query, [arguments.video])
    best = [each for each in found if each.video == arguments.video][: arguments.count]
    if not best:
        raise ToolFailed(
            f"memory holds nothing for {arguments.query!r}",
            "Use other words, or remember the video first (backtrail ingest).",
        )
    return _told(best, place)


def find_like(arguments: FindLike, place: Place, *, alike: Alike) -> Made:
    """Moments that look like a picture, in the order of time."""
    found = alike(place.assets[arguments.image].path, [arguments.video])
    best = [each for each in found if each.video == arguments.video][: arguments.count]
    if not best:
        raise ToolFailed(
            "memory holds nothing that looks like the picture",
            "Give a picture of the same thing or place, larger in the frame.",
        )
    return _told(best, place)


def _told(best: Sequence[Found], place: Place) -> Made:
    """Moments as a file, with their evidence."""
    moments = [Moment(f.start, f.end, f.text, tuple(f.evidence), f.score) for f in best]
    moments.sort(key=lambda moment: (moment.start, moment.end))
    path = write_moments(moments, place.new("moments", ".json"))
    evidence = tuple(dict.fromkeys(row for moment in moments for row in moment.evidence))
    unsure = sum(not each.is_proven for each in best)
    notes = (f"{unsure} of {len(best)} moments are likely, not proven",) if unsure else ()
    return Made({"moments": (path,)}, notes=notes, evidence=evidence)


def answer(arguments: AskMemory, place: Place, *, ask: Answer) -> Made:
    """An answer with its evidence; where memory abstains, the step fails and says why."""
    told = ask(arguments.question, arguments.videos)
    if not told.text.strip():
        raise ToolFailed(
            f"{arguments.question!r} is not answered: {told.reason or 'nothing is proven'}",
            "Ask in other words, or about another video.",
            told.usd,
        )
    path = place.new("text", ".txt")
    path.write_text(told.text.strip() + "\n", encoding="utf-8")
    return Made({"text": (path,)}, told.usd, evidence=tuple(told.evidence))


def describe(arguments: DescribeMedia, place: Place, *, ask: Describe) -> Made:
    """What media show: by the model that sees where there is one, else from memory."""
    source = place.assets[arguments.source]
    length = source.facts.seconds
    is_whole = arguments.end is None and not arguments.start
    span = None if is_whole else (arguments.start, arguments.end or length)
    if span is not None and not (span[0] < span[1] and span[0] < max(length, 1e-6)):
        said = f"{span[0]:g}-{span[1]:g} s is no stretch of {source.name}"
        raise ToolFailed(said, f"It lasts {length:g} s.")
    told = ask(arguments.source, span)
    if not told.text.strip():
        raise ToolFailed(
            f"nothing is known of what {source.name} shows there",
            "Choose a longer stretch, or name a model that sees (BACKTRAIL_VLM__BASE_URL).",
            told.usd,
        )
    path = place.new("text", ".txt")
    path.write_text(told.text.strip() + "\n", encoding="utf-8")
    notes = (told.note,) if told.note else ()
    return Made({"text": (path,)}, told.usd, told.model, notes, tuple(told.evidence))


def _asked(
    arguments: Arguments, assets: Assets, *, about: str, roles: Sequence[str], powers: Powers
) -> Estimate:
    del assets
    cost = powers.cost(asset_ids(getattr(arguments, about)), roles)
    return Estimate(seconds=5.0, bytes=10_000, usd=cost.usd, effects=(cost.effect,))


def _tool(
    told: tuple[str, str],
    takes: tuple[type[Arguments], str],
    gives: MediaKind,
    run: Run | None,
    powers: Powers,
    roles: Sequence[str] = (),
) -> Tool[Any]:
    """A tool that asks memory; listed as missing where it was not handed in.

    `takes` has the arguments and which of them memory is asked about; `roles` the models asked.
    """
    arguments, about = takes
    return Tool(
        *told,
        arguments,
        (Output(str(gives), gives),),
        run or partial(not_here, said="memory is not open here", hint="Run it by `backtrail act`."),
        estimate=partial(_asked, about=about, roles=roles, powers=powers),
        effect=powers.cost((), roles).effect,
        models=("memory",),
        missing="" if run else "memory was not handed in",
        deterministic=False,
        family="understand",
    )


def tools(powers: Powers) -> Sequence[Tool[Any]]:
    """The tools of this module."""
    find, alike, ask, see = powers.find, powers.alike, powers.answer, powers.describe
    return (
        _tool(
            (
                "find_moments",
                "Find the moments of a remembered video for words, with their evidence.",
            ),
            (FindMoments, "video"),
            MediaKind.MOMENTS,
            partial(find_moments, find=find) if find else None,
            powers,
        ),
        _tool(
            (
                "find_like",
                "Find the moments of a remembered video that look like a picture, with their "
                "evidence.",
            ),
            (FindLike, "video"),
            MediaKind.MOMENTS,
            partial(find_like, alike=alike) if alike else None,
            powers,
        ),
        _tool(
            ("answer", "Answer a question about remembered videos, with its evidence."),
            (AskMemory, "videos"),
            MediaKind.TEXT,
            partial(answer, ask=ask) if ask else None,
            powers,
            ROLES,
        ),
        _tool(
            (
                "describe",
                "Describe what a video, a moment of it or a picture shows, with its evidence.",
            ),
            (DescribeMedia, "source"),
            MediaKind.TEXT,
            partial(describe, ask=see) if see else None,
            powers,
            SEEING,
        ),
    )
