# Prints what zsh completes a line with: zsh complete.zsh SCRIPT LINE. It types the line and a tab into a zsh of its own, in which
# everything that is offered is printed.
zmodload zsh/zpty
zpty shell zsh -f -i
until_seen() { local part; while zpty -r shell part; do [[ $part == *$1* ]] && break; done }
zpty -w shell "PROMPT=''; autoload -Uz compinit; compinit -u -D; source $1; print -r PREPARED:\$((1))"
until_seen PREPARED:1
zpty -w shell "offered() { compadd() { [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]] && { builtin compadd \"\$@\"; return \$? }; typeset -a hits; builtin compadd -A hits \"\$@\"; print -rl -- OFFERED:\${^hits}; builtin compadd \"\$@\" } }; print -r PREPARED:\$((2))"
until_seen PREPARED:2
zpty -w shell "everything() { offered; _main_complete; unfunction compadd; print -r ENDED:\$((1)); exit }; zle -C complete-word complete-word everything; bindkey '^I' complete-word; print -r PREPARED:\$((3))"
until_seen PREPARED:3
zpty -w -n shell "$2"$'\t'
local all part
while zpty -r shell part; do all+=$part; [[ $all == *ENDED:1* ]] && break; done
print -r -- ${all//$'\r'/} | sed -n 's/.*OFFERED://p'
zpty -d shell
