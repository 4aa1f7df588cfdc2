"""A small writer of the ledger's format, for the reader's own tests: it keeps all in memory and knows no haste."""

import hashlib
import random
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import canonical
from expected import build_filter, filter_blocks
from primitives import Tree, crc32c, leaf_hash, public_key_of, sha256, siphash24

PER_PAGE = 4092
MADE = 1_781_954_400_000
WIDTHS = (4, 32, 12, 16, 4, 64, 16, 16, 32)


class MemoryFolder:
    """Files by name."""

    def __init__(self, files):
        self.files = files

    def names(self):
        return list(self.files)

    def read(self, name):
        return bytes(self.files[name])


def stamp(block, at, seed=0):
    """Puts a block's checksum where it belongs."""
    struct.pack_into("<I", block, at, 0)
    struct.pack_into("<I", block, at, crc32c(bytes(block), seed))
    return block


def frame(kind, payload, seed):
    word = struct.pack("<I", kind << 24 | len(payload))
    return struct.pack("<I", crc32c(word + payload, seed)) + word + payload


def page_seed(seed, section, page):
    return (seed + section + 16 * page) % (1 << 32)


def commit_payload(first, count, slots, synced, root):
    return struct.pack("<qIIq32s", first, count, slots, synced, root)


class Segment:
    def __init__(self, first, seed, keys_below):
        self.first, self.seed, self.keys_below = first, seed, keys_below
        self.data, self.offsets, self.events = bytearray(), [], []


class TinyLedger:
    """Writes groups of events; `files` is the folder as it stands on the disk."""

    def __init__(self, seed=1, master_key=None, tail=4096):
        self.random = random.Random(seed)
        self.twist = self.twist_body = lambda as_it_should_be: as_it_should_be
        self.slots_unsaid = 0
        self.master_key, self.tail = master_key, tail
        self.identity, self.fingerprint_key = self.random.randbytes(16), self.random.randbytes(16)
        self.run = self.random.randbytes(6)
        self.head_seed = self.random.randbytes(32)
        self.tree, self.slots, self.live, self.tags = Tree(), [], {}, {}
        self.keys, self.highest, self.bound, self.clock = 0, {}, {}, [MADE, 0]
        self.events, self.sealed = [], []
        pair = f"{self.head_seed.hex()} {public_key_of(self.head_seed).hex()}"
        self.files = {"head.key": f"prima-head-key-1 {pair}\n".encode(), "heads": bytes(1024), "lock": b"1\n"}
        self._write_keyring()
        self.begin_segment()

    # Events.

    def event(self, agent, kind="TOUCH", data=None, sign=None, **fields):
        """A draft: what a client sends. `sign` is an Ed25519 seed."""
        return {"agent": agent, "type": kind, "data": {} if data is None else data, "sign": sign, **fields}

    def forget(self, subject):
        self.append([self.event("prima", "prima.forget", subject=subject)])
        position = self.tree.size - 1
        index = self.live.pop(subject, None)
        if index is not None:
            self.slots[index - 1].update(state=2, forget=position, key=None)
            self._write_keyring()

    def append(self, drafts, without_body=False):
        """One group, closed by its commit."""
        segment, first = self.segment, self.tree.size
        for draft in drafts:
            self._append(segment, draft, without_body)
        self._write_keyring()
        root = self.tree.root(self.tree.size)
        commit = commit_payload(first, len(drafts), len(self.slots) - self.slots_unsaid, first - 1, root)
        segment.data += frame(2, commit, segment.seed)
        self._write_open()

    def _append(self, segment, draft, without_body):
        position, data, seed = self.tree.size, draft["data"], draft["sign"]
        event = {name: value for name, value in draft.items() if name not in ("data", "sign")}
        salt = self.random.randbytes(16)
        body = salt + canonical.encode(data)
        event["commit"] = sha256(body)
        if seed is not None:
            event["publicKey"] = public_key_of(seed)
            event["signature"] = Ed25519PrivateKey.from_private_bytes(seed).sign(canonical.encode(event))
            self.bound.setdefault(event["agent"], position)
        self.clock = [self.clock[0] + self.random.randrange(3), self.clock[1] + 1]
        event.update(position=position, received=list(self.clock), writer="signed" if seed else "open")
        event, body = self.twist(event), self.twist_body(body)
        slot, encoded = 0, canonical.encode(event)
        if not event["type"].startswith("prima."):
            slot = self.slot(event.get("subject", event["agent"]), position)
            nonce = self.run + position.to_bytes(6, "big")
            body = b"" if without_body else AESGCM(self.slots[slot - 1]["key"]).encrypt(nonce, body, None)
        segment.offsets.append(4096 + len(segment.data))
        segment.events.append(event)
        self.events.append((event, salt, data))
        segment.data += frame(1, struct.pack("<IH6s", slot, len(encoded), self.run) + encoded + body, segment.seed)
        self.tree.append(leaf_hash(encoded))
        self.keys += "key" in event
        if "number" in event:
            self.highest[event["agent"]] = max(event["number"], self.highest.get(event["agent"], 0))

    # The keyring.

    def slot(self, subject, position):
        if subject not in self.live:
            tag = hashlib.sha256(self.fingerprint_key + subject.encode()).digest()[:16]
            key, nonce = self.random.randbytes(32), self.random.randbytes(12)
            self.slots.append({"state": 1, "lowest": position, "tag": tag, "key": key, "nonce": nonce, "forget": -1})
            self.live[subject] = len(self.slots)
        return self.live[subject]

    def _write_keyring(self):
        header = bytearray(128)
        struct.pack_into("<8sI4x16s16sq", header, 0, b"PRIMAKEY", 1, self.identity, self.fingerprint_key, MADE)
        if self.master_key:
            header[56:72] = sha256(b"prima-master-key-1" + self.master_key)[:16]
        content = bytes(stamp(header, 12))
        for index, slot in enumerate(self.slots, 1):
            cell, wrapped = slot["key"] or b"", int(self.master_key is not None)
            if cell and wrapped:
                cell = slot["nonce"] + AESGCM(self.master_key).encrypt(slot["nonce"], cell, slot["tag"])
            packed = bytearray(128)
            struct.pack_into("<4xBB2xq16s60s4xq", packed, 0, slot["state"], wrapped, slot["lowest"], slot["tag"], cell,
                             slot["forget"])
            content += bytes(stamp(packed, 0, index))
        self.files["keyring"] = content + bytes(-len(content) % 512 + 512)

    # Segments.

    @property
    def name(self):
        return f"segment-{self.segment.first:015d}"

    def begin_segment(self):
        self.segment = Segment(self.tree.size, self.random.getrandbits(32), self.keys)
        self._write_open()

    def header(self, segment, kind, root):
        block = bytearray(128)
        struct.pack_into("<8sI4x16sqIIqq32s16s", block, 0, b"PRIMASEG", 1, self.identity, segment.first, segment.seed,
                         kind, MADE, segment.keys_below, root, self.fingerprint_key)
        return bytes(stamp(block, 12)) + bytes(4096 - 128)

    def _write_open(self):
        root = self.tree.root(self.segment.first)
        self.files[self.name] = self.header(self.segment, 0, root) + bytes(self.segment.data) + bytes(self.tail)

    def seal(self):
        """Seals the open segment and begins the next one."""
        segment, end = self.segment, self.tree.size
        entries = [dict(event) for event in segment.events]
        times = [*entries[0]["received"][:1], *entries[-1]["received"]]
        self.files[self.name] = self._sealed(segment, 0, segment.data, segment.offsets, entries, times)
        self.sealed.append((segment, times, self.keys, dict(self.highest), dict(self.bound), len(self.slots)))
        self.begin_segment()
        return end

    def retain(self, index=0):
        """Leaves of a sealed segment what retention keeps."""
        segment, times, *then = self.sealed[index]
        segment.seed = self.random.getrandbits(32)
        data, offsets, entries = bytearray(), [], []
        for place, event in enumerate(segment.events):
            position = segment.first + place
            kept = {"position": position, "leaf": self.tree.levels[0][position]}
            if "number" in event or "key" in event:
                kept.update({name: event[name] for name in ("agent", "number", "key") if name in event})
            if self.bound.get(event["agent"]) == position:
                kept.update(agent=event["agent"], publicKey=event["publicKey"])
            if event["type"] == "prima.forget":
                kept["subject"] = event["subject"]
            offsets.append(4096 + len(data))
            data += frame(3, canonical.encode(kept), segment.seed)
            entries.append(kept)
        synced = segment.first - 1
        root = self.tree.root(segment.first + len(entries))
        data += frame(2, commit_payload(segment.first, len(entries), then[3], synced, root), segment.seed)
        now = self.keys, self.highest, self.bound, self.slots
        self.keys, self.highest, self.bound, self.slots = *then[:3], self.slots[:then[3]]
        content = self._sealed(segment, 1, data, offsets, entries, times)
        self.keys, self.highest, self.bound, self.slots = now
        self.files[f"segment-{segment.first:015d}"] = content

    def _sealed(self, segment, kind, data, offsets, entries, times):
        end = segment.first + len(entries)
        content = self.header(segment, kind, self.tree.root(segment.first)) + bytes(data)
        frames_end, table = len(content), []
        for number, (lines, width) in enumerate(zip(self._sections(segment, offsets, entries, kind), WIDTHS)):
            table.append(struct.pack("<qqII", len(content), len(lines), width, 0))
            fit = PER_PAGE // width
            for start in range(0, len(lines), fit):
                page = b"".join(lines[start:start + fit]).ljust(PER_PAGE, b"\0")
                content += page + struct.pack("<I", crc32c(page, page_seed(segment.seed, number, start // fit)))
        block = bytearray(512)
        struct.pack_into("<8sI4x16sqqqqqqqIII", block, 0, b"PRIMAEND", 1, self.identity, segment.first, len(entries),
                         frames_end, *times, self.keys, len(self.slots), segment.seed, kind)
        block[128:344] = b"".join(table)
        assert end == segment.first + len(entries)
        return content + bytes(stamp(block, 12))

    def _print(self, domain, text):
        return siphash24(self.fingerprint_key, bytes([domain]) + text)

    def _sections(self, segment, offsets, entries, kind):
        first, end = segment.first, segment.first + len(entries)
        tree = []
        for level in range(4, 60):
            for index in range(first >> level, end >> level):
                tree.append(self._naive(index << level, index + 1 << level))
        numbers, where = [], {}
        for place, entry in enumerate(entries):
            agent = entry.get("agent", "").encode()
            if "number" in entry:
                numbers.append((self._print(1, agent + struct.pack("<q", entry["number"])), place))
            if "key" in entry:
                numbers.append((self._print(2, agent + b"\0" + entry["key"].encode()), place))
            if kind == 1:
                entry = {"type": "prima.forget", "subject": entry["subject"]} if "subject" in entry else {}
            for domain, name in ((3, "agent"), (4, "subject"), (5, "type"), (6, "room")):
                if name in entry:
                    where.setdefault(self._print(domain, entry[name].encode()), []).append(place)
        directory, postings = [], []
        for fingerprint, places in sorted(where.items()):
            directory.append(struct.pack("<QII", fingerprint, len(postings), len(places)))
            postings += [struct.pack("<I", place) for place in places]
        prints = set(where) | {fingerprint for fingerprint, _ in numbers}
        bloom = build_filter(prints, filter_blocks(len(numbers), len(where)))
        numbered = sorted((self._print(3, agent.encode()), high) for agent, high in self.highest.items())
        bound = sorted((self._print(3, agent.encode()), position) for agent, position in self.bound.items())
        peaks, start = [], 0
        for level in range(59, -1, -1):
            if end >> level & 1:
                peaks.append(self._naive(start, start + (1 << level)))
                start += 1 << level
        return [
            [struct.pack("<I", offset) for offset in offsets], tree,
            [struct.pack("<QI", *pair) for pair in sorted(numbers)], directory, postings,
            [bloom[at:at + 64] for at in range(0, len(bloom), 64)],
            [struct.pack("<Qq", *pair) for pair in numbered], [struct.pack("<Qq", *pair) for pair in bound], peaks,
        ]

    def _naive(self, start, end):
        """RFC 6962's definition, with nothing remembered."""
        if end - start == 1:
            return self.tree.levels[0][start]
        middle = (start + end) // 2
        return sha256(b"\x01" + self._naive(start, middle) + self._naive(middle, end))

    def naive_root(self):
        def root(start, end):
            if end - start == 1:
                return self.tree.levels[0][start]
            split = 1
            while split * 2 < end - start:
                split *= 2
            return sha256(b"\x01" + root(start, start + split) + root(start + split, end))
        return root(0, self.tree.size)

    # Heads.

    def write_head(self, record=0, time=1_781_954_500_000, signed=True, size=None, root=None):
        root, size = root or self.tree.root(self.tree.size), size or self.tree.size
        message = canonical.encode({"root": root, "size": size, "time": time})
        signature = Ed25519PrivateKey.from_private_bytes(self.head_seed).sign(message)
        block = bytearray(512)
        struct.pack_into("<8sI4x16sqq32s32s64s", block, 0, b"PRIMATOP", 1, self.identity, size, time, root,
                         public_key_of(self.head_seed) if signed else b"", signature if signed else b"")
        heads = bytearray(self.files["heads"])
        heads[512 * record:512 * record + 512] = stamp(block, 12)
        self.files["heads"] = bytes(heads)


def sample(seed=1, master_key=None, head=True):
    """A small ledger with some of everything: a sealed segment, an open one, signatures, numbers, keys, forgets."""
    ledger = TinyLedger(seed, master_key)
    signer = sha256(b"signer")
    ledger.append([ledger.event("a-1", data={"x": 3, "y": 4, "intensity": 0.5}, number=7, room="64", at=MADE,
                                clock={"a-1": 7, "é": 1})])
    ledger.append([ledger.event(f"a-{index % 3}", "NOTE", {"text": "remember", "i": index}, number=10 + index)
                   for index in range(15)])
    ledger.append([ledger.event("s-1", data={"v": [1.5, 1e300, None, True]}, sign=signer, causes=[0, 2]),
                   ledger.event("a-2", subject="s-9", key="order-7", data={"n": -12})])
    ledger.forget("a-0")
    ledger.append([ledger.event("a-0", data={"again": "é"}, number=99)])
    if head:
        ledger.write_head(0)
    ledger.seal()
    ledger.append([ledger.event("s-1", sign=signer, data={"w": 2.0 ** 60}), ledger.event("a-1", number=8, room="64")])
    ledger.forget("s-9")
    ledger.append([ledger.event("a-2", key="order-8", data={"last": 1})])
    if head:
        ledger.write_head(1)
    return ledger
