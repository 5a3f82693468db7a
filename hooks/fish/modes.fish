# The modes that mask: what `creds hook --mode subshell` and `--mode session` put into
# creds.fish, whose rules hold here too.
#
# `creds shell` is started as a child and leaves in a file how it ended: `exit` (by
# itself), a path (the user went there), nothing (it died), or no file (it did not
# start, and said why).

builtin set -g __creds_main __CREDS_MAIN__
builtin set -g __creds_run __CREDS_RUN__

# OPTIONS… → __creds_ended and the status
function __creds_masked
    builtin set -l file "$__creds_run/left.$fish_pid"
    builtin set -l options shell $argv --shell (builtin status fish-path) --left $file
    builtin set -l tty (command stty -g <&2 2>/dev/null)
    command rm -f -- $file
    # While `creds hook fish | source` runs, stdin is that pipe; stderr is the terminal.
    if builtin test -n "$__creds_python" -a -x "$__creds_python" -a -r "$__creds_module"
        $__creds_python -I -c $__creds_main $options <&2
    else
        command creds $options <&2
    end
    builtin set -l code $status
    builtin set -g __creds_ended none
    if builtin test -e $file
        builtin read -gz __creds_ended <$file
        command rm -f -- $file
    end
    # When the wrapper is killed this shell may be quicker than whoever gives the terminal back for it.
    if not builtin string match -qr '^(exit$|/)' -- $__creds_ended
        command stty $tty <&2 2>/dev/null
    end
    builtin return $code
end

# Mode subshell: a shell for this project, until it is left. What the user typed
# last in it decides what this one does.
function __creds_subshell
    # At its prompt fish takes these two keys from the terminal; the shell below keeps what it finds.
    command stty susp '^Z' quit '^\\' <&2 2>/dev/null
    __creds_masked
    builtin set -l code $status
    switch "$__creds_ended"
        case exit
            __creds_exit $code
        case '/*'
            # Its own hook decides about the place where the user went.
            if builtin cd $__creds_ended
                builtin set -g __creds_again 1
            end
        case none
        case '*'
            if builtin test $code -ne 148
                __creds_say 'the masked shell died; this one goes on without secrets'
            end
    end
end

# fish ends nothing but the file that it sources, and forgets the status in an
# event: another program ends in its place.
function __creds_exit
    exec /bin/sh -c "exit $argv[1]"
end

# Inside such a shell: gone from the project means back to the parent.
function __creds_scoped
    __creds_climb
    if builtin test -n "$__creds_found" -a "$__creds_found" -ef "$__CREDS_ROOT/.git"
        builtin set -g __creds_said
    else if builtin jobs | builtin string match -q '*stopped*'
        if builtin test -z "$__creds_said"
            __creds_say 'there are stopped jobs: still in the shell of the project'
        end
        builtin set -g __creds_said jobs
    else
        builtin printf %s $PWD >$__CREDS_LEFT
        builtin exit 0
    end
end

# Mode session: the whole terminal in a masked shell; this one ends with it. Not
# inside one, not below a shell of this terminal, not in an editor.
function __creds_session
    # `-t 0` would look at the pipe of `creds hook fish | source`; /dev/fd/0 is the shell's own stdin.
    if not builtin test -t 1 -a -t 2 -a /dev/fd/0 -ef /dev/fd/2 -a -z "$CREDS_DISABLE$CREDS_SHELL"
        builtin return 0
    end
    if builtin test -n "$__CREDS_OUTSIDE"; and builtin test /dev/fd/2 -ef "$__CREDS_OUTSIDE"
        builtin return 0
    end
    if builtin test -n "$VIM$NVIM$INSIDE_EMACS$VSCODE_INJECTION$ZED_TERM$TERMINAL_EMULATOR" -o "$TERM_PROGRAM" = vscode
        builtin return 0
    end
    __creds_masked --session
    builtin set -l code $status
    if builtin test "$__creds_ended" = exit
        __creds_exit $code
    end
    if builtin test "$__creds_ended" = none
        __creds_say 'the masked session did not start; this terminal goes on unmasked'
    else
        __creds_say 'the masked session ended; this terminal goes on unmasked'
    end
    builtin set -gx __CREDS_OUTSIDE (command tty <&2)
end
