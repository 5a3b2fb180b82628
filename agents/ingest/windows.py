"""Ingest step by step, without Prefect: prepare, then window by window, then `finish`.

The ledger is the only truth of what is done: rows of a window are written first, its `done` last.
Every step can be killed and repeated; it then writes the same rows again under the same ids.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agents.errors import AgentsError
from agents.ingest.compose import sample_values
from agents.ingest.events.voices import voice_values
from agents.ingest.report import is_whole
from agents.models.ports import Models, Utterance
from agents.perception.media.playlist import media_digest, media_size
from agents.perception.records import Parameters, Probe
from agents.perception.rows import PIPELINE, embed_texts, written_rows
from memory.details import KeyParameters, Media, WindowReport
from memory.records import (
    SECOND,
    Span,
    Video,
    Window,
    WindowStatus,
    content_id,
    file_digest,
)
from memory.store import Store

if TYPE_CHECKING:
    from agents.ingest.describe import Captioner

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One file's ingest: what it is, and the windows it is cut into."""

    video: Video
    probe: Probe
    perception_key: str
    parameters: Parameters
    windows: tuple[Window, ...]
    description: KeyParameters
    """What the perception key stands for."""
    complete: bool
    """Nothing is left to do: the active memory is already what these parameters ask for."""

    @property
    def open_windows(self) -> tuple[Window, ...]:
        """Windows that are not whole; what failed in them is tried again."""
        return tuple(window for window in self.windows if not is_whole(window))


def prepare(store: Store, path: Path, tenant: str, parameters: Parameters, models: Models) -> Job:
    """Identify the file, register it and its windows. Costs one read of the file's bytes.

    Raises:
        MediaError: the file cannot be used; nothing was written.
    """
    from agents.perception.media.probe import probe

    found = _with_subtitle_notes(probe(path, parameters.streams))
    fresh = _registered(path, tenant, media_digest(path), found)
    known = next((v for v in store.videos(tenant) if v.video_id == fresh.video_id), None)
    video = fresh if known is None else _seen_at(known, fresh.paths[0])
    description = described(path, parameters, models)
    key = key_of(tenant, video.video_id, description)
    windows = store.windows(tenant, video.video_id, key) or plan_windows(fresh, key, parameters)
    complete = is_complete(video, key, windows)
    if not complete:  # what is told of the file is that of its newest memory
        video = replace(video, media=fresh.media, duration=fresh.duration)
    store.put_video(video)
    if not complete:
        store.put_windows(windows)
    return Job(video, found, key, parameters, tuple(windows), description, complete)


def known_video(
    store: Store, path: Path, tenant: str, parameters: Parameters, models: Models
) -> Video | None:
    """The video, when this very file is already remembered under these parameters.

    Reads the file's bytes but decodes nothing; a new path of a known file is noted.

    Raises:
        OSError: the file cannot be read.
    """
    if not path.is_file():
        return None
    video_id = video_id_of(path, tenant)
    video = next((v for v in store.videos(tenant) if v.video_id == video_id), None)
    if video is None or video.active_key is None:
        return None
    key = key_of(tenant, video_id, described(path, parameters, models))
    windows = store.windows(tenant, video_id, key)
    if not is_complete(video, key, windows):
        return None
    here = _seen_at(video, str(path.resolve()))
    if here is not video:
        store.put_video(here)
    return here


def is_complete(video: Video, key: str, windows: Sequence[Window]) -> bool:
    """Whether the active memory is whole and what `key` asks for."""
    faults = video.active_parameters.get("faults", [])
    return video.active_key == key and not faults and all(map(is_whole, windows))


def video_id_of(path: Path, tenant: str) -> str:
    """The id that what a file plays has in a workspace."""
    return content_id("v", tenant, media_digest(path))


def key_of(tenant: str, video_id: str, description: KeyParameters) -> str:
    """The perception key of what decides what is perceived: a hash, so its text never changes."""
    return content_id("p", tenant, video_id, json.dumps(description, sort_keys=True))


def described(path: Path, parameters: Parameters, models: Models) -> KeyParameters:
    """Everything that decides what is perceived; the perception key is its hash.

    The encoders are not part of it: they decide how rows are found, not what they say, and a store
    holds the vectors of one pair of encoders for all its videos.
    """
    from agents.perception.subtitles import sidecar_files

    names = [
        models.text_reader.name,
        models.transcriber.name if parameters.speech else "none",
        models.recogniser.name,
        *([models.sound_tagger.name] if parameters.sounds else []),
        *([models.voice_encoder.name] if parameters.voices else []),
        *([models.face_finder.name] if parameters.faces else []),
        *([models.pose_reader.name] if parameters.poses else []),
    ]
    own = asdict(parameters)
    # what is off is not named, so that no memory is made anew
    for name in ("voices", "faces", "poses"):
        if not own[name]:
            del own[name]
    if parameters.captions == "none":
        for name in ("captions", "captioner", "summariser"):
            del own[name]
    return {
        "parameters": own,
        "models": names,
        "sidecars": [file_digest(side) for side in sidecar_files(path)],
        "pipeline": PIPELINE,
    }


def plan_windows(video: Video, key: str, parameters: Parameters) -> list[Window]:
    """Equal windows over the whole video; a short rest joins the last one."""
    size = round(parameters.window_seconds * SECOND)
    count = max(1, round(video.duration / size))
    edges = [index * size for index in range(count)] + [max(video.duration, 1)]
    return [
        Window(
            window_id=content_id("w", video.tenant, video.video_id, key, index),
            tenant=video.tenant,
            video_id=video.video_id,
            perception_key=key,
            index=index,
            span=Span(edges[index], edges[index + 1]),
            status=WindowStatus.PENDING,
        )
        for index in range(count)
    ]


def run_window(
    store: Store, job: Job, window: Window, models: Models, captioner: Captioner | None = None
) -> Window:
    """Perceive one window, let `captioner` describe it, and write its rows, then its ledger entry.

    A failure of perception becomes a `failed` entry with its reason: the rest stays usable. What
    models fail to say is noted in the entry; only that is made again then.

    Raises:
        StoreUnavailable: the rows or their pictures cannot be written; the window stays open.
    """
    attempt = replace(window, attempts=window.attempts + 1)
    done = attempt
    if window.status != WindowStatus.DONE:
        done = _perceived(store, job, attempt, models)
    if captioner is not None and done.status == WindowStatus.DONE:
        done = _told(store, job, done, models, captioner)
    store.mark_window(done)
    return done


def _told(store: Store, job: Job, window: Window, models: Models, captioner: Captioner) -> Window:
    """The window with what models say of it."""
    from agents.ingest.describe import told_of

    mode = job.parameters.captions
    told = told_of(store, job.probe, window, mode, models.text_encoder, captioner)
    return replace(window, report={**window.report, "told": told})


def _perceived(store: Store, job: Job, window: Window, models: Models) -> Window:
    """The window with its rows written, or why there are none."""
    from agents.perception.window import perceive

    began = time.monotonic()
    try:
        seen = perceive(job.probe, window.span, models, job.parameters, subtitles=_subtitles(job))
    except Exception as error:  # whatever a broken file does to a library, other windows go on
        log.warning("window %d of %s failed", window.index, job.video.name, exc_info=True)
        return replace(window, status=WindowStatus.FAILED, reason=_reason(error))
    rows = written_rows(seen.percepts, window, store.thumbnails)
    store.replace_window(window, embed_texts(rows, models.text_encoder))
    report: WindowReport = {
        "cuts": list(seen.cuts),
        "samples": sample_values(seen.samples),
        "end": seen.end,
        "notes": list(seen.notes),
        "seconds": round(time.monotonic() - began, 3),
    }
    if job.parameters.voices:
        report["voices"] = voice_values(seen.voices)
    return replace(window, status=WindowStatus.DONE, reason="", report=report)


def _reason(error: Exception) -> str:
    """Why a window failed, in a line."""
    said = " ".join(str(error).split())
    return said if isinstance(error, AgentsError) else f"{type(error).__name__}: {said}"


def _seen_at(video: Video, place: str) -> Video:
    """The video with a path at which it lies now."""
    return video if place in video.paths else replace(video, paths=(*video.paths, place))


def _registered(path: Path, tenant: str, digest: str, found: Probe) -> Video:
    """The record of a file that is not known yet."""
    media: Media = {
        "media": found.media,
        "width": found.width,
        "height": found.height,
        "fps": round(found.fps, 3),
        "codec": found.codec,
        "audio": found.audio_stream is not None,
        "notes": list(found.notes),
    }
    return Video(
        video_id=content_id("v", tenant, digest),
        tenant=tenant,
        digest=digest,
        paths=(str(path.resolve()),),
        duration=found.duration,
        size=media_size(path),
        media=media,
        active_key=None,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _with_subtitle_notes(found: Probe) -> Probe:
    """The probe with a word on subtitles that are odd or could not be read."""
    from agents.perception.subtitles import read

    return replace(found, notes=(*found.notes, *read(found).notes))


def _subtitles(job: Job) -> Sequence[Utterance]:
    """Subtitles inside or beside the file; they stand in for speech where there are any."""
    from agents.perception.subtitles import read

    return read(job.probe).utterances
