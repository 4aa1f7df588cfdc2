"""The API that the apps in the field speak: every procedure and route, driven as they drive it, each field and type."""

import json
import pathlib
import time
import unittest
import urllib.parse

from server import ROOT, Server

RECORDINGS = ROOT / "Tests" / "Recordings" / "wire"
DEVICE = "3f0d9a52-6c1e-4b7a-9d53-0a4f8a2f6b10"
OPEN = {
    "PRIMA_LIMIT_" + name: "0"
    for name in (
        "FIELD_UPDATE SACRED_PHRASE SYNC_BATCH ENTANGLEMENT ROOM64_ACTION ARCHAEOLOGY CHAT_MESSAGE".split()
    )
}
CORE = {"globalResonance": float, "activeNodes": int, "collectiveIntelligence": float}


def shape(value, wanted, place="answer"):
    """Every difference between a value and what it should look like; numbers may be whole."""
    if isinstance(wanted, dict):
        if not isinstance(value, dict):
            return [f"{place} is {value!r}"]
        found = [f"{place}.{key} is missing" for key in wanted if key not in value]
        found += [f"{place}.{key} is too much" for key in value if key not in wanted]
        for key in wanted:
            if key in value:
                found += shape(value[key], wanted[key], f"{place}.{key}")
        return found
    if isinstance(wanted, list):
        if not isinstance(value, list):
            return [f"{place} is {value!r}"]
        return [one for i, each in enumerate(value) for one in shape(each, wanted[0], f"{place}[{i}]")]
    if wanted is float:
        return [] if isinstance(value, (int, float)) and not isinstance(value, bool) else [f"{place} is {value!r}"]
    if wanted is None or isinstance(wanted, (str, bool)):
        return [] if value == wanted else [f"{place} is {value!r}, not {wanted!r}"]
    if wanted is object:
        return []
    fits = isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))
    return [] if fits else [f"{place} is {value!r}"]


class Client:
    """Calls procedures as the app does: superjson, with its token."""

    def __init__(self, server, device=DEVICE):
        self.server, self.device, self.token = server, device, None

    def headers(self):
        fields = {"Content-Type": "application/json, application/json", "X-Device-ID": self.device}
        if self.token:
            fields["Authorization"] = "Bearer " + self.token
        return fields

    def query(self, path, value=None, **more):
        document = {"json": value} if value is not None else {"json": None, "meta": {"values": ["undefined"]}}
        text = urllib.parse.quote(json.dumps(document))
        return self.read(*self.server.ask("GET", f"/api/trpc/{path}?input={text}", headers={**self.headers(), **more}))

    def mutate(self, path, value, **more):
        body = json.dumps({"json": value}).encode()
        return self.read(*self.server.ask("POST", f"/api/trpc/{path}", body, headers={**self.headers(), **more}))

    @staticmethod
    def read(status, fields, body):
        document = json.loads(body)
        if "result" in document:
            return status, document["result"]["data"]["json"]
        return status, {**document["error"]["json"], "retry-after": fields.get("retry-after")}

    def authenticate(self, **more):
        said = {"deviceId": self.device, "platform": "ios", **more}
        status, answer = self.mutate("auth.authenticateDevice", said)
        assert status == 200 and answer["success"], answer
        self.token = answer["token"]
        return answer


class FieldCase(unittest.TestCase):
    environment = OPEN

    def setUp(self):
        self.server = Server(environment=self.environment)
        self.addCleanup(self.server.close)
        self.client = Client(self.server)

    def same(self, value, wanted):
        self.assertEqual(shape(value, wanted), [])


class Procedures(FieldCase):
    def test_devices(self):
        answer = self.client.authenticate()
        self.same(
            answer,
            {"success": True, "token": str, "expiresIn": "7d", "deviceId": DEVICE, "platform": "ios"},
        )
        status, other = self.client.mutate(
            "auth.authenticateDevice", {"deviceId": DEVICE, "platform": "ios", "fingerprint": "another"}
        )
        self.assertEqual(status, 200)
        self.same(other, {"success": False, "error": str})
        status, verified = self.client.query("auth.verifyToken", {"token": self.client.token})
        self.same(
            verified,
            {"valid": True, "deviceId": DEVICE, "platform": "ios", "fingerprint": str, "expiresAt": str},
        )
        self.same(self.client.query("auth.verifyToken", {"token": "old"})[1], {"valid": False, "error": str})
        self.client.mutate("consciousness.field", {"intensity": 0.5})
        devices = self.client.query("auth.getActiveDevices")[1]
        self.same(
            devices,
            {
                "devices": [
                    {"deviceId": DEVICE, "platform": "ios", "lastSeen": str, "consciousnessLevel": float}
                ],
                "count": 1 if False else int,
                "timestamp": str,
            },
        )
        self.assertEqual(devices["count"], 1)

    def test_field(self):
        status, refused = self.client.mutate("consciousness.field", {"intensity": 0.1})
        self.assertEqual((status, refused["data"]["code"]), (401, "UNAUTHORIZED"))
        self.client.token = "old"
        self.assertEqual(self.client.mutate("consciousness.field", {"intensity": 0.1})[0], 401)
        self.client.token = None
        self.client.authenticate()
        status, touched = self.client.mutate("consciousness.field", {"intensity": 0.5, "x": 29.999, "y": 0.25})
        self.assertEqual(status, 200)
        update = touched["fieldUpdate"]
        self.same(
            touched,
            {
                "success": True,
                "fieldUpdate": {
                    "deviceId": DEVICE, "intensity": float, "x": int, "y": int, "timestamp": int,
                    "globalResonance": float, "activeNodes": int,
                },
            },
        )
        self.assertEqual((update["x"], update["y"], update["activeNodes"]), (29, 0, 1))
        self.assertAlmostEqual(update["globalResonance"], 0.55)
        none = self.client.mutate("consciousness.field", {"intensity": 1})[1]["fieldUpdate"]
        self.assertEqual((none["x"], none["y"]), (None, None))
        self.assertAlmostEqual(none["globalResonance"], 0.65)
        status, bad = self.client.mutate("consciousness.field", {"intensity": "much", "x": 30, "y": -1})
        faults = [(fault["code"], fault["path"]) for fault in json.loads(bad["message"])]
        self.assertEqual(status, 400)
        self.assertEqual(
            faults, [("invalid_type", ["intensity"]), ("too_big", ["x"]), ("too_small", ["y"])]
        )

    def test_sync(self):
        self.client.authenticate()
        now = int(time.time() * 1000)
        touch = {"type": "TOUCH", "data": {"intensity": 0.5, "x": 3, "y": 4}, "timestamp": now}
        phrase = {"type": "SACRED_PHRASE", "data": {"phrase": "still water", "note": 1}, "timestamp": now}
        bad = {"type": "BLOOM", "data": {"intensity": 7}, "timestamp": now}
        body = {"deviceId": "unknown", "events": [touch, touch, bad, phrase]}
        status, first = self.client.mutate("consciousness.sync", body)
        self.assertEqual(status, 200, first)
        self.assertEqual((first["syncedCount"], first["deviceId"]), (3, DEVICE))
        self.same(
            first["globalState"], {**CORE, "memoryParticleCount": int, "quantumFieldCount": int}
        )
        self.assertEqual(first["globalState"]["memoryParticleCount"], 1)
        events = first["processedEvents"]
        self.assertEqual([event["processed"] for event in events], [True, True, False, True])
        self.assertEqual(events[2]["id"], None)
        self.assertEqual(events[2]["code"], "BAD_REQUEST")
        self.assertEqual(events[3]["data"], phrase["data"])
        self.assertEqual(len({event["id"] for event in events}), 4)
        again = self.client.mutate("consciousness.sync", body)[1]
        self.assertEqual(
            [event["id"] for event in again["processedEvents"]], [event["id"] for event in events]
        )
        self.assertTrue(all(event.get("duplicate") for event in again["processedEvents"] if event["processed"]))
        self.assertEqual(again["globalState"], {**first["globalState"], "activeNodes": 1})
        for events in ([], [touch] * 51, "none"):
            status, refused = self.client.mutate("consciousness.sync", {"deviceId": "unknown", "events": events})
            self.assertEqual((status, refused["data"]["code"]), (400, "BAD_REQUEST"))

    def test_snapshot(self):
        self.client.authenticate()
        now = int(time.time() * 1000)
        self.client.mutate("consciousness.field", {"intensity": 0.5, "x": 1, "y": 2})
        phrase = {"type": "SACRED_PHRASE", "data": {"phrase": "still water"}, "timestamp": now}
        self.client.mutate("consciousness.sync", {"deviceId": DEVICE, "events": [phrase]})
        status, answer = self.client.query("consciousness.snapshot", {"includeArchaeology": True})
        self.assertEqual(status, 200, answer)
        particle = {
            "id": str, "x": int, "y": int, "intensity": float, "age": float, "sourceDeviceId": DEVICE,
            "sacredPhrase": "still water", "phrase": "still water", "timestamp": int,
        }
        event = {
            "id": int, "deviceId": DEVICE, "type": str, "data": object, "timestamp": int, "processed": True,
            "intensity": object,
        }
        self.same(
            answer,
            {
                "success": True,
                "timestamp": int,
                "snapshot": {
                    **CORE, "room64Active": False, "lastUpdate": int, "memoryParticles": [particle],
                    "quantumFields": [
                        {"id": str, "fieldData": [[float]], "collectiveIntensity": float, "lastUpdate": int}
                    ],
                    "recentEvents": [event],
                    "archaeologyInsights": {
                        "memoryFragments": [particle], "totalMemories": int, "crystallizedCount": int
                    },
                    "emergencePatterns": [object],
                    "consciousnessVectors": {
                        "resonance": [float], "intelligence": [float], "emergence": [float], "coherence": [float]
                    },
                    "emergenceSignals": [object],
                    "collectiveResonanceMap": object,
                    "temporalFlow": object,
                    "sacredPhraseFrequency": {"still water": int},
                },
            },
        )
        self.assertEqual(len(answer["snapshot"]["recentEvents"]), 2)
        bare = self.client.query("consciousness.snapshot", {"includeVectors": False, "eventLimit": 1})[1]["snapshot"]
        self.assertEqual(len(bare["recentEvents"]), 1)
        for name in (
            "consciousnessVectors emergenceSignals collectiveResonanceMap temporalFlow sacredPhraseFrequency "
            "archaeologyInsights"
        ).split():
            self.assertIsNone(bare[name], name)

    def test_entanglement_and_rooms(self):
        status, answer = self.client.mutate(
            "consciousness.entanglement",
            {"deviceId": DEVICE, "targetDeviceId": "collective", "entanglementType": "RESONANCE"},
        )
        self.assertEqual(status, 200, answer)
        self.same(
            answer["entanglement"],
            {
                "id": str, "sourceDevice": DEVICE, "targetDevice": "collective", "type": "RESONANCE",
                "intensity": float, "established": int, "status": "active",
            },
        )
        itself = {"deviceId": DEVICE, "targetDeviceId": DEVICE, "entanglementType": "RESONANCE"}
        self.assertEqual(self.client.mutate("consciousness.entanglement", itself)[0], 400)

        def room(action, **more):
            status, answer = self.client.mutate(
                "consciousness.room64", {"deviceId": DEVICE, "action": action, **more}
            )
            self.assertEqual(status, 200, answer)
            return answer

        state = {"breathingPhase": float, "resonanceLevel": float, "sacredPhrases": [str], "lastBloom": int}
        self.same(room("SYNC"), {"success": False, "error": str})
        self.same(room("SYNC", roomId="none"), {"success": False, "error": str})
        joined = room("JOIN", roomId="64")
        self.same(
            joined,
            {"success": True, "room": {"id": "64", "participantCount": int, "collectiveState": state, "joined": True}},
        )
        self.assertEqual(joined["room"]["participantCount"], 1)
        synced = room(
            "SYNC", roomId="64", data={"breathingPhase": 90, "resonanceLevel": 0.4, "sacredPhrase": "still"}
        )
        self.same(synced, {"success": True, "collectiveState": state, "participantCount": int})
        self.assertEqual(synced["collectiveState"]["sacredPhrases"], ["still"])
        bloom = {"triggered": True, "participants": int, "intensity": float, "timestamp": int}
        self.same(room("BLOOM", roomId="64"), {"success": True, "bloom": bloom})
        self.same(room("LEAVE", roomId="64"), {"success": True, "left": True, "roomId": "64"})
        self.same(room("LEAVE", roomId="never"), {"success": True, "left": True, "roomId": "never"})
        self.assertTrue(room("JOIN")["room"]["id"].startswith("room_"))

    def test_archaeology(self):
        self.client.authenticate()
        now = int(time.time() * 1000)
        events = [
            {"type": "SACRED_PHRASE", "data": {"phrase": "still water"}, "timestamp": now - 5},
            {"type": "BLOOM", "data": {}, "timestamp": now},
        ]
        self.client.mutate("consciousness.sync", {"deviceId": DEVICE, "events": events})
        wanted = {
            "PATTERNS": {
                "emergencePatterns": [
                    {
                        "type": str, "frequency": int, "avgIntensity": float, "participatingDevices": int,
                        "peakTime": int,
                    }
                ],
                "totalEvents": int, "timeSpan": int,
            },
            "MEMORY_TRACES": {"memoryFragments": [object], "totalMemories": int, "crystallizedCount": int},
            "SACRED_HISTORY": {
                "phrases": [
                    {
                        "phrase": str, "count": int, "devices": int, "avgIntensity": float, "firstSeen": int,
                        "lastSeen": int,
                    }
                ],
                "recent": [{"id": int, "phrase": str, "deviceId": str, "intensity": float, "timestamp": int}],
                "totalPhrases": int, "uniquePhrases": int, "timeSpan": int,
            },
            "EMERGENCE_EVENTS": {"events": [object], "totalEvents": int, "timeSpan": int},
        }
        for query, data in wanted.items():
            status, answer = self.client.query("consciousness.archaeology", {"deviceId": DEVICE, "query": query})
            self.assertEqual(status, 200, answer)
            self.same(
                answer,
                {
                    "success": True, "query": query, "deviceId": DEVICE, "timestamp": int, "data": data,
                    "context": {**CORE, "totalMemoryParticles": int, "totalQuantumFields": int},
                },
            )

    def test_chat(self):
        self.client.authenticate()
        said = {"conversationId": "conv-1", "message": "who spoke of water?"}
        status, answer = self.client.mutate("chat.sendMessage", said)
        self.assertEqual(status, 200, answer)
        message = {"role": "assistant", "content": str, "timestamp": int}
        self.same(answer, {"success": True, "message": message, "conversationId": "conv-1"})
        conversation = {"id": "conv-1", "title": str, "lastMessage": str, "timestamp": int}
        self.same(self.client.query("chat.getConversations")[1], {"conversations": [conversation]})
        self.assertEqual(len(self.client.query("chat.getMessages", {"conversationId": "conv-1"})[1]["messages"]), 2)
        self.assertEqual(self.client.query("chat.getMessages", {"conversationId": ""})[1], {"messages": []})

    def test_monitoring(self):
        self.client.authenticate()
        summary = {
            "events": int, "activeDevices": int, "resonance": float, "memoryParticles": int, "room64Sessions": int
        }
        self.same(
            self.client.query("monitoring.getMetrics")[1],
            {"prometheus": str, "summary": summary, "timestamp": int, "format": "prometheus"},
        )
        self.same(
            self.client.query("monitoring.getCurrentMetrics")[1],
            {**summary, "timestamp": int, "source": "prometheus"},
        )
        self.same(
            self.client.mutate("monitoring.updateMetrics", {"events": 1, "errors": 2, "other": 3})[1],
            {"success": True, "updated": int, "timestamp": int, "source": "prometheus"},
        )
        self.same(
            self.client.query("monitoring.getHealthMetrics")[1],
            {
                "health": {"totalRequests": int, "avgResponseTime": float, "activeConnections": int},
                "timestamp": int, "source": "prometheus", "prometheusEndpoint": "/api/metrics",
            },
        )
        health = self.client.query("monitoring.health")[1]
        factors = {"resonance": float, "activeNodes": float, "systemHealth": float, "cachePerformance": float}
        data = {
            "score": float, "factors": factors, "status": str, "timestamp": int, "uptime": float, "platform": str
        }
        self.same(health, {"success": True, "data": data})
        weights = {"resonance": 0.4, "activeNodes": 0.3, "systemHealth": 0.2, "cachePerformance": 0.1}
        found = health["data"]["factors"]
        self.assertAlmostEqual(health["data"]["score"], sum(found[name] * weights[name] for name in weights))


class Limits(FieldCase):
    environment = {**OPEN, "PRIMA_LIMIT_FIELD_UPDATE": "2/60/7"}

    def test_limits(self):
        self.client.authenticate()
        codes = [self.client.mutate("consciousness.field", {"intensity": 0.1})[0] for _ in range(3)]
        self.assertEqual(codes, [200, 200, 429])
        status, refused = self.client.mutate("consciousness.field", {"intensity": 0.1})
        self.assertEqual((status, refused["code"], refused["data"]["code"]), (429, -32029, "TOO_MANY_REQUESTS"))
        self.assertTrue(1 <= int(refused["retry-after"]) <= 7)
        status, answer = self.server.get("/api/rate-limit/status/" + DEVICE)
        self.assertEqual(status, 200)
        self.assertEqual(answer["rateLimits"]["field_update"], {"remainingPoints": 0, "isBlocked": True})
        # What is not valid costs nothing.
        other = Client(self.server, "another-device-1")
        other.authenticate()
        for _ in range(5):
            self.assertEqual(other.mutate("consciousness.field", {"intensity": 2})[0], 400)
        self.assertEqual(other.mutate("consciousness.field", {"intensity": 0.2})[0], 200)


class Plain(FieldCase):
    def test_routes(self):
        for path in ("/health", "/api/"):
            status, answer = self.server.get(path)
            self.assertEqual(status, 200)
            wanted = {"status": "ok", "message": str, "timestamp": str, "uptime": float, "mode": "embedded"}
            answer.pop("version")
            self.same(answer, {**wanted, "database": {"status": "embedded", "asOf": str}})
        status, state = self.server.get("/api/consciousness/state")
        self.same(
            state,
            {
                "globalState": {
                    "nodeId": "global", **CORE, "memoryParticles": [object], "quantumFields": [object],
                    "room64Active": False, "lastUpdate": int,
                },
                "recentEvents": [object], "timestamp": int,
            },
        )
        first = state["globalState"]
        self.assertEqual((first["globalResonance"], first["collectiveIntelligence"]), (0.5, 0.3))
        keys = {
            "/api/health": "status timestamp healthCheckDuration mode services consciousness performance metrics",
            "/api/consciousness/metrics": "infrastructure consciousness websocket system timestamp",
            "/api/consciousness/health": "score factors status timestamp uptime platform",
            "/api/db/status": "timestamp database redis errors",
            "/api/ws/status": "status timestamp connections connectedDevices uptime",
        }
        for path, names in keys.items():
            status, answer = self.server.get(path)
            self.assertEqual((status, sorted(answer)), (200, sorted(names.split())), path)
        status, fields, body = self.server.ask("GET", "/api/metrics")
        self.assertEqual(status, 200)
        self.assertTrue(fields["content-type"].startswith("text/plain"))
        self.assertIn(b"global_resonance_level 0.5\n", body)

    def test_origins(self):
        asked = {
            "Origin": "http://app.test", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,x-device-id",
        }
        for path in ("/api/trpc/consciousness.field", "/api/v1/consciousness/field", "/api/consciousness/state"):
            status, fields, _ = self.server.ask("OPTIONS", path, headers=asked)
            self.assertEqual((status, fields["access-control-allow-origin"]), (204, "*"), path)
            self.assertEqual(fields["access-control-allow-headers"], "authorization,content-type,x-device-id")
            status, fields, _ = self.server.ask("GET", path, headers={"Origin": "http://app.test"})
            self.assertEqual(fields["access-control-allow-origin"], "*", path)
        # The rest is for Prima's own pages, at every door and inside batches.
        foreign = {"Origin": "http://app.test"}
        self.assertEqual(self.server.ask("GET", "/api/v1/mind/report", headers=foreign)[0], 403)
        path = "/api/trpc/system.health,mind.report?batch=1&input=%7B%7D"
        status, _, body = self.server.ask("GET", path, headers=foreign)
        self.assertEqual(status, 207)
        self.assertEqual([part.get("error", {}).get("data", {}).get("code") for part in json.loads(body)][1], "FORBIDDEN")

    def test_rest(self):
        status, _, body = self.server.ask("POST", "/api/v1/example/hi", {"name": "Prima"})
        self.assertEqual((status, json.loads(body)["hello"]), (200, "Prima"))
        status, problem = self.server.post("/api/v1/example/hi", {"name": 3})
        self.assertEqual((status, problem["errors"][0]["path"]), (422, "/name"))
        self.assertEqual(self.server.ask("GET", "/api/v1/example/hi")[0], 405)
        self.assertEqual(self.server.get("/api/v1/no/such")[0], 404)
        self.assertEqual(len(self.server.get("/api/v1/mind/mapping?improvement=2")[1]["mappings"]), 1)
        self.assertEqual(self.server.get("/api/v1/mind/mapping?improvement=99")[0], 422)
        self.assertEqual(self.server.get("/api/v1/mind/mapping?after=0")[0], 503)
        registered = {"agent": "a-1", "publicKey": "k"}
        position = self.server.post("/api/v1/agent/register", registered)[1]["position"]
        listed = self.server.get(f"/api/v1/agent/list?after={position}&region=local")[1]
        self.assertEqual([agent["agent"] for agent in listed["agents"]], ["a-1"])
        self.assertGreater(self.server.post("/api/v1/agent/heartbeat", {"agent": "a-1"})[1]["leaseUntil"], 0)
        self.assertEqual(self.server.post("/api/v1/agent/heartbeat", {"agent": "nobody"})[0], 404)

    def test_documents(self):
        status, document = self.server.get("/api/openapi.json")
        self.assertEqual((status, document["openapi"]), (200, "3.1.0"))
        self.assertIn("/api/v1/consciousness/field", document["paths"])
        _, _, body = self.server.ask("GET", "/api/trpc/router.d.ts")
        self.assertIn("export interface AppRouter", body.decode())


class Keys(unittest.TestCase):
    def test_scopes(self):
        with Server(token="operator-token-1", environment=OPEN) as server:
            def ask(path, body=None, key=None, token=None):
                headers = {"Authorization": token and "Bearer " + token, "X-API-Key": key}
                method = "GET" if body is None else "POST"
                status, _, answer = server.ask(method, "/api/v1/" + path, body, headers=headers)
                return status, json.loads(answer)

            self.assertEqual(ask("mind/report")[0], 401)
            status, made = ask("key/create", {"name": "reader", "scopes": ["read"]}, token="operator-token-1")
            self.assertEqual(status, 200)
            self.assertEqual(ask("mind/report", key=made["key"])[0], 200)
            self.assertEqual(ask("mind/report", token=made["key"])[0], 200)
            self.assertEqual(ask("agent/register", {"agent": "a", "publicKey": "k"}, key=made["key"])[0], 403)
            self.assertEqual(ask("key/create", {"name": "x", "scopes": ["read"]}, key=made["key"])[0], 403)
            self.assertEqual(ask("mind/report", key="prima_0_0")[0], 401)
            self.assertEqual(ask("key/revoke", {"id": made["id"]}, token="operator-token-1")[0], 200)
            self.assertEqual(ask("mind/report", key=made["key"])[0], 401)
            # The field needs no operator.
            self.assertEqual(server.ask("GET", "/api/trpc/system.health", headers={"Authorization": None})[0], 200)

    def test_tokens_survive_a_restart(self):
        with Server(environment=OPEN) as first:
            client = Client(first)
            client.authenticate()
            first.stop()
            with Server(data=first.data, environment=OPEN) as second:
                client.server = second
                self.assertEqual(client.mutate("consciousness.field", {"intensity": 0.1})[0], 200)


class Recorded(FieldCase):
    """What the app said when it was recorded, said to the product: the same keys and types, other values."""

    def types(self, value):
        if isinstance(value, dict):
            return {key: self.types(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.types(value[0])] if value else [object]
        if isinstance(value, bool):
            return bool
        if isinstance(value, (int, float)):
            return float
        return object if value is None else str

    def test_procedures(self):
        # As the app does, so that it is known again.
        can = ("haptics", "accelerometer", "websocket", "consciousness")
        self.client.authenticate(capabilities={name: True for name in can})
        count = 0
        for file in ("trpc-http.json", "app.json"):
            for each in json.loads((RECORDINGS / file).read_text(encoding="utf-8")):
                request, response = each.get("request"), each.get("response")
                if not request or not response or response["status"] != 200 or not response.get("body"):
                    continue
                path = request["path"]
                if not path.startswith("/api/trpc/") or "/wire." in path or "{" not in response["body"][:1]:
                    continue
                if "untransformed" in each["name"] or "verifyToken, not" in each["name"]:
                    continue
                with self.subTest(each["name"] + " " + each["transformer"]):
                    self.replay(each["name"], request, json.loads(response["body"]))
                    count += 1
        self.assertGreater(count, 50)

    def replay(self, name, request, wanted):
        text = json.dumps(request).replace("wire-device-token", self.client.token)
        text = text.replace("1781954400000", str(int(time.time() * 1000)))
        request = json.loads(text)
        body = request.get("body")
        status, _, answer = self.server.ask(
            request["method"], request["path"], body.encode() if body else None, headers=request["headers"]
        )
        self.assertEqual(status, 200, answer)
        got = json.loads(answer)
        data, other = wanted["result"]["data"], got["result"]["data"]
        if "json" in data:
            self.assertEqual(sorted(set(other) - {"meta"}), ["json"], name)
            data, other = data["json"], other["json"]
        # Lists and maps of what was measured may be longer, shorter or empty.
        free = {"collectiveResonanceMap", "sacredPhraseFrequency", "temporalFlow", "serverTimestamp", "duplicate"}

        def loosen(value):
            if isinstance(value, dict):
                # What a device says is its own; not every event says how strong it is.
                own = {"data", "intensity"} if "type" in value else set()
                return {key: loosen(each) for key, each in value.items() if key not in free | own}
            return [loosen(each) for each in value] if isinstance(value, list) else value

        self.assertEqual(shape(loosen(other), self.types(loosen(data))), [], name)


class Everywhere(FieldCase):
    """Each capability is at each door, and its example ends there as its declaration says."""

    def test_examples(self):
        self.client.authenticate()
        document = self.server.get("/api/openapi.json")[1]
        _, _, declaration = self.server.ask("GET", "/api/trpc/router.d.ts")
        found = 0
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                facts = operation["x-prima"]
                with self.subTest(facts["name"]):
                    self.assertEqual(path, "/api/v1/" + facts["name"].replace(".", "/"))
                    self.assertIn(facts["name"].split(".")[-1] + ": ", declaration.decode())
                    wanted = facts["example"]["ending"]
                    self.assertEqual(self.at_rest(method, path, facts["example"]["input"]), wanted)
                    self.assertEqual(self.at_trpc(facts["kind"], facts["name"], facts["example"]["input"]), wanted)
                    found += 1
        self.assertGreaterEqual(found, 30)

    def at_rest(self, method, path, value):
        headers = {"Authorization": "Bearer " + self.client.token}
        if path.startswith(("/api/v1/key", "/api/v1/agent")):
            headers = {}
        if method == "post":
            status, _, body = self.server.ask("POST", path, value, headers=headers)
        else:
            fields = {k: v if isinstance(v, str) else json.dumps(v) for k, v in (value or {}).items()}
            status, _, body = self.server.ask("GET", path + "?" + urllib.parse.urlencode(fields), headers=headers)
        if status in (200, 204):
            return "answered"
        return {"not-found": "NOT_FOUND"}.get(json.loads(body)["type"].rsplit(":", 1)[1], body)

    def at_trpc(self, kind, name, value):
        client = Client(self.server)
        client.token = None if name.startswith(("key.", "agent.")) else self.client.token
        status, answer = (client.query if kind == "query" else client.mutate)(name, value)
        return "answered" if status == 200 else answer["data"]["code"]


if __name__ == "__main__":
    unittest.main()
