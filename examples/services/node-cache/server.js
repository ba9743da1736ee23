// A caching HTTP proxy: GET serves a page of the origin, DELETE purges it in all processes.
//
//   node server.js LOCATION ORIGIN [PORT [FRESH_MS [STALE_MS]]]
//   node server.js 'sqlite:cache.db?max_bytes=1GiB&evict=lru&changes=on' http://localhost:3000
//
// In a file changes=on brings the changes of other processes to the watch. A Redis does not evict
// groups: there pages end by their ttl. Port 0 is any free port. A purge needs no password: let only
// your own programs reach the port.

'use strict';

const http = require('node:http');
const kv = require('kv');
const { Cache } = require('./cache');

const [location, origin, port = '8080', ...times] = process.argv.slice(2);
const [freshMs = 60_000, staleMs = 600_000] = times.map(Number);
const LOAD_MS = 5_000;
const BODY_MAX = 1 << 20; // Larger bodies are passed on, and not kept.

async function load(path) {
  const response = await fetch(origin + path, { signal: AbortSignal.timeout(LOAD_MS) });
  if (response.status >= 500) throw new Error(`the origin says ${response.status} to ${path}`);
  const body = Buffer.from(await response.arrayBuffer());
  const type = response.headers.get('content-type') ?? 'application/octet-stream';
  return { body, type, status: response.status, isKept: response.ok && body.length <= BODY_MAX };
}

const store = kv.open(location);
const cache = new Cache(store, load, { freshMs, staleMs });

const methods = {
  async GET(request, response) {
    const { body, type, status, state } = await cache.get(request.url);
    response.writeHead(status, { 'content-type': type, 'x-cache': state }).end(body);
  },
  async DELETE(request, response) {
    await cache.purge(request.url);
    response.writeHead(204).end();
  },
};

const server = http.createServer(async (request, response) => {
  try {
    const answer = methods[request.method];
    if (!answer) response.writeHead(405, { allow: 'GET, DELETE' }).end();
    // Anything else could name another host than the origin.
    else if (!request.url.startsWith('/')) response.writeHead(400).end();
    else await answer(request, response);
  } catch (error) {
    console.error(`${request.method} ${request.url}: ${error.message}`);
    response.writeHead(502).end();
  }
});

function stop() {
  // Called when the requests that had begun are answered.
  server.close(async () => {
    await cache.close();
    await store.async.close();
  });
  server.closeIdleConnections();
}

process.once('SIGTERM', stop);
process.once('SIGINT', stop);
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
