"""What every model that generates does: the double, and one behind the real protocol over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from agents.models.generators import (
    Generated,
    Generator,
    GeneratorSpec,
    NotGenerated,
    Order,
    Role,
    Terms,
    Watch,
    open_generators,
)
from agents.models.openai_compatible.endpoint import Endpoint, RetryPolicy
from agents.models.openai_compatible.generator import EndpointGenerator
from agents.tools.assets import asset_of
from tests.agents.tools.bench import counting, frames_of, photograph, picture_of, psnr
from tests.contracts.generators.server import painting
from tests.media import write_image

Make = Callable[[Role], Generator]
TERMS = Terms(usd=0.02, usd_second=0.1)


@pytest.fixture(params=["double", "endpoint"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Makes the generator of a role."""
    with ExitStack() as stack:
        server = stack.enter_context(painting(tmp_path)) if request.param == "endpoint" else None

        def made(role: Role) -> Generator:
            if server is None:
                return getattr(open_generators((GeneratorSpec(role, TERMS),)), role)
            retry = RetryPolicy(attempts=1, timeout=60)
            own = EndpointGenerator(role, Endpoint(server.url, "m", retry=retry), TERMS, poll=0.02)
            stack.callback(own.close)
            return own

        yield made


def kept(made: Generated, folder: Path) -> Path:
    path = folder / f"made{len(list(folder.iterdir()))}{made.suffix}"
    path.write_bytes(made.data)
    return path


def test_a_picture_is_of_its_words_and_size(make: Make, tmp_path: Path) -> None:
    painter = make("image_generator")
    orders = [Order(words, (320, 192)) for words in ("a red fox", "a red fox", "a blue boat")]
    made = [painter.generate(order, Watch()) for order in orders]
    one, same, other = (picture_of(kept(each, tmp_path)) for each in made)
    assert one.shape == (192, 320, 3)
    np.testing.assert_array_equal(one, same)
    assert psnr(one, other) < 20
    assert made[0].usd == pytest.approx(0.02)


def test_a_video_begins_with_its_picture(make: Make, tmp_path: Path) -> None:
    given = write_image(tmp_path / "cat.png", photograph("chelsea.png"))
    shown: list[float] = []
    order = Order("the cat looks up", (320, 208), 2.0, given)
    made = make("video_generator").generate(order, Watch(progress=shown.append))
    asset = asset_of(kept(made, tmp_path))
    assert (asset.facts.width, asset.facts.height) == (320, 208)
    assert asset.facts.seconds == pytest.approx(2.0, abs=0.1)
    assert made.usd == pytest.approx(0.22)
    means = [frame.mean(axis=(0, 1)) for frame in frames_of(asset.path)]
    assert np.abs(means[0] - picture_of(given).mean(axis=(0, 1))).max() < 25
    assert shown and all(0 <= share <= 1 for share in shown)


def test_an_edited_video_keeps_its_length_and_what_it_shows(make: Make, tmp_path: Path) -> None:
    given = counting(tmp_path / "given.mp4", 1.5)
    order = Order("at night", (320, 180), 1.5, given)
    made = make("video_editor").generate(order, Watch())
    asset = asset_of(kept(made, tmp_path))
    assert asset.facts.seconds == pytest.approx(1.5, abs=0.1)
    assert (asset.facts.width, asset.facts.height) == (320, 180)
    was, now = frames_of(given)[0], frames_of(asset.path)[0]
    assert 5 < psnr(was, now) < 30, "neither something else nor the same"
    assert np.corrcoef(was.ravel(), now.ravel())[0, 1] > 0.8


def test_it_stops_when_it_is_cancelled(make: Make, tmp_path: Path) -> None:
    given = write_image(tmp_path / "cat.png", photograph("chelsea.png"))
    order = Order("the cat looks up", (320, 208), 2.0, given)
    with pytest.raises(NotGenerated, match="cancelled"):
        make("video_generator").generate(order, Watch(cancelled=lambda: True))


def test_what_is_no_picture_makes_no_video(make: Make, tmp_path: Path) -> None:
    given = tmp_path / "words.png"
    given.write_text("no picture", encoding="utf-8")
    with pytest.raises(NotGenerated, match="is no picture"):
        make("video_generator").generate(Order("it moves", (320, 208), 2.0, given), Watch())


def test_more_bytes_than_are_allowed_are_not_handed_on(make: Make) -> None:
    order = Order("a red fox", (320, 192))
    size = len(make("image_generator").generate(order, Watch()).data)
    with pytest.raises(NotGenerated, match=f"has {size:,} bytes, and {size - 1:,} are") as caught:
        make("image_generator").generate(order, Watch(bytes=size - 1))
    assert caught.value.usd == pytest.approx(0.02), "it was made all the same"
