# shellcheck shell=bash
# Steps with a name, a time and a result. Sourced by scripts that run several checks and tell of all.
#
#   step NAME COMMAND…  runs a command; its exit code 77 means that it could not be done here
#   finish              prints the closing line, and returns 1 if a step failed

# SKIPPED is a step's exit code for "could not be done here", as in automake.
SKIPPED=77
passed=0 failed=0 skipped=0 failures=()

step() {
	local name=$1 code=0 began=$SECONDS
	shift
	echo "--- $name"
	"$@" </dev/null || code=$?
	local took="$((SECONDS - began)) s"
	case $code in
	0) passed=$((passed + 1)) && echo "    passed: $name, $took" ;;
	"$SKIPPED") skipped=$((skipped + 1)) && echo "    NOT DONE: $name, $took" ;;
	*) failed=$((failed + 1)) && failures+=("$name") && echo "    FAILED: $name, $took, exit code $code" ;;
	esac
}

finish() {
	[ $failed = 0 ] || echo "Failed: ${failures[*]}"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ]
}
