"""Errors of the agents layer.

    AgentsError
    |-- MediaError               the input cannot be used
    |   |-- UnreadableMedia      missing, empty, not permitted, not media, or broken from the start
    |   `-- NothingToPerceive    readable, but it holds neither picture nor sound
    |-- ModelError               a model could not be loaded or answered wrongly
    |   |-- ModelMissing         weights or an optional package are not there
    |   `-- ModelFailed          it ran and failed (after its one repair round, where it has one)
    |       `-- ModelsGone       a question was not answered because its models failed
    |-- UsageError               a name, a time or a combination of flags that cannot be used
    |-- QuestionError            the question cannot be worked on (empty, only stop words)
    `-- BudgetExhausted          a hard limit was reached; what is known so far is kept

Each message says what happened, with the value, and what to do next.
"""

from __future__ import annotations

from memory.errors import MemoryLayerError


class AgentsError(Exception):
    """Base of all errors of this layer; `code` is stable for scripts, `hint` says what to do."""

    code = "agents_error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class MediaError(AgentsError):
    """The input file cannot be used."""

    code = "media_error"


class UnreadableMedia(MediaError):
    """The file is missing, empty, not permitted, not media, or broken from the start."""

    code = "unreadable_media"


class NothingToPerceive(MediaError):
    """The file is readable but holds neither picture nor sound."""

    code = "nothing_to_perceive"


class ModelError(AgentsError):
    """A model could not be loaded or answered wrongly."""

    code = "model_error"


class ModelMissing(ModelError):
    """Weights or an optional package are not there."""

    code = "model_missing"


class ModelFailed(ModelError):
    """The model ran and failed."""

    code = "model_failed"


class ModelsGone(ModelFailed):
    """A question was not answered, and models that were to answer it failed."""

    code = "models_gone"


class UsageError(AgentsError):
    """What was typed cannot be used."""

    code = "usage"


class QuestionError(AgentsError):
    """The question cannot be worked on."""

    code = "question_error"


class BudgetExhausted(AgentsError):
    """A hard limit was reached."""

    code = "budget_exhausted"


KNOWN_ERRORS = (AgentsError, MemoryLayerError, OSError)
"""What input, models, stores and disks do wrong; anything else is a bug."""


def error_json(error: BaseException) -> dict[str, str]:
    """An error as the documented object: a stable code, the message and what to do."""
    return {
        "code": str(getattr(error, "code", "system_error")),
        "message": " ".join(str(error).split()) or type(error).__name__,
        "hint": str(getattr(error, "hint", "")),
    }
