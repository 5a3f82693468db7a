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

# ---- Entering and changing: one process ------------------------------------------------

function __creds_enter
    builtin set -g __creds_next
    builtin set -g __creds_shared 0
    builtin set -g __creds_moved
    builtin set -g __creds_skipped
    builtin set -g __creds_left
    if builtin test -z "$__creds_git"; or not __creds_one "$__creds_found" "$__creds_git"
        # Another repository: what the former one gave goes before anything is asked.
        if builtin test -n "$__creds_names"
            builtin set -g __creds_left $__creds_project
        end
        __creds_undo_all
        builtin set -g __creds_said
        builtin set -g __creds_project
    end
    # From here on this is answered, whatever happens, ^C included: a load that
    # fails is tried again when something changes and not at each prompt.
    builtin set -g __creds_git "$PWD/$__creds_found"
    builtin set -g __creds_watch
    builtin set -g __creds_cookie ''
    builtin set -g __creds_old $__creds_names
    __creds_settle
    __creds_ask
    builtin set -g __creds_adopted
    if builtin test -n "$__creds_wanted"
        builtin set -g __creds_wanted
        __creds_subshell
    end
end

# The reply, and why there may be none. stdin is not the terminal, so that no
# typed-ahead key is eaten. fish writes a line feed in a value as \X0a: one line
# of the reply is one element. What fish says about names that it owns is not shown.
function __creds_ask
    builtin set -l reply
    builtin set -l IFS \n # an empty one would make one element of all lines
    builtin set -l why 'creds did not answer, creds doctor says why'
    builtin set -l code 0
    if builtin test -n "$__creds_python" -a -x "$__creds_python" -a -r "$__creds_module"
        builtin set reply ($__creds_python -X utf8 -I -S -c $__creds_boot fish $__creds_protocol $__creds_mode </dev/null 2>/dev/null)
        builtin set code $status
    else if builtin string match -q '/*' -- (command -s creds) ''
        # Not one of the place itself, where the PATH names a relative directory.
        builtin set reply (command creds export fish --hook $__creds_protocol $__creds_mode </dev/null 2>/dev/null)
        builtin set code $status
    else
        builtin set why 'creds is not installed any more where this shell found it; open a new shell once it is'
    end
    builtin set -g __creds_answer
    if builtin test "$reply[1]" = "#creds $__creds_protocol" -a "$reply[-1]" = '#end'
        builtin eval (builtin string join \n -- $reply | builtin string collect) 2>/dev/null
    else if not builtin contains -- $code 130 2
        __creds_end error '' '' '' '' "error: $why" ''
    end
    if builtin set -q __creds_answer[1]
        __creds_finish $__creds_answer
    end
end

# ---- What the reply calls, once for each name: one bad name stops itself alone ---------

# __creds_set NAME VALUE. `set` leaves $status as it is when it succeeds.
function __creds_set
    builtin set -l __creds_name $argv[1]
    if builtin set -q __creds_had_$__creds_name
        # A new answer about the same project. What the user changed meanwhile stays.
        builtin set -l __creds_ours __creds_ours_$__creds_name
        builtin set -a __creds_next $__creds_name
        builtin set -qg $__creds_name; or builtin return 0
        builtin contains -- "$$__creds_name" "$$__creds_ours"; or builtin return 0
        builtin contains -- "$$__creds_name" $argv[2]; and builtin return 0
    else if builtin contains -- $__creds_name COLUMNS LINES
        # fish writes the size of the terminal into them: they would stay on leaving.
        builtin set -a __creds_skipped $__creds_name
        builtin return 0
    else
        if not builtin set -qg $__creds_name
            builtin set -g __creds_had_$__creds_name unset
        else if builtin set -qgx $__creds_name; and builtin contains -- "$$__creds_name" $argv[2]
            # The user exports the very same: nothing to do, and nothing to undo.
            builtin set -g __creds_shared (builtin math $__creds_shared + 1)
            builtin return 0
        else
            __creds_keep $__creds_name
            builtin set -eg $__creds_name
        end
        builtin true
        if not builtin set -gx $__creds_name $argv[2]
            # fish owns it.
            builtin set -eg __creds_had_$__creds_name __creds_was_$__creds_name __CREDS_WAS_$__creds_name
            builtin set -a __creds_skipped $__creds_name
            builtin return 0
        end
        builtin set -a __creds_next $__creds_name
        # Known at once: ^C may come before the rest, and what is set has to go on leaving.
        builtin set -a __creds_names $__creds_name
    end
    builtin set -g __creds_ours_$__creds_name $argv[2]
    builtin set -gx $__creds_name $argv[2]
    builtin set -g __creds_moved 1
end

# Remember what the global NAME was: a list, exported or not, a path or not.
function __creds_keep
    builtin set -l __creds_name $argv[1]
    builtin set -g __creds_had_$__creds_name --unexport
    builtin set -g __creds_was_$__creds_name $$__creds_name
    if builtin set -qgx $__creds_name
        builtin set -g __creds_had_$__creds_name --export
        # A shell below this one knows exported variables only. One of 128 KiB with that
        # longer name would be too long for Linux, and nothing could be started any more.
        if builtin test (builtin string length -- "$$__creds_name") -lt 30000
            builtin set -gx __CREDS_WAS_$__creds_name "$$__creds_name"
        end
    end
    if builtin set -S $__creds_name | builtin string match -q '*path variable*'
        builtin set -a __creds_had_$__creds_name --path
    else
        builtin set -a __creds_had_$__creds_name --unpath
    end
end

# __creds_end STATUS PROJECT GIT MESSAGES SINCE COMPLAINT NOTE: the last line of the reply
function __creds_end
    builtin set -g __creds_answer $argv
end

# The same words, once everything is set.
function __creds_finish
    # Mode subshell: it is `creds shell` that loads, once this function is done.
    if builtin test "$argv[1]" = subshell
        builtin set -g __creds_wanted 1
        builtin set -g __creds_messages $argv[4]
        builtin return 0
    end
    if builtin test -z "$argv[1]" -a -n "$__creds_names"
        builtin set -g __creds_left $__creds_project
    end
    __creds_drop "$argv[1]"
    if builtin test -n "$argv[2]" -o "$argv[1]" = blocked
        builtin set -g __creds_project (builtin string match -v '' -- $argv[2])
    end
    if builtin test -n "$argv[3]"; and __creds_one "$argv[3]" "$__creds_found"
        builtin set -g __creds_git $argv[3]
    end
    if builtin test -e "$__creds_found/creds-binding"
        builtin set -g __creds_cookie /creds-binding
    end
    builtin set -g __creds_messages $argv[4]
    builtin set -l count (builtin math $__creds_shared + (builtin count $__creds_names))
    __creds_publish "$argv[1]" $count "$argv[5]"
    __creds_talk "$argv[1]" $count "$argv[6]" "$argv[7]"
end

# STATUS: what was loaded and is not in the new answer goes. Without an answer it
# stays, in this same repository.
function __creds_drop
    for each in $__creds_old
        if builtin contains -- $each $__creds_next
            builtin continue
        else if builtin contains -- $argv[1] error cold
            builtin set -a __creds_next $each
        else
            __creds_undo $each
            builtin set -g __creds_moved 1
        end
    end
    builtin set -g __creds_names $__creds_next
end

# STATUS COUNT SINCE: the variables for prompts, and what a shell below needs to take
# over: names, never values.
function __creds_publish
    if builtin test -z "$argv[1]"
        builtin set -eg CREDS_PROJECT CREDS_STATUS CREDS_COUNT __CREDS_NAMES __CREDS_GIT __CREDS_SINCE
        builtin set -g __creds_project
        builtin return 0
    end
    builtin set -gx CREDS_PROJECT "$__creds_project"
    builtin set -gx CREDS_STATUS $argv[1]
    builtin set -gx CREDS_COUNT $argv[2]
    builtin set -gx __CREDS_NAMES (builtin string join : -- $__creds_names '')
    builtin set -gx __CREDS_GIT "$__creds_git"
    if builtin test -n "$__creds_moved" -o -z "$__CREDS_SINCE"
        builtin set -gx __CREDS_SINCE $argv[3]
    end
    if builtin test -z "$__creds_project"
        builtin set -eg CREDS_PROJECT
    end
    if builtin test $argv[1] = cold
        builtin set -eg CREDS_STATUS
    end
end

# ---- Leaving: no process ---------------------------------------------------------------

function __creds_leave
    builtin set -l left
    if builtin test -n "$__creds_names"
        builtin set left $__creds_project
    end
    __creds_undo_all
    __creds_publish ''
    builtin set -g __creds_git
    builtin set -g __creds_said
    builtin set -g __creds_adopted
    builtin set -g __creds_watch
    if builtin test -n "$left"
        __creds_say "$left, unloaded"
    end
end

function __creds_undo_all
    for each in $__creds_names
        __creds_undo $each
    end
    builtin set -g __creds_names
end

# Put back what NAME was, if it is still what we made it.
function __creds_undo
    builtin set -l __creds_name $argv[1]
    builtin set -l __creds_ours __creds_ours_$__creds_name
    builtin set -l __creds_had __creds_had_$__creds_name
    builtin set -l __creds_was __creds_was_$__creds_name
    if builtin set -qg $__creds_name $__creds_had; and builtin contains -- "$$__creds_name" "$$__creds_ours"
        builtin set -eg $__creds_name
        if builtin test "$$__creds_had" != unset
            builtin set -g $$__creds_had $__creds_name $$__creds_was
        end
    end
    builtin set -eg $__creds_had $__creds_was $__creds_ours __CREDS_WAS_$__creds_name
end

# ---- Words: one line, on stderr --------------------------------------------------------

function __creds_say
    builtin set -l wanted $CREDS_MESSAGES $__creds_messages short
    if builtin test "$wanted[1]" != off
        builtin printf 'creds: %s\n' "$argv[1]" >&2
    end
end

# STATUS COUNT COMPLAINT NOTE: said when something changed, and once.
function __creds_talk
    builtin set -l line $argv[3]
    builtin set -l before "$__creds_said"
    builtin set -g __creds_said "$argv[1] $argv[3] $__creds_skipped"
    if builtin test -z "$__creds_moved$__creds_left"
        if builtin contains -- "$__creds_said" $before
            builtin return 0
        else if builtin test "$argv[1]" = loaded -a -n "$__creds_adopted"
            # A shell that inherits what is loaded has nothing to tell.
            builtin return 0
        end
    end
    if builtin set -q __creds_skipped[1]
        builtin set -l names (builtin string join ', ' -- $__creds_skipped)
        builtin set line (builtin string join '; ' -- (builtin string match -v '' -- $line) "$names not set: read-only or special in this shell")
    end
    if builtin test "$argv[1]" = loaded; or builtin test "$argv[1]" != error -a "$argv[2]" -gt 0
        builtin set line (builtin string join '; ' -- "$__creds_project, "(__creds_summary $argv[2])"$argv[4]" (builtin string match -v '' -- $line))
    else if builtin test -n "$line" -a "$argv[1]" != error
        builtin set line (builtin string join ', ' -- $__creds_project $line)
    else if builtin test -z "$line" -a -n "$__creds_left"
        builtin set line "$__creds_left, unloaded"
    end
    if builtin test -n "$line"
        __creds_say $line
    end
end

# COUNT → `6 secrets`, and which ones for those who want to read it.
function __creds_summary
    builtin set -l wanted $CREDS_MESSAGES $__creds_messages short
    builtin set -l text "$argv[1] secrets"
    if builtin test $argv[1] -eq 1
        builtin set text '1 secret'
    end
    if builtin test "$wanted[1]" = names -a -n "$__creds_names"
        builtin set text "$text: $__creds_names"
    end
    builtin echo $text
end

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
