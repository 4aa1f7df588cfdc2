"""§1 of the contract: commands, what they print with --json, exit codes, signals, the ready file and the summary."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

import proofs
from server import ROOT, Server, binary

FIELD = ROOT / "Examples/field.jsonl"


def prima(*words, data=None, stdin=b"", **variables):
    """(exit code, standard output, standard error) of one command."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PRIMA_") and k not in ("HOST", "PORT")}
    environment.update(variables)
    words = [binary(), *words, *(["--data", str(data)] if data else [])]
    done = subprocess.run(words, input=stdin, capture_output=True, check=False, env=environment, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="prima-")
        self.data = pathlib.Path(self.folder.name) / "data"

    def tearDown(self):
        self.folder.cleanup()

    def ok(self, *words, code=0, **more):
        """The one JSON document that a command prints."""
        found, output, error = prima(*words, "--json", **more)
        self.assertEqual(found, code, (words, output, error))
        return json.loads(output)

    def load(self):
        return self.ok("load", str(FIELD), data=self.data)

    def test_usage(self):
        for words in ((), ("sing",), ("serve", "--nope"), ("rebuild",), ("load", "a", "b"), ("verify", "extra"),
                      ("config", "--json=1"), ("version", "--data")):
            code, output, error = prima(*words)
            self.assertEqual((code, output), (2, ""), words)
            self.assertTrue(error, words)

    def test_version_and_configuration(self):
        self.assertIn("version", self.ok("version"))
        settings = self.ok("config", PORT="1234", PRIMA_TOKEN="hidden-secret")
        self.assertEqual((settings["PORT"]["value"], settings["HOST"]["value"]), ("1234", "127.0.0.1"))
        self.assertNotIn("hidden-secret", json.dumps(settings))
        for name, value in (("PRIMA_DATA", "./prima-data"), ("PRIMA_PROFILE", "development"), ("PRIMA_RETAIN", "forever"),
                            ("PRIMA_COZO_PORT", "9070"), ("PRIMA_DRAIN_SECONDS", "10"), ("PRIMA_REGION", "local")):
            self.assertEqual(settings[name]["value"], value)
        defaults = self.ok("config")
        self.assertEqual(defaults["PORT"]["value"], "7746")
        self.assertTrue(self.ok("check-config")["ok"])
        wrong = self.ok("check-config", code=78, PORT="x", HOST="0.0.0.0!")
        self.assertEqual((wrong["ok"], sorted(error["key"] for error in wrong["errors"])), (False, ["HOST", "PORT"]))

    def test_engines_that_are_not_there(self):
        for variables in ({"DATABASE_URL": "postgres://h/d"}, {"REDIS_URL": "redis://h"}, {"REDIS_HOST": "h"}, {"REDIS_PORT": "1"},
                          {"REDIS_PASSWORD": "p"}, {"QDRANT_URL": "http://h"}, {"COZO_URL": "http://h"}, {"DATABASE_URL": "mysql://h"}):
            for command in ("serve", "check-config", "verify"):
                code, _, error = prima(command, data=self.data, **variables)
                self.assertEqual(code, 78, (command, variables))
                self.assertIn(next(iter(variables)), error)
        self.assertFalse(self.data.exists())
        with Server(environment={"DATABASE_URL": "file://" + str(self.data)}, data=None, arguments=()) as server:
            self.assertEqual(server.get("/health")[0], 200)

    def test_configuration_file(self):
        path = pathlib.Path(self.folder.name) / "prima.env"
        path.write_text("PORT=4321\nPRIMA_REGION=delta\n", encoding="utf-8")
        found = self.ok("config", PRIMA_CONFIG=str(path), PRIMA_REGION="gamma")
        self.assertEqual((found["PORT"]["value"], found["PRIMA_REGION"]["value"]), ("4321", "gamma"))
        path.write_text("PORT=4321\nNOPE=1\n", encoding="utf-8")
        self.assertEqual(prima("config", PRIMA_CONFIG=str(path))[0], 78)

    def test_round_trip(self):
        loaded = self.load()
        self.assertEqual((loaded["size"], loaded["first"]), (10, 0))
        found = self.ok("verify", data=self.data)
        self.assertEqual({k: found[k] for k in ("ok", "size", "root", "first", "errors")},
                         {"ok": True, "size": 10, "root": loaded["root"], "first": 0, "errors": []})
        self.assertIsInstance(found["segments"], int)
        code, output, _ = prima("dump", data=self.data)
        self.assertEqual((code, output), (0, FIELD.read_text(encoding="utf-8")))
        self.assertEqual(len(self.ok("dump", data=self.data)), 10)
        events = [json.loads(line) for line in output.splitlines()]
        leaves = [bytes.fromhex(event["hash"]) for event in events]
        self.assertEqual(proofs.tree(leaves).hex(), loaded["root"])
        self.assertEqual(prima("load", "-", data=self.data, stdin=output.encode())[0], 73)
        other = pathlib.Path(self.folder.name) / "other"
        other.mkdir()
        shutil.copy(self.data / "head.key", other / "head.key")
        self.assertEqual(prima("load", data=other, stdin=output.encode())[0], 0)
        self.assertEqual((other / "head.key").read_bytes(), (self.data / "head.key").read_bytes())

    def test_bad_lines(self):
        lines = FIELD.read_text(encoding="utf-8").splitlines()
        first = json.loads(lines[0])

        def changed(**fields):
            return [json.dumps({**first, **fields}), *lines[1:]]

        for bad in (["{"], ["[]"], lines[1:], [lines[0], *lines[2:]], changed(data={"x": 9}), changed(commit="00" * 32),
                    changed(hash="00" * 32), changed(received=[1, 0]), changed(salt="00" * 16), changed(agent="other"),
                    changed(received=[1999999999999, 0]), changed(data=None, forgotten=True), [lines[0], lines[0]]):
            code, output, error = prima("load", data=self.data, stdin="\n".join(bad).encode())
            if code == 0:
                self.fail(bad[0])
            self.assertEqual((code, output), (65, ""), bad[0])
            self.assertTrue(error)
            self.assertFalse(self.data.exists(), "it leaves the folder as it was")

    def test_views(self):
        self.load()
        views = self.ok("rebuild", "--list", data=self.data)["views"]
        self.assertEqual(prima("rebuild", "--list", data=self.data)[1].split(), views)
        for view in views:
            for extra in ((), ("--check",)):
                found = self.ok("rebuild", view, *extra, data=self.data)
                self.assertEqual(found["view"], view)
                self.assertEqual(found["position"], 9)
                self.assertEqual(found["live"], found["rebuilt"])
                self.assertRegex(found["live"], "^[0-9a-f]{64}$")
        self.assertEqual(prima("rebuild", "nope", data=self.data)[0], 2)
        self.assertIn("migrations", self.ok("migrate", data=self.data))

    def test_altered_rows(self):
        import sqlite3
        self.load()
        self.ok("rebuild", "agents", data=self.data)
        connection = sqlite3.connect(self.data / "views.sqlite")
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'") if "agents" in name]
        self.assertTrue(tables)
        connection.execute(f'DELETE FROM "{tables[0]}" WHERE rowid IN (SELECT rowid FROM "{tables[0]}" LIMIT 1)'
                           if self.has_rowid(connection, tables[0]) else f'DELETE FROM "{tables[0]}"')
        connection.commit()
        connection.close()
        self.assertEqual(prima("verify", data=self.data)[0], 1)
        self.assertEqual(prima("rebuild", "agents", "--check", data=self.data)[0], 1)

    def has_rowid(self, connection, table):
        return "WITHOUT ROWID" not in connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()[0]

    def test_damage(self):
        self.load()
        segment = next(path for path in self.data.iterdir() if path.name.startswith("segment"))
        whole = segment.read_bytes()
        damaged = bytearray(whole)
        damaged[whole.index(b"heron")] ^= 1
        segment.write_bytes(damaged)
        found = self.ok("verify", data=self.data, code=65)
        self.assertFalse(found["ok"])
        self.assertTrue(found["errors"])
        with Server(data=str(self.data), expect=65) as server:
            self.assertEqual(server.code, 65)
        segment.write_bytes(whole)
        self.assertEqual(prima("verify", data=self.data)[0], 0)
        (self.data / "head.key").unlink()
        self.assertEqual(prima("verify", data=self.data)[0], 65)
        with Server(data=str(self.data), expect=65) as server:
            self.assertEqual(server.code, 65)

    def test_folders(self):
        self.assertEqual(prima("verify", data=self.data)[0], 73)
        self.assertEqual(prima("dump", data=self.data)[0], 73)
        self.data.mkdir()
        (self.data / "novel.txt").write_text("mine", encoding="utf-8")
        for command in ("verify", "dump", "load", "serve", "migrate"):
            code, _, _ = prima(command, data=self.data, stdin=b"", PORT="0")
            self.assertEqual(code, 73, command)
        self.assertEqual([path.name for path in self.data.iterdir()], ["novel.txt"])

    def test_beside_a_server(self):
        with Server() as server:
            server.append([{"agent": "a", "type": "T", "data": {"n": n}} for n in range(20)])
            found = self.ok("verify", data=server.data)
            self.assertEqual((found["ok"], found["size"]), (True, 20))
            self.assertEqual(len(prima("dump", data=server.data)[1].splitlines()), 20)
            for words in (("rebuild", "agents"), ("migrate",), ("load", str(FIELD)), ("serve",)):
                code, _, error = prima(*words, data=server.data, PORT="0")
                self.assertEqual(code, 73, words)
            self.assertIn(str(server.process.pid), error)

    def test_forgotten_lines(self):
        with Server() as server:
            server.append([{"agent": "a", "type": "T", "subject": s, "data": {"n": 1}} for s in ("stays", "goes")])
            server.post("/api/ledger/forget", {"subject": "goes"})
            server.append({"agent": "a", "type": "T", "subject": "goes", "data": {"n": 2}})
            root = server.get("/api/ledger")[1]["root"]
            server.stop()
            dump = prima("dump", data=server.data)[1]
            lines = [json.loads(line) for line in dump.splitlines()]
            self.assertEqual([line["data"] for line in lines], [{"n": 1}, None, {}, {"n": 2}])
            self.assertEqual(lines[1]["forgotten"], True)
            self.assertEqual(self.ok("load", "-", data=self.data, stdin=dump.encode())["root"], root)
            self.assertEqual(prima("dump", data=self.data)[1], dump)


class Serve(unittest.TestCase):
    def test_ready_file(self):
        with Server(environment={"HOST": "127.0.0.1"}) as server:
            self.assertEqual(sorted(server.report), ["data", "doors", "pid", "url", "version"])
            self.assertTrue(os.path.isabs(server.report["data"]))
            self.assertEqual(server.report["version"], json.loads(prima("version", "--json")[1])["version"])
            self.assertEqual(os.stat(server.data).st_mode & 0o777, 0o700)
        with tempfile.TemporaryDirectory(prefix="prima-") as folder:
            found = prima("serve", "--ready-file", "/nonexistent/ready", data=folder + "/data", PORT="0")
            self.assertEqual(found[0], 1)

    def test_summary(self):
        with Server(environment={"PRIMA_LOG": "text"}) as server:
            server.append({"agent": "a", "type": "T"})
            self.assertEqual(server.stop(), 0)
            said = server.errors()
            self.assertEqual(server.process.stdout.read(), b"", "standard output carries results only")
        for word in (server.report["data"], server.url, "acknowledgement", "stable storage"):
            self.assertIn(word, said)

    def test_log_on_a_terminal(self):
        """Text for a person, JSON for anything else, unless PRIMA_LOG says."""
        for setting, is_text in ((None, True), ("json", False)):
            master, slave = os.openpty()
            with tempfile.TemporaryDirectory(prefix="prima-") as folder:
                ready = os.path.join(folder, "ready")
                words = [binary(), "serve", "--port", "0", "--data", folder + "/data", "--ready-file", ready]
                words += ["--log", setting] if setting else []
                process = subprocess.Popen(words, stderr=slave)
                try:
                    os.close(slave)
                    server = Server.attached(process, ready)
                    said = b""
                    while b"\n" not in said or is_text and b"stop" not in said:
                        said += os.read(master, 4096)
                    self.assertEqual(said.lstrip()[:1] != b"{", is_text)
                    self.assertIn(server.url.encode(), said)
                    process.send_signal(signal.SIGINT)
                    self.assertEqual(process.wait(20), 0)
                finally:
                    process.kill()
                    os.close(master)

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with tempfile.TemporaryDirectory(prefix="prima-") as folder:
                code, _, error = prima("serve", data=folder + "/data", PORT=str(taken.getsockname()[1]))
                self.assertEqual(code, 1)
                self.assertIn("PORT", error)

    def test_read_only_folder(self):
        # Root may write everywhere, and becomes somebody who may not.
        user = "nobody" if os.geteuid() == 0 else None
        with tempfile.TemporaryDirectory(prefix="prima-") as folder:
            os.chmod(folder, 0o555)
            program = shutil.copy(binary(), "/tmp/prima-of-nobody") if user else binary()
            try:
                done = subprocess.run([program, "serve", "--port", "0", "--data", folder + "/data"], capture_output=True, user=user,
                                      check=False, timeout=60)
            finally:
                os.chmod(folder, 0o700)
                if user:
                    os.remove(program)
            self.assertEqual(done.returncode, 73, done.stderr)

    def half(self, server):
        """A request whose body is still to come."""
        link = server.connect()
        link.sendall(f"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
                     "Content-Length: 24\r\n\r\n{".encode())
        server.get("/health")
        return link

    def test_drain(self):
        """What is in flight is finished; nothing new is accepted."""
        for name in (signal.SIGTERM, signal.SIGINT):
            with Server() as server:
                with self.half(server) as link:
                    server.process.send_signal(name)
                    while b"stopping" not in server.errors().encode():
                        pass
                    link.sendall(b'"agent":"a","type":"T"}')
                    link.settimeout(10)
                    self.assertIn(b"201 Created", link.recv(4096))
                    self.assertEqual(server.process.wait(20), 0)
                with Server(data=server.data) as again:
                    self.assertEqual(again.get("/api/ledger")[1]["size"], 1)

    def test_second_signal(self):
        with Server(environment={"PRIMA_DRAIN_SECONDS": "60"}) as server:
            server.append({"agent": "a", "type": "T"})
            with self.half(server):
                server.process.send_signal(signal.SIGTERM)
                while "stopping" not in server.errors():
                    pass
                server.process.send_signal(signal.SIGTERM)
                self.assertEqual(server.process.wait(5), 0)
            with Server(data=server.data) as again:
                self.assertEqual(again.get("/api/ledger")[1]["size"], 1, "nothing acknowledged is lost")

    def test_drain_ends(self):
        with Server(environment={"PRIMA_DRAIN_SECONDS": "1"}) as server:
            with self.half(server):
                server.process.send_signal(signal.SIGTERM)
                self.assertEqual(server.process.wait(10), 0)

    def test_head_is_signed_at_a_clean_stop(self):
        with Server() as server:
            server.append({"agent": "a", "type": "T"})
            before = server.get("/api/ledger")[1]
            server.stop()
            with Server(data=server.data) as again:
                after = again.get("/api/ledger")[1]
                self.assertEqual((after["root"], after["publicKey"]), (before["root"], before["publicKey"]))
                self.assertGreaterEqual(after["time"], before["time"])


if binary() is None:
    raise unittest.SkipTest("there is no prima: build it first")
