#!/usr/bin/env python3
"""Runs generated stratified programs on `prima reason` and on a reference, and compares their answers.

    python3 Tests/DatalogTests/Tools/fuzz.py --programs 200 --seed 1 [--reference cozo|mnestic] [--prima build/prima reason --json]

Needs `pip install cozo-embedded==0.7.6`; without it, it says so and ends with 77. One seed repeats a run.
"""
import argparse
import json
import random
import subprocess
import sys


def reference(name):
    try:
        if name == "mnestic":
            from mnestic import CozoDbPy
        else:
            from cozo_embedded import CozoDbPy
    except ImportError as error:
        print(f"skipped: {error}")
        sys.exit(77)
    return CozoDbPy("mem", "", "{}")


class Generator:
    """Programs over two given relations; each rule reads only rules before it, or itself without negation."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def program(self):
        pick = self.random
        size = pick.choice([3, 5, 8])
        values = [str(n) for n in range(size)] + (["1.0", "'a'", "null"] if pick.random() < 0.2 else [])
        rules = []
        names = []
        for name in ("e", "f"):
            rows = [[pick.choice(values), pick.choice(values)] for _ in range(pick.randrange(1, 12))]
            rules.append(f"{name}[x, y] <- [{', '.join('[' + ', '.join(row) + ']' for row in rows)}]")
            names.append(name)
        for number in range(pick.randrange(1, 5)):
            name = f"r{number}"
            for _ in range(pick.randrange(1, 3)):
                rules.append(f"{name}[x, y] := {self.body(names, None)}")
            if pick.random() < 0.6:
                rules.append(f"{name}[x, y] := {self.body(names, name)}")
            names.append(name)
        target = names[-1]
        if pick.random() < 0.3 and all(value.isdigit() for value in values):
            # Least costs inside a recursion; of numbers, since who hands on what is bound may not meet what is none.
            step = pick.choice(["c = b + 1", "c = 2 + b", "c = b + y - y", "c = b"])
            rules.append(f"m[x, min(c)] := {pick.choice(names)}[x, c]")
            rules.append(f"m[y, min(c)] := m[x, b], {pick.choice(names)}[x, y], {step}")
            return "\n".join(rules + [pick.choice(["?[x, c] := m[x, c]", "?[c] := m[2, c]", f"?[x, y, c] := {target}[x, y], m[y, c]"])])
        ending = pick.choice([
            f"?[x, y] := {target}[x, y]", f"?[x, count(y)] := {target}[x, y]", f"?[count(x)] := {target}[x, _]",
            f"?[y] := {target}[1, y]", f"?[x] := {target}[x, 2]", f"?[x, y] := {target}[x, y], not e[x, y]",
            f"?[x, unique(y)] := {target}[x, y]", f"?[x] := {target}[x, x]",
            f"?[x, y, z] := {target}[x, y], e[y, z], f[z, x]", f"?[count(x)] := {target}[x, y], f[y, z], {target}[z, x]",
            f"?[x, count(z)] := e[x, y], {target}[y, z], e[z, x]", f"?[x, y, z] := e[x, y], f[x, z], {target}[y, z]",
        ])
        return "\n".join(rules + [ending])

    def body(self, names, own):
        pick = self.random
        atoms = [f"{pick.choice(names)}[x, z]", f"{pick.choice(names)}[z, y]"]
        if pick.random() < 0.3:
            atoms = [f"{pick.choice(names)}[x, y]"]
        if own:
            atoms[pick.randrange(len(atoms))] = f"{own}[{'x, z' if len(atoms) > 1 else 'y, x'}]" \
                if len(atoms) == 1 or pick.random() < 0.5 else f"{own}[z, y]"
            if len(atoms) > 1 and not any(atom.endswith("[x, z]") for atom in atoms):
                atoms[0] = f"{pick.choice(names)}[x, z]"
            if len(atoms) > 1 and not any(atom.endswith("[z, y]") for atom in atoms):
                atoms[1] = f"{pick.choice(names)}[z, y]"
        if pick.random() < 0.2:
            atoms.append("x != y")
        if pick.random() < 0.2:
            atoms.append(f"not {pick.choice(names)}[y, x]")
        if pick.random() < 0.1:
            atoms.append(f"not {pick.choice(names)}[x, _]")
        return ", ".join(atoms)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prima", nargs=argparse.REMAINDER, help="the command that answers lines; the last option")
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reference", default="cozo")
    options = parser.parse_args()
    command = options.prima or ["build/prima", "reason", "--json"]
    db = reference(options.reference)
    engine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    wrong = failures = 0
    for number in range(options.programs):
        script = Generator(options.seed * 1_000_003 + number).program()
        try:
            expected = sorted(map(json.dumps, db.run_script(script, {}, True)["rows"]))
        except Exception:
            expected = None
            failures += 1
        engine.stdin.write(json.dumps({"script": script}) + "\n")
        engine.stdin.flush()
        answer = json.loads(engine.stdout.readline())
        found = sorted(map(json.dumps, answer["rows"])) if answer["ok"] else None
        if found != expected:
            wrong += 1
            print(f"seed {options.seed}, program {number}:\n{script}\n  expected {expected}\n  found    {found or answer}")
    engine.stdin.close()
    engine.wait()
    print(f"{options.programs} programs, {failures} refused by the reference, {wrong} different")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
