import FilesDriver
import OpenSSLDriver
import TestSupport
import Testing

/// What only our own code can get wrong ends the process, and says so.
@Suite struct PreconditionTests {
    @Test func keysHaveTheirLength() async {
        await #expect(processExitsWith: .failure) { _ = SealingKey(key: [UInt8](repeating: 0, count: 16)) }
        await #expect(processExitsWith: .failure) { _ = SigningKey(seed: []) }
    }

    @Test func noncesHaveTheirLength() async {
        await #expect(processExitsWith: .failure) {
            var out: [UInt8] = []
            SealingKey(key: [UInt8](repeating: 0, count: 32)).seal(RawSpan(), nonce: [1, 2, 3], into: &out)
        }
    }

    @Test func namesStayInTheirFolder() async {
        for name in ["../a", "/a", "a/b", ""] {
            await #expect(processExitsWith: .failure) { [name = name as String] in
                _ = try? PosixDisk(path: "/tmp").open(name, .readOnly)
            }
        }
    }
}
