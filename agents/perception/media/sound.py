"""Sound of a span on the video's clock: mono float32 at 16 kHz, gaps filled with silence."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.error import FFmpegError
from av.packet import Packet

from agents.models.ports import SAMPLE_RATE, Sound
from agents.perception.media.clock import on_clock
from agents.perception.media.decode import only, sought
from agents.perception.media.opening import opened
from agents.perception.records import Probe
from memory.records import SECOND, Span

log = logging.getLogger(__name__)

LEAD = SECOND // 2
"""How much before the span decoding begins, for codecs that need a run-up."""
JITTER = SAMPLE_RATE // 50
"""Samples by which time stamps may miss the running count before they are believed (20 ms)."""
CANCELLED = 0.05
"""Power of the mean of channels, against that of one of them, below which they cancel out; of
channels that have nothing in common it is half."""
SILENCE = 1e-3
"""Root mean square (full scale 1) below which a tenth of a second counts as silent: -60 dB."""


def audio(probe: Probe, span: Span) -> Sound:
    """The sound of a span, shape (round(length * 16 kHz),); empty when the file has none.

    A damaged packet leaves a gap of silence. Memory grows with the span only.
    """
    if probe.audio_stream is None:
        return np.zeros(0, np.float32)
    sound = np.zeros(round(span.length * SAMPLE_RATE / SECOND), np.float32)
    origin = span.start + probe.start
    expected: int | None = None
    for stamp, block in _blocks(probe, span):
        place = round((stamp - origin) * SAMPLE_RATE / SECOND)
        if expected is not None and abs(place - expected) <= JITTER:
            place = expected
        expected = place + block.size
        low, high = max(place, 0), min(place + block.size, sound.size)
        if low < high:
            sound[low:high] = block[low - place : high - place]
        if place >= sound.size:
            break
    return np.clip(sound, -1.0, 1.0)


def mono(channels: Sound) -> Sound:
    """The mean of the channels, shape (channels, samples); the loudest where that cancels out."""
    mean = channels.mean(axis=0, dtype=np.float32)
    if len(channels) < 2:
        return mean
    power = np.square(channels).mean(axis=1)
    loudest = int(power.argmax())
    cancels = float(np.square(mean).mean()) < CANCELLED * float(power[loudest])
    is_alike = float(power.min()) > float(power[loudest]) / 2
    return channels[loudest].astype(np.float32, copy=False) if cancels and is_alike else mean


def without(sound: Sound, offset: int, spans: Sequence[Span]) -> Sound:
    """The sound, which starts at `offset` (microseconds), with silence in the given spans."""
    made = sound.copy()
    for span in spans:
        low, high = (
            max(0, round((time - offset) * SAMPLE_RATE / SECOND)) for time in (span.start, span.end)
        )
        made[low:high] = 0.0
    return made


def is_silent(sound: Sound) -> bool:
    """Whether no tenth of a second is louder than -60 dB."""
    block = SAMPLE_RATE // 10
    whole = sound[: sound.size // block * block].reshape(-1, block)
    parts = [*whole, sound[whole.size :]]
    return all(part.size == 0 or float(np.sqrt(np.mean(part**2))) < SILENCE for part in parts)


def _blocks(probe: Probe, span: Span) -> Iterator[tuple[int, Sound]]:
    """Resampled pieces with their start in microseconds of the container's clock."""
    assert probe.audio_stream is not None
    with opened(probe.path) as container:
        stream = container.streams[probe.audio_stream]
        assert isinstance(stream, AudioStream)
        only(container, probe.audio_stream)
        layout = "stereo" if stream.codec_context.channels > 2 else None
        resampler = AudioResampler(format="fltp", layout=layout, rate=SAMPLE_RATE)
        base = stream.time_base or Fraction(1, SAMPLE_RATE)
        piece = 0
        if span.start > 2 * LEAD:
            piece = sought(container, stream, probe, span.start + probe.start - LEAD) or 0
        for frame in _frames(on_clock(container.demux(stream), probe.pieces, piece)):
            if frame.pts is None or frame.time_base is None:
                continue
            for piece in resampler.resample(frame):
                if piece.pts is not None:
                    start = round(piece.pts * (piece.time_base or base) * SECOND)
                    yield start, mono(piece.to_ndarray().astype(np.float32, copy=False))


def _frames(packets: Iterator[Packet[AudioStream]]) -> Iterator[AudioFrame]:
    """Decoded frames; a damaged packet is passed over."""
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError as error:
            log.info("reading sound stopped: %s", error)
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except FFmpegError as error:
            log.debug("a packet of sound cannot be decoded: %s", error)
