package main

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Platform is a system, a processor and a C library, with the installation that has the archive.
type Platform struct {
	Prefix string
	// Processor is its GOARCH.
	Processor string
	IsMusl    bool
	// Libraries are the flags for those of the system that the archive needs.
	Libraries string
}

// Name is the last part of the path of the platform's module.
func (p Platform) Name() string {
	if p.IsMusl {
		return "linux_" + p.Processor + "_musl"
	}
	return "linux_" + p.Processor
}

// Constraint holds in a build for the platform.
func (p Platform) Constraint() string {
	if p.IsMusl {
		return "linux && " + p.Processor + " && musl"
	}
	return "linux && " + p.Processor + " && !musl"
}

// Archive is the path of the static library.
func (p Platform) Archive() string { return filepath.Join(p.Prefix, "lib", "libkv.a") }

// readPlatforms returns the platforms of installations, which must be of a version.
func readPlatforms(prefixes []string, version string) ([]Platform, error) {
	var platforms []Platform
	for _, prefix := range prefixes {
		platform, err := readPlatform(prefix, version)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", prefix, err)
		}
		same := func(other Platform) bool { return other.Name() == platform.Name() }
		if i := slices.IndexFunc(platforms, same); i >= 0 {
			return nil, fmt.Errorf("%s: another of %s, after %s", prefix, platform.Name(), platforms[i].Prefix)
		}
		platforms = append(platforms, platform)
	}
	return platforms, nil
}

func readPlatform(prefix, version string) (Platform, error) {
	platform := Platform{Prefix: prefix}
	if err := platform.readLibrary(); err != nil {
		return Platform{}, err
	}
	return platform, platform.readDescription(version)
}

// readLibrary finds out what the shared library was compiled for.
func (p *Platform) readLibrary() error {
	library, err := elf.Open(filepath.Join(p.Prefix, "lib", "libkv.so"))
	if err != nil {
		return err
	}
	defer library.Close()
	switch library.Machine {
	case elf.EM_X86_64:
		p.Processor = "amd64"
	case elf.EM_AARCH64:
		p.Processor = "arm64"
	default:
		return fmt.Errorf("libkv.so is for the processor %v, and the modules are for amd64 and arm64", library.Machine)
	}
	needed, err := library.ImportedLibraries()
	p.IsMusl = !slices.Contains(needed, "libc.so.6")
	return err
}

// readDescription reads the description of the archive for pkg-config.
func (p *Platform) readDescription(version string) error {
	text, err := os.ReadFile(filepath.Join(p.Prefix, "lib", "pkgconfig", "kv-static.pc"))
	if err != nil {
		return err
	}
	fields := map[string]string{}
	for _, field := range regexp.MustCompile(`(?m)^(\w+): *(.*)$`).FindAllStringSubmatch(string(text), -1) {
		fields[field[1]] = field[2]
	}
	if installed := "v" + fields["Version"]; installed != version {
		return fmt.Errorf("the installation is %s, and the tree %s", installed, version)
	}
	if fields["Requires"] != "" {
		return fmt.Errorf("the archive requires %s of the system; build it with what is bundled", fields["Requires"])
	}
	// The go command refuses the last one, which a static program on musl needs to catch a panic.
	flags := slices.DeleteFunc(strings.Fields(fields["Libs"]), func(flag string) bool {
		return strings.HasPrefix(flag, "-L") || flag == "-l:libkv.a" || flag == "-Wl,--eh-frame-hdr"
	})
	p.Libraries = strings.Join(flags, " ")
	return nil
}
