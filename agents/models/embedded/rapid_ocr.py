# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# rapidocr is typed only in part: its results are untyped arrays.
"""Reads text in pictures with RapidOCR and the PP-OCRv6 small models inside its package."""

from __future__ import annotations

import logging
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.errors import ModelFailed, ModelMissing
from agents.models.embedded.graphs import open_session
from agents.models.ports import Image, TextLine
from agents.models.turned import levelled, upside_down

if TYPE_CHECKING:
    from rapidocr import RapidOCR

Box = tuple[float, float, float, float]
_Reading = tuple[str, float]

DETECTION, RECOGNITION = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
LONGEST_SIDE = 1280
"""Pixels: a larger picture is reduced to this before text is looked for."""
SMALLEST_SIDE = 16
"""Pixels: nothing can be read in a picture that is narrower or lower."""
STRIP, STRIP_HEIGHT = 8, 30
"""A picture more times wider than high, or of fewer pixels in height, is padded by the engine."""
GRAIN = 32
"""Pixels: the detector takes pictures whose sides are multiples of this."""
LEAST_CONFIDENCE = 0.6
LEAST_LONE_CONFIDENCE = 0.95
"""For a line of one character: icons are often mistaken for letters."""
TALL = 1.5
"""A box this many times higher than wide is read as turned by 90 degrees, either way."""
SURE = 0.9
"""Confidence below which a line is read again, turned, and from which such a reading counts: no
upright line of 150 in six fonts, blurred ones among them, was read below .95, and only one in fifty
of them turned upside down from .9 on (`data/results/screen_text.md`)."""
HIGH = 6.0
"""Height of a box by the width that each letter has in it, from which the line may be slanted, as
then some letters are lost however sure the reading is; no upright line of 506 in real clips had
more than 5.3."""
LINE_SHAPE = 2.0
"""A box this many times wider than high may hold a line that is upside down."""


class RapidOcrReader:
    """PP-OCRv6 small (detection and recognition) in onnxruntime; text turned any way.

    What is tall is read upwards and downwards, what is read unsurely also upside down and level.
    The caller decides the size at which text is looked for by the size of the picture it hands in.
    """

    def __init__(self, threads: int = 2) -> None:
        try:
            self.name = f"rapidocr-{version('rapidocr')}/PP-OCRv6-small"
        except PackageNotFoundError as error:
            raise ModelMissing(
                "the package rapidocr is not installed", "install the requirements again"
            ) from error
        self._threads = threads
        # the engine keeps settings of the picture that it is at
        self._alone = threading.Lock()

    def find(self, image: Image) -> list[Box]:
        """Boxes that hold text, in reading order, as fractions of the picture.

        Raises:
            ModelFailed: the runtime refused the picture.
        """
        height, width = image.shape[:2]
        if min(height, width) < SMALLEST_SIDE:
            return []
        try:
            with self._alone:
                found = self._detected(image)
        except Exception as error:  # onnxruntime raises its own untyped errors
            raise ModelFailed(f"text detection failed: {error}") from error
        return [_box(each, width, height) for each in found]

    def read(self, image: Image, boxes: Sequence[Box] | None = None) -> list[TextLine]:
        """Read the lines in `boxes`, or all lines, in reading order; the illegible is left out.

        Raises:
            ModelFailed: the runtime refused the picture.
        """
        places = self.find(image) if boxes is None else list(boxes)
        pieces = [(box, crop) for box in places if (crop := _crop(image, box)) is not None]
        if not pieces:
            return []
        try:
            with self._alone:
                read = self._surest([crop for _, crop in pieces])
        except Exception as error:  # onnxruntime raises its own untyped errors
            raise ModelFailed(f"text recognition failed: {error}") from error
        lines = [
            TextLine(_clean(text), score, box)
            for (box, _), (text, score) in zip(pieces, read, strict=True)
        ]
        return [line for line in lines if _is_legible(line)]

    def _surest(self, crops: Sequence[_Crop]) -> list[_Reading]:
        """The surest reading of each line, among those of the ways in which it may be turned."""
        best = self._recognised([crop.picture for crop in crops])
        ways = [
            (at, way)
            for at, (crop, reading) in enumerate(zip(crops, best, strict=True))
            for way in _turned(crop, reading)
        ]
        for (at, _), other in zip(ways, self._recognised([way for _, way in ways]), strict=True):
            least = best[at][1] if crops[at].is_tall else max(SURE, best[at][1])
            if other[1] > least:
                best[at] = other
        return best

    def _recognised(self, pictures: Sequence[Image]) -> list[_Reading]:
        """What each picture of one line says, and how sure that is."""
        if not pictures:
            return []
        result = self._engine.recognize_txt(list(pictures))
        texts, scores = result.txts or (), result.scores or ()
        return [(text, float(score)) for text, score in zip(texts, scores, strict=True)]

    def _detected(self, image: Image) -> NDArray[np.float64]:
        """Corners of boxes in pixels, shape (boxes, 4, 2).

        The engine would prepare the picture in double precision and cut every box out, which
        takes a tenth of the time of detection; only strips, which it pads, are left to it.
        """
        import cv2

        height, width = image.shape[:2]
        detector = self._engine.text_det
        if width > STRIP * height or height < STRIP_HEIGHT or detector is None:
            found = self._engine(_bgr(image), use_det=True, use_cls=False, use_rec=False)
            boxes = getattr(found, "boxes", None)
            return _corners(() if boxes is None else boxes)
        scale = min(1.0, LONGEST_SIDE / max(height, width))
        size = [max(GRAIN, round(int(side * scale) / GRAIN) * GRAIN) for side in (width, height)]
        # the models were trained on pictures as OpenCV loads them
        blob = cv2.dnn.blobFromImage(
            cv2.resize(image, size), 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True
        )
        boxes, _ = detector.postprocess_op(detector.session(blob), (height, width))
        return _corners(detector.sorted_boxes(boxes) if len(boxes) else ())

    @cached_property
    def _engine(self) -> RapidOCR:
        import rapidocr
        from omegaconf import flag_override

        engine = rapidocr.RapidOCR(
            params={
                # it logs "nothing found" as a warning
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "Det.limit_type": "max",
                "Det.limit_side_len": LONGEST_SIDE,
                # on a CPU a batch only adds padding
                "Rec.rec_batch_num": 1,
                # short lines are padded to this width, which costs as much as letters do
                "Rec.rec_img_shape": [3, 48, 160],
            }
        )
        # it has no parameter for the threads' waiting, but takes sessions that are open already
        models = Path(rapidocr.__file__).parent / "models"
        with flag_override(engine.cfg, "allow_objects", True):
            engine.cfg.Det.session = open_session(models / DETECTION, self._threads)
            engine.cfg.Rec.session = open_session(models / RECOGNITION, self._threads)
        logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
        return engine


def _corners(boxes: Sequence[object] | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(boxes, dtype=np.float64).reshape(-1, 4, 2)


def _bgr(image: Image) -> Image:
    # the models were trained on pictures as OpenCV loads them
    return np.ascontiguousarray(image[:, :, ::-1])


def _box(corners: NDArray[np.float64], width: int, height: int) -> Box:
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    return (
        float(max(left, 0) / width),
        float(max(top, 0) / height),
        float(min(right + 1, width) / width),
        float(min(bottom + 1, height) / height),
    )


@dataclass(frozen=True, slots=True)
class _Crop:
    """A line cut out as the models take it; a tall one lies on its side."""

    picture: Image
    is_tall: bool


def _turned(crop: _Crop, first: _Reading) -> list[Image]:
    """Other ways in which a line may have to be turned, after a first reading."""
    text, score = first
    if crop.is_tall:
        return [upside_down(crop.picture)]
    height, width = crop.picture.shape[:2]
    unsure = score < SURE
    over = upside_down(crop.picture) if unsure and width >= LINE_SHAPE * height else None
    may_slant = unsure or height * len(text) >= HIGH * width
    level = levelled(crop.picture) if may_slant else None
    return [way for way in (over, level) if way is not None]


def _crop(image: Image, box: Box) -> _Crop | None:
    height, width = image.shape[:2]
    left, right = round(box[0] * width), round(box[2] * width)
    top, bottom = round(box[1] * height), round(box[3] * height)
    if right - left < 3 or bottom - top < 3:
        return None
    crop = image[max(top, 0) : bottom, max(left, 0) : right]
    is_tall = crop.shape[0] >= TALL * crop.shape[1] and crop.shape[0] > 3 * SMALLEST_SIDE
    return _Crop(_bgr(np.rot90(crop) if is_tall else crop), is_tall)


def _clean(text: str) -> str:
    """Text as it is shown: NFKC would make 106 of 10⁶; searching normalises for itself."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _is_legible(line: TextLine) -> bool:
    if not any(letter.isalnum() for letter in line.text):
        return False
    lone = len(line.text) == 1
    return line.confidence >= (LEAST_LONE_CONFIDENCE if lone else LEAST_CONFIDENCE)
