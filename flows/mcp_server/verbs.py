"""What is served beside the tools: ask, search, ingest, videos and act, each with its types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from agents.act.request import ActRequest, asset_by_id, nobody
from agents.ask.answer import Result
from agents.ask.ask import Request
from agents.ask.result.evidence import Evidence
from agents.errors import UsageError
from agents.ingest.sources.folders import listing
from agents.runtime import Runtime
from agents.tools.base import ASSET_ID, Arguments
from flows.cli.act import acted
from flows.cli.ask import asked
from flows.cli.ingest import remembered
from flows.cli.library import video_entries
from flows.cli.search import Wanted, hit_json, search
from flows.mcp_server.making import Acted, acted_of
from flows.wiring import runtime_of
from memory.errors import UnknownVideo
from memory.records import Kind, Video

AssetId = Annotated[str, Field(pattern=ASSET_ID)]
Videos = Annotated[
    tuple[AssetId, ...],
    Field(max_length=200, description="Asset ids of videos, as `videos` tells; all when empty."),
]
Until = Annotated[
    str, Field(description="Use nothing from after this time of the video: s, m:ss or h:mm:ss.")
]
Words = Annotated[str, Field(min_length=1, max_length=4000)]

DESCRIPTIONS = {
    "ask": "Answer a question about remembered videos, with the moments that prove it; it "
    "abstains where nothing is proven.",
    "search": "Find moments of remembered videos by words, or by a picture.",
    "videos": "List the remembered videos with their asset ids, which all tools take.",
    "ingest": "Remember video, picture and sound files, so that they can be asked about.",
    "act": "Make something of videos, pictures and sounds: a goal in plain English becomes a "
    "checked plan over the tools, which is run and verified.",
}
"""What assistants are told; the sentences of tools are those of the registry."""


class Ask(Arguments):
    """A question."""

    question: Words
    videos: Videos = ()
    choices: Annotated[tuple[Words, ...], Field(max_length=20)] = ()
    image: Annotated[
        AssetId | None, Field(description="Asset id of a picture that the question is about.")
    ] = None
    budget: Annotated[str, Field(description="Hard limits: looks=N,seconds=S,frames=N.")] = ""
    must_answer: Annotated[bool, Field(description="Guess, marked as such, if unproven.")] = False
    as_of: Until = ""


class Search(Arguments):
    """Words or a picture."""

    query: Annotated[str, Field(max_length=4000)] = ""
    image: Annotated[AssetId | None, Field(description="Asset id of an example picture.")] = None
    videos: Videos = ()
    kinds: tuple[Kind, ...] = ()
    start: Annotated[str, Field(description="Not before: s, m:ss or h:mm:ss.")] = ""
    end: Annotated[str, Field(description="Not after: s, m:ss or h:mm:ss.")] = ""
    as_of: Until = ""
    when: Annotated[str, Field(description='Recorded then: a date, or "last Tuesday".')] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class Ingest(Arguments):
    """Files and folders, inside the folders that the person allowed."""

    paths: Annotated[tuple[str, ...], Field(min_length=1, max_length=200)]


class Nothing(Arguments):
    """No arguments."""


class Act(Arguments):
    """A goal."""

    goal: Annotated[
        str,
        Field(
            max_length=4000,
            description="What to do, in English; media by the names that `videos` tells.",
        ),
    ] = ""
    media: Annotated[
        tuple[AssetId, ...], Field(max_length=200, description="Asset ids of what to work on.")
    ] = ()
    dry_run: Annotated[bool, Field(description="Tell the plan only.")] = False
    budget: Annotated[str, Field(description="Hard limits: seconds=S,usd=X,bytes=N,steps=N.")] = ""
    continues: Annotated[
        str, Field(max_length=100, description="Id of the run to go on from, or `last`.")
    ] = ""


class Told(BaseModel):
    """Base of results."""

    model_config = ConfigDict(frozen=True)


class Moment(Told):
    """A moment of a video; times are seconds."""

    memory_id: str
    asset_id: str
    video: str
    start: float
    end: float
    kind: str
    text: str | None
    score: float | None = None
    """How well it fits, where it was searched for; the probability of a closest moment."""


class Answer(Told):
    """The answer and what it rests on."""

    status: Literal["answered", "likely", "abstained", "forced", "budget_exhausted"]
    answer: str | None
    confidence: float
    reason: str
    evidence: tuple[Moment, ...]
    closest: tuple[Moment, ...]
    fallback: str | None
    run_id: str


class Hits(Told):
    """What was found, best first."""

    hits: tuple[Moment, ...]


class Listed(Told):
    """A remembered video."""

    asset_id: str
    video_id: str
    video: str
    seconds: float
    status: Literal["ready", "unfinished", "replaced"]


class Library(Told):
    """What is remembered."""

    workspace: str
    videos: tuple[Listed, ...]


class Remembered(Told):
    """What became of a file."""

    file: str
    asset_id: str | None
    status: Literal["ingested", "unchanged", "partial", "failed"]
    seconds: float | None
    rows: int
    error: str = ""
    notes: tuple[str, ...] = ()


class Ingested(Told):
    """What became of the files; those that are no media are told in `skipped`."""

    files: tuple[Remembered, ...]
    skipped: tuple[str, ...]


Given = TypeVar("Given", bound=Arguments)


@dataclass(frozen=True, slots=True)
class Verb(Generic[Given]):
    """One thing that is served."""

    name: str
    arguments: type[Given]
    result: type[BaseModel]
    run: Callable[[Given], BaseModel]
    changes: bool = False
    """Whether it writes anything."""

    @property
    def description(self) -> str:
        """What assistants are told."""
        return DESCRIPTIONS[self.name]


@dataclass(frozen=True, slots=True)
class Verbs:
    """The verbs over one workspace."""

    workspace: str | None = None
    allowed: tuple[Path, ...] = field(default=())
    """Folders that may be ingested from."""

    def all(self) -> tuple[Verb[Any], ...]:
        """Every verb."""
        return (
            Verb("ask", Ask, Answer, self.ask),
            Verb("search", Search, Hits, self.search),
            Verb("videos", Nothing, Library, self.videos),
            Verb("ingest", Ingest, Ingested, self.ingest, True),
            Verb("act", Act, Acted, self.act, True),
        )

    @property
    def runtime(self) -> Runtime:
        """The open memory."""
        return runtime_of(self.workspace)

    def ask(self, given: Ask) -> Answer:
        """An answer with its evidence."""
        request = Request(
            given.question,
            self._video_ids(given.videos),
            given.choices,
            self._picture(given.image),
            given.budget,
            given.must_answer,
            given.as_of,
        )
        return self._answer(asked(request, self.workspace, None, _unknown, True))

    def search(self, given: Search) -> Hits:
        """Moments, best first."""
        wanted = Wanted(
            given.query,
            self._picture(given.image),
            self._video_ids(given.videos),
            tuple(map(str, given.kinds)),
            (),
            given.start,
            given.end,
            given.as_of,
            given.when,
            given.limit,
        )
        found, names = search(self.runtime, wanted, _unknown)
        digests = self._digests()
        return Hits(hits=tuple(_hit(hit_json(one, names), digests) for one in found))

    def videos(self, given: Nothing) -> Library:
        """What is remembered."""
        del given
        runtime = self.runtime
        listed = [
            Listed(
                asset_id=one["asset_id"],
                video_id=one["video_id"],
                video=one["video"],
                seconds=one["duration"],
                status=one["status"],
            )
            for one in video_entries(runtime)
        ]
        return Library(workspace=runtime.spec.tenant, videos=tuple(listed))

    def ingest(self, given: Ingest) -> Ingested:
        """Remember files inside the allowed folders."""
        found = listing([confined(path, self.allowed) for path in given.paths])
        files = [confined(str(path), self.allowed) for path in found.files]
        none = (None, None, None)
        nothing: dict[str, Any] = {"videos": []}
        report = remembered(files, self.workspace, None, none, True) if files else nothing
        digests = self._digests()
        told = tuple(_remembered(entry, digests) for entry in report["videos"])
        return Ingested(files=told, skipped=tuple(found.told()))

    def act(self, given: Act) -> Acted:
        """Reach a goal over assets."""
        request = ActRequest(
            given.goal,
            given.media,
            given.budget,
            False,
            given.dry_run,
            given.continues,
            by_id=True,
        )
        return acted_of(acted(request, self.workspace, nobody, True))

    def _video_ids(self, assets: Sequence[str]) -> tuple[str, ...]:
        """The videos that are meant, by their ids.

        Raises:
            UnknownVideo: one of them is not remembered.
        """
        ids = {digest: video_id for video_id, digest in self._digests().items()}
        for asset_id in assets:
            if asset_id not in ids:
                said = f"no video with the asset id {asset_id[:12]}... is remembered"
                raise UnknownVideo(said, "take the id from `videos`, or ingest the file first")
        return tuple(ids[asset_id] for asset_id in assets)

    def _digests(self) -> dict[str, str]:
        """Asset ids by ids of videos."""
        runtime = self.runtime
        known = runtime.store.videos(runtime.spec.tenant)
        return {video.video_id: video.digest for video in known}

    def _picture(self, asset_id: str | None) -> str | None:
        return str(asset_by_id(self.runtime, asset_id).path) if asset_id else None

    def _answer(self, result: Result) -> Answer:
        digests = self._digests()
        return Answer(
            status=result.to_json()["status"],
            answer=result.answer,
            confidence=round(result.confidence, 3),
            reason=result.reason,
            evidence=tuple(_moment(item, digests) for item in result.evidence),
            closest=tuple(_moment(item, digests, item.probability) for item in result.moments),
            fallback=result.fallback,
            run_id=result.run_id,
        )


def confined(path: str, allowed: Sequence[Path]) -> Path:
    """A path with links followed, if it lies inside an allowed folder.

    Raises:
        UsageError: no folder is allowed, or it lies in none of them.
    """
    if not allowed:
        raise UsageError(
            "nothing can be ingested here: no folder was allowed when the server was started",
            "let the person start `backtrail mcp --allow FOLDER`, or run `backtrail ingest`",
        )
    real = Path(path).expanduser().resolve()
    if not any(real.is_relative_to(folder) for folder in allowed):
        named = ", ".join(map(str, allowed))
        raise UsageError(f"{path} does not lie in an allowed folder", f"allowed: {named}")
    return real


def _unknown(path: Path) -> Video:
    """Files that are not remembered are not opened here."""
    raise UnknownVideo(f"{path} is not remembered", "ingest it first")


def _moment(item: Evidence, digests: dict[str, str], score: float | None = None) -> Moment:
    return Moment(
        memory_id=item.memory_id,
        asset_id=digests.get(item.video_id, ""),
        video=item.video,
        start=item.start,
        end=item.end,
        kind=str(item.kind),
        text=item.text,
        score=score,
    )


def _hit(found: dict[str, Any], digests: dict[str, str]) -> Moment:
    kept = {name: found[name] for name in Moment.model_fields if name in found}
    return Moment(asset_id=digests.get(found["video_id"], ""), **kept)


def _remembered(entry: dict[str, Any], digests: dict[str, str]) -> Remembered:
    error = entry.get("error")
    return Remembered(
        file=Path(entry["path"]).name,
        asset_id=digests.get(entry["video_id"] or ""),
        status=entry["status"],
        seconds=entry["duration"],
        rows=sum(entry["memories"].values()),
        error=" ".join(filter(None, (error["message"], error["hint"]))) if error else "",
        notes=tuple(entry["notes"]),
    )
