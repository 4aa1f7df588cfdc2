#!/usr/bin/env python3
"""Writes field.jsonl: a small ledger as `prima dump` prints it, for `prima load` to read.

    python3 Examples/make_field.py > Examples/field.jsonl

Three agents share a room; one subject asks to be forgotten: its bodies are gone, its leaves and commitments stay.
"""

import hashlib
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests" / "Reader"))
from canonical import encode  # noqa: E402

BEGIN = 1781954400000

EVENTS = [
    {"agent": "lantern", "number": 1, "type": "TOUCH", "room": "64", "data": {"x": 3, "y": 4, "intensity": 0.5}},
    {"agent": "heron", "number": 1, "type": "BREATH", "room": "64", "data": {"seconds": 4.5}},
    {"agent": "visitor", "number": 1, "type": "TOUCH", "room": "64", "data": {"x": 0, "y": 7, "intensity": 0.25}},
    {"agent": "lantern", "number": 2, "type": "SACRED_PHRASE", "room": "64", "data": {"phrase": "the river remembers us"}},
    {"agent": "heron", "number": 2, "type": "SPIRAL", "room": "64", "clock": {"heron": 2, "lantern": 2}, "causes": [3],
     "data": {"turns": 3}},
    {"agent": "lantern", "number": 3, "type": "note", "subject": "visitor", "data": {"text": "they asked for the way home"}},
    {"agent": "visitor", "key": "farewell", "type": "BLOOM", "room": "64", "at": BEGIN + 95000, "data": {}},
    {"agent": "prima", "type": "prima.forget", "subject": "visitor", "data": {}},
    {"agent": "heron", "number": 3, "type": "OFFLINE_SYNC", "clock": {"heron": 3, "lantern": 3}, "causes": [4, 5],
     "data": {"events": 2}},
    {"agent": "lantern", "number": 4, "type": "note", "data": {"text": "quiet again", "confidence": 0.875}},
]

FORGOTTEN = "visitor"

ORDER = [
    "position", "agent", "number", "type", "room", "subject", "at", "clock", "causes", "key", "data", "forgotten",
    "received", "writer", "hash", "commit", "salt",
]


def line(position, event):
    salt = hashlib.sha256(b"field %d" % position).digest()[:16]
    commit = hashlib.sha256(salt + encode(event["data"])).digest()
    entry = {key: value for key, value in event.items() if key != "data"}
    writer = "token" if event["agent"] == "prima" else "open"
    entry.update(position=position, received=[BEGIN + 10000 * position, 0], writer=writer)
    leaf = hashlib.sha256(b"\0" + encode({**entry, "commit": commit})).digest()
    is_gone = event.get("subject", event["agent"]) == FORGOTTEN and event["agent"] != "prima"
    body = {"data": None, "forgotten": True} if is_gone else {"data": event["data"], "salt": salt.hex()}
    shown = {**entry, **body, "hash": leaf.hex(), "commit": commit.hex()}
    return {key: shown[key] for key in ORDER if key in shown}


for position, event in enumerate(EVENTS):
    print(json.dumps(line(position, event), ensure_ascii=False, separators=(",", ":")))
