"""Who may ask: credentials, pages of other sites, names and traces of requests, and what the log says of them."""

import json
import os
import re
import signal
import subprocess
import tempfile
import unittest

from server import EventStream, Server, WebSocket, binary

APP = "https://app.example"
GUARDED = ("/api/events", "/api/events/0", "/api/events/stream", "/api/ledger", "/api/ledger/proof?position=0",
           "/api/ledger/consistency?from=0", "/api/ws", "/metrics")
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def event(**more):
    return {"agent": "b", "type": "T", **more}


class Browsers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(environment={"CORS_ORIGINS": APP + ", http://other.example:8080"})
        assert cls.server.append(event())[0] == 201

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def ask(self, method, path, body=None, **headers):
        return self.server.ask(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})

    def test_foreign(self):
        for path in GUARDED:
            for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
                for fields in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example:7746"},
                               {"Origin": "https://app.example.evil.example"}, {"Host": "app.example.evil.example"}):
                    status, answer, body = self.server.ask(method, path, headers=fields)
                    self.assertEqual(status, 403, (method, path, fields))
                    self.assertNotIn("access-control-allow-origin", answer)
                    if method != "HEAD":
                        self.assertEqual(json.loads(body)["status"], 403)
        for path in ("/api/events", "/api/ledger/forget"):
            self.assertEqual(self.ask("POST", path, b"{}", Origin="https://evil.example")[0], 403)
        size = self.server.get("/api/ledger")[1]["size"]
        self.assertEqual(self.ask("POST", "/api/events", event(), Origin="https://evil.example")[0], 403)
        self.assertEqual(self.server.get("/api/ledger")[1]["size"], size)

    def test_known(self):
        for fields in ({"Origin": APP}, {"Origin": "http://app.example:99"}, {"Origin": "http://localhost:3000"},
                       {"Origin": "http://127.0.0.1"}, {"Origin": "http://[::1]:80"}, {"Host": "localhost"}, {"Host": "app.example"},
                       {"Host": "198.51.100.7:80"}, {"Host": "[2001:db8::7]"}, {"Host": "other.example:1"}):
            self.assertEqual(self.server.ask("GET", "/api/ledger", headers=fields)[0], 200, fields)

    def test_health_is_open(self):
        for fields in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            self.assertEqual(self.server.ask("GET", "/health", headers=fields)[0], 200)

    def test_answers_are_shared(self):
        for path in GUARDED + ("/health", "/api/nothing"):
            fields = self.ask("GET", path, Origin=APP)[1] if "stream" not in path else self.ask("HEAD", path, Origin=APP)[1]
            self.assertEqual(fields["access-control-allow-origin"], APP, path)
            self.assertIn("origin", fields["vary"].lower())
            self.assertNotIn("access-control-allow-credentials", fields)
        status, fields, _ = self.ask("POST", "/api/events", event(), Origin=APP)
        self.assertEqual((status, fields["access-control-allow-origin"]), (201, APP))
        status, fields, _ = self.ask("POST", "/api/events", b"{", Origin=APP, Content_Type="application/json")
        self.assertEqual((status, fields["access-control-allow-origin"]), (400, APP))
        self.assertIn("x-request-id", fields["access-control-expose-headers"].lower())

    def test_only_listed_origins_are_shared(self):
        for origin in ("http://app.example", "https://app.example:8443", "http://localhost:3000", "http://other.example"):
            status, fields, _ = self.ask("GET", "/api/ledger", Origin=origin)
            self.assertEqual(status, 200)
            self.assertNotIn("access-control-allow-origin", fields)
        self.assertIn("origin", self.ask("GET", "/api/ledger")[1]["vary"].lower())
        self.assertEqual(self.ask("GET", "/api/ledger", Origin=APP + ":443")[1]["access-control-allow-origin"], APP + ":443")

    def test_preflight(self):
        for path, methods in (("/api/events", {"GET", "HEAD", "POST"}), ("/api/ledger/forget", {"POST"}),
                              ("/api/events/7", {"GET", "HEAD"}), ("/health", {"GET", "HEAD"})):
            status, fields, body = self.ask("OPTIONS", path, Origin=APP, Access_Control_Request_Method="POST",
                                            Access_Control_Request_Headers="authorization, content-type")
            self.assertEqual((status, body), (204, b""))
            self.assertEqual(fields["access-control-allow-origin"], APP)
            self.assertEqual(set(fields["access-control-allow-methods"].split(", ")), methods)
            allowed = {name.strip() for name in fields["access-control-allow-headers"].lower().split(",")}
            self.assertLessEqual({"authorization", "content-type", "last-event-id", "x-request-id", "traceparent"}, allowed)
            self.assertGreater(int(fields["access-control-max-age"]), 0)
        self.assertEqual(self.ask("OPTIONS", "/api/nothing", Origin=APP, Access_Control_Request_Method="GET")[0], 404)
        for headers in ({"Origin": APP}, {"Access-Control-Request-Method": "POST"}, {}):
            self.assertEqual(self.server.ask("OPTIONS", "/api/events", headers=headers)[0], 405)
        self.assertEqual(
            self.ask("OPTIONS", "/api/events", Origin="https://evil.example", Access_Control_Request_Method="POST")[0], 403)

    def test_no_origins(self):
        with Server() as server:
            fields = server.ask("GET", "/api/ledger", headers={"Origin": "http://localhost:1"})[1]
            self.assertNotIn("access-control-allow-origin", fields)
            self.assertNotIn("vary", fields)
            self.assertEqual(server.ask("GET", "/api/ledger", headers={"Origin": APP})[0], 403)

    def test_host_setting(self):
        with Server(environment={"HOST": "localhost"}) as server:
            self.assertEqual(server.ask("GET", "/api/ledger", headers={"Host": "localhost"})[0], 200)


class Credentials(unittest.TestCase):
    def test_file(self):
        with tempfile.TemporaryDirectory(prefix="prima-") as folder:
            path = os.path.join(folder, "token")
            with open(path, "w", encoding="utf-8") as file:
                file.write("from-a-file\n")
            with Server(environment={"PRIMA_TOKEN_FILE": path}) as server:
                self.assertEqual(server.ask("GET", "/api/ledger")[0], 401)
                good = {"Authorization": "bearer from-a-file"}
                self.assertEqual(server.ask("GET", "/api/ledger", headers=good)[0], 200)

    def test_everything_needs_the_token(self):
        with Server(token="s3cret", environment={"CORS_ORIGINS": APP}) as server:
            for path in GUARDED + ("/api/ledger/forget",):
                method = "POST" if "forget" in path else "GET"
                for token in (None, "Bearer nope"):
                    status, fields, body = server.ask(method, path, headers={"Authorization": token, "X-Request-Id": "r-1"})
                    self.assertEqual((status, json.loads(body)["requestId"], fields["x-request-id"]), (401, "r-1", "r-1"))
                    self.assertTrue(fields["www-authenticate"].startswith("Bearer"))
            status, fields, _ = server.ask("GET", "/metrics")
            self.assertEqual(status, 200)
            self.assertEqual(server.ask("GET", "/health", headers={"Authorization": None})[0], 200)
            # A page asks without credentials whether it may send them, and may read that it may not.
            ask = {"Authorization": None, "Origin": APP, "Access-Control-Request-Method": "GET"}
            self.assertEqual(server.ask("OPTIONS", "/api/ledger", headers=ask)[0], 204)
            status, fields, _ = server.ask("GET", "/api/ledger", headers={"Authorization": None, "Origin": APP})
            self.assertEqual((status, fields["access-control-allow-origin"]), (401, APP))
            # A stranger's page is refused with the token, too.
            self.assertEqual(server.ask("GET", "/api/ledger", headers={"Origin": "https://evil.example"})[0], 403)
            socket = WebSocket(server)
            self.assertEqual(socket.status, 101)
            socket.close()
            stream = EventStream(server)
            self.assertEqual(stream.status, 200)
            stream.close()

    def test_profiles(self):
        for profile in ("development", "staging", "production"):
            with Server(token="t", environment={"PRIMA_PROFILE": profile}) as server:
                self.assertEqual(server.append(event())[0], 201, profile)
        for profile, code in (("production", 78), ("test", 78)):
            with Server(expect=code, environment={"PRIMA_PROFILE": profile}) as server:
                self.assertEqual(server.code, code)
        for environment in ({"PRIMA_PROFILE": "production", "PRIMA_INSECURE": "1"}, {"HOST": "0.0.0.0"}, {"HOST": "::"}):
            with Server(expect=78, environment=environment) as server:
                self.assertEqual(server.code, 78, environment)
                self.assertIn("PRIMA_TOKEN", server.errors())
        with Server(token="t", environment={"HOST": "0.0.0.0"}) as server:
            self.assertEqual(server.append(event())[0], 201)


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(token="s3cret-token", environment={"PRIMA_LOG_LEVEL": "debug", "PRIMA_LOG": "json"})
        assert cls.server.append(event())[0] == 201

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def test_names_come_back(self):
        for method, path, body, status in (
                ("GET", "/health", None, 200), ("GET", "/api/ledger", None, 200), ("GET", "/api/nothing", None, 404),
                ("DELETE", "/api/events", None, 405), ("POST", "/api/events", event(), 201), ("POST", "/api/events", b"{}", 415),
                ("GET", "/api/events?limit=0", None, 422), ("GET", "/api/ws", None, 400),
                ("POST", "/api/events", b" " * (9 << 20), 413)):
            headers = {"X-Request-Id": "name/of:1"}
            if status == 413:
                headers["Content-Type"] = "application/json"
            found, fields, answer = self.server.ask(method, path, body, headers)
            self.assertEqual((found, fields["x-request-id"]), (status, "name/of:1"), path)
            if status >= 400:
                self.assertEqual(json.loads(answer)["requestId"], "name/of:1")
        status, fields, answer = self.server.ask("GET", "/api/ledger", headers={"Accept": "text/html", "X-Request-Id": "x"})
        self.assertEqual((status, json.loads(answer)["requestId"]), (406, "x"))

    def test_names_are_made(self):
        names = set()
        for bad in (None, "", "a b", "x" * 129, "\u00e4"):
            _, fields, answer = self.server.ask("GET", "/api/nothing", headers={"X-Request-Id": bad})
            names.add(fields["x-request-id"])
            self.assertEqual(json.loads(answer)["requestId"], fields["x-request-id"])
        self.assertEqual(len(names), 5)

    def test_traces(self):
        spans = set()
        for path in ("/api/ledger", "/health", "/api/nothing", "/api/events"):
            fields = self.server.ask("GET", path, headers={"traceparent": TRACE})[1]
            version, trace, span, flags = fields["traceresponse"].split("-")
            self.assertEqual((version, trace, flags), ("00", TRACE[3:35], "01"))
            self.assertRegex(span, "^[0-9a-f]{16}$")
            spans.add(span)
        self.assertEqual(len(spans), 4)
        self.assertNotIn(TRACE[36:52], spans)
        self.assertTrue(self.server.ask("GET", "/health", headers={"traceparent": TRACE[:-1] + "0"})[1]["traceresponse"].endswith("-00"))
        later = "01" + TRACE[2:] + "-more"
        self.assertIn(TRACE[3:35], self.server.ask("GET", "/health", headers={"traceparent": later})[1]["traceresponse"])
        for bad in ("", "x", TRACE.upper(), TRACE + "-", TRACE[:-1], "ff" + TRACE[2:], "00-" + "0" * 32 + TRACE[35:],
                    TRACE[:36] + "0" * 16 + TRACE[52:], TRACE.replace("-", "_"), TRACE + "0"):
            status, fields, _ = self.server.ask("GET", "/api/ledger", headers={"traceparent": bad})
            self.assertEqual((status, "traceresponse" in fields), (200, False), bad)

    def test_log(self):
        with Server(token="s3cret-token", environment={"PRIMA_LOG_LEVEL": "debug"}) as server:
            server.ask("POST", "/api/events", event(data={"word": "hidden-body"}),
                       {"X-Request-Id": "of-the-append", "traceparent": TRACE})
            server.ask("GET", "/api/events?agent=hidden-query")
            server.ask("GET", "/api/nothing", headers={"X-Request-Id": "of-nothing", "Authorization": "Bearer hidden-token"})
            server.stop()
            text = server.errors()
        for hidden in ("hidden-body", "hidden-query", "hidden-token", "s3cret-token"):
            self.assertNotIn(hidden, text)
        lines = [json.loads(line) for line in text.splitlines()]
        others = [line["message"] for line in lines if line["message"] != "request"]
        self.assertEqual(others, ["serving", "stopping", "stopped"])
        said = [line for line in lines if line["message"] == "request"]
        append = next(line for line in said if line.get("requestId") == "of-the-append")
        self.assertEqual((append["method"], append["route"], append["status"], append["level"], append["traceId"]),
                         ("POST", "append", 201, "debug", TRACE[3:35]))
        self.assertGreater(append["ms"], 0)
        self.assertGreater(append["bytes"], 50)
        nothing = next(line for line in said if line.get("requestId") == "of-nothing")
        self.assertEqual((nothing["status"], nothing["route"], nothing["level"]), (404, "none", "info"))

    def test_levels(self):
        for level, wanted in (("debug", [200, 404]), ("info", [404]), ("warning", []), ("error", [])):
            with Server(environment={"PRIMA_LOG_LEVEL": level, "PRIMA_LOG": "text"}) as server:
                server.get("/api/ledger")
                server.get("/api/nothing")
                server.stop()
                found = sorted(int(n) for n in re.findall(r"request .*status=(\d+)", server.errors()))
                # The loops log their answers in any order.
                self.assertEqual(found, wanted, level)

    def test_nobody_reads_the_log(self):
        """A full pipe behind standard error stops nothing."""
        with tempfile.TemporaryDirectory(prefix="prima-") as folder:
            ready = os.path.join(folder, "ready")
            process = subprocess.Popen([binary(), "serve", "--port", "0", "--data", folder + "/data", "--ready-file", ready,
                                        "--log-level", "debug"], stderr=subprocess.PIPE)
            try:
                server = Server.attached(process, ready)
                with server.connect() as link:
                    for _ in range(500):
                        self.assertEqual(server.ask("GET", "/api/ledger", link=link)[0], 200)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(20), 0)
            finally:
                process.kill()
                process.stderr.close()


if binary() is None:
    raise unittest.SkipTest("there is no prima: build it first")
