/// The connections of a loop: slots that stay where they are, made a thousand at a time.
@safe
struct ConnectionTable: ~Copyable {
    private let chunks: UnsafeMutablePointer<UnsafeMutablePointer<Connection>>
    private let limit: Int
    private var made = 0
    private var free = Connection.none
    private(set) var count = 0

    private static var chunkSlots: Int { 1024 }

    init(limit: Int) {
        self.limit = (limit + Self.chunkSlots - 1) / Self.chunkSlots
        unsafe chunks = .allocate(capacity: self.limit)
    }

    deinit {
        for chunk in 0..<made {
            unsafe chunks[chunk].deinitialize(count: Self.chunkSlots)
            unsafe chunks[chunk].deallocate()
        }
        unsafe chunks.deallocate()
    }

    /// A slot; only numbers that `insert` gave are asked for.
    subscript(index: UInt32) -> Connection {
        // Sound: the chunk exists, since its number was given out, and chunks never move.
        @inline(__always)
        _read {
            assert(Int(index) >> 10 < made, "slots are named by insert")
            yield unsafe chunks[Int(index) >> 10][Int(index) & 1023]
        }
        @inline(__always)
        _modify {
            assert(Int(index) >> 10 < made, "slots are named by insert")
            yield unsafe &chunks[Int(index) >> 10][Int(index) & 1023]
        }
    }

    /// A slot for a new connection; nil when all are taken.
    mutating func insert(_ descriptor: Int32, listener: UInt8) -> ConnectionToken? {
        if free == Connection.none { grow() }
        let index = free
        guard index != Connection.none else { return nil }
        free = self[index].next
        self[index].next = Connection.none
        self[index].descriptor = descriptor
        self[index].listener = listener
        self[index].phase = .http
        count += 1
        return ConnectionToken(index: index, generation: self[index].generation)
    }

    /// Frees a slot: its token names nothing from now on.
    mutating func remove(_ index: UInt32) {
        var empty = Connection()
        empty.generation = self[index].generation &+ 1
        // A listener's token has generation 0.
        if empty.generation == 0 { empty.generation = 1 }
        empty.next = free
        self[index] = empty
        free = index
        count -= 1
    }

    /// Whether the token's connection lives.
    func holds(_ token: ConnectionToken) -> Bool {
        guard Int(token.index) >> 10 < made else { return false }
        return self[token.index].generation == token.generation && self[token.index].phase != .free
    }

    /// The tokens of all connections.
    func tokens() -> [ConnectionToken] {
        var tokens: [ConnectionToken] = []
        for index in 0..<UInt32(made * Self.chunkSlots) where self[index].phase != .free {
            tokens.append(ConnectionToken(index: index, generation: self[index].generation))
        }
        return tokens
    }

    private mutating func grow() {
        guard made < limit else { return }
        let chunk = UnsafeMutablePointer<Connection>.allocate(capacity: Self.chunkSlots)
        unsafe chunk.initialize(repeating: Connection(), count: Self.chunkSlots)
        unsafe (chunks + made).initialize(to: chunk)
        let first = UInt32(made * Self.chunkSlots)
        made += 1
        for index in (first..<first + UInt32(Self.chunkSlots)).reversed() {
            self[index].next = free
            free = index
        }
    }
}
