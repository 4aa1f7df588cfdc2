/// What a device runs on.
package enum Platform: String, Sendable, Hashable, CaseIterable { case ios, android, web }
