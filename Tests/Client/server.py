"""Starts a real `prima serve`, and speaks HTTP, server-sent events and WebSocket to it: from the contract alone."""

import base64
import json
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary():
    """The program under test: PRIMA_BINARY, else what `make build` or a debug build left."""
    given = os.environ.get("PRIMA_BINARY")
    places = [pathlib.Path(given)] if given else [ROOT / ".build/debug/prima", ROOT / "build/prima"]
    return next((str(place) for place in places if place.exists()), None)


class Server:
    """A server of its own, on any free port, in a folder of its own unless one is given."""

    def __init__(self, data=None, token=None, expect=None, environment=None, arguments=(), prepare=None):
        self.folder = None if data else tempfile.TemporaryDirectory(prefix="prima-")
        self.data = data or os.path.join(self.folder.name, "data")
        self.ready = self.data + ".ready"
        if os.path.exists(self.ready):
            os.remove(self.ready)
        self.token = token
        variables = {k: v for k, v in os.environ.items() if not k.startswith("PRIMA_") and k not in ("HOST", "PORT")}
        variables.update(environment or {})
        if token:
            variables["PRIMA_TOKEN"] = token
        words = [binary(), "serve", "--port", "0", "--data", self.data, "--ready-file", self.ready, *arguments]
        self.log = tempfile.TemporaryFile()
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            words, env=variables, stderr=self.log, stdout=subprocess.PIPE, preexec_fn=prepare
        )
        if expect is None:
            self._await()
        else:
            self.code = self.process.wait(20)
            self.process.stdout.close()

    @classmethod
    def attached(cls, process, ready):
        """A server that somebody else has started, and will end."""
        self = cls.__new__(cls)
        self.process, self.ready, self.token, self.folder = process, ready, None, None
        self.log = tempfile.TemporaryFile()
        self.began = time.monotonic()
        self._await()
        return self

    def _await(self):
        # The descriptor of the process becomes readable when it ends, so nothing here waits longer than it must.
        watched = os.pidfd_open(self.process.pid)
        try:
            while not os.path.exists(self.ready):
                if select.select([watched], [], [], 0.005)[0]:
                    raise AssertionError("it ended: " + self.errors())
                if time.monotonic() - self.began > 20:
                    raise AssertionError("it is not ready: " + self.errors())
        finally:
            os.close(watched)
        self.seconds = time.monotonic() - self.began
        self.report = json.loads(pathlib.Path(self.ready).read_text(encoding="utf-8"))
        self.url = self.report["url"]
        self.port = urllib.parse.urlsplit(self.url).port

    def errors(self):
        self.log.seek(0)
        return self.log.read().decode()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """A clean stop; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def close(self):
        if self.process.poll() is None:
            self.kill()
        self.process.stdout.close()
        self.log.close()
        if self.folder:
            self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # HTTP

    def connect(self):
        link = socket.create_connection(("127.0.0.1", self.port), 20)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link

    def ask(self, method, path, body=None, headers=None, link=None):
        """One request; (status, header fields in lower case, body)."""
        lines = [f"{method} {path} HTTP/1.1"]
        fields = {"Host": f"127.0.0.1:{self.port}"}
        if self.token:
            fields["Authorization"] = "Bearer " + self.token
        if body is not None and not isinstance(body, (bytes, bytearray)):
            body = json.dumps(body).encode()
            fields["Content-Type"] = "application/json"
        if body is not None:
            fields["Content-Length"] = str(len(body))
        fields.update(headers or {})
        lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
        own = link is None
        link = link or self.connect()
        try:
            link.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))
            return read_answer(link, method)
        finally:
            if own:
                link.close()

    def get(self, path, **headers):
        status, fields, body = self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        return status, decode(fields, body)

    def post(self, path, body, **headers):
        status, fields, answer = self.ask(
            "POST", path, body, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        return status, decode(fields, answer)

    def append(self, events):
        return self.post("/api/events", events)


def decode(fields, body):
    kind = fields.get("content-type", "")
    return json.loads(body) if "json" in kind and "ndjson" not in kind and body else body


def read_line(stream):
    line = stream.readline()
    if not line:
        raise EOFError
    return line.rstrip(b"\r\n")


def read_head(stream):
    status = int(read_line(stream).split(b" ")[1])
    fields = {}
    while line := read_line(stream):
        name, _, value = line.partition(b":")
        key, text = name.decode().lower(), value.strip().decode()
        # Several fields of one name are one list.
        fields[key] = f"{fields[key]}, {text}" if key in fields else text
    return status, fields


def read_answer(link, method="GET"):
    stream = link.makefile("rb")
    status, fields = read_head(stream)
    while status == 100:
        status, fields = read_head(stream)
    if method == "HEAD" or status in (204, 304) or status < 200:
        return status, fields, b""
    if fields.get("transfer-encoding") == "chunked":
        return status, fields, b"".join(chunks(stream))
    return status, fields, stream.read(int(fields.get("content-length", 0)))


def chunks(stream):
    """The pieces of a chunked body; EOFError when it is cut."""
    while True:
        size = int(read_line(stream), 16)
        piece = stream.read(size)
        if len(piece) < size:
            raise EOFError
        read_line(stream)
        if size == 0:
            return
        yield piece


class EventStream:
    """Server-sent events: iterate over (id, type, event)."""

    def __init__(self, server, query="", last=None):
        self.link = server.connect()
        fields = [f"GET /api/events/stream{query} HTTP/1.1", f"Host: 127.0.0.1:{server.port}",
                  "Accept: text/event-stream"]
        if server.token:
            fields.append("Authorization: Bearer " + server.token)
        if last is not None:
            fields.append(f"Last-Event-ID: {last}")
        self.link.sendall("\r\n".join(fields).encode() + b"\r\n\r\n")
        self.stream = self.link.makefile("rb")
        self.status, self.fields = read_head(self.stream)
        self.comments = 0

    def close(self):
        self.stream.close()
        self.link.close()

    def __iter__(self):
        pending = b""
        for piece in chunks(self.stream):
            pending += piece
            while b"\n\n" in pending:
                block, _, pending = pending.partition(b"\n\n")
                found = {}
                for line in block.split(b"\n"):
                    name, _, value = line.partition(b": ")
                    if name == b":" or line.startswith(b":"):
                        self.comments += 1
                    else:
                        found[name.decode()] = value.decode()
                if "data" in found:
                    yield int(found["id"]), found["event"], json.loads(found["data"])


class WebSocket:
    """A WebSocket that masks, sends text or binary messages, and answers pings."""

    def __init__(self, server, protocol="prima.json", version="13", headers=()):
        self.link = server.connect()
        key = base64.b64encode(os.urandom(16)).decode()
        fields = ["GET /api/ws HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Upgrade: websocket",
                  "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", f"Sec-WebSocket-Version: {version}"]
        if protocol:
            fields.append(f"Sec-WebSocket-Protocol: {protocol}")
        if server.token:
            fields.append("Authorization: Bearer " + server.token)
        fields += headers
        self.link.sendall("\r\n".join(fields).encode() + b"\r\n\r\n")
        self.stream = self.link.makefile("rb")
        self.status, self.fields = read_head(self.stream)

    def close(self):
        self.stream.close()
        self.link.close()

    def send(self, message):
        text = isinstance(message, str)
        payload = message.encode() if text else message
        head = bytes([0x81 if text else 0x82])
        if len(payload) < 126:
            head += bytes([0x80 | len(payload)])
        elif len(payload) < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", len(payload))
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", len(payload))
        mask = os.urandom(4)
        self.link.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))

    def tell(self, **frame):
        self.send(json.dumps(frame))

    def receive(self):
        """The next message; a closing frame is EOFError."""
        while True:
            head = self.stream.read(2)
            if len(head) < 2:
                raise EOFError
            size = head[1] & 0x7F
            if size == 126:
                size = struct.unpack(">H", self.stream.read(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.stream.read(8))[0]
            payload = self.stream.read(size)
            if len(payload) < size or head[0] & 0xF == 8:
                raise EOFError
            if head[0] & 0xF in (1, 2):
                return payload

    def hear(self):
        return json.loads(self.receive())
