from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from agents.errors import ModelMissing
from agents.models.embedded.weights import EFFICIENTNET, MINILM, locate, read_member, read_verified


@pytest.mark.parametrize("weights", [MINILM, EFFICIENTNET])
def test_packaged_weights_are_found_and_are_the_published_ones(weights: object) -> None:
    assert weights in (MINILM, EFFICIENTNET)
    assert len(read_verified(weights)) > 10_000_000  # pyright: ignore[reportArgumentType]


def test_packages_are_not_imported() -> None:
    code = (
        "import sys; from agents.models.embedded.weights import *; locate(MINILM); "
        "locate(EFFICIENTNET); print([m for m in sys.modules if 'minilm' in m.lower() "
        "or m.startswith('efficientnet')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['agents.models.embedded.minilm']" or done.stdout.strip() == "[]"


def test_absent_package_says_what_to_install() -> None:
    with pytest.raises(ModelMissing, match="no-such-package is not installed") as caught:
        locate(replace(MINILM, package="no-such-package"))
    assert "pip install" in caught.value.hint


def test_package_without_the_file() -> None:
    with pytest.raises(ModelMissing, match=r"holds no absent\.zip"):
        locate(replace(MINILM, file="absent.zip"))


def test_other_bytes_are_refused() -> None:
    with pytest.raises(ModelMissing, match="not the expected ones"):
        read_verified(replace(EFFICIENTNET, sha256="0" * 64))


def test_missing_member_is_refused() -> None:
    with pytest.raises(ModelMissing, match=r"cannot read absent\.bin"):
        read_member(MINILM, "absent.bin")
