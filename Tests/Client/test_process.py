"""The process around the doors: settings, exit codes, signals, credentials, and kills under load."""

import json
import os
import random
import signal
import tempfile
import threading
import unittest

import proofs
from server import EventStream, Server, WebSocket, binary


def event(agent, number):
    return {"agent": agent, "type": "BREATH", "number": number, "data": {"n": number}}


class Process(unittest.TestCase):
    def test_ready_and_stop(self):
        with Server() as server:
            self.assertEqual(sorted(server.report), ["data", "doors", "pid", "url", "version"])
            self.assertEqual(server.report["pid"], server.process.pid)
            self.assertEqual(server.report["doors"]["http"], server.url)
            self.assertEqual(os.stat(server.data).st_mode & 0o777, 0o700)
            self.assertEqual(server.process.stdout.peek() if server.process.poll() else b"", b"")
            self.assertEqual(server.stop(), 0)

    def test_interrupt(self):
        with Server() as server:
            server.process.send_signal(signal.SIGINT)
            self.assertEqual(server.process.wait(20), 0)

    def test_second_server(self):
        with Server() as server:
            with Server(data=server.data, expect=73) as second:
                self.assertEqual(second.code, 73)
                self.assertIn(str(server.process.pid), second.errors())

    def test_refused_settings(self):
        for variables in ({"HOST": "0.0.0.0"}, {"PRIMA_PROFILE": "production"}, {"PORT": "x"},
                          {"REDIS_URL": "redis://127.0.0.1"}, {"TLS_CERT": "/a", "TLS_KEY": "/b"}):
            with Server(expect=78, environment=variables) as server:
                self.assertEqual(server.code, 78, variables)

    def test_insecure(self):
        with Server(environment={"HOST": "0.0.0.0", "PRIMA_INSECURE": "1"}) as server:
            self.assertEqual(server.get("/health")[0], 200)

    def test_credentials(self):
        with Server(token="s3cret") as server:
            self.assertEqual(server.append(event("t", 1))[0], 201)
            self.assertEqual(server.get("/api/events/0")[1]["writer"], "token")
            for token in (None, "Bearer wrong", "Basic s3cret", "Bearer s3cre", "Bearer s3cret1"):
                for path in ("/api/events", "/api/ledger", "/metrics", "/api/events/stream", "/api/ws"):
                    status, fields, _ = server.ask("GET", path, headers={"Authorization": token})
                    self.assertEqual(status, 401, (token, path))
                    self.assertTrue(fields["www-authenticate"].startswith("Bearer"))
            self.assertEqual(server.ask("GET", "/health", headers={"Authorization": None})[0], 200)

    def test_browsers(self):
        with Server(environment={"CORS_ORIGINS": "https://app.example"}) as server:
            for fields, status in (({"Origin": "https://evil.example"}, 403), ({"Origin": "null"}, 403),
                                   ({"Origin": "https://app.example"}, 200), ({"Origin": "http://localhost:3"}, 200),
                                   ({"Host": "evil.example"}, 403), ({"Host": "192.0.2.1"}, 200),
                                   ({"Host": "[2001:db8::1]:7"}, 200), ({"Host": "LOCALHOST:7"}, 200),
                                   ({"Host": "127.evil.example"}, 403), ({"Host": "app.example"}, 200)):
                self.assertEqual(server.ask("GET", "/api/ledger", headers=fields)[0], status, fields)
                self.assertEqual(server.ask("GET", "/health", headers=fields)[0], 200)


class Writer(threading.Thread):
    """Appends numbered events, and resends what was not acknowledged, until it is told to stop."""

    def __init__(self, name, current, stopped):
        super().__init__()
        self.agent, self.current, self.stopped = name, current, stopped
        self.acknowledged = {}
        self.failure = None

    def run(self):
        try:
            number = 1
            while not self.stopped.is_set():
                batch = [event(self.agent, n) for n in range(number, number + 5)]
                try:
                    status, answer = self.append(batch)
                except (OSError, EOFError, ValueError, IndexError, AssertionError):
                    self.current().wait()
                    continue
                if status not in (200, 201):
                    raise AssertionError((status, answer))
                for sent, position in zip(batch, answer["positions"]):
                    self.acknowledged[sent["number"]] = position
                number += 5
        except Exception as error:  # whatever it is, the test says it
            self.failure = error

    def append(self, batch):
        return self.current().server.append(batch)


class SocketWriter(Writer):
    def append(self, batch):
        socket = WebSocket(self.current().server)
        try:
            socket.tell(id=1, append=batch)
            return 200, socket.hear()
        finally:
            socket.close()


class Listener(threading.Thread):
    """Follows everything, across kills, from where it stands."""

    def __init__(self, current, stopped):
        super().__init__()
        self.current, self.stopped = current, stopped
        self.heard = []

    def run(self):
        while not self.stopped.is_set():
            try:
                self.follow(self.current().server)
            except (OSError, EOFError, ValueError, IndexError):
                self.current().wait()

    def note(self, found):
        self.heard.append((found["position"], found["hash"]))

    def follow(self, server):
        stream = EventStream(server, last=self.heard[-1][0] if self.heard else None)
        self.link = stream.link
        for _, _, found in stream:
            self.note(found)


class SocketListener(Listener):
    def follow(self, server):
        socket = WebSocket(server)
        self.link = socket.link
        socket.tell(id=1, follow={"after": self.heard[-1][0] if self.heard else -1})
        while True:
            self.note(socket.hear()["event"])


class Turn:
    """One life of the server; `wait` returns when the next one has begun."""

    def __init__(self, server):
        self.server = server
        self.over = threading.Event()

    def wait(self):
        self.over.wait(20)


class Kills(unittest.TestCase):
    """SIGKILL at random moments: nothing acknowledged is lost, nothing is there twice, no follower meets a gap."""

    def test_kills(self):
        kills = int(os.environ.get("PRIMA_SOAK_KILLS", "5"))
        chance = random.Random(int(os.environ.get("PRIMA_SOAK_SEED", "1")))
        with tempfile.TemporaryDirectory(prefix="prima-") as folder:
            turn = Turn(Server(data=os.path.join(folder, "data")))
            holder = [turn]
            stopped = threading.Event()
            writers = [kind(f"{kind.__name__}-{i}", lambda: holder[0], stopped)
                       for kind in (Writer, SocketWriter) for i in range(2)]
            listeners = [Listener(lambda: holder[0], stopped), SocketListener(lambda: holder[0], stopped)]
            for thread in writers + listeners:
                thread.start()
            head = None
            for _ in range(kills):
                wanted = sum(len(w.acknowledged) for w in writers) + chance.randrange(20, 200)
                while sum(len(w.acknowledged) for w in writers) < wanted and not any(w.failure for w in writers):
                    head = turn.server.get("/api/ledger")[1]
                turn.server.kill()
                old, turn = turn, Turn(Server(data=turn.server.data))
                old.server.close()
                holder[0] = turn
                old.over.set()
                self.check_head(turn.server, head)
            stopped.set()
            for writer in writers:
                turn.over.set()
                writer.join()
                self.assertIsNone(writer.failure)
            size = turn.server.get("/api/ledger")[1]["size"]
            self.check(turn.server, writers, listeners, size)
            self.assertEqual(turn.server.stop(), 0)
            for listener in listeners:
                listener.join()
            turn.server.close()

    def check_head(self, server, head):
        """The tree from before the kill is a prefix of the present one."""
        now = server.get("/api/ledger")[1]
        found = server.get(f"/api/ledger/consistency?from={head['size']}&to={now['size']}")[1]
        path = [bytes.fromhex(step) for step in found["path"]]
        roots = bytes.fromhex(head["root"]), bytes.fromhex(now["root"])
        self.assertEqual((found["fromRoot"], found["toRoot"]), (head["root"], now["root"]))
        self.assertTrue(proofs.is_consistent(head["size"], now["size"], *roots, path))

    def check(self, server, writers, listeners, size):
        stored, after = [], -1
        while after is not None:
            page = server.get(f"/api/events?limit=5000&after={after}")[1]
            stored += page["events"]
            after = page["next"]
        self.assertEqual([e["position"] for e in stored], list(range(size)))
        places = {(e["agent"], e["number"]): e["position"] for e in stored}
        self.assertEqual(len(places), len(stored), "something is there twice")
        for writer in writers:
            for number, position in writer.acknowledged.items():
                self.assertEqual(places.get((writer.agent, number)), position, "something acknowledged is lost")
        whole = [(e["position"], e["hash"]) for e in stored]
        for listener in listeners:
            server_time = threading.Event()
            for _ in range(2000):
                if len(listener.heard) >= size:
                    break
                server_time.wait(0.005)
            self.assertEqual(listener.heard[:size], whole, type(listener).__name__)


if binary() is None:
    raise unittest.SkipTest("there is no prima: build it first")
