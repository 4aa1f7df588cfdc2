"""§3 of the contract, row by row: what each route answers, to the last field."""

import json
import unittest

import proofs
from server import EventStream, Server, WebSocket, binary

ANSWER = ["duplicates", "durable", "positions", "root", "size"]


def event(**more):
    return {"agent": "rows", "type": "T", **more}


class Routes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def head(self):
        return self.server.get("/api/ledger")[1]

    # POST /api/events

    def test_acknowledgement(self):
        first = self.server.append([event(agent="ack", number=1), event(agent="ack")])
        self.assertEqual((first[0], sorted(first[1])), (201, ANSWER))
        status, mixed = self.server.append([event(agent="ack", number=2), event(agent="ack", number=1), event(agent="ack", number=2)])
        self.assertEqual((status, mixed["duplicates"]), (201, [1, 2]))
        self.assertEqual(mixed["positions"], [mixed["positions"][0], first[1]["positions"][0], mixed["positions"][0]])
        status, old = self.server.append([event(agent="ack", number=2)])
        self.assertEqual((status, sorted(old), old["duplicates"]), (200, ANSWER, [0]))
        for answer in (first[1], mixed, old):
            # `size` and `root` name a head that covers the answer, and `durable` all of it.
            self.assertGreater(answer["size"], max(answer["positions"]))
            self.assertGreaterEqual(answer["durable"], max(answer["positions"]))
            found = self.server.get(f"/api/ledger/proof?position={answer['positions'][0]}&size={answer['size']}")[1]
            self.assertEqual(found["root"], answer["root"])

    def test_positions_are_dense(self):
        size = self.head()["size"]
        positions = []
        for count in (1, 3, 2):
            positions += self.server.append([event() for _ in range(count)])[1]["positions"]
        self.assertEqual(positions, list(range(size, size + 6)))

    def test_forms(self):
        kinds = {"application/json": (json.dumps(event()).encode(), json.dumps([event()]).encode()),
                 "application/x-ndjson": (json.dumps(event()).encode(), b"\r\n\n" + json.dumps(event()).encode() + b"\r\n"),
                 "application/cbor": (proofs.cbor(event()), proofs.cbor([event()]))}
        for kind, bodies in kinds.items():
            for body in bodies:
                answer = self.server.ask("POST", "/api/events", body, {"Content-Type": kind})
                self.assertEqual((answer[0], answer[1]["content-type"]), (201, "application/json"), kind)
            # A pointer is into the body: without an index when the body is the event.
        for kind, body, path in (("application/json", b'{"agent":"a","type":""}', "/type"),
                                 ("application/json", b'[{"agent":"a","type":""}]', "/0/type"),
                                 ("application/x-ndjson", b'{"agent":"a","type":""}', "/0/type"),
                                 ("application/cbor", proofs.cbor({"agent": "a", "type": ""}), "/type"),
                                 ("application/cbor", proofs.cbor([{"agent": "a", "type": ""}]), "/0/type")):
            problem = self.server.post("/api/events", body, Content_Type=kind)[1]
            self.assertEqual([fault["path"] for fault in problem["errors"]], [path], (kind, body))

    # GET /api/events

    def test_pages(self):
        self.server.append([event(agent=f"p-{i % 2}", type=f"P{i % 3}", room="p", at=i) for i in range(250)])
        page = self.server.get("/api/events?room=p")[1]
        self.assertEqual(sorted(page), ["durable", "events", "next"])
        self.assertEqual(len(page["events"]), 100, "a hundred when nothing is said")
        first = page["events"][0]["position"]
        self.assertEqual(page["next"], page["events"][-1]["position"])
        self.assertEqual(page["durable"], self.head()["durable"])
        ask = lambda query: [e["position"] - first for e in self.server.get("/api/events?room=p&" + query)[1]["events"]]
        self.assertEqual(ask(f"after={first}&limit=2"), [1, 2], "exclusive")
        self.assertEqual(ask(f"before={first + 2}"), [0, 1], "exclusive")
        self.assertEqual(ask(f"after={first}&before={first + 3}"), [1, 2])
        self.assertEqual(ask("order=desc&limit=2"), [249, 248])
        self.assertEqual(ask(f"order=desc&before={first + 2}"), [1, 0])
        self.assertEqual(ask(f"order=asc&after={first + 247}"), [248, 249])
        self.assertEqual(ask("agent=p-1&type=P0&limit=2"), [3, 9])
        self.assertEqual(ask("type=P0&type=P1&limit=4"), [0, 1, 3, 4])
        self.assertEqual(ask("limit=10000")[-1], 249)
        self.assertEqual(ask("agent=nobody"), [])
        self.assertIsNone(self.server.get("/api/events?after=1000000")[1]["next"])
        self.assertIsNone(self.server.get("/api/events?room=p&limit=250")[1]["next"])
        escaped = self.server.get("/api/events?agent=%70-1&room=p&limit=1")[1]["events"]
        self.assertEqual(escaped[0]["agent"], "p-1")

    def test_times(self):
        self.server.append([event(agent="times") for _ in range(5)])
        middle = self.server.get("/api/events?agent=times")[1]["events"][2]["received"][0]
        at = self.server.get(f"/api/events?agent=times&from={middle}&limit=10000")[1]["events"]
        self.assertTrue(at and all(e["received"][0] >= middle for e in at), "from is inclusive")
        before = self.server.get(f"/api/events?agent=times&to={middle}&limit=10000")[1]["events"]
        self.assertTrue(all(e["received"][0] < middle for e in before), "to is exclusive")
        self.assertEqual(len(at) + len(before), 5)

    def test_bad_queries(self):
        for query, names in (("limit=10001&after=-2", ["/after", "/limit"]), ("order=", ["/order"]), ("before=-1", ["/before"]),
                             ("from=x&to=1.5", ["/from", "/to"]), ("type=a%20b", ["/type"]), ("room=", ["/room"]),
                             ("limit=1&limit=2", ["/limit"]), ("limit=%31&x", ["/x"]), ("agent=%zz", ["/agent"]),
                             ("After=1", ["/After"]), ("after=%2B1", ["/after"])):
            status, problem = self.server.get("/api/events?" + query)
            self.assertEqual((status, sorted(f["path"] for f in problem["errors"])), (422, names), query)
            self.assertEqual(self.server.ask("GET", "/api/events?" + query, headers={"Accept": "application/x-ndjson"})[0], 422)
        for path in ("/api/ledger?x=1", "/api/events/0?x=1", "/api/ledger/proof?position=0&x=1"):
            self.assertEqual(self.server.get(path)[0], 422, path)

    def test_large_pages(self):
        """A page may end early at 8 MiB; lines are streamed to the end."""
        body = {"x": "y" * 60_000}
        for _ in range(2):
            self.assertEqual(self.server.append([event(agent="large", data=body) for _ in range(100)])[0], 201)
        after, seen, pages = -1, [], 0
        while after is not None:
            page = self.server.get(f"/api/events?agent=large&limit=10000&after={after}")[1]
            self.assertLessEqual(len(json.dumps(page)), (8 << 20) + (1 << 20))
            seen += [e["position"] for e in page["events"]]
            after, pages = page["next"], pages + 1
        self.assertEqual(len(seen), 200)
        self.assertGreaterEqual(pages, 2)
        lines = self.server.ask("GET", "/api/events?agent=large&limit=10000", headers={"Accept": "application/x-ndjson"})[2]
        self.assertEqual([json.loads(line)["position"] for line in lines.splitlines()], seen)
        down = self.server.ask("GET", "/api/events?agent=large&limit=150&order=desc",
                               headers={"Accept": "application/x-ndjson"})[2]
        self.assertEqual([json.loads(line)["position"] for line in down.splitlines()], seen[::-1][:150])

    # GET /api/events/<position>

    def test_one(self):
        sent = event(subject="one", number=1, at=5, room="r", clock={"a": 1}, causes=[], key="k", data={"b": [1, 2.5]})
        status, answer = self.server.append(sent)
        self.assertEqual(status, 201)
        position = answer["positions"][0]
        shown = self.server.get(f"/api/events/{position}")[1]
        self.assertEqual({name: shown[name] for name in sent}, sent)
        self.assertEqual(sorted(set(shown) - set(sent)), ["commit", "hash", "position", "received", "salt", "writer"])
        # Everywhere events are read they look the same.
        page = self.server.get(f"/api/events?after={position - 1}&limit=1")[1]["events"][0]
        line = self.server.ask("GET", f"/api/events?after={position - 1}&limit=1", headers={"Accept": "application/x-ndjson"})[2]
        stream = EventStream(self.server, f"?after={position - 1}")
        found = next(iter(stream))
        stream.close()
        socket = WebSocket(self.server)
        socket.tell(id=1, follow={"after": position - 1})
        frame = socket.hear()
        socket.close()
        self.assertEqual(found[:2], (position, "T"))
        self.assertEqual(sorted(frame), ["event", "id"])
        for other in (page, json.loads(line), found[2], frame["event"]):
            self.assertEqual(other, shown)
        packed = self.server.ask("GET", f"/api/events/{position}", headers={"Accept": "application/cbor"})
        self.assertEqual((packed[1]["content-type"], packed[2]), ("application/cbor", proofs.canonical(shown)))

    # The ledger

    def test_head(self):
        self.server.append(event())
        found = self.head()
        self.assertEqual(sorted(found), sorted(
            ["size", "root", "signature", "publicKey", "time", "first", "durable", "bytes", "segments"]))
        self.assertEqual((found["durable"], found["first"]), (found["size"] - 1, 0))
        self.assertGreater(found["bytes"], 0)
        later = self.head()
        self.assertGreaterEqual(later["time"], found["time"])
        self.assertEqual(later["publicKey"], found["publicKey"])

    def test_empty(self):
        with Server() as server:
            found = server.get("/api/ledger")[1]
            self.assertEqual((found["size"], found["durable"], found["root"]), (0, -1, proofs.tree([]).hex()))
            self.assertEqual(server.get("/api/events")[1], {"events": [], "next": None, "durable": -1})
            self.assertEqual(server.ask("GET", "/api/events", headers={"Accept": "application/x-ndjson"})[2], b"")
            self.assertEqual(server.get("/api/events/0")[0], 404)
            empty = server.get("/api/ledger/consistency?from=0")[1]
            self.assertEqual((empty["from"], empty["to"], empty["path"]), (0, 0, []))
            self.assertEqual(server.get("/api/ledger/proof?position=0")[0], 422)

    def test_proofs(self):
        self.server.append([event() for _ in range(5)])
        size = self.head()["size"]
        found = self.server.get("/api/ledger/proof?position=1")[1]
        self.assertEqual(sorted(found), ["leaf", "path", "position", "root", "size"])
        self.assertEqual((found["position"], found["size"]), (1, size))
        self.assertEqual(self.server.get("/api/ledger/proof?position=0&size=1")[1]["path"], [])
        found = self.server.get("/api/ledger/consistency?from=2")[1]
        self.assertEqual(sorted(found), ["from", "fromRoot", "path", "to", "toRoot"])
        self.assertEqual((found["from"], found["to"]), (2, size))
        for query in ("from=0", f"from={size}", "from=3&to=3"):
            self.assertEqual(self.server.get("/api/ledger/consistency?" + query)[1]["path"], [])
        for path, status in (("proof?position=0&size=999999", 404), ("consistency?from=0&to=999999", 404),
                             ("proof?position=3&size=3", 422), ("proof?position=999999", 422), ("consistency?from=3&to=2", 422),
                             ("proof?size=3", 422), ("proof?position=x", 422), ("consistency?to=3", 422)):
            self.assertEqual(self.server.get("/api/ledger/" + path)[0], status, path)

    # Forgetting

    def test_forget(self):
        sent = [event(agent="f", subject="f-1", number=n, data={"n": n}) for n in (1, 2)]
        positions = self.server.append(sent)[1]["positions"]
        status, done = self.server.post("/api/ledger/forget", {"subject": "f-1"})
        self.assertEqual((status, sorted(done)), (200, ["events", "position", "subject"]))
        size = self.head()["size"]
        # Heads are compared, nothing is stored, and what was forgotten does not come back.
        status, again = self.server.append(sent[0])
        self.assertEqual((status, again["positions"]), (200, positions[:1]))
        self.assertEqual(self.head()["size"], size)
        self.assertIsNone(self.server.get(f"/api/events/{positions[0]}")[1]["data"])
        self.assertEqual(self.server.append({**sent[0], "room": "other"})[0], 409)
        # Later events have a new key, and are forgotten by a new forget.
        later = self.server.append(event(agent="f", subject="f-1", data={"n": 3}))[1]["positions"][0]
        self.assertEqual(self.server.get(f"/api/events/{later}")[1]["data"], {"n": 3})
        more = self.server.post("/api/ledger/forget", {"subject": "f-1"})[1]
        self.assertEqual(more["events"], 1)
        self.assertGreater(more["position"], later)
        self.assertTrue(self.server.get(f"/api/events/{later}")[1]["forgotten"])
        said = self.server.get(f"/api/events/{more['position']}")[1]
        self.assertEqual((said["agent"], said["type"], said["subject"], said["data"]), ("prima", "prima.forget", "f-1", {}))
        same = self.server.post("/api/ledger/forget", {"subject": "f-1"})[1]
        self.assertEqual((same["position"], same["events"]), (more["position"], 0))
        packed = self.server.ask("GET", f"/api/events/{later}", headers={"Accept": "application/cbor"})[2]
        shown = self.server.get(f"/api/events/{later}")[1]
        self.assertEqual(proofs.leaf(packed).hex(), shown["hash"], "what is proved never held the body")

    def test_bad_forgets(self):
        for body, status in ((b"", 400), (b"{", 400), (b"[]", 422), (b"{}", 422), (b'{"subject":1}', 422), (b'{"subject":""}', 422),
                             (b'{"subject":"a","more":1}', 422), (b'{"subject":"a","subject":"b"}', 400),
                             (json.dumps({"subject": "x" * 129}).encode(), 422)):
            answer = self.server.ask("POST", "/api/ledger/forget", body, {"Content-Type": "application/json"})
            self.assertEqual(answer[0], status, body)

    # GET /health, GET /metrics

    def test_health_and_metrics(self):
        status, health = self.server.get("/health")
        self.assertEqual((status, health["status"]), (200, "ok"))
        self.server.get("/api/events/0")
        status, fields, body = self.server.ask("GET", "/metrics")
        self.assertEqual(fields["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        text = body.decode()
        families = {line.split()[2]: line.split()[3] for line in text.splitlines() if line.startswith("# TYPE")}
        self.assertEqual(families["prima_http_request_seconds"], "histogram")
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) [a-z_:]+ .*|[a-z_]+(\{([a-z]+=\"[^\"]*\",?)+\})? -?[0-9.]+)$")
        counts = {}
        for line in text.splitlines():
            if line.startswith("prima_http_request_seconds"):
                name, value = line.rsplit(" ", 1)
                counts[name] = float(value)
        bucket = 'prima_http_request_seconds_bucket{route="event",method="GET",le="+Inf"}'
        self.assertEqual(counts[bucket], counts['prima_http_request_seconds_count{route="event",method="GET"}'])
        self.assertGreater(counts[bucket], 0)
        status, fields, body = self.server.ask("GET", "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
        self.assertTrue(fields["content-type"].startswith("application/openmetrics-text; version=1.0.0"))
        self.assertTrue(body.endswith(b"# EOF\n"))
        self.assertIn(b"# TYPE prima_http_requests counter\n", body)


class Sockets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def exchange(self, socket, frame):
        """One frame and its answer, in the encoding of the socket's subprotocol."""
        if socket.fields["sec-websocket-protocol"] == "prima.json":
            socket.tell(**frame)
            return socket.hear()
        socket.send(proofs.cbor(frame))
        return proofs.parse(socket.receive())[0]

    def test_frames(self):
        for protocol in ("prima.json", "prima.cbor"):
            socket = WebSocket(self.server, protocol)
            said = self.exchange(socket, {"id": 1, "append": [event(agent=protocol, number=1)]})
            self.assertEqual(sorted(said), sorted(ANSWER + ["id"]), protocol)
            again = self.exchange(socket, {"id": "x", "append": [event(agent=protocol, number=1)]})
            self.assertEqual((again["id"], again["positions"], again["duplicates"]), ("x", said["positions"], [0]))
            found = self.exchange(socket, {"id": 2, "follow": {"agent": [protocol], "type": "T", "after": said["positions"][0] - 1}})
            self.assertEqual((found["id"], found["event"]["position"]), (2, said["positions"][0]))
            self.assertEqual(self.exchange(socket, {"id": 3, "stop": 2}), {"id": 3, "stopped": 2})
            socket.close()

    def test_errors(self):
        """The document of §4, with pointers that are relative to `append`."""
        reused = event(agent="sockets", number=1, data={"other": 1})
        self.server.append(event(agent="sockets", number=1))
        for protocol in ("prima.json", "prima.cbor"):
            socket = WebSocket(self.server, protocol)
            for frame, status, paths in (
                    ({"append": [event(), {"agent": "", "type": "T"}]}, 422, ["/1/agent"]), ({"append": []}, 422, [""]),
                    ({"append": [reused]}, 409, ["/0/number"]), ({"append": [event(spin=1)]}, 422, ["/0/spin"]),
                    ({"append": [event()] * 10_001}, 413, []), ({}, 422, [""]), ({"spin": 1}, 422, ["", "/spin"]),
                    ({"append": [event()], "stop": 1}, 422, [""]), ({"stop": 99}, 404, []),
                    ({"follow": {"spin": 1}}, 422, ["/follow/spin"]), ({"follow": {"after": -2}}, 422, ["/follow/after"]),
                    ({"follow": 1}, 422, ["/follow"])):
                said = self.exchange(socket, {"id": 7, **frame})
                self.assertEqual((said["id"], said["error"]["status"]), (7, status), (protocol, str(frame)[:80], said))
                self.assertEqual(sorted(fault["path"] for fault in said["error"]["errors"]), paths, (protocol, str(frame)[:80]))
                for name in ("type", "title", "detail", "instance", "requestId"):
                    self.assertIn(name, said["error"])
            for identifier in (None, [], 1.5, "", "x" * 129, True):
                said = self.exchange(socket, {"id": identifier, "append": [event()]})
                self.assertEqual((said["id"], said["error"]["status"]), (None, 422), identifier)
            # The socket goes on.
            self.assertIn("positions", self.exchange(socket, {"id": 8, "append": [event()]}))
            socket.close()

    def test_unreadable(self):
        for protocol, message in (("prima.json", "{"), ("prima.json", '{"id":1,"id":2}'), ("prima.json", "[]"),
                                  ("prima.cbor", b"\xbf\xff"), ("prima.cbor", b"\x80"), ("prima.cbor", b"\xa1\x62id")):
            socket = WebSocket(self.server, protocol)
            socket.send(message)
            said = socket.receive()
            said = json.loads(said) if protocol == "prima.json" else proofs.parse(said)[0]
            self.assertEqual((said["id"], said["error"]["status"]), (None, 400), message)
            socket.close()

    def test_wrong_kind_of_message(self):
        for protocol, message in (("prima.json", b"{}"), ("prima.cbor", "{}")):
            socket = WebSocket(self.server, protocol)
            socket.send(message)
            with self.assertRaises(EOFError):
                socket.receive()
            socket.close()

    def test_handshakes(self):
        for protocol in (None, "chat", "prima.xml", "PRIMA.JSON"):
            socket = WebSocket(self.server, protocol)
            self.assertEqual(socket.status, 400, protocol)
            socket.close()
        for version in ("8", "14", ""):
            socket = WebSocket(self.server, version=version)
            self.assertEqual(socket.status, 400, version)
            if version:
                self.assertEqual(socket.fields["sec-websocket-version"], "13")
            socket.close()
        socket = WebSocket(self.server, "prima.cbor, prima.json")
        self.assertEqual((socket.status, socket.fields["sec-websocket-protocol"]), (101, "prima.cbor"))
        socket.close()


if binary() is None:
    raise unittest.SkipTest("there is no prima: build it first")
