"""The mathematics that the ledger's format stands on: CRC-32C, SipHash-2-4, RFC 6962's tree, AES-GCM and Ed25519."""

import hashlib

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def _crc_table():
    """Remainders of every pair of bytes: two bytes for each step of the loop."""
    table = []
    for value in range(1 << 16):
        for _ in range(16):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_CRC = _crc_table()
_MASK64 = (1 << 64) - 1


def crc32c(data, seed=0):
    """The CRC of `data`, as if it followed bytes whose finished CRC was `seed`."""
    crc = seed ^ 0xFFFFFFFF
    even = len(data) & ~1
    table = _CRC
    view = memoryview(data)
    for low, high in zip(view[0:even:2], view[1:even:2]):
        crc = table[(crc ^ (low | high << 8)) & 0xFFFF] ^ (crc >> 16)
    if even != len(data):
        crc ^= data[even]
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def _sip_round(a, b, c, d):
    a = (a + b) & _MASK64
    b = ((b << 13) | (b >> 51)) & _MASK64 ^ a
    a = ((a << 32) | (a >> 32)) & _MASK64
    c = (c + d) & _MASK64
    d = ((d << 16) | (d >> 48)) & _MASK64 ^ c
    a = (a + d) & _MASK64
    d = ((d << 21) | (d >> 43)) & _MASK64 ^ a
    c = (c + b) & _MASK64
    b = ((b << 17) | (b >> 47)) & _MASK64 ^ c
    c = ((c << 32) | (c >> 32)) & _MASK64
    return a, b, c, d


def siphash24(key, data):
    """SipHash-2-4 with its 64-bit result as a number."""
    low, high = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:16], "little")
    state = (low ^ 0x736F6D6570736575, high ^ 0x646F72616E646F6D,
             low ^ 0x6C7967656E657261, high ^ 0x7465646279746573)
    whole = len(data) & ~7
    last = data[whole:] + bytes(7 - (len(data) & 7)) + bytes([len(data) & 0xFF])
    for start in range(0, whole + 8, 8):
        word = int.from_bytes(data[start:start + 8] if start < whole else last, "little")
        a, b, c, d = state
        state = _sip_round(*_sip_round(a, b, c, d ^ word))
        state = (state[0] ^ word,) + state[1:]
    a, b, c, d = state
    state = (a, b, c ^ 0xFF, d)
    for _ in range(4):
        state = _sip_round(*state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(canonical):
    return sha256(b"\x00" + canonical)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


class Tree:
    """RFC 6962's tree over leaf hashes; it keeps the hash of every perfect subtree."""

    def __init__(self):
        self.levels = [[]]

    @property
    def size(self):
        return len(self.levels[0])

    def append(self, leaf):
        self.levels[0].append(leaf)
        level = 0
        while len(self.levels[level]) % 2 == 0:
            if level + 1 == len(self.levels):
                self.levels.append([])
            below = self.levels[level]
            self.levels[level + 1].append(node_hash(below[-2], below[-1]))
            level += 1

    def peaks(self, size):
        """The roots of the perfect subtrees of the first `size` leaves, largest first."""
        found, start = [], 0
        for level in range(size.bit_length() - 1, -1, -1):
            if size >> level & 1:
                found.append(self.levels[level][start >> level])
                start += 1 << level
        return found

    def root(self, size):
        peaks = self.peaks(size)
        if not peaks:
            return sha256(b"")
        folded = peaks[-1]
        for peak in reversed(peaks[:-1]):
            folded = node_hash(peak, folded)
        return folded

    def _range(self, start, end):
        """The hash of leaves start ..< end, where RFC 6962's recursion cuts."""
        width = end - start
        if width & (width - 1) == 0 and start % width == 0:
            level = width.bit_length() - 1
            return self.levels[level][start >> level]
        split = 1 << ((width - 1).bit_length() - 1)
        return node_hash(self._range(start, start + split), self._range(start + split, end))

    def inclusion(self, position, size):
        """The audit path of leaf `position` in the tree of `size` leaves, from the leaf upwards."""
        path, start, end = [], 0, size
        while end - start > 1:
            split = start + (1 << ((end - start - 1).bit_length() - 1))
            if position < split:
                path.append(self._range(split, end))
                end = split
            else:
                path.append(self._range(start, split))
                start = split
        return path[::-1]

    def consistency(self, old, new):
        """The proof that the tree of `old` leaves is a prefix of the one of `new` leaves."""
        if old == 0 or old == new:
            return []
        path, start, end, whole = [], 0, new, True
        while old != end:
            split = start + (1 << ((end - start - 1).bit_length() - 1))
            if old <= split:
                path.append(self._range(split, end))
                end = split
            else:
                path.append(self._range(start, split))
                start, whole = split, False
        if not whole:
            path.append(self._range(start, end))
        return path[::-1]


def inclusion_holds(leaf, position, size, path, root):
    """RFC 9162, 2.1.3.2."""
    if position >= size:
        return False
    index, last, current = position, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            current = node_hash(sibling, current)
            while index & 1 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and current == root


def consistency_holds(old, new, path, old_root, new_root):
    """RFC 9162, 2.1.4.2; an empty tree is a prefix of every tree."""
    if old == 0:
        return not path and old_root == sha256(b"")
    if old == new:
        return not path and old_root == new_root
    if not path or old > new:
        return False
    steps = list(path) if old & (old - 1) else [old_root] + list(path)
    index, last = old - 1, new - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    from_old = from_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            from_old, from_new = node_hash(step, from_old), node_hash(step, from_new)
            while index & 1 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            from_new = node_hash(from_new, step)
        index, last = index >> 1, last >> 1
    return last == 0 and from_old == old_root and from_new == new_root


def open_sealed(key, nonce, sealed, associated=None):
    """What AES-256-GCM sealed, or None when the tag does not hold."""
    try:
        return AESGCM(key).decrypt(nonce, sealed, associated)
    except InvalidTag:
        return None


def signature_holds(public_key, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


def public_key_of(seed):
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
