// A registry of packages for npm, on this machine alone: it offers the tarballs of a folder.
//
//   node registry.js FOLDER    prints the address once it listens

'use strict';

const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const [, , folder] = process.argv;
const packages = new Map();

for (const file of fs.readdirSync(folder).filter((it) => it.endsWith('.tgz'))) {
  const place = path.join(folder, file);
  const manifest = JSON.parse(execFileSync('tar', ['-xOzf', place, 'package/package.json']));
  const hash = createHash('sha512').update(fs.readFileSync(place)).digest('base64');
  packages.set(manifest.name, { manifest, file, integrity: `sha512-${hash}` });
}

// Returns the description of a package, or undefined.
function document(name, address) {
  const found = packages.get(name);
  if (!found) return undefined;
  const { manifest, file, integrity } = found;
  const dist = { integrity, tarball: `${address}/tarballs/${file}` };
  return {
    name,
    'dist-tags': { latest: manifest.version },
    versions: { [manifest.version]: { ...manifest, dist } },
  };
}

const server = http.createServer((request, response) => {
  const address = `http://${request.headers.host}`;
  const name = decodeURIComponent(request.url.slice(1));
  const described = document(name, address);
  if (name.startsWith('tarballs/')) {
    response.end(fs.readFileSync(path.join(folder, path.basename(name))));
  } else if (described) {
    response.end(JSON.stringify(described));
  } else {
    response.writeHead(404).end('{}');
  }
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
