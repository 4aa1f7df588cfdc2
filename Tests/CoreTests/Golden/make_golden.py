#!/usr/bin/env python3
"""Writes events.json: canonical bytes, signed bytes, commitments and leaf hashes, made by a second implementation.

It shares no code with the first and needs the standard library only. Run it by hand after a change of the vectors:

    python3 Tests/CoreTests/Golden/make_golden.py > Tests/CoreTests/Golden/events.json
"""

import hashlib
import json
import struct


def head(major, argument):
    if argument < 24:
        return bytes([major << 5 | argument])
    for extra, (form, top) in enumerate((("B", 8), ("H", 16), ("I", 32), ("Q", 64))):
        if argument < 1 << top:
            return bytes([major << 5 | 24 + extra]) + struct.pack(">" + form, argument)
    raise ValueError("too large")


def number(value):
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError("not finite")
        if value.is_integer() and abs(value) <= 2**53:
            return number(int(value))
        for form, first in (("e", 0xF9), ("f", 0xFA), ("d", 0xFB)):
            try:
                packed = struct.pack(">" + form, value)
            except OverflowError:
                continue
            if struct.unpack(">" + form, packed)[0] == value:
                return bytes([first]) + packed
    if abs(value) > 2**53:
        return number(float(value))
    return head(0, value) if value >= 0 else head(1, -1 - value)


def encode(value):
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        raw = value.encode("utf-8")
        return head(3, len(raw)) + raw
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(encode(item) for item in value)
    entries = sorted((encode(key), encode(item)) for key, item in value.items())
    return head(5, len(entries)) + b"".join(key + item for key, item in entries)


def vector(name, event, salt, position, received, writer):
    data = encode(event.get("data", {}))
    commit = hashlib.sha256(salt + data).digest()
    fields = {key: item for key, item in event.items() if key not in ("data", "salt")}
    for key in ("publicKey", "signature"):
        if key in fields:
            fields[key] = bytes.fromhex(fields[key])
    fields["commit"] = commit
    signed = encode({key: item for key, item in fields.items() if key != "signature"})
    canonical = encode({**fields, "position": position, "received": received, "writer": writer})
    shown = {**event, "data": event.get("data", {}), "position": position, "received": received, "writer": writer}
    shown["hash"] = hashlib.sha256(b"\x00" + canonical).hexdigest()
    shown["commit"] = commit.hex()
    shown["salt"] = salt.hex()
    return {
        "name": name,
        "event": json.dumps(event, ensure_ascii=False),
        "salt": salt.hex(),
        "body": data.hex(),
        "commit": commit.hex(),
        "position": position,
        "received": received,
        "writer": writer,
        "canonical": canonical.hex(),
        "signed": signed.hex(),
        "hash": shown["hash"],
        "shown": json.dumps(shown, ensure_ascii=False),
    }


def filler(label, count):
    out = b""
    while len(out) < count:
        out += hashlib.sha256(label.encode() + len(out).to_bytes(4, "big")).digest()
    return out[:count]


KEY = filler("key", 32).hex()
SIGNATURE = filler("signature", 64).hex()


def nested(levels):
    value = "deep"
    for _ in range(levels):
        value = {"a": value}
    return value


def vectors():
    yield "the least", {"agent": "a", "type": "TOUCH"}, 0, [0, 0], "open"
    yield "the contract's example", {
        "agent": "a-1", "number": 7, "type": "TOUCH", "room": "64", "subject": "a-1", "at": 1781954400000,
        "data": {"x": 3, "y": 4, "intensity": 0.5}, "clock": {"a-1": 7}, "causes": [41], "key": "order-7",
    }, 42, [1781954400123, 0], "token"
    yield "every field, signed", {
        "agent": "device_9", "number": 2**53 - 1, "type": "SACRED_PHRASE", "room": "room/1", "subject": "someone else",
        "at": -(2**53), "data": {"phrase": "ein Wort", "intensity": 0.7},
        "clock": {"b": 1, "a": 2**53 - 1, "aa": 24, "z" * 24: 255}, "causes": [5, 0, 2**40], "key": "k" * 128,
        "publicKey": KEY, "signature": SIGNATURE, "salt": filler("salt every field, signed", 16).hex(),
    }, 2**48 - 1, [2**53 - 1, 2**32 - 1], "signed"
    yield "empty clock and causes stay", {"agent": "a", "type": "BLOOM", "clock": {}, "causes": []}, 1, [1, 1], "device"
    yield "composed", {"agent": "caf\u00e9", "type": "BREATH"}, 23, [23, 24], "open"
    yield "decomposed", {"agent": "cafe\u0301", "type": "BREATH"}, 24, [255, 256], "open"
    yield "names of 128 scalars", {"agent": "\U0001f300" * 128, "type": "t" * 50, "room": "\u00a0" * 128}, 255, [65535, 65536], "open"
    yield "numbers", {"agent": "n", "type": "x.y:z-1_", "data": {"list": [
        0, -0.0, 1.0, -1, 23, 24, -24, -25, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53, -(2**53),
        float(2**53 + 2), 1e300, -1e300, 5e-324, 1.5, 0.1, 65504.5, 5.960464477539063e-08, 3.4028234663852886e38,
        1.1754943508222875e-38, 2.0**-24, 2.0**-25, 100000.5, 3.141592653589793, 6.103515625e-05, 2.0**60,
    ]}}, 256, [2**32, 0], "open"
    yield "texts", {"agent": "t", "type": "SPIRAL", "data": {
        "": "", "\"quoted\\": "\b\f\n\r\t\u0000\u001f\u007f/", "\u2028": "\u00e9\u20ac\U0001f600\ufffd\uffff",
        "long": "y" * 300, "b": True, "a": False, "n": None, "aa": [], "ab": {}, "z" * 30: [[], [[{}]]],
    }}, 65536, [1, 4294967295], "open"
    yield "many keys", {"agent": "m", "type": "OFFLINE_SYNC", "data": {
        "k%d" % n: n for n in range(300)}}, 3, [2, 2], "open"
    yield "sixty-four levels", {"agent": "d", "type": "T", "data": nested(64)}, 4, [3, 3], "open"
    yield "a forget", {"agent": "prima", "type": "prima.forget", "subject": "a-1", "data": {}}, 5, [4, 4], "open"


print(json.dumps([
    vector(name, event, bytes.fromhex(event["salt"]) if "salt" in event else filler("salt " + name, 16), position, received, writer)
    for name, event, position, received, writer in vectors()
], indent=1))
