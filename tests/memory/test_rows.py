"""Mappings of records are JSON text in a store, and come back as they were."""

from __future__ import annotations

import json
from dataclasses import replace

from memory.details import Details, Media, WindowReport
from memory.lance import rows
from memory.records import Kind, Run
from tests.rows import row, text
from tests.store_rows import video, window

DETAILS: Details = {
    "labels": [("teddy bear", 0.9), ("cockatoo", 0.25)],
    "colours": [("grey", 0.5), ("red", 0.2)],
    "found": [
        {
            "name": "person",
            "words": ["person", "human"],
            "confidence": 0.8,
            "box": [0.1, 0.2, 0.5, 0.9],
            "colours": ["red"],
        }
    ],
    "known_at": 7_000_000,
}
MEDIA: Media = {"media": "video", "fps": 29.97, "audio": True, "notes": ["café.srt: read"]}
REPORT: WindowReport = {
    "cuts": [1, 5],
    "samples": [(5, 0.5, 0.25, ["red", "black"])],
    "end": 9,
    "told": {"captions": 1, "facts": [], "failed": ["no reply"]},
}


def test_mappings_come_back_as_they_were() -> None:
    one = replace(row(Kind.KEYFRAME, 0, 1, "x"), details=DETAILS, created_at="1")
    assert rows.to_memory(rows.memory_row(one)) == one
    lines = replace(text(0, 1, "Agenda\n9:30"), created_at="1")
    assert rows.to_memory(rows.memory_row(lines)) == lines
    film = replace(video(), media=MEDIA, active_parameters={"pipeline": "4", "faults": ["x"]})
    assert rows.to_video(rows.video_row(film)) == film
    done = replace(window(), report=REPORT)
    assert rows.to_window(rows.window_row(done)) == done
    run = Run("r", "t", ("v",), "why?", {"answer": 'it\'s "so"', "rounds": [1.5, None]}, "1")
    assert rows.to_run(rows.run_row(run)) == run


def test_rows_of_older_stores_are_read() -> None:
    """As they were written when records held text: in any order, with or without escapes."""
    old = rows.memory_row(row(Kind.OBJECTS, 0, 1, "x"))
    old["details"] = '{"labels": [["teddy bear", 0.9]], "colours": [["grey", 0.5]], "later": [1]}'
    details = rows.to_memory(old).details
    assert details.get("labels") == [("teddy bear", 0.9)]
    assert details.get("colours") == [("grey", 0.5)]
    assert dict(details)["later"] == [1], "what this version does not know is kept"
    assert rows.to_memory({**old, "details": "{}"}).details == {}
    film = rows.video_row(video())
    film["media"] = json.dumps({"media": "video", "notes": ["caf\u00e9 \udce9"]})
    assert rows.to_video(film).media.get("notes") == ["café \udce9"]
    ledger = rows.window_row(window()) | {"report": '{"samples": [[5, 0.5, 0.25, ["red"]]]}'}
    assert rows.to_window(ledger).report == {"samples": [(5, 0.5, 0.25, ["red"])]}


def test_records_with_mappings_can_stand_in_sets() -> None:
    one = row(Kind.OBJECTS, 0, 1, "x")
    assert len({one, replace(one, details=DETAILS), video(), video(), window(), window()}) == 4
