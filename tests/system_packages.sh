#!/usr/bin/env bash
# Installs what the tests need from the distribution, and says so: PostgreSQL with PostGIS, Chromium, Chinese fonts, and
# the libraries of Playwright's driver. Does nothing where all of it is there.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# Name of Debian's package of a shared library: libatomic.so.1 -> libatomic1, libgcc_s.so.1 -> libgcc-s1.
package_of() {
    sed -E 's/\.so$//; s/([0-9])\.so\./\1-/; s/\.so\.//; s/_/-/g' <<< "$1" | tr '[:upper:]' '[:lower:]'
}

# What is missing is found by what the tests do, not by names of packages: the same files, the same programs.
missing_packages() {
    local control version found node library
    for control in /usr/share/postgresql/*/extension/postgis.control; do
        version=${control#/usr/share/postgresql/}
        [ -x "/usr/lib/postgresql/${version%%/*}/bin/postgres" ] && found=yes
    done
    [ "${found:-}" = yes ] || echo postgresql-postgis
    command -v chromium > /dev/null || command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null \
        || echo chromium
    command -v fc-list > /dev/null || echo fontconfig
    [ -n "$(fc-list :lang=zh family 2> /dev/null || true)" ] || echo fonts-noto-cjk
    for node in .venv/lib/python3*/site-packages/playwright/driver/node; do
        # Playwright brings its own node, which wants libraries that a machine without a compiler may not have.
        { [ -e "$node" ] && ! "$node" --version &> /dev/null; } || continue
        for library in $(ldd "$node" 2> /dev/null | awk '/not found/ && $1 ~ /\.so/ { print $1 }' | sort -u); do
            package_of "$library"
        done
    done
}

mapfile -t missing < <(missing_packages)
if [ ${#missing[@]} -gt 0 ]; then
    ./apt_install.sh "The tests need packages of the distribution" "${missing[@]}"
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} -eq 0 ] || { echo "Installed, and yet not found by the tests: ${missing[*]}." >&2; exit 1; }
fi
for node in .venv/lib/python3*/site-packages/playwright/driver/node; do
    [ ! -e "$node" ] || "$node" --version > /dev/null || { echo "Playwright's driver does not start: $node" >&2; exit 1; }
done
