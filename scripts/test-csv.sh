#!/usr/bin/env bash
# Opens an export with LibreOffice, with each usual separator. As root on Debian it installs LibreOffice's spreadsheet
# without a desktop (89 MB); where it can't, it says so and ends with 77, "could not be done here".
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

CANNOT=77 # what scripts/steps.sh counts as not done
package=libreoffice-calc-nogui
if ! type -P soffice >/dev/null; then
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "NOT TESTED: exports in LibreOffice need soffice. Install $package, or run this as root on Debian." >&2
		exit $CANNOT
	fi
	echo "Installing $package"
	if ! { apt-get update && apt-get install --yes --no-install-recommends "$package"; } >/dev/null; then
		echo "NOT TESTED: apt-get could not install $package." >&2
		exit $CANNOT
	fi
fi
go test -count=1 -tags libreoffice -run LibreOffice ./internal/handlers
