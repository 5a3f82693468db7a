# =============================================================================
# creds: the zsh hook (5.3 and later)
#
#   eval "$(creds hook zsh)"         in ~/.zshrc
#
# At each prompt and at each `cd` three questions are answered by builtins,
# without a process:
#   - is the same .git still the nearest one above the working directory?
#   - is every watched file as old as its reference file?
#   - are the variables that choose what loads as they were?
# Three times yes: done. Otherwise one process prints what to evaluate.
# Leaving needs no process: the shell kept what it has to put back.
#
# Rules of this file
#   - `\builtin` before every builtin: no alias or function named `local`,
#     `export` or `eval` gets between. The backslash stops aliases.
#   - `emulate -L zsh` first in whatever zsh or the reply calls: ksh_arrays,
#     sh_word_split, nomatch, err_exit and xtrace are the user's and come back.
#   - Nothing of it is in the trace of `set -x`: what a prompt and a `cd` call has
#     its own options, and stderr is shut while something is done; what we say goes
#     to 9, the real one.
#   - No `name=(…)`: a shell that is not zsh may have to parse this.
#   - Values are in __creds_ours_NAME and __creds_was_NAME, unexported, and
#     only while they are loaded.
# =============================================================================

if [ -n "${ZSH_VERSION-}" ]; then

  # ---- Where creds is: fixed when this text was made; empty: ask the PATH each time ----

  \builtin typeset -g __creds_python=__CREDS_PYTHON__
  \builtin typeset -g __creds_module=__CREDS_MODULE__
  \builtin typeset -g __creds_boot=__CREDS_BOOT__
  \builtin typeset -g __creds_protocol=__CREDS_PROTOCOL__
  \builtin typeset -g __creds_mode=__CREDS_MODE__
  # The variables that choose what is loaded, as one word.
  \builtin typeset -g __creds_choice='${CREDS_DISABLE-}:${CREDS_ENV-}:${CREDS_PROVIDER-}:${CREDS_AGENT-}:${CREDS_HOME-}:${GIT_CEILING_DIRECTORIES-}'
  # all_export exports them although nobody asked.
  \builtin typeset -g +x __creds_python __creds_module __creds_boot __creds_protocol __creds_mode __creds_choice

  # ---- The prompt, and `cd` ------------------------------------------------------------

  # NAME BODY → a function that has these options while it runs: no trace of it, at a
  # tenth of what shutting stderr costs. One line: csh_junkie_quotes ends a word there.
  __creds_define() {
    \builtin emulate zsh -o no_xtrace -o no_verbose -o no_err_exit -o no_err_return -c "$1() { $2 }"
  }

  # TESTS → the function that is first in precmd_functions, made anew for each place: a
  # call of another function costs as much as three file tests. zsh keeps $? by itself.
  __creds_arm() {
    __creds_define __creds_hook "[[ $1 ]] || __creds_turn 9>&2 2>/dev/null || \\builtin true"
  }

  # First in chpwd_functions.
  __creds_define __creds_chpwd '__creds_busy || __creds_hook'

  # Not in a subshell, which has nothing to load for, and not while the line editor
  # runs (a completion, a widget): the prompt comes. A masked shell begins and ends
  # between two lines, not inside of one.
  __creds_busy() {
    [[ $ZSH_SUBSHELL -gt 0 || $__creds_mode = subshell || -n $__creds_scope ]] || { [[ -o zle ]] && \builtin zle; } || __creds_covered
  }

  # A `cd` in a function that has a local variable of one of our names: what is global
  # cannot be reached from there. The prompt can.
  __creds_covered() {
    \builtin local __creds_each
    if [[ ${#funcstack} -le 3 ]]; then \builtin return 1; fi # chpwd, busy and this one alone
    for __creds_each in ${(s.:.)__creds_names}; do
      if [[ ${(Pt)__creds_each} = *-local* ]]; then \builtin return 0; fi
    done
    \builtin return 1
  }

  # Something is not as it was. What `emulate` leaves alone is named: it resets
  # only what breaks portability.
  __creds_turn() {
    \builtin emulate -L zsh
    \builtin setopt no_xtrace no_verbose no_all_export no_err_exit no_err_return no_warn_create_global typeset_silent
    \builtin local __creds_up='' __creds_found='' __creds_now=''
    \builtin eval "__creds_now=$__creds_choice"
    if [[ -n $__creds_held && -z ${__p9k_instant_prompt_active-} ]]; then __creds_release; fi
    if [[ -n $__creds_scope ]]; then
      if [[ $__creds_scope = served ]]; then __creds_scoped; fi
    elif [[ -n ${CREDS_DISABLE-} ]]; then
      if [[ -n $__creds_git$__creds_names ]]; then __creds_leave; fi
    elif ! __creds_same; then
      if [[ -n $__creds_found ]]; then __creds_enter; else __creds_leave; fi
    fi
    if [[ -n $__creds_again ]]; then
      __creds_again=''
      __creds_turn
    else
      __creds_settle
    fi
  }

  # True when nothing has to be done.
  __creds_same() {
    __creds_climb
    if [[ -z $__creds_found ]]; then
      [[ -z $__creds_git$__creds_names ]]
    else
      [[ $__creds_found$__creds_cookie -ef $__creds_git$__creds_cookie && $__creds_now = "$__creds_env" ]] && \builtin eval "[[ ${__creds_watch:--z ''} ]]"
    fi
  }

  # To the nearest .git: __creds_up is the way, __creds_found the place, if there is
  # one. In a directory that may not be searched every path fails, `/` included.
  __creds_climb() {
    until [[ -e ${__creds_up}.git || ${__creds_up}. -ef / || ${#__creds_up} -gt 600 ]]; do
      if [[ -n ${GIT_CEILING_DIRECTORIES-} ]] && __creds_ceiling; then \builtin break; fi
      __creds_up=../$__creds_up
    done
    if [[ -e ${__creds_up}.git ]]; then __creds_found=${__creds_up}.git; fi
  }

  # Like git: the walk does not go up into a directory of that list.
  __creds_ceiling() {
    \builtin local __creds_each
    for __creds_each in "${(@s.:.)GIT_CEILING_DIRECTORIES}"; do
      if [[ $__creds_each = /* && $__creds_each -ef ${__creds_up}.. ]]; then \builtin return 0; fi
    done
    \builtin return 1
  }

  # What the next prompts ask in this place: no nearer .git, the same one at this
  # height (its cookie goes with it: `git init` makes another one in the same place;
  # outside: none up to the root), no watched file changed. While none of the variables
  # is set, that is cheap to see.
  __creds_settle() {
    \builtin local __creds_tests="-z ${__creds_choice//:/}" __creds_step=''
    \builtin eval "__creds_env=$__creds_choice"
    if [[ $__creds_env != ::::: ]]; then __creds_tests="\"$__creds_choice\" = \"\$__creds_env\""; fi
    if [[ -n $__creds_scope$__creds_held ]]; then
      __creds_tests='-z 1'
    elif [[ -z ${CREDS_DISABLE-} ]]; then
      while [[ $__creds_step != "$__creds_up" ]]; do
        __creds_tests+=" && ! -e ${__creds_step}.git"
        __creds_step=../$__creds_step
      done
      if [[ -n $__creds_found ]]; then
        __creds_tests+=" && ${__creds_up}.git$__creds_cookie -ef \$__creds_git$__creds_cookie${__creds_watch:+ && $__creds_watch}"
      else
        __creds_tests+=" && ! -e ${__creds_up}.git && ${__creds_up}. -ef /"
      fi
    fi
    __creds_arm "$__creds_tests"
  }

  # ---- The rest of it: files beside this one, put here by `creds hook` -----------------

  # __CREDS_ENTER__

  # __CREDS_LEAVE__

  # __CREDS_WORDS__

  # ---- What a shell inherits -----------------------------------------------------------
  # Below a loaded shell, exec'd from one, in a tmux pane: take over what the environment
  # says is ours, and undo it like our own.

  __creds_adopt() {
    \builtin local __creds_each __creds_exported
    for __creds_each in "${(@s.:.)__CREDS_NAMES-}"; do
      case $__creds_each in
        '' | [0-9]* | *[^A-Za-z0-9_]*) \builtin continue ;;
      esac
      __creds_exported=__CREDS_WAS_$__creds_each
      if [[ ${(Pt)__creds_each} != scalar-export ]]; then
        \builtin unset "$__creds_exported" # the user has taken NAME out
      else
        \builtin typeset -g -- "__creds_ours_$__creds_each=${(P)__creds_each}"
        \builtin typeset -g -- "__creds_had_$__creds_each=${(Pt)__creds_exported}"
        \builtin typeset -g -- "__creds_was_$__creds_each=${(P)__creds_exported-}"
        __creds_names+=$__creds_each:
      fi
    done
    __creds_git=${__CREDS_GIT-} __creds_project=${CREDS_PROJECT-} __creds_adopted=1
  }

  # ---- A session around this shell -----------------------------------------------------
  # The modes that mask are in modes.zsh, which `creds hook` puts here when one of them was
  # chosen, also by the shell that started this one.

  # __CREDS_MODES__

  # What an inherited session means here: only the terminal proves it. A tmux pane
  # or an editor's shell has the variables and is not inside.
  __creds_locate() {
    __creds_scope=''
    if [[ -z ${__CREDS_SESSION-} ]]; then \builtin return 0; fi
    if [[ -n ${__CREDS_TTY-} && /dev/fd/0 -ef ${__CREDS_TTY-} ]]; then
      if [[ -n ${__creds_run-} && -n ${__CREDS_LEFT-} && -n ${__CREDS_ROOT-} && ${__CREDS_SHELL_PID-} = "$$" ]]; then
        __creds_scope=served
      elif [[ $__creds_mode = subshell || -n ${__CREDS_ROOT-} ]]; then
        __creds_scope=nested
      elif [[ -n ${__CREDS_SCOPE_NAMES-} ]]; then
        __creds_adopted=1
      fi
      \builtin return 0
    fi
    __creds_forget
  }

  # Values and variables of a session that this shell is not in.
  __creds_forget() {
    \builtin local __creds_each
    for __creds_each in "${(@s. .)__CREDS_SCOPE_NAMES-}"; do
      if [[ ${(Pt)__creds_each} = scalar-export ]]; then \builtin unset "$__creds_each"; fi
    done
    \builtin unset CREDS_SHELL __CREDS_SESSION __CREDS_TTY __CREDS_SHELL_PID __CREDS_ROOT __CREDS_LEFT __CREDS_SCOPE_NAMES
  }

  # ---- Beginning. Sourced again (an upgrade): the state stays, the functions are new ----

  __creds_begin() {
    \builtin emulate -L zsh
    \builtin setopt no_xtrace no_verbose no_all_export no_err_exit no_err_return no_warn_create_global typeset_silent
    # Nothing was answered yet.
    \builtin typeset -g __creds_watch="-n ''" __creds_cookie=''
    __creds_arm '-z 1'
    if [[ -z ${__creds_names+x} ]]; then
      \builtin typeset -g __creds_git='' __creds_env='' __creds_names='' __creds_project='' __creds_said=''
      \builtin typeset -g __creds_messages='' __creds_adopted='' __creds_held='' __creds_scope='' __creds_again=''
      if [[ -n ${__CREDS_NAMES-}${__CREDS_GIT-} ]]; then __creds_adopt; fi
    fi
    if [[ -o interactive ]]; then
      __creds_locate
      if [[ $__creds_mode = session ]]; then __creds_session; fi
    fi
    \builtin typeset -ga precmd_functions chpwd_functions
    \builtin set -A precmd_functions __creds_hook "${(@)precmd_functions:#__creds_hook}"
    \builtin set -A chpwd_functions __creds_chpwd "${(@)chpwd_functions:#__creds_chpwd}"
  }

  { __creds_begin; } 9>&2 2>/dev/null
fi
