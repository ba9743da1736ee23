#!/usr/bin/env bash
# Makes a program in C++ of the names of declarations, which prints the same lines by the types that
# the compiler finds in kv.h. Its input is the output of kv.TestLibrary.
set -euo pipefail

cat <<'END'
#include <kv.h>
#include <cstdio>
#include <string>
#include <type_traits>

template <class T> std::string kind()
{
    if constexpr (std::is_void_v<T>) return "void";
    else if constexpr (std::is_pointer_v<T>) return "pointer";
    else return (std::is_class_v<T> ? "structure" : "integer") + std::to_string(sizeof(T));
}

template <class Result, class... Types> void function(const char *word, const char *name, Result (*)(Types...))
{
    std::string types;
    ((types += (types.empty() ? "" : " ") + kind<Types>()), ...);
    std::printf("%s %s %s of %s\n", word, name, kind<Result>().c_str(), types.c_str());
}

int main()
{
END
awk '
    $1 == "constant" { printf "    std::printf(\"constant %s %%lld\\n\", (long long)%s);\n", $2, $2 }
    $1 == "structure" { printf "    std::printf(\"structure %s %%zu\\n\", sizeof(%s));\n", $2, $2 }
    $1 == "field" {
        printf "    std::printf(\"field %s %s %%zu %%zu\\n\", offsetof(%s, %s), sizeof(%s::%s));\n", $2, $3, $2, $3, $2, $3
    }
    $1 == "function" { printf "    function(\"function\", \"%s\", %s);\n", $2, $2 }
    $1 == "callback" { printf "    function(\"callback\", \"%s\", %s());\n", $2, $2 }
'
echo '}'
