# The modes that mask: what `creds hook --mode subshell` and `--mode session` put into
# creds.zsh, whose rules hold here too.
#
# `creds shell` is started as a child and leaves in a file how it ended: `exit` (by
# itself), a path (the user went there), nothing (it died), or no file (it did not
# start, and said why).

\builtin typeset -g +x __creds_main=__CREDS_MAIN__
\builtin typeset -g +x __creds_run=__CREDS_RUN__

# OPTIONS… → __creds_ended and the status
__creds_masked() {
  \builtin local __creds_file=$__creds_run/left.$$ __creds_code=0 __creds_tty
  __creds_tty=$(\builtin command stty -g 2>/dev/null)
  \builtin command rm -f -- "$__creds_file"
  if [[ -n $__creds_python && -x $__creds_python && -r $__creds_module ]]; then
    "$__creds_python" -I -c "$__creds_main" shell "$@" --shell "${commands[zsh]:-zsh}" --left "$__creds_file" 2>&9 9>&-
  else
    \builtin command creds shell "$@" --shell "${commands[zsh]:-zsh}" --left "$__creds_file" 2>&9 9>&-
  fi
  __creds_code=$? __creds_ended=none
  if [[ -e $__creds_file ]]; then
    \builtin read -r -d '' __creds_ended <"$__creds_file"
    \builtin command rm -f -- "$__creds_file"
  fi
  # When the wrapper is killed this shell may be quicker than whoever gives the terminal back for it.
  if [[ $__creds_ended != exit && $__creds_ended != /* ]]; then \builtin command stty "$__creds_tty" 2>/dev/null; fi
  \builtin return "$__creds_code"
}

# Mode subshell: a shell for this project, until it is left. What the user typed
# last in it decides what this one does.
__creds_subshell() {
  \builtin local __creds_ended='' __creds_code=0
  __creds_masked || __creds_code=$?
  case $__creds_ended in
    exit) __creds_exit "$__creds_code" ;;
    /*)
      # Its own hook decides about the place where the user went.
      if \builtin cd -q -- "$__creds_ended"; then __creds_again=1; fi
      ;;
    none) ;;
    *) if [[ $__creds_code -ne 148 ]]; then __creds_say 'the masked shell died; this one goes on without secrets'; fi ;;
  esac
}

# stderr is the user's again: an EXIT trap may speak.
__creds_exit() {
  \builtin exec 2>&9 9>&-
  \builtin exit "$1"
}

# Inside such a shell: gone from the project means back to the parent.
__creds_scoped() {
  __creds_climb
  if [[ -n $__creds_found && $__creds_found -ef $__CREDS_ROOT/.git ]]; then
    __creds_said=''
  elif [[ "${(v)jobstates}" = *suspended* ]]; then
    if [[ -z $__creds_said ]]; then __creds_say 'there are stopped jobs: still in the shell of the project'; fi
    __creds_said='jobs'
  else
    \builtin printf %s "$PWD" >|"$__CREDS_LEFT"
    __creds_exit 0
  fi
}

# Mode session: the whole terminal in a masked shell; this one ends with it. Not
# inside one, not below a shell of this terminal, not in an editor.
__creds_session() {
  \builtin local __creds_ended='' __creds_code=0
  if [[ ! -t 0 || ! -t 1 || ! -t 9 || -n ${CREDS_DISABLE-}${CREDS_SHELL-} ]]; then \builtin return 0; fi
  if [[ -n ${__CREDS_OUTSIDE-} && /dev/fd/0 -ef $__CREDS_OUTSIDE ]]; then \builtin return 0; fi
  if [[ -n ${VIM-}${NVIM-}${INSIDE_EMACS-}${VSCODE_INJECTION-}${ZED_TERM-}${TERMINAL_EMULATOR-} || ${TERM_PROGRAM-} = vscode ]]; then
    \builtin return 0
  fi
  __creds_masked --session || __creds_code=$?
  if [[ $__creds_ended = exit ]]; then __creds_exit "$__creds_code"; fi
  if [[ $__creds_ended = none ]]; then
    __creds_say 'the masked session did not start; this terminal goes on unmasked'
  else
    __creds_say 'the masked session ended; this terminal goes on unmasked'
  fi
  __CREDS_OUTSIDE=$(\builtin command tty)
  \builtin export __CREDS_OUTSIDE
}
