# A machine on which nothing happens: no finding at warning or above, and what could not be judged is listed.
# shellcheck shell=bash disable=SC2034,SC2154
seconds=60
host_name=quiet1

about() { echo "nothing happens"; }
needs() { :; }

fault() {
    mark begin
    start_recorder
    wait_for_recorder || return 1
    mark end
}

label() {
    cat <<END
{"lab": "$lab", "window": $(cat "$out/window"), "healthy": true, "principal": null, "accept_principal": [],
 "expected": [], "optional": [], "must_not": [], "culprit": null, "victim": null}
END
}
