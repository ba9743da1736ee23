#!/usr/bin/env bash
# The names of kv.hpp are those of kv.h, or they are in the README's table of the names that differ:
#
#   names.sh HEADER SYMBOLS README [MORE...]    MORE are names of kv.h that a control plants
#
# Compared are each function, each constant, and each field of a structure that a program reads or
# fills. A name of the table that does not differ is a fault too.
set -euo pipefail
header=$(realpath "$1")
symbols=$(realpath "$2")
readme=$(realpath "$3")
shift 3

# The headers without their comments, and in `members` each `STRUCTURE NAME` of a structure or enumeration.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$(dirname "${BASH_SOURCE[0]}")/../include/." "$work"
cd "$work"
sed -i 's,//.*,,' kv.hpp kv/*.hpp
awk '/^(struct|class|enum class) [a-z_]+/ { structure = $1 == "enum" ? $3 : $2 }
     /^};/ { structure = "" }
     structure != "" && match($0, /^ +([a-zA-Z0-9_:<>]+,? )*[a-z_]+( =|;|,|\{|$)/) {
         name = substr($0, RSTART, RLENGTH); sub(/( =|;|,|\{)$/, "", name); sub(/.* /, "", name)
         print structure, name
     }' kv/*.hpp >members

# The files of the object that a function is about.
files_of() {
    case $1 in
    batch_* | cursor_* | watch_* | reader_* | writer_* | subscription_* | lock_* | idempotency_*)
        echo "kv/${1%%_*}.hpp" ;;
    txn_*) echo kv/transaction.hpp ;;
    changes_*) echo kv/change_cursor.hpp kv/store_changes.hpp ;;
    set_log) echo kv/log.hpp ;;
    set_trace) echo kv/trace.hpp ;;
    call_name) echo kv/call_metrics.hpp ;;
    *) echo kv.hpp kv/store*.hpp kv/bound.hpp ;;
    esac
}

# same_function NAME: a member has the rest of the name, without `kv_` and the object.
same_function() {
    local rest=${1#kv_} name
    name=$rest
    case $rest in
    batch_* | cursor_* | watch_* | reader_* | writer_* | subscription_* | lock_* | idempotency_* | txn_*)
        name=${rest#*_} ;;
    changes_*) if [[ $rest != changes_oldest ]]; then name=${rest#*_}; fi ;;
    esac
    # shellcheck disable=SC2046 # the words are files
    grep -qE "\b(try_)?$name\(" $(files_of "$rest")
}

# member STRUCTURE NAME: a structure or enumeration has it.
member() {
    grep -qxF "$1 $2" members
}

same_constant() {
    local name=${1#KV_} word
    name=${name,,}
    word=${name#*_}
    case $name in
    err_*) member errc "$word" ;;
    event_*) member event_type "$word" ;;
    copy_*) member existing "$word" ;;
    idempotency_*) member idempotency_state "$word" ;;
    durability_*) member durability "$word" ;;
    expire_*) member expire_if "$word" ;;
    scan_*) member scan_options "$word" ;;
    watch_*) member watch_options "$word" ;;
    call_kinds) grep -qE "constexpr [a-z0-9_:]+ $name\b" kv/call_metrics.hpp ;;
    call_*) member call_kind "$word" ;;
    log_*) member log_level "$word" ;;
    trace_keys) member trace_options "$word" ;;
    trace_*) member trace_phase "$word" ;;
    expiry_*) grep -qE "\b(expires_$word|${word}_expiry)\b" kv/put_options.hpp ;;
    if_*) grep -qE "\b$name\b" kv/put_options.hpp ;;
    ttl_*) grep -qE "constexpr never_t $word\b" kv/ttl.hpp ;;
    *) member outcome "$name" ;;
    esac
}

# same_field STRUCTURE.FIELD
same_field() {
    local structure=${1%.*} field=${1#*.}
    member "${structure#kv_}" "$field" || member "${structure#kv_}" "${field%_[mn]s}"
}

# The names that are compared.
names() {
    grep '^kv_' "$symbols"
    # Not of a program's concern: what describes the header, initialisers, limits of a kind, and KV_NUL.
    sed -n 's/^#define \(KV_[A-Z0-9_]*\) .*/\1/p' "$header" |
        grep -Ev '_INIT$|^KV_(NUL|VERSION_[A-Z]*|ABI_VERSION|ERROR_MESSAGE_LEN)$'
    awk '/^typedef struct kv_(entry|event|stats|usage|metrics|call_metrics|log_record|trace_call|copy_state|(put|scan|watch|copy)_options) / {
             name = $3; inside = 1; next }
         /^}/ { inside = 0 }
         inside && /;$/ {
             field = $NF; sub(/[[;].*/, "", field); sub(/^\*/, "", field)
             print name "." field
         }' "$header" | grep -Ev '\.(size|reserved|flags|owner)$|_len$'
    if (($#)); then printf '%s\n' "$@"; fi
}

compared=0
while read -r name; do
    compared=$((compared + 1))
    case $name in
    KV_*) same_constant "$name" || echo "$name" ;;
    *.*) same_field "$name" || echo "$name" ;;
    *) same_function "$name" || echo "$name" ;;
    esac
done < <(names "$@") >differ
sort -o differ differ
((compared > 200)) || { echo "only $compared names were compared"; exit 1; }

# The rows below the head of the table, and the names of their first two columns.
rows=$(sed -n '/^| `kv.h` | `kv.hpp` |/,/^$/p' "$readme" | tail -n +3)
column() { cut -d '|' -f "$1" <<<"$rows" | grep -oE '`[^`]+`' | tr -d '`'; }
column 2 | sort -u >listed
diff differ listed || {
    echo "<: it differs and is not in the table; >: it is in the table and does not differ"
    exit 1
}
while read -r name; do
    grep -qE "\b${name##*[:.]}\b" kv.hpp kv/*.hpp || { echo "kv.hpp has no $name"; exit 1; }
done < <(column 3)
echo "# $compared names, $(wc -l <listed) differ"
