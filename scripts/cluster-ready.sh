#!/usr/bin/env bash
# Makes sure that PostgreSQL and nginx are here, which cmd/cluster and cmd/soak start. As root on Debian it installs them,
# without starting them as services; where it can't, it says what is missing and ends with 77, "could not be done here".
set -euo pipefail

CANNOT=77 # what scripts/steps.sh counts as not done

# Not called nginx: `command -v` finds functions, too.
have_nginx() { PATH=$PATH:/usr/sbin type -P nginx >/dev/null; }
have_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || type -P initdb >/dev/null; }

missing=()
have_nginx || missing+=(nginx-light)
have_postgres || missing+=(postgresql)
[ ${#missing[@]} != 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "Needed, and not here: ${missing[*]}. Install them (Debian's names), or run this as root on Debian." >&2
	exit $CANNOT
fi
echo "Installing ${missing[*]}"
# The packages' own services and Debian's own database cluster are not wanted: in run level 1 nothing is started.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
	mkdir -p /etc/postgresql-common
	echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi
if ! { apt-get update && apt-get install --yes --no-install-recommends --option Dpkg::Options::=--force-confold "${missing[@]}"; } >/dev/null; then
	echo "apt-get could not install ${missing[*]}." >&2
	exit $CANNOT
fi
have_nginx && have_postgres
