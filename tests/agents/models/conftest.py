from __future__ import annotations

from tests.default_models import models_cache

__all__ = ["models_cache"]
