#compdef sallyport
# zsh completion of sallyport: source <(sallyport completion zsh), after compinit
_sallyport() {
  local place= next= word= flag= i
  local -a items
  for ((i = 2; i < CURRENT; i++)); do
    word=${words[i]}
    if [[ $word == -* || -n $flag ]]; then
      flag=
      case $word in (@FLAGS_WITH_VALUE@) flag=1 ;; esac
      continue
    fi
    next=${place:+$place }$word
    case $next in (@PATHS@) place=$next ;; (*) break ;; esac
  done
  case ${words[CURRENT-1]} in
    # @CHOICES@
    (@FLAGS_WITH_VALUE@) _files; return ;;
  esac
  case $place in
    # @PLACES@
  esac
  if (( $#items )); then _describe sallyport items; else _files; fi
}
(( $+functions[compdef] )) && compdef _sallyport sallyport
