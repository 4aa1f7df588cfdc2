"""Every route of the events API and its errors, against a real server."""

import json
import os
import unittest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import proofs
from server import EventStream, Server, WebSocket, binary, read_head


def event(number=None, agent="a-1", **more):
    base = {"agent": agent, "type": "TOUCH", "data": {"n": number or 0}}
    if number:
        base["number"] = number
    return {**base, **more}


def paths(problem):
    return sorted(fault["path"] for fault in problem["errors"])


class Serving(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def problem(self, answer, status):
        found, document = answer
        self.assertEqual(found, status, document)
        for name in ("type", "title", "status", "detail", "instance", "errors", "requestId"):
            self.assertIn(name, document)
        self.assertEqual(document["status"], status)
        return document


class Appending(Serving):
    def test_one(self):
        status, answer = self.server.append(event(1, "one"))
        self.assertEqual(status, 201)
        self.assertEqual(answer["duplicates"], [])
        self.assertGreaterEqual(answer["durable"], answer["positions"][0])
        self.assertGreater(answer["size"], answer["positions"][0])
        again = self.server.append(event(1, "one"))
        self.assertEqual(again[0], 200)
        self.assertEqual((again[1]["positions"], again[1]["duplicates"]), (answer["positions"], [0]))

    def test_forms(self):
        batch = [event(1, "forms"), event(2, "forms"), event(1, "forms")]
        status, answer = self.server.append(batch)
        self.assertEqual((status, answer["duplicates"]), (201, [2]))
        lines = b"\n".join(json.dumps(e).encode() for e in batch) + b"\n"
        kind = {"Content-Type": "application/x-ndjson"}
        self.assertEqual(self.server.ask("POST", "/api/events", lines, kind)[0], 200)
        packed = proofs.cbor([event(3, "forms")])
        self.assertEqual(self.server.ask("POST", "/api/events", packed, {"Content-Type": "application/cbor"})[0], 201)

    def test_unreadable(self):
        for body in (b"", b"{", b'{"agent":"a","agent":"b"}', b"\xff", b'"\\ud800"', b"[1,]"):
            answer = self.server.ask("POST", "/api/events", body, {"Content-Type": "application/json"})
            self.assertEqual(answer[0], 400, body)
            self.assertEqual(answer[1]["content-type"], "application/problem+json")

    def test_invalid(self):
        found = self.problem(self.server.append([event(1, ""), {"type": "T" * 51, "x/y~": 1, "data": 3}]), 422)
        for path in ("/0/agent", "/1/agent", "/1/type", "/1/x~1y~0", "/1/data"):
            self.assertIn(path, paths(found))
        self.problem(self.server.append([]), 422)
        self.problem(self.server.append({"agent": "prima", "type": "T"}), 422)
        self.problem(self.server.append({"agent": "a", "type": "prima.x"}), 422)
        many = self.problem(self.server.append([{"q": 1}] * 300), 422)
        self.assertEqual(len(many["errors"]), 100)

    def test_too_large(self):
        self.problem(self.server.append([event(agent="many")] * 10_001), 413)
        big = b"[" + b" " * (8 << 20) + b"]"
        answer = self.server.ask("POST", "/api/events", big, {"Content-Type": "application/json"})
        self.assertEqual(answer[0], 413)
        self.problem(self.server.append(event(agent="big", data={"x": "y" * 70_000})), 422)

    def test_conflicts(self):
        self.server.append([event(1, "c", key="k"), event(2, "c")])
        size = self.server.get("/api/ledger")[1]["size"]
        found = self.problem(self.server.append([event(3, "c"), event(1, "c", data={"n": 9})]), 409)
        self.assertEqual(paths(found), ["/1/number"])
        self.problem(self.server.append(event(2, "c", key="k")), 409)
        self.assertEqual(paths(self.problem(self.server.append(event(1, "c", data={})), 409)), ["/number"])
        lines = b"\n\n" + json.dumps(event(1, "c", data={"n": 9})).encode()
        answer = self.server.post("/api/events", lines, Content_Type="application/x-ndjson")
        self.assertEqual(paths(self.problem(answer, 409)), ["/2/number"])
        self.problem(self.server.append(event(agent="c", causes=[1 << 40])), 422)
        self.assertEqual(self.server.get("/api/ledger")[1]["size"], size, "a refused request changed something")

    def test_signatures(self):
        secret = Ed25519PrivateKey.generate()
        public = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

        def signed(number, key=secret, name=public):
            salt = os.urandom(16)
            body = event(number, "s", publicKey=name.hex())
            body["signature"] = key.sign(proofs.signed(body, proofs.commitment(salt, body["data"]))).hex()
            return {**body, "salt": salt.hex()}

        good = signed(1)
        status, answer = self.server.append(good)
        self.assertEqual(status, 201)
        shown = self.server.get(f"/api/events/{answer['positions'][0]}")[1]
        self.assertEqual(shown["writer"], "signed")
        commit = bytes.fromhex(shown["commit"])
        self.assertTrue(proofs.is_signed(public, bytes.fromhex(shown["signature"]), proofs.signed(shown, commit)))
        self.problem(self.server.append({**signed(2), "data": {"n": 7}}), 422)
        self.problem(self.server.append(event(3, "s")), 403)
        other = Ed25519PrivateKey.generate()
        name = other.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.problem(self.server.append(signed(4, other, name)), 403)

    def test_wrong_forms(self):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", None):
            answer = self.server.ask("POST", "/api/events", b"{}", {"Content-Type": kind})
            self.assertEqual(answer[0], 415, kind)
        packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        self.assertEqual(self.server.ask("POST", "/api/events", b"{}", packed)[0], 415)
        self.assertEqual(self.server.ask("POST", "/api/events", None, {"Content-Type": "application/json"})[0], 411)
        self.assertEqual(self.server.ask("GET", "/api/ledger", headers={"Accept": "text/html"})[0], 406)
        status, fields, _ = self.server.ask("DELETE", "/api/events")
        self.assertEqual((status, sorted(fields["allow"].split(", "))), (405, ["GET", "HEAD", "POST"]))
        self.assertEqual(self.server.ask("GET", "/api/nothing")[0], 404)
        self.assertEqual(self.server.ask("BREW", "/api/events")[0], 501)


class Reading(Serving):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for start in range(0, 300, 100):
            batch = [event(i + 1, f"agent-{i % 3}", room=f"r{i % 2}", at=i) for i in range(start, start + 100)]
            assert cls.server.append(batch)[0] == 201

    def test_pages(self):
        seen, after = [], -1
        while after is not None:
            page = self.server.get(f"/api/events?after={after}&limit=77")[1]
            seen += [e["position"] for e in page["events"]]
            after = page["next"]
        self.assertEqual(seen[:300], list(range(300)))
        down, before = [], None
        while True:
            more = "" if before is None else f"&before={before}"
            page = self.server.get(f"/api/events?order=desc&limit=90{more}")[1]
            down += [e["position"] for e in page["events"]]
            before = page["next"]
            if before is None:
                break
        self.assertEqual(down, seen[::-1])

    def test_filters(self):
        page = self.server.get("/api/events?agent=agent-0&agent=agent-1&room=r1&limit=1000")[1]
        wanted = [i for i in range(300) if i % 3 < 2 and i % 2 == 1]
        self.assertEqual([e["position"] for e in page["events"]], wanted)
        middle = self.server.get("/api/events/150")[1]["received"][0]
        late = self.server.get(f"/api/events?from={middle}&limit=1000")[1]["events"]
        early = self.server.get(f"/api/events?to={middle}&limit=1000")[1]["events"]
        self.assertTrue(all(e["received"][0] >= middle for e in late))
        self.assertEqual(len(late) + len(early), self.server.get("/api/ledger")[1]["size"])

    def test_lines(self):
        status, fields, body = self.server.ask(
            "GET", "/api/events?limit=250", headers={"Accept": "application/x-ndjson"})
        self.assertEqual((status, fields["content-type"]), (200, "application/x-ndjson"))
        self.assertEqual([json.loads(line)["position"] for line in body.splitlines()], list(range(250)))

    def test_bad_queries(self):
        for query, names in (("limit=0&order=up", ["/limit", "/order"]), ("after=x", ["/after"]),
                             ("limit=10001", ["/limit"]), ("nope=1", ["/nope"]), ("agent=", ["/agent"]),
                             ("after=1&after=2", ["/after"]), ("type=%ff", ["/type"])):
            found = self.problem(self.server.get("/api/events?" + query), 422)
            self.assertEqual(paths(found), names, query)

    def test_one(self):
        status, fields, body = self.server.ask("GET", "/api/events/7")
        shown = json.loads(body)
        self.assertEqual((status, fields["cache-control"]), (200, "no-store"))
        self.assertEqual((shown["agent"], shown["number"], shown["data"]), ("agent-1", 8, {"n": 8}))
        self.assertEqual(bytes.fromhex(shown["commit"]), proofs.commitment(bytes.fromhex(shown["salt"]), shown["data"]))
        packed = self.server.ask("GET", "/api/events/7", headers={"Accept": "application/cbor"})
        self.assertEqual(packed[2], proofs.canonical(shown))
        self.assertEqual(proofs.leaf(packed[2]).hex(), shown["hash"])
        known = self.server.ask("GET", "/api/events/7", headers={"If-None-Match": fields["etag"]})
        self.assertEqual((known[0], known[2]), (304, b""))
        for path in ("/api/events/999999", "/api/events/x", "/api/events/-1", "/api/events/07"):
            self.assertEqual(self.server.get(path)[0], 404, path)

    def test_proofs(self):
        size = 200
        leaves = [bytes.fromhex(e["hash"]) for e in self.server.get("/api/events?limit=200")[1]["events"]]
        for position in (0, 1, 127, 128, 199):
            found = self.server.get(f"/api/ledger/proof?position={position}&size={size}")[1]
            path = [bytes.fromhex(step) for step in found["path"]]
            self.assertEqual(found["leaf"], leaves[position].hex())
            self.assertEqual(proofs.root_from_path(position, size, leaves[position], path).hex(), found["root"])
            self.assertEqual(found["root"], proofs.tree(leaves).hex())
        for old in (0, 1, 64, 127, 200):
            found = self.server.get(f"/api/ledger/consistency?from={old}&to=200")[1]
            path = [bytes.fromhex(step) for step in found["path"]]
            self.assertEqual(found["fromRoot"], proofs.tree(leaves[:old]).hex())
            roots = bytes.fromhex(found["fromRoot"]), bytes.fromhex(found["toRoot"])
            self.assertTrue(proofs.is_consistent(old, 200, *roots, path), old)
        self.assertEqual(self.server.get("/api/ledger/proof?position=0&size=99999")[0], 404)
        self.assertEqual(self.server.get("/api/ledger/consistency?from=0&to=99999")[0], 404)
        for path in ("proof?position=9&size=9", "proof", "consistency?from=9&to=8", "consistency", "proof?position=-1"):
            self.assertEqual(self.server.get("/api/ledger/" + path)[0], 422, path)

    def test_head(self):
        found = self.server.get("/api/ledger")[1]
        message = proofs.cbor({"root": bytes.fromhex(found["root"]), "size": found["size"], "time": found["time"]})
        key, signature = bytes.fromhex(found["publicKey"]), bytes.fromhex(found["signature"])
        self.assertTrue(proofs.is_signed(key, signature, message))
        self.assertEqual(found["durable"], found["size"] - 1)
        self.assertIsInstance(found["segments"], int)
        self.assertEqual(found["first"], 0)

    def test_numbers(self):
        status, fields, body = self.server.ask("GET", "/metrics")
        self.assertEqual((status, fields["content-type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        self.assertIn(b"prima_ledger_size ", body)
        open_metrics = {"Accept": "application/openmetrics-text"}
        status, fields, body = self.server.ask("GET", "/metrics", headers=open_metrics)
        self.assertTrue(fields["content-type"].startswith("application/openmetrics-text"))
        self.assertTrue(body.endswith(b"# EOF\n"))
        self.assertEqual(self.server.get("/health")[1]["status"], "ok")

    def test_pipelining(self):
        with self.server.connect() as link:
            one = f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{self.server.port}\r\n\r\n"
            two = f"GET /api/events/3 HTTP/1.1\r\nHost: 127.0.0.1:{self.server.port}\r\n\r\n"
            link.sendall((two + one + two).encode())
            stream = link.makefile("rb")
            kinds = []
            for _ in range(3):
                fields = read_head(stream)[1]
                kinds.append("position" in json.loads(stream.read(int(fields["content-length"]))))
            self.assertEqual(kinds, [True, False, True])


class Forgetting(Serving):
    def test_forget(self):
        status, answer = self.server.append([event(i, "f", subject="gone") for i in range(1, 6)])
        first = answer["positions"][0]
        before = self.server.ask("GET", f"/api/events/{first}")
        status, done = self.server.post("/api/ledger/forget", {"subject": "gone"})
        self.assertEqual((status, done["subject"], done["events"]), (200, "gone", 5))
        after = self.server.ask("GET", f"/api/events/{first}", headers={"If-None-Match": before[1]["etag"]})
        self.assertEqual(after[0], 200)
        self.assertNotEqual(after[1]["etag"], before[1]["etag"])
        shown = json.loads(after[2])
        self.assertEqual((shown["data"], shown["forgotten"], "salt" in shown), (None, True, False))
        again = self.server.post("/api/ledger/forget", {"subject": "gone"})[1]
        self.assertEqual((again["position"], again["events"]), (done["position"], 0))
        never = self.server.post("/api/ledger/forget", {"subject": "nobody"})[1]
        self.assertEqual((never["position"], never["events"]), (None, 0))
        said = self.server.get(f"/api/events/{done['position']}")[1]
        self.assertEqual((said["agent"], said["type"], said["data"]), ("prima", "prima.forget", {}))
        found = self.server.get(f"/api/ledger/proof?position={first}")[1]
        path = [bytes.fromhex(step) for step in found["path"]]
        root = proofs.root_from_path(first, found["size"], bytes.fromhex(shown["hash"]), path)
        self.assertEqual(root.hex(), found["root"])
        # The one who joins later hears nothing of the body either.
        stream = EventStream(self.server, f"?after={first - 1}")
        self.assertTrue(next(iter(stream))[2]["forgotten"])
        stream.close()

    def test_bad(self):
        self.problem(self.server.post("/api/ledger/forget", {}), 422)
        self.problem(self.server.post("/api/ledger/forget", {"subject": "", "x": 1}), 422)
        self.problem(self.server.post("/api/ledger/forget", b"{", Content_Type="application/json"), 400)
        self.problem(self.server.post("/api/ledger/forget", b"{}", Content_Type="text/plain"), 415)


class Following(Serving):
    def test_stream(self):
        self.server.append([event(i, "w") for i in range(1, 51)])
        stream = EventStream(self.server, "?agent=w")
        self.assertEqual((stream.status, stream.fields["content-type"]), (200, "text/event-stream"))
        heard = iter(stream)
        old = [next(heard) for _ in range(50)]
        self.server.append([event(i, "other") for i in range(1, 20)])
        self.server.append([event(i, "w") for i in range(51, 101)])
        new = [next(heard) for _ in range(50)]
        self.assertEqual([e[2]["number"] for e in old + new], list(range(1, 101)))
        self.assertTrue(all(e[0] == e[2]["position"] and e[1] == "TOUCH" for e in old + new))
        stream.close()
        again = EventStream(self.server, "?agent=w&after=-1", last=new[10][0])
        self.assertEqual(next(iter(again))[2]["number"], new[11][2]["number"])
        again.close()
        self.assertEqual(EventStream(self.server, "?limit=3").status, 422)
        self.assertEqual(EventStream(self.server, "", last="x").status, 422)

    def test_socket(self):
        socket = WebSocket(self.server)
        self.assertEqual((socket.status, socket.fields["sec-websocket-protocol"]), (101, "prima.json"))
        socket.tell(id=1, append=[event(1, "ws", room="x"), event(2, "ws"), event(1, "ws", room="x")])
        said = socket.hear()
        self.assertEqual((said["id"], said["duplicates"], len(said["positions"])), (1, [2], 3))
        after = said["positions"][0] - 1
        socket.tell(id="two", follow={"after": after, "agent": "ws", "room": "x"})
        self.assertEqual(socket.hear()["event"]["number"], 1)
        socket.tell(id=3, append=[event(3, "ws", room="x")])
        both = [socket.hear(), socket.hear()]
        self.assertEqual(sorted(str(frame["id"]) for frame in both), ["3", "two"])
        socket.tell(id=4, stop="two")
        self.assertEqual(socket.hear(), {"id": 4, "stopped": "two"})
        for frame, status in (({"id": 5, "append": [{"agent": "", "type": "T"}]}, 422), ({"id": 6, "append": []}, 422),
                              ({"id": 7, "append": [event(1, "ws", data={"n": 2})]}, 409), ({"id": 8}, 422),
                              ({"id": 9, "stop": 77}, 404), ({"id": 10, "follow": {"x": 1}}, 422)):
            socket.send(json.dumps(frame))
            said = socket.hear()
            self.assertEqual((said["id"], said["error"]["status"]), (frame["id"], status))
        socket.send("{")
        self.assertEqual(socket.hear()["error"]["status"], 400)
        socket.close()

    def test_binary_socket(self):
        socket = WebSocket(self.server, "prima.cbor")
        socket.send(proofs.cbor({"id": 1, "append": [event(1, "wb")]}))
        said = proofs.parse(socket.receive())[0]
        self.assertEqual((said["id"], len(said["root"])), (1, 32))
        socket.send(proofs.cbor({"id": 2, "follow": {"agent": "wb"}}))
        frame = socket.receive()
        heard = proofs.parse(frame)[0]
        self.assertEqual(proofs.cbor(heard), frame, "deterministic")
        shown = self.server.get(f"/api/events/{said['positions'][0]}")[1]
        self.assertEqual(heard["event"]["hash"].hex(), shown["hash"])
        self.assertEqual(heard["event"]["data"], shown["data"])
        socket.close()

    def test_socket_names(self):
        trace = "traceparent: 00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"
        names = []
        for headers in ((), (), (trace,), ("X-Request-Id: mine",)):
            socket = WebSocket(self.server, headers=headers)
            said = []
            for frame in ({"id": 1}, {"id": 2, "stop": 3}):
                socket.tell(**frame)
                said.append(socket.hear()["error"])
            self.assertEqual([error["instance"] for error in said], ["/api/ws"] * 2)
            self.assertEqual(said[0]["requestId"], said[1]["requestId"], "a socket has one name")
            names.append(said[0]["requestId"])
            socket.close()
        self.assertEqual((len(set(names)), names[-1]), (4, "mine"))

    def test_handshakes(self):
        self.assertEqual(WebSocket(self.server, None).status, 400)
        self.assertEqual(WebSocket(self.server, "chat").status, 400)
        self.assertEqual(WebSocket(self.server, "chat, prima.cbor").fields["sec-websocket-protocol"], "prima.cbor")
        self.assertEqual(self.server.get("/api/ws")[0], 400)


if binary() is None:
    raise unittest.SkipTest("there is no prima: build it first")
