# What packaging/run and packaging/test have in common: install what is missing, check versions, configure, build.
# Sourced, not run. POSIX sh. The one who sources it sets program (for messages), root (the checkout), may_install (yes or
# no) and distribution (from family); build() sets tree, the build folder.
# shellcheck shell=sh disable=SC2154

say() { printf '%s\n' "$*"; }
fail() {
    printf '%s: %s\n' "$program" "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

usage_error() {
    printf '%s: %s (see --help)\n' "$program" "$1" >&2
    exit 2
}

# --- the distribution ------------------------------------------------------------------------------------------------

family() {
    for candidate in apt-get:apt dnf:dnf pacman:pacman zypper:zypper; do
        if command -v "${candidate%%:*}" >/dev/null 2>&1; then
            say "${candidate##*:}"
            return
        fi
    done
    say unknown
}

# needs FAMILY GROUP... -> one line "package what for..." per package
needs() {
    needs_family=$1
    shift
    awk -v family="$needs_family" -v groups=" $* " '
        BEGIN { column["apt"] = 2; column["dnf"] = 3; column["pacman"] = 4; column["zypper"] = 5 }
        /^[^#]/ && index(groups, " " $1 " ") {
            purpose = ""
            for (i = 6; i <= NF; ++i) purpose = purpose (i > 6 ? " " : "") $i
            count = split($column[family], packages, ",")
            for (i = 1; i <= count; ++i)
                if (packages[i] != "-") print packages[i], purpose
        }' "$root/packaging/packages.txt"
}

is_installed() {
    case $distribution in
    # A name may be virtual, or belong to several architectures: one installed is enough.
    apt) dpkg-query -W -f='${Status}\n' "$1" 2>/dev/null | grep -q 'ok installed$' ;;
    dnf | zypper) rpm -q --whatprovides "$1" >/dev/null 2>&1 ;;
    pacman) pacman -T "$1" >/dev/null 2>&1 ;;
    esac
}

# missing GROUP... -> the lines of needs() that are not installed; those no package exists for begin with "?"
missing() {
    needs "$distribution" "$@" | while read -r package purpose; do
        if [ "$package" = '?' ] || ! is_installed "$package"; then say "$package $purpose"; fi
    done
}

install_command() {
    case $distribution in
    apt) say "apt-get install -y --no-install-recommends" ;;
    dnf) say "dnf install -y --setopt=install_weak_deps=False" ;;
    pacman) say "pacman -S --needed --noconfirm" ;;
    zypper) say "zypper --non-interactive install --no-recommends" ;;
    esac
}

# logged LOG COMMAND... -> runs it, all its output at the end of LOG, the telling part on the screen; its exit status
logged() {
    log=$1
    shift
    { { "$@" 2>&1; printf '%s\n' $? >"$log.status"; } | tee -a "$log" | telling_part; }
    logged_status=$(cat "$log.status")
    rm -f "$log.status"
    return "$logged_status"
}

# apt-get says several lines about each of some two hundred packages; the first errors, the sums and a sign of life will do.
telling_part() {
    if [ "$distribution" != apt ]; then cat; return; fi
    errors=0
    set_up=0
    while IFS= read -r line; do
        case $line in
        "Need to get"* | "Fetched "* | *"newly installed"* | "After this operation"*) say "  $line" ;;
        E:* | Err:*)
            errors=$((errors + 1))
            if [ $errors -le 4 ]; then say "  $line"; elif [ $errors -eq 5 ]; then say "  (and more errors like these)"; fi
            ;;
        "Setting up "*)
            set_up=$((set_up + 1))
            if [ $((set_up % 50)) -eq 0 ]; then say "  $set_up packages set up"; fi
            ;;
        esac
    done
}

# No package list could be fetched, not even one of several.
nothing_was_fetched() { grep -q '^Err:' "$1" && ! grep -qE '^(Hit|Get):' "$1"; }

explain_failed_install() {
    if grep -qiE 'resolv|unreachable|could not connect|connection (failed|timed out|refused)|failed to (fetch|retrieve|download)|curl error|no route' "$1"; then
        fail "the packages could not be fetched: there seems to be no network, or a package server does not answer." \
            "Once it works again, run this command again; what is already installed is kept."
    elif grep -qiE 'no space left|enough free space|free space.*(needed|required)|too full' "$1"; then
        fail "the packages could not be installed: the disk is full." "Free some space (about 1 GB) and run this command again."
    elif grep -qiE 'could not (get|open) lock|unable to lock|is locked|waiting for.*lock' "$1"; then
        fail "another package manager is running. Wait until it has ended and run this command again."
    elif grep -qiE 'unable to locate|no installation candidate|no match for argument|target not found|not found in package names|no provider of' "$1"; then
        fail "this release of the distribution does not have all the packages (see above)." \
            "Hindcast needs Debian 12, Ubuntu 24.04 or later, or a current Fedora, Arch or openSUSE Tumbleweed." \
            "On Ubuntu the component 'universe' must be switched on."
    fi
    fail "the packages could not be installed; the reason stands above."
}

# install_missing GROUP... ; sets something_installed=yes when it did
install_missing() {
    something_installed=no
    if [ "$distribution" = unknown ]; then
        say "No apt-get, dnf, pacman or zypper here: going on with what is installed (packaging/packages.txt lists what is needed)."
        return
    fi
    absent=$(missing "$@")
    [ -n "$absent" ] || return 0
    packages=
    say "Missing on this machine:"
    while read -r package purpose; do
        if [ "$package" = '?' ]; then
            say "  (no package here)    $purpose"
        else
            printf '  %-20s %s\n' "$package" "$purpose"
            packages="$packages $package"
        fi
    done <<END
$absent
END
    [ -n "$packages" ] || return 0
    command="$(install_command)$packages"
    if [ "$may_install" = no ]; then
        say "Not installed, because of --no-install."
        return
    fi
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        as_root=sudo
        if ! command -v sudo >/dev/null 2>&1 || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
            fail "installing needs root, and there is no way to become root here. Ask whoever administers this machine for:" "$command"
        fi
    fi
    install_log=$(mktemp) || fail "no temporary file could be made in ${TMPDIR:-/tmp}: is the disk full?"
    trap 'rm -f "$install_log"' EXIT
    if [ "$distribution" = apt ]; then
        say "Running: ${as_root:+$as_root }apt-get update"
        # One unreachable source among several need not matter; whether it does, the installation shows.
        logged "$install_log" $as_root apt-get update -q || say "Going on with the package lists that are there."
        if nothing_was_fetched "$install_log"; then explain_failed_install "$install_log"; fi
    fi
    say "Running: ${as_root:+$as_root }$command"
    if [ "$distribution" = apt ]; then command="env DEBIAN_FRONTEND=noninteractive $command -q"; fi
    # shellcheck disable=SC2086 # a command line of plain words
    logged "$install_log" $as_root $command </dev/null || explain_failed_install "$install_log"
    rm -f "$install_log"
    trap - EXIT
    something_installed=yes
}

# --- what the build needs --------------------------------------------------------------------------------------------

# at_least FOUND WANTED: both dotted numbers
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]
}

check_tools() {
    command -v cmake >/dev/null 2>&1 || fail "there is no cmake here (3.22 or later is needed)." "$no_tool_hint"
    found=$(cmake --version | sed -n 's/^cmake version \([0-9.]*\).*/\1/p')
    at_least "$found" 3.22 || fail "cmake here is $found; 3.22 or later is needed."
    command -v ninja >/dev/null 2>&1 || command -v ninja-build >/dev/null 2>&1 || fail "there is no ninja here." "$no_tool_hint"
    compiler=${CXX:-c++}
    command -v "$compiler" >/dev/null 2>&1 || fail "there is no C++ compiler here ($compiler): g++ 12 or clang 14, or later, is needed." "$no_tool_hint"
    found=$("$compiler" -dumpfullversion 2>/dev/null || "$compiler" -dumpversion)
    case $("$compiler" --version 2>/dev/null) in
    *clang*) at_least "$found" 14 || fail "the C++ compiler here is clang $found; 14 or later is needed." ;;
    *) at_least "$found" 12 || fail "the C++ compiler here is g++ $found; 12 or later is needed." ;;
    esac
    if command -v pkg-config >/dev/null 2>&1 && found=$(pkg-config --modversion Qt6Core 2>/dev/null); then
        at_least "$found" 6.4 || fail "Qt here is $found; 6.4 or later is needed." \
            "The recorder and hindcast-report need no Qt: cmake --preset release -DHINDCAST_APP=OFF -DHINDCAST_TESTS=OFF"
    fi
}
no_tool_hint="Run this command without --no-install, or see packaging/packages.txt."

free_megabytes() { LC_ALL=C df -Pk "$1" | awk 'NR == 2 { printf "%d", $4 / 1024 }'; }

# A compiler process that reads Qt and QCustomPlot takes up to 1 GB.
build_jobs() {
    awk -v processors="$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)" '
        /^MemAvailable:/ { fitting = int($2 / 1048576) }
        END { jobs = fitting > 0 && fitting < processors ? fitting : processors; print jobs < 1 ? 1 : jobs }' /proc/meminfo
}

# Where the presets put their trees: build/<preset>. A tree is configured once; ninja itself sees changed CMake files. What
# it cannot see: newly installed packages, the presets file, a library that was missing last time, a moved checkout.
needs_configuring() {
    [ -f "$tree/build.ninja" ] || return 0
    [ "$something_installed" = no ] || return 0
    [ -z "$(find "$root/CMakePresets.json" -newer "$tree/build.ninja")" ] || return 0
    if [ ! -x "$tree/bin/hindcast" ] && grep -q '^HINDCAST_APP:BOOL=ON$' "$tree/CMakeCache.txt"; then return 0; fi
    grep -q "^CMAKE_HOME_DIRECTORY:INTERNAL=$(cd "$root" && pwd -P)\$" "$tree/CMakeCache.txt" && return 1
    rm -f "$tree/CMakeCache.txt"
}

# build PRESET TARGET MEGABYTES_NEEDED_FROM_NOTHING
build() {
    preset=$1
    target=$2
    tree=$root/build/$preset
    mkdir -p "$tree" 2>/dev/null || fail "the folder $tree cannot be made: $(mkdir -p "$tree" 2>&1)"
    space=$(free_megabytes "$tree")
    if [ ! -f "$tree/build.ninja" ] && [ "$space" -lt "$3" ]; then
        fail "the disk of $tree has $space MB free; the build takes about $3 MB."
    fi
    cd "$root" || exit 1
    if needs_configuring; then
        say "Configuring: cmake --preset $preset"
        cmake --preset "$preset" || build_failed "the build could not be configured; the reason stands above."
        # An unchanged build.ninja keeps its old time, and the presets file would look newer for ever.
        touch "$tree/build.ninja"
    fi
    say "Building: cmake --build --preset $preset --target $target"
    cmake --build --preset "$preset" --target "$target" --parallel "$(build_jobs)" || build_failed "the build failed; the first error stands above."
}

build_failed() {
    if [ "$(free_megabytes "$tree")" -lt 20 ]; then
        fail "the disk of $tree is full. Free some space and run this command again; what is built is kept."
    fi
    fail "$1"
}
