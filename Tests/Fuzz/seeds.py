"""Writes seeds for the fuzzer into a folder: the golden vectors in every form, each behind its selector byte."""

import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
golden = pathlib.Path(__file__).parent.parent / "CoreTests" / "Golden" / "events.json"
seeds = []
for vector in json.loads(golden.read_text()):
    event, shown = vector["event"].encode(), vector["shown"].encode()
    body, canonical = bytes.fromhex(vector["body"]), bytes.fromhex(vector["canonical"])
    seeds += [(0, event), (1, body), (2, body), (1, canonical), (2, canonical), (3, canonical), (4, event)]
    seeds += [(4, b"[" + event + b"]"), (5, event + b"\n" + event), (6, b"\xa3eagentaadtypeaTddata" + body), (7, shown)]
for number, (selector, content) in enumerate(seeds):
    (folder / f"seed-{number}").write_bytes(bytes([selector]) + content)
