import Benchmarks
import Glibc

// Top-level code is bound to the main actor: it does nothing but wait.
exit(await Runner.run(Array(CommandLine.arguments.dropFirst())))
