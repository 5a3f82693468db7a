# shellcheck shell=bash disable=SC2154  # variables of creds.bash
# bash before 4.4 has no `local -` and no ${NAME@a}, and compares file times in seconds:
# there the hook asks at each `cd` and not in between. creds.bash, whose rules hold here
# too, is given this text by `creds hook`.

if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
  __creds_place=''
  __creds_arm() { \builtin :; }
  __creds_hook() {
    \builtin local __creds_status="$?" __creds_options="$-"
    if ! \builtin test "$PWD:${CREDS_DISABLE-}" = "$__creds_place"; then
      __creds_place=$PWD:${CREDS_DISABLE-}
      __creds_turn 2>/dev/null
      \builtin set -"${__creds_options//[!aefuvxET]/}"
    fi
    [[ $__creds_status -eq 0 || $- = *e* ]] || \builtin return "$__creds_status"
  } 9>&2 2>&-

  # `declare -x NAME="…"` → x. What is more than a plain string is left alone.
  __creds_attributes() {
    __creds_kind=$(\builtin declare -p "$1")
    __creds_kind=${__creds_kind#declare -}
    __creds_kind=${__creds_kind%% *}
    case $__creds_kind in
      '' | x) ;;
      -) __creds_kind='' ;;
      *) __creds_kind=r ;;
    esac
  }
fi
