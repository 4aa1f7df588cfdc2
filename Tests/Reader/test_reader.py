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

import checks
import layout
import tiny_writer
from canonical import encode
from checks import Reading
from prima_reader import compare, dump, prove, report
from primitives import Tree, crc32c, sha256
from tiny_writer import MemoryFolder, commit_payload, frame, page_seed, sample, stamp

FIRST, OPEN = "segment-000000000000000", "segment-000000000000020"


def setUpModule():
    for module, name in ((layout, "crc32c"), (checks, "signature_holds"), (checks, "public_key_of"),
                         (checks, "open_sealed"), (tiny_writer, "crc32c")):
        setattr(module, name, functools.lru_cache(maxsize=4000)(getattr(module, name)))


def read(files, master_key=None):
    return Reading(MemoryFolder(files), master_key)


def verdict(reading):
    """The errors in one line, or where the tail would be cut."""
    return f"cut at {reading.tail['size']}" if reading.tail and not reading.errors else " ".join(reading.errors)


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

    def test_wrapping_that_a_crash_interrupted(self):
        """The header is wrapped first, its slots after it."""
        plain, wrapped = sample(2).files, sample(2, bytes(range(32))).files
        mixed = wrapped["keyring"][:384] + plain["keyring"][384:]
        reading = read(plain | {"keyring": mixed}, bytes(range(32)))
        self.assertEqual(reading.errors, [])
        self.assertIn("slot 4: has yet to be wrapped", " ".join(reading.notes))
        self.assertIn("though the keyring's keys are not",
                      verdict(read(plain | {"keyring": plain["keyring"][:128] + wrapped["keyring"][128:]})))

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

    def test_what_was_forgotten_before_it_was_loaded(self):
        """It has no body, and names a destroyed slot of its subject."""
        def loaded(subject):
            ledger = tiny_writer.TinyLedger()
            gone = ledger.slot("a-1", 0)
            ledger.append([ledger.event("a-1"), ledger.event("a-1", number=3)], without_body=True)
            ledger.forget(subject)
            ledger.slots[gone - 1].update(state=2, forget=2, key=None)
            ledger.live.pop("a-1", None)
            ledger.append([ledger.event("a-1", number=4)])
            return read(ledger.files)
        reading = loaded("a-1")
        self.assertEqual((reading.errors, reading.notes), ([], []))
        self.assertEqual([shown.get("forgotten") for shown in dump(reading)], [True, True, None, None])
        self.assertIn("no forget follows", verdict(loaded("a-2")))
        ledger = sample()
        ledger.append([ledger.event("a-1")], without_body=True)
        self.assertIn("it has no body", verdict(read(ledger.files)))

    def test_a_ledger_that_is_just_made(self):
        made = tiny_writer.TinyLedger().files
        for files in (made, {name: made[name] for name in ("head.key", "keyring")}):
            answer = report(read(files))
            self.assertEqual((answer["ok"], answer["size"], answer["root"]), (True, 0, sha256(b"").hex()))
        self.assertFalse(report(read({name: made[name] for name in made if name != "head.key"}))["ok"])
        kept = sample().files
        self.assertIn("there is none", read({name: kept[name] for name in ("head.key", "keyring")}).errors[0])
        self.assertIn("but the ledger has 0",
                      verdict(read({name: made[name] for name in ("head.key", "keyring")} | {"heads": kept["heads"]})))

    def test_heads_that_are_not_signed_or_torn(self):
        ledger = sample()
        ledger.write_head(0, time=tiny_writer.MADE, signed=False)
        self.assertEqual((read(ledger.files).errors, read(ledger.files).notes), ([], []))
        for cut in (0, 100, 175):
            heads = ledger.files["heads"][:512] + ledger.files["heads"][512:512 + cut] + bytes(512 - cut)
            reading = read(ledger.files | {"heads": heads})
            self.assertEqual((reading.errors, len(reading.notes)), ([], int(cut > 0)))
        for change in ({"size": 25}, {"root": bytes(32)}):
            ledger = sample()
            ledger.write_head(0, signed=False, **change)
            self.assertTrue(read(ledger.files).errors)

    def test_what_a_crash_left_in_the_keyring(self):
        ledger = sample()
        keys = 128 * (len(ledger.slots) + 1)
        whole = ledger.files["keyring"][:keys]
        for rest in (b"", bytes(128) + b"\1" * 128, whole[128:256], b"\1" * 77, bytes(128) + whole[128:256]):
            reading = read(ledger.files | {"keyring": whole + rest})
            self.assertEqual((reading.errors, len(reading.notes)), ([], int(any(rest))), rest)
        swapped = whole[:128] + whole[256:384] + whole[128:256] + whole[384:]
        self.assertIn("checksum of slot 1 does not hold, but", verdict(read(ledger.files | {"keyring": swapped})))
        self.assertIn("were synced", verdict(read(ledger.files | {"keyring": whole[:-128]})))

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
            code, lines = run(folder, "--dump", "--proof", "3/9", "--proof", "0/1", "--consistency", "0/9")
            self.assertEqual((code, lines[0]["size"], lines[24]["position"]), (0, 24, 23))
            self.assertEqual([answer["path"] for answer in lines[26:]], [[], []])
            self.assertEqual(run(folder, "--proof", "9/9")[0], 65)
            os.truncate(os.path.join(folder, FIRST), 5000)
            self.assertEqual(run(folder)[0], 65)
            self.assertEqual(run(os.path.join(folder, "none"))[0], 73)


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

    def test_a_commit_anywhere_makes_it_damage(self):
        """It need not stand where a frame would follow."""
        ledger = tiny_writer.TinyLedger()
        for number in range(1, 5):
            ledger.append([ledger.event("a", number=number, data={"x": "y" * 50})])
        whole = ledger.files[FIRST]
        end = read(ledger.files).segments[0].end
        for start in range(4096, end - 64, 11):
            torn = whole[:start] + bytes(end - 64 - start) + whole[end - 64:]
            size = read(ledger.files | {FIRST: whole[:start]}).tree.size
            answer = verdict(read(ledger.files | {FIRST: torn}))
            self.assertIn("names 2 as synced" if size < 3 else "cut at 3", answer)

    def test_an_unfinished_seal(self):
        ledger = sample(head=False)
        end = read(ledger.files).segments[-1].end
        ledger.seal()
        third = "segment-000000000000024"
        whole = ledger.files[OPEN]
        for unsealed in (whole[:-512] + bytes(512), whole[:-100], whole[:end], whole[:end + 5000], whole + bytes(9)):
            answer = report(read(ledger.files | {OPEN: unsealed}))
            self.assertEqual((answer["ok"], answer["size"], len(answer["notes"])), (True, 24, 1))
        self.assertIn("does not follow", verdict(read(ledger.files | {OPEN: whole[:end - 1]})))
        self.assertTrue(read({name: data for name, data in ledger.files.items() if name != OPEN}).errors)
        ledger.append([ledger.event("a-1")])
        ledger.seal()
        unsealed = ledger.files | {OPEN: ledger.files[OPEN][:-512] + bytes(512)}
        self.assertIn("not sealed", read(unsealed).errors[0])
        self.assertIn(third, ledger.files)


class Damaged(unittest.TestCase):
    def test_flipped_bits(self):
        """Each flipped bit of a byte with a meaning is an error, or a note where the format has a remedy."""
        ledger = sample()
        keys, sealed = 128 * (len(ledger.slots) + 1), len(ledger.files[FIRST]) - 512
        every = os.environ.get("EVERY_BIT") == "1"
        end = read(ledger.files).segments[-1].end
        step = 0
        for name, content in ledger.files.items():
            for at in range(len(content)):
                near = any(content[max(0, at - 1):at + 2])
                for bit in range(8) if every else [at % 8]:
                    step += 1
                    if not every and step % (6 if near else 307):
                        continue
                    changed = bytearray(content)
                    changed[at] ^= 1 << bit
                    reading = read(ledger.files | {name: bytes(changed)})
                    if name == "lock" or name.startswith("segment") and 128 <= at < 4096:
                        self.assertEqual(reading.errors, [])
                    elif name == "heads" or name == "keyring" and at >= keys:
                        self.assertEqual((reading.errors, len(reading.notes)), ([], 1), (name, at))
                    elif name == FIRST and at >= sealed and not reading.errors:
                        self.assertIn("an unfinished seal", reading.notes[0])
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
        for missing in ("keyring", "head.key", "heads", FIRST, OPEN):
            left = {name: data for name, data in files.items() if name != missing}
            self.assertTrue(read(left).errors, missing)
        self.assertIn("not the name of a segment", verdict(read(files | {"segment-+00000000000000": files[FIRST]})))
        unseen = {name: data for name, data in sample(head=False).files.items() if name != OPEN}
        self.assertIn("begins at 20 is missing", verdict(read(unseen)))

    def test_heads_of_which_none_is_whole(self):
        files = sample().files
        for records in ([0], [1], [0, 1]):
            heads = bytearray(files["heads"])
            for record in records:
                heads[512 * record + 100] ^= 1
            reading = read(files | {"heads": bytes(heads)})
            self.assertEqual(bool(reading.errors), len(records) == 2)
        self.assertIn("bytes of 1024", verdict(read(files | {"heads": files["heads"][:512]})))
        self.assertEqual(read(files | {"segment-000000000000024.new": b"x", "other": b"y"}).errors, [])

    def test_rewritten_with_sound_checksums(self):
        """What a checksum cannot notice: each is told by what it contradicts."""
        ledger = sample(head=False)
        seed, size = ledger.segment.seed, ledger.tree.size
        whole, root = ledger.files[OPEN], ledger.tree.root(ledger.tree.size)
        reading = read(ledger.files)
        last = reading.segments[-1].end - 64
        for expected, payload in [("root at 24", commit_payload(23, 1, len(ledger.slots), 22, sha256(b""))),
                                  ("cut at 23", commit_payload(22, 1, len(ledger.slots), 22, root)),
                                  ("cut at 23", commit_payload(23, 2, len(ledger.slots), 22, root)),
                                  ("synced", commit_payload(23, 1, len(ledger.slots), 21, root)),
                                  ("key slots", commit_payload(23, 1, 0, 22, root)),
                                  ("were synced", commit_payload(23, 1, 99, 22, root))]:
            changed = whole[:last] + frame(2, payload, seed) + whole[last + 64:]
            self.assertIn(expected, verdict(read(ledger.files | {OPEN: changed})))
        self.assertEqual(size, 24)

    def test_flipped_bits_under_sound_checksums(self):
        """What still goes unnoticed when the checksum was made to fit: bytes without a meaning, when it was made, a
        lower `lowest`, and a signature that is gone as a whole."""
        ledger, silent = sample(), set()
        slots = [("keyring", 128 * index, 128, 0, index) for index in range(1, len(ledger.slots) + 1)]
        blocks = [("keyring", 0, 128, 12, 0), (FIRST, 0, 128, 12, 0), (OPEN, 0, 128, 12, 0),
                  (FIRST, len(ledger.files[FIRST]) - 512, 512, 12, 0), ("heads", 0, 512, 12, 0)]
        seed = ledger.sealed[0][0].seed
        for number, section in enumerate(layout.read_trailer(ledger.files[FIRST], "").sections):
            blocks += [(FIRST, section[0], 4096, 4092, page_seed(seed, number, 0))]
        for name, start, size, crc_at, seeded in blocks + slots:
            for at in range(0, size, 97 if size > 512 else 5 if size > 128 else 2):
                if crc_at <= at < crc_at + 4:
                    continue
                content = bytearray(ledger.files[name])
                content[start + at] ^= 1 << at % 8
                block = content[start:start + size]
                if size == 4096:
                    struct.pack_into("<I", block, crc_at, crc32c(block[:crc_at], seeded))
                else:
                    block = stamp(block, crc_at, seeded)
                content[start:start + size] = block
                reading = read(ledger.files | {name: bytes(content)})
                if not reading.errors and not reading.notes:
                    silent.add((name, start, at))
        blind = {(name, 0, 48 + byte) for name in ("keyring", FIRST, OPEN) for byte in range(8)}
        blind |= {("keyring", start, 8) for _, start, *_ in slots}
        for start, named, size, names in [(0, 72, 128, ["keyring"]), (0, 112, 128, [FIRST, OPEN]),
                                          (0, 176, 512, ["heads"])]:
            blind |= {(name, start, at) for name in names for at in range(named, size)}
        blind |= {(FIRST, blocks[3][1], at) for at in [*range(100, 128), *range(344, 512)]}
        blind |= {("keyring", start, at) for _, start, *_ in slots for at in [6, 7, *range(92, 96), *range(104, 128)]}
        self.assertEqual(silent - blind, set())

    def test_a_lying_writer(self):
        """Frames, commits and roots all fit; what is written is wrong."""
        def errors(draft=None, twist=None, body=None, prepare=None):
            ledger = sample(head=False)
            if prepare:
                prepare(ledger)
            ledger.twist, ledger.twist_body = twist or ledger.twist, body or ledger.twist_body
            ledger.append([ledger.event(**{"agent": "a-1"} | (draft or {}))])
            return verdict(read(ledger.files))
        signer, other = sha256(b"signer"), sha256(b"other")
        self.assertEqual(errors(), "")
        self.assertEqual(errors({"agent": "s-1", "sign": signer}), "")
        self.assertIn("cut at 24", errors(twist=lambda event: event | {"position": 25}))
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
