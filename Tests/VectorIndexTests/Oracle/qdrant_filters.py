"""Random payloads and filters, and what Qdrant's local mode makes of them: the oracle of the filters.

    python3 qdrant_filters.py SEED POINTS FILTERS

prints a line with the points, then a line for each filter with the ids that it finds. Numbers of payloads that equal an
integer are integers: our payloads do not tell 1.0 from 1.
"""

import json
import random
import sys

from qdrant_client import models
from qdrant_client.local.payload_filters import check_filter, validate_filter

WORDS = ["red", "green", "Blue", "été", "ночь", "x1", "a_b", "", "red green", "green red blue", "Straße"]
TIMES = [
    "2024-01-01", "2024-02-29T12:00:00Z", "2024-02-30", "2023-12-31T23:59:59.999999+01:00", "2024-01-01 00:00",
    "2024-01-01T00:00:00.123456789Z", "2024-01-01T05:30:00+05:30", "2024-06-15 12", "1969-07-20T20:17:40Z", "noon",
    "2024-01-01 00:00:00 UTC", " 2024-01-01T00:00:00z", "2024-01-01T00:00:00 -0800", "2024-01-01T00:00:00+01",
]
PATHS = [
    "a", "b", "c", "n", "t", "s", "geo", "tags", "tags[]", "tags[0]", "tags[1]", "deep.a", "deep.list[].a", "deep.list",
    "deep.list[]", "deep.list[0].b", "missing", "deep.list[].c[]", "deep.list[].c", '"odd key".x', "nums[]", "nums",
]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, share):
        return self.random.random() < share

    def pick(self, choices):
        return self.random.choice(choices)

    def number(self):
        if self.chance(0.6):
            return self.random.randint(-3, 6)
        return self.random.randint(-20, 40) / 8 + 1 / 16

    def scalar(self):
        kind = self.random.randint(0, 9)
        if kind < 3:
            return self.number()
        if kind < 6:
            return self.pick(WORDS)
        return self.pick([None, True, False, self.pick(TIMES), self.number(), self.pick(WORDS)])

    def value(self):
        if self.chance(0.7):
            return self.scalar()
        return [self.pick([self.scalar, self.scalar, list, dict])() for _ in range(self.random.randint(0, 3))]

    def place(self):
        return {"lon": self.random.randint(-180, 180), "lat": self.random.randint(-90, 90)}

    def item(self):
        item = {}
        for key in ("a", "b"):
            if self.chance(0.7):
                item[key] = self.scalar()
        if self.chance(0.4):
            item["c"] = [self.scalar() for _ in range(self.random.randint(0, 2))]
        return self.pick([item, item, item, self.scalar()])

    def payload(self):
        payload = {}
        for key in ("a", "b", "c"):
            if self.chance(0.8):
                payload[key] = self.value()
        if self.chance(0.7):
            payload["n"] = self.number()
        if self.chance(0.5):
            payload["t"] = self.pick(TIMES)
        if self.chance(0.5):
            payload["s"] = " ".join(self.random.choices(WORDS, k=self.random.randint(1, 5)))
        if self.chance(0.5):
            payload["geo"] = self.pick([self.place(), self.place(), [self.place(), self.place()], {"lon": "1", "lat": 2}])
        if self.chance(0.6):
            payload["tags"] = [self.pick(WORDS) for _ in range(self.random.randint(0, 4))]
        if self.chance(0.4):
            payload["nums"] = [self.number() for _ in range(self.random.randint(0, 4))]
        if self.chance(0.6):
            payload["deep"] = {"a": self.value(), "list": self.pick([[self.item() for _ in range(self.random.randint(0, 3))], self.item()])}
        if self.chance(0.2):
            payload["odd key"] = {"x": self.scalar()}
        return payload

    def keyword(self):
        return self.pick([self.random.randint(-3, 6), self.pick(WORDS), True, False])

    def keywords(self):
        if self.chance(0.5):
            return [self.random.randint(-3, 6) for _ in range(self.random.randint(0, 3))]
        return self.random.sample(WORDS, self.random.randint(0, 4))

    def match(self):
        words = " ".join(self.random.choices(WORDS, k=self.random.randint(1, 2)))
        return self.pick([
            {"value": self.keyword()}, {"value": self.keyword()}, {"any": self.keywords()}, {"except": self.keywords()},
            {"text": words}, {"text_any": words}, {"phrase": words}, {"prefix": self.pick(["r", "gr", "", "é"])},
            {"substring": self.pick(["e", "red", "", "т"])},
        ])

    def bounds(self, make):
        return {name: make() for name in ("gt", "gte", "lt", "lte") if self.chance(0.4)}

    def field(self):
        path = self.pick(PATHS)
        kind = self.random.randint(0, 12)
        if kind < 5:
            return {"key": path, "match": self.match()}
        if kind < 7:
            return {"key": self.pick([path, "n", "nums", "nums[]"]), "range": self.bounds(self.number)}
        if kind == 7:
            times = ["2024-01-01T00:00:00Z", "2024-02-29T12:00:00Z", "2023-06-01T00:00:00Z", "2024-01-01T00:00:00.123456Z"]
            bounds = self.bounds(lambda: self.pick(times)) or {"lt": times[0]}
            return {"key": self.pick([path, "t", "t"]), "range": bounds}
        if kind == 8:
            return {"key": path, "values_count": self.bounds(lambda: self.random.randint(0, 4)) or {"gte": 1}}
        if kind == 9:
            return {"key": path, self.pick(["is_empty", "is_null"]): self.pick([True, False])}
        return {"key": "geo", **self.area()}

    def area(self):
        kind = self.random.randint(0, 2)
        if kind == 0:
            lats = sorted(self.random.sample(range(-90, 91), 2))
            lons = self.random.sample(range(-180, 181), 2)
            return {"geo_bounding_box": {"top_left": {"lon": lons[0], "lat": lats[1]}, "bottom_right": {"lon": lons[1], "lat": lats[0]}}}
        if kind == 1:
            return {"geo_radius": {"center": self.place(), "radius": self.random.randint(1, 15_000) * 1000.0}}
        ring = [self.place() for _ in range(self.random.randint(3, 5))]
        polygon = {"exterior": {"points": ring + ring[:1]}}
        if self.chance(0.4):
            hole = [self.place() for _ in range(3)]
            polygon["interiors"] = [{"points": hole + hole[:1]}]
        return {"geo_polygon": polygon}

    def condition(self, depth):
        kind = self.random.randint(0, 19)
        if kind == 0:
            return {"has_id": [self.random.randint(0, 60) for _ in range(self.random.randint(0, 40))]}
        if kind == 1:
            return {"is_empty": {"key": self.pick(PATHS)}}
        if kind == 2:
            return {"is_null": {"key": self.pick(PATHS)}}
        if kind == 3:
            return {"has_vector": self.pick(["", "other"])}
        if kind < 6 and depth < 2:
            inner = Maker(self.random.random())
            return {"nested": {"key": self.pick(["deep.list", "deep.list[]", "tags", "a", "deep"]), "filter": inner.filter(depth + 1, ["a", "b", "c", "c[]"])}}
        if kind < 8 and depth < 2:
            return self.filter(depth + 1)
        return self.field()

    def filter(self, depth=0, paths=None):
        result = {}
        for clause in ("must", "should", "must_not"):
            if self.chance(0.5):
                conditions = [self.condition(depth) for _ in range(self.random.randint(0, 3))]
                result[clause] = conditions[0] if len(conditions) == 1 and self.chance(0.3) else conditions
        if self.chance(0.15):
            result["min_should"] = {"conditions": [self.condition(depth) for _ in range(4)], "min_count": self.random.randint(1, 4)}
        if paths:
            retarget(result, self, paths)
        return result


def retarget(node, maker, paths):
    """Inside a nested filter, fields of the inner objects are asked for."""
    if isinstance(node, dict):
        if "key" in node and isinstance(node["key"], str):
            node["key"] = maker.pick(paths)
        for value in node.values():
            retarget(value, maker, paths)
    elif isinstance(node, list):
        for value in node:
            retarget(value, maker, paths)


def main():
    seed, points, filters = (int(argument) for argument in sys.argv[1:4])
    maker = Maker(seed)
    payloads = [maker.payload() for _ in range(points)]
    print(json.dumps({"payloads": payloads}, ensure_ascii=False))
    while filters > 0:
        wanted = maker.filter()
        try:
            model = models.Filter(**wanted)
            validate_filter(model)
        except ValueError:
            continue
        found = [number for number, payload in enumerate(payloads) if check_filter(model, payload, number, {"": True})]
        print(json.dumps({"filter": wanted, "ids": found}, ensure_ascii=False))
        filters -= 1


main()
