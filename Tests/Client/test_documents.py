"""What the doors say of themselves, judged by those who read such documents for a living: a validator of OpenAPI, a
generator of calls, a checker of TypeScript.

They come from Python's package index into build/openapi, once. Where they cannot be had, the tests are skipped, and say so.
"""

import json
import os
import subprocess
import sys
import unittest

from server import ROOT, Server
from test_field_api import OPEN

HOME = ROOT / "build" / "openapi"
PACKAGES = ["openapi-spec-validator", "schemathesis", "deno"]

USE = """import type { AppRouter } from "./router.d.ts";
type Procedures = AppRouter["_def"]["procedures"];
type Input<P extends { _def: { $types: { input: unknown } } }> = P["_def"]["$types"]["input"];
type Output<P extends { _def: { $types: { output: unknown } } }> = P["_def"]["$types"]["output"];
const touch: Input<Procedures["consciousness"]["field"]> = { intensity: 0.5, x: 1, y: 2 };
// @ts-expect-error an intensity is needed
const bad: Input<Procedures["consciousness"]["field"]> = { x: 1 };
// @ts-expect-error it is one of three
const other: Input<Procedures["auth"]["authenticateDevice"]> = { deviceId: "a", platform: "desk" };
const hi: Output<Procedures["example"]["hi"]> = { hello: "a", date: new Date() };
console.log(touch, bad, other, hi);
"""


def tools():
    """The folder of the tools' programs; None when they cannot be installed."""
    programs = HOME / "bin"
    if (programs / "deno").exists():
        return programs
    try:
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True, capture_output=True, timeout=120)
        words = [str(programs / "python"), "-m", "pip", "install", "--quiet", *PACKAGES]
        subprocess.run(words, check=True, capture_output=True, timeout=300)
    except (OSError, subprocess.SubprocessError):
        return None
    return programs


class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.programs = tools()
        if cls.programs is None:
            raise unittest.SkipTest("openapi-spec-validator, schemathesis and deno cannot be installed here")
        cls.server = Server(environment=OPEN)
        cls.addClassCleanup(cls.server.close)

    def test_is_valid(self):
        document = self.server.get("/api/openapi.json")[1]
        words = "import json, sys; from openapi_spec_validator import validate; validate(json.load(sys.stdin))"
        run = subprocess.run(
            [str(self.programs / "python"), "-c", words], input=json.dumps(document), capture_output=True, text=True
        )
        self.assertEqual(run.returncode, 0, run.stderr[-2000:])

    def test_is_true(self):
        said = {"deviceId": "schema-device-1", "platform": "web"}
        token = self.server.post("/api/v1/auth/authenticateDevice", said)[1]["token"]
        words = [
            str(self.programs / "schemathesis"), "run", self.server.url + "/api/openapi.json",
            "--header", "Authorization: Bearer " + token, "--no-color", "--max-examples", "15",
            # Methods that the wire does not know are 501, which a generator takes for a fault.
            "--phases", "examples,fuzzing,stateful", "--seed", "1",
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        ]
        run = subprocess.run(words, capture_output=True, text=True, timeout=300, cwd=HOME, env={**os.environ})
        self.assertEqual(run.returncode, 0, run.stdout[-4000:])

    def test_types(self):
        folder = HOME / "types"
        folder.mkdir(exist_ok=True)
        (folder / "router.d.ts").write_bytes(self.server.ask("GET", "/api/trpc/router.d.ts")[2])
        (folder / "use.ts").write_text(USE, encoding="utf-8")
        run = subprocess.run(
            [str(self.programs / "deno"), "check", "use.ts"], cwd=folder, capture_output=True, text=True, timeout=120
        )
        self.assertEqual(run.returncode, 0, run.stderr[-3000:])


if __name__ == "__main__":
    unittest.main()
