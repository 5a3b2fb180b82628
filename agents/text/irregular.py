"""English verbs whose past a stemmer cannot reach: "bought" is found by "buy"."""

from __future__ import annotations

from functools import lru_cache

_VERBS = """
beat beaten|become became|begin began begun|bend bent|bite bit bitten|blow blew blown|
break broke broken|bring brought|build built|burn burnt|buy bought|catch caught|
choose chose chosen|come came|creep crept|deal dealt|dig dug|draw drew drawn|dream dreamt|
drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feed fed|feel felt|
fight fought|find found|flee fled|fly flew flown|forbid forbade forbidden|
forget forgot forgotten|forgive forgave forgiven|freeze froze frozen|give gave given|
go went gone|grow grew grown|hang hung|hear heard|hide hid hidden|hold held|keep kept|
know knew known|lay laid|lead led|lean leant|leap leapt|learn learnt|lend lent|light lit|
lose lost|make made|mean meant|meet met|pay paid|ride rode ridden|ring rang rung|
rise rose risen|run ran|say said|see saw seen|seek sought|sell sold|send sent|sew sewn|
shake shook shaken|shine shone|shoot shot|show shown|shrink shrank shrunk|sing sang sung|
sink sank sunk|sit sat|sleep slept|slide slid|smell smelt|speak spoke spoken|speed sped|
spell spelt|spend spent|spill spilt|spin spun|stand stood|steal stole stolen|stick stuck|
sting stung|strike struck|swear swore sworn|sweep swept|swell swollen|swim swam swum|
swing swung|take took taken|teach taught|tear tore torn|tell told|think thought|
throw threw thrown|understand understood|wake woke woken|wear wore worn|weave wove woven|
weep wept|win won|withdraw withdrew withdrawn|write wrote written
"""


@lru_cache(maxsize=1)
def _bases() -> dict[str, str]:
    rows = (row.split() for row in _VERBS.replace("\n", "").split("|"))
    return {form: base for base, *forms in rows for form in forms}


def base(word: str) -> str:
    """The base of a past form, any other word as it is.

    Forms that are other words more often ("left") are left out.
    """
    return _bases().get(word, word)
