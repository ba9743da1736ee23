#!/usr/bin/env bash
# Builds the binding; runs the example, the snippets of the README, the tests and the behaviour
# cases. Without a JDK of Java 22 or later all of it is one skip. KV_JAVA_HOME names a JDK.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

here=$root/bindings/java
cases=$root/tests/behaviour

. "$root/scripts/java.sh"

find_java
if [[ -z $JAVA_HOME_FOUND ]]; then
    skip "bindings/java" "there is no JDK of Java 22 or later; KV_JAVA_HOME names one. Tried: $java_tried"
    finish
fi
need python3 g++
use_library
export JAVA_HOME=$JAVA_HOME_FOUND
jar=$scratch/build/kv.jar
tests=$scratch/tests
options=(--enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -XX:TieredStopAtLevel=1)
java=("$JAVA_HOME/bin/java" "${options[@]}")
cd "$scratch"

# Makes a program of the snippets of the README, and the lines that they say they print.
tour() {
    mkdir -p "$tests" "$scratch/tour"
    awk '/^```java$/ { on = 1; next } /^```$/ { on = 0 } on' "$here/README.md" >"$scratch/snippets"
    sed -n 's/.*\/\/ prints //p' "$scratch/snippets" >"$scratch/tour/expected"
    {
        grep '^import ' "$scratch/snippets"
        echo 'final class Tour { public static void main(String[] arguments) throws Exception {'
        grep -v '^import ' "$scratch/snippets"
        echo '} }'
    } >"$scratch/tour/Tour.java"
    [[ -s $scratch/tour/expected ]]
}

compile() {
    "$here/build.sh" "$scratch/build"
    tour
    # A test closes objects twice.
    "$JAVA_HOME/bin/javac" -J-XX:TieredStopAtLevel=1 -source 17 -target 17 -Xlint:all,-options,-restricted,-try \
        -Werror -cp "$scratch/build/classes" -d "$tests" \
        "$here"/tests/kv/*.java "$here"/examples/*.java "$scratch/tour/Tour.java"
}

# Compares all declarations with those that a compiler of C++ finds in the header.
declarations() {
    "${java[@]}" -cp "$scratch/build/classes:$tests" kv.TestLibrary declarations >declarations.java
    "$here/tests/declarations.sh" <declarations.java >declarations.cpp
    g++ -std=c++17 -O0 -Wno-invalid-offsetof -I "$KV_INCLUDE" declarations.cpp -o declarations -L "$scratch/lib" -lkv \
        -Wl,-rpath,"$scratch/lib" -pthread
    ./declarations | diff declarations.java - || return 1
    grep '^function' declarations.java | cut -d ' ' -f 2 | diff "$root/include/symbols.txt" -
    # The control: another size is noticed.
    sed 's/^structure kv_entry .*/structure kv_entry 72/' declarations.java >wrong
    must_fail diff -q wrong <(./declarations)
    echo "# $(wc -l <declarations.java) declarations"
}

# Each function of the header is called by the binding, or has its reason in tests/unbound.txt.
functions() {
    grep -oEh 'Abi(\.|::)kv_[a-z_]+' "$here"/src/kv/*.java | sed 's/^Abi[.:]*//' | sort -u >called
    sed -n 's/^\(kv_[a-z_]*\): ..*/\1/p' "$here/tests/unbound.txt" | sort -u >unbound
    [[ -s called && -s unbound ]]
    sort "$root/include/symbols.txt" >symbols
    diff <(comm -23 symbols called) unbound
}

# A Java without java.lang.foreign says so, before anything else of the binding is loaded.
older_java() {
    must_fail "$1/bin/java" -cp "$jar:$tests" Quickstart memory: >said 2>&1
    grep -q "kv needs Java 22 or later" said || { cat said; return 1; }
}

missing_library() {
    must_fail env KV_LIBRARY="$scratch/nowhere.so" "${java[@]}" -cp "$jar:$tests" Quickstart memory: >missing 2>&1
    grep -q "KV_LIBRARY names its path. Tried: $scratch/nowhere.so" missing || { cat missing; return 1; }
}

check "compile" compile
if ((failed)); then finish; fi
job "example quickstart" prints "$root/examples/expected/quickstart.txt" \
    timeout 60 "${java[@]}" -cp "$jar" "$here/examples/Quickstart.java" "$scratch/quickstart.db"
python3 "$cases/check.py" --flat "$cases"/cases/*.json >"$scratch/cases"
python3 "$cases/check.py" --flat "$cases/planted.json" >"$scratch/planted"
# The tests see what only the package does, so they have its classes on the path and not the jar.
tested=(timeout 120 "${java[@]}" -cp "$scratch/build/classes:$tests")
mkdir entries objects observe behaviour
program "behaviour" "${tested[@]}" kv.BehaviourCases "$scratch/cases" "$scratch/planted" "$scratch/behaviour"
program "TestHandles" "${tested[@]}" kv.TestHandles
program "TestObjects" "${tested[@]}" kv.TestObjects "$scratch/objects"
program "TestObserve" "${tested[@]}" kv.TestObserve "$scratch/observe"
program "TestEntries" "${tested[@]}" kv.TestEntries "$scratch/entries"
program "TestLibrary" "${tested[@]}" kv.TestLibrary
job "the snippets of the README print what they say" prints "$scratch/tour/expected" \
    timeout 60 "${java[@]}" -cp "$jar:$tests" Tour
job "all declarations are those of the header" declarations
job "every function of the header is called, or has its reason" functions
job "a library that is not there is named" missing_library
if [[ -n $older ]]; then
    job "an older Java is refused in words" older_java "$older"
else
    skip "an older Java is refused in words" "there is no Java 17 to 21 here"
fi
report
finish
