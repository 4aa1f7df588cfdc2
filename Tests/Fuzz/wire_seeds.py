"""Writes seeds for the fuzzer of the wire into a folder: selector, cut, content."""

import pathlib
import struct
import sys

folder = pathlib.Path(sys.argv[1])
heads = [
    "GET /health HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a:1/b?c=%20d HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\nAccept-Encoding: gzip;q=0.5\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "GET / HTTP/1.0\r\nConnection: close\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
]
chunks = ["5\r\nhello\r\n0\r\n\r\n", "2;a=b\r\nhe\r\nA\r\n0123456789\r\n0\r\nT: t\r\n\r\n", "ffffffffffffffff\r\n", "0\r\n\r\n"]


def frame(first, payload, mask=b"\1\2\3\4"):
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack(">H", len(payload))
    return bytes([first]) + size + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


frames = [
    frame(0x81, "hällo".encode()), frame(0x01, b"a") + frame(0x89, b"p") + frame(0x80, b"b"), frame(0x82, bytes(300)),
    frame(0x88, struct.pack(">H", 1000) + b"bye"), frame(0x8A, b""), frame(0x81, b"\xf0\x9f") + frame(0x80, b"\x98\x80"),
]
numbers = ["0", "18446744073709551616", "999999999999999999", "bytes=0-1", "bytes=-5", "bytes=5-", 'a, "b,c", d', "gzip;q=0"]
contents = [[head.encode() for head in heads], [text.encode() for text in chunks], frames, [n.encode() for n in numbers]]
for selector, group in enumerate(contents):
    for number, content in enumerate(group):
        for cut in (0, 0x1B, 0xFF):
            (folder / f"wire-{selector}-{number}-{cut}").write_bytes(bytes([selector, cut]) + content)
