# fish before 3.6 compares no files: there the hook asks at each `cd` and not in between,
# in mode export alone. creds.fish, whose rules hold here too, is given this text by
# `creds hook`.

if not builtin test / -ef / 2>/dev/null
    builtin set -g __creds_mode export
    builtin set -g __creds_place

    function __creds_arm
    end

    function __creds_hook --on-event fish_prompt --description 'creds: look where we are'
        if builtin test "$PWD:$CREDS_DISABLE" != "$__creds_place"
            builtin set -g __creds_place "$PWD:$CREDS_DISABLE"
            __creds_turn
        end
    end

    # Where the project begins and whether it is another one, creds says.
    function __creds_same
        builtin set -g __creds_found .git
        builtin return 1
    end

    function __creds_one
        builtin return 0
    end
end
