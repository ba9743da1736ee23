#!/usr/bin/env bash
# Compiles the binding with the JDK of JAVA_HOME, or the one on the path, to DIRECTORY/kv.jar.
#
#   bindings/java/build.sh DIRECTORY
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${JAVA_HOME:+$JAVA_HOME/bin/}
to=$1

mkdir -p "$to/classes"
"${bin}java" "$here/generate/Generate.java" "${KV_INCLUDE:-$here/../../include}/kv.h" "$to/generated"
# Java 17 can load the classes, to say that it is too old.
"${bin}javac" -J-XX:TieredStopAtLevel=1 -source 17 -target 17 -Xlint:all,-options,-restricted -Xdoclint:all,-missing \
    -Werror -d "$to/classes" "$here"/src/kv/*.java "$to/generated/kv/Abi.java"
"${bin}jar" --create --file "$to/kv.jar" -C "$to/classes" .
