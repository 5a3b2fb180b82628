"""Follows text on screen: decides when reading is worth its price, and how long each line stays.

Reading (OCR) is the dearest step of perception. A picture is read only where strokes appeared that
stand still, where a known line changed, and now and then where it is not what was looked at before;
the detector gets these parts alone, at the scale of the whole. Between readings known lines are
followed by how they look, which costs well under a millisecond each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from agents.models.images import shrunk
from agents.models.ports import Image, TextLine, TextReader
from agents.perception.records import Frame, Parameters, Percept
from agents.perception.text_change import (
    FRESH_SHARE,
    WHOLE,
    Aim,
    Grey,
    Patch,
    Shares,
    State,
    are_enough,
    changed_blocks,
    found_in,
    fresh_strokes,
    is_other_slide,
    is_still,
    regions_of,
    replaced,
    strokes,
    to_grey,
    without,
)
from agents.perception.text_lines import (
    Box,
    Shown,
    Track,
    around,
    as_percept,
    better,
    coloured,
    continues,
    covered,
    is_at,
    is_grown,
    is_line,
    is_same_line,
    overlap,
    together,
    unreadable_note,
)
from memory.records import SECOND, Span

GREY_SIDE = 640
"""Pixels: longest side of the pictures that are compared."""
MEMORY = 10
"""Samples kept to find out when a line that was read late had appeared."""
GLANCE_SIDE = 480
"""Pixels: longest side at which text is looked for where it is unlikely; costs half."""
CLOSE_GLANCE_SIDE = 640
"""The same for a close look."""
SHARP_EVERY = 2 * SECOND
"""A close look at a moving picture seeks text at full size at least this often."""
LONGEST_PAUSE = 4 * SECOND
"""Between two looks at a picture in which everything moves."""
WHOLE_EVERY = 8 * SECOND
"""Between two looks at all of a picture in which only parts change."""
LONGEST_TRUST = 8 * SECOND
"""Between two readings of a line over a changing background that keeps reading the same."""
REST_PER_LINE = SECOND * 15 // 100
"""Pause that a look costs for each line it had to read."""
FULL_SIDE = 1280
"""Pixels: longest side at which a close look works."""
SMALL_SIDE = 640
"""Pixels: smaller pictures are doubled for a close look."""


@dataclass(frozen=True, slots=True)
class _Sample:
    span: Span
    grey: Grey
    strokes: Grey


class TextTracker:
    """Reads a window's pictures as rarely as will do and turns what it read into spans.

    Pictures come in time order, about `parameters.sample_fps` a second.

    Args:
        reader: the OCR.
        parameters: `text_side`, `text_seconds` and `sample_fps` are used.
        grey_side: longest side, in pixels, at which pictures are compared.
        every_change: look at every picture that differs from the one before by more than noise.
    """

    def __init__(
        self,
        reader: TextReader,
        parameters: Parameters,
        *,
        grey_side: int = GREY_SIDE,
        every_change: bool = False,
    ) -> None:
        self._reader = reader
        self._side = parameters.text_side
        self._grey_side = grey_side
        self._rest = round(parameters.text_seconds * SECOND)
        self._tolerance = 0 if every_change else round(SECOND / parameters.sample_fps)
        self._every_change = every_change
        self._live: list[Track] = []
        self._shown: list[Shown] = []
        self._history: deque[_Sample] = deque(maxlen=MEMORY)
        self._known: Grey | None = None
        self._last: Frame | None = None
        self._illegible: list[Patch] = []
        self._unreadable = 0
        self._looked: int | None = None
        self._moving = 0
        self._pause = self._rest
        self._earliest = 0
        self._is_read = True
        self._is_quiet = False
        self._is_likely = True
        self._settled_from = 0
        self._sharp = -WHOLE_EVERY
        self._whole = 0
        self._seen: Grey | None = None

    def see(self, frame: Frame, is_cut: bool) -> None:
        """Take in the next picture; it may or may not be read.

        Raises:
            ModelFailed: the reader refused the picture.
        """
        grey = to_grey(frame.image, self._grey_side)
        before = self._history[-1] if self._history else None
        if before is not None and before.grey.shape != grey.shape:
            self._forget_picture()
            before = None
        sample = _Sample(frame.span, grey, strokes(grey))
        if before is not None and self._passes_unread(before, grey, is_cut):
            self._look(self._last or frame, before, self._anew(before))
        if is_cut or before is None:
            self._begin_shot(frame.span.start)
            steady = None
        else:
            steady = before.strokes
        still = before is not None and not is_cut and is_still(before.grey, grey)
        self._history.append(sample)
        self._last = frame
        if still and self._is_quiet:
            return
        self._follow(sample)
        aim = self._aim(sample, steady, still)
        if aim is not None:
            self._look(frame, sample, aim)
        self._is_quiet = still and aim is None and frame.span.start >= self._settled_from

    @property
    def note(self) -> str:
        """A word on lines that were found and could not be read; empty when there were none."""
        return unreadable_note(self._unreadable, self._reader.name)

    def finish(self, end: int) -> list[Percept]:
        """Everything that was on screen, in order of appearance; `end` closes what still is."""
        self._look_last()
        for track in self._live:
            self._close(track, end)
        self._live = []
        groups = together(self._shown, self._tolerance)
        self._shown = []
        percepts = [as_percept(group, self._reader.name) for group in groups]
        return sorted(percepts, key=lambda percept: (percept.span, percept.text or ""))

    def _look_last(self) -> None:
        """Look at what the last picture shows and was not looked at: no other look will come."""
        if self._last is None or (self._every_change and self._is_read):
            return
        self._is_likely = not self._is_read or bool(self._live)
        doubtful = [track.line.box for track in self._live if not track.is_steady]
        regions = self._unseen(self._history[-1], doubtful) if self._is_read else (WHOLE,)
        if regions:
            self._look(self._last, self._history[-1], Aim(regions))

    def _begin_shot(self, start: int) -> None:
        self._is_read = False
        self._looked = self._seen = None
        self._moving = self._whole = start
        self._pause = self._rest
        self._earliest = start
        self._known = None

    def _passes_unread(self, before: _Sample, grey: Grey, is_cut: bool) -> bool:
        """Whether the first picture of a shot, not read yet, is about to give way to another slide.

        Where everything moves, it does not: that is looked at by and by.
        """
        is_first = self._looked is None and before.span.start == self._moving
        return is_first and not self._is_read and (is_cut or is_other_slide(before.grey, grey))

    def _forget_picture(self) -> None:
        self._history.clear()
        for track in self._live:
            track.gone = track.unsure = track.unsure or (self._last.span.end if self._last else 0)
        self._known = self._seen = None

    def _follow(self, sample: _Sample) -> None:
        """Compare the picture with how each known line looked."""
        now = sample.span.start
        for track in self._live:
            state = track.patch.state(sample.grey)
            if state is State.SAME:
                track.unsure = track.gone = None
                continue
            if track.unsure is None:
                track.unsure = now
            if state is State.GONE and track.gone is None:
                track.gone = now
            elif state is not State.GONE:
                track.gone = None

    def _aim(self, sample: _Sample, steady: Grey | None, still: bool) -> Aim | None:
        """What to look at now; None for nothing."""
        now = sample.span.start
        if self._every_change:
            return None if still and self._is_read else self._closely(now)
        settled = still and not self._is_read
        if (now < self._earliest and not settled) or (steady is None and not still):
            return None
        known = self._known if self._known is not None else np.zeros_like(sample.strokes)
        doubtful = [track for track in self._live if track.is_doubtful(now, self._rest)]
        boxes = tuple(track.line.box for track in doubtful)
        outside = without(fresh_strokes(sample.strokes, steady, known), boxes)
        is_sharp_due = bool(self._live) and now - self._sharp >= WHOLE_EVERY
        self._is_likely = settled or are_enough(outside) or is_sharp_due
        if settled:
            return Aim(self._unseen(sample, boxes))
        is_time = not still and now - self._moving >= self._pause
        is_news = self._is_worth_a_look(outside, now) or any(t.gone is not None for t in doubtful)
        if is_news or doubtful:
            if now - self._whole >= WHOLE_EVERY:
                return Aim(self._unseen(sample, boxes))
            return Aim(self._regions(outside, boxes)) if is_news else Aim(again=boxes)
        return Aim(self._unseen(sample, boxes)) if is_time else None

    def _anew(self, sample: _Sample, boxes: Sequence[Box] = ()) -> Aim:
        """Seek text at full size wherever the picture changed, and in `boxes`: it is likely."""
        self._is_likely = True
        return Aim(self._unseen(sample, boxes))

    def _unseen(self, sample: _Sample, boxes: Sequence[Box]) -> tuple[Box, ...]:
        """Where the picture is not what was looked at before: nothing else can hold new text.

        Text that moves, or is too faint for strokes, is found only there.
        """
        self._whole = sample.span.start
        if self._is_likely:
            self._sharp = sample.span.start
        if self._seen is None:
            return (WHOLE,)
        return self._regions(changed_blocks(self._seen, sample.grey), boxes)

    def _regions(self, news: Shares, boxes: Sequence[Box]) -> tuple[Box, ...]:
        return regions_of(news, boxes, [around(track.line.box) for track in self._live])

    def _closely(self, now: int) -> Aim:
        """Look at the whole picture: at full size where text is or was not sought for a while.

        Where everything moves and nothing was read, a smaller picture will do for most frames.
        """
        at_full = now - self._sharp >= SHARP_EVERY
        self._is_likely = bool(self._live) or at_full
        if self._is_likely:
            self._sharp = now
        return Aim()

    def _is_worth_a_look(self, fresh: Shares, now: int) -> bool:
        """Whether new strokes may be text; the longer looks told nothing new, the less likely."""
        if not are_enough(fresh):
            near = [around(track.line.box) for track in self._live]
            return bool(((fresh - without(fresh, near)) > FRESH_SHARE).any())
        wait = min(self._pause // 2, 2 * self._rest)
        return self._looked is None or now - self._looked >= wait

    def _look(self, frame: Frame, sample: _Sample, aim: Aim) -> None:
        """Find and read what is new, or read known lines again."""
        now = sample.span.start
        unread = list(aim.again) or self._unread(frame.image, sample.grey, aim.regions)
        lines = self._reader.read(frame.image, boxes=unread) if unread else []
        known = [track.line for track in self._live]
        if aim.again and not all(continues(line, known) for line in lines):
            # what stands there now has a box of its own: the old one may cut it
            self._look(frame, sample, self._anew(sample, aim.again))
            return
        if not aim.again:
            legible = {line.box for line in lines}
            failed = [box for box in unread if box not in legible]
            self._illegible += [Patch.of(sample.grey, box) for box in failed]
            self._unreadable += sum(is_line(box, frame.image.shape) for box in failed)
        news = [self._take(coloured(line, frame.image), sample) for line in lines]
        seen = aim.again or aim.regions
        for track in [track for track in self._live if not track.is_steady]:
            looked_at = any(covered(track.line.box, box) > 0.5 for box in seen)
            if looked_at and track.checked < now:
                self._live.remove(track)
                self._close(track, now)
        self._rest_after(now, read=len(unread), is_news=any(news))
        self._known = replaced(self._known, sample.strokes, seen)
        self._is_read = True
        if self._is_likely:
            self._seen = replaced(self._seen, sample.grey, seen)

    def _unread(self, image: Image, grey: Grey, regions: Sequence[Box]) -> list[Box]:
        """Boxes that hold text which is neither known nor known to be illegible."""
        self._illegible = [patch for patch in self._illegible if patch.state(grey) is State.SAME]
        steady = [track.line.box for track in self._live if track.is_steady]
        known = [*steady, *(patch.box for patch in self._illegible)]
        glance = CLOSE_GLANCE_SIDE if self._every_change else GLANCE_SIDE
        side = self._side if self._is_likely else min(self._side, glance)
        boxes = found_in(self._reader, shrunk(image, side), regions)
        if not self._is_likely:  # what a glance may be too coarse for is read where it stood
            doubted = [track.line.box for track in self._live if not track.is_steady]
            boxes += [one for one in doubted if not any(overlap(one, box) for box in boxes)]
        return [box for box in boxes if not any(is_at(box, each) for each in known)]

    def _rest_after(self, now: int, *, read: int, is_news: bool) -> None:
        self._pause = self._rest if is_news else min(2 * self._pause, LONGEST_PAUSE)
        self._earliest = now + max(self._rest, read * REST_PER_LINE)
        self._looked = self._moving = now
        self._settled_from = max(self._earliest, now + 2 * self._rest)

    def _take(self, line: TextLine, sample: _Sample) -> bool:
        """Add a reading to the line it continues, or begin one; whether it told anything new."""
        now = sample.span.start
        patch = Patch.of(sample.grey, line.box)
        same = [track for track in self._live if is_same_line(track.line, line)]
        grown = [track for track in self._live if is_grown(track.line, line)]
        if not same and not grown:
            start = self._appeared(patch)
            self._live.append(Track(line, start, patch, checked=now, trust=self._rest))
            return True
        track = max(same or grown, key=lambda track: overlap(track.line.box, line.box))
        if not track.is_steady:
            track.trust = min(2 * track.trust, LONGEST_TRUST)
        best = better(track.line, line) if same else line
        track.line = TextLine(best.text, best.confidence, line.box, line.colours)
        track.patch, track.checked, track.unsure, track.gone = patch, now, None, None
        for other in grown:
            if other is not track:
                self._live.remove(other)
        return not same

    def _appeared(self, patch: Patch) -> int:
        """The earliest sample, without a break up to now, in which the text already stood."""
        start = self._history[-1].span.start
        for sample in list(self._history)[-2::-1]:
            if patch.state(sample.grey) is not State.SAME:
                break
            start = sample.span.start
        return start

    def _close(self, track: Track, now: int) -> None:
        end = track.gone if track.gone is not None else track.unsure
        end = now if end is None else min(end, now)
        if end > track.start:
            self._shown.append(Shown(track.line, Span(track.start, end)))


def read_closely(frames: Iterable[Frame], reader: TextReader) -> list[Percept]:
    """Read every picture that differs from the one before, at full size.

    Finds small and brief text that sampling missed. Spans are as tight as the frames are dense.

    Raises:
        ModelFailed: the reader refused a picture.
    """
    closely = Parameters(text_side=FULL_SIDE, text_seconds=0.0)
    tracker = TextTracker(reader, closely, grey_side=FULL_SIDE, every_change=True)
    end = 0
    for frame in frames:
        tracker.see(Frame(frame.span, _enlarged(frame.image)), is_cut=False)
        end = frame.span.end
    return tracker.finish(end)


def _enlarged(image: Image) -> Image:
    if max(image.shape[:2]) > SMALL_SIDE:
        return shrunk(image, FULL_SIDE)
    return np.asarray(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
