"""What the sections of a sealed segment must hold, worked out from the events alone."""

import struct

from primitives import siphash24

_MASK32 = (1 << 32) - 1
SALTS = (0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947)


def filter_bits(fingerprint, blocks):
    """The bits of a fingerprint in a Bloom filter of so many blocks, counted from the filter's first bit."""
    block = (fingerprint >> 32) * blocks >> 32
    low = fingerprint & _MASK32
    return [block * 512 + ((low * salt & _MASK32) >> 23) for salt in SALTS]


def filter_blocks(numbers, names):
    """How many blocks the filter has beside so many entries of the sections `numbers` and `directory`."""
    return max(1, -(-10 * (numbers + names) // 512))


def build_filter(fingerprints, blocks):
    bits = bytearray(64 * blocks)
    for fingerprint in fingerprints:
        for bit in filter_bits(fingerprint, blocks):
            bits[bit >> 3] |= 1 << (bit & 7)
    return bytes(bits)


class Expected:
    """Follows the ledger event by event; `differences` compares the sections at the end of a segment."""

    def __init__(self, fingerprint_key):
        self.key = fingerprint_key
        self.keys = 0
        self.highest, self.bound, self.known = {}, {}, {}

    def fingerprint(self, domain, text):
        known = self.known.get((domain, text))
        if known is None:
            known = self.known[domain, text] = siphash24(self.key, bytes([domain]) + text)
        return known

    def add(self, entry):
        agent, number = entry.get("agent"), entry.get("number")
        if entry.get("key") is not None:
            self.keys += 1
        if number is not None:
            self.highest[agent] = max(self.highest.get(agent, 0), number)
        if entry.get("publicKey") is not None:
            self.bound.setdefault(agent, entry.position)

    def numbers_of(self, entry):
        agent = (entry.get("agent") or "").encode()
        if entry.get("number") is not None:
            yield siphash24(self.key, b"\x01" + agent + struct.pack("<q", entry.get("number")))
        if entry.get("key") is not None:
            yield siphash24(self.key, b"\x02" + agent + b"\0" + entry.get("key").encode())

    def names_of(self, entry):
        """The fingerprints under which the directory has an event; of a kept one, a forget's only."""
        event = entry.event
        if event is None:
            if "subject" not in entry.kept:
                return set()
            event = {"type": "prima.forget", "subject": entry.kept["subject"]}
        domains = ((3, "agent"), (4, "subject"), (5, "type"), (6, "room"))
        return {self.fingerprint(domain, event[name].encode()) for domain, name in domains if name in event}

    def differences(self, segment, tree, found):
        expected = self._sections(segment, tree)
        wanted = {struct.unpack_from("<Q", expected[2], at)[0] for at in range(0, len(expected[2]), 12)}
        wanted |= {struct.unpack_from("<Q", expected[3], at)[0] for at in range(0, len(expected[3]), 16)}
        expected[5] = build_filter(wanted, filter_blocks(len(expected[2]) // 12, len(expected[3]) // 16))
        names = ("offsets", "tree", "numbers", "directory", "postings", "filter", "numbered", "bound", "peaks")
        widths = (4, 32, 12, 16, 4, 64, 16, 16, 32)
        for name, width, has, should in zip(names, widths, found, expected):
            if has == should:
                continue
            lines = [set(content[at:at + width] for at in range(0, len(content), width)) for content in (has, should)]
            missing, extra = len(lines[1] - lines[0]), len(lines[0] - lines[1])
            yield f"section {name}: {missing} entries are missing, {extra} do not belong" + (
                "" if missing or extra else "; the order is wrong")

    def _sections(self, segment, tree):
        first, entries = segment.header.first, segment.entries
        numbers, postings = [], {}
        for place, entry in enumerate(entries):
            numbers += [(fingerprint, place) for fingerprint in self.numbers_of(entry)]
            for fingerprint in self.names_of(entry):
                postings.setdefault(fingerprint, []).append(place)
        directory, places = b"", []
        for fingerprint in sorted(postings):
            directory += struct.pack("<QII", fingerprint, len(places), len(postings[fingerprint]))
            places += postings[fingerprint]
        return [
            b"".join(struct.pack("<I", entry.offset) for entry in entries),
            b"".join(self._subtrees(tree, first, first + len(entries))),
            b"".join(struct.pack("<QI", *pair) for pair in sorted(numbers)),
            directory,
            b"".join(struct.pack("<I", place) for place in places),
            b"",
            self._agents(self.highest),
            self._agents(self.bound),
            b"".join(tree.peaks(first + len(entries))),
        ]

    def _agents(self, values):
        pairs = sorted((self.fingerprint(3, agent.encode()), value) for agent, value in values.items())
        return b"".join(struct.pack("<Qq", *pair) for pair in pairs)

    @staticmethod
    def _subtrees(tree, first, end):
        level = 4
        while end >> level > first >> level:
            yield from tree.levels[level][first >> level:end >> level]
            level += 1
