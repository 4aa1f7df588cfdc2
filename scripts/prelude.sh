# Read by every script here: stop at the first failure, work from the repository's root, say what is done.
# shellcheck shell=bash
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
me=scripts/$(basename "$0")

say() { printf '%s: %s\n' "$me" "$*" >&2; }

# die CODE TEXT…: exit codes as in sysexits.h: 1 a check failed, 2 wrong usage, 69 something is missing
die() { local code=$1; shift; say "$*"; exit "$code"; }

# run COMMAND…: print a command, then run it
run() { printf '+ %s\n' "$*" >&2; "$@"; }

# tool NAME: the path of a program of the Swift toolchain, on PATH or beside `swift`
tool() {
  local swift; swift=$(command -v swift) || die 69 "there is no Swift toolchain on PATH; install Swift 6.3 from swift.org"
  command -v "$1" || { swift=$(dirname "$(readlink -f "$swift")")/$1; [ -x "$swift" ] && printf '%s\n' "$swift"; } ||
    die 69 "the Swift toolchain has no $1"
}
