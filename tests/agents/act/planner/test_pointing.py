"""Pictures and boxes as inputs of goals: "like this one", "this person", "this background"."""

from __future__ import annotations

import pytest

from agents.act.planner.embedded import EmbeddedPlanner
from agents.act.planner.reading import NotPlanned
from agents.tools.assets import Asset, MediaKind
from tests.agents.act.planner.goals import CAT, CLIP, DOG, asset, chain, goal, problems, registry

ROOM = asset("room.jpg", MediaKind.IMAGE, width=640, height=360, has_picture=True)
FACE = asset("face.png", MediaKind.IMAGE, width=100, height=200, has_picture=True)
GIVEN = (DOG, CAT, ROOM, FACE)
SILENT = asset("walk.mp4", MediaKind.VIDEO, **CLIP)


def planned(text: str, *media: Asset) -> list[str]:
    plan = EmbeddedPlanner().plan(goal(text, *media), registry())
    assert problems(plan, GIVEN) == []
    return chain(plan, GIVEN)


@pytest.mark.parametrize(
    ("text", "media", "expected"),
    [
        ("keep every moment like this one", (DOG, FACE),
         ["find_like dog.mp4 face.png", "keep_moments dog.mp4 <find_like_1"]),
        ("find all shots that look like this picture and join them", (DOG, FACE),
         ["find_like dog.mp4 face.png", "keep_moments dog.mp4 <find_like_1"]),
        ("replace the background with this picture", (DOG, ROOM),
         ["find_things dog.mp4 person", "segment dog.mp4 <find_things_1",
          "replace_background dog.mp4 <segment_1 image room.jpg"]),
        ("put the person in front of this background", (DOG, ROOM),
         ["find_things dog.mp4 person", "segment dog.mp4 <find_things_1",
          "replace_background dog.mp4 <segment_1 image room.jpg"]),
        ("use this picture as the background", (DOG, ROOM),
         ["find_things dog.mp4 person", "segment dog.mp4 <find_things_1",
          "replace_background dog.mp4 <segment_1 image room.jpg"]),
        ("blur this person", (DOG, FACE),
         ["find_this dog.mp4 face.png person", "blur_boxes dog.mp4 <find_this_1"]),
        ("pixelate the person in face.png", (DOG, FACE),
         ["find_this dog.mp4 face.png person", "blur_boxes dog.mp4 <find_this_1 pixelate"]),
        ("black out this man in cat.mp4", (DOG, CAT, FACE),
         ["find_this cat.mp4 face.png man", "blur_boxes cat.mp4 <find_this_1 black"]),
        ("follow this person in 9:16", (DOG, FACE),
         ["find_this dog.mp4 face.png person", "follow dog.mp4 <find_this_1 9:16"]),
        ("crop to 9:16 and follow the dog in face.png", (DOG, FACE),
         ["find_this dog.mp4 face.png dog", "follow dog.mp4 <find_this_1 9:16"]),
        ("put this person in front of room.jpg", (DOG, ROOM, FACE),
         ["find_this dog.mp4 face.png person", "segment dog.mp4 <find_this_1",
          "replace_background dog.mp4 <segment_1 image room.jpg"]),
        ("blur this person in the box 80x160+100+40 at 0:02", (DOG,),
         ["track_box dog.mp4 100 40 80 160 2", "blur_boxes dog.mp4 <track_box_1"]),
        ("follow the dog in 80x160+100+40 in 9:16", (DOG, FACE),
         ["track_box dog.mp4 100 40 80 160 0", "follow dog.mp4 <track_box_1 9:16"]),
        ("put this person in the box 80x160+100+40 in front of room.jpg", (DOG, ROOM),
         ["track_box dog.mp4 100 40 80 160 0", "segment dog.mp4 <track_box_1",
          "replace_background dog.mp4 <segment_1 image room.jpg"]),
        ("blur the box 80x160+100+40 from 0:02 to 0:04", (DOG,),
         ["blur_region dog.mp4 100 40 80 160 2 4"]),
        ("black out the region 80x160+100+40", (DOG,),
         ["blur_region dog.mp4 100 40 80 160 black"]),
        # what nothing points at means what it meant before
        ("follow the dog in 9:16", (DOG, FACE),
         ["find_things dog.mp4 dog", "follow dog.mp4 <find_things_1 9:16"]),
        ("put the dog in front of room.jpg", (DOG, ROOM),
         ["find_things dog.mp4 dog", "segment dog.mp4 <find_things_1",
          "replace_background dog.mp4 <segment_1 image room.jpg"]),
        ("blur the faces", (DOG, FACE), ["blur_faces dog.mp4"]),
    ],
)  # fmt: skip
def test_what_is_pointed_at_is_meant(
    text: str, media: tuple[Asset, ...], expected: list[str]
) -> None:
    assert planned(text, *media) == expected


@pytest.mark.parametrize(
    ("text", "media", "said"),
    [
        ("keep every moment like this one", (DOG,), "no picture was given"),
        ("keep every moment like this one", (DOG, ROOM, FACE), "2 pictures were given"),
        ("blur this person", (DOG,), "which person is meant is not clear"),
        ("blur this person", (DOG, ROOM, FACE), "which person is meant is not clear"),
        ("blur the person", (DOG, FACE), "which person is meant is not clear"),
        ("blur this person at 0:02", (DOG, FACE), "a time is said for what a picture shows"),
        ("follow this person", (DOG, FACE), "of which shape the frame is"),
        ("put this person in front of room.jpg", (DOG, ROOM), "which person is meant"),
        ("replace the background with this picture", (DOG, ROOM, FACE), "2 pictures were given"),
        ("blur this person in the box 100, 40, 80, 160", (DOG,), ""),
        ("blur this person", (DOG, CAT, FACE), "which of dog.mp4, cat.mp4 is meant"),
    ],
)
def test_what_may_mean_several_is_asked_about(
    text: str, media: tuple[Asset, ...], said: str
) -> None:
    with pytest.raises(NotPlanned) as refused:
        planned(text, *media)
    assert said in str(refused.value) and refused.value.hint
