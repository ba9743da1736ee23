# shellcheck shell=bash
# The bindings of two versions with the library of either: with the one of its own interface each runs
# the quickstart; with the other it refuses, and names both interfaces. run.sh sources this.

# root_of VERSION: where the sources of a version are.
root_of() { if [[ $1 == old ]]; then echo "$old_root"; else echo "$root"; fi; }

# The commands that run the quickstart of a binding; the last word is the file.
python() { # VERSION LIBRARY
    local from package=$scratch/python-$1 declarations=_abi
    from=$(root_of "$1")
    if [[ $1 == old ]]; then declarations=abi; fi
    if [[ ! -d $package ]]; then
        mkdir "$package"
        cp -r "$from/bindings/python/src/kv" "$package/kv"
        python3 "$from/bindings/python/generate.py" "$from/include/kv.h" >"$package/kv/$declarations.py"
    fi
    PYTHONPATH=$package KV_LIBRARY=$scratch/$2/libkv.so \
        timeout 60 python3 "$from/bindings/python/examples/quickstart.py" "$scratch/$1-$2-python.db"
}

luajit_quickstart() { # VERSION LIBRARY
    local from
    from=$(root_of "$1")
    KV_HEADER=$from/include/kv.h LUA_PATH="$from/bindings/luajit/?.lua" KV_LIBRARY=$scratch/$2/libkv.so \
        timeout 60 luajit "$from/bindings/luajit/quickstart.lua" "$scratch/$1-$2-luajit.db"
}

node_quickstart() { # VERSION LIBRARY
    local package=$scratch/node-$1
    if [[ ! -d $package ]]; then
        cp -r "$(root_of "$1")/bindings/node" "$package"
        (cd "$package" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null)
    fi
    KV_LIBRARY=$scratch/$2/libkv.so timeout 60 node "$package/quickstart.js" "$scratch/$1-$2-node.db"
}

# An installation of a version, of which only header, library and description matter here.
go_prefix() { # VERSION
    local to=$scratch/prefix-$1
    if [[ ! -d $to ]]; then
        mkdir -p "$to/include" "$to/lib/pkgconfig"
        cp "$(root_of "$1")/include/kv.h" "$to/include"
        provide "$to/lib" "$(realpath "$scratch/$1/libkv.so")"
        printf '%s\n' "Name: kv" "Description: kv" "Version: 0" "Cflags: -I$to/include" \
            "Libs: -L$to/lib -lkv" >"$to/lib/pkgconfig/kv.pc"
    fi
    echo "$to"
}

go_quickstart() { # VERSION LIBRARY
    local program=$scratch/go-$1 prefix
    prefix=$(go_prefix "$1")
    if [[ ! -e $program ]]; then
        # Go takes a package from its cache whatever pkg-config says, but not with other flags of cgo.
        (cd "$(root_of "$1")/bindings/go" && PKG_CONFIG_PATH=$prefix/lib/pkgconfig CGO_ENABLED=1 \
            CGO_CFLAGS="-O2 -g -I$prefix/include" go build -o "$program" ./examples/quickstart)
    fi
    LD_LIBRARY_PATH=$scratch/$2 timeout 60 "$program" "$scratch/$1-$2-go.db"
}

cpp_quickstart() { # VERSION LIBRARY
    local program=$scratch/cpp-$1 from
    from=$(root_of "$1")
    if [[ ! -e $program ]]; then
        g++ -std=c++17 -I "$from/bindings/cpp/include" -I "$from/include" \
            "$from/bindings/cpp/examples/quickstart.cpp" -o "$program" -L "$scratch/$1" -lkv -pthread
    fi
    LD_LIBRARY_PATH=$scratch/$2 timeout 60 "$program" "$scratch/$1-$2-cpp.db"
}

works() { # BINDING VERSION LIBRARY
    prints "$(root_of "$2")/examples/expected/quickstart.txt" "$@"
}

refuses() { # BINDING VERSION LIBRARY
    local said=$scratch/refusal-$1-$2-$3
    must_fail "$@" >"$said" 2>&1
    grep -E 'interface|do not match' "$said" || { cat "$said"; return 1; }
    if [[ -e $scratch/$2-$3-${1%_quickstart}.db ]]; then
        echo "it has made a file"
        return 1
    fi
}

need python3 luajit node npm go g++ pkg-config
for binding in python luajit_quickstart node_quickstart go_quickstart cpp_quickstart; do
    for version in old new; do
        other=old
        if [[ $version == old ]]; then other=new; fi
        check "${binding%_quickstart}, $version, with its own library" works "$binding" "$version" "$version"
        # Programs in C and C++ of version 0.1 do not look at the interface.
        if [[ $binding == cpp_quickstart && $version == old ]]; then continue; fi
        check "${binding%_quickstart}, $version, with the $other library" refuses "$binding" "$version" "$other"
    done
done
