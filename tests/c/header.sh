#!/usr/bin/env bash
# The header by itself, and what it shows: its examples are compiled and run; each language and
# standard reads it without a warning; so do clang's and Doxygen's readers of its comments.
#
#   tests/c/header.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
need gcc g++ clang clang++ doxygen

header=$root/include/kv.h

example() { # NAME
    compile_c "$root/tests/c/header/$1.c" "$scratch/$1" -Wconversion
    mkdir "$scratch/$1.d"
    cd "$scratch/$1.d"
    timeout 60 "$scratch/$1"
}

# A program that includes the header first and twice, and has one of each sized structure.
write_program() { # HEADER
    local type
    echo "#include \"$1\""
    echo "#include \"$1\""
    sed -n 's/^#define \(KV_[A-Z_]*\)_INIT .*/\1/p' "$1" | while read -r type; do
        echo "static ${type,,} a_${type,,} = ${type}_INIT;"
    done
    echo 'static int64_t numbers(void) {'
    echo '    return KV_ERR_ARGUMENT - KV_ERR_HANDLE + KV_TTL_NEVER + KV_TTL_DEFAULT;'
    echo '}'
    echo 'int main(void) {'
    echo '    size_t sizes = KV_NUL;'
    sed -n 's/^#define \(KV_[A-Z_]*\)_INIT .*/\1/p' "$1" | while read -r type; do
        echo "    sizes += a_${type,,}.size;"
    done
    echo '    return numbers() == 0 && sizes == 0;'
    echo '}'
}

warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wundef -Werror -fsyntax-only)

in_c() { # COMPILER STANDARD HEADER
    write_program "$3" | "$1" -x c -std="$2" "${warnings[@]}" -Wstrict-prototypes -
}

in_cpp() { # COMPILER STANDARD HEADER
    local more=(-Wold-style-cast)
    if [ "$1" = g++ ]; then more+=(-Wuseless-cast); fi
    write_program "$3" | "$1" -x c++ -std="$2" "${warnings[@]}" "${more[@]}" -
}

clang_documentation() { # HEADER
    clang -x c -std=c11 -Wdocumentation -Wdocumentation-pedantic -Werror -fsyntax-only "$1"
}

doxygen_reads() { # HEADER
    local output
    output=$(mktemp -d)
    doxygen -q - <<END
INPUT = $1
OUTPUT_DIRECTORY = $output
PROJECT_NAME = kv
OPTIMIZE_OUTPUT_FOR_C = YES
GENERATE_LATEX = NO
GENERATE_HTML = NO
GENERATE_XML = YES
WARN_IF_UNDOCUMENTED = YES
WARN_IF_DOC_ERROR = YES
WARN_AS_ERROR = FAIL_ON_WARNINGS
END
}

# with NAME SED-SCRIPT: makes the header with a fault, of which a control below must tell.
with() {
    sed "$2" "$header" >"$scratch/$1.h"
    must_fail cmp -s "$header" "$scratch/$1.h"
}

use_library
with cast 's/{ sizeof(kv_quota)/{ (uint32_t)sizeof(kv_quota)/'
with parameter 's/^ \* @since/ * @param nothing a parameter that is not there\n&/'
with undocumented '0,/^#define KV_ERR_BUSY /s//#define KV_PLANTED 1\n\n&/'

for file in "$root"/tests/c/header/*.c; do
    name=$(basename "$file" .c)
    job "example $name" example "$name"
done
for compiler in gcc clang; do
    for standard in c99 c11 c17; do
        job "$compiler as $standard" in_c "$compiler" "$standard" "$header"
    done
done
for compiler in g++ clang++; do
    for standard in c++11 c++20; do
        job "$compiler as $standard" in_cpp "$compiler" "$standard" "$header"
    done
    job "control: $compiler and a cast" must_fail in_cpp "$compiler" c++11 "$scratch/cast.h"
done
job "clang -Wdocumentation" clang_documentation "$header"
job "control: clang and a wrong parameter" must_fail clang_documentation "$scratch/parameter.h"
job "doxygen" doxygen_reads "$header"
job "control: doxygen and a wrong parameter" must_fail doxygen_reads "$scratch/parameter.h"
job "control: doxygen and no comment" must_fail doxygen_reads "$scratch/undocumented.h"
report
finish
