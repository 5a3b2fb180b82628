from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agents.models.embedded import graphs
from agents.models.embedded.everyday_words import Vocabulary, labels_from, load_vocabulary
from memory.records import Vector


@pytest.fixture(scope="module")
def words(models_cache: Path) -> Vocabulary:
    path = models_cache / graphs.FOLDER / graphs.CLASSES
    return load_vocabulary(path.read_text(encoding="utf-8").splitlines())


def belief(words: Vocabulary, **classes: float) -> Vector:
    """Scores with the given classes; the rest is spread over all others."""
    scores = np.full(1000, (1 - sum(classes.values())) / (1000 - len(classes)), dtype=np.float32)
    for name, value in classes.items():
        scores[words.class_names.index(name.replace("_", " "))] = value
    return scores


@pytest.mark.parametrize(
    ("index", "first", "among"),
    [
        (0, "tench", "fish"),
        (2, "great white shark", "shark"),
        (8, "hen", "chicken"),
        (11, "goldfinch", "bird"),
        (24, "great grey owl", "owl"),
        (31, "tree frog", "frog"),
        (37, "box turtle", "turtle"),
        (62, "rock python", "snake"),
        (75, "black widow", "spider"),
        (89, "sulphur-crested cockatoo", "parrot"),
        (130, "flamingo", "bird"),
        (145, "king penguin", "penguin"),
        (151, "Chihuahua", "dog"),
        (268, "Mexican hairless", "dog"),
        (270, "white wolf", "wolf"),
        (281, "tabby", "cat"),
        (285, "Egyptian cat", "cat"),
        (291, "lion", "big cat"),
        (296, "ice bear", "bear"),
        (301, "ladybug", "insect"),
        (323, "monarch", "butterfly"),
        (341, "hog", "pig"),
        (386, "African elephant", "elephant"),
        (388, "giant panda", "panda"),
        (404, "airliner", "plane"),
        (468, "cab", "taxi"),
        (487, "cellular telephone", "phone"),
        (620, "laptop", "computer"),
        (671, "mountain bike", "bike"),
        (717, "pickup", "lorry"),
        (779, "school bus", "bus"),
        (831, "studio couch", "sofa"),
        (889, "violin", "musical instrument"),
        (898, "water bottle", "bottle"),
        (920, "traffic light", "traffic light"),
        (948, "Granny Smith", "apple"),
        (954, "banana", "fruit"),
        (980, "volcano", "mountain"),
        (985, "daisy", "flower"),
        (999, "toilet tissue", "bathroom"),
    ],
)
def test_everyday_words_of_a_class(words: Vocabulary, index: int, first: str, among: str) -> None:
    assert words.class_words[index][0] == first
    assert among in words.class_words[index]


def test_words_go_from_narrow_to_wide(words: Vocabulary) -> None:
    tabby = words.class_words[281]
    order = [tabby.index(word) for word in ("tabby", "cat", "pet", "mammal", "animal")]
    assert order == sorted(order)


def test_all_living_things_are_animals_and_no_others(words: Vocabulary) -> None:
    animals = next(thing.classes for thing in words.things if thing.name == "animal")
    assert animals - {973} == frozenset(range(398))


def test_scientific_names_are_left_out(words: Vocabulary) -> None:
    assert not any("Panthera" in word for all_words in words.class_words for word in all_words)


def test_belief_spread_over_breeds_adds_up(words: Vocabulary) -> None:
    scores = belief(words, tabby=0.17, tiger_cat=0.29, Egyptian_cat=0.28)
    (label, *rest) = labels_from(words, scores)
    assert label.name == "cat"
    assert label.words[:1] == ("cat",)
    assert "animal" in label.words
    assert label.confidence == pytest.approx(0.74, abs=0.01)
    assert not rest


def test_a_likely_class_is_named_itself_and_spares_the_wider_words(words: Vocabulary) -> None:
    assert [label.name for label in labels_from(words, belief(words, lion=0.9))] == ["lion"]


def test_wider_thing_is_named_beside_a_class_that_explains_half(words: Vocabulary) -> None:
    named = {
        label.name for label in labels_from(words, belief(words, moped=0.45, motor_scooter=0.3))
    }
    assert {"motorcycle", "moped"} <= named


def test_a_flat_picture_is_nothing(words: Vocabulary) -> None:
    assert labels_from(words, np.full(1000, 0.001, dtype=np.float32)) == ()


def test_belief_is_corrected_for_chance(words: Vocabulary) -> None:
    # .45 of it lies on animals, but so do four classes in ten
    scores = belief(words, bubble=0.2)
    scores[:398] *= 1.4
    assert labels_from(words, scores) == ()
