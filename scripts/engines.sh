#!/usr/bin/env bash
# Installs the real programs that the engine tests drive, into one cache folder outside the
# repository, and reuses them. Nothing here is needed to use pull-budget, only to test it.
#
#   scripts/engines.sh install   install what is missing or has another version (root, for the room)
#   scripts/engines.sh check     say what is there and what is missing; exit 1 if anything is
#   scripts/engines.sh path      print the cache folder
#
# The folder is $PULL_BUDGET_ENGINES, else pull-budget/engines in the user's cache folder:
#   room/    a Debian system to chroot into: dockerd, buildx, containerd 1.7, soci, skopeo, ...
#   bin/     static programs built from the Go module proxy: containerd 2.4, crane, registry, ...
#   stamps/  a file per part that says which version is installed; no stamp, not installed
#   log/     what the last installation of each part printed
set -euo pipefail

# Debian packages follow their suite; trixie gets no new versions, only fixes.
ROOM_SUITE=trixie
ROOM_PACKAGES=(
  ca-certificates openssl iproute2 iptables procps fuse3 pigz git tini
  runc containerd docker.io docker-cli docker-buildx
  soci-snapshotter umoci skopeo docker-registry
  # skopeo's packages want some container-network-stack; debootstrap cannot choose one.
  netavark
)

# In the order in which they are built: what most tests need first, the big ones last.
GO_PARTS=(crane registry conformance act containerd)
declare -A GO_MODULE=(
  [crane]=github.com/google/go-containerregistry
  [registry]=github.com/distribution/distribution/v3
  [conformance]=github.com/opencontainers/distribution-spec/conformance
  [act]=github.com/nektos/act
  [containerd]=github.com/containerd/containerd/v2
)
declare -A GO_VERSION=(
  [crane]=v0.22.1
  [registry]=v3.1.2
  # The suite has no release of its own: this is the newest commit of it that module proxies
  # and the checksums below agree on (November 2023, between spec 1.1.0-rc3 and 1.1.0).
  [conformance]=v0.0.0-20231101194043-f2182352d4cc
  [act]=v0.2.89
  [containerd]=v2.4.2
)
# Programs of a part, as packages below its module; each becomes bin/<last word>.
declare -A GO_PROGRAMS=(
  [crane]=cmd/crane
  [registry]=cmd/registry
  [conformance]=conformance
  [act]=.
  [containerd]='cmd/containerd cmd/containerd-shim-runc-v2 cmd/ctr'
)
# Pinned as in the go.sum of cuelabs.dev/go/oci, since not every checksum database knows this
# commit. With them in go.sum the go command verifies against them and asks no database.
CONFORMANCE_SUM=h1:jL+CgYEEZluGb08ZcLpEyhn389kNMlwrWOHaIqXazq0=
CONFORMANCE_MOD_SUM=h1:odnkI+gfnNSdq8NaG/nKvENDEWkXAjjbgp8GKMllVSI=

readonly PARTS=(room "${GO_PARTS[@]}")
readonly cache=${PULL_BUDGET_ENGINES:-${XDG_CACHE_HOME:-$HOME/.cache}/pull-budget/engines}
# Modules and objects of the Go builds live here, not in the user's caches: together they are
# gigabytes that nothing else wants. They outlast an interrupted installation and no other.
readonly go_work=$cache/go.part

say() { printf '%s\n' "$*" >&2; }
die() {
  say "engines: $*"
  exit 1
}

# What a part's stamp holds when the part is installed as this file wants it.
recipe() {
  case $1 in
    room) printf '%s %s %s\n' "$(uname -m)" "$ROOM_SUITE" "${ROOM_PACKAGES[*]}" ;;
    *) printf '%s %s@%s %s\n' "$(uname -m)" "${GO_MODULE[$1]}" "${GO_VERSION[$1]}" "${GO_PROGRAMS[$1]}" ;;
  esac
}

version() {
  case $1 in
    room) printf '%s' "$ROOM_SUITE" ;;
    *) printf '%s' "${GO_VERSION[$1]}" ;;
  esac
}

# Names of a Go part's programs in bin/.
programs() {
  local package
  for package in ${GO_PROGRAMS[$1]}; do
    [[ $package == . ]] && package=$1
    printf '%s\n' "${package##*/}"
  done
}

is_installed() {
  local stamp=$cache/stamps/$1 program
  [[ -f $stamp && $(<"$stamp") == "$(recipe "$1")" ]] || return 1
  if [[ $1 == room ]]; then
    [[ -x $cache/room/usr/sbin/dockerd ]]
    return
  fi
  for program in $(programs "$1"); do
    [[ -x $cache/bin/$program ]] || return 1
  done
}

# The stamp goes before the part it speaks for, and comes back after it.
unstamp() { rm -f "$cache/stamps/$1"; }
stamp() {
  recipe "$1" >"$cache/stamps/$1.part"
  mv "$cache/stamps/$1.part" "$cache/stamps/$1"
}

# A room is deleted only within its file system: nothing is mounted in it, and should that ever
# be wrong, /proc, /sys and /dev of this machine stay out of it.
remove_tree() { rm -rf --one-file-system -- "$1"; }

# This machine's own Debian mirror; nothing on other systems, where debootstrap knows one.
# Each source once; the updates and the security archive say so in their label.
debian_mirror() {
  # shellcheck disable=SC2016 # apt expands it
  apt-get indextargets --format '$(SITE)' 'Label: Debian' 'Created-By: Packages' 2>/dev/null |
    awk 'NR == 1'
}

prepare_debootstrap() {
  [[ $EUID == 0 ]] || die "the room is a chroot, which takes root: run this with sudo -E"
  command -v debootstrap >/dev/null && return
  command -v apt-get >/dev/null ||
    die "debootstrap is missing, and there is no apt-get to install it: install debootstrap"
  say 'engines: installing debootstrap'
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends \
    debootstrap debian-archive-keyring >/dev/null
}

install_room() {
  local mirror packages
  mirror=$(debian_mirror)
  if [[ -z $mirror ]] && grep -qs '^ID=debian' /etc/os-release; then
    apt-get update -qq
    mirror=$(debian_mirror)
  fi
  packages=$(IFS=, && printf '%s' "${ROOM_PACKAGES[*]}")
  remove_tree "$cache/room.part"
  # Own namespaces: what debootstrap mounts in the room and every process it starts are gone when
  # it ends, however it ends, so that a half-made room can be deleted.
  unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
    debootstrap --variant=minbase --include="$packages" \
    "$ROOM_SUITE" "$cache/room.part" ${mirror:+"$mirror"}
  rm -rf "$cache"/room.part/var/cache/apt/*.bin "$cache"/room.part/var/cache/apt/archives/*.deb \
    "$cache"/room.part/var/lib/apt/lists/*
  unstamp room
  remove_tree "$cache/room"
  mv "$cache/room.part" "$cache/room"
  stamp room
}

# Runs the go command of this machine, apart from its user's settings and caches.
# No cgo: the programs must run on this machine and in the room alike.
go_build() {
  env CGO_ENABLED=0 GOWORK=off GOFLAGS='-mod=mod -modcacherw -buildvcs=false' \
    GOMODCACHE="$go_work/mod" GOCACHE="$go_work/cache" GOBIN="$go_work/bin" \
    go "$@"
}

install_go_part() {
  local part=$1 module=${GO_MODULE[$1]} version=${GO_VERSION[$1]} program package packages=()
  local flags=(-trimpath -ldflags '-s -w' -p 2)
  mkdir -p "$go_work/bin" "$cache/bin"
  if [[ $part == conformance ]]; then
    # A suite of tests, not a program: it is compiled from a module that requires it.
    rm -rf "$go_work/conformance"
    mkdir "$go_work/conformance"
    cd "$go_work/conformance"
    printf 'module engines\n\nrequire %s %s\n' "$module" "$version" >go.mod
    printf '%s %s %s\n' "$module" "$version" "$CONFORMANCE_SUM" \
      "$module" "$version/go.mod" "$CONFORMANCE_MOD_SUM" >go.sum
    go_build get -t "$module@$version"
    go_build test -c "${flags[@]}" -o "$go_work/bin/conformance" "$module"
  else
    for package in ${GO_PROGRAMS[$part]}; do
      [[ $package == . ]] && packages+=("$module@$version") || packages+=("$module/$package@$version")
    done
    cd "$go_work"
    go_build install "${flags[@]}" "${packages[@]}"
  fi
  unstamp "$part"
  for program in $(programs "$part"); do
    mv "$go_work/bin/$program" "$cache/bin/$program"
  done
  stamp "$part"
}

# Installs one part, its output kept for the day it fails.
install_part() {
  local part=$1 log=$cache/log/$1.log status=0 started=$SECONDS
  say "engines: $part $(version "$part"): installing"
  # A shell of its own, since errexit does not hold in a command whose status is tested.
  "$BASH" "$0" part "$part" >"$log" 2>&1 </dev/null || status=$?
  if ((status == 0)); then
    say "engines: $part $(version "$part"): installed in $((SECONDS - started)) s"
  else
    say "engines: $part $(version "$part"): failed with status $status; the end of $log:"
    tail -n 15 "$log" >&2
  fi
  return "$status"
}

install_go_parts() {
  local part status=0
  for part; do
    install_part "$part" || status=1
  done
  if ((status == 0)); then rm -rf "$go_work"; fi
  return "$status"
}

jobs_running=()
# Each job leads a process group, so that an interrupted installation ends whatever it started.
end_jobs() {
  local job
  for job in "${jobs_running[@]}"; do
    kill -KILL -- "-$job" 2>/dev/null || true
  done
}

missing_parts() {
  local part
  for part in "${PARTS[@]}"; do
    is_installed "$part" || printf '%s\n' "$part"
  done
}

install() {
  local missing go_missing=() part job status=0
  mapfile -t missing < <(missing_parts)
  ((${#missing[@]} > 0)) || return 0
  if ! command -v flock >/dev/null || ! command -v unshare >/dev/null; then
    die 'flock or unshare is missing: install util-linux'
  fi
  mkdir -p "$cache"/{stamps,log}
  exec 9>"$cache/lock"
  flock --nonblock 9 || {
    say 'engines: waiting for another installation to end'
    flock 9
  }
  # The other installation may have done it all.
  mapfile -t missing < <(missing_parts)
  for part in "${missing[@]}"; do
    [[ $part == room ]] || go_missing+=("$part")
  done
  if ((${#go_missing[@]} > 0)) && ! command -v go >/dev/null; then
    die "go is missing, which builds ${go_missing[*]}: install Go 1.26.6 or newer (go.dev/doc/install, or actions/setup-go in a workflow)"
  fi
  if ((${#missing[@]} > ${#go_missing[@]})); then prepare_debootstrap; fi

  # The room waits for the network and the disk, the builds for the processor: side by side.
  trap end_jobs EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  set -m
  if ((${#missing[@]} > ${#go_missing[@]})); then
    install_part room &
    jobs_running+=("$!")
  fi
  if ((${#go_missing[@]} > 0)); then
    install_go_parts "${go_missing[@]}" &
    jobs_running+=("$!")
  fi
  for job in "${jobs_running[@]}"; do
    wait "$job" || status=1
  done
  jobs_running=()
  ((status == 0)) || die 'not everything was installed; run install again when the cause is gone'
}

check() {
  local part program state status=0
  for part in "${PARTS[@]}"; do
    state=ready
    is_installed "$part" || {
      state=missing
      status=1
    }
    if [[ $part == room ]]; then
      printf '%-8s room (%s: %s)\n' "$state" "$ROOM_SUITE" "${ROOM_PACKAGES[*]}"
      continue
    fi
    for program in $(programs "$part"); do
      printf '%-8s %s %s\n' "$state" "$program" "${GO_VERSION[$part]}"
    done
  done
  ((status == 0)) || say "engines: run scripts/engines.sh install"
  return "$status"
}

case ${1-} in
  install) install ;;
  check) check ;;
  path) printf '%s\n' "$cache" ;;
  # Only for install itself, which runs it under its lock.
  part) if [[ $2 == room ]]; then install_room; else install_go_part "$2"; fi ;;
  *) die 'usage: scripts/engines.sh install|check|path' ;;
esac
