internal import Basics
internal import Capability

/// The capabilities as the type of a tRPC router: one file that a client's project includes, without any import.
struct RouterDeclaration {
    let text: String

    /// The names of what procedures are called with and answer, by the words of their names.
    private final class Branch {
        var leaves: [(String, String)] = []
        var branches: [(String, Branch)] = []

        func branch(_ name: String) -> Branch {
            if let known = branches.first(where: { $0.0 == name }) { return known.1 }
            let new = Branch()
            branches.append((name, new))
            return new
        }

        func text(_ indent: String) -> String {
            let inner = indent + "  "
            let lines =
                leaves.map { "\(inner)\($0.0): \($0.1);\n" }
                + branches.map { "\(inner)\($0.0): \($0.1.text(inner));\n" }
            return "{\n\(lines.joined())\(indent)}"
        }
    }

    init(_ table: CapabilityTable) {
        var names = Schema.TypeNames()
        let root = Branch()
        for capability in table.list {
            var branch = root
            let words = capability.name.text.split(separator: ".").map(String.init)
            for word in words.dropLast() { branch = branch.branch(word) }
            branch.leaves.append((words[words.count - 1], Self.type(capability, &names)))
        }
        let types = names.definitions.map { "export type \($0.name) = \($0.type);\n" }.joined()
        text = Self.head + types + "\ninterface Procedures " + root.text("") + "\n" + Self.tail
    }

    private static func type(_ capability: Capability, _ names: inout Schema.TypeNames) -> String {
        var input = capability.input.typeScript(.said, &names)
        let isNeeded = capability.input.properties.contains { $0.presence == .required }
        if capability.input != .nothing, capability.input != .any, !isNeeded { input += " | void" }
        let output = capability.output.typeScript(.answered, &names)
        switch capability.kind {
        case .query: return "Query<\(input), \(output)>"
        case .mutation: return "Mutation<\(input), \(output)>"
        case .subscription: return "Subscription<\(input), \(output)>"
        }
    }

    private static let head = """
        // What Prima can do, as the type of a tRPC 11 router. Made from the server's declarations; needs no import:
        //   import type { AppRouter } from "./router";
        //   const prima = createTRPCClient<AppRouter>({ links: [httpLink({ url, transformer: superjson })] });

        interface Procedure<Type extends "query" | "mutation" | "subscription", Input, Output> {
          _def: {
            $types: { input: Input; output: Output };
            procedure: true;
            type: Type;
            meta: unknown;
            experimental_caller: boolean;
            inputs: any[];
          };
          meta: unknown;
          (options: any): Promise<any>;
        }
        interface Query<Input, Output> extends Procedure<"query", Input, Output> {}
        interface Mutation<Input, Output> extends Procedure<"mutation", Input, Output> {}
        interface Subscription<Input, Output> extends Procedure<"subscription", Input, AsyncIterable<Output, void, any>> {}

        export interface ErrorShape {
          message: string;
          code: number;
          data: { code: string; httpStatus: number; path?: string };
        }


        """

    private static let tail = """
        export interface AppRouter {
          _def: {
            _config: {
              $types: { ctx: object; meta: object; errorShape: ErrorShape; transformer: true };
              transformer: any;
              errorFormatter: any;
              allowOutsideOfServer: boolean;
              isServer: boolean;
              isDev: boolean;
            };
            router: true;
            procedure?: never;
            procedures: Procedures;
            record: Procedures;
            lazy: Record<string, never>;
          };
          createCaller: any;
        }

        """
}
