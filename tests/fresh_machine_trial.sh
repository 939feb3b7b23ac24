#!/usr/bin/env bash
# One trial of fresh_machine.sh, which starts it in mount and process namespaces of its own: fresh_machine_trial.sh OPTIONS
# Writes what it finds to the report: lines that begin with "ok: ", "installed: " and "failed: ".
set -euo pipefail

# shellcheck source=/dev/null
source "$1"  # root logs account commands binds environment skip_test tests ready_within
declare root logs account commands binds environment skip_test tests ready_within
report=$logs/report
port=8050
for pair in "${environment[@]}"; do [[ $pair != PORT=* ]] || port=${pair#PORT=}; done
if [ "$account" = root ]; then
    user=root home=/root path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
else
    user=grid home=/home/grid path=/usr/local/bin:/usr/bin:/bin
fi

# A command without its remark.
label() { sed -E 's/ *#.*//' <<< "${commands[$1]}"; }

note() { echo "$*" | tee -a "$report"; }

furnish() {
    mkdir -p "$root/.outside"
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sys "$root/sys" || echo "no /sys"
    mkdir -p "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
    mount -t tmpfs -o mode=1777 tmp "$root/tmp"
    # How this machine reaches the network is no property of the system that is tried.
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    local bound
    for bound in "${binds[@]}"; do
        if [ -d "$bound" ]; then
            mkdir -p "$root$bound"
        else
            mkdir -p "$root$(dirname -- "$bound")"
            [ -e "$root$bound" ] || : > "$root$bound"
        fi
        mount --bind "$bound" "$root$bound"
        mount -o remount,bind,ro "$root$bound"
    done
}

# A root of its own, not a chroot: the kernel refuses processes in a chroot what a real machine gives them, such as
# namespaces of users.
inside() {
    # shellcheck disable=SC2016  # expanded by the shells inside
    unshare --mount --propagation private sh -c 'cd "$1" && shift && pivot_root . .outside && exec chroot . sh -c "$@"' sh \
        "$root" 'umount -l /.outside && exec "$@"' sh "$@"
}

as_root() { inside env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "${environment[@]}" "$@"; }

# A shell of the account with nothing set that a login would not set: no locale, no XDG folders, no terminal.
as_account() {
    inside setpriv --reuid="$user" --regid="$user" --init-groups \
        env -i HOME="$home" USER="$user" LOGNAME="$user" SHELL=/bin/bash PATH="$path" "${environment[@]}" "$@"
}

in_checkout() {
    # shellcheck disable=SC2016  # expanded by the shell inside
    as_account "${addopts[@]}" bash -c 'cd "$1" && eval "$2"' - "$home/grid-command-center" "$1"
}

get() {
    as_root python3 -c '
import sys, urllib.request
with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=60) as answer:
    sys.stdout.write(answer.read().decode())' "http://127.0.0.1:$port$1"
}

# All processes of this namespace but the trial's own shells.
processes() {
    local folder words found=''
    for folder in "$root"/proc/[0-9]*; do
        words=$(tr '\0' ' ' 2> /dev/null < "$folder/cmdline") || continue
        # A process that has ended and was not yet waited for has no words.
        [ -z "$words" ] || [[ $words = *fresh_machine_trial* ]] || found+="$words"$'\n'
    done 2> /dev/null
    sort <<< "$found"
}

# The product's own word to the administrator: is it new, then do that, and nothing else.
play_administrator() {
    local wanted
    wanted=$(awk '/An administrator must run:$/ { getline; sub(/^ +/, ""); print; exit }' "$1")
    [ -n "$wanted" ] && [ "$wanted" != "${done_before:-}" ] || return 1
    done_before=$wanted
    note "installed: by the administrator, as the message says: $wanted"
    as_root DEBIAN_FRONTEND=noninteractive bash -c "$wanted" >> "$logs/administrator.log" 2>&1 < /dev/null \
        || note "failed: that command: $(tail -n 1 "$logs/administrator.log")"
}

note_installed() { sed -n 's/^\(.*\): missing here: \(.*\); installing.*/installed: \2 (\1)/p' "$1" | tee -a "$report"; }

end_with_ctrl_c() {
    local before=$2 status=0 after left i
    kill -INT -- "-$1"
    for ((i = 0; i < 120; i++)); do kill -0 "$1" 2> /dev/null || break; sleep 1; done
    kill -0 "$1" 2> /dev/null && note "failed: still running 120 s after Ctrl-C" && kill -KILL -- "-$1"
    wait "$1" || status=$?
    after=$(processes)
    left=$(comm -13 <(echo "$before") <(echo "$after"))
    if [ -z "$left" ]; then
        note "ok: Ctrl-C ended everything (status $status)"
    else
        note "failed: left running after Ctrl-C: ${left//$'\n'/; }"
    fi
}

ask_while_running() {
    local page kpi
    page=$(get / || true)
    if [[ $page = *"</html>"* ]]; then
        note "ok: / answers (${#page} characters)"
    else
        note "failed: / does not answer a page: ${page:0:200}"
    fi
    if kpi=$(get /api/v1/kpis | as_root python3 -c '
import json, sys
kpis = json.load(sys.stdin)["total"]["kpis"]
print(next(name + " = " + str(kpi["value"]) for name, kpi in kpis.items() if kpi["value"] is not None))'); then
        note "ok: KPI ${kpi:0:100}"
    else
        note "failed: /api/v1/kpis gives no number"
    fi
}

try_run() {
    local began=$SECONDS before pid waiting=''
    before=$(processes)
    # Job control gives the command a process group that takes Ctrl-C, as a terminal does.
    set -m
    in_checkout "${commands[0]}" > "$logs/run.log" 2>&1 < /dev/null &
    pid=$!
    set +m
    while kill -0 "$pid" 2> /dev/null; do
        get /readyz > "$logs/readyz" 2> /dev/null && waiting=over && break
        ((SECONDS - began < ready_within)) || break
        sleep 1
    done
    note_installed "$logs/run.log"
    if [ "$waiting" = over ]; then
        note "ok: '$(label 0)' ready after $((SECONDS - began)) s"
        ask_while_running
        end_with_ctrl_c "$pid" "$before"
    elif kill -0 "$pid" 2> /dev/null; then
        note "failed: '$(label 0)' not ready after $ready_within s"
        end_with_ctrl_c "$pid" "$before"
    else
        play_administrator "$logs/run.log" && try_run && return
        note "failed: '$(label 0)' ended: $(grep -v '^make' "$logs/run.log" | tail -n 1)"
    fi
}

try_test() {
    local began=$SECONDS status=0
    [ -z "$tests" ] || addopts=(env "PYTEST_ADDOPTS=$tests")
    in_checkout "${commands[1]}" > "$logs/test.log" 2>&1 < /dev/null || status=$?
    note_installed "$logs/test.log"
    if [ $status -eq 0 ]; then
        note "ok: '$(label 1)' passed in $((SECONDS - began)) s: $(tail -n 1 "$logs/test.log")"
        return
    fi
    play_administrator "$logs/test.log" && try_test && return
    grep -E '^(FAILED|ERROR) ' "$logs/test.log" | sed 's/^/failed: /' | tee -a "$report" || true
    note "failed: '$(label 1)' status $status: $(grep -v '^make' "$logs/test.log" | tail -n 1)"
}

addopts=()
furnish > /dev/null
if get /readyz > /dev/null 2>&1; then
    note "failed: something answers on port $port already: pass --env PORT=..."
else
    [ "$user" = root ] || as_root useradd --create-home --shell /bin/bash "$user"
    as_account git -c init.defaultBranch=main -c advice.detachedHead=false clone --quiet /srv/checkout.bundle "$home/grid-command-center"
    try_run
    [ "$skip_test" = yes ] || try_test
fi
echo "trial complete" >> "$report"
