# shellcheck shell=bash
# Selects the Go toolchain that go.mod names, whichever Go is installed. Sourced, in the project's folder; a GOTOOLCHAIN that
# is set already stays.
export GOTOOLCHAIN=${GOTOOLCHAIN:-$(sed -n 's/^toolchain //p' go.mod)}
