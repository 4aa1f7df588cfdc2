#!/usr/bin/python3
"""Tests of the second reader. `EVERY_BIT=1` flips every bit of the sample ledger instead of a sample of them."""

import functools
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import canonical
import checks
import layout
import tiny_writer
from canonical import NotCanonical, decode, encode
from checks import Reading
from prima_reader import compare, dump, prove, report
from primitives import (Tree, consistency_holds, crc32c, inclusion_holds, leaf_hash, sha256, siphash24)
from tiny_writer import MemoryFolder, commit_payload, frame, sample, stamp

FIRST, OPEN = "segment-000000000000000", "segment-000000000000020"


def setUpModule():
    for module, name in ((layout, "crc32c"), (checks, "signature_holds"), (checks, "public_key_of"),
                         (checks, "open_sealed"), (tiny_writer, "crc32c")):
        setattr(module, name, functools.lru_cache(maxsize=4000)(getattr(module, name)))


def read(files, master_key=None):
    return Reading(MemoryFolder(files), master_key)


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


class Whole(unittest.TestCase):
    def test_a_sound_ledger(self):
        for master_key in (None, bytes(range(32))):
            ledger = sample(2, master_key)
            reading = read(ledger.files, master_key)
            answer = report(reading)
            self.assertEqual(answer["errors"], [])
            self.assertEqual((answer["size"], answer["first"], answer["segments"]), (24, 0, 2))
            self.assertEqual(answer["root"], ledger.naive_root().hex())
            lines = list(dump(reading))
            for shown, (event, salt, data) in zip(lines, ledger.events):
                if shown.get("forgotten"):
                    self.assertIsNone(shown["data"])
                    self.assertNotIn("salt", shown)
                else:
                    self.assertEqual((shown["data"], shown["salt"]), (data, salt.hex()))
                self.assertEqual(shown["hash"], hashlib.sha256(b"\0" + encode(event)).hexdigest())
            gone = [shown["position"] for shown in lines if shown.get("forgotten")]
            self.assertEqual(gone, [1, 4, 7, 10, 13, 17])
            self.assertEqual(prove(reading, 3, 20)["leaf"], lines[3]["hash"])
            self.assertEqual(compare(reading, 20, 24)["toRoot"], answer["root"])

    def test_wrapped_keys_need_their_master_key(self):
        ledger = sample(2, bytes(range(32)))
        self.assertIn("give the master key", read(ledger.files).errors[0])
        self.assertIn("another master key", read(ledger.files, bytes(32)).errors[0])

    def test_retention(self):
        ledger = sample()
        ledger.seal()
        before = report(read(ledger.files))
        ledger.retain(0)
        after = report(read(ledger.files))
        self.assertEqual(after, before | {"first": 20})
        ledger.retain(1)
        reading = read(ledger.files)
        self.assertEqual(report(reading), before | {"first": 24})
        self.assertIn("leaf", next(dump(reading)))

    def test_empty_ledger(self):
        answer = report(read(tiny_writer.TinyLedger().files))
        self.assertEqual((answer["ok"], answer["size"], answer["root"]), (True, 0, sha256(b"").hex()))

    def test_pages(self):
        """Sections of more than one page, and a tree of more than one level."""
        ledger = tiny_writer.TinyLedger(5)
        for group in range(20):
            ledger.append([ledger.event(f"agent {n % 300}", room=str(n), number=n + 1, key=f"k{n}")
                           for n in range(group * 100, group * 100 + 100)])
        ledger.seal()
        self.assertEqual(report(read(ledger.files))["errors"], [])
        swapped = bytearray(ledger.files[FIRST])
        trailer = layout.read_trailer(bytes(swapped), "")
        at = trailer.sections[2][0]
        swapped[at:at + 4096], swapped[at + 4096:at + 8192] = swapped[at + 4096:at + 8192], swapped[at:at + 4096]
        self.assertTrue(any("order is wrong" in error for error in
                            read(ledger.files | {FIRST: bytes(swapped)}).errors))

    def test_command_line(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, content in sample().files.items():
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(content)
            def run(*words):
                script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "prima_reader.py")
                done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True)
                return done.returncode, [json.loads(text) for text in done.stdout.splitlines()]
            self.assertEqual(run("verify", folder)[1][0]["size"], 24)
            self.assertEqual(len(run("dump", folder)[1]), 24)
            self.assertEqual(run("proof", folder, "--position", "3", "--size", "9")[1][0]["size"], 9)
            self.assertEqual(run("consistency", folder, "--from", "0", "--to", "9")[1][0]["path"], [])
            self.assertEqual(run("proof", folder, "--position", "9", "--size", "9")[0], 65)
            os.truncate(os.path.join(folder, FIRST), 5000)
            self.assertEqual(run("verify", folder)[0], 65)
            self.assertEqual(run("verify", os.path.join(folder, "none"))[0], 73)


class Torn(unittest.TestCase):
    def setUp(self):
        self.ledger = sample(head=False)
        self.whole = self.ledger.files[OPEN]
        self.groups = []
        reading = read(self.ledger.files)
        self.end = reading.segments[-1].end
        offset = 4096
        while frame_read := layout.read_frame(self.whole, offset, self.end, reading.segments[-1].header.seed):
            offset = frame_read.end
            if frame_read.kind == layout.COMMIT:
                self.groups.append(offset)

    def test_every_cut_of_the_last_group_is_a_tail(self):
        for cut in range(self.groups[-2], self.end):
            torn = self.whole[:cut] + bytes(len(self.whole) - cut)
            answer = report(read(self.ledger.files | {OPEN: torn}))
            self.assertEqual((answer["ok"], answer["size"]), (True, 23), cut)
            if cut > self.groups[-2]:
                self.assertEqual(answer["tail"]["offset"], self.groups[-2])

    def test_a_hole_in_the_last_group_is_a_tail(self):
        for start in range(self.groups[-2], self.end, 7):
            torn = self.whole[:start] + bytes(min(7, self.end - start)) + self.whole[start + 7:]
            answer = report(read(self.ledger.files | {OPEN: torn}))
            self.assertEqual((answer["ok"], answer["size"], answer["tail"]["size"]), (True, 23, 23))

    def test_a_head_makes_it_damage(self):
        self.ledger.write_head()
        for cut in range(self.groups[-2] + 1, self.end, 5):
            torn = self.whole[:cut] + bytes(len(self.whole) - cut)
            self.assertIn("below a head of 24", read(self.ledger.files | {OPEN: torn}).errors[0])

    def test_a_lost_group_without_a_trace_needs_a_head(self):
        torn = self.whole[:self.groups[-2]]
        self.assertTrue(report(read(self.ledger.files | {OPEN: torn}))["ok"])
        self.ledger.write_head()
        self.assertTrue(read(self.ledger.files | {OPEN: torn}).errors)

    def test_a_later_commit_makes_it_damage(self):
        for at in range(4096, self.groups[-2]):
            torn = bytearray(self.whole)
            torn[at] ^= 1 << at % 8
            reading = read(self.ledger.files | {OPEN: bytes(torn)})
            self.assertTrue(reading.errors, at)

    def test_an_unfinished_seal(self):
        ledger = sample(head=False)
        ledger.seal()
        third = "segment-000000000000024"
        unsealed = ledger.files | {OPEN: ledger.files[OPEN][:-512] + bytes(512)}
        answer = report(read(unsealed))
        self.assertEqual((answer["ok"], len(answer["notes"])), (True, 1))
        self.assertTrue(read({name: data for name, data in ledger.files.items() if name != OPEN}).errors)
        ledger.append([ledger.event("a-1")])
        ledger.seal()
        unsealed = ledger.files | {OPEN: ledger.files[OPEN][:-512] + bytes(512)}
        self.assertIn("not sealed", read(unsealed).errors[0])
        self.assertIn(third, ledger.files)


class Damaged(unittest.TestCase):
    def test_flipped_bits(self):
        """Each flipped bit is an error, but in `lock`, and a tail where the open segment has no frames yet."""
        ledger = sample()
        every = os.environ.get("EVERY_BIT") == "1"
        end = read(ledger.files).segments[-1].end
        step = 0
        for name, content in ledger.files.items():
            for at in range(len(content)):
                near = any(content[max(0, at - 1):at + 2])
                for bit in range(8) if every else [at % 8]:
                    step += 1
                    if not every and step % (4 if near else 101):
                        continue
                    changed = bytearray(content)
                    changed[at] ^= 1 << bit
                    reading = read(ledger.files | {name: bytes(changed)})
                    if name == "lock":
                        self.assertEqual(reading.errors, [])
                    elif name == OPEN and at >= end:
                        self.assertEqual((reading.errors, reading.tail["size"]), ([], 24), at)
                    else:
                        self.assertTrue(reading.errors, f"{name}: bit {bit} of byte {at}")

    def test_versions_and_foreign_files(self):
        for name, at, size, crc_at in (("keyring", 0, 128, 12), (FIRST, 0, 128, 12), (OPEN, 0, 128, 12),
                                       (FIRST, -512, 512, 12), ("heads", 0, 512, 12), ("heads", 512, 512, 12)):
            ledger = sample()
            content = bytearray(ledger.files[name])
            at %= len(content)
            block = content[at:at + size]
            struct.pack_into("<I", block, 8, 2)
            content[at:at + size] = stamp(block, crc_at)
            errors = read(ledger.files | {name: bytes(content)}).errors
            self.assertTrue(any("version 2" in error and name in error for error in errors), errors)
            if name != "keyring":
                foreign = sample(9).files[name]
                if name != "heads" or at == 0:
                    self.assertTrue(any("foreign" in error or "belong" in error for error in
                                        read(ledger.files | {name: foreign}).errors))
        self.assertIn("foreign", read(ledger.files | {OPEN: b"GIF89a" + bytes(9000)}).errors[0])
        self.assertIn("foreign", read(ledger.files | {"head.key": b"prima-head-key-2 " + b"0" * 64 + b"\n"}).errors[0])

    def test_gaps_and_strangers(self):
        files = sample().files
        for change in [{"segment-000000000000019": files[OPEN]}, {"segment-20": files[OPEN]}]:
            self.assertTrue(read(files | change).errors)
        for missing in ("keyring", "head.key", FIRST, OPEN):
            left = {name: data for name, data in files.items() if name != missing}
            self.assertTrue(read(left).errors, missing)
        self.assertEqual(read(files | {"segment-000000000000024.new": b"x", "other": b"y"}).errors, [])

    def test_rewritten_with_sound_checksums(self):
        """What a checksum cannot notice: each is told by what it contradicts."""
        ledger = sample()
        seed, size = ledger.segment.seed, ledger.tree.size
        whole, root = ledger.files[OPEN], ledger.tree.root(ledger.tree.size)
        reading = read(ledger.files)
        last = reading.segments[-1].end - 64
        for expected, payload in [("root", commit_payload(23, 1, len(ledger.slots), 22, sha256(b""))),
                                  ("commits", commit_payload(22, 1, len(ledger.slots), 22, root)),
                                  ("commits", commit_payload(23, 2, len(ledger.slots), 22, root)),
                                  ("synced", commit_payload(23, 1, len(ledger.slots), 21, root)),
                                  ("key slots", commit_payload(23, 1, 0, 22, root)),
                                  ("were synced", commit_payload(23, 1, 99, 22, root))]:
            changed = whole[:last] + frame(2, payload, seed) + whole[last + 64:]
            errors = read(ledger.files | {OPEN: changed}).errors
            self.assertTrue(any(expected in error for error in errors), (expected, errors))
        self.assertEqual(size, 24)

    def test_flipped_bits_under_sound_checksums(self):
        """What still goes unnoticed when the checksum was made to fit: when it was made, and a lower `lowest`."""
        ledger, silent = sample(), set()
        slots = [("keyring", 128 * index, 128, 0, None) for index in range(1, len(ledger.slots) + 1)]
        blocks = [("keyring", 0, 128, 12, None), (FIRST, 0, 128, 12, None), (OPEN, 0, 128, 12, None),
                  (FIRST, len(ledger.files[FIRST]) - 512, 512, 12, None), ("heads", 0, 512, 12, None)]
        seed = ledger.sealed[0][0].seed
        for number, section in enumerate(layout.read_trailer(ledger.files[FIRST], "").sections):
            blocks += [(FIRST, section[0], 4096, 4092, seed + number)]
        for name, start, size, crc_at, seeded in blocks + slots:
            for at in range(0, size, 41 if size > 512 else 3 if size > 128 else 1):
                if crc_at <= at < crc_at + 4:
                    continue
                content = bytearray(ledger.files[name])
                content[start + at] ^= 1 << at % 8
                block = content[start:start + size]
                if seeded is None:
                    block = stamp(block, crc_at)
                else:
                    struct.pack_into("<I", block, crc_at, crc32c(block[:crc_at], seeded % (1 << 32)))
                content[start:start + size] = block
                if not read(ledger.files | {name: bytes(content)}).errors:
                    silent.add((name, at))
        made = {(name, 48 + byte) for name in ("keyring", FIRST, OPEN) for byte in range(8)}
        made.add(("keyring", 8))
        self.assertEqual(silent - made, set())

    def test_a_lying_writer(self):
        """Frames, commits and roots all fit; what is written is wrong."""
        def errors(draft=None, twist=None, body=None, prepare=None):
            ledger = sample(head=False)
            if prepare:
                prepare(ledger)
            ledger.twist, ledger.twist_body = twist or ledger.twist, body or ledger.twist_body
            ledger.append([ledger.event(**{"agent": "a-1"} | (draft or {}))])
            return " ".join(read(ledger.files).errors)
        signer, other = sha256(b"signer"), sha256(b"other")
        self.assertEqual(errors(), "")
        self.assertEqual(errors({"agent": "s-1", "sign": signer}), "")
        self.assertIn("position 25 stands where 24", errors(twist=lambda event: event | {"position": 25}))
        self.assertIn("before the one before it", errors(twist=lambda event: event | {"received": [1, 0]}))
        self.assertIn("not what its commit says", errors(twist=lambda event: event | {"commit": bytes(32)}))
        self.assertIn("not what its commit says", errors(body=lambda body: body + b"x"))
        self.assertIn("is not signed by", errors({"agent": "s-1"}))
        self.assertIn("is not signed by", errors({"agent": "s-1", "sign": other}))
        self.assertIn("signature of event 24", errors({"sign": other}, twist=lambda event: event | {"room": "x"}))
        self.assertIn("number 8 of 'a-1' is at 21 and at 24", errors({"number": 8}))
        self.assertIn("uses key", errors({"agent": "new"}, prepare=lambda ledger: setattr(ledger, "slots_unsaid", 1)))
        self.assertIn("has a live key at", errors(prepare=lambda ledger: ledger.live.pop("a-1")))
        self.assertIn("a forget with data", errors({"agent": "prima", "kind": "prima.forget", "subject": "q",
                                                    "data": {"x": 1}}))
        self.assertIn("reserved", errors({"agent": "prima"}))
        for data in ({"x": b"bytes"}, [], {"x": "y" * 65536}):
            self.assertIn("not what an event may hold", errors({"data": data}))

    def test_a_head_of_another_history(self):
        ledger = sample(head=False)
        size, ledger.tree = ledger.tree.size, Tree()
        for leaf in range(size):
            ledger.tree.append(sha256(bytes([leaf])))
        ledger.write_head()
        self.assertIn("is not the ledger's", " ".join(read(ledger.files).errors))

    def test_keys_and_forgets(self):
        def errors(index, **change):
            ledger = sample()
            ledger.slots[index].update(change)
            ledger._write_keyring()
            return " ".join(read(ledger.files).errors)
        self.assertIn("which is not there", errors(0, state=2, key=None, forget=22))
        self.assertIn("which is not there", errors(1, forget=17))
        self.assertIn("does not open", errors(0, key=bytes(32)))
        self.assertIn("another subject's", errors(0, tag=bytes(16)))
        self.assertIn("may not seal", errors(0, lowest=9))
        ledger = sample()
        ledger.slots.pop()
        ledger._write_keyring()
        self.assertIn("were synced", " ".join(read(ledger.files).errors))

    def test_a_forget_that_has_not_destroyed_its_key_yet(self):
        ledger = sample()
        before = ledger.files["keyring"]
        ledger.forget("a-1")
        ledger.files["keyring"] = before
        reading = read(ledger.files)
        self.assertEqual((reading.errors, len(reading.notes)), ([], 1))
        self.assertTrue(list(dump(reading))[0]["forgotten"])


if __name__ == "__main__":
    unittest.main()
