"""What a tool is: typed arguments in, checked files out. Everything else is built on these types.

A tool is a value, not a class of its own: a family module has one pydantic model of arguments, one
`run` and at most one `estimate` and `check` per tool, and a function `tools(powers)` that gives its
tools. Inputs are ids of assets, never paths; files are written into a `Place` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from agents.errors import AgentsError
from agents.tools.assets import Asset, Assets, Facts, MediaKind

if TYPE_CHECKING:
    from agents.tools.render.pending import Pending


class ToolFailed(AgentsError):
    """A tool ran and did not give what it promised; `hint` says what may help.

    `usd` is what it may have spent before it failed.
    """

    code = "tool_failed"

    def __init__(self, message: str, hint: str = "", usd: float = 0.0) -> None:
        super().__init__(message, hint)
        self.usd = usd


ASSET_ID = r"^[0-9a-f]{64}$"


@dataclass(frozen=True, slots=True)
class Takes:
    """Marks an argument as one asset or several: `Annotated[str, Takes(MediaKind.VIDEO)]`.

    It stands outermost: `Annotated[tuple[str, ...], Takes(...)]`, `Annotated[str | None, ...]`.
    """

    kinds: tuple[MediaKind, ...]

    def __init__(self, *kinds: MediaKind) -> None:
        object.__setattr__(self, "kinds", kinds)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tell planners which kinds the argument takes."""
        return {**handler(schema), "takes": [str(kind) for kind in self.kinds]}


VideoInput = Annotated[str, Takes(MediaKind.VIDEO)]
ImageInput = Annotated[str, Takes(MediaKind.IMAGE)]
HeardInput = Annotated[str, Takes(MediaKind.SOUND, MediaKind.VIDEO)]
"""Anything with sound."""
SeenInput = Annotated[str, Takes(MediaKind.IMAGE, MediaKind.VIDEO)]
"""Anything with pictures."""
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class Arguments(BaseModel):
    """Base of all arguments: unknown names are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Output:
    """One thing that a tool gives; `$step.NAME` refers to it."""

    name: str
    kind: MediaKind
    many: bool = False
    """Whether it is a list of files (frames of a video, say), in order."""


class Effect(StrEnum):
    """What running a tool does besides writing its files."""

    PURE = "pure"
    PAID = "paid"
    OUTSIDE = "outside"
    """Reaches something beyond this machine."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a step will take and give, told before it runs.

    `outputs` holds the facts that are known beforehand, by output. They are what later steps are
    estimated by, and the program checks the written files against them: `seconds` to one frame
    (50 ms for sound), `width`, `height`, `has_picture` and `has_sound` exactly, 0 and "" not.
    """

    seconds: float = 1.0
    bytes: int = 0
    usd: float = 0.0
    outputs: Mapping[str, Facts] = field(default_factory=dict[str, Facts])
    effects: tuple[Effect, ...] = ()
    """What this call does besides what its tool always does."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tool works: its inputs by id, an empty folder of its own, and its limits."""

    folder: Path
    assets: Assets
    seconds: float = 600.0
    """Wall time after which the tool is stopped; runners of programs hold to it."""
    bytes: int = 4_000_000_000
    """Most bytes it may write."""
    progress: Callable[[float], None] = lambda share: None
    """Told how much is done, 0 to 1."""
    cancelled: Callable[[], bool] = lambda: False
    put_off: dict[Path, Pending] | None = None
    """Takes renders of videos, by the path that they would have; None where they are run."""

    def new(self, output: str, suffix: str, number: int = 0) -> Path:
        """The path to write an output to: the program's name, the tool's suffix (`.mp4`)."""
        return self.folder / f"{output}_{number:05d}{suffix}"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of an input as it stands in a video that was made: what an edit consists of."""

    asset_id: str
    """The input; empty for what the tool itself drew (the card of a title)."""
    start: Fraction
    """Seconds of the input."""
    frames: int
    """Of the video that was made, at its rate."""
    speed: Fraction = Fraction(1)
    """2 is twice as fast; below 0 it is played backwards, from `start` on to earlier times."""
    is_still: bool = False
    """Whether the picture at `start` stands for all of it."""
    overlap: int = 0
    """Frames that it shares with the part before: a transition."""

    def to_json(self) -> dict[str, Any]:
        """The part as a row of an artefact keeps it; fractions as texts."""
        told = {"start": str(self.start), "speed": str(self.speed)}
        return {name: told.get(name, getattr(self, name)) for name in self.__slots__}

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Part:
        """What `to_json` wrote."""
        values: dict[str, Any] = {**written}
        values |= {name: Fraction(written[name]) for name in ("start", "speed")}
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Made:
    """What a run wrote: the files of each output, in the place's folder."""

    files: Mapping[str, tuple[Path, ...]]
    usd: float = 0.0
    model: str = ""
    notes: tuple[str, ...] = ()
    """What the person should know: a fallback, a loss, an uncertainty."""
    evidence: tuple[str, ...] = ()
    """Ids of the memory rows that it rests on."""
    parts: tuple[Part, ...] = ()
    """In order, where a tool changes when things are shown: timelines are made of them."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """What to try when a tool failed: other arguments, or another tool with the same arguments."""

    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Values that replace those of the step; `{}` with a `tool`."""
    tool: str = ""
    """Name of a tool with the same arguments and outputs; empty for the same tool."""


Args = TypeVar("Args", bound=Arguments)
Made_ = Mapping[str, tuple[Asset, ...]]
"""The probed assets of a run, by output."""


def not_here(arguments: Any, place: Place, *, said: str, hint: str) -> Made:  # noqa: ANN401
    """Stands in for a tool that is listed as missing."""
    del arguments, place
    raise ToolFailed(said, hint)


def cheap(arguments: Arguments, assets: Assets) -> Estimate:
    """The estimate of a tool that takes next to nothing and foresees nothing."""
    del arguments, assets
    return Estimate()


def never(arguments: Mapping[str, Any]) -> bool:
    """A tool that is always done on its own."""
    del arguments
    return False


def content(arguments: Arguments, assets: Assets, made: Made_) -> list[str]:
    """The check of a tool that has none beyond what the program checks of every file."""
    del arguments, assets, made
    return []


@dataclass(frozen=True, slots=True)
class Tool(Generic[Args]):
    """One thing that can be done. `name@version` is in the key of every result of it."""

    name: str
    """Lower case with underscores; a family's other tools never share it."""
    description: str
    """One sentence, for planners and people."""
    arguments: type[Args]
    gives: tuple[Output, ...]
    run: Callable[[Args, Place], Made]
    """From valid arguments and a place to written files; anything it raises fails the step."""
    version: str = "1"
    """Changes whenever the same arguments would give other bytes."""
    estimate: Callable[[Args, Assets], Estimate] = cheap
    check: Callable[[Args, Assets, Made_], list[str]] = content
    """What is wrong with written files, in sentences; empty when all is well."""
    effect: Effect = Effect.PURE
    deterministic: bool = True
    """Whether the same inputs give the same bytes: only such results are reused."""
    extras: tuple[str, ...] = ()
    """Extras of the installation that it needs."""
    models: tuple[str, ...] = ()
    """Roles of models that it needs (`transcriber`, `llm`, ...)."""
    missing: str = ""
    """Why it cannot run here; empty when it can. Such tools are listed and never planned."""
    fallbacks: tuple[Fallback, ...] = ()
    fuses: Callable[[Mapping[str, Any]], bool] = never
    """Whether, with these arguments, it takes videos that are pending and can put its own off, so
    that steps in a row are one filter graph and one encoding. Not where it is dear: what is put off
    is done again whenever a later step changes."""
    family: Literal[
        "understand", "edit", "sound", "track", "segment", "compose", "generate", "outside"
    ] = "edit"

    @property
    def inputs(self) -> dict[str, tuple[MediaKind, ...]]:
        """The arguments that are assets, and the kinds that each takes."""
        fields = self.arguments.model_fields
        marks = {n: [m for m in f.metadata if isinstance(m, Takes)] for n, f in fields.items()}
        return {name: found[0].kinds for name, found in marks.items() if found}

    def output(self, name: str) -> Output | None:
        """The output of a name; the first one for no name."""
        if not name:
            return self.gives[0]
        return next((output for output in self.gives if output.name == name), None)


def asset_ids(value: str | Sequence[str] | None) -> list[str]:
    """The ids in the value of an argument that takes assets: none, one or several."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
