# shellcheck shell=bash
# Two versions of the library on one file: version 0.1, which knows format 1 alone, and this one.
# run.sh sources this.

large=$(head -c 5000 /dev/zero | tr '\0' x)

format_of() { "$new" --db-path "$1" stats --output json | sed 's/.*"format":\([0-9]*\).*/\1/'; }
reads() { # COMMAND FILE KEY VALUE
    local found
    found=$("$1" --db-path "$2" get --raw "$3")
    if [[ $found != "$4" ]]; then
        echo "$1 read ${found:0:100} in place of ${4:0:100}"
        return 1
    fi
}

# Begins a shell of version 0.1 on a file, which has the file open until end_old.
begin_old() {
    mkfifo "$1.in"
    "$old" --db-path "$1" shell <"$1.in" >"$1.out" 2>&1 &
    old_shell=$!
    exec 7>"$1.in"
    echo "set by-old-shell 1" >&7
    for _ in $(seq 200); do
        if "$old" --db-path "$1" get by-old-shell >/dev/null 2>&1; then return; fi
        sleep 0.05
    done
    echo "the shell of version 0.1 has not written"
    cat "$1.out"
    return 1
}
end_old() {
    exec 7>&-
    wait "$old_shell"
}

both_versions_use_a_file_of_format_1() {
    local file=$scratch/both.db
    "$old" --db-path "$file" set small 1
    "$old" --db-path "$file" set large "$large"
    begin_old "$file"
    "$new" --db-path "$file" set from-new 2
    "$new" --db-path "$file" set from-new-large "$large"
    "$new" --db-path "$file" set large "${large}y"
    test "$(format_of "$file")" = 1
    reads "$old" "$file" from-new 2
    reads "$old" "$file" from-new-large "$large"
    reads "$old" "$file" large "${large}y"
    reads "$new" "$file" by-old-shell 1
    end_old
    "$old" --db-path "$file" check
    "$new" --db-path "$file" check
}

a_file_of_format_1_is_upgraded_when_it_is_alone() {
    local file=$scratch/alone.db
    "$old" --db-path "$file" set small 1
    "$old" --db-path "$file" set large "$large"
    "$new" --db-path "$file" set new 2
    test "$(format_of "$file")" = 2
    reads "$new" "$file" small 1
    reads "$new" "$file" large "$large"
    "$new" --db-path "$file" check
}

version_0_1_refuses_format_2_and_leaves_it_untouched() {
    local file=$scratch/newer.db
    "$new" --db-path "$file" set large "$large"
    cp "$file" "$scratch/copy.db"
    must_fail "$old" --db-path "$file" set small 1 >"$scratch/refusal" 2>&1
    must_fail "$old" --db-path "$file" get large >>"$scratch/refusal" 2>&1
    grep -c "has format 2" "$scratch/refusal"
    cmp "$file" "$scratch/copy.db"
    reads "$new" "$file" large "$large"
}

check "both versions use a file of format 1 that version 0.1 has open" both_versions_use_a_file_of_format_1
check "a file of format 1 that no process has open is upgraded" a_file_of_format_1_is_upgraded_when_it_is_alone
check "version 0.1 refuses a file of format 2 and leaves it untouched" \
    version_0_1_refuses_format_2_and_leaves_it_untouched
