"""Requests and frames that mean harm, against a real server: each has the status that it gets, and its connection ends."""

import base64
import os
import re
import socket
import struct
import unittest

from server import Server, read_answer, read_head

SMUGGLED = b"GET /metrics HTTP/1.1\r\nHost: smuggled.invalid\r\n\r\n"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def get(target="/health", fields="Host: localhost\r\n", version="HTTP/1.1", method="GET"):
    return f"{method} {target} {version}\r\n{fields}\r\n".encode("latin-1")


def post(fields, body=b"", version="HTTP/1.1"):
    head = f"POST /api/events {version}\r\nHost: localhost\r\nContent-Type: application/json\r\n{fields}\r\n"
    return head.encode("latin-1") + body


def chunked(body):
    return post("Transfer-Encoding: chunked\r\n", body)


def upgrade(key=f"Sec-WebSocket-Key: {KEY}\r\n", version="Sec-WebSocket-Version: 13\r\n", method="GET",
            protocol="prima.json", http="HTTP/1.1", more=""):
    fields = f"Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}{version}{more}"
    return get("/api/ws", f"{fields}Sec-WebSocket-Protocol: {protocol}\r\n", http, method)


# What is sent, and the status. The connection ends with it, and what follows is never served.
CLOSING = {
    # The request line
    "two spaces": (b"GET  /health HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a tab for a space": (b"GET\t/health HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a blank in front": (b" GET /health HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "no version": (b"GET /health\r\nHost: a\r\n\r\n", 400),
    "words behind the version": (b"GET /health HTTP/1.1 x\r\nHost: a\r\n\r\n", 400),
    "version in lower case": (get(version="http/1.1"), 400),
    "version 2": (get(version="HTTP/2.0"), 505),
    "version 11": (get(version="HTTP/11.1"), 400),
    "version without a digit": (get(version="HTTP/1."), 400),
    "no method": (b" /health HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a method that is none": (get(method="G(T"), 400),
    "a method that is unknown": (get(method="BREW"), 501),
    "a method in lower case": (get(method="get"), 501),
    "TRACE": (get(method="TRACE"), 501),
    "CONNECT": (b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n", 501),
    "HTTP/2's preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "TLS on the plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64, 400),
    # The target
    "a target without a slash": (get("health"), 400),
    "an asterisk": (get("*"), 400),
    "another scheme": (get("ftp://localhost/health"), 400),
    "a scheme without a host": (get("http:///health"), 400),
    "a user in the target": (get("http://a@localhost/health"), 400),
    "NUL, escaped": (get("/health%00"), 400),
    "a broken escape": (get("/health%zz"), 400),
    "a cut escape": (get("/health%4"), 400),
    "a fragment": (get("/health#a"), 400),
    "NUL in the target": (b"GET /he\x00alth HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "bytes beyond ASCII": (b"GET /he\xc3\xa4lth HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a target that is too long": (get("/" + "a" * 9000), 431),
    "a request line without an end": (b"A" * 40_000, 431),
    # Lines and fields
    "LF alone": (b"GET /health HTTP/1.1\nHost: a\n\n", 400),
    "LF alone behind a field": (b"GET /health HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
    "CR alone in a value": (get(fields="Host: a\r\nX: a\rb\r\n"), 400),
    "NUL in a value": (get(fields="Host: a\r\nX: a\0b\r\n"), 400),
    "a control byte in a value": (get(fields="Host: a\r\nX: a\x01b\r\n"), 400),
    "a folded field": (get(fields="Host: a\r\nX: a\r\n b\r\n"), 400),
    "a folded first field": (get(fields=" Host: a\r\n"), 400),
    "a blank behind a name": (get(fields="Host : a\r\n"), 400),
    "a blank in a name": (get(fields="Host: a\r\nX Y: z\r\n"), 400),
    "no name": (get(fields="Host: a\r\n: z\r\n"), 400),
    "no colon": (get(fields="Host: a\r\nX\r\n"), 400),
    "a name that is no token": (get(fields="Host: a\r\nX[]: z\r\n"), 400),
    "too many fields": (get(fields="Host: a\r\n" + "X: y\r\n" * 120), 431),
    "a head that is too large": (get(fields="Host: a\r\nX: " + "y" * 40_000 + "\r\n"), 431),
    "a flood of fields": (b"GET /health HTTP/1.1\r\nHost: a\r\n" + b"X: yyyyyyyy\r\n" * 200_000, 431),
    # Host
    "no Host": (get(fields=""), 400),
    "two Hosts": (get(fields="Host: localhost\r\nHost: localhost\r\n"), 400),
    "a Host that is none": (get(fields="Host: a/b\r\n"), 400),
    "a Host with a user": (get(fields="Host: a@b\r\n"), 400),
    "a Host with a port that is none": (get(fields="Host: localhost:port\r\n"), 400),
    # Where the body ends
    "length and coding": (post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), 400),
    "coding and length": (post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n"), 400),
    "two codings": (post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), 400),
    "chunked twice": (post("Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"), 501),
    "two codings, one hidden": (post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", b"0\r\n\r\n"), 400),
    "gzip and chunked": (post("Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"), 501),
    "identity": (post("Transfer-Encoding: identity\r\n", b"{}"), 501),
    "a coding with a tab inside": (post("Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"), 400),
    "a coding that nearly is": (post("Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), 501),
    "a coding in quotes": (post('Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"), 501),
    "a coding of nothing": (post("Transfer-Encoding: \r\n", b"0\r\n\r\n"), 501),
    "a coding for HTTP/1.0": (post("Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", "HTTP/1.0"), 400),
    "two lengths": (post("Content-Length: 2\r\nContent-Length: 3\r\n", b"{}x"), 400),
    "two lengths, the same": (post("Content-Length: 2\r\nContent-Length: 2\r\n", b"{}"), 400),
    "a list of lengths": (post("Content-Length: 2, 2\r\n", b"{}"), 400),
    "a length with a sign": (post("Content-Length: +2\r\n", b"{}"), 400),
    "a negative length": (post("Content-Length: -2\r\n", b"{}"), 400),
    "a length in hexadecimal": (post("Content-Length: 0x2\r\n", b"{}"), 400),
    "a length in two words": (post("Content-Length: 2 2\r\n", b"{}"), 400),
    "a length of nothing": (post("Content-Length:\r\n", b"{}"), 400),
    "a length beyond numbers": (post("Content-Length: " + "9" * 40 + "\r\n"), 400),
    "a length that is too large": (post("Content-Length: 9000000\r\n"), 413),
    # Chunks
    "a chunk size that is none": (chunked(b"zz\r\n"), 400),
    "a chunk size with a prefix": (chunked(b"0x2\r\n{}\r\n0\r\n\r\n"), 400),
    "a chunk size with a sign": (chunked(b"+2\r\n{}\r\n0\r\n\r\n"), 400),
    "a negative chunk size": (chunked(b"-2\r\n{}\r\n0\r\n\r\n"), 400),
    "a blank before a chunk size": (chunked(b" 2\r\n{}\r\n0\r\n\r\n"), 400),
    "a blank behind a chunk size": (chunked(b"2 \r\n{}\r\n0\r\n\r\n"), 400),
    "a chunk size beyond numbers": (chunked(b"fffffffffffffffff\r\n"), 400),
    "a chunk that is too large": (chunked(b"7fffffff\r\n"), 413),
    "no chunk size": (chunked(b"\r\n{}\r\n0\r\n\r\n"), 400),
    "a chunk that goes on": (chunked(b"2\r\n{}x\r\n0\r\n\r\n"), 400),
    "LF behind a chunk size": (chunked(b"2\n{}\r\n0\r\n\r\n"), 400),
    "LF behind a chunk": (chunked(b"2\r\n{}\n0\r\n\r\n"), 400),
    "LF in a chunk's extension": (chunked(b"2;a\nb\r\n{}\r\n0\r\n\r\n"), 400),
    "an extension that is too long": (chunked(b"2;" + b"e" * 2000 + b"\r\n{}\r\n0\r\n\r\n"), 400),
    "trailers that are too long": (chunked(b"0\r\n" + b"T: t\r\n" * 3000), 400),
    "chunks that are too much together": (chunked((b"100000\r\n" + b" " * 0x100000 + b"\r\n") * 9), 413),
    # Wishes
    "an expectation that is unknown": (post("Content-Length: 2\r\nExpect: 200-maybe\r\n", b"{}"), 417),
    # Handshakes
    "a handshake without a key": (upgrade(key=""), 400),
    "a handshake with two keys": (upgrade(key=f"Sec-WebSocket-Key: {KEY}\r\n" * 2), 400),
    "a handshake with a short key": (upgrade(key="Sec-WebSocket-Key: AAAA\r\n"), 400),
    "a handshake with a key that is none": (upgrade(key="Sec-WebSocket-Key: " + "?" * 22 + "==\r\n"), 400),
    "a handshake without a version": (upgrade(version=""), 400),
    "a handshake of an old version": (upgrade(version="Sec-WebSocket-Version: 8\r\n"), 400),
    "a handshake of two versions": (upgrade(version="Sec-WebSocket-Version: 13\r\n" * 2), 400),
    "a handshake of HTTP/1.0": (upgrade(http="HTTP/1.0"), 400),
    "a handshake with a body": (upgrade(more="Content-Length: 4\r\n"), 400),
}

# Strange, but right, or wrong in a way that leaves the connection useful.
STAYING = {
    "absolute": (get("http://localhost/health"), 200),
    "absolute, in capitals": (get("HTTP://LOCALHOST/health"), 200),
    "absolute with another Host": (get("http://localhost/api/ledger", "Host: evil.invalid\r\n"), 200),
    "absolute of another host": (get("http://evil.invalid/api/ledger"), 403),
    "a foreign Host": (get("/api/ledger", "Host: evil.invalid\r\n"), 403),
    "a foreign Origin": (get("/api/ledger", "Host: localhost\r\nOrigin: https://evil.invalid\r\n"), 403),
    "two slashes": (get("//health"), 404),
    "dots": (get("/api/../health"), 404),
    "escaped letters": (get("/%68ealth"), 404),
    "another protocol": (get(fields="Host: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n"), 200),
    "no subprotocol": (upgrade(protocol="chat"), 400),
    "a handshake that is none": (get("/api/ws"), 400),
    "no length": (post(""), 411),
    "an empty body": (post("Content-Length: 0\r\n"), 400),
    "DELETE": (get("/api/events", method="DELETE"), 405),
    "a body that GET has": (get(fields="Host: localhost\r\nContent-Length: 3\r\n") + b"abc", 200),
    "chunks with extensions": (chunked(b"2;a=b\r\n[]\r\n0\r\nT: t\r\n\r\n"), 422),
}


def frame(kind, payload=b"", final=True, masked=True, reserved=0, length=None, mask=b"\1\2\3\4"):
    head = bytes([(0x80 if final else 0) | reserved << 4 | kind])
    bit = 0x80 if masked else 0
    if length is not None:
        head += bytes([bit | length[0]]) + length[1]
    elif len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", len(payload))
    if masked:
        payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return head + (mask if masked else b"") + payload


# What is sent on an open socket, and the code that it closes with.
FRAMES = {
    "not masked": (frame(1, b"{}", masked=False), 1002),
    "a reserved bit": (frame(1, b"{}", reserved=4), 1002),
    "a reserved kind": (frame(3, b"{}"), 1002),
    "a reserved control": (frame(11), 1002),
    "a ping in pieces": (frame(9, final=False), 1002),
    "a ping that is too long": (frame(9, b"x" * 126), 1002),
    "a continuation of nothing": (frame(0, b"x"), 1002),
    "a text inside a text": (frame(1, b"x", final=False) + frame(1, b"y"), 1002),
    "a length that could be shorter": (frame(1, b"{}", length=(126, b"\0\2")), 1002),
    "a length that could be much shorter": (frame(1, b"{}", length=(127, b"\0" * 7 + b"\2")), 1002),
    "a length beyond numbers": (frame(1, length=(127, b"\xff" * 8)), 1002),
    "a message that is too large": (frame(1, length=(127, struct.pack(">Q", 9 << 20))), 1009),
    "pieces that are too large together": (frame(1, b"x", False) + frame(0, length=(127, struct.pack(">Q", 8 << 20))), 1009),
    "bytes that are no text": (frame(1, b"\xff\xfe"), 1007),
    "a surrogate": (frame(1, b"\xed\xa0\x80"), 1007),
    "a text that is cut in a letter": (frame(1, b"\xc3"), 1007),
    "pieces that are no text": (frame(1, b"\xc3", False) + frame(0, b"\x28"), 1007),
    "binary where text is spoken": (frame(2, b"{}"), 1003),
    "a close of one byte": (frame(8, b"\3"), 1002),
    "a close with a code that is not sent": (frame(8, struct.pack(">H", 1005)), 1002),
    "a close with a code that is none": (frame(8, struct.pack(">H", 999)), 1002),
    "a close with a reason that is no text": (frame(8, struct.pack(">H", 1000) + b"\xff"), 1007),
}


def send_all(link, content):
    """Sends what the other side takes; it may have refused, and gone, before the end."""
    try:
        link.sendall(content)
    except (BrokenPipeError, ConnectionResetError):
        pass


def rest(link):
    """What comes until the end of the stream."""
    content = b""
    try:
        while piece := link.recv(65536):
            content += piece
    except ConnectionResetError:
        pass
    return content


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def refuse(self, content, status):
        with self.server.connect() as link:
            send_all(link, content)
            answer = rest(link)
        self.assertEqual(int(answer.split(b" ", 2)[1]), status)
        self.assertRegex(answer.split(b"\r\n\r\n")[0].lower(), b"connection: close")
        self.assertEqual(len(re.findall(rb"HTTP/1\.1 \d", answer)), 1, "one answer, and nothing behind it is served")
        if status != 101:
            self.assertIn(b"application/problem+json", answer)

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(CLOSING), 60)

    def test_refused_and_closed(self):
        for name, (content, status) in CLOSING.items():
            with self.subTest(name):
                self.refuse(content + SMUGGLED, status)
        self.assertEqual(self.server.get("/health")[0], 200)

    def test_refused_in_drips(self):
        for name, (content, status) in CLOSING.items():
            if len(content) < 150:
                with self.subTest(name), self.server.connect() as link:
                    for byte in content:
                        send_all(link, bytes([byte]))
                    self.assertEqual(read_head(link.makefile("rb"))[0], status)

    def test_answered_and_kept(self):
        for name, (content, status) in STAYING.items():
            with self.subTest(name), self.server.connect() as link:
                link.sendall(content)
                self.assertEqual(read_answer(link)[0], status)
                link.sendall(get())
                self.assertEqual(read_answer(link)[0], 200)

    def test_frames(self):
        for name, (content, code) in FRAMES.items():
            with self.subTest(name), self.server.connect() as link:
                link.sendall(upgrade())
                stream = link.makefile("rb")
                self.assertEqual(read_head(stream)[0], 101)
                # What follows a fault is not read.
                send_all(link, content + frame(1, b'{"id":1,"append":[{"agent":"smuggled","type":"A"}]}'))
                link.settimeout(10)
                kind, size = stream.read(2)
                self.assertEqual((kind, size & 0x80), (0x88, 0))
                self.assertEqual(struct.unpack(">H", stream.read(2))[0], code)
                link.shutdown(socket.SHUT_WR)
                stream.read()
        self.assertEqual(self.server.get("/api/events?agent=smuggled")[1]["events"], [])

    def test_truncated_frames(self):
        whole = frame(1, b'{"id":1,"append":[{"agent":"cut","type":"A"}]}')
        for end in range(1, len(whole)):
            with self.server.connect() as link:
                link.sendall(upgrade())
                stream = link.makefile("rb")
                self.assertEqual(read_head(stream)[0], 101)
                link.sendall(whole[:end])
                link.shutdown(socket.SHUT_WR)
                self.assertEqual(stream.read(), b"")
        self.assertEqual(self.server.get("/api/events?agent=cut")[1]["events"], [])

    def test_truncated_requests(self):
        body = b'{"agent":"cut","type":"A"}'
        whole = post(f"Content-Length: {len(body)}\r\n", body)
        pieces = chunked(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        for content in (whole, pieces):
            for end in range(1, len(content), 3):
                with self.server.connect() as link:
                    link.sendall(content[:end])
                    link.shutdown(socket.SHUT_WR)
                    self.assertEqual(rest(link), b"")
        self.assertEqual(self.server.get("/api/events?agent=cut")[1]["events"], [])

    def test_noise(self):
        for _ in range(100):
            with self.server.connect() as link:
                send_all(link, os.urandom(400))
                try:
                    link.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
                answer = rest(link)
                self.assertTrue(answer == b"" or answer[:10] in (b"HTTP/1.1 4", b"HTTP/1.1 5"))
        self.assertEqual(self.server.get("/health")[0], 200)

    def test_noise_in_frames(self):
        for _ in range(100):
            with self.server.connect() as link:
                link.sendall(upgrade())
                stream = link.makefile("rb")
                read_head(stream)
                send_all(link, os.urandom(300))
                try:
                    link.shutdown(socket.SHUT_WR)
                    stream.read()
                except OSError:
                    pass
        self.assertEqual(self.server.get("/health")[0], 200)


if __name__ == "__main__":
    unittest.main()
