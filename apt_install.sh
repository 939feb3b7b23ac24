#!/usr/bin/env bash
# Installs packages of the distribution, and says so: apt_install.sh PURPOSE PACKAGE...
# As root, or with sudo. Where neither is possible it names the command that an administrator must run.
set -euo pipefail

purpose=$1
shift
options=(-y -qq --no-install-recommends -o DPkg::Lock::Timeout=300)

administrator_must() {
    echo "$1 An administrator must run:" >&2
    echo "    apt-get update && apt-get install -y --no-install-recommends ${packages[*]}" >&2
    echo "Then give the same command again." >&2
    exit 1
}

packages=("$@")
if ! command -v apt-get > /dev/null; then
    echo "$purpose: missing here: ${packages[*]} (Debian's names)." >&2
    echo "This machine has no apt-get: install them with its own package manager, then give the same command again." >&2
    exit 1
fi
as_root=(env)
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || administrator_must "$purpose: missing here: ${packages[*]}. You are not root, and there is no sudo."
    as_root=(sudo env)
fi
echo "$purpose: missing here: ${packages[*]}; installing with apt-get."
# A source that cannot be reached need not be the one that is wanted: the installation says whether it was.
"${as_root[@]}" apt-get update -qq || echo "apt-get update failed; trying with the package lists that are here." >&2
"${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "${packages[@]}" \
    || administrator_must "$purpose: apt-get could not install ${packages[*]} (its reason stands above)."
