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

  # ---- Leaving: no process -------------------------------------------------------------

  __creds_leave() {
    \builtin local __creds_left=${__creds_names:+$__creds_project}
    \builtin trap - DEBUG ZERR
    __creds_undo_all
    __creds_publish ''
    __creds_git='' __creds_said='' __creds_adopted='' __creds_watch=''
    if [[ -n $__creds_left ]]; then __creds_say "$__creds_left, unloaded"; fi
  }

  __creds_undo_all() {
    __creds_undo "${(@s.:.)__creds_names%:}"
    __creds_names=''
  }

  # Put back what each NAME was, if it is still what we made it.
  __creds_undo() {
    \builtin local __creds_each __creds_had __creds_was __creds_ours __creds_kind
    for __creds_each in "${(@)@:#}"; do
      __creds_had=__creds_had_$__creds_each __creds_was=__creds_was_$__creds_each
      __creds_ours=__creds_ours_$__creds_each __creds_kind=${(Pt)__creds_each}
      if [[ $__creds_kind = scalar* && $__creds_kind != *readonly* && ${(P)__creds_each} = "${(P)__creds_ours-}" ]]; then
        \builtin unset "$__creds_each"
        if [[ -n ${(P)__creds_had-} ]]; then __creds_put_back "$__creds_each" "${(P)__creds_had}"; fi
      fi
      \builtin unset "$__creds_had" "$__creds_was" "$__creds_ours" "__CREDS_WAS_$__creds_each"
    done
  }

  # NAME KIND: KIND is what ${(t)NAME} said, as in `integer-left-export`. How wide it
  # is shown, with how many digits and to which base, only the text of its value tells.
  __creds_put_back() {
    \builtin local __creds_each __creds_text=${(P)__creds_was}
    \builtin local -i __creds_width=${#__creds_text} __creds_digits=${#${${__creds_text#*.}%e*}}
    \builtin local -a __creds_flags
    \builtin set -A __creds_flags -g
    case $2 in
      integer*) __creds_flags+=-i${${${(M)__creds_text#*\#}#-}%\#} ;;
      float*)
        if [[ $__creds_text = *e* ]]; then
          __creds_flags+=-E$((__creds_digits + 1))
        else
          __creds_flags+=-F$__creds_digits
        fi
        ;;
      array*) __creds_flags+=-a ;;
      association*) __creds_flags+=-A ;;
    esac
    for __creds_each in export:x lower:l upper:u unique:U hide:h hideval:H tag:t \
      left:L$__creds_width right_blanks:R$__creds_width right_zeros:Z$__creds_width; do
      if [[ $2- = *-${__creds_each%:*}-* ]]; then __creds_flags+=-${__creds_each#*:}; fi
    done
    case $2 in
      array* | association*)
        \builtin typeset "${(@)__creds_flags}" -- "$1"
        \builtin set -A "$1" "${(@P)__creds_was}"
        ;;
      *) \builtin typeset "${(@)__creds_flags}" -- "$1=$__creds_text" ;;
    esac
  }

  # ---- Words: one line, on stderr ------------------------------------------------------
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
