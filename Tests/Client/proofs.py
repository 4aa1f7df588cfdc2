"""Commitments, signatures and proofs, from the contract alone: deterministic CBOR, SHA-256, RFC 6962, Ed25519."""

import hashlib
import math
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def head(major, value):
    for limit, code, form in ((24, None, None), (1 << 8, 24, ">B"), (1 << 16, 25, ">H"), (1 << 32, 26, ">I")):
        if value < limit:
            return bytes([major << 5 | (value if code is None else code)]) + (struct.pack(form, value) if form else b"")
    return bytes([major << 5 | 27]) + struct.pack(">Q", value)


def number(value):
    if isinstance(value, float):
        if value == int(value) and abs(value) <= 1 << 53:
            return number(int(value))
        for code, form in ((0xF9, ">e"), (0xFA, ">f"), (0xFB, ">d")):
            try:
                packed = struct.pack(form, value)
            except OverflowError:
                continue
            if struct.unpack(form, packed)[0] == value:
                return bytes([code]) + packed
    if abs(value) > 1 << 53:
        return b"\xfb" + struct.pack(">d", float(value))
    return head(0, value) if value >= 0 else head(1, -1 - value)


def cbor(value):
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, (int, float)):
        assert math.isfinite(value)
        return number(value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(cbor(item) for item in value)
    entries = sorted((cbor(key), cbor(item)) for key, item in value.items())
    return head(5, len(entries)) + b"".join(key + item for key, item in entries)


def parse(data, at=0):
    """(value, offset behind it) of one CBOR item."""
    first, argument = data[at] >> 5, data[at] & 31
    at += 1
    if first == 7:
        if argument in (20, 21, 22):
            return {20: False, 21: True, 22: None}[argument], at
        size = {25: 2, 26: 4, 27: 8}[argument]
        return struct.unpack({2: ">e", 4: ">f", 8: ">d"}[size], data[at:at + size])[0], at + size
    if argument >= 24:
        size = 1 << (argument - 24)
        argument, at = int.from_bytes(data[at:at + size], "big"), at + size
    if first == 0:
        return argument, at
    if first == 1:
        return -1 - argument, at
    if first in (2, 3):
        piece = data[at:at + argument]
        return (piece if first == 2 else piece.decode()), at + argument
    if first == 4:
        items = []
        for _ in range(argument):
            item, at = parse(data, at)
            items.append(item)
        return items, at
    entries = {}
    for _ in range(argument):
        key, at = parse(data, at)
        entries[key], at = parse(data, at)
    return entries, at


SENT = ("agent", "type", "subject", "number", "key", "at", "room", "clock", "causes")
BYTES = ("commit", "publicKey", "signature")


def canonical(event):
    """The canonical bytes of an event as the API shows it."""
    fields = {name: event[name] for name in SENT + ("position", "received", "writer") if name in event}
    fields.update({name: bytes.fromhex(event[name]) for name in BYTES if name in event})
    return cbor(fields)


def signed(event, commit):
    """What the signature of an event covers."""
    fields = {name: event[name] for name in SENT if name in event}
    fields.update({"commit": commit, "publicKey": bytes.fromhex(event["publicKey"])})
    return cbor(fields)


def commitment(salt, data):
    return hashlib.sha256(salt + cbor(data)).digest()


def leaf(data):
    return hashlib.sha256(b"\0" + data).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_from_path(position, size, hash_, path):
    """RFC 9162 §2.1.3.2."""
    first, last = position, size - 1
    for step in path:
        assert last > 0, "the path is too long"
        if first & 1 or first == last:
            hash_ = node(step, hash_)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            hash_ = node(hash_, step)
        first, last = first >> 1, last >> 1
    assert last == 0, "the path is too short"
    return hash_


def is_consistent(old, new, old_root, new_root, path):
    """RFC 9162 §2.1.4.2."""
    if old == 0 or old == new:
        return not path and (old == 0 or old_root == new_root)
    path = list(path)
    if old & (old - 1) == 0:
        path = [old_root] + path
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    one = two = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            one, two = node(step, one), node(step, two)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            two = node(two, step)
        first, last = first >> 1, last >> 1
    return one == old_root and two == new_root and last == 0


def tree(leaves):
    """The root of all leaves, by the definition."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node(tree(leaves[:half]), tree(leaves[half:]))


def is_signed(key, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except InvalidSignature:
        return False
