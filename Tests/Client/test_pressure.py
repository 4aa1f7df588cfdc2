"""Too much, too slow, too many, against a real server: memory is bounded, who is refused hears it, others are served."""

import json
import os
import resource
import select
import socket
import threading
import time
import unittest

from server import EventStream, Server, WebSocket, chunks, read_answer, read_head

GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


def resident(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) * 1024


def limits(**given):
    return {"PRIMA_LIMITS": ",".join(f"{name}={value}" for name, value in given.items())}


def event(number, size=0):
    return {"agent": "a", "type": "BREATH", "number": number, "data": {"text": "x" * size}}


class Pressure(unittest.TestCase):
    def test_limits_are_checked(self):
        for text in ("headSeconds", "headSeconds=", "headSeconds=x", "headSeconds=0", "nothing=1",
                     "headBytes=1000000", "pipelined=1.5", "pipelined=1,pipelined=2"):
            with Server(expect=78, environment={"PRIMA_LIMITS": text}) as server:
                self.assertEqual(server.code, 78, text)
                self.assertIn("PRIMA_LIMITS", server.errors())

    def test_slow_requests(self):
        head = b"POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        starts = (b"G", b"GET /health HTTP/1.1\r\nHost: localhost\r\n", head + b"Content-Length: 100\r\n\r\n{",
                  head + b"Transfer-Encoding: chunked\r\n\r\nff\r\n{")
        with Server(environment=limits(headSeconds=0.5, bodyGraceSeconds=0.5)) as server:
            for start in starts:
                with self.subTest(start), server.connect() as link:
                    link.sendall(start)
                    began = time.monotonic()
                    # A byte now and then does not help.
                    while not select.select([link], [], [], 0.1)[0]:
                        link.sendall(b"a")
                    self.assertEqual(read_answer(link)[0], 408)
                    self.assertLess(time.monotonic() - began, 8)

    def test_idle_connections(self):
        with Server(environment=limits(idleSeconds=0.3, headSeconds=0.3)) as server:
            with server.connect() as silent, server.connect() as idle:
                idle.sendall(GET)
                self.assertEqual(read_answer(idle)[0], 200)
                self.assertEqual((silent.recv(1), idle.recv(1)), (b"", b""))

    def test_heartbeat(self):
        with Server(environment=limits(heartbeatSeconds=0.2)) as server:
            stream = EventStream(server)
            seen = 0
            for piece in chunks(stream.stream):
                self.assertEqual(piece, b": ping\n\n")
                seen += 1
                if seen == 3:
                    break
            server.append(event(1))
            self.assertEqual(next(iter(stream))[0], 0)
            stream.close()

    def test_pipelines(self):
        """A flood of requests that nobody reads the answers of: reading stops, and all are answered in the end."""
        count = 100_000
        with Server() as server, server.connect() as link:
            server.get("/health")
            before = resident(server)
            sender = threading.Thread(target=link.sendall, args=(GET * count,))
            sender.start()
            for _ in range(200):
                self.assertEqual(server.get("/health")[0], 200)
            self.assertTrue(sender.is_alive())
            self.assertLess(resident(server) - before, 16 << 20)
            stream = link.makefile("rb", 1 << 20)
            for _ in range(count):
                self.assertEqual(stream.readline(), b"HTTP/1.1 200 OK\r\n")
                length = 0
                while (line := stream.readline()) != b"\r\n":
                    if line.startswith(b"Content-Length"):
                        length = int(line.split()[1])
                stream.read(length)
            sender.join()
            self.assertLess(resident(server) - before, 16 << 20)

    def test_pipelined_appends(self):
        """The same with answers that wait for the disk."""
        count = 3000
        body = json.dumps({"agent": "a", "type": "BREATH"}).encode()
        request = (b"POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                   b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        with Server() as server, server.connect() as link:
            sender = threading.Thread(target=link.sendall, args=(request * count,))
            sender.start()
            stream = link.makefile("rb")
            for position in range(count):
                status, fields = read_head(stream)
                self.assertEqual(status, 201)
                answer = json.loads(stream.read(int(fields["content-length"])))
                self.assertEqual(answer["positions"], [position])
            sender.join()

    def test_connections(self):
        with Server(environment=limits(connections=20)) as server:
            links = [server.connect() for _ in range(20)]
            for link in links:
                link.sendall(GET)
                self.assertEqual(read_answer(link)[0], 200)
            for _ in range(5):
                with server.connect() as link:
                    status, fields, _ = read_answer(link)
                    self.assertEqual((status, fields["retry-after"], fields["connection"]), (503, "1", "close"))
            links.pop().close()
            self.assertEqual(self.retried(server), 200)
            for link in links:
                link.close()

    @staticmethod
    def retried(server):
        """Asks until there is room: that a connection has ended is heard of a moment later."""
        for _ in range(500):
            try:
                status = server.get("/health")[0]
            except (OSError, EOFError):
                continue
            if status == 200:
                break
        return status

    def test_few_descriptors(self):
        """It leaves descriptors to the ledger: the connections beyond are shed, the others served, and it recovers."""
        few, reserved, opened = 600, 512, 150

        def prepare():
            resource.setrlimit(resource.RLIMIT_NOFILE, (few, few))

        with Server(prepare=prepare) as server:
            links = [server.connect() for _ in range(10)]
            for link in links:
                link.sendall(GET)
                self.assertEqual(read_answer(link)[0], 200)
            others = [server.connect() for _ in range(opened)]
            for number, link in enumerate(links):
                self.assertEqual(server.ask("GET", "/health", link=link)[0], 200)
                self.assertEqual(server.ask("POST", "/api/events", event(number + 1), link=link)[0], 201)
            silent = list(others)
            while len(silent) > few - reserved - len(links):
                for link in select.select(silent, [], [], 20)[0]:
                    status, fields, _ = read_answer(link)
                    self.assertEqual((status, fields["retry-after"], fields["connection"]), (503, "1", "close"))
                    silent.remove(link)
            for link in others:
                link.close()
            self.assertEqual(self.retried(server), 200)
            self.assertEqual(len(server.get("/api/events")[1]["events"]), 10)
            for link in links:
                link.close()

    def test_overload(self):
        """More than it wants to have open at once is refused at once; what it takes is not slowed down by the rest."""
        workers, rounds = 60, 40
        with Server(environment=limits(unanswered=8)) as server:
            results, lock = [], threading.Lock()

            def work(worker):
                with server.connect() as link:
                    for number in range(rounds):
                        began = time.monotonic()
                        body = [event(worker * rounds + number + 1, 100)]
                        status, fields, _ = server.ask("POST", "/api/events", body, link=link)
                        with lock:
                            results.append((status, fields.get("retry-after"), time.monotonic() - began))

            threads = [threading.Thread(target=work, args=(worker,)) for worker in range(workers)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(len(results), workers * rounds)
            self.assertEqual({status for status, _, _ in results}, {201, 503})
            self.assertEqual({after for status, after, _ in results if status == 503}, {"1"})
            # What was refused is not there; what was taken is.
            taken = sum(status == 201 for status, _, _ in results)
            self.assertEqual(server.get("/api/ledger")[1]["size"], taken)
            times = sorted(seconds for status, _, seconds in results if status == 201)
            self.assertLess(times[len(times) * 99 // 100], 2)

    def test_slow_follower(self):
        """A follower that stops reading is closed after a whole event; memory does not grow with what it misses."""
        with Server(environment=limits(stalledSeconds=1)) as server:
            links = []
            for _ in range(10):
                link = self.narrow(server)
                link.sendall(b"GET /api/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
                links.append(link)
            connect = server.connect
            server.connect = lambda: self.narrow(server)
            socketed = [WebSocket(server) for _ in range(5)]
            server.connect = connect
            for follower in socketed:
                follower.tell(id=1, follow={"after": -1})
            server.append([event(1)])
            before = resident(server)
            number = 1
            for _ in range(20):
                server.append([event(number + n + 1, 5000) for n in range(200)])
                number += 200
            # Fifteen readers, 20 MB each missed: the bound is a quarter of a megabyte for each, and what views need.
            self.assertLess(resident(server) - before, 64 << 20)
            self.wait_for(server, "prima_wire_left_behind_total", 15)
            for link in links:
                stream = link.makefile("rb")
                read_head(stream)
                body = b"".join(chunks(stream))
                self.assertTrue(body.endswith(b"\n\n"))
                seen = [int(line[4:]) for line in body.split(b"\n") if line.startswith(b"id: ")]
                self.assertEqual(seen, list(range(len(seen))))
                self.assertGreater(len(seen), 1)
                self.assertEqual(body.count(b"\ndata: "), len(seen))
                self.assertEqual(stream.read(), b"")
                link.close()
            for follower in socketed:
                seen = []
                with self.assertRaises(EOFError):
                    while True:
                        seen.append(follower.hear()["event"]["position"])
                self.assertEqual(seen, list(range(len(seen))))
                follower.close()

    @staticmethod
    def narrow(server):
        """A connection whose reader holds little."""
        link = socket.socket()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.settimeout(20)
        link.connect(("127.0.0.1", server.port))
        return link

    def wait_for(self, server, name, value):
        began = time.monotonic()
        while True:
            text = server.get("/metrics")[1].decode()
            found = [line.split()[1] for line in text.split("\n") if line.startswith(name + " ")]
            if found and float(found[0]) >= value:
                return
            self.assertLess(time.monotonic() - began, 20, text)

    def test_slow_reader_that_goes_on(self):
        """Who reads slowly, but reads, misses nothing: it is fed from the ledger when it has room."""
        with Server() as server:
            link = self.narrow(server)
            link.sendall(b"GET /api/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            for start in range(0, 2000, 200):
                server.append([event(start + n + 1, 5000) for n in range(200)])
            stream = EventStream.__new__(EventStream)
            stream.link, stream.stream, stream.comments = link, link.makefile("rb"), 0
            read_head(stream.stream)
            seen = iter(stream)
            for position in range(2000):
                self.assertEqual(next(seen)[0], position)
            stream.close()

    def test_many_followers(self):
        """Followers of every kind and filter, from every beginning, together: each sees exactly its own."""
        with Server() as server:
            for start in range(0, 1500, 500):
                server.append([{"agent": f"a{n % 3}", "type": "BREATH", "number": start + n + 1} for n in range(500)])
            first = {n["position"]: n["agent"] for n in server.get("/api/events?limit=10000")[1]["events"]}
            followers = []
            for after in (-1, 0, 10, 511, 512, 700, 1498, 1499):
                followers.append((WebSocket(server), after, None))
                followers.append((WebSocket(server), after, "a1"))
                followers.append((EventStream(server, f"?after={after}"), after, None))
                followers.append((EventStream(server, f"?after={after}&agent=a2"), after, "a2"))
            for follower, after, agent in followers:
                if isinstance(follower, WebSocket):
                    follower.tell(id="f", follow={"after": after, **({"agent": agent} if agent else {})})
            for n in range(20):
                answer = server.append([{"agent": f"a{i % 3}", "type": "BREATH", "number": 10_000 + n * 10 + i}
                                        for i in range(10)])[1]
                first.update({p: f"a{i % 3}" for i, p in enumerate(answer["positions"])})
            for follower, after, agent in followers:
                wanted = [p for p, a in sorted(first.items()) if p > after and agent in (None, a)]
                if isinstance(follower, WebSocket):
                    seen = [follower.hear()["event"]["position"] for _ in wanted]
                else:
                    events = iter(follower)
                    seen = [next(events)[0] for _ in wanted]
                self.assertEqual(seen, wanted, (after, agent))
                follower.close()

    def test_drain(self):
        """A stop ends streams in order, sockets with 1001, and answers what has begun."""
        with Server() as server:
            server.append(event(1))
            stream, follower, idle, busy = EventStream(server), WebSocket(server), server.connect(), server.connect()
            follower.tell(id=1, follow={"after": -1})
            self.assertEqual(follower.hear()["event"]["position"], 0)
            seen = iter(stream)
            self.assertEqual(next(seen)[0], 0)
            body = json.dumps(event(2)).encode()
            busy.sendall(b"POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                         b"Content-Length: %d\r\n\r\n%s" % (len(body), body[:5]))
            self.assertEqual(server.ask("GET", "/health", link=idle)[0], 200)
            server.process.terminate()
            self.assertEqual(idle.recv(1), b"")
            # The last chunk: an end, not a cut.
            self.assertEqual(list(seen), [])
            kind, size = follower.stream.read(2)
            self.assertEqual((kind, follower.stream.read(size)[:2]), (0x88, b"\x03\xe9"))
            follower.close()
            busy.sendall(body[5:])
            status, fields, _ = read_answer(busy)
            self.assertEqual((status, fields["connection"]), (201, "close"))
            self.assertEqual(server.process.wait(20), 0)
            for link in (idle, busy, stream):
                link.close()


@unittest.skipUnless(socket.has_ipv6, "there is no IPv6 here")
class IPv6(unittest.TestCase):
    def test_loopback(self):
        with Server(environment={"HOST": "::1"}) as server:
            self.assertTrue(server.url.startswith("http://[::1]:"), server.url)
            for host, status in ((f"[::1]:{server.port}", 200), ("[::1]", 200), ("localhost", 200),
                                 ("[2001:db8::1]", 200), ("evil.invalid", 403), ("::1", 400), ("[::1", 400)):
                with socket.create_connection(("::1", server.port), 20) as link:
                    link.sendall(f"GET /api/ledger HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                    self.assertEqual(read_answer(link)[0], status, host)

    def test_every_address(self):
        with Server(environment={"HOST": "::"}, token="secret") as server:
            self.assertTrue(server.url.startswith("http://[::1]:"), server.url)
            with socket.create_connection(("::1", server.port), 20) as link:
                self.assertEqual(server.ask("GET", "/health", link=link)[0], 200)


if __name__ == "__main__":
    unittest.main()
