# fish completion of sallyport: sallyport completion fish | source
function __sallyport_place
  set -l place ''
  set -l skip 0
  set -l all (commandline -opc)
  for word in $all[2..-1]
    if test $skip = 1
      set skip 0
      continue
    end
    if string match -q -- '-*' $word
      contains -- $word @FLAGS_WITH_VALUE@; and set skip 1
      continue
    end
    set -l next (string trim "$place $word")
    contains -- $next @PATHS@; or break
    set place $next
  end
  test "$place" = "$argv[1]"
end
# @ROWS@
