internal import NetDriver
internal import Ports
internal import ProcessDriver
internal import Views
internal import Web

/// What views, wire and process have to say to a monitor.
enum ServerNumbers {
    static func write(projector: Projector, server: HTTPServer?, into page: inout MetricsPage) {
        let lags = projector.lags()
        page.family("prima_view_lag_events", .gauge, "Durable events that a view has not applied.")
        for lag in lags { page.sample("", "view=\"\(lag.view.text)\"", lag.positionsBehind) }
        page.family("prima_view_lag_seconds", .gauge, "How old the oldest of them is at most.")
        for lag in lags { page.sample("", "view=\"\(lag.view.text)\"", seconds: lag.millisecondsBehind * 1_000_000) }
        page.family("prima_view_failures", .gauge, "Failures of a view since its last success.")
        for lag in lags { page.sample("", "view=\"\(lag.view.text)\"", Int64(lag.failures)) }
        let counters = server?.loops.map(\.counters) ?? []
        let sums: [(StaticString, StaticString, Int)] = [
            ("prima_connections_accepted", "Connections that were accepted.", counters.sum { $0.accepted.value }),
            ("prima_connections_closed", "Connections that have ended.", counters.sum { $0.closed.value }),
            ("prima_connections_turned_away", "Connections too many.", counters.sum { $0.turnedAway.value }),
            ("prima_wire_refused", "Requests that the wire refused.", counters.sum { $0.refused.value }),
            ("prima_wire_shed", "Requests that met too much load.", counters.sum { $0.shed.value }),
            ("prima_wire_left_behind", "Followers too slow for their buffer.", counters.sum { $0.leftBehind.value }),
            ("prima_wire_received_bytes", "Bytes that came in.", counters.sum { $0.bytesReceived.value }),
            ("prima_wire_sent_bytes", "Bytes that went out.", counters.sum { $0.bytesSent.value }),
        ]
        for (name, help, value) in sums {
            page.family(name, .counter, help)
            page.sample("", "", Int64(value))
        }
        let open = counters.sum { $0.accepted.value } - counters.sum { $0.closed.value }
        page.family("prima_connections", .gauge, "Connections that are open.")
        page.sample("", "", Int64(open))
        let usage = ProcessUsage.now()
        page.family("process_resident_memory_bytes", .gauge, "Resident memory.")
        page.sample("", "", usage.residentBytes)
        page.family("process_cpu_seconds", .counter, "Processor time of the process.")
        page.sample("", "", seconds: usage.processorNanoseconds)
    }
}

extension [NetCounters] {
    fileprivate func sum(_ number: (NetCounters) -> Int) -> Int { reduce(0) { $0 + number($1) } }
}
