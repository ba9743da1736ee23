"""Builds a program in C and one in C++ with the package, on both libraries, and runs them."""

from pathlib import Path

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, cmake_layout


class KvTest(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeDeps", "CMakeToolchain"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def test(self):
        if can_run(self):
            for program in ("c_shared", "c_static", "cpp_shared", "cpp_static"):
                path = Path(self.build_folder, self.cpp.build.bindir, program)
                self.run(f'"{path}" {program}.kv', env="conanrun")
