"""From specs to models: the only place that knows which adapter plays which role.

Building imports no model library and opens no file larger than a table of names: each adapter
loads its weights when it is first used, so a question that reads no picture loads no recogniser.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from agents.errors import ModelError, ModelMissing
from agents.models.openai_compatible.middleware import PLAIN, Middleware
from agents.models.openai_compatible.secrets import Secrets, no_secrets
from agents.models.ports import (
    FaceFinder,
    ImageEncoder,
    Models,
    ModelSpec,
    PoseReader,
    Recogniser,
    SoundTagger,
    TextEncoder,
    TextReader,
    Transcriber,
    Unseen,
    Untagged,
    VoiceEncoder,
    Voiceless,
)

if TYPE_CHECKING:
    from agents.models.embedded.efficientnet import EfficientNetRecogniser

ROLES = (
    "text_reader",
    "transcriber",
    "recogniser",
    "text_encoder",
    "image_encoder",
    "sound_tagger",
    "voice_encoder",
    "face_finder",
    "pose_reader",
)


@dataclass(frozen=True, slots=True)
class RoleStatus:
    """What plays a role, why that, and what to do when it cannot."""

    role: str
    model: str
    why: str
    ready: bool
    fix: str = ""


@lru_cache(maxsize=4)
def build_models(
    specs: tuple[ModelSpec, ...],
    cache: Path,
    threads: int,
    secrets: Secrets = no_secrets,
    middleware: Middleware = PLAIN,
) -> Models:
    """The models of this process; the same arguments give the same objects.

    Args:
        specs: Which adapter plays which role; a role that is not named is played by `embedded`.
        cache: Folder that `agents.models.export.run` wrote to.
        threads: CPU threads per model.
        secrets: Resolves the names of endpoints' secrets.
        middleware: What is put around calls of endpoints.

    Raises:
        ModelMissing: when weights are absent or an adapter is unknown.
        ModelFailed: an endpoint was asked how long its vectors are and did not answer.
    """
    chosen = _by_role(specs)
    recogniser = _recogniser(chosen["recogniser"], cache, threads)
    text_encoder = _text_encoder(chosen["text_encoder"], cache, threads, secrets, middleware)
    return Models(
        text_reader=_text_reader(chosen["text_reader"], threads),
        transcriber=_transcriber(chosen["transcriber"], cache, threads),
        recogniser=recogniser,
        text_encoder=text_encoder,
        image_encoder=_image_encoder(
            chosen["image_encoder"], recogniser, text_encoder, cache, threads
        ),
        sound_tagger=_sound_tagger(chosen["sound_tagger"]),
        voice_encoder=_voice_encoder(chosen["voice_encoder"]),
        face_finder=_face_finder(chosen["face_finder"], threads),
        pose_reader=_pose_reader(chosen["pose_reader"], threads),
    )


def describe_models(
    specs: tuple[ModelSpec, ...], cache: Path, secrets: Secrets = no_secrets
) -> list[RoleStatus]:
    """What plays each role, one by one: a role that is not ready says what to do."""
    chosen = _by_role(specs)
    return [_describe(role, chosen, cache, secrets) for role in ROLES]


def _describe(role: str, chosen: dict[str, ModelSpec], cache: Path, secrets: Secrets) -> RoleStatus:
    spec = chosen[role]
    alone = tuple(s for s in chosen.values() if s.role in (role, *NEEDS.get(role, ())))
    others = tuple(ModelSpec(r, "scripted") for r in ROLES if r not in {s.role for s in alone})
    try:
        model = getattr(build_models(alone + others, cache, 1, secrets), role)
        if role == "text_encoder":
            _ = model.dimension  # an endpoint is asked for it, if it never was
    except ModelError as error:
        return RoleStatus(role, spec.model or spec.adapter, str(error), False, error.hint)
    why = WHY.get((role, spec.adapter), spec.adapter)
    if spec.model:
        why = NAMED.get((role, spec.adapter), why)
    return RoleStatus(role, model.name, why, True)


DEFAULT = {
    "sound_tagger": "none",
    "voice_encoder": "none",
    "face_finder": "none",
    "pose_reader": "none",
}
"""What plays roles that an extra is needed for, when nothing is named."""

NEEDS = {"image_encoder": ("recogniser", "text_encoder")}
"""Roles that another one is built on."""

WHY = {
    ("text_reader", "embedded"): "comes with the installation; PP-OCR in onnxruntime",
    ("transcriber", "embedded"): "comes with the installation; Whisper in CTranslate2",
    ("recogniser", "embedded"): "comes with the installation; ImageNet's and COCO's classes "
    "(BACKTRAIL_PERCEPTION__RECOGNISER=ensemble: two classifiers of pictures)",
    ("sound_tagger", "embedded"): "the extra `sounds` is installed; speech, singing and music",
    ("sound_tagger", "none"): "the extra `sounds` is not installed, or sounds are switched off",
    ("voice_encoder", "embedded"): "asked for by BACKTRAIL_PERCEPTION__VOICES; who speaks when",
    ("voice_encoder", "none"): "voices are not told apart (BACKTRAIL_PERCEPTION__VOICES)",
    ("face_finder", "embedded"): "BACKTRAIL_PERCEPTION__FACES; faces, counted and placed",
    ("face_finder", "none"): "off: the extra `faces` and BACKTRAIL_PERCEPTION__FACES=true",
    ("pose_reader", "embedded"): "BACKTRAIL_PERCEPTION__POSES; raises hands, sits, lies, bends",
    ("pose_reader", "none"): "off: the extra `poses` and BACKTRAIL_PERCEPTION__POSES=true",
    ("text_encoder", "openai_compatible"): "named by BACKTRAIL_EMBEDDING__BASE_URL",
    ("text_encoder", "embedded"): "comes with the installation; sentences in onnxruntime",
    ("image_encoder", "embedded"): "no OpenCLIP checkpoint is set; built on the recogniser (ConSE)",
    ("image_encoder", "open_clip"): "an OpenCLIP checkpoint is set",
}


NAMED = {
    ("transcriber", "embedded"): "named by BACKTRAIL_PERCEPTION__SPEECH_MODEL; Whisper in "
    "CTranslate2",
    (
        "recogniser",
        "embedded",
    ): "BACKTRAIL_PERCEPTION__RECOGNISER; two classifiers' mean, and COCO's classes",
}
"""The same where a setting names a model."""


def _by_role(specs: tuple[ModelSpec, ...]) -> dict[str, ModelSpec]:
    given = {spec.role: spec for spec in specs}
    unknown = ", ".join(sorted(set(given) - set(ROLES)))
    if unknown:
        raise ModelMissing(f"there is no role {unknown}", f"the roles are {', '.join(ROLES)}")
    return {role: given.get(role, ModelSpec(role, DEFAULT.get(role, "embedded"))) for role in ROLES}


def _text_reader(spec: ModelSpec, threads: int) -> TextReader:
    match spec.adapter:
        case "embedded":
            from agents.models.embedded.rapid_ocr import RapidOcrReader

            return RapidOcrReader(threads)
        case "scripted":
            from agents.models.scripted import ScriptedTextReader

            return ScriptedTextReader()
        case _:
            raise _unknown(spec)


def _transcriber(spec: ModelSpec, cache: Path, threads: int) -> Transcriber:
    match spec.adapter:
        case "embedded":
            from agents.models.embedded.whisper import WhisperTranscriber
            from agents.models.embedded.whisper_base import MULTILINGUAL, joined

            folder = str(joined(cache)) if spec.model == MULTILINGUAL else spec.model
            return WhisperTranscriber(folder or None, threads)
        case "scripted":
            from agents.models.scripted import ScriptedTranscriber

            return ScriptedTranscriber()
        case _:
            raise _unknown(spec)


def _sound_tagger(spec: ModelSpec) -> SoundTagger:
    match spec.adapter:
        case "none":
            return Untagged()
        case "embedded":
            from agents.models.embedded.sound_events import SoundEvents

            return SoundEvents()
        case "scripted":
            from agents.models.scripted import ScriptedTagger

            return ScriptedTagger()
        case _:
            raise _unknown(spec)


def _voice_encoder(spec: ModelSpec) -> VoiceEncoder:
    match spec.adapter:
        case "none":
            return Voiceless()
        case "embedded":
            from agents.models.embedded.voices import Ge2eVoices

            return Ge2eVoices()
        case "scripted":
            from agents.models.scripted import ScriptedVoices

            return ScriptedVoices()
        case _:
            raise _unknown(spec)


def _face_finder(spec: ModelSpec, threads: int) -> FaceFinder:
    match spec.adapter:
        case "none":
            return Unseen()
        case "embedded":
            from agents.models.embedded.people.center_face import CenterFace, require

            require()
            return CenterFace(threads)
        case "scripted":
            from agents.models.scripted import ScriptedFaces

            return ScriptedFaces()
        case _:
            raise _unknown(spec)


def _pose_reader(spec: ModelSpec, threads: int) -> PoseReader:
    match spec.adapter:
        case "none":
            return Unseen()
        case "embedded":
            from agents.models.embedded.people.movenet import MoveNet

            return MoveNet(threads)
        case "scripted":
            from agents.models.scripted import ScriptedPoses

            return ScriptedPoses()
        case _:
            raise _unknown(spec)


def _recogniser(spec: ModelSpec, cache: Path, threads: int) -> Recogniser:
    match spec.adapter:
        case "embedded":
            from agents.models.embedded.efficientnet import ENSEMBLE, EfficientNetRecogniser

            return EfficientNetRecogniser(cache, threads, ensemble=spec.model == ENSEMBLE)
        case "scripted":
            from agents.models.scripted import ScriptedRecogniser

            return ScriptedRecogniser()
        case _:
            raise _unknown(spec)


def _text_encoder(
    spec: ModelSpec, cache: Path, threads: int, secrets: Secrets, middleware: Middleware
) -> TextEncoder:
    match spec.adapter:
        case "openai_compatible" if spec.endpoint is not None:
            from agents.models.openai_compatible.embeddings import EndpointTextEncoder

            dimension = int(dict(spec.options).get("dimension", "0"))
            return EndpointTextEncoder(spec.endpoint, cache, dimension, secrets, middleware)
        case "embedded":
            from agents.models.embedded.minilm import MiniLMEncoder

            return MiniLMEncoder(cache, threads)
        case "scripted":
            from agents.models.scripted import ScriptedTextEncoder

            return ScriptedTextEncoder()
        case _:
            raise _unknown(spec)


def _image_encoder(
    spec: ModelSpec, recogniser: Recogniser, text_encoder: TextEncoder, cache: Path, threads: int
) -> ImageEncoder:
    match spec.adapter:
        case "embedded":
            from agents.models.embedded.conse import ConseEncoder

            return ConseEncoder(_with_words(recogniser), text_encoder, cache)
        case "open_clip":
            from agents.models.open_clip import OpenClipEncoder

            checkpoint = Path(dict(spec.options).get("checkpoint", "")).expanduser()
            return OpenClipEncoder(spec.model, checkpoint, threads)
        case "scripted":
            from agents.models.scripted import ScriptedImageEncoder, ScriptedRecogniser

            known = recogniser if isinstance(recogniser, ScriptedRecogniser) else None
            return ScriptedImageEncoder(text_encoder, known or ScriptedRecogniser())
        case _:
            raise _unknown(spec)


def _with_words(recogniser: Recogniser) -> EfficientNetRecogniser:
    from agents.models.embedded.efficientnet import EfficientNetRecogniser

    if isinstance(recogniser, EfficientNetRecogniser):
        return recogniser
    raise ModelMissing(
        f"the embedded image encoder is built on the embedded recogniser, not on {recogniser.name}",
        "choose `embedded` for both, or another image encoder",
    )


def _unknown(spec: ModelSpec) -> ModelMissing:
    return ModelMissing(
        f"no adapter {spec.adapter!r} can play the role {spec.role}",
        "see agents/models/README.md for the adapters of each role",
    )
