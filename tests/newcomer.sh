#!/usr/bin/env bash
# What README tells a newcomer to type, from a fresh clone and a fresh HOME to a masked deploy; prints the seconds.
#
#   tests/newcomer.sh CLONE       CLONE: a folder that `git clone` or `tar` just made
#
# Needs python3 with venv, git, make and a package index. It fails at the first step that does not do what README says.
# shellcheck disable=SC2016 # the single-quoted text is for make
set -euo pipefail

clone=$1
start=$SECONDS
here=$(mktemp -d "${TMPDIR:-/tmp}/creds-newcomer-XXXXXX")
trap 'rm -rf "$here"' EXIT
umask 022
mkdir -m 0700 "$here/home"
export HOME="$here/home"
unset MAKEFLAGS MFLAGS MAKELEVEL "${!CREDS_@}" "${!XDG_@}" CLAUDECODE

# Install
"${PYTHON:-python3}" -m venv "$HOME/venv"
"$HOME/venv/bin/pip" install -q --disable-pip-version-check "$clone"
PATH="$HOME/venv/bin:$PATH"
creds --version

# The two commands
mkdir "$HOME/shop"
cd "$HOME/shop"
git init -q -b main .
printf 'deploy:\n\t@echo deploying with $$API_KEY\n' >Makefile
printf 'sk-live-51H8xK2eZvKYlo2C' | creds set API_KEY --stdin
deployed=$(creds exec -- make deploy)
printf '%s\n' "$deployed"
[ "$deployed" = 'deploying with ****' ]

# The hook, as the line in ~/.bashrc
printf 'eval "$(creds hook bash)"\n' >"$HOME/.bashrc"
printf 'cd shop\necho "inside ${#API_KEY}"\ncd ..\necho "outside ${API_KEY-nothing}"\nexit\n' >"$here/typed"
cd "$HOME"
seen=$(bash -i <"$here/typed" 2>/dev/null)
[ "$seen" = "$(printf 'inside 24\noutside nothing')" ] || {
  printf 'the hook: %s\n' "$seen"
  exit 1
}
printf 'newcomer: ok, %s seconds\n' "$((SECONDS - start))"
