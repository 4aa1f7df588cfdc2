/// What a loop keeps of each connection: a slot of fixed size, and nothing else while it is idle.
struct Connection {
    enum Phase: UInt8 { case free, handshake, http, webSocket, lingering }

    struct Flags: OptionSet {
        let rawValue: UInt16
        /// The socket may hold more than was read.
        static let readable = Flags(rawValue: 1)
        /// The other side sends no more.
        static let hasEnded = Flags(rawValue: 2)
        /// Nothing is read until answers or the reader catch up.
        static let isPaused = Flags(rawValue: 4)
        /// No further request is taken; the connection ends with the last answer.
        static let isLast = Flags(rawValue: 8)
        /// Everything was answered: it ends when all is sent.
        static let endsWhenSent = Flags(rawValue: 16)
        /// Bytes may lie unread, so that closing at once could cost the other side the answer.
        static let lingers = Flags(rawValue: 32)
        /// Stands in the loop's list for the next turn.
        static let isQueued = Flags(rawValue: 64)
        /// Stands in the wheel.
        static let isTimed = Flags(rawValue: 128)
        /// A ping waits for its pong.
        static let wasPinged = Flags(rawValue: 256)
        /// A close frame was sent, so that no other frame may be.
        static let saidClose = Flags(rawValue: 512)
        /// A request's head has begun.
        static let hasBegun = Flags(rawValue: 1024)
        /// The handler wants to know when more can be sent.
        static let wantsWritable = Flags(rawValue: 2048)
        /// The handler wants nothing to be read.
        static let isHeld = Flags(rawValue: 4096)
        /// The socket is dead, or is to be cut; the next turn closes it.
        static let isBroken = Flags(rawValue: 8192)
        /// Speaks TLS; the loop has its session.
        static let isSecure = Flags(rawValue: 16384)
        /// Was too slow, and gets no more than the unit that it is in.
        static let wasLeft = Flags(rawValue: 32768)
    }

    var descriptor: Int32 = -1
    var generation: UInt32 = 1
    var phase = Phase.free
    /// Which of the server's listeners it came from.
    var listener: UInt8 = 0
    var flags: Flags = []
    /// The wheel's list, or that of the free slots.
    var next = Connection.none
    var previous = Connection.none
    /// When its time is over, and when the wheel looks, in ticks.
    var deadline: UInt32 = 0
    var look: UInt32 = 0
    /// How many requests were taken, and how many of them are answered in full.
    var asked: UInt32 = 0
    var answered: UInt32 = 0
    /// Why a WebSocket closes, once that is known.
    var closeCode: UInt16 = 0
    /// What arrived of something that is not whole.
    var partial: Partial?
    /// What the socket would not take yet.
    var output: OutputQueue?
    /// The body that is being read.
    var body: BodyReader?
    /// Answers that wait for earlier ones, and a streamed one.
    var answers: PendingAnswers?
    /// Who is told of messages.
    var webSocket: (any WebSocketHandler)?
    /// The message that is not whole.
    var message: MessageAssembly?

    static let none = UInt32.max
}

/// Names a connection for as long as it lives: nothing else ever has the same number.
struct ConnectionToken: Sendable, Hashable {
    let index: UInt32
    let generation: UInt32

    init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }

    init(_ number: UInt64) {
        index = UInt32(truncatingIfNeeded: number)
        generation = UInt32(truncatingIfNeeded: number >> 32)
    }

    var number: UInt64 { UInt64(generation) << 32 | UInt64(index) }
}

/// The bytes of a head or a frame that has not wholly arrived.
final class Partial {
    var bytes: [UInt8] = []
    /// How far a head was looked through.
    var scan = HeadScan()
}
