import Basics
import Model
import Ports
import Testing

@testable import Views

/// Who waits for views that are behind, and who does not.
@Suite struct ViewPressureTests {
    @Test func writersWaitWhileAViewIsBehind() async throws {
        let held = Lock<[String]>([])
        let progress = ViewProgress()
        let view = ViewName("agents")
        progress.enter(view, at: Position(9))
        func note(_ text: String) -> @Sendable () -> Void { { held.withLock { $0.append(text) } } }
        // Nobody brings the view forward yet.
        progress.whenNear(100, 50..<1000, note("at rest"))
        progress.begin()
        progress.whenNear(50, 50..<1000, note("near"))
        progress.whenNear(2000, 50..<1000, note("far"))
        progress.whenNear(100, 50..<1000, note("first"))
        progress.whenNear(100, 50..<1000, note("second"))
        #expect(held.withLock { $0 } == ["at rest", "near", "far"])
        progress.reached(40, by: view, currentAt: nil)
        progress.release(100, 50..<1000)
        #expect(held.withLock { $0 } == ["at rest", "near", "far"])
        progress.reached(60, by: view, currentAt: nil)
        progress.release(100, 50..<1000)
        #expect(held.withLock { $0 } == ["at rest", "near", "far", "first", "second"])
        // A view that fails holds nobody up, nor does one that nobody brings forward any more.
        progress.whenNear(200, 50..<1000, note("before the failure"))
        _ = progress.failed(view)
        progress.release(200, 50..<1000)
        progress.whenNear(200, 50..<1000, note("after it"))
        progress.reached(61, by: view, currentAt: nil)
        progress.whenNear(200, 50..<1000, note("at the end"))
        #expect(held.withLock { $0.suffix(2) } == ["before the failure", "after it"])
        progress.end()
        #expect(held.withLock { $0.last } == "at the end")
    }
}
