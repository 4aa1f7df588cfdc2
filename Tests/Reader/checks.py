"""Reads a whole ledger and checks all that its format promises; complaints are collected, never thrown."""

from dataclasses import dataclass

import canonical
import layout
from canonical import NotCanonical, is_forget, is_own, subject_of
from expected import Expected
from layout import COMMIT, ENTRY, KEPT, Damage
from primitives import Tree, leaf_hash, open_sealed, public_key_of, sha256, signature_holds


@dataclass
class Entry:
    """One leaf: an event with its body, or what retention kept of one."""
    position: int
    leaf: bytes
    offset: int
    event: dict | None = None
    kept: dict | None = None
    slot: int = 0
    run: bytes = b""
    body: bytes = b""
    salt: bytes | None = None
    data: dict | None = None

    def get(self, name):
        return (self.kept if self.event is None else self.event).get(name)

    @property
    def forgets(self):
        """The subject that this entry forgets, if it is a forget."""
        if self.event is None:
            return self.kept.get("subject")
        return self.event["subject"] if is_forget(self.event) else None


@dataclass
class Segment:
    name: str
    header: layout.Header
    trailer: layout.Trailer | None
    entries: list
    end: int


class Broken(Exception):
    """The sequence of events cannot be followed any further."""


class Reading:
    def __init__(self, folder, master_key=None):
        self.folder = folder
        self.errors, self.notes, self.tail = [], [], None
        self.entries, self.segments, self.tree = [], [], Tree()
        self.first, self.is_broken, self.keyring = 0, False, None
        self.forgets, self.slots_named, self.expected = {}, 0, None
        self._positions_of_number, self._bound, self._received = {}, {}, None
        names = set(folder.names())
        try:
            self._read_keyring(names, master_key)
            heads = self._read_heads(names)
            self._read_segments(names, heads)
        except Broken:
            self.is_broken = True
            return
        self._check_bodies(master_key)
        self._check_keys()
        self._check_heads(heads)

    def complain(self, where, what):
        self.errors.append(f"{where}: {what}")

    # What lies around the segments.

    def _read_keyring(self, names, master_key):
        if "keyring" not in names:
            self.complain("keyring", "missing")
            raise Broken
        try:
            self.keyring, complaints = layout.read_keyring(self.folder.read("keyring"), master_key)
        except Damage as damage:
            self.errors.append(str(damage))
            raise Broken from None
        self.errors += complaints
        self.expected = Expected(self.keyring.fingerprint_key)

    def _read_heads(self, names):
        heads, public_key = [], None
        try:
            if "head.key" in names:
                seed, public_key = layout.read_head_key(self.folder.read("head.key"))
                if public_key_of(seed) != public_key:
                    self.complain("head.key", "its public key is not that of its seed")
            else:
                self.complain("head.key", "missing")
        except Damage as damage:
            self.errors.append(str(damage))
        try:
            if "heads" in names:
                heads, notes = layout.read_heads(self.folder.read("heads"))
                self.notes += notes
            elif any(layout.SEGMENT_NAME.fullmatch(name) for name in names):
                self.complain("heads", "missing")
        except Damage as damage:
            self.errors.append(str(damage))
        for head in heads:
            if head.identity != self.keyring.identity:
                self.complain("heads", "foreign, they are another ledger's")
            if not head.is_signed:
                continue
            if not signature_holds(head.public_key, head.signature, head.message):
                self.complain("heads", f"the signature of the head of {head.size} does not hold")
            if public_key is not None and public_key != head.public_key:
                self.complain("head.key", f"is not the key of the head of {head.size}")
        return heads

    def _check_heads(self, heads):
        for head in heads:
            if not 0 <= head.size <= self.tree.size:
                self.complain("heads", f"a head of {head.size}, but the ledger has {self.tree.size}")
            elif self.tree.root(head.size) != head.root:
                self.complain("heads", f"the root of the head of {head.size} is not the ledger's")

    # Segments.

    def _read_segments(self, names, heads):
        segments = sorted(name for name in names if layout.SEGMENT_NAME.fullmatch(name))
        for name in sorted(names):
            if name.startswith("segment-") and name not in segments and not name.endswith(".new"):
                self.complain(name, "not the name of a segment")
        if not segments and self.keyring.slots:
            self.complain("segments", "there is none, but the keyring has keys")
        full_seen = False
        for index, name in enumerate(segments):
            data = self.folder.read(name)
            following = segments[index + 1:]
            try:
                segment = self._open_segment(name, data, following)
            except Damage as damage:
                self.errors.append(str(damage))
                raise Broken from None
            if segment.header.kind == layout.FULL and not full_seen:
                full_seen, self.first = True, segment.header.first
            elif segment.header.kind == layout.ONLY_KEPT:
                if full_seen:
                    self.complain(name, "a kept segment stands after a full one")
                self.first = segment.header.first + len(segment.entries)
            self.segments.append(segment)
            self._after_segment(segment, data, following, heads)
        if self.segments and self.segments[-1].trailer is not None:
            self.complain("segments", f"the one that begins at {self.tree.size} is missing, the last is sealed")

    def _open_segment(self, name, data, following):
        header = layout.read_header(data, name)
        if header.identity != self.keyring.identity:
            raise Damage(f"{name}: foreign, it is another ledger's")
        if header.first != int(name[8:]):
            raise Damage(f"{name}: its header says that it begins at {header.first}")
        if header.first != self.tree.size:
            raise Damage(f"{name}: a gap, the events before it end at {self.tree.size}")
        if header.fingerprint_key != self.keyring.fingerprint_key:
            raise Damage(f"{name}: its fingerprint key is not the keyring's")
        if header.root != self.tree.root(self.tree.size):
            self.complain(name, "the root in its header is not that of the events below")
        if header.keys_below != self.expected.keys:
            self.complain(name, f"its header counts {header.keys_below} keys below, not {self.expected.keys}")
        trailer = layout.read_trailer(data, name)
        if trailer is None and (len(following) > 1 or header.kind == layout.ONLY_KEPT):
            raise Damage(f"{name}: not sealed")
        segment = Segment(name, header, trailer, [], layout.HEADER)
        limit = trailer.frames_end if trailer else len(data)
        if not layout.HEADER <= limit <= len(data):
            raise Damage(f"{name}: its trailer says that the frames end at {limit}")
        self._follow(segment, data, limit, int(following[0][8:]) if following and not trailer else None)
        return segment

    def _follow(self, segment, data, limit, stop):
        """Reads frames up to the first that is not valid; what a commit closes becomes part of the ledger."""
        offset, group = layout.HEADER, []
        kept = segment.header.kind == layout.ONLY_KEPT
        while self.tree.size != stop:
            frame = layout.read_frame(data, offset, limit, segment.header.seed)
            if frame is None:
                return
            where = f"{segment.name} at {offset}"
            if frame.kind != COMMIT and (frame.kind == KEPT) != kept:
                raise Damage(f"{where}: a frame of kind {frame.kind} in a segment of kind {segment.header.kind}")
            try:
                if frame.kind == COMMIT:
                    commit = layout.read_commit(frame.payload)
                    if not group or (commit.first, commit.count) != (self.tree.size, len(group)):
                        return
                    self._close(segment, commit, group, where)
                    group, segment.end = [], frame.end
                else:
                    entry = self._read_entry(frame)
                    if entry.position != self.tree.size + len(group):
                        return
                    group.append(entry)
            except Damage as damage:
                raise Damage(f"{where}: {damage}") from None
            offset = frame.end

    def _read_entry(self, frame):
        if frame.kind == KEPT:
            kept = layout.read_kept(frame.payload)
            return Entry(kept["position"], kept["leaf"], frame.offset, kept=kept)
        found = layout.read_entry(frame.payload)
        try:
            event = canonical.decode(found.canonical)
        except NotCanonical as reason:
            raise Damage(f"an event that is not canonical: {reason}") from None
        faults = canonical.faults(event)
        if canonical.encode(event) != found.canonical:
            faults.append("encodes to other bytes")
        if faults:
            raise Damage("an event that is not sound: " + "; ".join(faults))
        return Entry(event["position"], leaf_hash(found.canonical), frame.offset, event=event,
                     slot=found.slot, run=found.run, body=found.body)

    def _close(self, segment, commit, group, where):
        if commit.synced != commit.first - 1:
            self.complain(where, f"a commit from {commit.first} names {commit.synced} as synced before it")
        if commit.slots < self.slots_named:
            self.complain(where, f"a commit names {commit.slots} key slots after one that named {self.slots_named}")
        self.slots_named = max(self.slots_named, commit.slots)
        for entry in group:
            if entry.slot > commit.slots:
                self.complain(where, f"event {entry.position} uses key {entry.slot}, synced are {commit.slots}")
        self._accept(segment, group, where)
        if commit.root != self.tree.root(self.tree.size):
            self.complain(where, f"the commit's root at {self.tree.size} is not that of the events")

    def _accept(self, segment, group, where):
        for entry in group:
            self.tree.append(entry.leaf)
            self.entries.append(entry)
            segment.entries.append(entry)
            if entry.forgets is not None:
                self.forgets.setdefault(entry.forgets, []).append(entry.position)
            self._check_number(entry, where)
            self._check_binding(entry, where)
            if entry.event is not None:
                received = tuple(entry.event["received"])
                if self._received is not None and received < self._received:
                    self.complain(where, f"event {entry.position} was received before the one before it")
                self._received = received
            self.expected.add(entry)

    def _check_number(self, entry, where):
        if entry.get("number") is not None:
            pair = entry.get("agent"), entry.get("number")
            other = self._positions_of_number.setdefault(pair, entry.position)
            if other != entry.position:
                self.complain(where, f"number {pair[1]} of {pair[0]!r} is at {other} and at {entry.position}")

    def _check_binding(self, entry, where):
        agent, key = entry.get("agent"), entry.get("publicKey")
        bound = self._bound.get(agent)
        if key is not None and bound is None:
            self._bound[agent] = key
        elif bound is not None and entry.event is not None and key != bound:
            self.complain(where, f"event {entry.position} is not signed by the bound key of {agent!r}")
        elif entry.event is None and key is not None:
            self.complain(where, f"{agent!r} is bound once more at {entry.position}")
        if entry.event is not None and key is not None:
            message = canonical.signed_bytes(entry.event)
            if not signature_holds(key, entry.event["signature"], message):
                self.complain(where, f"the signature of event {entry.position} does not hold")

    # What follows the frames.

    def _after_segment(self, segment, data, following, heads):
        if segment.trailer is not None:
            if segment.end != segment.trailer.frames_end:
                self._break(segment, f"the frames end at {segment.end}, not at {segment.trailer.frames_end}")
            self._check_trailer(segment, data)
            return
        end = len(data.rstrip(b"\0"))
        size = self.tree.size
        if following:
            if int(following[0][8:]) != size:
                self._break(segment, f"damaged at {segment.end}: {following[0]} does not follow {size - 1}")
            self.notes.append(f"{segment.name}: an unfinished seal")
            return
        if end <= segment.end:
            return
        above = [f"a head of {head.size}" for head in heads if head.size > size]
        for frame in layout.find_commit(data, segment.end, segment.header.seed):
            commit = layout.read_commit(frame.payload)
            if commit.synced >= size:
                above.append(f"a commit at {frame.offset} that names {commit.synced} as synced")
        if above:
            self._break(segment, f"damaged at {segment.end}, below {above[0]}")
        self.tail = {"segment": segment.name, "offset": segment.end, "bytes": end - segment.end, "size": size}

    def _break(self, segment, what):
        self.complain(segment.name, what)
        raise Broken

    def _check_trailer(self, segment, data):
        trailer, header, name = segment.trailer, segment.header, segment.name
        if trailer.identity != header.identity or trailer.first != header.first:
            self.complain(name, "its trailer is another segment's")
        if (trailer.seed, trailer.kind) != (header.seed, header.kind):
            self.complain(name, "its trailer's seed or shape is not its header's")
        if trailer.count != len(segment.entries):
            self.complain(name, f"its trailer counts {trailer.count} events, not {len(segment.entries)}")
        if trailer.slots != self.slots_named:
            self.complain(name, f"its trailer names {trailer.slots} key slots, not {self.slots_named}")
        if trailer.keys != self.expected.keys:
            self.complain(name, f"its trailer counts {trailer.keys} keys, not {self.expected.keys}")
        received = [trailer.first_milliseconds, trailer.last_milliseconds, trailer.last_counter]
        if header.kind == layout.FULL:
            if segment.entries:
                first, last = (segment.entries[index].event["received"] for index in (0, -1))
                if received != [first[0], *last]:
                    self.complain(name, "its trailer's times are not its events'")
        else:
            loaded = received[:2] == [0, 0]
            if not loaded and (received[0] > received[1] or (self._received or (received[0],))[0] > received[0]):
                self.complain(name, "its trailer's times go backwards")
            self._received = self._received if loaded else tuple(received[1:])
        self._check_sections(segment, data)

    def _check_sections(self, segment, data):
        trailer, at = segment.trailer, segment.end
        for name, (offset, count, width, _) in zip(layout.SECTIONS, trailer.sections):
            size = layout.section_size(count, width)
            if count < 0 or offset != at and count:
                self._break(segment, f"section {name} lies at {offset} instead of {at}")
            at += size
        if at != len(data) - layout.TRAILER:
            self._break(segment, f"its sections end at {at}, and its trailer begins at {len(data) - layout.TRAILER}")
        found = []
        for number, section in enumerate(trailer.sections):
            content, complaints = layout.read_section(data, segment.header.seed, number, section)
            found.append(content)
            self.errors += [f"{segment.name}: {complaint}" for complaint in complaints]
        for complaint in self.expected.differences(segment, self.tree, found):
            self.complain(segment.name, complaint)

    # Bodies and keys.

    def is_forgotten(self, entry):
        if entry.event is None or is_own(entry.event):
            return False
        return self.forgets.get(subject_of(entry.event), [-1])[-1] > entry.position

    def _check_bodies(self, master_key):
        locked = self.keyring.is_wrapped and master_key is None
        for entry in self.entries:
            if entry.event is None:
                continue
            where, body = f"event {entry.position}", entry.body
            if is_own(entry.event) != (entry.slot == 0):
                self.complain(where, "its body is sealed" if entry.slot else "its body is not sealed")
                continue
            if entry.slot:
                slot = self.keyring.slot(entry.slot)
                if not self._may_seal(slot, entry, where):
                    continue
                if not body and slot.is_live:
                    self.complain(where, "it has no body, and its key was not destroyed")
                if locked and slot.is_live:
                    continue
                if slot.key is None:
                    if not self.is_forgotten(entry):
                        self.complain(where, "its key is destroyed, and no forget follows")
                    continue
                body = open_sealed(slot.key, entry.run + entry.position.to_bytes(6, "big"), body)
                if body is None:
                    self.complain(where, "its body does not open")
                    continue
            self._check_body(entry, body, where)

    def _may_seal(self, slot, entry, where):
        if slot is None:
            self.complain(where, f"the keyring has no key {entry.slot}")
            return False
        if slot.tag != self.keyring.tag(subject_of(entry.event)):
            self.complain(where, f"key {entry.slot} is another subject's")
            return False
        if entry.position < slot.lowest or not slot.is_live and entry.position >= slot.forget:
            self.complain(where, f"key {entry.slot} may not seal it")
            return False
        return True

    def _check_body(self, entry, body, where):
        if sha256(body) != entry.event["commit"]:
            self.complain(where, "its body is not what its commit says")
            return
        try:
            data = canonical.decode(body[16:], canonical.DATA_DEPTH)
            sound = isinstance(data, dict) and not canonical.has_bytes(data)
            sound = sound and canonical.encode(data) == body[16:] and len(body) <= 16 + canonical.DATA_BYTES
        except NotCanonical as reason:
            self.complain(where, f"its data is not canonical: {reason}")
            return
        if not sound:
            self.complain(where, "its data is not what an event may hold")
        if is_forget(entry.event) and data != {}:
            self.complain(where, "a forget with data")
        entry.salt, entry.data = body[:16], data

    def _check_keys(self):
        live, forgets = {}, {}
        for subject, positions in self.forgets.items():
            forgets[self.keyring.tag(subject)] = positions
        if len(self.keyring.slots) < self.slots_named:
            self.complain("keyring", f"{self.keyring.end}, but {self.slots_named} keys were synced")
        for slot in self.keyring.slots:
            where, positions = f"keyring: slot {slot.index}", forgets.get(slot.tag, [])
            later = [position for position in positions if position >= slot.lowest]
            if slot.state == 2 and slot.forget not in later[:1]:
                self.complain(where, f"destroyed for a forget at {slot.forget}, which is not there")
            if slot.lowest > self.tree.size:
                self.notes.append(f"{where}: its key was made for a tail that is gone")
            if slot.is_live and later:
                self.notes.append(f"{where}: the forget at {later[0]} has yet to destroy it")
            elif slot.is_live:
                other = live.setdefault(slot.tag, slot.index)
                if other != slot.index:
                    self.complain(where, f"its subject has a live key at {other} too")
        for index in self.keyring.plain:
            self.notes.append(f"keyring: slot {index}: has yet to be wrapped")
        if self.keyring.has_rest:
            self.notes.append(f"keyring: {self.keyring.end}, and a crash left bytes from there on")
