# Entering a project and changing in it: what one process answers, and what its reply calls.
# A part of creds.zsh, whose rules hold here too.

# ---- Entering and changing: one process ----------------------------------------------

__creds_enter() {
  \builtin local __creds_reply='' __creds_unheard='' __creds_left='' __creds_next='' __creds_moved='' __creds_skipped='' __creds_wanted='' __creds_waiting=''
  \builtin local -i __creds_code=0 __creds_shared=0
  \builtin trap - DEBUG ZERR # until this function ends: emulate -L made traps local
  if [[ -z $__creds_git || ! $__creds_found -ef $__creds_git ]]; then
    # Another repository: what the former one gave goes before anything is asked.
    __creds_left=${__creds_names:+$__creds_project}
    __creds_undo_all
    __creds_said='' __creds_project=''
  fi
  # From here on this is answered, whatever happens, ^C included: a load that
  # fails is tried again when something changes and not at each prompt.
  __creds_git=$PWD/$__creds_found
  __creds_watch='' __creds_cookie=''
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
    __creds_reply=$(\builtin exec -- "$__creds_python" -X utf8 -I -S -c "$__creds_boot" zsh "$__creds_protocol" "$__creds_mode" </dev/null 9>&-)
  else
    __creds_unheard='creds is not installed any more where this shell found it; open a new shell once it is'
    # Not one of the place itself, where the PATH names a relative directory.
    __creds_reply=$([[ $(\builtin whence -p creds) = /* ]] && \builtin exec -- creds export zsh --hook "$__creds_protocol" "$__creds_mode" </dev/null 9>&-)
  fi
  __creds_code=$?
}

# ---- What the reply calls, for a hundred names at a time -----------------------------
# At the end of each function zsh looks at every variable that there is. It gives up a
# whole eval at a read-only name, so each one is asked what it is first.

# __creds_set NAME VALUE [NAME VALUE]…
__creds_set() {
  \builtin local __creds_name __creds_value __creds_had __creds_was __creds_ours __creds_kind
  while [[ $# -gt 0 ]]; do
    __creds_name=$1 __creds_value=$2
    __creds_had=__creds_had_$1 __creds_was=__creds_was_$1 __creds_ours=__creds_ours_$1 __creds_kind=${(Pt)1}
    \builtin shift 2
    if [[ -n ${(P)__creds_had+x} ]]; then
      # A new answer about the same project. What the user changed meanwhile stays.
      __creds_next+=$__creds_name:
      if [[ $__creds_kind != scalar* || ${(P)__creds_name} != "${(P)__creds_ours-}" ]]; then \builtin continue; fi
      if [[ ${(P)__creds_name} = "$__creds_value" ]]; then \builtin continue; fi
    elif [[ $__creds_kind = scalar-export && ${(P)__creds_name} = "$__creds_value" ]]; then
      # The user exports the very same: nothing to do, and nothing to undo.
      __creds_shared+=1
      \builtin continue
    elif [[ $__creds_kind = *readonly* || $__creds_kind = *special* || $__creds_kind = *tied* ]]; then
      # This shell does not let go of it.
      __creds_skipped+=${__creds_skipped:+, }$__creds_name
      \builtin continue
    elif [[ $__creds_kind = *-local* ]]; then
      # It belongs to a function that called `cd`: again at the prompt.
      __creds_waiting=1
      \builtin continue
    else
      if [[ -n $__creds_kind ]]; then __creds_keep "$__creds_name"; fi
      \builtin typeset -g -- "$__creds_had=$__creds_kind"
      # Known at once: ^C may come before the rest, and what is set has to go on leaving.
      __creds_next+=$__creds_name: __creds_names+=$__creds_name:
    fi
    # Unset first: a variable that is declared integer would evaluate the value.
    \builtin unset "$__creds_name"
    \builtin typeset -g -- "$__creds_ours=$__creds_value"
    \builtin typeset -gx -- "$__creds_name=$__creds_value"
    __creds_moved=1
  done
}

# Remember what NAME was.
__creds_keep() {
  case $__creds_kind in
    array* | association*) \builtin set -A "$__creds_was" "${(@Pkv)1}" ;;
    *)
      \builtin typeset -g -- "$__creds_was=${(P)1}"
      # A shell below this one knows exported variables only. One of 128 KiB with that
      # longer name would be too long for Linux, and nothing could be started any more.
      if [[ $__creds_kind = *export* && ${#${(P)1}} -lt 30000 ]]; then
        \builtin typeset -gx -- "__CREDS_WAS_$1=${(P)1}"
      fi
      ;;
  esac
}

# __creds_end STATUS PROJECT GIT MESSAGES SINCE COMPLAINT NOTE
__creds_end() {
  \builtin local -i __creds_count=0
  # Mode subshell: it is `creds shell` that loads, once this function is done.
  if [[ $1 = subshell ]]; then
    __creds_wanted=1 __creds_messages=$4
    \builtin return 0
  fi
  if [[ -z $1 && -n $__creds_names ]]; then __creds_left=$__creds_project; fi
  __creds_drop "$1"
  if [[ -n $2 || $1 = blocked ]]; then __creds_project=$2; fi
  if [[ -n $3 && $3 -ef $__creds_found ]]; then __creds_git=$3; fi
  if [[ -e $__creds_found/creds-binding ]]; then __creds_cookie=/creds-binding; fi
  __creds_messages=$4
  __creds_publish "$1" "$__creds_count" "$5"
  if [[ -n $__creds_waiting ]]; then
    __creds_watch="-n ''"
  else
    __creds_talk "$1" "$__creds_count" "$6" "$7"
  fi
}

# STATUS: what was loaded and is not in the new answer goes. Without an answer it
# stays, in this same repository.
__creds_drop() {
  \builtin local -a __creds_old __creds_new
  \builtin set -A __creds_old "${(@s.:.)__creds_names%:}"
  \builtin set -A __creds_new "${(@s.:.)__creds_next%:}"
  \builtin set -A __creds_old "${(@)${(@)__creds_old:|__creds_new}:#}"
  if [[ ${#__creds_old} -gt 0 ]]; then
    if [[ $1 = error || $1 = cold ]]; then
      __creds_next+="${(j.:.)__creds_old}:"
    else
      __creds_undo "${(@)__creds_old}"
      __creds_moved=1
    fi
  fi
  __creds_names=$__creds_next
  \builtin set -A __creds_new "${(@s.:.)__creds_names%:}"
  __creds_count=$((__creds_shared + ${#__creds_new:#}))
}

# STATUS COUNT SINCE: the variables for prompts, and what a shell below needs to take
# over: names, never values.
__creds_publish() {
  if [[ -z $1 ]]; then
    \builtin unset CREDS_PROJECT CREDS_STATUS CREDS_COUNT __CREDS_NAMES __CREDS_GIT __CREDS_SINCE
    __creds_project=''
    \builtin return 0
  fi
  \builtin typeset -gx CREDS_PROJECT="$__creds_project" CREDS_STATUS="$1" CREDS_COUNT="$2"
  \builtin typeset -gx __CREDS_NAMES="$__creds_names" __CREDS_GIT="$__creds_git"
  if [[ -n $__creds_moved || -z ${__CREDS_SINCE-} ]]; then \builtin typeset -gx __CREDS_SINCE="$3"; fi
  if [[ -z $__creds_project ]]; then \builtin unset CREDS_PROJECT; fi
  if [[ $1 = cold ]]; then \builtin unset CREDS_STATUS; fi
}
