"""Every status of §4 provoked, the shape of every problem, and what HTTP asks of the routes of §3."""

import gzip
import json
import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import unittest

from server import EventStream, Server, WebSocket, binary, read_answer

FIELDS = ["type", "title", "status", "detail", "instance", "errors", "requestId"]
LISTED = {400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 413, 415, 417, 422, 429, 431, 501, 503, 505}
GETS = {"/api/events": "application/json", "/api/events/0": "application/json", "/api/ledger": "application/json",
        "/api/events/stream": "text/event-stream", "/api/ledger/proof?position=0": "application/json",
        "/api/ledger/consistency?from=0": "application/json", "/health": "application/json", "/metrics": "text/plain"}
POSTS = ("/api/events", "/api/ledger/forget")


def event(**more):
    return {"agent": "wire", "type": "T", **more}


class Wire(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        assert cls.server.append([event(), event()])[0] == 201

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def problem(self, answer, status):
        """Checks the whole shape of an error."""
        found, fields, body = answer
        self.assertEqual(found, status, body)
        self.assertIn(status, LISTED)
        self.assertEqual(fields["content-type"], "application/problem+json")
        self.assertEqual(fields["cache-control"], "no-store")
        document = json.loads(body)
        self.assertEqual([name for name in FIELDS if name not in document], [])
        self.assertEqual(document["status"], status)
        self.assertEqual(document["requestId"], fields["x-request-id"])
        self.assertIsInstance(document["errors"], list)
        return document

    def raw(self, text, body=b""):
        with self.server.connect() as link:
            link.sendall(text.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
            return read_answer(link)

    def start(self, first, *more):
        return "\n".join([first, f"Host: 127.0.0.1:{self.server.port}", *more])

    # Statuses

    def test_400(self):
        for text in ("GET /health HTTP/1.1", self.start("GET  /health HTTP/1.1"), self.start("GET health HTTP/1.1"),
                     self.start("GET /health HTTP/1.1", "A B: c"), self.start("GET /health HTTP/1.1", "Host: x"),
                     self.start("POST /api/events HTTP/1.1", "Content-Length: 1", "Content-Length: 2"),
                     self.start("POST /api/events HTTP/1.1", "Content-Length: 1", "Transfer-Encoding: chunked"),
                     self.start("GET /api/ws HTTP/1.1")):
            self.problem(self.raw(text), 400)

    def test_404(self):
        for path in ("/", "/api", "/api/events/", "/api/events/1/2", "/healthz", "/API/EVENTS", "/api/event",
                     "/api/events/00", "/api/events/1e3", "/api/events/18446744073709551616", "/api/events/%30",
                     "/api/ledger/", "/api//events", "/health/"):
            document = self.problem(self.server.ask("GET", path), 404)
            self.assertEqual(document["instance"], path)

    def test_405(self):
        allowed = {path.partition("?")[0]: {"GET", "HEAD"} for path in GETS}
        allowed["/api/ws"] = {"GET", "HEAD"}
        allowed["/api/events"] = {"GET", "HEAD", "POST"}
        allowed["/api/ledger/forget"] = {"POST"}
        for path, methods in allowed.items():
            for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
                if method in methods:
                    continue
                answer = self.server.ask(method, path)
                if method != "HEAD":
                    self.problem(answer, 405)
                self.assertEqual(answer[0], 405)
                self.assertEqual(sorted(answer[1]["allow"].split(", ")), sorted(methods), path)

    def test_406(self):
        for path, kind in GETS.items():
            if path == "/health":
                continue
            for accept in ("image/png", kind + ";q=0", "text/html, image/*;q=0.5"):
                self.problem(self.server.ask("GET", path, headers={"Accept": accept}), 406)
            main = kind.partition("/")[0]
            for accept in (None, "*/*", f"{main}/*", f"image/png, {kind};q=0.1"):
                status, fields, _ = self.server.ask("HEAD", path, headers={"Accept": accept})
                self.assertEqual((status, fields["content-type"].partition(";")[0]), (200, kind), (path, accept))
        self.problem(self.server.ask("POST", "/api/events", event(), {"Accept": "text/html"}), 406)
        self.assertEqual(self.server.ask("GET", "/health", headers={"Accept": "text/html"})[0], 200)

    def test_preferences(self):
        for path, other in (("/api/events", "application/x-ndjson"), ("/api/events/0", "application/cbor"),
                            ("/metrics", "application/openmetrics-text")):
            first = GETS[path]
            for accept, kind in ((f"{first};q=0.5, {other}", other), (f"{other};q=0.5, */*", first), (f"{other}, {first}", first),
                                 (f"{other};q=0.9, {first};q=0.2", other), (f"{other.upper()}", other)):
                fields = self.server.ask("GET", path, headers={"Accept": accept})[1]
                self.assertEqual(fields["content-type"].partition(";")[0], kind, accept)
                self.assertIn("accept", fields["vary"].lower().split(", "))

    def test_411_413_415(self):
        for path in POSTS:
            kind = {"Content-Type": "application/json"}
            self.problem(self.server.ask("POST", path, None, kind), 411)
            self.problem(self.server.ask("POST", path, b" " * (8 << 20) + b"{}", kind), 413)
            for bad in ({"Content-Type": "text/json"}, {"Content-Type": None}, {**kind, "Content-Encoding": "br"},
                        {"Content-Type": "application/json; charset=utf-16"}, {"Content-Type": "application/json, a/b"}):
                self.problem(self.server.ask("POST", path, b"{}", bad), 415)
        for good in ("application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"', "application/json;"):
            self.assertEqual(self.server.ask("POST", "/api/events", json.dumps(event()).encode(), {"Content-Type": good})[0], 201)

    def test_limits(self):
        one = json.dumps(event()).encode()
        kind = {"Content-Type": "application/json"}
        lines = {"Content-Type": "application/x-ndjson"}
        whole = one + b" " * ((8 << 20) - len(one))
        self.assertEqual(self.server.ask("POST", "/api/events", whole, kind)[0], 201)
        self.problem(self.server.ask("POST", "/api/events", whole + b" ", kind), 413)
        tiny = b'{"agent":"w","type":"T"}'
        self.assertEqual(self.server.ask("POST", "/api/events", b"\n".join([tiny] * 10_000), lines)[0], 201)
        self.problem(self.server.ask("POST", "/api/events", b"\n".join([tiny] * 10_001), lines), 413)
        # The same without a length: what is too large is known when it has come.
        with self.server.connect() as link:
            head = self.start("POST /api/events HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked")
            link.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
            try:
                for _ in range(9):
                    link.sendall(b"100000\r\n" + b" " * (1 << 20) + b"\r\n")
            except OSError:
                pass
            self.problem(read_answer(link), 413)

    def test_chunked(self):
        body = json.dumps(event()).encode()
        pieces = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 5]), body[i:i + 5]) for i in range(0, len(body), 5)) + b"0\r\n\r\n"
        head = self.start("POST /api/events HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked")
        self.assertEqual(self.raw(head, pieces)[0], 201)
        self.problem(self.raw(head, b"zz\r\n"), 400)

    def test_417_501_505(self):
        expect = self.start("POST /api/events HTTP/1.1", "Content-Type: application/json", "Content-Length: 2")
        self.problem(self.raw(expect + "\nExpect: 200-ok", b"{}"), 417)
        for method in ("BREW", "CONNECT", "TRACE", "get"):
            self.problem(self.raw(self.start(f"{method} /health HTTP/1.1")), 501)
        self.problem(self.raw(self.start("POST /api/events HTTP/1.1", "Transfer-Encoding: gzip, chunked")), 501)
        self.problem(self.raw(self.start("GET /health HTTP/2.0")), 505)

    def test_431(self):
        self.problem(self.raw(self.start("GET /health HTTP/1.1", "X: " + "x" * 40_000)), 431)
        self.problem(self.raw(self.start("GET /health HTTP/1.1", *(f"X-{i}: 1" for i in range(120)))), 431)
        # Not 414, which the contract does not have.
        self.problem(self.raw(self.start("GET /api/events?agent=" + "x" * 9_000 + " HTTP/1.1")), 431)

    def test_expect(self):
        body = json.dumps(event()).encode()
        with self.server.connect() as link:
            head = self.start("POST /api/events HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(body)}",
                              "Expect: 100-continue")
            link.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
            self.assertEqual(link.recv(25), b"HTTP/1.1 100 Continue\r\n\r\n")
            link.sendall(body)
            self.assertEqual(read_answer(link)[0], 201)

    def test_408(self):
        """A body that comes at less than 1 KiB/s."""
        with self.server.connect() as link:
            head = self.start("POST /api/events HTTP/1.1", "Content-Type: application/json", "Content-Length: 9")
            link.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n{")
            self.problem(read_answer(link), 408)

    @unittest.skipUnless(os.environ.get("PRIMA_SLOW_TESTS"), "takes 30 s: PRIMA_SLOW_TESTS=1")
    def test_slow_head_and_pings(self):
        stream = EventStream(self.server)
        with self.server.connect() as link:
            link.settimeout(40)
            link.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n")
            self.problem(read_answer(link), 408)
        self.server.append(event(type="LAST"))
        self.assertTrue(any(kind == "LAST" for _, kind, _ in stream))
        self.assertGreaterEqual(stream.comments, 1)
        stream.close()

    # Methods, caches, compression

    def test_head(self):
        for path in GETS:
            status, fields, body = self.server.ask("HEAD", path)
            self.assertEqual((status, body), (200, b""), path)
            if path not in ("/api/events/stream", "/metrics", "/api/ledger"):
                like = self.server.ask("GET", path)[1]
                self.assertEqual(fields["content-length"], like["content-length"], path)
        lines = self.server.ask("HEAD", "/api/events", headers={"Accept": "application/x-ndjson"})
        self.assertEqual((lines[0], lines[1]["content-type"]), (200, "application/x-ndjson"))
        self.assertEqual(self.server.ask("HEAD", "/api/events/999999")[0], 404)

    def test_no_store(self):
        for path in list(GETS)[:4]:
            self.assertEqual(self.server.ask("HEAD", path)[1]["cache-control"], "no-store", path)
        for kind in ("application/x-ndjson", "application/cbor"):
            for path in ("/api/events", "/api/events/0"):
                answer = self.server.ask("HEAD", path, headers={"Accept": kind})
                self.assertEqual(answer[1]["cache-control"], "no-store", (path, kind))

    def test_tags(self):
        path = "/api/events/1"
        shown = self.server.ask("GET", path)[1]["etag"]
        packed = self.server.ask("GET", path, headers={"Accept": "application/cbor"})[1]["etag"]
        self.assertNotEqual(shown, packed)
        for known in (shown, "W/" + shown, f'"x", {shown}', "*"):
            status, fields, body = self.server.ask("GET", path, headers={"If-None-Match": known})
            self.assertEqual((status, body, fields["etag"]), (304, b"", shown), known)
            self.assertEqual(fields["cache-control"], "no-store")
        for other in (packed, '"x"', shown.strip('"')):
            self.assertEqual(self.server.ask("GET", path, headers={"If-None-Match": other})[0], 200, other)
        self.assertEqual(self.server.ask("GET", path)[1]["etag"], shown)

    def test_gzip(self):
        self.server.append([event(data={"text": "again and again " * 20}) for _ in range(50)])
        for path in ("/api/events?limit=60", "/metrics"):
            plain = self.server.ask("GET", path)
            packed = self.server.ask("GET", path, headers={"Accept-Encoding": "br, gzip"})
            self.assertEqual(packed[1]["content-encoding"], "gzip")
            self.assertLess(len(packed[2]), len(plain[2]) / 2)
            self.assertIn("accept-encoding", packed[1]["vary"].lower().split(", "))
            self.assertIn("accept-encoding", plain[1]["vary"].lower().split(", "))
            if path != "/metrics":
                self.assertEqual(gzip.decompress(packed[2]), plain[2])
            for refused in ("identity", "gzip;q=0", "*;q=0", "br"):
                fields = self.server.ask("GET", path, headers={"Accept-Encoding": refused})[1]
                self.assertNotIn("content-encoding", fields, refused)
        # One event has a strong tag: its bytes are always the same.
        self.assertNotIn("content-encoding", self.server.ask("GET", "/api/events/0", headers={"Accept-Encoding": "gzip"})[1])

    def test_old_clients(self):
        with self.server.connect() as link:
            link.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            answer = read_answer(link)
            self.assertEqual((answer[0], answer[1]["connection"]), (200, "close"))


class Gone(unittest.TestCase):
    """What retention dropped: made from a dump whose first lines have lost their bodies."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="prima-")
        data = os.path.join(cls.folder.name, "data")
        lines = []
        root = pathlib.Path(__file__).resolve().parents[2]
        for text in (root / "Examples/field.jsonl").read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            if line["position"] < 4:
                line = {"position": line["position"], "leaf": line["hash"],
                        **{name: line[name] for name in ("agent", "number", "publicKey", "subject") if name in line}}
            lines.append(json.dumps(line))
        done = subprocess.run([binary(), "load", "-", "--data", data, "--json"], input="\n".join(lines).encode(),
                              capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        cls.loaded = json.loads(done.stdout)
        cls.server = Server(data=data)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.folder.cleanup()

    def test_first(self):
        self.assertEqual(self.loaded["first"], 4)
        self.assertEqual(self.server.get("/api/ledger")[1]["first"], 4)

    def test_event(self):
        for position in range(4):
            status, fields, body = self.server.ask("GET", f"/api/events/{position}")
            document = json.loads(body)
            self.assertEqual((status, document["status"], document["first"]), (410, 410, 4))
            self.assertEqual(fields["content-type"], "application/problem+json")
            packed = {"Accept": "application/cbor"}
            self.assertEqual(self.server.ask("GET", f"/api/events/{position}", headers=packed)[0], 410)
            self.assertEqual(self.server.get(f"/api/ledger/proof?position={position}")[0], 200, "proofs stay")
        self.assertEqual(self.server.get("/api/events/4")[0], 200)

    def test_page(self):
        page = self.server.get("/api/events")[1]
        self.assertEqual(page["events"][0]["position"], 4)

    def test_streams(self):
        for query, last in (("?after=0", None), ("?after=2", None), ("", "1"), ("?after=9", "2")):
            stream = EventStream(self.server, query, last=last)
            self.assertEqual(stream.status, 410, (query, last))
            stream.close()
        for query, last in (("", None), ("?after=-1", None), ("?after=3", None), ("?after=0", "3"), ("?after=0", "-1")):
            stream = EventStream(self.server, query, last=last)
            self.assertEqual((stream.status, next(iter(stream))[0]), (200, 4), (query, last))
            stream.close()

    def test_follow(self):
        socket = WebSocket(self.server)
        socket.tell(id=1, follow={"after": 2})
        error = socket.hear()["error"]
        self.assertEqual((error["status"], error["first"]), (410, 4))
        socket.tell(id=2, follow={})
        self.assertEqual(socket.hear()["event"]["position"], 4)
        socket.close()

    def test_resend(self):
        """Numbers are remembered for ever: below `first` a resend answers its position uncompared."""
        with open(pathlib.Path(__file__).resolve().parents[2] / "Examples/field.jsonl", encoding="utf-8") as lines:
            old = json.loads(next(lines))
        again = {"agent": old["agent"], "number": old["number"], "type": "OTHER", "data": {"other": True}}
        status, answer = self.server.append(again)
        self.assertEqual((status, answer["positions"], answer["duplicates"]), (200, [0], [0]))


class FullDisk(unittest.TestCase):
    """503 with Retry-After when nothing can be made durable: files of the server may not grow beyond some size."""

    def test_full(self):
        with tempfile.TemporaryDirectory(prefix="prima-") as folder:
            ready = os.path.join(folder, "ready")
            words = [binary(), "serve", "--port", "0", "--data", folder + "/data", "--ready-file", ready]
            limit = 24 << 20
            process = subprocess.Popen(
                words, stderr=subprocess.DEVNULL, restore_signals=False,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
            try:
                server = Server.attached(process, ready)
                acknowledged, answer = 0, None
                for _ in range(60):
                    answer = server.ask("POST", "/api/events", [event(data={"x": "y" * 60_000})] * 10)
                    if answer[0] != 201:
                        break
                    acknowledged += 10
                status, fields, body = answer
                self.assertEqual(status, 503, body)
                self.assertGreaterEqual(int(fields["retry-after"]), 1)
                document = json.loads(body)
                self.assertIn(document.get("uncertain", False), (False, True))
                found = server.get("/api/ledger")[1]
                self.assertGreaterEqual(found["size"], acknowledged)
                self.assertEqual(server.get("/health")[0], 200)
                self.assertEqual(server.get(f"/api/events/{acknowledged - 1}")[0], 200)
                self.assertEqual(server.append([event()])[0], 503, "what cannot be kept is not acknowledged")
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait()


if binary() is None:
    raise unittest.SkipTest("there is no prima: build it first")
