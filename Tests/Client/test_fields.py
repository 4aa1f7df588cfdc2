"""§2 of the contract, field by field: what an event may say, what is refused, where, and in which order."""

import json
import os
import unittest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import proofs
from server import Server, binary

SAFE = 1 << 53
JSON = {"Content-Type": "application/json"}
CBOR = {"Content-Type": "application/cbor"}
LINES = {"Content-Type": "application/x-ndjson"}


def paths(problem):
    return sorted(fault["path"] for fault in problem["errors"])


def deep(levels):
    value = 1
    for _ in range(levels - 1):
        value = [value]
    return {"x": value}


class Fields(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def send(self, body, kind=JSON):
        status, fields, answer = self.server.ask("POST", "/api/events", body, kind)
        if status >= 400:
            self.assertEqual(fields["content-type"], "application/problem+json", (status, answer))
        return status, json.loads(answer)

    def size(self):
        return self.server.get("/api/ledger")[1]["size"]

    def taken(self, **fields):
        """Appends an event; what the server shows of it."""
        status, answer = self.server.append({"agent": "fields", "type": "T", **fields})
        self.assertEqual(status, 201, (str(fields)[:200], str(answer)[:900]))
        return self.server.get(f"/api/events/{answer['positions'][0]}")[1]

    def refused(self, path, **fields):
        event = {"agent": "fields", "type": "T", **fields}
        status, problem = self.server.append({k: v for k, v in event.items() if v is not ...})
        self.assertEqual(status, 422, (str(fields)[:200], str(problem)[:900]))
        self.assertEqual([fault["path"] for fault in problem["errors"]], [path], (str(fields)[:200], str(problem)[:900]))
        fault = problem["errors"][0]
        self.assertTrue(fault["code"] and fault["message"], fault)
        self.assertEqual(sorted(fault), ["code", "message", "path"])

    def test_names(self):
        widest = "\N{GRINNING FACE}" * 128
        for name in ("agent", "subject", "room", "key"):
            for good in ("a", " ", widest, "e\u0301", "\u200b", "\u00ad", "\u2028", "/~\"\\"):
                self.assertEqual(self.taken(**{name: good})[name], good)
            for bad in ("", widest + "x", "a\0", "\x1f", "\x7f", "\x80", "\x9f", 1, None, [], {}, True):
                self.refused("/" + name, **{name: bad})
        self.refused("/agent", agent=...)

    def test_types(self):
        for good in ("T", "x" * 50, "AZaz09_.:-", "prima", "primary.x", "TOUCH"):
            self.assertEqual(self.taken(type=good)["type"], good)
        for bad in ("", "x" * 51, "a b", "a/b", "\u00e4", "T\n", 3, None):
            self.refused("/type", type=bad)
        self.refused("/type", type=...)
        self.refused("/type", type="prima.")
        self.refused("/type", type="prima.forget")
        self.refused("/agent", agent="prima")

    def test_numbers(self):
        for good in (1, 2.0, SAFE - 1, 7):
            self.assertEqual(self.taken(agent=f"n-{good}", number=good)["number"], int(good))
        for bad in (0, -1, SAFE, 1.5, "1", None, True, 1e300):
            self.refused("/number", number=bad)
        for good in (0, -SAFE, SAFE, 1781954400000):
            self.assertEqual(self.taken(at=good)["at"], good)
        for bad in (SAFE * 2, -SAFE * 2, 0.5, "0", None):
            self.refused("/at", at=bad)

    def test_clock_and_causes(self):
        full = {f"a-{i}": i + 1 for i in range(64)}
        self.assertEqual(self.taken(clock=full)["clock"], full)
        self.refused("/clock", clock={**full, "more": 1})
        self.refused("/clock", clock=[])
        for bad in (0, SAFE, 1.5, "1"):
            self.refused("/clock/a~1b", clock={"a/b": bad})
        self.assertEqual(self.taken(clock={"a": SAFE - 1})["clock"], {"a": SAFE - 1})
        while self.size() < 65:
            self.taken()
        self.assertEqual(self.taken(causes=list(range(64)))["causes"], list(range(64)))
        self.refused("/causes", causes=list(range(65)))
        self.refused("/causes", causes=7)
        self.refused("/causes/1", causes=[0, -1])
        self.refused("/causes", causes=[self.size()])
        # Positions of one request are known to its later events.
        size = self.size()
        pair = [{"agent": "pair", "type": "T"}, {"agent": "pair", "type": "T", "causes": [size]}]
        self.assertEqual(self.server.append(pair)[0], 201)
        status, problem = self.server.append([{"agent": "pair", "type": "T", "causes": [self.size()]}])
        self.assertEqual((status, problem["errors"][0]["path"]), (422, "/0/causes"))

    def test_data(self):
        self.assertEqual(self.taken()["data"], {})
        self.assertEqual(self.taken(data=deep(64))["data"], deep(64))
        self.assertEqual(self.send(json.dumps({"agent": "a", "type": "T", "data": deep(65)}).encode())[0], 422)
        for bad in ([], "x", 1, None, True):
            self.refused("/data", data=bad)
        # {"x": text}: one byte of map, two of key, three of head.
        self.assertEqual(len(self.taken(data={"x": "y" * (65536 - 6)})["data"]["x"]), 65530)
        self.refused("/data", data={"x": "y" * (65536 - 5)})
        # The limit is that of canonical CBOR: in JSON the same may be much longer.
        wide = {"x": "\x01" * 60_000}
        self.assertEqual(self.taken(data=wide)["data"], wide)

    def test_absent_fields_stay_absent(self):
        shown = self.taken()
        self.assertEqual(sorted(shown), sorted(
            ["agent", "type", "data", "position", "received", "writer", "hash", "commit", "salt"]))
        self.assertEqual((shown["writer"], len(shown["salt"]), len(shown["commit"])), ("open", 32, 64))
        given = self.taken(salt="ab" * 16)
        self.assertEqual(given["salt"], "ab" * 16)
        for bad in ("ab" * 15, "zz" * 16, "AB" * 16, 3):
            self.refused("/salt", salt=bad)

    def test_unknown_fields_and_every_fault_at_once(self):
        self.refused("/spin", spin=1)
        self.refused("/position", position=1)
        self.refused("/received", received=[1, 0])
        bad = {"agent": "", "type": "", "subject": "", "number": 0, "key": "", "at": 0.5, "room": "", "clock": 1,
               "causes": 1, "data": 1, "": 1, "a/b~c": 1, "salt": 1}
        status, problem = self.server.append([{"agent": "ok", "type": "T"}, bad])
        self.assertEqual(status, 422)
        wanted = {"/1/" + name.replace("~", "~0").replace("/", "~1") for name in bad}
        self.assertEqual({fault["path"] for fault in problem["errors"]}, wanted)
        lines = b'\n{"agent":"ok","type":"T"}\n\n{"agent":"","type":"T"}\n'
        status, problem = self.send(lines, LINES)
        self.assertEqual((status, problem["errors"][0]["path"]), (422, "/3/agent"))
        status, problem = self.server.append([3, {"agent": "a", "type": "T"}, "x"])
        self.assertEqual((status, [f["path"] for f in problem["errors"]]), (422, ["/0", "/2"]))
        status, problem = self.server.append([{"q": 1}] * 2)
        self.assertEqual(paths(problem), ["/0/agent", "/0/q", "/0/type", "/1/agent", "/1/q", "/1/type"])
        self.assertEqual(len(self.server.append([{"q": 1}] * 99)[1]["errors"]), 100)

    def test_numbers_are_doubles(self):
        given = {"a": 1.0, "b": -0.0, "c": 1e2, "d": 0.1, "e": 1e300, "f": SAFE, "g": 2.5, "h": -7, "i": 1e-7, "j": 65504.0,
                 "k": 3.4028234663852886e38, "l": 5e-324, "m": float(1 << 60)}
        shown = self.taken(data=given)
        self.assertEqual(shown["data"], given)
        salt = bytes.fromhex(shown["salt"])
        self.assertEqual(shown["commit"], proofs.commitment(salt, given).hex())
        raw = self.server.ask("GET", f"/api/events/{shown['position']}")[2]
        self.assertIn(b'"b":0,', raw)
        # More digits than a double has are rounded, as doubles are.
        status, answer = self.send(b'{"agent":"d","type":"T","number":1,"data":{"x":9007199254740993}}')
        self.assertEqual(status, 201)
        again = self.send(b'{"agent":"d","type":"T","number":1,"data":{"x":9007199254740992}}')
        self.assertEqual((again[0], again[1]["positions"]), (200, answer["positions"]))
        self.assertEqual(self.send(b'{"agent":"d","type":"T","data":{"x":1e400}}')[0] // 100, 4)

    def test_unreadable(self):
        start = b'{"agent":"u","type":"T","data":'
        for body in (b"", b" ", b"[", b"nul", b"{}{}", b"[{}],", start + b'{"a":1,"a":2}}', start + b'{"\\ud800":1}}',
                     start + b'{"a":"\xff"}}', start + b'{"a":"\xc0\xaf"}}', start + b'{"a":01}}', start + b'{"a":NaN}}',
                     start + b"{'a':1}}", start + b'{"a":"\n"}}', start + b"{}} x", b"\xef\xbb\xbf{}",
                     b'{"type":"T","\\u0061gent":"x","agent":"y"}'):
            self.assertEqual(self.send(body)[0], 400, body)
        self.assertEqual(self.send(b'{"agent":"a","type":"T"}\n{"agent"\n', LINES)[0], 400)
        self.assertEqual(self.send(b"", LINES)[0], 422, "no line is an empty array")

    def test_cbor(self):
        def event(*more):
            entries = [(b"\x65agent", b"\x61c"), (b"\x64type", b"\x61T"), *more]
            return bytes([0xA0 | len(entries)]) + b"".join(key + value for key, value in entries)

        def data(value):
            return event((b"\x64data", b"\xa1\x61x" + value))

        for body in (event(), b"\x81" + event(), data(b"\xf9\x7b\xff"), data(b"\x18\x05"), data(b"\xfb" + bytes(8)),
                     data(b"\x1b\x00\x20" + bytes(6)), data(b"\x1b\x10" + bytes(7)), event((b"\x64data", b"\xa2\x61b\x01\x61a\x02"))):
            self.assertEqual(self.send(body, CBOR)[0], 201, body.hex())
        unreadable = (b"", b"\xbf" + event()[1:] + b"\xff", b"\x9f" + event() + b"\xff", data(b"\x7f\x61a\xff"), event() + b"\0",
                      data(b"\xc0\x61a"), data(b"\x61\xff"), event()[:-1], b"\xd9\xd9\xf7" + event(), data(b"\x1c"),
                      event((b"\x65agent", b"\x61d")), event((b"\x64data", b"\xa2\x61x\x01\x61x\x02")))
        for body in unreadable:
            self.assertEqual(self.send(body, CBOR)[0], 400, body.hex())
        beyond = [data(b"\x1b\x00\x20" + bytes(5) + b"\x01"), data(b"\x1b" + b"\xff" * 8), data(b"\x3b" + b"\xff" * 7 + b"\xfe")]
        said_otherwise = [data(b"\x41a"), data(b"\xf7"), data(b"\xf0"), data(b"\xf9\x7e\x00"), data(b"\xf9\x7c\x00")]
        for body in beyond + [b"\x80", event((b"\x64spin", b"\x01")), event((b"\x66number", b"\xf9\x3e\x00"))]:
            self.assertEqual(self.send(body, CBOR)[0], 422, body.hex())
        for body in said_otherwise:
            self.assertIn(self.send(body, CBOR)[0], (400, 422), body.hex())
        salted = event((b"\x64salt", b"\x50" + b"s" * 16))
        status, answer = self.send(salted, CBOR)
        self.assertEqual(status, 201)
        self.assertEqual(self.server.get(f"/api/events/{answer['positions'][0]}")[1]["salt"], (b"s" * 16).hex())

    def test_same_content(self):
        def event(**more):
            return {"agent": "same", "type": "T", "number": 5, "data": {"a": 1, "b": [1.0, "x"]}, **more}

        self.assertEqual(self.server.append(event(salt="cd" * 16))[0], 201)
        self.assertEqual(self.server.append(event(salt="cd" * 16))[0], 200)
        self.assertEqual(self.server.append(event())[0], 200, "a salt is compared only when it is sent")
        self.assertEqual(self.server.append(event(salt="ce" * 16))[0], 409)
        self.assertEqual(self.server.append(event(data={"b": [1, "x"], "a": 1.0}))[0], 200)
        for other in ({"data": {"a": 1}}, {"type": "U"}, {"room": "r"}, {"subject": "same"}, {"at": 1}, {"key": "k"},
                      {"clock": {"same": 5}}, {"causes": [0]}):
            self.assertEqual(self.server.append(event(**other))[0], 409, other)
        # Numbers come in any order, and with gaps.
        self.assertEqual(self.server.append([{"agent": "same", "type": "T", "number": n} for n in (9, 3, 7)])[0], 201)
        # Canonically equivalent is not the same.
        composed, parted = "caf\u00e9", "cafe\u0301"
        for name in (composed, parted):
            self.assertEqual(self.server.append({"agent": name, "type": "T", "number": 1})[0], 201)

    def test_keys(self):
        def event(agent="keys", **more):
            return {"agent": agent, "type": "T", **more}

        first = self.server.append(event(key="k"))[1]["positions"]
        again = self.server.append(event(key="k"))
        self.assertEqual((again[0], again[1]["positions"], again[1]["duplicates"]), (200, first, [0]))
        self.assertEqual(self.server.append(event(key="k", data={"x": 1}))[0], 409)
        self.assertEqual(self.server.append(event("other", key="k"))[0], 201, "a key is the agent's own")
        self.server.append([event(key="one", number=1), event(key="two", number=2)])
        status, problem = self.server.append(event(key="one", number=2))
        self.assertEqual(status, 409)
        self.assertTrue(problem["errors"][0]["path"] in ("/number", "/key"), problem)
        self.assertEqual(self.server.append(event(key="new", number=2))[0], 409)

    def test_order_of_checks(self):
        self.server.append({"agent": "order", "type": "T", "number": 1})
        reused = {"agent": "order", "type": "T", "number": 1, "data": {"x": 1}}
        invalid = {"agent": "", "type": "T"}
        before = self.size()
        many = json.dumps([invalid] * 10_001).encode()
        self.assertEqual(self.send(many[:-1] + b",{]")[0], 400, "400 before 413")
        self.assertEqual(self.send(many)[0], 413, "413 before 422")
        status, problem = self.server.append([reused, invalid])
        self.assertEqual((status, [f["path"] for f in problem["errors"]]), (422, ["/1/agent"]), "422 before 409")
        secret = Ed25519PrivateKey.generate()
        bound = self.signed(secret, agent="bound", number=1)
        self.assertEqual(self.server.append(bound)[0], 201)
        bad = {**self.signed(secret, agent="bound", number=2), "signature": "00" * 64}
        self.assertEqual(self.server.append([reused, bad])[0], 422, "a bad signature is 422, before 409")
        unsigned = {"agent": "bound", "type": "T", "number": 9}
        self.assertEqual(self.server.append([unsigned, reused])[0], 409, "409 before 403")
        status, problem = self.server.append([{"agent": "order", "type": "T"}, unsigned])
        self.assertEqual((status, problem["errors"][0]["path"].split("/")[1]), (403, "1"))
        self.assertEqual(self.size(), before + 1, "all or nothing")

    def signed(self, secret, **fields):
        public = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        salt = os.urandom(16)
        event = {"type": "T", "data": {"s": 1}, "publicKey": public, **fields}
        commit = proofs.commitment(salt, event["data"])
        event["signature"] = secret.sign(proofs.signed(event, commit)).hex()
        return {**event, "salt": salt.hex()}

    def test_signatures(self):
        secret = Ed25519PrivateKey.generate()
        event = self.signed(secret, agent="sign", number=1, room="r", clock={"a": 1}, at=5, key="k", subject="x")
        status, answer = self.server.append(event)
        self.assertEqual(status, 201)
        shown = self.server.get(f"/api/events/{answer['positions'][0]}")[1]
        self.assertEqual((shown["writer"], shown["signature"]), ("signed", event["signature"]))
        self.assertEqual(proofs.leaf(proofs.canonical(shown)).hex(), shown["hash"])
        # The signature is not part of what is the same; the salt is what makes it the same commitment.
        self.assertEqual(self.server.append(event)[0], 200)
        for lacking in ("salt", "signature", "publicKey"):
            partial = {k: v for k, v in self.signed(secret, agent="sign", number=2).items() if k != lacking}
            self.assertIn(self.server.append(partial)[0], (403, 422), lacking)
        status, problem = self.server.append({k: v for k, v in self.signed(secret, agent="s2").items() if k != "salt"})
        self.assertEqual(status, 422, problem)
        for name, bad in (("signature", "00" * 63), ("signature", "0g" * 64), ("publicKey", "00" * 31), ("publicKey", 1)):
            status, problem = self.server.append({**self.signed(secret, agent="s3"), name: bad})
            self.assertEqual((status, problem["errors"][0]["path"]), (422, "/" + name), (name, bad, problem))

    def test_received(self):
        events = self.server.get("/api/events?limit=10000")[1]["events"]
        times = [tuple(event["received"]) for event in events]
        self.assertEqual(times, sorted(times))
        self.assertTrue(all(len(time) == 2 for time in times))


if binary() is None:
    raise unittest.SkipTest("there is no prima: build it first")
