"""Packages the binary archive of kv, which needs no Rust: its libraries, headers and command."""

from pathlib import Path

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import check_sha256, copy, get, unzip

# With the static library a program links these, as kv-static.pc says.
NATIVE_LIBRARIES = ["util", "rt", "pthread", "m", "dl"]


class KvConan(ConanFile):
    description = "An embedded key-value store: groups, exact expiry, versions and atomic batches"
    license = "MIT OR Apache-2.0"
    topics = ("key-value", "database", "embedded")
    # A C interface: the package is the same for each compiler and each build type.
    settings = "os", "arch"
    package_type = "shared-library"
    exports_sources = "kv-*.tar.gz"

    def set_name(self):
        self.name = self.conan_data["name"]

    def set_version(self):
        self.version = self.conan_data["version"]

    def validate(self):
        if self.settings.os != "Linux" or str(self.settings.arch) != self.conan_data["arch"]:
            raise ConanInvalidConfiguration(
                f"this package of kv is for Linux on {self.conan_data['arch']} with glibc"
            )

    def build(self):
        archive, sha256 = self.conan_data["archive"], self.conan_data["sha256"]
        url = self.conan_data.get("url")
        if url:
            get(self, url, filename=archive, sha256=sha256, strip_root=True)
        else:
            path = str(Path(self.export_sources_folder) / archive)
            check_sha256(self, path, sha256)
            unzip(self, path, strip_root=True)

    def package(self):
        source, package = Path(self.build_folder), Path(self.package_folder)
        copy(self, "*", source / "include", package / "include")
        copy(self, "kv", source / "bin", package / "bin")
        copy(self, "libkv.so*", source / "lib", package / "lib")
        # In one folder with libkv.so, CMake would take that one for both.
        copy(self, "libkv.a", source / "lib", package / "lib/static")
        for text in ("LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-NOTICES.txt"):
            copy(self, text, source, package / "licenses")

    def package_info(self):
        # The names of kv's own CMake package and pkg-config files; the whole is no target to link.
        self.cpp_info.set_property("cmake_file_name", "kv")
        self.cpp_info.set_property("cmake_target_name", "kv::package")
        self.cpp_info.set_property("pkg_config_name", "kv-package")
        self._component("kv", "kv::kv", "kv").libs = ["kv"]
        static = self._component("static", "kv::static", "kv-static")
        static.libs = ["kv"]
        static.libdirs = ["lib/static"]
        static.system_libs = NATIVE_LIBRARIES
        self._component("cpp", "kv::cpp", "kv-cpp").requires = ["kv"]
        self._component("cpp_static", "kv::cpp_static", "kv-cpp-static").requires = ["static"]

    def _component(self, name, target, pkg_config):
        component = self.cpp_info.components[name]
        component.set_property("cmake_target_name", target)
        component.set_property("pkg_config_name", pkg_config)
        return component
