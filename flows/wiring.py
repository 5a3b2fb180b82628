"""The composition root: settings become plain values, and nothing else reads them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.models.ports import ModelSpec
from agents.perception.records import Parameters, StreamChoice
from agents.steps import LookParameters
from agents.workbench import Workbench, WorkSpec, open_workbench
from configs.settings import Settings, load_settings


def work_spec(workspace: str | None = None, settings: Settings | None = None) -> WorkSpec:
    """What a run works with, from the settings and the flags that override them."""
    own = settings or load_settings()
    perception = own.perception
    parameters = Parameters(
        window_seconds=perception.window_seconds,
        sample_fps=perception.sample_fps,
        cut_threshold=perception.cut_threshold,
        keyframe_seconds=perception.keyframe_seconds,
        text_side=perception.text_side,
        text_seconds=perception.text_seconds,
        speech=perception.speech,
        speech_model=perception.speech_model,
        streams=StreamChoice(
            perception.video_stream, perception.audio_stream, perception.subtitle_stream
        ),
    )
    look = LookParameters(
        fps=own.look.fps,
        span_seconds=own.look.span_seconds,
        text_side=own.look.text_side,
        recall=own.look.recall,
        patience=own.look.looks,
    )
    return WorkSpec(
        uri=own.home,
        cache=str(own.cache),
        threads=own.threads or os.cpu_count() or 1,
        tenant=workspace or own.workspace,
        parameters=parameters,
        look=look,
        models=model_specs(own),
    )


def model_specs(settings: Settings) -> tuple[ModelSpec, ...]:
    """Which adapter plays which role; the embedded ones unless something else is configured."""
    clip = settings.clip
    image = ModelSpec("image_encoder", "embedded")
    if clip.checkpoint:
        options = (("checkpoint", clip.checkpoint),)
        image = ModelSpec("image_encoder", "open_clip", clip.architecture, options)
    return (
        ModelSpec("text_reader", "embedded"),
        ModelSpec("transcriber", "embedded", settings.perception.speech_model),
        ModelSpec("recogniser", "embedded"),
        ModelSpec("text_encoder", "embedded"),
        image,
    )


def workbench(workspace: str | None = None, **changes: Any) -> Workbench:  # noqa: ANN401
    """An open workbench; `changes` override settings by name."""
    return open_workbench(work_spec(workspace, load_settings(**changes)))


def with_streams(
    spec: WorkSpec, video: int | None, audio: int | None, subtitle: int | None
) -> WorkSpec:
    """The spec with streams chosen by hand."""
    chosen = spec.parameters.streams
    streams = StreamChoice(
        chosen.video if video is None else video,
        chosen.audio if audio is None else audio,
        chosen.subtitle if subtitle is None else subtitle,
    )
    return replace(spec, parameters=replace(spec.parameters, streams=streams))


def media_files(paths: list[Path]) -> list[Path]:
    """Files to ingest: those named, and everything that looks like media in folders named."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in MEDIA and p.is_file())
            found += inside
        else:
            found.append(path)
    return list(dict.fromkeys(found))


MEDIA = frozenset(
    [
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".webm",
        ".avi",
        ".mpg",
        ".mpeg",
        ".ts",
        ".mts",
        ".m2ts",
        ".wmv",
        ".flv",
        ".ogv",
        ".3gp",
        ".gif",
        ".mxf",
        ".mp3",
        ".wav",
        ".flac",
        ".m4a",
        ".aac",
        ".ogg",
        ".opus",
        ".png",
        ".jpg",
        ".jpeg",
        ".webp",
    ]
)
"""Endings by which media are picked out of a folder; a file named itself may have any."""
