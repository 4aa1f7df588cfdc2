"""Measures one rival of our vector searches on the data that `prima vectors bench --export FOLDER` wrote.

    python3 vectors.py RIVAL FOLDER

prints one JSON object of the same shape: {"version", "build": {"cpu", "rate"}, "memory", "exact", "curve": [{"breadth",
"recall", "rate"}], "filtered": [{"share", "curve"}]}. A rate is per second of processor time of this process. What a
rival cannot do is missing; a rival that is not installed prints {"skipped": why}.
"""
import atexit
import importlib
import importlib.metadata
import json
import os
import shutil
import sys
import tempfile
import time

import numpy as np

LIMIT = 10
BREADTHS = (10, 16, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512)
SHARES = (1, 10, 100, 500)
# A curve that takes longer than this many seconds of processor time stops where it is.
PATIENCE = 12.0


class Data:
    def __init__(self, folder):
        load = lambda name: np.load(os.path.join(folder, name + ".npy"), mmap_mode="r")
        self.base = load("base")
        self.queries = np.ascontiguousarray(load("queries"))
        self.labels = np.ascontiguousarray(load("labels"))
        self.truths = [np.ascontiguousarray(load(f"truth{number}")) for number in range(len(SHARES) + 1)]
        self.bits = self.base.dtype == np.uint8
        self.rows, self.width = self.base.shape


def scratch():
    """A folder beside the data, removed at the end."""
    folder = tempfile.mkdtemp(prefix="rival-", dir=os.path.dirname(os.path.abspath(sys.argv[2])))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def resident():
    """Memory of its own, in megabytes: not the rows of the file, which are mapped."""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024 / 1e6
    return float("nan")


def recall(found, truth):
    hits = total = 0
    for one, other in zip(found, truth):
        wanted = {int(row) for row in other if row != 2**63 - 1}
        hits += len(wanted & {int(row) for row in one})
        total += len(wanted)
    return hits / total if total else 1.0


def rate(search, queries):
    """Answers of one round, and the best rate of up to three."""
    best, spent = float("inf"), 0.0
    for _ in range(3):
        start = time.process_time()
        found = search(queries)
        cost = time.process_time() - start
        best, spent = min(best, cost), spent + cost
        if spent > PATIENCE / 4:
            break
    return found, len(found) / max(best, 1e-9)


def curve(search, queries, truth, breadths=BREADTHS):
    points, start = [], time.process_time()
    for breadth in breadths:
        found, speed = rate(lambda some: search(some, breadth), queries)
        points.append({"breadth": breadth, "recall": recall(found, truth), "rate": speed})
        if points[-1]["recall"] > 0.9995 or time.process_time() - start > PATIENCE:
            break
    return points


def measure(data, build, search=None, exact=None, filtered=None):
    """`build` answers the index; the others search it: (index, queries, breadth), (index, queries), (index, queries,
    share, breadth)."""
    before, start = resident(), time.process_time()
    index = build()
    cost = time.process_time() - start
    result = {
        "build": {"cpu": cost, "rate": data.rows / max(cost, 1e-9)},
        "memory": resident() - before,
    }
    if search:
        result["curve"] = curve(lambda some, breadth: search(index, some, breadth), data.queries, data.truths[0])
    if exact:
        some = data.queries[: max(4, min(len(data.queries), 40))]
        found, result["exact"] = rate(lambda some: exact(index, some), some)
        result["exactRecall"] = recall(found, data.truths[0])
    if filtered:
        result["filtered"] = []
        for place, share in enumerate(SHARES):
            some = data.queries[: len(data.truths[place + 1])]
            points = curve(
                lambda some, breadth: filtered(index, some, share, breadth), some, data.truths[place + 1],
                breadths=(16, 32, 64, 128, 256, 512),
            )
            result["filtered"].append({"share": share, "curve": points})
    return result


def of_hnswlib(hnswlib, data):
    if data.bits:
        raise NotImplementedError("hnswlib has no bits")

    def build():
        index = hnswlib.Index("l2", data.width)
        index.init_index(data.rows, M=16, ef_construction=128, random_seed=1)
        index.set_num_threads(1)
        for first in range(0, data.rows, 50_000):
            part = np.ascontiguousarray(data.base[first : first + 50_000])
            index.add_items(part, np.arange(first, first + len(part)))
        return index

    def search(index, queries, breadth):
        index.set_ef(max(breadth, LIMIT))
        return index.knn_query(queries, k=LIMIT)[0]

    def filtered(index, queries, share, breadth):
        index.set_ef(max(breadth, LIMIT))
        found = []
        for query in queries[:20]:
            try:
                found.append(index.knn_query(query, k=LIMIT, filter=lambda row: data.labels[row] < share)[0][0])
            except RuntimeError:  # fewer than asked for were found
                found.append([])
        return found

    return measure(data, build, search, filtered=filtered)


def of_faiss(faiss, data):
    faiss.omp_set_num_threads(1)
    if data.bits:
        def build():
            index = faiss.IndexBinaryHNSW(data.width * 8, 16)
            index.hnsw.efConstruction = 128
            index.add(np.ascontiguousarray(data.base))
            flat = faiss.IndexBinaryFlat(data.width * 8)
            flat.add(np.ascontiguousarray(data.base))
            return index, flat

        def search(index, queries, breadth):
            index[0].hnsw.efSearch = breadth
            return index[0].search(queries, LIMIT)[1]

        return measure(data, build, search, lambda index, queries: index[1].search(queries, LIMIT)[1])

    def build():
        index = faiss.IndexHNSWFlat(data.width, 16)
        index.hnsw.efConstruction = 128
        index.add(np.ascontiguousarray(data.base))
        return index

    def search(index, queries, breadth):
        index.hnsw.efSearch = breadth
        return index.search(queries, LIMIT)[1]

    def exact(index, queries):
        return index.storage.search(queries, LIMIT)[1]

    def filtered(index, queries, share, breadth):
        allowed = np.packbits(data.labels < share, bitorder="little")
        selector = faiss.IDSelectorBitmap(allowed)
        if breadth == 16:  # the scan of what is allowed, which is often the quicker way
            return index.storage.search(queries, LIMIT, params=faiss.SearchParameters(sel=selector))[1]
        return index.search(queries, LIMIT, params=faiss.SearchParametersHNSW(sel=selector, efSearch=breadth))[1]

    return measure(data, build, search, exact, filtered)


def of_faiss_bytes(faiss, data):
    if data.bits:
        raise NotImplementedError("numbers in bytes, not bits")
    faiss.omp_set_num_threads(1)

    def build():
        inner = faiss.IndexHNSWSQ(data.width, faiss.ScalarQuantizer.QT_8bit, 16)
        inner.hnsw.efConstruction = 128
        index = faiss.IndexRefineFlat(inner)
        part = np.ascontiguousarray(data.base)
        index.train(part[:100_000])
        index.add(part)
        index.k_factor = 3
        return index, inner

    def search(index, queries, breadth):
        params = faiss.IndexRefineSearchParameters(
            k_factor=3, base_index_params=faiss.SearchParametersHNSW(efSearch=max(breadth, 3 * LIMIT))
        )
        return index[0].search(queries, LIMIT, params=params)[1]

    return measure(data, build, search)


def of_usearch(usearch, data):
    from usearch.index import Index

    def build():
        index = Index(
            ndim=data.width * 8 if data.bits else data.width, metric="hamming" if data.bits else "l2sq",
            dtype="b1" if data.bits else "f32", connectivity=16, expansion_add=128,
        )
        for first in range(0, data.rows, 50_000):
            part = np.ascontiguousarray(data.base[first : first + 50_000])
            index.add(np.arange(first, first + len(part)), part, threads=1)
        return index

    def search(index, queries, breadth):
        index.expansion_search = breadth
        return index.search(queries, LIMIT, threads=1).keys

    return measure(data, build, search)


def of_qdrant(qdrant, data):
    if data.bits:
        raise NotImplementedError("qdrant-edge-py has no bits")
    folder = scratch()

    def build():
        config = qdrant.EdgeConfig(
            vectors={"v": qdrant.EdgeVectorParams(size=data.width, distance=qdrant.Distance.Euclid)},
            hnsw_config=qdrant.HnswIndexConfig(m=16, ef_construct=128, full_scan_threshold=1000,
                                               max_indexing_threads=1),
            optimizers=qdrant.EdgeOptimizersConfig(default_segment_number=1, indexing_threshold=1000,
                                                   max_segment_size=100_000_000),
            max_search_threads=1,
        )
        shard = qdrant.EdgeShard.create(folder, config)
        for first in range(0, data.rows, 5000):
            part = np.ascontiguousarray(data.base[first : first + 5000])
            points = [
                qdrant.Point(first + row, {"v": vector.tolist()}, {"n": int(data.labels[first + row])})
                for row, vector in enumerate(part)
            ]
            shard.update(qdrant.UpdateOperation.upsert_points(points))
        shard.update(qdrant.UpdateOperation.create_field_index("n", qdrant.PayloadSchemaType.Integer))
        while shard.optimize():
            pass
        return shard

    def ask(shard, queries, **more):
        found = []
        for query in queries:
            hits = shard.query(qdrant.QueryRequest(
                limit=LIMIT, query=qdrant.Query.Nearest(query.tolist(), using="v"), **more))
            found.append([hit.id for hit in hits])
        return found

    def search(shard, queries, breadth):
        return ask(shard, queries, params=qdrant.SearchParams(hnsw_ef=breadth))

    def exact(shard, queries):
        return ask(shard, queries, params=qdrant.SearchParams(exact=True))

    def filtered(shard, queries, share, breadth):
        condition = qdrant.FieldCondition("n", range=qdrant.RangeFloat(lt=share))
        return ask(shard, queries, filter=qdrant.Filter(must=[condition]),
                   params=qdrant.SearchParams(hnsw_ef=breadth))

    return measure(data, build, search, exact, filtered)


def of_lancedb(lancedb, data):
    if data.bits:
        raise NotImplementedError("measured on numbers only")
    import pyarrow

    os.environ.setdefault("LANCE_CPU_THREADS", "1")
    folder = scratch()

    def batches():
        schema = pyarrow.schema([
            ("id", pyarrow.int64()), ("n", pyarrow.int64()), ("v", pyarrow.list_(pyarrow.float32(), data.width)),
        ])
        for first in range(0, data.rows, 50_000):
            part = np.ascontiguousarray(data.base[first : first + 50_000])
            yield pyarrow.record_batch([
                pyarrow.array(np.arange(first, first + len(part))),
                pyarrow.array(data.labels[first : first + len(part)]),
                pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(part.reshape(-1)), data.width),
            ], schema=schema)

    def build():
        table = None
        for batch in batches():
            part = pyarrow.Table.from_batches([batch])
            if table is None:
                table = lancedb.connect(folder).create_table("rows", part)
            else:
                table.add(part)
        table.create_index(metric="l2", vector_column_name="v", index_type="IVF_HNSW_SQ", num_partitions=1, m=16,
                           ef_construction=128)
        table.create_scalar_index("n")
        return table

    def ask(table, queries, breadth, where=None):
        found = []
        for query in queries:
            asked = table.search(query, vector_column_name="v").limit(LIMIT).nprobes(1).refine_factor(3)
            asked = asked.ef(max(breadth, 3 * LIMIT)).select(["id", "_distance"])
            if where:
                asked = asked.where(where, prefilter=True)
            found.append(asked.to_arrow()["id"].to_pylist())
        return found

    def search(table, queries, breadth):
        return ask(table, queries[:100], breadth)

    def filtered(table, queries, share, breadth):
        return ask(table, queries[:50], breadth, f"n < {share}")

    return measure(data, build, search, filtered=filtered)


def of_sqlite_vec(sqlite_vec, data):
    import sqlite3

    connection = sqlite3.connect(":memory:")
    if not hasattr(connection, "enable_load_extension"):
        raise NotImplementedError("this Python's SQLite loads no extensions")
    connection.enable_load_extension(True)
    sqlite_vec.load(connection)
    kind = f"bit[{data.width * 8}]" if data.bits else f"float[{data.width}]"
    value = "vec_bit(?)" if data.bits else "?"

    def build():
        connection.execute(f"create virtual table rows using vec0(v {kind}, n integer)")
        for first in range(0, data.rows, 10_000):
            part = np.ascontiguousarray(data.base[first : first + 10_000])
            connection.executemany(
                f"insert into rows(rowid, v, n) values (?, {value}, ?)",
                ((first + row, vector.tobytes(), int(data.labels[first + row])) for row, vector in enumerate(part)),
            )
        return connection

    def ask(queries, more=""):
        found = []
        for query in queries:
            rows = connection.execute(
                f"select rowid from rows where v match {value} and k = {LIMIT} {more}", (query.tobytes(),))
            found.append([row[0] for row in rows])
        return found

    def filtered(_, queries, share, breadth):
        return ask(queries[:10], f"and n < {share}")

    exact = lambda _, queries: ask(queries[:10])
    return measure(data, build, exact=exact, filtered=None if data.bits else filtered)


RIVALS = {
    "hnswlib": ("hnswlib", "hnswlib", of_hnswlib),
    "faiss": ("faiss", "faiss-cpu", of_faiss),
    "faiss-bytes": ("faiss", "faiss-cpu", of_faiss_bytes),
    "usearch": ("usearch", "usearch", of_usearch),
    "qdrant-edge-py": ("qdrant_edge", "qdrant-edge-py", of_qdrant),
    "lancedb": ("lancedb", "lancedb", of_lancedb),
    "sqlite-vec": ("sqlite_vec", "sqlite-vec", of_sqlite_vec),
}


def main(name, folder):
    module, package, run = RIVALS[name]
    try:
        imported = importlib.import_module(module)
        version = importlib.metadata.version(package)
    except Exception as error:
        return {"skipped": f"{name} is not installed: {error}"}
    try:
        return dict(run(imported, Data(folder)), version=version)
    except NotImplementedError as error:
        return {"skipped": str(error)}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:3])))
