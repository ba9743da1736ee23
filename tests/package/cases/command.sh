# shellcheck shell=bash disable=SC2154,SC2317
# The installation with the command: one build with the library's.

install_with_command() {
    install_kv with-command -DKV_BUILD_CLI=ON
    (cd "$work/with-command/installed" && find bin share -type f | LC_ALL=C sort) >"$work/command-files"
    diff - <(grep -v '^share/man/man1/kv-' "$work/command-files") <<'FILES'
bin/kv
share/bash-completion/completions/kv
share/doc/kv/LICENSE-APACHE
share/doc/kv/LICENSE-MIT
share/doc/kv/THIRD-PARTY-NOTICES.txt
share/fish/vendor_completions.d/kv.fish
share/man/man1/kv.1
share/zsh/site-functions/_kv
FILES
}

the_command_works() {
    local store=$work/command.kv
    "$work/with-command/installed/bin/kv" --store "$store" set greeting hello
    test "$("$work/with-command/installed/bin/kv" --store "$store" get --raw greeting)" = hello
}

uninstalls_the_command() {
    cmake --build "$work/with-command" --target uninstall
    test -z "$(files_below "$work/with-command/installed")"
}

check "the command is installed" install_with_command
check "the command works" the_command_works
# After a build by cargo alone, as that of the demo, and in a build tree of its own.
make_has_nothing_to_compile() {
    make -C "$root" build BUILD="$work/after-demo" >"$work/after-demo-said" 2>&1
    test "$(grep -c 'Finished' "$work/after-demo-said")" = 2
    must_fail grep 'Compiling' "$work/after-demo-said"
}

check "make demo has nothing to build after it" cargo_builds_nothing
check "and neither has a program that takes the library" cargo_builds_nothing --lib
check "make build has nothing to compile after it" make_has_nothing_to_compile
check "the command and its pages are uninstalled" uninstalls_the_command
