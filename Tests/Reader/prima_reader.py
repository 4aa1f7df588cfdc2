#!/usr/bin/python3
"""A second reader of Prima's ledger, written from `Ledger-format.md` alone. It reads only, and trusts nothing."""

import argparse
import json
import os
import sys

from checks import Reading
from layout import Damage
from primitives import consistency_holds, inclusion_holds

DAMAGED, UNUSABLE = 65, 73


class Folder:
    """The files of a directory."""

    def __init__(self, path):
        self.path = path

    def names(self):
        return [entry.name for entry in os.scandir(self.path) if entry.is_file()]

    def read(self, name):
        with open(os.path.join(self.path, name), "rb") as file:
            return file.read()


def show(value):
    """A value of an event as JSON has it: byte strings are lower-case hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [show(item) for item in value]
    if isinstance(value, dict):
        return {name: show(item) for name, item in value.items()}
    return value


def line(value):
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def report(reading):
    """What `verify` says of a ledger."""
    whole = not reading.is_broken
    answer = {
        "ok": not reading.errors,
        "size": reading.tree.size if whole else None,
        "root": reading.tree.root(reading.tree.size).hex() if whole else None,
        "first": reading.first if whole else None,
        "segments": len(reading.segments),
        "errors": reading.errors,
    }
    if reading.tail is not None:
        answer["tail"] = reading.tail
    if reading.notes:
        answer["notes"] = reading.notes
    return answer


def dump(reading):
    """Every entry, in the shape in which events are read."""
    for entry in reading.entries:
        if entry.event is None:
            yield {name: show(value) for name, value in entry.kept.items()}
            continue
        shown = {name: show(value) for name, value in entry.event.items()}
        shown["hash"] = entry.leaf.hex()
        if reading.is_forgotten(entry):
            shown.update(data=None, forgotten=True)
        else:
            shown.update(data=entry.data, salt=entry.salt.hex())
        yield shown


def prove(reading, position, size):
    if not 0 <= position < size <= reading.tree.size:
        raise Damage(f"no leaf {position} in a tree of {size}; the ledger has {reading.tree.size}")
    path, root = reading.tree.inclusion(position, size), reading.tree.root(size)
    leaf = reading.entries[position].leaf
    assert inclusion_holds(leaf, position, size, path, root)
    return {"position": position, "size": size, "leaf": leaf.hex(), "path": show(path), "root": root.hex()}


def compare(reading, old, new):
    if not 0 <= old <= new <= reading.tree.size:
        raise Damage(f"no way from {old} to {new}; the ledger has {reading.tree.size}")
    path, roots = reading.tree.consistency(old, new), [reading.tree.root(old), reading.tree.root(new)]
    assert consistency_holds(old, new, path, *roots)
    return {"from": old, "to": new, "path": show(path), "fromRoot": roots[0].hex(), "toRoot": roots[1].hex()}


def read_master_key(path):
    """32 bytes, or 64 hexadecimal digits that may end in a line feed."""
    if path is None:
        return None
    with open(path, "rb") as file:
        content = file.read()
    if len(content) == 32:
        return content
    try:
        key = bytes.fromhex(content.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != 32:
        raise Damage(f"{path}: neither 32 bytes nor 64 hexadecimal digits")
    return key


def pair(text):
    return [int(number) for number in text.split("/", 1)]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", metavar="DIR", nargs="+", help="of several, each gets its line, and nothing else")
    parser.add_argument("--master-key", metavar="FILE")
    parser.add_argument("--dump", action="store_true", help="every entry, one JSON line each")
    parser.add_argument("--proof", metavar="POSITION/SIZE", type=pair, action="append", default=[])
    parser.add_argument("--consistency", metavar="FROM/TO", type=pair, action="append", default=[])
    return parser.parse_args()


def main():
    """The first line says whether all holds; what was asked for follows, one JSON document a line."""
    asked = arguments()
    try:
        readings = [Reading(Folder(path), read_master_key(asked.master_key)) for path in asked.folders]
    except (OSError, Damage) as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE
    for reading in readings:
        print(line(report(reading)))
    if any(reading.errors for reading in readings):
        return DAMAGED
    reading, *others = readings
    if others:
        return 0
    try:
        for shown in dump(reading) if asked.dump else ():
            print(line(shown))
        for position, size in asked.proof:
            print(line(prove(reading, position, size)))
        for old, new in asked.consistency:
            print(line(compare(reading, old, new)))
    except Damage as problem:
        print(problem, file=sys.stderr)
        return DAMAGED
    return 0


if __name__ == "__main__":
    sys.exit(main())
