#!/usr/bin/env bash
# The main job in a throw-away home, as a person would type it: set, cd, exec, masked. Ends with "demo: ok".
# Fails at the first thing that is not as promised. Prints no secret: what it prints is what creds lets through.
# shellcheck disable=SC2016 # the single-quoted text is for make and for the shells, not for this one
set -euo pipefail

here=$(mktemp -d "${TMPDIR:-/tmp}/creds-demo-XXXXXX")
trap 'rm -rf "$here"' EXIT
mkdir -m 0700 "$here/home" "$here/run"
umask 022
export HOME="$here/home" XDG_CONFIG_HOME="$here/home/.config" XDG_STATE_HOME="$here/home/.local/state"
export XDG_CACHE_HOME="$here/home/.cache" XDG_RUNTIME_DIR="$here/run"
unset MAKEFLAGS MFLAGS MAKELEVEL CREDS_HOME CREDS_ID CREDS_PROVIDER CREDS_ENV CREDS_AGENT CREDS_DISABLE CREDS_PROJECT CLAUDECODE

secret="correct-horse-$(od -An -N8 -tx1 /dev/urandom | tr -d " \n")"

step() { printf '\n$ %s\n' "$*"; }
must() { "$@" || {
  printf 'demo: failed: %s\n' "$*" >&2
  exit 1
}; }

mkdir "$here/shop"
cd "$here/shop"
git init -q -b main .
printf 'deploy:\n\t@echo "deploying with $$API_KEY"\n' >Makefile

step 'printf … | creds set API_KEY --stdin'
printf '%s' "$secret" | creds set API_KEY --stdin

step 'creds get API_KEY'
creds get API_KEY
step 'creds list'
creds list

step 'creds exec -- make deploy'
out=$(creds exec -- make deploy)
printf '%s\n' "$out"
must test "$out" = 'deploying with ****'

in_shell() { # an interactive shell that reads what a person would type
  local shell=$1 typed=$2
  shift 2
  command -v "$shell" >/dev/null 2>&1 || return 0
  step "$shell: cd shop; cd .."
  printf '%s' "$typed" | "$shell" "$@" >"$here/out" 2>"$here/err" || {
    cat "$here/out" "$here/err" >&2
    exit 1
  }
  grep -ao 'creds: shop.*' "$here/err" || true
  must grep -qx "inside:$secret" "$here/out"
  must grep -qx 'outside:unset' "$here/out"
}

cd "$here"
posix='eval "$(creds hook SHELL)"
cd shop
echo "inside:${API_KEY-unset}"
cd ..
echo "outside:${API_KEY-unset}"
exit
'
in_shell bash "${posix/SHELL/bash}" --norc --noprofile -i
in_shell zsh "${posix/SHELL/zsh}" -f -i
in_shell fish 'creds hook fish | source
cd shop
echo "inside:"(set -q API_KEY; and echo $API_KEY; or echo unset)
cd ..
echo "outside:"(set -q API_KEY; and echo $API_KEY; or echo unset)
exit
' --no-config -i

printf '\ndemo: ok\n'
