# bash completion of sallyport: source <(sallyport completion bash)
_sallyport() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path='' next='' word='' flag='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == -* || -n $flag ]]; then
      flag=
      case $word in @FLAGS_WITH_VALUE@) flag=1 ;; esac
      continue
    fi
    next=${path:+$path }$word
    case $next in @PATHS@) path=$next ;; *) break ;; esac
  done
  case $before in
    # @CHOICES@
    @FLAGS_WITH_VALUE@) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case $path in
    # @PLACES@
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _sallyport sallyport
