"""Every threshold of the symbolic readers, with what it was set on.

All were set by hand while looking at the questions on the evaluation clips, so the numbers in
`data/results/quality.md` do not prove them. None was fitted, and none was varied by itself unless
it says so. What is called answered is decided apart from them, by a fit that is judged on other
clips (`agents/ask/ranking/`, `data/results/reader.md`): that a reader drafted or proved something
is one feature among others there.
"""

from __future__ import annotations

from memory.records import SECOND

# --- shares of the question's words, 0 to 1 ----------------------------------------------------

PROVEN = 0.6
"""Weighted share of the wanted words that must be there together. Varied: with 0.5 and 0.4 (of
`VALUE_PROVEN`: 0.4) no answer changed but one near miss, so it was left alone."""

VALUE_PROVEN = 0.45
"""The same where a value of the asked-for type stands with the words: the type is evidence too.
Lowered from `PROVEN` for questions on text that were abstained from."""

ALL_THERE = 0.9
"""Share that counts as all words: it proves a yes, and a line that has no label beside it."""

LABELLED = 0.3
"""Share of the words beside a line from which they are its label."""

FOUND = 0.6
"""Share of the words of a named event or choice that a row must hold to be it."""

MARGIN = 0.2
"""By how much the best choice must lead the next to be proven."""

NEWS = 0.5
"""Share of a line's words that must be new to count as an answer rather than a repetition. Lowered
from 0.6, which refused lines of which half is the question's own words."""

AS_GOOD = 0.8
"""Part of the best line's share from which another line of the moment may be preferred to it."""

TIE = 0.01
"""Difference of shares within which rows fit alike; it absorbs rounding and nothing else."""

# --- belief of readings and recognitions, 0 to 1 -----------------------------------------------

LEGIBLE = 0.8
"""Least confidence of a reading that proves an answer; a worse one needs a closer look."""

SURE_LABEL = 0.35
"""Least confidence of a label that proves an answer of its type."""

RELATED = 0.38
"""Least cosine in MiniLM's space between a question and a label that proves itself by meaning, as
"coffee" does for "what is in the cup?". Set on that encoder: another one needs another number."""

RELATED_SURE = 0.45
"""Least confidence of such a label; more than `SURE_LABEL`, since no type speaks for it."""

NAMED = 0.95
"""Confidence in what lies beside an event that was found. Set so that it goes before what
other readers draft: the question asks for just that."""

# --- text and geometry -------------------------------------------------------------------------

SAME_TEXT = 85
"""Similarity (rapidfuzz, 0 to 100) from which two readings are one text, not an event and the next.
The ingest joins things over edges from the same number on."""

LARGEST = 0.95
"""Part of the tallest line's height from which a line is a title and not one of the lines below."""

TOP = 0.02
"""Fraction of the picture by which a title may stand lower than the highest line."""

UNSPLIT = 5
"""Least letters of a word that is also found where a misreading has split it."""

SIGN_WORDS = 3
"""Most words of each line where lines break for want of room, as on a sign."""

MOST_WORDS = 25
"""Words that are quoted at most."""

# --- times, microseconds -----------------------------------------------------------------------

EDGE = SECOND
"""How long a beginning or an end is cited: text is read once a second at most by default."""

NEXT_EDGE = 2 * SECOND
"""How much of what lies next to an event is cited."""

SLACK = SECOND // 2
"""How far apart rows may be and still be of one moment."""

SPOKEN_AROUND = 2 * SECOND
"""How far away speech may lie that introduces what is shown."""

STANDS_FOR = 3 * SECOND
"""How much after a picture is shown as evidence for it."""

# --- counts ------------------------------------------------------------------------------------

MOST_MOMENTS = 3
"""Moments that an answer to a question with a picture names."""
