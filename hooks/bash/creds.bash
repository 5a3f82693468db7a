# shellcheck shell=bash disable=SC2317  # what the reply calls looks unreachable
# =============================================================================
# creds: the bash hook
#
#   eval "$(creds hook bash)"        in ~/.bashrc
#
# At each prompt three questions are answered by builtins, without a process:
#   - is the same .git still the nearest one above the working directory?
#   - is every watched file as old as its reference file?
#   - are the variables that choose what loads as they were?
# Three times yes: done. Otherwise one process prints what to evaluate.
# Leaving needs no process: the shell kept what it has to put back.
#
# Rules of this file
#   - `\builtin` before every builtin: no alias or function named `local`,
#     `export` or `eval` gets between. The backslash stops aliases.
#   - Names and values are compared with `test`, never by a pattern, which
#     nocasematch changes.
#   - Nothing is split or globbed: IFS and failglob do not matter. `\builtin local
#     a=$b` would split. A list of names is `A:B:`, and becomes words by `eval`.
#   - Nothing here needs a syntax that dash cannot parse, because sh may read
#     what ~/.profile sources, nor one that bash 3.2 cannot. Array literals
#     therefore live in `eval`.
#   - Values are in __creds_ours_NAME and __creds_was_NAME, unexported, and
#     only while they are loaded.
#   - stderr is shut while the hook runs, so that `set -x` prints nothing of it;
#     what we say goes to 9, the real one. The one line that remains, `+
#     __creds_hook`, is printed by bash before anything of ours runs. A compound
#     command in PROMPT_COMMAND would be silent, but bash-preexec and terminals
#     compare $BASH_COMMAND with its words and would take ours for the user's.
# =============================================================================

if [ -n "${BASH_VERSION-}" ]; then

  # Under `set -a` everything below would be exported, the functions too.
  case $- in
    *a*) \builtin set +a && __creds_allexport=1 ;;
    *) __creds_allexport='' ;;
  esac

  # ---- Where creds is: fixed when this text was made; empty: ask the PATH each time ----

  __creds_python=__CREDS_PYTHON__
  __creds_module=__CREDS_MODULE__
  __creds_boot=__CREDS_BOOT__
  __creds_protocol=__CREDS_PROTOCOL__
  __creds_mode=__CREDS_MODE__
  __creds_wrap=__CREDS_WRAP__

  # The variables that choose what is loaded, as one word.
  # shellcheck disable=SC2016  # expanded at each prompt
  __creds_choice='${CREDS_DISABLE-}:${CREDS_ENV-}:${CREDS_PROVIDER-}:${CREDS_AGENT-}:${CREDS_HOME-}:${GIT_CEILING_DIRECTORIES-}'

  # ---- The prompt ----------------------------------------------------------------------

  # TESTS → the function that is first in PROMPT_COMMAND. Made anew for each place: a
  # call of another function costs as much as two file tests. $? is what the user's
  # command left; it is handed on to what follows in the same element of PROMPT_COMMAND.
  # Alone in one, where bash keeps it by itself, the user's ERR trap would tell of it
  # twice, and `set -e` end the shell. The tests need no option to be set or unset.
  __creds_arm() {
    \builtin eval "__creds_hook() {
      \\builtin set -- \"\$?\"
      [[ $1 ]] || __creds_turn 2>/dev/null
      [[ \$1 = 0 || -n \${__creds_alone-} || \$- = *e* ]] || \\builtin return \"\$1\"
    } 9>&2 2>&-"
  }

  # Something is not as it was. `local -` puts the options back when this function
  # ends, by ^C too.
  __creds_turn() {
    \builtin local -
    \builtin set +aefkuvxET
    \builtin local __creds_up='' __creds_found='' __creds_now=''
    \builtin eval "__creds_now=$__creds_choice"
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
      [[ $__creds_found$__creds_cookie -ef $__creds_git$__creds_cookie ]] && \builtin test "$__creds_now" = "$__creds_env" &&
        \builtin eval "[[ ${__creds_watch:--z ''} ]]"
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
    \builtin local __creds_rest="$GIT_CEILING_DIRECTORIES:"
    while [[ -n $__creds_rest ]]; do
      if [[ ${__creds_rest:0:1} = / && ${__creds_rest%%:*} -ef ${__creds_up}.. ]]; then \builtin return 0; fi
      __creds_rest=${__creds_rest#*:}
    done
    \builtin return 1
  }

  # What the next prompts ask in this place: no nearer .git, the same one at this
  # height (its cookie goes with it: `git init` makes another one in the same place;
  # outside: none up to the root), no watched file changed. While none of the
  # variables is set `[[` can tell, at a third of the cost of `test`.
  __creds_settle() {
    \builtin local __creds_tests="-z ${__creds_choice//:/}" __creds_step=''
    \builtin eval "__creds_env=$__creds_choice"
    if ! \builtin test "$__creds_env" = :::::; then
      __creds_tests="-z '' ]] && \\builtin test \"$__creds_choice\" = \"\$__creds_env\" && [[ -z ''"
    fi
    if [[ -n $__creds_scope ]]; then
      __creds_tests="-n ''"
    elif [[ -z ${CREDS_DISABLE-} ]]; then
      while ! \builtin test "$__creds_step" = "$__creds_up"; do
        __creds_tests+=" && ! -e ${__creds_step}.git"
        __creds_step=../$__creds_step
      done
      if [[ -n $__creds_found ]]; then
        __creds_here=${__creds_up}.git$__creds_cookie __creds_there=$__creds_git$__creds_cookie
        __creds_tests+=" && \$__creds_here -ef \$__creds_there${__creds_watch:+ && $__creds_watch}"
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
    __creds_git=${__CREDS_GIT-} __creds_project=${CREDS_PROJECT-} __creds_adopted=1
    case ${__CREDS_NAMES-} in
      *[!A-Za-z0-9_:]*) \builtin return 0 ;;
    esac
    \builtin eval "\\builtin set -- ${__CREDS_NAMES//:/ }"
    for __creds_each; do
      if [[ $__creds_each = [0-9]* ]]; then \builtin continue; fi
      __creds_exported=__CREDS_WAS_$__creds_each
      if [[ -z ${!__creds_each+x} ]]; then
        \builtin unset -v "$__creds_exported" # the user has taken NAME out
        \builtin continue
      fi
      \builtin printf -v "__creds_ours_$__creds_each" %s "${!__creds_each}"
      \builtin printf -v "__creds_had_$__creds_each" %s "${!__creds_exported+set}:${!__creds_exported+x}"
      \builtin printf -v "__creds_was_$__creds_each" %s "${!__creds_exported-}"
      __creds_names+=$__creds_each:
    done
  }

  # ---- A session around this shell -----------------------------------------------------
  # The modes that mask are in modes.bash, which `creds hook` puts here when one of them was
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
    case ${__CREDS_SCOPE_NAMES-} in
      *[!A-Za-z0-9_\ ]*) ;;
      *) \builtin eval "\\builtin unset -v ${__CREDS_SCOPE_NAMES-}" ;;
    esac
    \builtin unset -v CREDS_SHELL __CREDS_SESSION __CREDS_TTY __CREDS_SHELL_PID __CREDS_ROOT __CREDS_LEFT __CREDS_SCOPE_NAMES
  }

  # ---- Beginning. Sourced again (an upgrade): the state stays, the functions are new ----

  __creds_begin() {
    \builtin local -
    \builtin set +aefkuvxET
    # Nothing was answered yet.
    __creds_watch="-n ''" __creds_cookie=''
    __creds_arm "-n ''"
    if [[ -z ${__creds_names+x} ]]; then
      __creds_git='' __creds_env='' __creds_names='' __creds_project='' __creds_said='' __creds_messages=''
      __creds_adopted='' __creds_scope='' __creds_again=''
      if [[ -n ${__CREDS_NAMES-}${__CREDS_GIT-} ]]; then __creds_adopt; fi
    fi
    if [[ $- = *i* ]]; then
      __creds_locate
      if [[ $__creds_mode = session ]]; then __creds_session; fi
      __creds_install
    fi
    if [[ -n $__creds_wrap ]]; then
      # `cd project && command`: the secrets are there before the prompt. Not in a function,
      # whose local variables may stand before the global ones. In quotes: an alias like
      # cd='cd -P' would stand in the name, and this whole file would be a syntax error.
      # A `cd` of the user's own, which lists or jumps as well, goes on doing so. It is taken
      # once: a later one may call a copy of ours, which would call it again without end.
      if ! \builtin declare -F __creds_cd >/dev/null; then
        \builtin local __creds_own=''
        __creds_own=$(\builtin declare -f cd)
        if [[ -z $__creds_own ]]; then __creds_own='cd() { \builtin cd "$@"; }'; fi
        \builtin eval "__creds_$__creds_own"
      fi
      \builtin eval 'function cd {
        __creds_cd "$@" || \builtin return
        case ${FUNCNAME[1]-main} in main | source) __creds_hook ;; esac
      }'
    fi
  } 9>&2 2>/dev/null

  # First in PROMPT_COMMAND: what follows may need the secrets. Last is the healer, but not
  # beside a DEBUG trap (VS Code, a timer of commands), which would take it for the command
  # typed next. Outside of functions alone bash tells whether there is one: the healer asks
  # at its first prompt, and hands the answer in.
  __creds_install() {
    \builtin local __creds_kind=''
    __creds_attributes PROMPT_COMMAND
    if [[ $__creds_kind = *r* ]]; then
      # Assigning to it would end this function.
      __creds_say 'PROMPT_COMMAND is read-only in this shell: nothing loads by itself, creds shell does'
      \builtin return 0
    fi
    if [[ -n ${BLE_VERSION-} ]]; then
      # An older one cannot put a hook first.
      blehook PRECMD+-=__creds_hook || blehook PRECMD!=__creds_hook
    elif [[ -n ${bash_preexec_imported-}${__bp_imported-} ]]; then
      # Its last command has to stay the last one: nothing of ours in PROMPT_COMMAND.
      \builtin eval 'precmd_functions=(__creds_hook "${precmd_functions[@]/#%__creds_hook/}")'
      __creds_arrange '' ''
    elif ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 501)); then
      # A newline, never `;`: what is there may end in one.
      # shellcheck disable=SC2178  # no array there
      PROMPT_COMMAND=__creds_hook$'\n'${PROMPT_COMMAND//__creds_hook$'\n'/}
    elif [[ ${PROMPT_COMMAND[*]-} = *__vsc_prompt_cmd* && ${__vsc_original_prompt_command-} = *__creds_hook* ]]; then
      __creds_arrange '' '' # VS Code calls it
    elif [[ -n ${VSCODE_INJECTION-} ]]; then
      __creds_arrange __creds_hook ''
      __creds_alone='' # VS Code will call it, with what is joined to it in the meantime
    elif [[ -n ${1-}${__vsc_original_prompt_command+x} ]]; then
      __creds_arrange __creds_hook ''
    elif [[ $# -gt 0 ]]; then
      __creds_arrange __creds_hook __creds_heal
    else
      # shellcheck disable=SC2016  # expanded at the prompt
      __creds_arrange __creds_hook '__creds_heal "$(\builtin trap -p DEBUG)"'
    fi
    \builtin export -n PROMPT_COMMAND
  }

  # FIRST LAST: around the commands of others, either may be empty. Element by element
  # and never fewer of them: bash walks through this very list while the healer runs.
  __creds_arrange() {
    \builtin local __creds_first="$1" __creds_last="$2" __creds_each='' __creds_top=0 __creds_count=0
    \builtin eval '\builtin set -- "${!PROMPT_COMMAND[@]}"'
    for __creds_each; do __creds_top=$__creds_each; done
    \builtin eval '\builtin set -- "${PROMPT_COMMAND[@]}"'
    __creds_alone=$__creds_first
    if [[ -n $__creds_first ]]; then PROMPT_COMMAND[0]=$__creds_first __creds_count=1; fi
    for __creds_each; do
      case $__creds_each in
        '' | __creds_hook | __creds_heal*) ;;
        *)
          if [[ $__creds_each = *__creds_hook* ]]; then __creds_alone=''; fi
          PROMPT_COMMAND[__creds_count]=$__creds_each __creds_count=$((__creds_count + 1))
          ;;
      esac
    done
    while ((__creds_count < __creds_top || (__creds_count == __creds_top && ${#__creds_last} == 0))); do
      PROMPT_COMMAND[__creds_count]='' __creds_count=$((__creds_count + 1))
    done
    if [[ -n $__creds_last ]]; then PROMPT_COMMAND[__creds_count]=$__creds_last; fi
  }

  # Last in PROMPT_COMMAND. Assigning a word to it replaces the first element only:
  # this one sees it. A bash that has such a list keeps $? from one to the next.
  __creds_heal() {
    [[ $# -eq 0 && ${PROMPT_COMMAND[0]-} = __creds_hook && ${PROMPT_COMMAND[-1]} = __creds_heal ]] || __creds_reinstall "$@"
  } 9>&2 2>&-

  # At this prompt the hook was not called either, or it is the healer's first one.
  __creds_reinstall() {
    \builtin local -
    \builtin set +aefkuvxET
    __creds_install "${1-}"
    __creds_hook 2>&9
  }

  # __CREDS_OLDER__

  __creds_begin
  if [ -n "$__creds_allexport" ]; then \builtin set -a; fi
fi
