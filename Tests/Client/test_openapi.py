"""The OpenAPI document, judged by those who read such documents for a living: a validator, and a generator of calls.

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
PACKAGES = ["openapi-spec-validator", "schemathesis"]


def tools():
    """The folder of the tools' programs; None when they cannot be installed."""
    programs = HOME / "bin"
    if (programs / "schemathesis").exists():
        return programs
    try:
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True, capture_output=True, timeout=120)
        words = [str(programs / "python"), "-m", "pip", "install", "--quiet", *PACKAGES]
        subprocess.run(words, check=True, capture_output=True, timeout=300)
    except (OSError, subprocess.SubprocessError):
        return None
    return programs


class OpenAPI(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.programs = tools()
        if cls.programs is None:
            raise unittest.SkipTest("openapi-spec-validator and schemathesis cannot be installed here")
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


if __name__ == "__main__":
    unittest.main()
