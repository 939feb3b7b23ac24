#!/usr/bin/env bash
# Tries the README's two commands on fresh minimal Debian systems, as root and as an ordinary user: see usage below.
set -euo pipefail

usage() {
    cat << 'END'
tests/fresh_machine.sh [OPTION]...

For Debian 12 and 13, as root and as an ordinary user without sudo: a minimal system (debootstrap, with git, make,
python3 and ca-certificates, nothing else), a clone of this checkout at HEAD, and in it the two commands of README.md,
word for word. The first must become ready, answer a page and a KPI, and end with all it started on Ctrl-C; the second
must pass. Where the product names a command for an administrator, that very command is run as root.
At the end: what had to be installed, and what failed. Status 0 if nothing failed. Needs root and debootstrap.

  --only RELEASE        bookworm or trixie (may be repeated; default: both)
  --as ACCOUNT          root or user (may be repeated; default: both)
  --skip-test           leave the second command out
  --tests "FILE ..."    let the second command run these test files only
  --bind PATH           bind a file or folder of this machine into the system, read-only (certificates, package mirrors)
  --env NAME=VALUE      set a variable for the commands, such as PORT=8051 where 8050 is taken
  --mirror URL          where debootstrap takes packages from
  --ready-within S      most seconds until the first command is ready (default 1800)
  --work FOLDER         where systems and logs lie (default /var/tmp/fresh-machine); systems are made anew from
                        FOLDER/RELEASE.base, which is made once: remove it to have a newer one
  --keep                do not remove the systems that were tried
END
}

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
work=/var/tmp/fresh-machine
releases=() accounts=() binds=() environment=() mirror=()
skip_test=no keep=no tests='' ready_within=1800
while [ $# -gt 0 ]; do
    case $1 in
        --only) releases+=("$2") && shift ;;
        --as) accounts+=("$2") && shift ;;
        --skip-test) skip_test=yes ;;
        --tests) tests=$2 && shift ;;
        --bind) binds+=("$(realpath -e -s -- "$2")") && shift ;;
        --env) environment+=("$2") && shift ;;
        --mirror) mirror=("$2") && shift ;;
        --ready-within) ready_within=$2 && shift ;;
        --work) work=$(realpath -m -- "$2") && shift ;;
        --keep) keep=yes ;;
        --help | -h) usage && exit 0 ;;
        *) usage >&2 && echo "Not an option: $1" >&2 && exit 2 ;;
    esac
    shift
done
[ ${#releases[@]} -gt 0 ] || releases=(bookworm trixie)
[ ${#accounts[@]} -gt 0 ] || accounts=(root user)
for account in "${accounts[@]}"; do
    [[ $account = root || $account = user ]] || { echo "--as takes root or user, not $account" >&2; exit 2; }
done
for pair in "${environment[@]}"; do
    [[ $pair = [A-Za-z_]*=* ]] || { echo "--env takes NAME=VALUE, not $pair" >&2; exit 2; }
done
[ "$(id -u)" -eq 0 ] || { echo "chroot and debootstrap need root: start as root." >&2; exit 2; }
command -v debootstrap > /dev/null || { echo "debootstrap is needed: apt-get install debootstrap" >&2; exit 2; }

# The commands as the README gives them, with their remarks, so that README and trial cannot drift apart.
mapfile -t commands < <(git -C "$here" show HEAD:README.md \
    | awk '/^## Two commands/ { in_section = 1 } in_section && /^```/ { fences++; next } fences == 1 { print } fences == 2 { exit }')
[ ${#commands[@]} -eq 2 ] || { echo "README.md, 'Two commands': ${#commands[@]} lines in the block, not 2." >&2; exit 2; }
[ -z "$(git -C "$here" status --porcelain)" ] || echo "Note: what is not committed is not tried."

base_of() {
    local base=$work/$1.base
    if [ ! -d "$base" ]; then
        echo "Making a minimal $1 in $base ..."
        rm -rf --one-file-system "$base.partial"
        debootstrap --variant=minbase --include=git,make,python3,ca-certificates "$1" "$base.partial" "${mirror[@]}" \
            > "$work/$1.debootstrap.log"
        mv "$base.partial" "$base"
    fi
}

# One system, one account, in namespaces of its own: whatever happens, no process and no mount stays behind.
try() {
    local name=$1-$2
    root=$work/$name.root logs=$work/$name.logs account=$2
    rm -rf --one-file-system "$root" "$logs"
    mkdir -p "$logs"
    cp -a --reflink=auto "$work/$1.base" "$root"
    git -C "$here" bundle create --quiet "$root/srv/checkout.bundle" HEAD
    declare -p root logs account commands binds environment skip_test tests ready_within > "$logs/options"
    # A copy, since bash reads a script while it runs it, and the checkout may move on meanwhile.
    cp "$here/fresh_machine_trial.sh" "$logs/"
    unshare --mount --pid --fork --kill-child "$logs/fresh_machine_trial.sh" "$logs/options" || true
    [ "$keep" = yes ] || rm -rf --one-file-system "$root"
}

mkdir -p "$work"
for release in "${releases[@]}"; do
    base_of "$release"
    for account in "${accounts[@]}"; do
        echo "== $release as $account"
        try "$release" "$account" < /dev/null
    done
done

status=0
echo
echo "== Result ($(git -C "$here" log -1 --format=%h))"
for release in "${releases[@]}"; do
    for account in "${accounts[@]}"; do
        report=$work/$release-$account.logs/report
        [ "$(tail -n 1 "$report" 2> /dev/null)" = "trial complete" ] || echo "failed: the trial itself broke off" >> "$report"
        grep -q '^failed: ' "$report" && status=1
        sed -e '/^trial complete$/d' -e "s/^/$release as $account: /" "$report"
    done
done
[ $status -eq 0 ] && echo "Nothing failed." || echo "Logs: $work/*.logs"
exit $status
