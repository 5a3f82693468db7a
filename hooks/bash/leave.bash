# shellcheck shell=bash disable=SC2154  # variables of creds.bash
# Leaving a project, without a process: put back what was there. A part of creds.bash, whose
# rules hold here too.

__creds_leave() {
  \builtin local __creds_left="${__creds_names:+$__creds_project}"
  __creds_undo_all
  __creds_publish ''
  __creds_git='' __creds_said='' __creds_adopted='' __creds_watch=''
  if [[ -n $__creds_left ]]; then __creds_say "$__creds_left, unloaded"; fi
}

__creds_undo_all() {
  \builtin local __creds_each
  \builtin eval "\\builtin set -- ${__creds_names//:/ }"
  for __creds_each; do __creds_undo "$__creds_each"; done
  __creds_names=''
}

# Put back what NAME was, if it is still what we made it.
__creds_undo() {
  \builtin local __creds_had="__creds_had_$1" __creds_was="__creds_was_$1" __creds_ours="__creds_ours_$1"
  if [[ -n ${!1+x} && -n ${!__creds_had+x} ]] && \builtin test "${!1}" = "${!__creds_ours-}" && \builtin unset -v "$1"; then
    case ${!__creds_had} in
      :) ;;
      set:) \builtin printf -v "$1" %s "${!__creds_was}" ;;
      set:x) \builtin export "$1=${!__creds_was}" ;;
      *:*[aA]*) __creds_put_array "$1" "${!__creds_had#*:}" "${!__creds_was}" ;;
      set:*) \builtin declare -g"${!__creds_had#set:}" -- "$1=${!__creds_was}" ;;
      :*) \builtin declare -g"${!__creds_had#:}" -- "$1" ;;
    esac
  fi
  \builtin unset -v "$__creds_had" "$__creds_was" "$__creds_ours" "__CREDS_WAS_$1"
}

# NAME ATTRIBUTES TEXT, with TEXT as bash wrote it down: `declare -a NAME=(…)`.
# Only an assignment by itself may have such a list after `\builtin`.
__creds_put_array() {
  \builtin declare -g"$2" -- "$1"
  case $3 in
    *' '"$1"=*) \builtin eval "$1=${3#*=}" ;;
  esac
}
