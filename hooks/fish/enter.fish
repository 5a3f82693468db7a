# Entering a project and changing in it: what one process answers, and what its reply calls.
# A part of creds.fish, whose rules hold here too.

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
