#!/usr/bin/env bash
# Makes sure that PostgreSQL and nginx are here, which cmd/cluster and cmd/soak start. As root on Debian it installs them,
# without starting them as services; otherwise it says what is missing.
set -euo pipefail

nginx() { PATH=$PATH:/usr/sbin command -v nginx >/dev/null; }
postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }

missing=()
nginx || missing+=(nginx-light)
postgres || missing+=(postgresql)
[ ${#missing[@]} != 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "Needed, and not here: ${missing[*]}. Install them (Debian's names), or run this as root on Debian." >&2
	exit 1
fi
echo "Installing ${missing[*]}"
# The packages' own services and Debian's own database cluster are not wanted: in run level 1 nothing is started.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
	mkdir -p /etc/postgresql-common
	echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi
apt-get update >/dev/null
apt-get install --yes --no-install-recommends --option Dpkg::Options::=--force-confold "${missing[@]}" >/dev/null
nginx && postgres
