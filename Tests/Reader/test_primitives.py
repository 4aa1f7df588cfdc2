"""Tests of what the second reader counts with: checksums, trees and the encoding of events."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import canonical
from canonical import NotCanonical, decode, encode
from primitives import Tree, consistency_holds, crc32c, inclusion_holds, leaf_hash, sha256, siphash24


class Primitives(unittest.TestCase):
    def test_crc(self):
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)
        self.assertEqual(crc32c(b"456789", crc32c(b"123")), 0xE3069283)
        self.assertEqual(crc32c(bytes(32)), 0x8A9136AA)

    def test_siphash(self):
        key = bytes(range(16))
        self.assertEqual(siphash24(key, b""), 0x726FDB47DD0E0E31)
        self.assertEqual(siphash24(key, bytes(range(15))), 0xA129CA6149BE45E5)

    LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    ROOTS = """6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
    fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
    aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77
    d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
    4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4
    76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
    ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c
    5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328""".split()

    def test_published_tree(self):
        tree = Tree()
        for leaf, root in zip(self.LEAVES, self.ROOTS):
            tree.append(leaf_hash(bytes.fromhex(leaf)))
            self.assertEqual(tree.root(tree.size).hex(), root)
        path = [step.hex()[:8] for step in tree.inclusion(5, 8)]
        self.assertEqual(path, ["bc1a0643", "ca854ea1", "d37ee418"])

    def test_every_proof_of_small_trees(self):
        tree = Tree()
        for leaf in range(33):
            tree.append(leaf_hash(bytes([leaf])))
        for size in range(1, 34):
            root = tree.root(size)
            for position in range(size):
                path, leaf = tree.inclusion(position, size), tree.levels[0][position]
                self.assertTrue(inclusion_holds(leaf, position, size, path, root))
                self.assertFalse(inclusion_holds(leaf, position ^ 1, size, path, root) and size > 1)
            for old in range(size + 1):
                path = tree.consistency(old, size)
                self.assertTrue(consistency_holds(old, size, path, tree.root(old), root))
                if 0 < old < size:
                    self.assertFalse(consistency_holds(old, size, path, sha256(b"x"), root))
                    self.assertFalse(consistency_holds(old, size, path, tree.root(old), sha256(b"x")))


class Cbor(unittest.TestCase):
    def test_golden(self):
        pairs = [(0, "00"), (23, "17"), (24, "1818"), (2 ** 53, "1b0020000000000000"), (-1, "20"), (1.5, "f93e00"),
                 (-0.0, "00"), (3.0, "03"), (0.1, "fb3fb999999999999a"), (2.0 ** 60, "fa5d800000"), (1e300, None),
                 ("é", "62c3a9"), ({"b": 1, "a": [], "aa": None}, "a3616180616201626161f6"), (b"\x01", "4101"),
                 ([True, False, None], "83f5f4f6"), (65504.5, "fa477fe080"), (5.960464477539063e-08, "f90001")]
        for value, text in pairs:
            if text is not None:
                self.assertEqual(encode(value).hex(), text)
            self.assertEqual(decode(encode(value)), value)

    def test_refusals(self):
        for text in ["1817", "190018", "1b0020000000000001", "f98000", "f97e00", "f97c00", "fa3fc00000", "f90000",
                     "f94200", "fb3ff8000000000000", "a2616201616101", "a2616101616102", "a10101", "5f4101ff", "9fff",
                     "c001", "61ff", "63eda080", "f7", "e0", "f820", "ff", "0000", "8201", "", "1c", "780161"]:
            with self.assertRaises(NotCanonical, msg=text):
                decode(bytes.fromhex(text))

    def test_depth(self):
        self.assertIsInstance(decode(b"\x81" * 63 + b"\x80"), list)
        with self.assertRaises(NotCanonical):
            decode(b"\x81" * 64 + b"\x80")

    def test_unsound_events(self):
        sound = {"agent": "a", "type": "T", "commit": bytes(32), "position": 3, "received": [1, 0], "writer": "open"}
        self.assertEqual(canonical.faults(sound), [])
        for change in [{"agent": ""}, {"agent": "a\n"}, {"agent": "a" * 129}, {"type": "a b"}, {"type": "T" * 51},
                       {"more": 1}, {"number": 0}, {"number": 1.5}, {"number": True}, {"causes": [3]}, {"causes": [-1]},
                       {"at": 1.5}, {"clock": {"a": 0}}, {"room": ""}, {"writer": "signed"}, {"writer": "x"},
                       {"publicKey": bytes(32)}, {"agent": "prima"}, {"type": "prima.x"}, {"commit": bytes(31)},
                       {"received": [1]}]:
            self.assertTrue(canonical.faults(sound | change), change)


if __name__ == "__main__":
    unittest.main()
