# =============================================================================
# creds: the fish hook
#
#   creds hook fish | source         in ~/.config/fish/config.fish
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
#   - `builtin` before every builtin: an alias in fish is a function.
#   - A local variable hides a global one of its name: where the user's are read, ours
#     begin with __creds_ even if they are local.
#   - Ours are global and unexported. A universal variable of a secret's name is
#     hidden while the global one stands before it, and comes back by itself.
#   - A builtin costs as much as two file tests in it, and 30 characters of a path
#     as much as one: all questions are one `test`, and paths are short.
#   - Values are in __creds_ours_NAME and __creds_was_NAME, and only while they
#     are loaded. They are compared by `contains`, which takes any string.
# =============================================================================

# ---- Where creds is: fixed when this text was made; empty: ask the PATH each time ------

builtin set -g __creds_python __CREDS_PYTHON__
builtin set -g __creds_module __CREDS_MODULE__
builtin set -g __creds_boot __CREDS_BOOT__
builtin set -g __creds_protocol __CREDS_PROTOCOL__
builtin set -g __creds_mode __CREDS_MODE__

# ---- The prompt, and `cd`; fish keeps $status over both --------------------------------

# TESTS → the function that a prompt calls, true when one of them is. Made anew for
# each place: words that stand in a function cost half of those in a list.
function __creds_arm
    builtin eval "function __creds_hook --on-event fish_prompt --description 'creds: look where we are'
        if builtin test $argv
            __creds_turn
        end
    end"
end

# The variables that choose what is loaded ring by themselves.
function __creds_choose --description 'creds: look again at the next prompt' \
    --on-variable CREDS_DISABLE --on-variable CREDS_ENV --on-variable CREDS_PROVIDER \
    --on-variable CREDS_AGENT --on-variable CREDS_HOME --on-variable GIT_CEILING_DIRECTORIES
    __creds_arm -n changed
end

# A command substitution runs in this very shell: a `cd` in one is not ours. A
# masked shell begins and ends between two lines, not inside of one.
function __creds_chdir --on-variable PWD --description 'creds: look where cd went'
    if not builtin status is-command-substitution; and builtin test -z "$__creds_scope" -a "$__creds_mode" != subshell
        __creds_hook
    end
end

# Something is not as it was.
function __creds_turn
    builtin set -l fish_trace # no value in the trace
    builtin set -g __creds_now "$CREDS_DISABLE:$CREDS_ENV:$CREDS_PROVIDER:$CREDS_AGENT:$CREDS_HOME:$GIT_CEILING_DIRECTORIES"
    builtin set -g __creds_up
    builtin set -g __creds_found
    if builtin test -n "$__creds_scope"
        builtin test $__creds_scope = served
        and __creds_scoped
    else if builtin test -n "$CREDS_DISABLE"
        builtin test -n "$__creds_git$__creds_names"
        and __creds_leave
    else if not __creds_same
        if builtin test -n "$__creds_found"
            __creds_enter
        else
            __creds_leave
        end
    end
    if builtin test -n "$__creds_again"
        builtin set -g __creds_again
        __creds_turn
    else
        __creds_settle
    end
end

# True when nothing has to be done.
function __creds_same
    __creds_climb
    if builtin test -z "$__creds_found"
        builtin test -z "$__creds_git$__creds_names"
    else
        builtin test -n "$__creds_git" -a "$__creds_now" = "$__creds_env"
        and builtin test -e "$__creds_found$__creds_cookie"
        and __creds_one "$__creds_found" "$__creds_git"
        and not builtin eval "builtin test -n '' "(__creds_watched)
    end
end

# The questions about the watched files; \x01 in them is the way to the root.
function __creds_watched
    builtin string replace -a \x01 "$__creds_up" -- "$__creds_watch"
end

# Are both the same file?
function __creds_one
    builtin test "$argv[1]" -ef "$argv[2]"
end

# The climb ends here.
builtin set -g __creds_far (builtin string repeat -n 200 ../)

# To the nearest .git: __creds_up is the way, __creds_found the place, if there is
# one. In a directory that may not be searched every path fails, `/` included.
function __creds_climb
    while not builtin test -e "$__creds_up.git" -o "$__creds_up." -ef / -o "$__creds_up" = "$__creds_far"
        if builtin test -n "$GIT_CEILING_DIRECTORIES"; and __creds_ceiling
            builtin break
        end
        builtin set -g __creds_up "../$__creds_up"
    end
    if builtin test -e "$__creds_up.git"
        builtin set -g __creds_found "$__creds_up.git"
    end
end

# Like git: the walk does not go up into a directory of that list.
function __creds_ceiling
    for each in (builtin string split : -- "$GIT_CEILING_DIRECTORIES")
        if builtin string match -q '/*' -- $each; and builtin test $each -ef "$__creds_up.."
            builtin return 0
        end
    end
    builtin return 1
end

# What the next prompts ask: is there a nearer .git, not the same one (its cookie goes
# with it: `git init` makes another one in the same place) at this height (outside:
# any up to the root), did a watched file change?
function __creds_settle
    builtin set -g __creds_env $__creds_now
    builtin set -l tests
    if builtin test -n "$__creds_scope$CREDS_DISABLE"
        builtin set tests -n "'$__creds_scope'"
    else
        builtin set -l step ''
        while builtin test "$step" != "$__creds_up"
            builtin set -a tests -e $step.git -o
            builtin set step ../$step
        end
        if builtin test -n "$__creds_found"
            # To fish two missing files are the same one.
            builtin set -l git (builtin string escape -- "$__creds_git")
            builtin set -a tests ! -e $step.git$__creds_cookie -o ! $step.git -ef $git (__creds_watched)
        else
            builtin set -a tests -e $step.git -o ! $step. -ef /
        end
    end
    __creds_arm $tests
end

# ---- The rest of it: files beside this one, put here by `creds hook` -------------------

# __CREDS_ENTER__

# __CREDS_LEAVE__

# __CREDS_WORDS__

# ---- What a shell inherits -------------------------------------------------------------
# Below a loaded shell, exec'd from one, in a tmux pane: take over what the environment
# says is ours, and undo it like our own.

function __creds_adopt
    for __creds_each in (builtin string split : -- "$__CREDS_NAMES")
        builtin string match -qr '^[A-Za-z_][A-Za-z0-9_]*$' -- $__creds_each; or builtin continue
        builtin set -l __creds_exported __CREDS_WAS_$__creds_each
        if not builtin set -qgx $__creds_each
            builtin set -eg $__creds_exported # the user has taken NAME out
            builtin continue
        end
        builtin set -g __creds_ours_$__creds_each "$$__creds_each"
        builtin set -g __creds_had_$__creds_each unset
        if builtin set -qgx $__creds_exported
            builtin set -g __creds_had_$__creds_each --export
            builtin set -g __creds_was_$__creds_each $$__creds_exported
        end
        builtin set -ga __creds_names $__creds_each
    end
    builtin set -g __creds_git "$__CREDS_GIT"
    builtin set -g __creds_project "$CREDS_PROJECT"
    builtin set -g __creds_adopted 1
end

# ---- A session around this shell -------------------------------------------------------
# The modes that mask are in modes.fish, which `creds hook` puts here when one of them was
# chosen, also by the shell that started this one.

# __CREDS_MODES__

# What an inherited session means here: only the terminal proves it. A tmux pane
# or an editor's shell has the variables and is not inside.
function __creds_locate
    if builtin test -z "$__CREDS_SESSION"
        builtin return 0
    end
    if builtin test -z "$__CREDS_TTY"; or not builtin test -e "$__CREDS_TTY" -a /dev/fd/2 -ef "$__CREDS_TTY"
        # Values and variables of a session that this shell is not in.
        builtin set -eg (builtin string split -n ' ' -- "$__CREDS_SCOPE_NAMES") 2>/dev/null
        builtin set -eg CREDS_SHELL __CREDS_SESSION __CREDS_TTY __CREDS_SHELL_PID __CREDS_ROOT __CREDS_LEFT __CREDS_SCOPE_NAMES
    else if builtin test -n "$__creds_run" -a -n "$__CREDS_LEFT" -a -n "$__CREDS_ROOT" -a "$__CREDS_SHELL_PID" = $fish_pid
        builtin set -g __creds_scope served
    else if builtin test "$__creds_mode" = subshell -o -n "$__CREDS_ROOT"
        builtin set -g __creds_scope nested
    else if builtin test -n "$__CREDS_SCOPE_NAMES"
        builtin set -g __creds_adopted 1
    end
end

# ---- Beginning. Sourced again (an upgrade): the state stays, the functions are new -----

# Nothing was answered yet.
builtin set -g __creds_watch '-o -n changed'
builtin set -g __creds_cookie ''
builtin set -g __creds_scope
__creds_arm -n changed
if not builtin set -qg __creds_names
    builtin set -g __creds_names
    builtin set -g __creds_git
    builtin set -g __creds_env
    builtin set -g __creds_project
    if builtin test -n "$__CREDS_NAMES$__CREDS_GIT"
        __creds_adopt
    end
end

# __CREDS_OLDER__

if builtin status is-interactive
    __creds_locate
    if builtin test "$__creds_mode" = session
        __creds_session
    end
end
