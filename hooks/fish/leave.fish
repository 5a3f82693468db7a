# Leaving a project, without a process: put back what was there. A part of creds.fish, whose
# rules hold here too.

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
