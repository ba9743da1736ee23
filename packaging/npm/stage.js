// Writes the folders of the packages for npm, which build.sh packs: that of the binding, and that of the
// library for one platform.
//
//   node stage.js LIBRARY PLATFORM LIBC TO     PLATFORM: a key of platforms.json
//                                              LIBC: the libc that the library needs, for its readers

'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');
const binding = path.join(root, 'bindings', 'node');
const read = (...parts) => JSON.parse(fs.readFileSync(path.join(...parts), 'utf8'));

const names = read(root, 'packaging', 'names.json');
const platforms = read(__dirname, 'platforms.json');
const source = read(binding, 'package.json');

const packageOf = (platform) => names.npm.platform.replace('{platform}', platform);

// Returns what the descriptions of all packages have in common; an address that is empty is left out.
function about(description) {
  return {
    version: source.version,
    description,
    license: source.license,
    author: names.maintainer,
    ...(names.homepage && { homepage: names.homepage }),
    ...(names.repository && {
      repository: { type: 'git', url: names.repository, directory: 'bindings/node' },
    }),
    // Without it, npm keeps a package with a scope to its owner.
    publishConfig: { access: 'public' },
  };
}

function write(folder, name, text) {
  fs.writeFileSync(path.join(folder, name), text);
}

function describe(folder, description) {
  write(folder, 'package.json', `${JSON.stringify(description, null, 2)}\n`);
}

function copy(folder, from, files) {
  for (const file of files) {
    fs.cpSync(path.join(from, file), path.join(folder, file), { recursive: true });
  }
}

// The binding, under the name that it has in a registry, with a package for each platform.
function stageBinding(folder) {
  const { keywords, type, main, types, exports, files, os, engines, dependencies } = source;
  const libraries = Object.keys(platforms).map((it) => [packageOf(it), source.version]);
  copy(folder, binding, files);
  copy(folder, root, ['LICENSE-APACHE', 'LICENSE-MIT']);
  describe(folder, {
    name: names.npm.package,
    ...about(source.description),
    keywords,
    type,
    main,
    types,
    exports,
    files: [...files, 'LICENSE-*'],
    os,
    engines,
    dependencies,
    optionalDependencies: Object.fromEntries(libraries),
  });
  const readme = path.join(binding, 'README.md');
  const page = execFileSync('python3', [path.join(root, 'packaging/page.py'), readme, source.version]);
  const imported = page.toString().replace(/(require\(|from )'kv'/g, `$1'${names.npm.package}'`);
  write(folder, 'README.md', imported);
}

function stageLibrary(folder, library, platform, libc) {
  const name = packageOf(platform);
  const licences = ['LICENSE-APACHE', 'LICENSE-MIT', 'THIRD-PARTY-NOTICES.txt'];
  fs.copyFileSync(library, path.join(folder, 'libkv.so.0'));
  copy(folder, root, licences);
  describe(folder, {
    name,
    ...about(`The library of ${names.npm.package} for ${platform}`),
    files: ['libkv.so.0', ...licences],
    ...platforms[platform],
    // A library is loaded from a file of its own, not from an archive.
    preferUnplugged: true,
  });
  write(
    folder,
    'README.md',
    `# ${name}\n\nThe shared library of the key-value store kv for ${platform}: ${libc}.\n` +
      `\`npm install ${names.npm.package}\` installs it where it fits.\n`,
  );
}

const [, , library, platform, libc, to] = process.argv;
if (!platforms[platform]) throw new Error(`platforms.json has no ${platform}`);
for (const name of ['binding', 'library']) fs.mkdirSync(path.join(to, name), { recursive: true });
stageBinding(path.join(to, 'binding'));
stageLibrary(path.join(to, 'library'), library, platform, libc);
