# Leaving a project, without a process: put back what was there. A part of creds.zsh, whose
# rules hold here too.

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
