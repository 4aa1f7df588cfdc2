"""An event's canonical bytes: deterministic CBOR, strict in both directions, and what an event may say."""

import re
import struct
import unicodedata

EXACT = 1 << 53
POSITIONS = 1 << 48
DATA_BYTES = 64 * 1024
DATA_DEPTH = 64


class NotCanonical(Exception):
    """The bytes are not what the one deterministic encoding of their value would be."""


def _shortest_float(value):
    for code, head in ((">e", 0xF9), (">f", 0xFA)):
        try:
            packed = struct.pack(code, value)
        except OverflowError:
            continue
        if struct.unpack(code, packed)[0] == value:
            return bytes([head]) + packed
    return b"\xfb" + struct.pack(">d", value)


def _head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    for extra, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << 8 * width:
            return bytes([major << 5 | extra]) + value.to_bytes(width, "big")
    raise NotCanonical("a number of more than 64 bits")


def encode(value):
    """The deterministic CBOR of a value."""
    if value is None or value is True or value is False:
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise NotCanonical("not a finite number")
        if value.is_integer() and abs(value) <= EXACT:
            return encode(int(value))
        return _shortest_float(value)
    if isinstance(value, int):
        if abs(value) > EXACT:
            return _shortest_float(float(value))
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode("utf-8")
        return _head(3, len(text)) + text
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(encode(item) for item in value)
    pairs = sorted((encode(key), encode(item)) for key, item in value.items())
    return _head(5, len(pairs)) + b"".join(key + item for key, item in pairs)


class _Decoder:
    def __init__(self, data, depth):
        self.data, self.at, self.depth = data, 0, depth

    def take(self, count):
        if count > len(self.data) - self.at:
            raise NotCanonical("the bytes end in the middle of a value")
        self.at += count
        return self.data[self.at - count:self.at]

    def argument(self, extra):
        if extra < 24:
            return extra
        if extra > 27:
            raise NotCanonical("an indefinite or reserved length")
        width = 1 << extra - 24
        value = int.from_bytes(self.take(width), "big")
        if value < (24, 1 << 8, 1 << 16, 1 << 32)[extra - 24]:
            raise NotCanonical("an argument that is not the shortest")
        return value

    def value(self, depth):
        first = self.take(1)[0]
        major, extra = first >> 5, first & 31
        if major == 7:
            return self.simple(extra)
        argument = self.argument(extra)
        if major < 2:
            number = argument if major == 0 else -1 - argument
            if abs(number) > EXACT:
                raise NotCanonical("an integer beyond 2^53")
            return number
        if major == 2:
            return self.take(argument)
        if major == 3:
            try:
                return self.take(argument).decode("utf-8")
            except UnicodeDecodeError:
                raise NotCanonical("bad UTF-8") from None
        if major == 6:
            raise NotCanonical("a tag")
        if depth >= self.depth:
            raise NotCanonical("too deep")
        if major == 4:
            return [self.value(depth + 1) for _ in range(argument)]
        return self.map(argument, depth + 1)

    def map(self, count, depth):
        found, before = {}, b""
        for _ in range(count):
            start = self.at
            key = self.value(depth)
            encoded = self.data[start:self.at]
            if not isinstance(key, str):
                raise NotCanonical("a key that is not text")
            if encoded <= before:
                raise NotCanonical("keys out of order, or twice the same")
            before = encoded
            found[key] = self.value(depth)
        return found

    def simple(self, extra):
        if extra in (20, 21, 22):
            return {20: False, 21: True, 22: None}[extra]
        code = {25: ">e", 26: ">f", 27: ">d"}.get(extra)
        if code is None:
            raise NotCanonical("a simple value that JSON lacks")
        packed = self.take(struct.calcsize(code))
        value = struct.unpack(code, packed)[0]
        if encode(value)[1:] != packed:
            raise NotCanonical("a float that should be shorter, or an integer")
        return value


def decode(data, depth=DATA_DEPTH):
    """The value of strictly deterministic CBOR; anything else is `NotCanonical`."""
    decoder = _Decoder(bytes(data), depth)
    value = decoder.value(0)
    if decoder.at != len(data):
        raise NotCanonical("bytes after the value")
    return value


def has_bytes(value):
    if isinstance(value, list):
        return any(has_bytes(item) for item in value)
    if isinstance(value, dict):
        return any(has_bytes(item) for item in value.values())
    return isinstance(value, bytes)


# What an event may say.

_TYPE = re.compile(r"[A-Za-z0-9_.:-]{1,50}", re.ASCII)
_WRITERS = ("signed", "token", "device", "open")
_NAMES = ("agent", "subject", "key", "room")
_HASHES = {"commit": 32, "publicKey": 32, "signature": 64}
_FIELDS = {"agent", "number", "type", "room", "subject", "at", "clock", "causes", "key", "publicKey", "signature",
           "commit", "position", "received", "writer"}
REQUIRED = ("agent", "type", "commit", "position", "received", "writer")


def is_name(value):
    return (isinstance(value, str) and 1 <= len(value) <= 128
            and not any(unicodedata.category(scalar) == "Cc" for scalar in value))


def is_integer(value, low, high):
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _received_is_sound(value):
    return (isinstance(value, list) and len(value) == 2 and is_integer(value[0], -EXACT, EXACT)
            and is_integer(value[1], 0, EXACT))


def _clock_is_sound(value):
    return (isinstance(value, dict) and len(value) <= 64
            and all(is_name(agent) and is_integer(count, 1, EXACT - 1) for agent, count in value.items()))


def _causes_are_sound(value, position):
    return (isinstance(value, list) and len(value) <= 64
            and all(is_integer(cause, 0, position - 1) for cause in value))


def faults(event):
    """What is wrong with the head of an event, in words; nothing when it is sound."""
    if not isinstance(event, dict):
        return ["not a map"]
    found = [f"unknown field {name!r}" for name in event if name not in _FIELDS]
    found += [f"{name} is missing" for name in REQUIRED if name not in event]
    if found:
        return found
    position = event["position"]
    if not is_integer(position, 0, POSITIONS - 1):
        return ["position is not a position"]
    found += [f"{name} is not a name" for name in _NAMES if name in event and not is_name(event[name])]
    for name, length in _HASHES.items():
        if name in event and not (isinstance(event[name], bytes) and len(event[name]) == length):
            found.append(f"{name} is not {length} bytes")
    rules = {
        "type": lambda value: isinstance(value, str) and _TYPE.fullmatch(value),
        "number": lambda value: is_integer(value, 1, EXACT - 1),
        "at": lambda value: is_integer(value, -EXACT, EXACT),
        "received": _received_is_sound,
        "clock": _clock_is_sound,
        "causes": lambda value: _causes_are_sound(value, position),
        "writer": lambda value: value in _WRITERS,
    }
    found += [f"{name} is out of bounds" for name, holds in rules.items() if name in event and not holds(event[name])]
    if ("signature" in event) != ("publicKey" in event):
        found.append("signature and publicKey stand only together")
    if event["writer"] == "signed" and "signature" not in event:
        found.append("writer is signed, and there is no signature")
    own_type = isinstance(event["type"], str) and event["type"].startswith("prima.")
    if own_type != (event["agent"] == "prima"):
        found.append("agent prima and types prima. are reserved")
    return found


def is_forget(event):
    return event.get("agent") == "prima" and event.get("type") == "prima.forget" and "subject" in event


def is_own(event):
    """Whether the server says by it that something was forgotten: such events alone are not sealed."""
    return is_forget(event)


def subject_of(event):
    return event.get("subject", event["agent"])


def signed_bytes(event):
    return encode({name: value for name, value in event.items()
                   if name not in ("position", "received", "writer", "signature")})
