# shellcheck shell=bash disable=SC2154,SC2317
# The bills of materials: their form, their packages, and the artefact that each belongs to.

bills=$scratch/bills
targets=(x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu)

# write_bill PRODUCT TARGET ARTEFACT: prints it.
write_bill() { "$root/packaging/sbom.py" --artefact "$3" --of "$1" --target "$2"; }

write_bills() {
    local product target
    mkdir "$bills"
    for product in library command; do
        for target in "${targets[@]}"; do
            write_bill "$product" "$target" "$out/$archive.tar.gz" >"$bills/$product-$target.json"
        done
    done
}

# bill_check ARGUMENT...: with the locked validator.
bill_check() { bare "$scratch/sbom/bin/python" "$here/sbom/check.py" "$@"; }

names_the_packages_of_the_notices() {
    bill_check notices "$root/THIRD-PARTY-NOTICES.txt" "$bills"/library-* -- "$bills"/command-*
}

# changed FILTER: prints a bill of the library with a change, an expression of Python.
changed() {
    python3 -c "import json, sys
bill = json.load(open(sys.argv[1]))
$1
print(json.dumps(bill))" "$bills/library-${targets[0]}.json"
}

control_notices() {
    local less=$scratch/less.json
    changed 'bill["components"] = [it for it in bill["components"] if it["name"] != "arcstr"]' >"$less"
    refuses 'library: the bills lack arcstr' bill_check notices "$root/THIRD-PARTY-NOTICES.txt" "$less" -- \
        "$bills"/command-*
    # With the command's for the library's, its own packages are too many.
    refuses 'library: the notices lack clap' bill_check notices "$root/THIRD-PARTY-NOTICES.txt" \
        "$bills"/command-* -- "$bills"/command-*
}

control_form() {
    local bad=$scratch/bad.json
    changed 'bill["unknown"] = 1' >"$bad"
    refuses "'unknown' was unexpected" bill_check valid "$bad"
    changed 'bill["components"][0]["licenses"][0]["expression"] = "None-1.0"' >"$bad"
    refuses 'None-1.0' bill_check valid "$bad"
    changed 'bill["dependencies"] = [it for it in bill["dependencies"] if "libsqlite3-sys" not in it["ref"]]' >"$bad"
    refuses 'is either used and not named, or named and not used' bill_check valid "$bad"
}

# The SQLite and the Rust that the artefact itself was made of, which the bill reads elsewhere.
names_what_the_library_says() {
    local rust
    cmake_consumer "$scratch/bill-consumer"
    on_static "$scratch/bill-consumer" >"$scratch/said"
    has_component sqlite "$(sed -n 's/.* sqlite=//p;q' "$scratch/said")"
    rust=$(readelf -p .comment "$tree/lib/libkv.so" | sed -n 's/.*rustc version \([0-9.]*\) .*/\1/p')
    has_component rust-std "$rust"
    must_fail has_component rust-std 1.0.0
}

# shellcheck disable=SC2046
cmake_consumer() {
    bare cc "$consumer/consumer.c" \
        $(bare env PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config --cflags --libs kv-static) -o "$1"
}

has_component() { # NAME VERSION
    changed "print(*('%(name)s %(version)s' % it for it in bill['components']), sep='\\n')" | grep -Fx "$1 $2"
}

depends_on_the_artefact_and_its_date() {
    local file=$scratch/artefact one two target=${targets[0]}
    echo one >"$file"
    one=$(write_bill library "$target" "$file")
    test "$one" = "$(cd / && TZ=Asia/Tokyo write_bill library "$target" "$file")"
    bill_check artefact <(echo "$one") "$file"
    echo two >"$file"
    must_fail bill_check artefact <(echo "$one") "$file"
    two=$(write_bill library "$target" "$file")
    must_fail test "$(serial "$one")" = "$(serial "$two")"
    SOURCE_DATE_EPOCH=1000000000 write_bill library "$target" "$file" | grep -F '"2001-09-09T01:46:40Z"'
}

serial() { sed -n 's/.*"serialNumber": "\(.*\)".*/\1/p' <<<"$1" | grep -E '^urn:uuid:[0-9a-f-]{36}$'; }

refuses_what_is_not_there() {
    refuses 'No such file' write_bill library "${targets[0]}" "$scratch/no-artefact"
    refuses 'invalid choice' write_bill both "${targets[0]}" "$out/$archive.tar.gz"
    refuses 'returned non-zero exit status' write_bill library mips-unknown-none "$out/$archive.tar.gz"
}

# The bills that lie beside the artefacts.
lie_beside_artefacts() {
    local bill
    bill_check valid "$@"
    for bill in "$@"; do bill_check artefact "$bill" "${bill%.cdx.json}"; done
    echo "# $#"
}

# A proxy for Go has other files beside the archives of modules.
each_artefact_has_a_bill() {
    local file
    find "$out" -type f \( -name '*.zip' -o -not -path '*/go/*' \) -not -name '*.cdx.json' \
        -not -name SHA256SUMS >"$scratch/artefacts"
    test "$(wc -l <"$scratch/artefacts")" -ge 10
    while read -r file; do
        test -s "$file.cdx.json" || {
            echo "$file has no bill"
            return 1
        }
    done <"$scratch/artefacts"
}

# Those that their own tools read.
bindings_name_their_requirements() {
    local file=$out/libkv-kv-$version.tgz
    requires "$file" "koffi $(node -p "require('$root/bindings/node/package.json').dependencies.koffi")"
    requires "$file" "linux-x64-gnu $version"
    file=$(find "$out/go" -path '*/otel/@v/*.zip')
    requires "$file" "trace $(sed -n 's,^\tgo.opentelemetry.io/otel/trace \(v[^ ]*\)$,\1,p' "$root/bindings/go/otel/go.mod")"
    requires "$file" "kv v$version"
    must_fail requires "$file" "koffi 3"
}

requires() { # ARTEFACT "NAME VERSION"
    python3 -c "import json, sys
for it in json.load(open(sys.argv[1]))['components']: print(it['name'], it['version'])" "$1.cdx.json" | grep -Fx "$2"
}

the_checksums_are_right() {
    (cd "$out" && sha256sum --quiet --check SHA256SUMS)
    find "$out" -type f -not -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort |
        diff - <(sed 's/^[0-9a-f]*  //' "$out/SHA256SUMS")
}

check "sbom: the locked validator is installed" make_tools sbom
check "sbom: written for the library and the command, and two processors" write_bills
job "sbom: CycloneDX 1.6, licences of SPDX, and no component apart" bill_check valid "$bills"/*.json
job "sbom: control: a bill with a fault is refused" control_form
job "sbom: the packages are those of THIRD-PARTY-NOTICES.txt" names_the_packages_of_the_notices
job "sbom: control: a package too few or too many is noticed" control_notices
job "sbom: SQLite and Rust are those of the library" names_what_the_library_says
job "sbom: a bill follows its artefact and the date" depends_on_the_artefact_and_its_date
job "sbom: an artefact, a product and a target that are not there are refused" refuses_what_is_not_there
job "sbom: each artefact has a bill" each_artefact_has_a_bill
job "sbom: bindings name what they require" bindings_name_their_requirements
mapfile -t lying < <(find "$out" -name '*.cdx.json' | LC_ALL=C sort)
job "sbom: each bill beside an artefact is valid and that of it" lie_beside_artefacts "${lying[@]}"
job "sbom: the checksums are those of all files" the_checksums_are_right
