"""TLS: TLS_CERT, TLS_KEY and TLS_PORT, spoken to with Python's own ssl, curl and OpenSSL's client."""

import datetime
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from server import EventStream, Server, WebSocket, read_answer


def make_pair(folder, name, key):
    """A certificate of its own for localhost, and its key."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2)).add_extension(names, False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True).sign(key, hashes.SHA256())
    )
    paths = os.path.join(folder, name + ".crt"), os.path.join(folder, name + ".key")
    with open(paths[0], "wb") as file:
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
    with open(paths[1], "wb") as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                     serialization.NoEncryption()))
    return paths


class SecureServer(Server):
    """Speaks TLS on a port beside the plain one; everything that asks it goes there."""

    def __init__(self, certificate, key, port="0", **given):
        self.certificate = certificate
        variables = {"TLS_CERT": certificate, "TLS_KEY": key, **given.pop("environment", {})}
        if port is not None:
            variables["TLS_PORT"] = port
        super().__init__(environment=variables, **given)

    @property
    def secure_port(self):
        return int(self.report["doors"]["https"].rsplit(":", 1)[1])

    def context(self, **changes):
        context = ssl.create_default_context(cafile=self.certificate)
        for name, value in changes.items():
            setattr(context, name, value)
        return context

    def plain(self):
        return socket.create_connection(("127.0.0.1", self.secure_port), 20)

    def connect(self, **changes):
        return self.context(**changes).wrap_socket(self.plain(), server_hostname="localhost")


class TLS(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="prima-tls-")
        cls.pair = make_pair(cls.folder.name, "one", ec.generate_private_key(ec.SECP256R1()))
        cls.other = make_pair(cls.folder.name, "two", ec.generate_private_key(ec.SECP256R1()))
        cls.old = make_pair(cls.folder.name, "rsa", rsa.generate_private_key(65537, 2048))
        cls.server = SecureServer(*cls.pair)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.folder.cleanup()

    def test_ready_file(self):
        doors = self.server.report["doors"]
        self.assertEqual(sorted(doors), ["http", "https"])
        self.assertTrue(doors["https"].startswith("https://127.0.0.1:"))
        self.assertEqual(self.server.report["url"], doors["http"])

    def test_plain_door_stays(self):
        with socket.create_connection(("127.0.0.1", self.server.port), 20) as link:
            self.assertEqual(self.server.ask("GET", "/health", link=link)[0], 200)

    def test_alone_on_port(self):
        with SecureServer(*self.old, port=None) as server:
            self.assertEqual(list(server.report["doors"]), ["https"])
            self.assertEqual(server.report["url"], server.report["doors"]["https"])
            self.assertEqual(server.ask("GET", "/health")[0], 200)

    def test_versions(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.server.connect(minimum_version=version, maximum_version=version) as link:
                self.assertEqual(link.version(), version.name.replace("_", "."))
                for _ in range(3):
                    self.assertEqual(self.server.ask("GET", "/health", link=link)[0], 200)
        context = self.server.context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.server.plain() as plain, self.assertRaises(OSError):
            context.wrap_socket(plain, server_hostname="localhost")

    def test_protocols(self):
        context = self.server.context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        with context.wrap_socket(self.server.plain(), server_hostname="localhost") as link:
            self.assertEqual(link.selected_alpn_protocol(), "http/1.1")
            self.assertEqual(self.server.ask("GET", "/health", link=link)[0], 200)
        context = self.server.context()
        context.set_alpn_protocols(["h2"])
        with self.server.plain() as plain, self.assertRaises(ssl.SSLError):
            context.wrap_socket(plain, server_hostname="localhost")

    def test_large_both_ways(self):
        with SecureServer(*self.pair) as server, server.connect() as link:
            events = [{"agent": "a", "type": "BREATH", "data": {"text": "x" * 60_000, "n": n}} for n in range(100)]
            self.assertEqual(server.ask("POST", "/api/events", events, link=link)[0], 201)
            status, _, body = server.ask("GET", "/api/events?limit=100", link=link)
            self.assertEqual((status, len(json.loads(body)["events"])), (200, 100))

    def test_slow_reader_gets_everything(self):
        with SecureServer(*self.pair) as server:
            events = [{"agent": "a", "type": "BREATH", "data": {"text": "x" * 60_000}} for _ in range(100)]
            self.assertEqual(server.ask("POST", "/api/events", events)[0], 201)
            with server.connect() as link:
                for _ in range(5):
                    link.sendall(b"GET /api/events?limit=100 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                # Another's answer comes while nobody reads the first ones.
                self.assertEqual(server.ask("GET", "/health")[0], 200)
                stream = link.makefile("rb")
                for _ in range(5):
                    length = 0
                    while (line := stream.readline()) != b"\r\n":
                        if line.lower().startswith(b"content-length"):
                            length = int(line.split(b":")[1])
                    self.assertEqual(len(json.loads(stream.read(length))["events"]), 100)

    def test_websocket_and_stream(self):
        with SecureServer(*self.pair) as server:
            follower, stream = WebSocket(server), EventStream(server, "?after=-1")
            self.assertEqual((follower.status, stream.status), (101, 200))
            follower.tell(id=1, follow={"after": -1})
            writer = WebSocket(server)
            for number in range(20):
                writer.tell(id=number, append=[{"agent": "a", "type": "BREATH", "number": number + 1}])
                self.assertEqual(writer.hear()["positions"], [number])
            seen = iter(stream)
            for number in range(20):
                self.assertEqual(follower.hear()["event"]["position"], number)
                self.assertEqual(next(seen)[0], number)
            for link in (follower, writer, stream):
                link.close()

    def test_close_notify(self):
        with self.server.connect() as link:
            link.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            with link.makefile("rb") as stream:
                # Python raises at an end that close_notify does not announce.
                self.assertIn(b'"ok"', stream.read())
        with self.server.connect() as link:
            link.sendall(b"nonsense\r\n\r\n")
            with link.makefile("rb") as stream:
                self.assertIn(b"400", stream.read().split(b"\r\n")[0])

    def test_half_closed(self):
        """Who says first that it sends no more still gets its answer."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = self.server.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
        with self.server.plain() as plain:
            def drive(step):
                while True:
                    try:
                        result = step()
                    except ssl.SSLWantReadError:
                        plain.sendall(outgoing.read())
                        piece = plain.recv(65536)
                        incoming.write(piece) if piece else incoming.write_eof()
                        continue
                    plain.sendall(outgoing.read())
                    return result
            drive(session.do_handshake)
            session.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try:
                session.unwrap()
            except ssl.SSLWantReadError:
                pass
            plain.sendall(outgoing.read())
            self.assertIn(b"200 OK", drive(lambda: session.read(65536)))

    def test_cut_connections_leave_nothing(self):
        for _ in range(50):
            self.server.connect().close()
            with self.server.plain() as plain:
                plain.sendall(b"\x16\x03\x01\x02\x00\x01")
        self.assertEqual(self.server.ask("GET", "/health")[0], 200)

    def test_plain_bytes(self):
        with self.server.plain() as link:
            link.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            status, fields, body = read_answer(link)
            self.assertEqual((status, fields["connection"]), (400, "close"))
            self.assertIn(b"TLS", body)
            self.assertEqual(link.recv(1), b"")
        with self.server.plain() as link:
            link.sendall(bytes(range(200)))
            link.settimeout(5)
            try:
                while link.recv(4096):
                    pass
            except ConnectionResetError:
                pass

    def test_memory_does_not_grow(self):
        def resident():
            with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as file:
                return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

        def rounds(count):
            for _ in range(count):
                with self.server.connect() as link:
                    link.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    link.recv(4096)
        rounds(200)
        before = resident()
        rounds(600)
        self.assertLess(resident() - before, 4096)

    @unittest.skipUnless(shutil.which("curl"), "curl is not here")
    def test_curl(self):
        url = f"https://localhost:{self.server.secure_port}/health"
        words = ["curl", "-sS", "--cacert", self.pair[0], "--resolve",
                 f"localhost:{self.server.secure_port}:127.0.0.1", url, url]
        run = subprocess.run(words, capture_output=True, timeout=20, check=True)
        self.assertEqual(run.stdout.count(b'"ok"'), 2)

    @unittest.skipUnless(shutil.which("openssl"), "openssl is not here")
    def test_renegotiation_is_refused(self):
        words = ["openssl", "s_client", "-connect", f"127.0.0.1:{self.server.secure_port}", "-tls1_2", "-CAfile",
                 self.pair[0]]
        run = subprocess.run(words, input=b"R\n", capture_output=True, timeout=20, check=False)
        self.assertIn(b"RENEGOTIATING", run.stdout + run.stderr)
        self.assertIn(b"no renegotiation", run.stdout + run.stderr)
        self.assertEqual(self.server.ask("GET", "/health")[0], 200)

    def test_resumption(self):
        context = self.server.context(maximum_version=ssl.TLSVersion.TLSv1_2)
        with context.wrap_socket(self.server.plain(), server_hostname="localhost") as link:
            session = link.session
        with context.wrap_socket(self.server.plain(), server_hostname="localhost", session=session) as link:
            self.assertTrue(link.session_reused)
            self.assertEqual(self.server.ask("GET", "/health", link=link)[0], 200)

    def test_refused_pairs(self):
        broken, locked = (os.path.join(self.folder.name, name) for name in ("broken", "locked"))
        with open(broken, "w", encoding="ascii") as file:
            file.write("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
        with open(locked, "wb") as file:
            key = ec.generate_private_key(ec.SECP256R1())
            file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                         serialization.BestAvailableEncryption(b"secret")))
        cases = (
            (self.pair[0], self.other[1], "TLS_KEY", "belongs to TLS_CERT"),
            (self.pair[0], self.old[1], "TLS_KEY", "belongs to TLS_CERT"),
            (broken, self.pair[1], "TLS_CERT", "PEM"), (self.pair[1], self.pair[1], "TLS_CERT", "PEM"),
            (self.pair[0], self.pair[0], "TLS_KEY", "PEM"), (self.pair[0], locked, "TLS_KEY", "passphrase"),
            ("/nowhere", self.pair[1], "TLS_CERT", "can be read"), (self.pair[0], "/nowhere", "TLS_KEY", "can be read"),
        )
        for certificate, key, name, remedy in cases:
            with SecureServer(certificate, key, expect=78) as server:
                self.assertEqual(server.code, 78, (certificate, key))
                self.assertIn(name + "=", server.errors())
                self.assertIn(remedy, server.errors())

    def test_clean_stop(self):
        with SecureServer(*self.pair) as server, server.connect() as idle:
            follower = WebSocket(server)
            follower.tell(id=1, follow={"after": -1})
            server.ask("POST", "/api/events", {"agent": "a", "type": "BREATH"})
            follower.hear()
            self.assertEqual(server.ask("GET", "/health", link=idle)[0], 200)
            # The answer to a stop is what its client does: it closes too.
            server.process.terminate()
            self.assertEqual(idle.recv(1), b"")
            with self.assertRaises(EOFError):
                follower.hear()
            follower.close()
            self.assertEqual(server.process.wait(20), 0)


if __name__ == "__main__":
    unittest.main()
