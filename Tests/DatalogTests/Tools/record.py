#!/usr/bin/env python3
"""Records what cozo-embedded answers to the scripts of the corpus.

    python3 Tests/DatalogTests/Tools/record.py        needs: pip install cozo-embedded==0.7.6

Reads Tests/DatalogTests/Corpus/*.lines (a script a line) and *.cases (`--- name`, scripts between `;;`), runs each case
over a fresh database in a process of its own (some scripts crash the reference), and writes *.expected.jsonl beside
them: a line per case.
"""
import json
import math
import os
import pathlib
import sys

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "Corpus"


def cases(path):
    text = path.read_text()
    if path.suffix == ".lines":
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield f"{path.stem}:{number}", [line]
        return
    for block in text.split("\n--- ")[0:]:
        block = block.removeprefix("--- ")
        name, _, body = block.partition("\n")
        yield name.strip(), [script.strip("\n") for script in body.split("\n;;\n")]


def plain(value):
    if isinstance(value, float):
        if math.isnan(value):
            return {"float": "nan"}
        if math.isinf(value):
            return {"float": "inf" if value > 0 else "-inf"}
        return {"float": repr(value)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {"object": {key: plain(item) for key, item in value.items()}}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": value.hex()}
    return value


def answer(db, script):
    try:
        result = db.run_script(script, {}, False)
        return {"ok": True, "headers": result["headers"], "rows": [plain(row) for row in result["rows"]]}
    except BaseException as error:  # a panic of the reference is no Exception
        details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        if not details:
            return {"ok": False, "code": "panic"}
        return {"ok": False, "code": details.get("code") or ""}


def run(scripts):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        from cozo_embedded import CozoDbPy

        db = CozoDbPy("mem", "", "{}")
        with os.fdopen(write, "w") as out:
            for script in scripts:
                out.write(json.dumps(answer(db, script), ensure_ascii=False) + "\n")
                out.flush()
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as lines:
        answers = [json.loads(line) for line in lines]
    os.waitpid(child, 0)
    while len(answers) < len(scripts):
        answers.append({"ok": False, "code": "crash"})
    return answers


def main():
    total = 0
    for path in sorted(list(CORPUS.glob("*.lines")) + list(CORPUS.glob("*.cases"))):
        with open(path.with_suffix(".expected.jsonl"), "w") as out:
            for name, scripts in cases(path):
                answers = run(scripts)
                steps = [{"script": script, **result} for script, result in zip(scripts, answers)]
                out.write(json.dumps({"name": name, "steps": steps}, ensure_ascii=False) + "\n")
                total += len(scripts)
    print(f"{total} scripts recorded", file=sys.stderr)


if __name__ == "__main__":
    main()
