"""One rising clock for files whose own clock jumps: joined recordings, streams with breaks.

Formats that are made to be cut and joined (transport and program streams, playlists) may start
their clock again at any place. All packets are then read once: a file falls into pieces within
which the clock runs on, and each piece is placed right after the end of the one before, as players
do (FFmpeg's `dts_delta_threshold`). Time stamps are moved before decoding, so that everything
behind sees one clock.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from av.container import InputContainer
from av.error import FFmpegError
from av.format import Flags
from av.packet import Packet
from av.stream import Stream

from agents.perception.media.opening import opened
from agents.perception.media.playlist import is_playlist
from agents.perception.records import Piece, Probe, Restart
from memory.records import SECOND

log = logging.getLogger(__name__)

BACK = SECOND
"""How far a clock must go back to have started again; less is disorder."""
AHEAD = 10 * SECOND
"""How far it must run ahead in one step to have jumped; less is a gap."""
NEAR = 2 * SECOND
"""How far apart streams of one piece may lie where it begins."""
APART = 2 * SECOND
"""Least time between two places from which decoding may start again."""

S = TypeVar("S", bound=Stream)


def may_jump(container: InputContainer) -> bool:
    """Whether the format allows its clock to start again."""
    return bool(container.format.flags & Flags.ts_discont.value)


def stamp_of(packet: Packet[S]) -> int | None:
    """When a packet is to be decoded (or shown) in microseconds of the container's clock."""
    ticks = packet.dts if packet.dts is not None else packet.pts
    return None if ticks is None else round(ticks * packet.time_base * SECOND)


def on_clock(
    packets: Iterable[Packet[S]], pieces: Sequence[Piece], piece: int = 0
) -> Iterator[Packet[S]]:
    """Packets of one stream, from piece number `piece` on, with stamps on the rising clock."""
    before: int | None = None
    for packet in packets:
        time = stamp_of(packet)
        if time is not None and pieces:
            if before is not None and _jumped(before, time):
                piece = _next_piece(pieces, piece, time)
            before = time
            shift = int(Fraction(pieces[piece].shift, SECOND) / packet.time_base)
            packet.dts = packet.dts + shift if packet.dts is not None else None
            packet.pts = packet.pts + shift if packet.pts is not None else None
        yield packet


def restart_before(probe: Probe, time: int) -> Restart | None:
    """The last place before a time (container's clock, rising) from which decoding may start."""
    return next((r for r in reversed(probe.restarts) if r.time <= time), None)


def _jumped(before: int, time: int) -> bool:
    return time < before - BACK or time > before + AHEAD


def _next_piece(pieces: Sequence[Piece], piece: int, time: int) -> int:
    """The next piece whose clock shows this time; the last one when none does."""
    for number in range(piece + 1, len(pieces)):
        if pieces[number].first - NEAR <= time <= pieces[number].last + NEAR:
            return number
    return len(pieces) - 1


@dataclass(slots=True)
class _Scan:
    """What one reading of all packets tells."""

    pieces: list[Piece] = field(default_factory=list[Piece])
    restarts: list[Restart] = field(default_factory=list[Restart])
    at: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    """By stream: its piece, and the time of its last packet."""

    def see(self, packet: Packet[Stream], is_main: bool) -> None:
        """Take in the next packet of the file."""
        time, shown = stamp_of(packet), packet.pts if packet.pts is not None else packet.dts
        if time is None or shown is None:
            return
        index = packet.stream.index
        piece, before = self.at.get(index, (0, time))
        if _jumped(before, time):
            piece = self._joined(piece, time)
        self.at[index] = (piece, time)
        start = round(shown * packet.time_base * SECOND)
        end = start + round((packet.duration or 0) * packet.time_base * SECOND)
        self._widen(piece, start, end)
        if is_main and packet.is_keyframe and packet.pos is not None and packet.pos >= 0:
            self._note_restart(piece, start, packet.pos)

    def _joined(self, piece: int, time: int) -> int:
        """The piece that a stream moved into: one that another stream began, or a new one."""
        for number in range(piece + 1, len(self.pieces)):
            if abs(time - self.pieces[number].last) <= NEAR:
                return number
        return len(self.pieces)

    def _widen(self, piece: int, start: int, end: int) -> None:
        if piece == len(self.pieces):
            self.pieces.append(Piece(start, end, 0))
            return
        known = self.pieces[piece]
        first, last = min(known.first, start), max(known.last, end)
        self.pieces[piece] = Piece(first, last, 0)

    def _note_restart(self, piece: int, time: int, position: int) -> None:
        last = self.restarts[-1] if self.restarts else None
        if last is None or last.piece != piece or time >= last.time + APART:
            self.restarts.append(Restart(time, position, piece))

    def placed(self) -> tuple[list[Piece], list[Restart]]:
        """Pieces one after the other, and restarts with times of the rising clock."""
        placed: list[Piece] = []
        for piece in self.pieces:
            end = placed[-1].last + placed[-1].shift if placed else piece.first
            placed.append(replace(piece, shift=end - piece.first))
        return placed, [replace(r, time=r.time + placed[r.piece].shift) for r in self.restarts]


def with_one_clock(found: Probe, *, is_forced: bool = False) -> Probe:
    """The probe with the pieces of a clock that jumps, noted; unchanged where it does not.

    Only formats whose clock may start again are read for it, unless `is_forced`.
    """
    used = [i for i in (found.video_stream, found.audio_stream) if i is not None]
    pieces, restarts = _scanned(found.path, used, is_forced=is_forced)
    if len(pieces) < 2:
        return found
    times = ", ".join(f"{(p.first + p.shift - found.start) / SECOND:.1f} s" for p in pieces[1:4])
    note = f"its clock starts again at {times}{' and later' if len(pieces) > 4 else ''}: "
    note += "what follows is placed right after what came before"
    kept = () if is_forced or is_playlist(found.path) else tuple(restarts)
    return replace(
        found,
        pieces=tuple(pieces),
        restarts=kept,
        duration=max(1, pieces[-1].last + pieces[-1].shift - found.start),
        notes=(*found.notes, note),
    )


def _scanned(
    path: Path, used: Sequence[int], *, is_forced: bool
) -> tuple[list[Piece], list[Restart]]:
    """Pieces and restarts of the whole file; none where its format has one clock."""
    scan = _Scan()
    with opened(path) as container:
        if not is_forced and not may_jump(container):
            return [], []
        try:
            for packet in container.demux(*(container.streams[i] for i in used)):
                scan.see(packet, packet.stream.index == used[0])
        except FFmpegError as error:
            log.info("packets of %s cannot be read to the end: %s", path.name, error)
    return scan.placed()
