"""People in the pictures of a window, where they are asked for."""

from __future__ import annotations

from functools import partial

from agents.models.ports import Models
from agents.perception.people.faces import EVERY, face_percepts, faces_in
from agents.perception.people.looks import Looks
from agents.perception.records import Frame, Parameters, Percept, Thumb


class People:
    """The people in a window's pictures, which come in order of time."""

    def __init__(self, models: Models, parameters: Parameters) -> None:
        finder = models.face_finder
        self._finder = finder.name
        self._faces = Looks(partial(faces_in, finder=finder), EVERY) if parameters.faces else None

    def see(self, frame: Frame, thumb: Thumb, is_cut: bool) -> None:
        """Take in an examined picture."""
        if self._faces is not None:
            self._faces.see(frame, thumb, is_cut)

    def finish(self, end: int) -> list[Percept]:
        """A percept for each stretch in which something is so; `end` is the window's."""
        if self._faces is None:
            return []
        return face_percepts(self._faces.finish(end), self._finder)
