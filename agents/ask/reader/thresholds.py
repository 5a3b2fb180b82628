"""Every threshold of the symbolic readers, with what it was set on.

All were set by hand, none was fitted. What is called answered is decided apart from them, by a fit
that is judged on other clips (`agents/ask/ranking/`, `data/results/reader.md`): that a rule settled
or proved something is one feature among others there.
"""

from __future__ import annotations

from memory.records import SECOND

# --- shares of the question's words, 0 to 1 ----------------------------------------------------

PROVEN = 0.6
"""Weighted share of a question's other words that must be there with a thing that is counted."""

ALL_THERE = 0.9
"""Share that counts as all words: it proves a yes."""

FOUND = 0.6
"""Share of the words of a named event or choice that a row must hold to be it."""

MARGIN = 0.2
"""By how much the best choice must lead the next to be proven."""

# --- text and geometry -------------------------------------------------------------------------

LARGEST = 0.95
"""Part of the tallest line's height from which a line is a title and not one of the lines below."""

UNSPLIT = 5
"""Least letters of a word that is also found where a misreading has split it."""

APART = 0.2
"""How much further right than an item, as a part of the picture, another is of another list."""

SAME_PLACE = 0.4
"""Overlap of two boxes from which they hold one line, read twice."""

SEEN_SO = 0.7
"""Confidence of what was seen in the role that is asked for."""

SIGN_WORDS = 3
"""Most words of each line where lines break for want of room, as on a sign."""

MOST_WORDS = 25
"""Words that are quoted at most."""

# --- times, microseconds -----------------------------------------------------------------------

SLACK = SECOND // 2
"""How far apart rows may be and still be of one moment."""

SPOKEN_AROUND = 2 * SECOND
"""How far away speech may lie that introduces what is shown."""

STANDS_FOR = 3 * SECOND
"""How much after a picture is shown as evidence for it."""

MOST_CUES = 6
"""Subtitles that are told of one time; a longer time has more than an answer holds."""

# --- counts ------------------------------------------------------------------------------------

MOST_MOMENTS = 3
"""Moments that an answer to a question with a picture names."""
SHOWN_PARTS = 4
"""Scenes that are shown beside what is told of a whole video."""
UNMEASURED = 0.5
"""Probability of an answer to a kind of question that was never measured."""
