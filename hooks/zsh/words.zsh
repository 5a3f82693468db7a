# What is said: one line, on stderr. A part of creds.zsh, whose rules hold here too.

# powerlevel10k's instant prompt complains about output before the first real prompt:
# held back until it is over.

__creds_say() {
  if [[ ${CREDS_MESSAGES:-$__creds_messages} = off ]]; then \builtin return 0; fi
  if [[ -n ${__p9k_instant_prompt_active-} ]]; then
    __creds_held+="creds: $1"$'\n'
  else
    \builtin print -r -u9 -- "creds: $1"
  fi
}

__creds_release() {
  \builtin print -rn -u9 -- "$__creds_held"
  __creds_held=''
}

# STATUS COUNT COMPLAINT NOTE: said when something changed, and once.
__creds_talk() {
  \builtin local __creds_line=$3 __creds_before=$__creds_said
  __creds_said="$1 $3 $__creds_skipped"
  if [[ -z $__creds_moved$__creds_left ]]; then
    if [[ $__creds_said = "$__creds_before" ]]; then \builtin return 0; fi
    # A shell that inherits what is loaded has nothing to tell.
    if [[ $1 = loaded && -n $__creds_adopted ]]; then \builtin return 0; fi
  fi
  if [[ -n $__creds_skipped ]]; then
    __creds_line+="${3:+; }$__creds_skipped not set: read-only or special in this shell"
  fi
  if [[ $1 = loaded ]] || [[ $1 != error && $2 -gt 0 ]]; then
    __creds_summary "$2"
    __creds_line="$__creds_project, $__creds_now$4${__creds_line:+; $__creds_line}"
  elif [[ -n $__creds_line && $1 != error ]]; then
    __creds_line="${__creds_project:+$__creds_project, }$__creds_line"
  elif [[ -z $__creds_line && -n $__creds_left ]]; then
    __creds_line="$__creds_left, unloaded"
  fi
  if [[ -n $__creds_line ]]; then __creds_say "$__creds_line"; fi
}

# COUNT → `6 secrets`, and which ones for those who want to read it.
__creds_summary() {
  __creds_now="$1 secrets"
  if [[ $1 -eq 1 ]]; then __creds_now='1 secret'; fi
  if [[ ${CREDS_MESSAGES:-$__creds_messages} = names && -n $__creds_names ]]; then
    __creds_now+=": ${${__creds_names%:}//:/ }"
  fi
}
