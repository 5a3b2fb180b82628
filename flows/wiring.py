"""The composition root: settings become plain values, and nothing else reads them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path

from agents.budget import Budget
from agents.errors import KNOWN_ERRORS, ModelMissing, UsageError, error_json
from agents.ingest.report import FileReport
from agents.ingest.sources.fetch import Limits, fetch, is_url, shown
from agents.models.openai_compatible.endpoint import LOCAL
from agents.models.ports import ModelSpec
from agents.perception.records import Parameters, StreamChoice
from agents.prompting.prompts import Prompts
from agents.runtime import LookParameters, Runtime, RuntimeSpec, open_runtime
from configs.settings import ROOT, Settings, load_settings
from flows.endpoints import endpoint_of, middleware_of, role_spec, secret, speaking
from memory.organise.parts import Parts

Streams = tuple[int | None, int | None, int | None]
"""Which video, audio and subtitle stream to use, from 0; None for the container's best."""

WORKSPACE = re.compile(r"[^\W_][\w.-]{0,99}")
"""A workspace's name: letters of any script and digits, then also `-_.`; never a path."""

BUNDLED_LANGUAGE = "en"
"""The one language that the bundled speech model understands."""

WORKER_BYTES = 2_000_000_000
"""Free memory that a process which perceives windows is given."""

STILL_WRITTEN = 10.0
"""Seconds since its last change for which a new file is taken to be still in the making."""


def runtime_spec(workspace: str | None = None, settings: Settings | None = None) -> RuntimeSpec:
    """What a run works with, from the settings and the flags that override them."""
    own = settings or load_settings()
    return RuntimeSpec(
        uri=own.home,
        cache=str(own.cache),
        threads=own.threads or os.cpu_count() or 1,
        workers=own.workers or room_for_workers(),
        tenant=checked_workspace(workspace or own.workspace),
        parameters=perception_parameters(own),
        look=look_parameters(own),
        models=model_specs(own),
        roles=role_spec(own),
        falls_back=own.failed_models == "fallback",
        prompts=prompts(),
        organise=organise_parts(own),
        limits=Budget(seconds=own.look.seconds, frames=own.look.frames),
        secrets=secret,
        middleware=middleware_of(own),
    )


def perception_parameters(settings: Settings) -> Parameters:
    """How videos are perceived, and which models describe them; a change perceives them anew."""
    own = settings.perception
    return Parameters(
        window_seconds=own.window_seconds,
        sample_fps=own.sample_fps,
        cut_threshold=own.cut_threshold,
        keyframe_seconds=own.keyframe_seconds,
        text_side=own.text_side,
        text_seconds=own.text_seconds,
        speech=own.speech,
        speech_model=own.speech_model,
        sounds=tells_sounds(settings),
        voices=own.speech and own.voices,
        faces=own.faces,
        poses=own.poses,
        motion_seconds=own.motion_seconds,
        changes=own.changes,
        streams=StreamChoice(
            own.video_stream,
            own.audio_stream,
            own.subtitle_stream,
            own.language or ("" if own.speech_model else BUNDLED_LANGUAGE),
            own.decoder,
        ),
        **described_by(settings),
    )


def look_parameters(settings: Settings) -> LookParameters:
    """How a second look is taken, and how many of them."""
    own = settings.look
    return LookParameters(
        fps=own.fps,
        span_seconds=own.span_seconds,
        text_side=own.text_side,
        recall=own.recall,
        max_looks=own.looks,
        precision=own.precision,
    )


def organise_parts(settings: Settings) -> Parts:
    """Which parts organise memory."""
    own = settings.memory
    return Parts(own.facts, own.entities, own.consolidate, own.time_scope, own.core_words)


def room_for_workers() -> int:
    """One worker per two cores, since a model keeps two at work, and per two free gigabytes."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min((os.cpu_count() or 1) // 2, free // WORKER_BYTES))


def checked_workspace(name: str) -> str:
    """A workspace's name, if it is one.

    Raises:
        UsageError: it has other characters than letters, digits and `-_.`, or is a step in a path.
    """
    if not WORKSPACE.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name for a workspace",
            "use letters, digits, - _ and ., starting with a letter or digit; at most 100",
        )
    return name


def described_by(settings: Settings) -> dict[str, str]:
    """How models describe what is ingested, and which; not at all without one that sees."""
    captioner = settings.roles.get("captioner", settings.vlm.model)
    mode, (spoken, _) = settings.perception.captions, speaking(settings)
    if mode == "none" or not (spoken.base_url and captioner):
        return {"captions": "none"}
    summariser = settings.roles.get("summariser") or spoken.model or spoken.base_url
    return {"captions": mode, "captioner": captioner, "summariser": summariser}


def tells_sounds(settings: Settings) -> bool:
    """Whether sounds are told apart: asked for, and the extra is installed."""
    from agents.models.embedded.sound_events import is_installed

    return settings.perception.sounds and is_installed()


def model_specs(settings: Settings) -> tuple[ModelSpec, ...]:
    """Which adapter plays which role; the embedded ones unless something else is configured."""
    clip, own = settings.clip, settings.perception
    image = ModelSpec("image_encoder", "embedded")
    if clip.checkpoint:
        options = (("checkpoint", clip.checkpoint),)
        image = ModelSpec("image_encoder", "open_clip", clip.architecture, options)
    return (
        ModelSpec("text_reader", "embedded"),
        ModelSpec("transcriber", "embedded", own.speech_model),
        ModelSpec("recogniser", "embedded", "" if own.recogniser == "lite0" else own.recogniser),
        text_encoder_spec(settings),
        image,
        ModelSpec("sound_tagger", "embedded" if tells_sounds(settings) else "none"),
        ModelSpec("voice_encoder", "embedded" if own.voices else "none"),
        ModelSpec("face_finder", "embedded" if own.faces else "none"),
        ModelSpec("pose_reader", "embedded" if own.poses else "none"),
    )


@lru_cache(maxsize=1)
def prompts() -> Prompts:
    """What models are told, from `configs/prompts`."""
    folder = ROOT / "configs" / "prompts"
    texts = {f.name: (folder / f"{f.name}.md").read_text(encoding="utf-8") for f in fields(Prompts)}
    return Prompts(**texts)


def text_encoder_spec(settings: Settings) -> ModelSpec:
    """The text encoder: at an endpoint where one is named."""
    own = settings.embedding
    if not own.base_url:
        return ModelSpec("text_encoder", "embedded")
    if own.base_url == LOCAL:
        raise ModelMissing(
            "the local model makes no vectors", "unset BACKTRAIL_EMBEDDING__BASE_URL, or name a URL"
        )
    endpoint = endpoint_of(own, "BACKTRAIL_EMBEDDING__API_KEY", settings.prices).checked()
    options = (("dimension", str(own.dimension)),)
    return ModelSpec("text_encoder", "openai_compatible", own.model, options, endpoint)


def runtime_of(workspace: str | None = None, preset: str | None = None) -> Runtime:
    """An open runtime; workspace and preset as configured where they are not named."""
    return open_runtime(preset_spec(workspace, preset))


def preset_spec(workspace: str | None, preset: str | None) -> RuntimeSpec:
    """The spec under a preset."""
    return runtime_spec(workspace, load_settings(**({"preset": preset} if preset else {})))


def runtime_with_streams(workspace: str | None, preset: str | None, streams: Streams) -> Runtime:
    """An open runtime with streams chosen by hand: video, audio, subtitle; None for the best."""
    return open_runtime(streams_spec(workspace, preset, streams))


def streams_spec(workspace: str | None, preset: str | None, streams: Streams) -> RuntimeSpec:
    """The spec under a preset with streams chosen by hand."""
    spec = preset_spec(workspace, preset)
    video, audio, subtitle = streams
    chosen = spec.parameters.streams
    picked = StreamChoice(
        chosen.video if video is None else video,
        chosen.audio if audio is None else audio,
        chosen.subtitle if subtitle is None else subtitle,
        chosen.language,
        chosen.decoder,
    )
    return replace(spec, parameters=replace(spec.parameters, streams=picked))


def fetched(sources: Sequence[str]) -> tuple[list[Path], list[FileReport]]:
    """Paths of sources, those of URLs fetched to the cache first; and what could not be fetched."""
    own = load_settings()
    limits = Limits(own.fetch.bytes, own.fetch.seconds)
    paths: list[Path] = []
    failed: list[FileReport] = []
    for source in sources:
        try:
            is_here = not is_url(source)
            here = Path(source) if is_here else fetch(source, own.cache / "fetched", limits)
            paths.append(here)
        except KNOWN_ERRORS as error:
            failed.append(FileReport(Path(source), error=error_json(error), source=shown(source)))
    return paths, failed


def new_files(runtime: Runtime, files: list[Path]) -> list[Path]:
    """Files whose ingest was never completed and that nobody is still writing."""
    videos = runtime.store.videos(runtime.spec.tenant)
    known = {path for video in videos if video.active_key for path in video.paths}
    return [f for f in files if str(f.resolve()) not in known and not _is_written(f)]


def _is_written(path: Path) -> bool:
    """Whether a file was just changed.

    By the time that the system keeps (`ctime`), as the other one comes with the file: a copy of an
    old file looks old while it is written, and a camera's clock may be ahead for years. A file that
    is gone or may not be read is taken: its ingest tells what is wrong with it.
    """
    try:
        return abs(time.time() - path.stat().st_ctime) < STILL_WRITTEN
    except OSError:
        return False
