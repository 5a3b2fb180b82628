"""Questions about what is shown: name the thing of the asked-for type, or its colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.ask.answer import Cited, Context, Draft
from agents.ask.plan import Asked, Plan
from agents.ask.reader.detections import read_colour
from agents.ask.reader.thresholds import PROVEN, RELATED, RELATED_SURE, SURE_LABEL
from agents.ask.reader.units import (
    Unit,
    Weights,
    in_focus,
    meanwhile,
    things,
    wanted_words,
)
from agents.text.words import coverage, stem
from memory.records import Memory, Span

GENERIC = frozenset(
    [
        "object",
        "thing",
        "item",
        "animal",
        "creature",
        "vehicle",
        "food",
        "drink",
        "building",
        "place",
        "instrument",
        "person",
    ]
)
"""Types that a label proves by itself: the question's other words need no proof then."""
GENERIC_STEMS = frozenset(stem(word) for word in GENERIC)
WIDE = GENERIC | frozenset(
    "creature mammal pet device electronics sport equipment people human clothes clothing "
    "furniture appliance tableware toy tool fruit vegetable".split()
)
"""Words too wide to answer with where a narrower one is known."""
COLOUR_WORDS = frozenset(("colour", "color", "colours", "colors"))


@dataclass(frozen=True, slots=True)
class Named:
    """A label in a row, with the words for it and how sure the recogniser was."""

    name: str
    words: tuple[str, ...]
    confidence: float
    row: Memory

    @property
    def own(self) -> tuple[str, ...]:
        """The words from its name to the next label's, unless that only says what it is."""
        every = self.row.details.get("labels", [])
        names = {name for name, _ in every} - WIDE
        if self.name not in self.words:
            return self.words
        start = self.words.index(self.name)
        later = [i for i, word in enumerate(self.words) if i > start and word in names]
        return self.words[start : min(later, default=len(self.words))]


Relate = Callable[[str, Sequence[str]], list[float]]
"""How near in meaning each of some words is to a question, by cosine similarity."""


def read_things(plan: Plan, context: Context, relate: Relate) -> Draft:
    """The likeliest label of the asked-for type that the question does not name itself.

    A label of no asked-for type is proven when it is sure and near in meaning to the question:
    "coffee" answers "what is in the cup?", "rocket" does not.
    """
    rows = in_focus(context.rows, context.focus)
    if plan.target.split()[-1:] and plan.target.split()[-1] in COLOUR_WORDS:
        return _colour(plan, context, rows)
    named = [label for unit in things(rows) for label in labels_of(unit)]
    if not named:
        return Draft(None, reason="nothing was recognised there")
    typed = [n for n in named if _is_a(n.own, plan.target)]
    typed = typed or [n for n in named if _is_a(n.words, plan.target)]
    said = " ".join((*plan.terms, plan.target, plan.anchor.text if plan.anchor else ""))
    fresh = [label for label in (typed or named) if coverage(label.name.split(), said) < 1]
    if not fresh:
        return Draft(None, reason="only what the question itself names was recognised")
    weights = Weights(wanted_words(plan), context.rows)
    fresh = [label for label in fresh if label.name not in WIDE] or fresh
    best = max(fresh, key=lambda n: _worth(n, context, weights))
    share = weights.share(meanwhile(best.row, context.rows))
    proves = bool(typed) and best.confidence >= SURE_LABEL and (share >= PROVEN or _generic(plan))
    proves = proves or (not plan.target and share >= PROVEN and best.confidence >= SURE_LABEL)
    if not proves and not typed and not plan.target and plan.asked is not Asked.WHO:
        best, near = _nearest(fresh, plan, relate)
        proves = near >= RELATED and best.confidence >= RELATED_SURE
        share = max(share, near)
    tie = "" if proves else ", but nothing ties it to the question"
    reason = f"{best.name} was recognised with confidence {best.confidence:.2f}{tie}"
    cited = (Cited(best.row, _part(best.row, context)),)
    return Draft(spoken_name(best), cited, best.confidence * (0.5 + share / 2), proves, reason)


def _nearest(labels: Sequence[Named], plan: Plan, relate: Relate) -> tuple[Named, float]:
    """The label whose name and belief together fit the question best, and how near it is."""
    names = list(dict.fromkeys(label.name for label in labels))
    near = dict(zip(names, relate(plan.question, names), strict=True))
    best = max(labels, key=lambda n: (round(near[n.name] * n.confidence, 3), n.name))
    return best, near[best.name]


def labels_of(unit: Unit) -> list[Named]:
    """The labels of a row of recognised things, likeliest first."""
    words = tuple(unit.text.split("; "))
    labels = unit.row.details.get("labels", [])
    known = [(name, float(confidence)) for name, confidence in labels]
    if not known:
        return [Named(words[0], words, unit.row.confidence, unit.row)]
    return [Named(name, words, confidence, unit.row) for name, confidence in known]


def _is_a(words: Sequence[str], target: str) -> bool:
    """Whether the type is among the words for a thing."""
    if not target:
        return False
    noun = stem(target.lower().split()[-1])
    return any(stem(part) == noun for word in words for part in word.lower().split())


def _generic(plan: Plan) -> bool:
    nouns = plan.target.lower().split()[-1:]
    others = [term for term in plan.terms if term not in nouns]
    return bool(nouns) and stem(nouns[0]) in GENERIC_STEMS and len(others) <= 2


def _worth(label: Named, context: Context, weights: Weights) -> tuple[float, float, float, int]:
    """Fit of the moment first, then how much of it is in focus, then confidence, then time."""
    row = label.row
    fit = weights.share(meanwhile(row, context.rows))
    inside = _part(row, context).length / max(1, row.span.length)
    return (round(fit, 1), round(inside, 1), label.confidence, -row.span.start)


def _part(row: Memory, context: Context) -> Span:
    """The part of a row that lies in the focus; all of it where there is none."""
    parts = [row.span.clipped(span) for video, span in context.focus if video == row.video_id]
    return max((part for part in parts if part), key=lambda part: part.length, default=row.span)


def _colour(plan: Plan, context: Context, rows: Sequence[Memory]) -> Draft:
    """The colour of the named thing if it was found, else the picture's where it was perceived."""
    own = read_colour(plan, context)
    if own is not None and own.proven:
        return own
    nouns = [term for term in plan.terms if term not in COLOUR_WORDS]
    seen = [r for r in rows if r.kind.is_thing]
    for row in seen:
        colours = row.details.get("colours", [])
        there = coverage(nouns, meanwhile(row, context.rows)) if nouns else 0.0
        vivid = [c for c in colours if c[0] not in ("grey", "black", "white", "brown")] or colours
        if vivid and there >= 1:
            reason = f"{' '.join(nouns)} was perceived there"
            return Draft(str(vivid[0][0]), (Cited(row, row.span),), 0.5, True, reason)
    return Draft(None, reason=f"{' '.join(nouns) or 'the thing'} was not perceived")


def spoken_name(label: Named) -> str:
    """The name, with the common word for it behind: "a spaniel (dog)"."""
    at = label.words.index(label.name) if label.name in label.words else -1
    wider = [word for word in label.words[at + 1 :] if word not in WIDE and " " not in word]
    plain = at >= 0 and wider and wider[0] not in label.name
    return article(label.name) + (f" ({wider[0]})" if plain else "")


def article(name: str) -> str:
    """A name with "a" or "an" before it."""
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
