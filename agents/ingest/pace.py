"""How long an ingest takes and how much room it needs, as ranges with the reason for their width.

From windows that were perceived on this machine before; else from decoding a little of each file
now, since an ingest is a known multiple of decoding (`data/results/speed.md`). The rest is made by
what cannot be known before looking: how much is written, said and cut.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from agents.errors import MediaError
from agents.perception.records import Parameters, Probe
from agents.runtime import Runtime
from memory.records import SECOND, Span

Range = tuple[float, float, float]
"""Least, likely, most."""

SEEN, HEARD = 2.33, 0.71
"""Processor time of an ingest without speech over that of a full decode, and what speech adds."""

AT_ONCE = 1.6
"""Cores that an ingest keeps at work, where there are so many."""

SOUND: Range = (0.01, 0.06, 0.25)
"""Seconds of work per second of sound without pictures: silence, usual talk, talk without pause."""

STILL: Range = (0.2, 0.8, 3.0)
"""Seconds for a picture: little on it, usually, and a page full of text."""

WIDTH = 3.0
"""Factor by which contents of the same decoding cost differ, either way."""

TRIED = 3 * SECOND
"""Time of a file that is decoded to learn what decoding costs here."""

START: Range = (1.0, 3.0, 10.0)
"""Seconds in which models are loaded, once a command."""

FILE_BYTES: Range = (200_000, 900_000, 2_500_000)
"""Bytes of a file of whatever length: what tables, versions and indexes take."""

SECOND_BYTES: Range = (4_000, 11_000, 40_000)
"""Bytes per second of video: rows, vectors and pictures."""

SPIN = 0.2
"""Seconds of processor time by which it is learnt how busy the machine is."""

BUSY = 1.3
"""Slowness from which it is told."""

FEW = 8
"""Windows below which their spread says little."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Past:
    """Seconds of work per second of earlier windows, and per still picture."""

    windows: tuple[float, ...] = ()
    stills: tuple[float, ...] = ()

    def basis(self, busy: float) -> str:
        """What an estimate rests on, and why its range is wide."""
        count = len(self.windows) + len(self.stills)
        said = f"from {count} windows ingested before"
        if not count:
            said = (
                "from decoding a little of each file; how much is written and said decides the rest"
            )
        elif count < FEW:
            said += "; these are few, so the range is wide"
        if busy < BUSY:
            return said
        return f"{said}; other programs make this machine up to {busy:.1f} times slower now"


def past_of(runtime: Runtime) -> Past:
    """What the ledger of a workspace says of earlier work."""
    tenant, store = runtime.spec.tenant, runtime.store
    windows: list[float] = []
    stills: list[float] = []
    for video in store.videos(tenant):
        for window in store.windows(tenant, video.video_id, video.active_key or ""):
            spent = window.report.get("seconds")
            if spent and video.media.get("media") == "image":
                stills.append(float(spent))
            elif spent and window.span.length:
                windows.append(float(spent) * SECOND / window.span.length)
    return Past(tuple(windows), tuple(stills))


def seconds_of(probe: Probe, parameters: Parameters, past: Past, busy: float) -> Range:
    """Seconds of work for one file on a machine as busy as `busy_now` says."""
    length = probe.duration / SECOND
    if probe.media == "image":
        return slowed(_spread(past.stills) or STILL, busy)
    known = _spread(past.windows)
    if known is None and probe.video_stream is None:
        known = SOUND if parameters.speech else (0.0, 0.01, 0.02)
    if known is None:
        hears = parameters.speech and probe.audio_stream is not None
        cost = decoding_cost(probe) * (SEEN + (HEARD if hears else 0.0))
        likely = cost / min(AT_ONCE, os.cpu_count() or 1)
        known = (likely / WIDTH, likely, likely * WIDTH)
    finishing = (0.2, 0.3 + 0.003 * length, 1.0 + 0.01 * length)
    return slowed(_plus(_times(known, length), finishing), busy)


def slowed(one: Range, busy: float) -> Range:
    """A range on a busy machine: as if it were idle, half way, and as slow as it is now.

    What else runs may end, and an ingest of several threads gets more than a single one.
    """
    return one[0], one[1] * busy**0.5, one[2] * busy


def busy_now() -> float:
    """How many times longer work takes than its processor time: 1 on a machine with nothing else.

    The processor time of earlier ingests is not known, so they are taken to have run undisturbed.
    """
    began, worked = time.perf_counter(), time.thread_time()
    while time.thread_time() - worked < SPIN:
        pass
    return max(1.0, (time.perf_counter() - began) / SPIN)


def bytes_of(probe: Probe) -> Range:
    """Bytes that the memory of one file takes, pictures included."""
    return _plus(FILE_BYTES, _times(SECOND_BYTES, probe.duration / SECOND))


def decoding_cost(probe: Probe) -> float:
    """Seconds of processor time for decoding a second of a file, from its middle."""
    from agents.perception.media.decode import Decoding

    middle = max(0, (probe.duration - TRIED) // 2)
    span = Span(middle, min(middle + TRIED, probe.duration))
    began = time.process_time()
    try:
        for _ in Decoding(probe, span, thorough=True).pictures():
            pass
    except MediaError as error:
        log.info("%s cannot be tried: %s", probe.path.name, error)
    return (time.process_time() - began) * SECOND / max(span.length, 1)


def total(ranges: Iterable[Range], more: Range = (0.0, 0.0, 0.0)) -> Range:
    """The sum of ranges."""
    summed = more
    for each in ranges:
        summed = _plus(summed, each)
    return summed


def _spread(values: Sequence[float]) -> Range | None:
    """Least, median and most of what was seen; wider where little was."""
    if not values:
        return None
    wider = WIDTH if len(values) < FEW else WIDTH**0.5
    return min(values) / wider, median(values), max(values) * wider


def _plus(one: Range, other: Range) -> Range:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _times(one: Range, factor: float) -> Range:
    return one[0] * factor, one[1] * factor, one[2] * factor
