"""The bytes of the ledger's files: the keyring, segments with their frames, sections and trailer, and the heads."""

import re
import struct
from dataclasses import dataclass, field

from canonical import POSITIONS, NotCanonical, decode, encode, is_integer, is_name
from primitives import crc32c, open_sealed, sha256

VERSION = 1
HEADER = 4096
PAGE = 4096
PAGE_BYTES = 4092
TRAILER = 512
ENTRY, COMMIT, KEPT = 1, 2, 3
FULL, ONLY_KEPT = 0, 1
SECTIONS = ("offsets", "tree", "numbers", "directory", "postings", "filter", "numbered", "bound", "peaks")
WIDTHS = (4, 32, 12, 16, 4, 64, 16, 16, 32)
SEGMENT_NAME = re.compile(r"segment-([0-9]{15})")


class Damage(Exception):
    """A part of the ledger is not what the format says."""


def is_zero(data, start=0, end=None):
    end = len(data) if end is None else end
    return data.count(0, start, end) == end - start


def check_block(block, magic, crc_at, what):
    """Magic, version and checksum of a block that names them."""
    if block[:8] != magic:
        raise Damage(f"{what}: foreign, it does not begin with {magic.decode()}")
    version = struct.unpack_from("<I", block, 8)[0]
    if version != VERSION:
        raise Damage(f"{what}: version {version}; this reader knows version {VERSION} only")
    check_crc(block, crc_at, what)


def check_crc(block, crc_at, what):
    if not crc_holds(block, crc_at):
        raise Damage(f"{what}: its checksum does not hold")


def crc_holds(block, crc_at, seed=0):
    stored = struct.unpack_from("<I", block, crc_at)[0]
    return crc32c(block[:crc_at] + bytes(4) + block[crc_at + 4:], seed) == stored


# The keyring.

@dataclass
class Slot:
    index: int
    state: int
    lowest: int
    tag: bytes
    key: bytes | None
    forget: int

    @property
    def is_live(self):
        return self.state == 1


@dataclass
class Keyring:
    identity: bytes
    fingerprint_key: bytes
    made: int
    master: bytes
    slots: list = field(default_factory=list)
    end: str = "ends"
    has_rest: bool = False
    plain: list = field(default_factory=list)

    @property
    def is_wrapped(self):
        return self.master != bytes(16)

    def tag(self, subject):
        return sha256(self.fingerprint_key + subject.encode("utf-8"))[:16]

    def slot(self, index):
        return self.slots[index - 1] if 1 <= index <= len(self.slots) else None


def read_keyring(data, master_key):
    """The keyring and a list of complaints; a header that cannot be used is damage."""
    if len(data) < 128:
        raise Damage(f"keyring: {len(data)} bytes are no header")
    check_block(data[:128], b"PRIMAKEY", 12, "keyring")
    ring = Keyring(data[16:32], data[32:48], struct.unpack_from("<q", data, 48)[0], data[56:72])
    complaints = []
    if ring.is_wrapped and master_key is None:
        complaints.append("keyring: its keys are wrapped; give the master key")
    elif ring.is_wrapped and sha256(b"prima-master-key-1" + master_key)[:16] != ring.master:
        raise Damage("keyring: wrapped under another master key")
    for index in range(1, len(data) // 128):
        block = data[index * 128:index * 128 + 128]
        if is_zero(block):
            ring.end = f"slot {index} is empty"
            break
        if not crc_holds(block, 0, index):
            ring.end = f"the checksum of slot {index} does not hold"
            break
        ring.slots.append(_read_slot(index, block, ring, master_key))
    ring.has_rest = not is_zero(data, 128 * (len(ring.slots) + 1))
    return ring, complaints


def _read_slot(index, block, ring, master_key):
    what = f"keyring: slot {index}"
    _, state, wrapping, lowest = struct.unpack_from("<IBBxxq", block)
    tag, cell, forget = block[16:32], block[32:92], struct.unpack_from("<q", block, 96)[0]
    if state not in (1, 2) or wrapping not in (0, 1) or lowest < 0:
        raise Damage(f"{what}: state {state}, wrapping {wrapping}, lowest {lowest}")
    if state == 2:
        if not is_zero(cell) or forget < lowest:
            raise Damage(f"{what}: destroyed, but its key or its forget says otherwise")
        return Slot(index, state, lowest, tag, None, forget)
    if forget != -1:
        raise Damage(f"{what}: live, but forgotten at {forget}")
    if wrapping and not ring.is_wrapped:
        raise Damage(f"{what}: wrapped, though the keyring's keys are not")
    if not wrapping:
        if ring.is_wrapped:
            ring.plain.append(index)
        if not is_zero(cell, 32):
            raise Damage(f"{what}: bytes after the plain key are not zero")
        return Slot(index, state, lowest, tag, cell[:32], -1)
    key = open_sealed(master_key, cell[:12], cell[12:], tag) if master_key else None
    if master_key and key is None:
        raise Damage(f"{what}: the master key does not open it")
    return Slot(index, state, lowest, tag, key, -1)


# A segment.

@dataclass
class Header:
    identity: bytes
    first: int
    seed: int
    kind: int
    made: int
    keys_below: int
    root: bytes
    fingerprint_key: bytes


def read_header(data, what):
    if len(data) < HEADER:
        raise Damage(f"{what}: {len(data)} bytes are no header")
    check_block(data[:128], b"PRIMASEG", 12, what)
    if len(data) >= 1 << 32:
        raise Damage(f"{what}: {len(data)} bytes are too many for a segment")
    header = Header(*struct.unpack_from("<16sqIIqq32s16s", data, 16))
    if header.kind not in (FULL, ONLY_KEPT):
        raise Damage(f"{what}: neither full nor kept, but {header.kind}")
    return header


@dataclass
class Frame:
    offset: int
    end: int
    kind: int
    payload: bytes


def read_frame(data, offset, limit, seed):
    """The frame at `offset`, or None when there is no valid one that ends by `limit`."""
    if offset + 8 > limit:
        return None
    crc, word = struct.unpack_from("<II", data, offset)
    kind, end = word >> 24, offset + 8 + (word & 0xFFFFFF)
    if kind not in (ENTRY, COMMIT, KEPT) or end > limit or crc32c(data[offset + 4:end], seed) != crc:
        return None
    return Frame(offset, end, kind, data[offset + 8:end])


@dataclass
class Commit:
    first: int
    count: int
    slots: int
    synced: int
    root: bytes


def read_commit(payload):
    if len(payload) != 56:
        raise Damage(f"a commit of {len(payload)} bytes")
    return Commit(*struct.unpack("<qIIq32s", payload))


@dataclass
class EntryFrame:
    slot: int
    run: bytes
    canonical: bytes
    body: bytes


def read_entry(payload):
    if len(payload) < 12:
        raise Damage(f"an entry of {len(payload)} bytes")
    slot, length, run = struct.unpack_from("<IH6s", payload)
    if len(payload) < 12 + length:
        raise Damage("canonical bytes longer than their entry")
    return EntryFrame(slot, run, payload[12:12 + length], payload[12 + length:])


_KEPT_RULES = {
    "position": lambda value: is_integer(value, 0, POSITIONS - 1),
    "leaf": lambda value: isinstance(value, bytes) and len(value) == 32,
    "agent": is_name,
    "number": lambda value: is_integer(value, 1, (1 << 53) - 1),
    "key": is_name,
    "publicKey": lambda value: isinstance(value, bytes) and len(value) == 32,
    "subject": is_name,
}


def read_kept(payload):
    try:
        kept = decode(payload)
    except NotCanonical as reason:
        raise Damage(f"a kept entry that is not canonical: {reason}") from None
    if not isinstance(kept, dict) or encode(kept) != payload:
        raise Damage("a kept entry that is not canonical")
    wrong = [name for name in kept if name not in _KEPT_RULES or not _KEPT_RULES[name](kept[name])]
    wrong += [name for name in ("position", "leaf") if name not in kept]
    if "agent" not in kept and any(name in kept for name in ("number", "key", "publicKey")):
        wrong.append("agent")
    if wrong:
        raise Damage(f"a kept entry with a bad {wrong[0]}")
    return kept


def find_commit(data, start, seed):
    """Every whole commit frame at or after `start`, wherever it begins."""
    mark = struct.pack("<I", COMMIT << 24 | 56)
    at = data.find(mark, start + 4)
    while at != -1:
        frame = read_frame(data, at - 4, len(data), seed)
        if frame is not None:
            yield frame
        at = data.find(mark, at + 1)


# The trailer and its sections.

@dataclass
class Trailer:
    identity: bytes
    first: int
    count: int
    frames_end: int
    first_milliseconds: int
    last_milliseconds: int
    last_counter: int
    keys: int
    slots: int
    seed: int
    kind: int
    sections: list


def read_trailer(data, what):
    """The trailer in the last 512 bytes, or None when no valid one stands there."""
    block = data[-TRAILER:]
    if len(data) < HEADER + TRAILER or block[:8] != b"PRIMAEND" or not crc_holds(block, 12):
        return None
    check_block(block, b"PRIMAEND", 12, f"{what}: trailer")
    values = struct.unpack_from("<16sqqqqqqqIII", block, 16)
    sections = [struct.unpack_from("<qqII", block, 128 + 24 * number) for number in range(9)]
    if any(section[3] for section in sections):
        raise Damage(f"{what}: its table of sections is not what the format says")
    for name, width, section in zip(SECTIONS, WIDTHS, sections):
        if section[2] != width:
            raise Damage(f"{what}: section {name} has entries of {section[2]} bytes instead of {width}")
    return Trailer(*values, sections)


def section_size(count, width):
    return -(-count // (PAGE_BYTES // width)) * PAGE


def read_section(data, seed, number, section):
    """The entries of a section as one string of bytes; a list of complaints beside it."""
    offset, count, width, _ = section
    per_page, left, found, complaints = PAGE_BYTES // width, count, [], []
    for page in range(section_size(count, width) // PAGE):
        start = offset + page * PAGE
        block, stored = data[start:start + PAGE_BYTES], data[start + PAGE_BYTES:start + PAGE]
        if crc32c(block, (seed + number + 16 * page) & 0xFFFFFFFF).to_bytes(4, "little") != stored:
            complaints.append(f"section {SECTIONS[number]}, page {page}: its checksum does not hold")
        used = min(left, per_page) * width
        if not is_zero(block, used):
            complaints.append(f"section {SECTIONS[number]}, page {page}: bytes after its entries are not zero")
        found.append(block[:used])
        left -= min(left, per_page)
    return b"".join(found), complaints


# The heads.

@dataclass
class Head:
    identity: bytes
    size: int
    time: int
    root: bytes
    public_key: bytes
    signature: bytes

    @property
    def is_signed(self):
        return not (is_zero(self.public_key) and is_zero(self.signature))

    @property
    def message(self):
        return encode({"root": self.root, "size": self.size, "time": self.time})


def read_heads(data):
    """Both records, as far as they are whole, and notes about those that are not."""
    found, notes = [], []
    if len(data) < 1024:
        raise Damage(f"heads: {len(data)} bytes of 1024")
    for number in range(2):
        block = data[512 * number:512 * number + 512]
        if is_zero(block):
            continue
        if block[:8] != b"PRIMATOP" or not crc_holds(block, 12):
            notes.append(f"heads: record {number} was torn")
            continue
        check_block(block, b"PRIMATOP", 12, f"heads: record {number}")
        found.append(Head(*struct.unpack_from("<16sqq32s32s64s", block, 16)))
    if len(notes) == 2:
        raise Damage("heads: neither record is whole")
    return found, notes


def read_head_key(data):
    """The seed and the public key, as the file has them."""
    match = re.fullmatch(rb"prima-head-key-1 ([0-9a-f]{64}) ([0-9a-f]{64})\n", data)
    if match is None:
        raise Damage("head.key: foreign, or of another version")
    return bytes.fromhex(match[1].decode()), bytes.fromhex(match[2].decode())
