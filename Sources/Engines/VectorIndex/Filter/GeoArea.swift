internal import Basics

/// An area of the globe, and whether a payload's `{lon, lat}` lies in it.
package enum GeoArea: Sendable, Hashable {
    package struct Point: Sendable, Hashable {
        package let longitude: Double
        package let latitude: Double

        package init(longitude: Double, latitude: Double) {
            self.longitude = longitude
            self.latitude = latitude
        }
    }

    /// Its border does not belong to it. West may be east of east: then it spans the antimeridian.
    case box(topLeft: Point, bottomRight: Point)
    /// Nearer than so many metres.
    case circle(centre: Point, radius: Double)
    /// Inside the outer ring and in none of the holes.
    case polygon(outer: [Point], holes: [[Point]])

    func contains(_ value: Value) -> Bool {
        guard case .map(let fields) = value, let longitude = fields["lon"], let latitude = fields["lat"],
            longitude.isNumber, latitude.isNumber
        else { return false }
        return contains(Point(longitude: longitude.number, latitude: latitude.number))
    }

    package func contains(_ point: Point) -> Bool {
        switch self {
        case .box(let topLeft, let bottomRight):
            let (west, east) = (topLeft.longitude, bottomRight.longitude)
            let isBetween =
                west > east
                ? point.longitude > west || point.longitude < east : west < point.longitude && point.longitude < east
            return isBetween && topLeft.latitude > point.latitude && point.latitude > bottomRight.latitude
        case .circle(let centre, let radius): return Self.isNearer(point, centre, than: radius)
        case .polygon(let outer, let holes):
            return Self.isIn(point, outer, border: .outside)
                && !holes.contains { Self.isIn(point, $0, border: .inside) }
        }
    }

    /// By the haversine formula: compares squares of half chords, so that no inverse is needed.
    private static func isNearer(_ one: Point, _ other: Point, than metres: Double) -> Bool {
        let radius = 6_371_008.8
        let degree = Double.pi / 180
        let half = metres / radius / 2
        guard half > 0 else { return false }
        guard half < Double.pi / 2 else { return true }
        let north = Circular.sine((other.latitude - one.latitude) * degree / 2)
        let east = Circular.sine((other.longitude - one.longitude) * degree / 2)
        let chord =
            north * north + Circular.cosine(one.latitude * degree) * Circular.cosine(other.latitude * degree) * east
            * east
        let limit = Circular.sine(half)
        return chord < limit * limit
    }

    private enum Border { case inside, outside }

    /// Counts how often a line to the east crosses the ring.
    private static func isIn(_ point: Point, _ ring: [Point], border: Border) -> Bool {
        let corners = ring.count > 1 && ring.first == ring.last ? Array(ring.dropLast()) : ring
        guard var before = corners.last else { return false }
        var isInside = false
        let (x, y) = (point.latitude, point.longitude)
        for corner in corners {
            let (xi, yi, xj, yj) = (corner.latitude, corner.longitude, before.latitude, before.longitude)
            let isOnLine = y * (xi - xj) + yi * (xj - x) + yj * (x - xi) == 0
            if isOnLine, (xi - x) * (xj - x) <= 0, (yi - y) * (yj - y) <= 0 { return border == .inside }
            if (yi > y) != (yj > y), x < (xj - xi) * (y - yi) / (yj - yi) + xi { isInside.toggle() }
            before = corner
        }
        return isInside
    }
}

/// Sine and cosine by their series: the same on every machine.
enum Circular {
    static func sine(_ angle: Double) -> Double {
        // To within half a turn, then to within a quarter: sin x = sin(π − x).
        var x = angle - (angle / (2 * Double.pi)).rounded() * 2 * Double.pi
        if x > Double.pi / 2 { x = Double.pi - x }
        if x < -Double.pi / 2 { x = -Double.pi - x }
        var (term, sum) = (x, x)
        for step in 1...12 {
            term = -term * x * x / Double((2 * step) * (2 * step + 1))
            sum += term
        }
        return sum
    }

    static func cosine(_ angle: Double) -> Double { sine(angle + Double.pi / 2) }
}
