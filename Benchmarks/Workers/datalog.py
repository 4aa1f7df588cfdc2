#!/usr/bin/env python3
"""A rival of the Datalog benchmark as a process: a document a line in, a document a line out.

    datalog.py cozo | mnestic | duckdb | sqlite | postgresql PSQL HOST CORE

{"load": NAME, "columns": [NAME …], "file": PATH}         rows of integers as CSV → {"rows": n}
{"query": TEXT, "seconds": S, "times": N}                  → {"cpu": seconds of one run, "rows": n, "digest": [number …]}

`cpu` counts all threads from the text to columns that Python can read; PostgreSQL's is that of its server alone, which
sends text. A query that takes longer than `seconds` is stopped: {"stopped": true}. The digest is taken afterwards: it
does not depend on the order of the rows.
"""
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

import numpy


def columns_of(rows):
    table = numpy.array(rows)
    return [table[:, place] for place in range(table.shape[1])] if len(rows) else []


def digest(columns):
    """The sum of a hash of each row; floats are summed, and summed with weights of the first column."""
    if not columns:
        return [0]
    if any(column.dtype.kind == "f" for column in columns[1:]):
        weights = columns[0].astype(numpy.int64) % 97
        return [float(f(columns[-1])) for f in (numpy.sum, lambda c: numpy.sum(c * weights))]
    hashes = numpy.zeros(len(columns[0]), dtype=numpy.uint64)
    for column in columns:
        hashes = (hashes ^ column.astype(numpy.int64).astype(numpy.uint64)) * numpy.uint64(0x9E3779B97F4A7C15)
        hashes ^= hashes >> numpy.uint64(32)
    return [int(numpy.sum(hashes, dtype=numpy.uint64))]


class Cozo:
    def __init__(self, module):
        self.db = __import__(module).CozoDbPy("mem", "", "{}")

    def load(self, name, columns, table):
        if name in self.known():
            self.db.run_script(f"::remove {name}", {}, False)
        keys, values = columns[:2], columns[2:]
        self.db.run_script(f":create {name} {{{', '.join(keys)} => {', '.join(values)}}}", {}, False)
        self.db.import_relations({name: {"headers": columns, "rows": table.tolist()}})

    def known(self):
        return {row[0] for row in self.db.run_script("::relations", {}, True)["rows"]}

    def run(self, text, seconds):
        try:
            return self.db.run_script(f"{text}\n:timeout {seconds}", {}, True)["rows"]
        except Exception as error:
            if "killed" in str(error) or "timeout" in str(error):
                return None
            raise

    columns = staticmethod(columns_of)


class DuckDB:
    def __init__(self):
        import duckdb

        self.duckdb = duckdb
        self.db = duckdb.connect()
        self.db.execute("SET threads = 1")

    def load(self, name, columns, table):
        self.db.execute(f"CREATE OR REPLACE TABLE {name} ({', '.join(c + ' BIGINT' for c in columns)})")
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            numpy.savetxt(file, table, fmt="%d", delimiter=",")
            file.flush()
            self.db.execute(f"COPY {name} FROM '{file.name}' (HEADER false)")

    def run(self, text, seconds):
        timer = threading.Timer(seconds, self.db.interrupt)
        timer.start()
        try:
            return self.db.execute(text).fetchnumpy()
        except self.duckdb.InterruptException:
            return None
        finally:
            timer.cancel()

    @staticmethod
    def columns(result):
        found = list(result.values())
        return found if len(found[0]) else []


class SQLite:
    def __init__(self):
        import sqlite3

        self.db = sqlite3.connect(":memory:")

    def load(self, name, columns, table):
        self.db.execute(f"DROP TABLE IF EXISTS {name}")
        self.db.execute(
            f"CREATE TABLE {name} ({', '.join(c + ' INTEGER' for c in columns)}, "
            f"PRIMARY KEY ({', '.join(columns[:2])})) WITHOUT ROWID"
        )
        self.db.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", table.tolist())
        self.db.execute(f"CREATE INDEX {name}_back ON {name} ({columns[1]}, {columns[0]})")
        self.db.execute("ANALYZE")

    def run(self, text, seconds):
        end = time.monotonic() + seconds
        self.db.set_progress_handler(lambda: time.monotonic() > end, 100_000)
        try:
            return self.db.execute(text).fetchall()
        except Exception as error:
            if "interrupted" in str(error):
                return None
            raise

    columns = staticmethod(columns_of)


class PostgreSQL:
    """One session by way of psql; its CPU is that of the process that serves it."""

    def __init__(self, psql, host, core):
        self.out = tempfile.NamedTemporaryFile("rb")
        os.chmod(self.out.name, 0o666)
        command = [psql, "-h", host, "-U", "postgres", "-d", "postgres", "-qAtX"]
        self.psql = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True)
        # One core for everybody; and neither compilation nor a spill shall slow it down.
        self.ask("SET max_parallel_workers_per_gather = 0; SET jit = off; SET work_mem = '1GB'; "
                 "SET temp_buffers = '256MB'; SET client_min_messages = error;")
        self.server = int(self.ask("SELECT pg_backend_pid();")[0])
        os.sched_setaffinity(self.server, {int(core)})

    def ask(self, text):
        self.psql.stdin.write(text + "\n\\echo --done--\n")
        self.psql.stdin.flush()
        lines = []
        while (line := self.psql.stdout.readline()) != "--done--\n":
            if not line:
                raise RuntimeError("psql ended: " + "".join(lines))
            lines.append(line.rstrip("\n"))
        return lines

    def cpu(self):
        with open(f"/proc/{self.server}/schedstat") as file:
            return int(file.read().split()[0]) / 1e9

    def load(self, name, columns, table):
        self.ask(f"DROP TABLE IF EXISTS {name};")
        self.ask(f"CREATE TEMPORARY TABLE {name} ({', '.join(c + ' int8' for c in columns)}, "
                 f"PRIMARY KEY ({', '.join(columns[:2])}));")
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            numpy.savetxt(file, table, fmt="%d", delimiter=",")
            file.flush()
            self.ask(f"\\copy {name} FROM '{file.name}' CSV")
        self.ask(f"CREATE INDEX ON {name} ({columns[1]}, {columns[0]}); ANALYZE {name};")

    def run(self, text, seconds):
        said = self.ask(f"SET statement_timeout = {int(seconds * 1000)};\n\\o {self.out.name}\n"
                        f"COPY ({text}) TO STDOUT (DELIMITER ' ');\n\\o")
        if any("statement timeout" in line for line in said):
            return None
        if said:
            raise RuntimeError("\n".join(said))
        return self.out.name

    @staticmethod
    def columns(path):
        with open(path, "rb") as file:
            text = file.read()
        if not text:
            return []
        width = len(text[:text.index(b"\n")].split())
        table = numpy.array(text.split(), dtype=numpy.int64).reshape(-1, width)
        return [table[:, place] for place in range(width)]


def made(words):
    name = words[0]
    if name in ("cozo", "mnestic"):
        module = {"cozo": "cozo_embedded"}.get(name, name)
        return Cozo(module), f"{name} {importlib.metadata.version(module)}"
    if name == "duckdb":
        return DuckDB(), f"DuckDB {importlib.metadata.version('duckdb')}"
    if name == "sqlite":
        import sqlite3

        return SQLite(), f"SQLite {sqlite3.sqlite_version}"
    if name == "postgresql":
        rival = PostgreSQL(*words[1:])
        return rival, "PostgreSQL " + rival.ask("SHOW server_version;")[0].split()[0]
    raise SystemExit(f"nobody is called {name}")


def answer(rival, request):
    if "load" in request:
        table = numpy.loadtxt(request["file"], dtype=numpy.int64, delimiter=",", ndmin=2)
        rival.load(request["load"], request["columns"], table)
        return {"rows": len(table)}
    cpu = getattr(rival, "cpu", time.process_time)
    times = request.get("times", 1)
    start = cpu()
    for _ in range(times):
        result = rival.run(request["query"], request["seconds"])
        if result is None:
            return {"stopped": True}
    spent = (cpu() - start) / times
    columns = rival.columns(result)
    return {"cpu": spent, "rows": len(columns[0]) if columns else 0, "digest": digest(columns)}


def main():
    rival, version = made(sys.argv[1:])
    print(json.dumps({"version": version}), flush=True)
    for line in sys.stdin:
        try:
            found = answer(rival, json.loads(line))
        except Exception as error:
            found = {"error": f"{type(error).__name__}: {error}"[:500]}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
