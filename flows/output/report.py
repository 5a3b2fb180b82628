"""Writes the result of a question as one self-contained HTML page with its evidence."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from agents.text.clock import clock_at
from flows.output.cost import spent_by_role
from flows.output.outline import Outline, outline_of
from flows.output.pages import data_uri, environment_of_pages, policy_of, source_of_template
from flows.output.proof import Proof, parts_of, proofs_of, why
from flows.output.timeline import LANE_HEIGHT, LANES, MOVES, span_text, timelines, videos_of
from flows.output.words import fallback_line, graded
from memory.errors import UnknownVideo

if TYPE_CHECKING:
    from jinja2 import Environment

    from memory.store import Store

EMBED_LIMIT = 8_000_000
"""Bytes: smaller media are put into the page, while all together stay below twice it."""

STATUS = {
    "answered": ("Proven", "The evidence below proves it."),
    "likely": ("Likely", "The best answer there is, not proven."),
    "abstained": ("Not proven", "Nothing that was found proves an answer."),
    "forced": ("Not proven: a guess", "An answer was demanded; the evidence does not prove it."),
    "budget_exhausted": (
        "Not proven: budget used up",
        "The search ended before an answer was proven.",
    ),
}
PROBABLE = 0.65
"""Confidence from which a likely answer has another colour than a doubtful one."""
USAGE = {
    "looks": "looks at the pixels",
    "cached_looks": "looks answered from memory",
    "frames_decoded": "frames decoded",
    "llm_calls": "language model calls",
    "vlm_calls": "vision model calls",
    "input_tokens": "input tokens",
    "output_tokens": "output tokens",
    "seconds": "seconds",
    "usd": "US dollars",
}


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A video, image or sound that the page plays, as far as it is at hand."""

    name: str
    duration: float = 0.0
    """Seconds; 0 when unknown."""
    path: Path | None = None
    """Where the file lies; None when it was not found."""
    embed: bytes | None = None
    """The file's content, to be put into the page."""

    @property
    def mime(self) -> str:
        """Its type, by its name."""
        return mimetypes.guess_type(self.name)[0] or "video/mp4"

    @property
    def element(self) -> str:
        """The HTML element that shows it."""
        kind = self.mime.split("/")[0]
        return {"audio": "audio", "image": "img"}.get(kind, "video")

    def source(self, folder: Path | None) -> str:
        """URL for the page: the content itself, or a link (relative below `folder`)."""
        if self.embed is not None:
            return data_uri(self.embed, self.mime)
        if self.path is None:
            return ""
        full = self.path.resolve()
        if folder is not None and full.is_relative_to(folder.resolve()):
            return quote(os.fsencode(full.relative_to(folder.resolve())))
        return full.as_uri()


@dataclass(frozen=True, slots=True)
class Player:
    """One media element of the page."""

    video_id: str
    media: MediaFile
    source: str
    poster: bytes = b""
    """JPEG that a video shows before it plays."""


def render(
    result: Mapping[str, Any],
    media: Mapping[str, MediaFile],
    thumbnails: Mapping[str, bytes],
    folder: Path | None = None,
    proofs: Mapping[str, Proof] = MappingProxyType({}),
    outlines: Mapping[str, Outline] = MappingProxyType({}),
) -> str:
    """The page for the result of `ask`.

    Args:
        result: The documented JSON object of `ask`.
        media: By video id. A video without an entry is shown as missing.
        thumbnails: JPEG bytes by the name that the evidence gives them.
        folder: Where the page will lie, for relative links to media.
        proofs: By memory id: pictures in which the place of the proof is marked.
        outlines: By video id: what stands beside its player.

    Returns:
        HTML that makes no request except for media files it links to.
    """
    environment = templates()
    script = source_of_template(environment, "report.js.j2")
    style = source_of_template(environment, "report.css.j2")
    badge, explained, doubtful = _badge(result)
    shown = [*result["evidence"], *result.get("moments", ())]
    names = {item["video_id"]: item["video"] for item in shown}
    names |= {video_id: file.name for video_id, file in media.items()}
    lengths = {video_id: file.duration for video_id, file in media.items()}
    posters = _posters(result, thumbnails, proofs)
    return environment.get_template("report.html.j2").render(
        result=result,
        badge=badge,
        doubtful=doubtful,
        proofs=proofs,
        outlines=outlines,
        moments=_others(result),
        why={item["memory_id"]: why(result, item) for item in result["evidence"]},
        parts={m["memory_id"]: (m, bars) for m in _ranked(result) if (bars := parts_of(m))},
        explained=explained,
        timelines=timelines(result, lengths, names),
        players=_players(result, media, names, folder, posters),
        pictures={name: data_uri(data, "image/jpeg") for name, data in thumbnails.items()},
        names=names,
        usage=_usage(result["usage"]),
        script=script,
        style=style,
        policy=policy_of(style, script),
    )


def write_report(
    result: Mapping[str, Any], store: Store, path: Path, tenant: str, limit: int = EMBED_LIMIT
) -> None:
    """Write the page to `path`, with the thumbnails of `store` and the media that are still there.

    Raises:
        OSError: the page cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    media = find_media(store, tenant, videos_of(result), limit)
    shown = [*result["evidence"], *result.get("moments", ())]
    outlines = {video_id: outline_of(store, tenant, video_id, result) for video_id in media}
    names = [item["thumbnail"] for item in shown if item["thumbnail"]]
    names += [name for outline in outlines.values() for name in outline.pictures]
    pictures = _thumbnails(names, store.thumbnails)
    proofs = proofs_of(result, store, tenant)
    page = render(result, media, pictures, path.parent, proofs, outlines)
    path.write_bytes(page.encode(errors="backslashreplace"))  # file names may be no UTF-8


def find_media(
    store: Store, tenant: str, video_ids: Iterable[str], limit: int = EMBED_LIMIT
) -> dict[str, MediaFile]:
    """The files of videos, with the content of small ones; forgotten videos have no entry."""
    found: dict[str, MediaFile] = {}
    room = 2 * limit
    for video_id in video_ids:
        try:
            video = store.video(tenant, video_id)
        except UnknownVideo:
            continue
        path = next((Path(p) for p in video.paths if Path(p).is_file()), None)
        embed = None
        if path is not None and path.stat().st_size <= min(limit, room):
            embed = path.read_bytes()
            room -= len(embed)
        found[video_id] = MediaFile(video.name, video.span.seconds[1], path, embed)
    return found


def _jpeg(content: bytes) -> str:
    return data_uri(content, "image/jpeg")


def _thumbnails(names: Iterable[str], folder: Path | None) -> dict[str, bytes]:
    if folder is None:
        return {}
    return {name: (folder / name).read_bytes() for name in set(names) if (folder / name).is_file()}


def _players(
    result: Mapping[str, Any],
    media: Mapping[str, MediaFile],
    names: Mapping[str, str],
    folder: Path | None,
    posters: Mapping[str, bytes],
) -> list[Player]:
    players: list[Player] = []
    for video_id in videos_of(result):
        file = media.get(video_id) or MediaFile(names.get(video_id, video_id))
        players.append(Player(video_id, file, file.source(folder), posters.get(video_id, b"")))
    return players


def _usage(usage: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What it took, with labels."""
    return [*((label, usage.get(key)) for key, label in USAGE.items()), *spent_by_role(usage)]


def _badge(result: Mapping[str, Any]) -> tuple[str, str, bool]:
    """The status in a word or two, in a sentence, and whether a likely answer is doubtful."""
    badge, explained = STATUS.get(result["status"], (result["status"], ""))
    if result["status"] != "likely":
        return badge, explained, False
    sure = result["confidence"]
    return f"{badge}: {graded(sure)}", explained, sure < PROBABLE


def _posters(
    result: Mapping[str, Any], thumbnails: Mapping[str, bytes], proofs: Mapping[str, Proof]
) -> dict[str, bytes]:
    """By video: the picture of its first evidence."""
    found: dict[str, bytes] = {}
    for item in result["evidence"]:
        proof = proofs.get(item["memory_id"])
        jpeg = proof.whole.jpeg if proof else thumbnails.get(item["thumbnail"] or "")
        if jpeg:
            found.setdefault(item["video_id"], jpeg)
    return found


def _others(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The closest moments that are not shown as evidence already."""
    cited = {item["memory_id"] for item in result["evidence"]}
    return [m for m in result.get("moments", ()) if m["memory_id"] not in cited]


def _ranked(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The moments, the best last, so that of one row the best is kept."""
    return list(reversed(result.get("moments", ())))


def templates() -> Environment:
    """What the pages about videos are made with: times in words, places on lanes."""
    environment = environment_of_pages()
    environment.filters |= {"clock": clock_at, "span": span_text}
    known = cast("dict[str, Any]", environment.globals)
    known |= {"lanes": LANES, "lane_height": LANE_HEIGHT, "moves": MOVES}
    environment.filters |= {"fallback": fallback_line, "jpeg": _jpeg}
    return environment
