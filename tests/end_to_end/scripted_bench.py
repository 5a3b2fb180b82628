"""A bench over scripted models and a small video of plain colours, for tests of the machinery."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.models.ports import Label, Models, ModelSpec, TextLine
from agents.models.scripted import (
    ScriptedImageEncoder,
    ScriptedRecogniser,
    ScriptedTextEncoder,
    ScriptedTextReader,
    ScriptedTranscriber,
)
from agents.perception.records import Parameters
from agents.runtime import LookParameters, Runtime, RuntimeSpec, encoder_tags
from memory.lance.store import LanceStore
from memory.records import Scope
from tests.media import plain, steady, write_video

RED, GREEN, BLUE = (224, 32, 32), (32, 160, 32), (32, 32, 224)
SHOWN = ((RED, 3.0), (GREEN, 5.0), (BLUE, 7.0))
"""Colours and their seconds: windows of 5 s cut the green and the blue part in two."""

LINES = {
    (192, 0, 0): (TextLine("Welcome aboard", 0.9, (0.1, 0.1, 0.9, 0.2)),),
    (0, 128, 0): (
        TextLine("Platform seven", 0.9, (0.1, 0.1, 0.9, 0.2)),
        TextLine("Departs at noon", 0.8, (0.1, 0.3, 0.9, 0.4)),
    ),
    (0, 0, 192): (TextLine("Thank you", 0.9, (0.1, 0.5, 0.9, 0.6)),),
}
LABELS = {
    (192, 0, 0): (Label("tabby", ("tabby", "cat"), 0.8),),
    (0, 128, 0): (Label("tram", ("tram", "vehicle"), 0.7),),
    (0, 0, 192): (Label("whale", ("whale", "animal"), 0.9),),
}
MODELS = tuple(
    ModelSpec(role, "scripted")
    for role in ("text_reader", "transcriber", "recogniser", "text_encoder", "image_encoder")
)


def scripted_models() -> Models:
    """Models that read and name the colours above."""
    text_encoder, recogniser = ScriptedTextEncoder(), ScriptedRecogniser(LABELS)
    return Models(
        ScriptedTextReader(LINES),
        ScriptedTranscriber(),
        recogniser,
        text_encoder,
        ScriptedImageEncoder(text_encoder, recogniser),
    )


def scripted_bench(folder: Path, window_seconds: float = 5.0) -> Runtime:
    """A store and a cache below `folder`."""
    models = scripted_models()
    text, image = encoder_tags(models)
    home = folder / "store"
    store = LanceStore.open(str(home), text=text, image=image, thumbnails=home / "thumbnails")
    parameters = Parameters(window_seconds=window_seconds, speech=False)
    spec = RuntimeSpec(
        str(home), str(folder / "cache"), 1, "t", parameters, LookParameters(), MODELS
    )
    return Runtime(spec, store, models)


def with_parameters(bench: Runtime, **changes: Any) -> Runtime:
    """The same bench with other perception parameters."""
    parameters = replace(bench.spec.parameters, **changes)
    return replace(bench, spec=replace(bench.spec, parameters=parameters))


def colours(path: Path) -> Path:
    """The video, 15 s at 5 fps."""
    frames = [(plain(colour, 96, 64), seconds) for colour, seconds in SHOWN]
    return write_video(path, steady(frames, fps=5.0), last_for=0.2)


def remembered(bench: Runtime) -> dict[str, Any]:
    """All that the store holds, as plain values, without times of day and attempts."""
    tenant, store = bench.spec.tenant, bench.store
    found: dict[str, Any] = {}
    for video in store.videos(tenant):
        windows = store.windows(tenant, video.video_id, video.active_key or "")
        rows = store.memories(Scope(tenant, (video.video_id,)), with_vectors=True)
        found[video.video_id] = {
            "video": repr(replace(video, created_at="")),
            "windows": [
                (w.window_id, w.span.seconds, str(w.status), w.report.get("cuts")) for w in windows
            ],
            "nodes": [repr(node) for node in store.nodes(tenant, video.video_id)],
            "rows": [(repr(replace(r, created_at="")), _vectors(r)) for r in rows],
            "thumbnails": sorted(r.thumbnail for r in rows if r.thumbnail),
        }
    home = Path(bench.spec.uri)
    files = sorted(
        str(p.relative_to(home)) for p in (home / "thumbnails").rglob("*") if p.is_file()
    )
    return json.loads(json.dumps({"videos": found, "files": files}))


def _vectors(row: Any) -> list[str]:
    named = (row.text_vector, row.image_vector, row.text_aligned_vector)
    return ["" if v is None else f"{v.sum():.4f} {v[0]:.4f}" for v in named]
