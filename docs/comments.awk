# Doxygen's view of a header: comments as plain text. Signs that doxygen would take for commands or tags are escaped, and lines that are
# set in (formulas, small tables) keep their columns. The line after an item of a list only goes on with that item.
function close_block() {
  if (inside) print margin "/// @endverbatim"
  inside = 0
}
!/^[ \t]*\/\/\/[^<]/ && !/^[ \t]*\/\/\/$/ {
  close_block()
  item = 0
  at = index($0, "///<")
  if (at) $0 = substr($0, 1, at + 3) escaped(substr($0, at + 4))
  print
  next
}
{
  match($0, /^[ \t]*/)
  margin = substr($0, 1, RLENGTH)
  text = substr($0, RLENGTH + 4)
  if (text ~ /^ *(-|[0-9]+\.) /) item = 1
  else if (text !~ /^  /) item = 0
  if (text ~ /^  / && !item) {
    if (!inside) print margin "/// @verbatim"
    inside = 1
    print
    next
  }
  close_block()
  print margin "///" escaped(text)
}
# Outside of code, which stands between backticks.
function escaped(text,   parts, count, i, out) {
  count = split(text, parts, "`")
  for (i = 1; i <= count; i++) {
    if (i % 2) gsub(/[\\@#<>%]/, "\\\\&", parts[i])
    out = out (i > 1 ? "`" : "") parts[i]
  }
  return out
}
