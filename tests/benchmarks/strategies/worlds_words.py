"""Words of the generated worlds. Frozen with tests/benchmarks/strategies/worlds.py."""

from __future__ import annotations

LOOKS = "tall old young bald cheerful limping bearded freckled masked shy stout weary elegant tiny"
WORK = (
    "baker pilot nurse tailor miner judge clerk diver painter farmer sailor jeweller plumber "
    "florist surgeon butcher drummer fencer gardener librarian mechanic porter astronomer referee "
    "translator welder beekeeper acrobat"
)
PEOPLE = [f"{look} {work}" for look in LOOKS.split() for work in WORK.split()]
PLACES = (
    "bridge cellar market tower harbour station chapel orchard library workshop balcony fountain "
    "stable attic greenhouse quarry lighthouse museum bakery courtyard ferry playground theatre "
    "vineyard kiosk warehouse cloister mill pier observatory"
).split()
DOING = (
    "waits rests walks talks sits stretches hums kneels paces chats leans yawns works looks about"
).split()
THINGS = (
    "lantern kettle ladder barrel mirror basket anchor ribbon trumpet candle hammer pillow "
    "umbrella compass violin bucket saddle parcel globe teapot"
).split()
COLOURS = "red blue green yellow orange purple white black pink brown".split()
GARMENTS = "scarf jacket waistcoat apron shawl jumper".split()
PATTERNS = "striped dotted chequered flowered plain quilted".split()
PICTURES = "owl crown tree fish star horse key wheel rose bell".split()
LABELS = "maple cobalt juniper onyx velvet saffron walnut copper indigo amber".split()
METALS = "silver brass golden tin bronze pewter".split()
BREAKING = [
    ("drops a plate", "dropping a plate"),
    ("breaks a vase", "breaking a vase"),
    ("rings a gong", "ringing a gong"),
    ("blows a whistle", "blowing a whistle"),
    ("throws a ball", "throwing a ball"),
    ("lights a torch", "lighting a torch"),
    ("waves a flag", "waving a flag"),
    ("cuts a cake", "cutting a cake"),
    ("stamps a letter", "stamping a letter"),
    ("opens a crate", "opening a crate"),
    ("kicks a stone", "kicking a stone"),
    ("winds a watch", "winding a watch"),
]
DEEDS = [
    ("wins the raffle", "won the raffle"),
    ("breaks the window", "broke the window"),
    ("finds the key", "found the key"),
    ("opens the gate", "opened the gate"),
    ("paints the fence", "painted the fence"),
    ("feeds the swans", "fed the swans"),
    ("repairs the clock", "repaired the clock"),
    ("loses the wallet", "lost the wallet"),
    ("signs the contract", "signed the contract"),
    ("climbs the wall", "climbed the wall"),
    ("sweeps the stairs", "swept the stairs"),
    ("moves the piano", "moved the piano"),
]
ANIMALS = [
    ("heron", "bird"),
    ("fox", "animal"),
    ("falcon", "bird"),
    ("badger", "animal"),
    ("tortoise", "reptile"),
    ("parrot", "bird"),
    ("goat", "animal"),
    ("lizard", "reptile"),
    ("peacock", "bird"),
    ("otter", "animal"),
    ("stork", "bird"),
    ("hedgehog", "animal"),
]
NEWS = [
    ("the meeting is moved to {day}", "which day is the meeting moved to"),
    ("the parade begins on {day}", "which day does the parade begin"),
    ("the doctor arrives on {day}", "which day does the doctor arrive"),
    ("the auction takes place on {day}", "which day does the auction take place"),
    ("the roof will be mended on {day}", "which day will the roof be mended"),
    ("the choir sings on {day}", "which day does the choir sing"),
    ("the shipment leaves on {day}", "which day does the shipment leave"),
    ("the exam is held on {day}", "which day is the exam held"),
]
DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
NEVER = "dragon submarine volcano helicopter iceberg pyramid robot snowplough".split()
SYNONYMS = (
    ("colour", "hue"),
    ("hold", "grip"),
    ("lantern", "lamp"),
    ("basket", "hamper"),
    ("parcel", "package"),
    ("pillow", "cushion"),
    ("bucket", "pail"),
    ("barrel", "cask"),
    ("candle", "taper"),
    ("jumper", "sweater"),
    ("carry", "carries", "bear", "bears"),
    ("say", "said", "tell", "told", "according"),
    ("number", "digits"),
    ("land", "alight"),
    ("bird", "heron", "falcon", "parrot", "peacock", "stork"),
    ("animal", "fox", "badger", "goat", "otter", "hedgehog"),
    ("reptile", "tortoise", "lizard"),
    *((now.split()[0], past.split()[0]) for now, past in DEEDS),
    *((now.split()[0], now.split()[0].removesuffix("s"), ing.split()[0]) for now, ing in BREAKING),
)
"""Words that a reader of English takes for related."""
