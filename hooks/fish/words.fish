# What is said: one line, on stderr. A part of creds.fish, whose rules hold here too.

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
