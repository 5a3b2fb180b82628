"""People in the pictures of a window, where they are asked for."""

from __future__ import annotations

from functools import partial

from agents.models.ports import Models
from agents.perception.people.faces import EVERY, face_percepts, faces_in
from agents.perception.people.looks import Looks
from agents.perception.people.poses import bodies_in, pose_percepts
from agents.perception.records import Frame, Parameters, Percept, Thumb


class People:
    """The people in a window's pictures, which come in order of time."""

    def __init__(self, models: Models, parameters: Parameters) -> None:
        finder, reader = models.face_finder, models.pose_reader
        self._models = models
        self._faces = Looks(partial(faces_in, finder=finder), EVERY) if parameters.faces else None
        look = partial(bodies_in, recogniser=models.recogniser, reader=reader)
        self._bodies = Looks(look) if parameters.poses else None

    def see(self, frame: Frame, thumb: Thumb, is_cut: bool) -> None:
        """Take in an examined picture."""
        if self._faces is not None:
            self._faces.see(frame, thumb, is_cut)
        if self._bodies is not None:
            self._bodies.see(frame, thumb, is_cut)

    def finish(self, end: int) -> list[Percept]:
        """A percept for each stretch in which something is so; `end` is the window's."""
        made: list[Percept] = []
        if self._faces is not None:
            made += face_percepts(self._faces.finish(end), self._models.face_finder.name)
        if self._bodies is not None:
            made += pose_percepts(self._bodies.finish(end), self._models.pose_reader.name)
        return made
