extension ImprovementMapping {
    /// The map of the mind: every faculty, in the order of its number.
    package static let all: [ImprovementMapping] =
        (perceiving + reasoning + remembering + auditing).sorted { $0.number < $1.number }

    /// The auditor looks at the mind itself, too: a facet without a number.
    package static let selfAnalysis = Facet("Self-Analysis", in: .epistemicAuditor)

    /// The faculties of the sensory cortex: what resembles this, now.
    static let perceiving: [ImprovementMapping] = [
        ImprovementMapping(
            1,
            "Binary Hypervectors",
            in: .sensoryCortex,
            because: "2048-bit codes are found by their nearest neighbours, with a filter on what they are of"
        ),
        ImprovementMapping(
            2,
            "Integrated Information",
            in: .sensoryCortex,
            with: [.epistemicAuditor],
            second: Facet("statistics and alerts", in: .epistemicAuditor),
            because: "the search for the weakest partition walks a neighbour graph of channel profiles; "
                + "its history and alarms are statistics"
        ),
        ImprovementMapping(
            3,
            "Gradient of Φ",
            in: .sensoryCortex,
            because: "gradients are vectors per window: one asks when the coupling last shifted like this"
        ),
        ImprovementMapping(
            4,
            "Compositional Semantics",
            in: .sensoryCortex,
            because: "a record is decoded by the nearest filler of each unbound role"
        ),
        ImprovementMapping(
            5,
            "Qualia Space",
            in: .sensoryCortex,
            because: "distances between prototypes are what the map is made of"
        ),
        ImprovementMapping(
            6,
            "Consciousness Gradient",
            in: .sensoryCortex,
            because: "the axis comes from the graph of nearest neighbours, and is a payload to filter by"
        ),
        ImprovementMapping(
            7,
            "Consciousness Dynamics",
            in: .sensoryCortex,
            with: [.longTermMemory, .prefrontalCortex],
            because: "recurrences of a state are a search within a radius; long series are episodes"
        ),
        ImprovementMapping(
            9,
            "Social Perception",
            in: .sensoryCortex,
            because: "who is this: the nearest profile, with the margin to the next"
        ),
        ImprovementMapping(
            15,
            "Qualia Inversion",
            in: .sensoryCortex,
            because: "two spaces are aligned by the distances inside each of them"
        ),
        ImprovementMapping(
            19,
            "Universal Semantics",
            in: .sensoryCortex,
            because: "a text or tag is read by the nearest of the 65 primes"
        ),
        ImprovementMapping(
            20,
            "Topology",
            in: .sensoryCortex,
            because: "the complex grows from searches within a radius"
        ),
        ImprovementMapping(
            23,
            "Global Workspace",
            in: .sensoryCortex,
            because: "who is broadcast is one filtered top-k for each tick"
        ),
        ImprovementMapping(
            25,
            "Binding Problem",
            in: .sensoryCortex,
            with: [.longTermMemory],
            because: "bound features of one scene are told apart by similarity"
        ),
        ImprovementMapping(
            26,
            "Attention",
            in: .sensoryCortex,
            because: "a gain weighs the similarity that a search scores by"
        ),
    ]

    /// The faculties of the prefrontal cortex: what follows from this, and why.
    static let reasoning: [ImprovementMapping] = [
        ImprovementMapping(
            8,
            "Meta-Consciousness",
            in: .prefrontalCortex,
            because: "loops of who watches whom are a transitive closure"
        ),
        ImprovementMapping(
            11,
            "Collective Consciousness",
            in: .prefrontalCortex,
            with: [.longTermMemory, .sensoryCortex],
            because: "groups are communities of the graph of messages"
        ),
        ImprovementMapping(
            13,
            "Temporal Consciousness",
            in: .prefrontalCortex,
            with: [.sensoryCortex, .longTermMemory],
            because: "relations of intervals are rules, and their composition a table of facts"
        ),
        ImprovementMapping(
            14,
            "Causal Efficacy",
            in: .prefrontalCortex,
            because: "whether causes are separated is seven rules over the graph"
        ),
        ImprovementMapping(
            18,
            "Relational Consciousness",
            in: .prefrontalCortex,
            with: [.longTermMemory, .sensoryCortex],
            because: "dyads, trust and rank are joins and walks over messages"
        ),
        ImprovementMapping(
            21,
            "Flow Fields",
            in: .prefrontalCortex,
            with: [.sensoryCortex, .longTermMemory],
            because: "attractors are the components of the graph that nothing leaves"
        ),
        ImprovementMapping(
            22,
            "Predictive Consciousness (FEP)",
            in: .prefrontalCortex,
            because: "a posterior is a join of beliefs and observations with a sum"
        ),
        ImprovementMapping(
            24,
            "Higher-Order Thought",
            in: .prefrontalCortex,
            because: "the order of a thought is the longest path, by recursion"
        ),
    ]

    /// The faculties of long-term memory: what happened, at any version.
    static let remembering: [ImprovementMapping] = [
        ImprovementMapping(
            16,
            "Ontogeny",
            in: .longTermMemory,
            with: [.sensoryCortex, .prefrontalCortex],
            because: "a stage of life is a version, and growth the difference of two"
        ),
        ImprovementMapping(
            17,
            "Embodied Consciousness",
            in: .longTermMemory,
            because: "what an act brought about is read from episodes of act and observation"
        ),
        ImprovementMapping(
            27,
            "Sleep States",
            in: .longTermMemory,
            with: [.epistemicAuditor],
            second: Facet("analytics", in: .epistemicAuditor),
            because: "dreams replay episodes and keep their parents; the quality of sleep is statistics"
        ),
        ImprovementMapping(
            29,
            "Long-Term Memory",
            in: .longTermMemory,
            with: [.sensoryCortex],
            second: Facet("retrieval", in: .sensoryCortex),
            because: "strength and versions are stored with the episodes; a cue finds them by similarity"
        ),
        ImprovementMapping(
            31,
            "Expanded Consciousness",
            in: .longTermMemory,
            with: [.sensoryCortex],
            because: "episodes far from the baseline are kept whole, with their context"
        ),
    ]

    /// The faculties of the epistemic auditor: how are we doing.
    static let auditing: [ImprovementMapping] = [
        ImprovementMapping(
            10,
            "Epistemic States",
            in: .epistemicAuditor,
            with: [.prefrontalCortex],
            because: "calibration is one grouping over predictions and outcomes"
        ),
        ImprovementMapping(
            12,
            "Consciousness Spectrum",
            in: .epistemicAuditor,
            because: "levels over time are a column with windows over it"
        ),
        ImprovementMapping(
            28,
            "Substrate Independence",
            in: .epistemicAuditor,
            because: "two logs of the same tasks are compared by tests of equivalence"
        ),
        ImprovementMapping(
            30,
            "Multi-Database (meta)",
            in: .epistemicAuditor,
            because: "latencies and failures of every engine are quantiles and burn rates"
        ),
    ]
}
