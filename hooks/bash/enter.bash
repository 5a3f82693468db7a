# shellcheck shell=bash disable=SC2154  # variables of creds.bash
# Entering a project and changing in it: what one process answers, and what its reply calls.
# A part of creds.bash, whose rules hold here too.

# ---- Entering and changing: one process ----------------------------------------------

__creds_enter() {
  \builtin local __creds_reply='' __creds_code=0 __creds_unheard='' __creds_left=''
  \builtin local __creds_next='' __creds_shared=0 __creds_moved='' __creds_skipped='' __creds_kind='' __creds_wanted='' __creds_old=''
  if ! [[ $__creds_found -ef $__creds_git ]]; then
    # Another repository: what the former one gave goes before anything is asked.
    __creds_left=${__creds_names:+$__creds_project}
    __creds_undo_all
    __creds_said='' __creds_project=''
  fi
  # From here on this is answered, whatever happens, ^C included: a load that
  # fails is tried again when something changes and not at each prompt.
  __creds_git=$PWD/$__creds_found
  __creds_watch='' __creds_cookie='' __creds_old=$__creds_names
  \builtin unset -v __creds_seen "${!__creds_seen_@}" # what a load noted that ^C ended
  __creds_settle
  __creds_ask
  if [[ $__creds_reply = "#creds $__creds_protocol"$'\n'*$'\n''#end' ]]; then
    \builtin eval "$__creds_reply"
  elif [[ $__creds_code -ne 130 ]]; then
    __creds_end error '' '' '' '' "error: $__creds_unheard" ''
  fi
  __creds_adopted=''
  if [[ -n $__creds_wanted ]]; then __creds_subshell; fi
}

# The reply, and why there may be none. stdin is not the terminal, so that no
# typed-ahead key is eaten.
__creds_ask() {
  if [[ -n $__creds_python && -x $__creds_python && -r $__creds_module ]]; then
    __creds_unheard='creds did not answer, creds doctor says why'
    __creds_reply=$(\builtin exec -- "$__creds_python" -X utf8 -I -S -c "$__creds_boot" bash "$__creds_protocol" "$__creds_mode" </dev/null 9>&-)
  else
    __creds_unheard='creds is not installed any more where this shell found it; open a new shell once it is'
    # Not one of the place itself, where the PATH names a relative directory.
    __creds_reply=$([[ $(\builtin type -P creds) = /* ]] && \builtin exec -- creds export bash --hook "$__creds_protocol" "$__creds_mode" </dev/null 9>&-)
  fi
  __creds_code=$?
}

# ---- What the reply calls, once for each name: one bad name stops itself alone -------

# __creds_set NAME VALUE
__creds_set() {
  \builtin local __creds_had="__creds_had_$1" __creds_ours="__creds_ours_$1"
  if [[ -n ${!__creds_had+x} ]]; then
    # A new answer about the same project. What the user changed meanwhile stays.
    __creds_next+=$1:
    \builtin printf -v "__creds_seen_$1" x
    if [[ -z ${!1+x} ]] || ! \builtin test "${!1}" = "${!__creds_ours-}" || \builtin test "${!1}" = "$2"; then
      \builtin return 0
    fi
  else
    __creds_attributes "$1"
    if [[ -z ${!1+x}$__creds_kind ]]; then
      \builtin printf -v "$__creds_had" :
    elif [[ $__creds_kind = x && -n ${!1+x} ]] && \builtin test "${!1}" = "$2"; then
      # The user exports the very same: nothing to do, and nothing to undo.
      __creds_shared=$((__creds_shared + 1))
      \builtin return 0
    else
      __creds_keep "$1" || \builtin return 0
    fi
    # Known at once: ^C may come before the rest, and what is set has to go on leaving.
    __creds_next+=$1: __creds_names+=$1:
  fi
  # Unset first: a variable that is declared integer would evaluate the value.
  \builtin unset -v "$1"
  \builtin printf -v "$__creds_ours" %s "$2"
  \builtin export "$1=$2"
  __creds_moved=1
}

# The attribute letters of NAME: r read-only, n reference, x exported, a, A, i …
__creds_attributes() {
  \builtin local __creds_list="$1[@]"
  if \builtin test -R "$1"; then
    __creds_kind=n
  elif \builtin test "$1" = COLUMNS -o "$1" = LINES; then
    # bash writes the size of the terminal into them: they would stay on leaving.
    __creds_kind=r
  elif [[ -n ${!1+x} ]]; then
    __creds_kind=${!1@a}
  else
    # Declared and without a value: bash tells only when asked like this.
    __creds_kind=${!__creds_list@a}
  fi
}

# Remember what NAME was. False when this shell does not let go of it.
__creds_keep() {
  \builtin local __creds_was="__creds_was_$1" __creds_list="$1[@]"
  case $__creds_kind in
    *[rn]*)
      __creds_skipped+="${__creds_skipped:+, }$1"
      \builtin return 1
      ;;
    # How bash itself writes the array down, in several words.
    *[aA]*) \builtin printf -v "$__creds_was" '%s ' "${!__creds_list@A}" ;;
    *)
      if [[ -n ${!1+x} ]]; then
        \builtin local __creds_value="${!1}"
        \builtin printf -v "$__creds_was" %s "$__creds_value"
        # A shell below this one knows exported variables only. One of 128 KiB with that
        # longer name would be too long for Linux, and nothing could be started any more.
        if [[ $__creds_kind = *x* && ${#__creds_value} -lt 30000 ]]; then
          \builtin export "__CREDS_WAS_$1=$__creds_value"
        fi
      fi
      ;;
  esac
  \builtin printf -v "__creds_had_$1" %s "${!1+set}:$__creds_kind"
}

# __creds_end STATUS PROJECT GIT MESSAGES SINCE COMPLAINT NOTE
__creds_end() {
  \builtin local __creds_count=0
  if [[ -z $1 && -n $__creds_names ]]; then __creds_left=$__creds_project; fi
  # Mode subshell: it is `creds shell` that loads, once this function is done.
  if [[ $1 = subshell ]]; then
    __creds_wanted=1 __creds_messages=$4
    \builtin return 0
  fi
  __creds_drop "$1"
  if [[ -n $2 || $1 = blocked ]]; then __creds_project=$2; fi
  if [[ -n $3 && $3 -ef $__creds_found ]]; then __creds_git=$3; fi
  if [[ -e $__creds_found/creds-binding ]]; then __creds_cookie=/creds-binding; fi
  __creds_messages=$4
  __creds_publish "$1" "$__creds_count" "$5"
  __creds_talk "$1" "$__creds_count" "$6" "$7"
}

# STATUS: what was loaded and is not in the new answer goes. Without an answer it
# stays, in this same repository.
__creds_drop() {
  \builtin local __creds_each='' __creds_seen='' __creds_stays=''
  if [[ $1 = error || $1 = cold ]]; then __creds_stays=1; fi
  \builtin eval "\\builtin set -- ${__creds_old//:/ }"
  for __creds_each; do
    __creds_seen=__creds_seen_$__creds_each
    if [[ -n ${!__creds_seen-} ]]; then
      \builtin unset -v "$__creds_seen"
    elif [[ -n $__creds_stays ]]; then
      __creds_next+=$__creds_each:
    else
      __creds_undo "$__creds_each"
      __creds_moved=1
    fi
  done
  __creds_names=$__creds_next
  \builtin eval "\\builtin set -- ${__creds_names//:/ }"
  __creds_count=$((__creds_shared + $#))
}

# STATUS COUNT SINCE: the variables for prompts, and what a shell below needs to take
# over: names, never values.
__creds_publish() {
  if [[ -z $1 ]]; then
    \builtin unset -v CREDS_PROJECT CREDS_STATUS CREDS_COUNT __CREDS_NAMES __CREDS_GIT __CREDS_SINCE
    __creds_project=''
    \builtin return 0
  fi
  # shellcheck disable=SC2034  # they are for prompts
  \builtin export CREDS_PROJECT="$__creds_project" CREDS_STATUS="$1" CREDS_COUNT="$2"
  \builtin export __CREDS_NAMES="$__creds_names" __CREDS_GIT="$__creds_git"
  if [[ -n $__creds_moved || -z ${__CREDS_SINCE-} ]]; then \builtin export __CREDS_SINCE="$3"; fi
  if [[ -z $__creds_project ]]; then \builtin unset -v CREDS_PROJECT; fi
  if [[ $1 = cold ]]; then \builtin unset -v CREDS_STATUS; fi
}
