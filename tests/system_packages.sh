#!/usr/bin/env bash
# Installs what the tests need from the distribution, and says so: PostgreSQL with PostGIS, Chromium, Chinese fonts.
# Does nothing where all of it is there. Uses sudo where not root.
set -euo pipefail

missing=()
compgen -G '/usr/share/postgresql/*/extension/postgis.control' > /dev/null || missing+=(postgis)
command -v chromium > /dev/null || command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null \
    || missing+=(chromium)
{ command -v fc-list > /dev/null && [ -n "$(fc-list :lang=zh family)" ]; } || missing+=(fonts-noto-cjk)
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get > /dev/null; then
    echo "The tests need PostgreSQL with PostGIS, Chromium and a Chinese font; missing here: ${missing[*]}." >&2
    echo "This machine has no apt-get: install them with its own package manager, then run 'make test' again." >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || { echo "Missing: ${missing[*]}; not root and no sudo: cannot install." >&2; exit 1; }
    as_root=(sudo)
fi
echo "The tests need packages of the distribution that are not here: ${missing[*]}; installing them with apt-get."
"${as_root[@]}" apt-get update -qq
packages=()
for name in "${missing[@]}"; do
    if [ "$name" = postgis ]; then
        # The package carries the server's version in its name; take the newest the distribution has.
        name=$(apt-cache pkgnames postgresql- | grep -E '^postgresql-[0-9]+-postgis-3$' | sort -V | tail -n 1)
        [ -n "$name" ] || { echo "This distribution offers no postgresql-*-postgis-3 package." >&2; exit 1; }
    fi
    packages+=("$name")
done
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" fontconfig
