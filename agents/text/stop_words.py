"""English words that carry no content; apart, so that who only leaves them out loads no stemmer."""

from __future__ import annotations


def listed(text: str) -> list[str]:
    """The words of a constant that is written as one text."""
    return text.split()


STOP_WORDS = frozenset(
    listed(
        """a about above across again against ago all along also am an and another any anybody
        anyone anything are aren't around as at away be been behind being below beneath beside
        both but by can can't cannot could couldn't did didn't do does doesn't doing don't
        done down each either else ever every everybody everyone everything exactly for from
        get gets got had has hasn't have haven't having he her here hers herself him himself
        his how i if in inside into is isn't it its itself just less let like many may me
        might more most much must my near no nobody nor not nothing of off on once one's only
        onto or other others our out outside over own past per please quite rather really
        right same shall she should so some somebody someone something such than that the
        their them themselves then there these they thing things this those through to too
        toward towards under until up upon us very via was wasn't we were weren't what when
        where whether which who whole whom whose why will with within without would you your"""
    )
)
"""Words that carry no content in a question or an answer."""
