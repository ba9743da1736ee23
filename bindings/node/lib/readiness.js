// Tells when a descriptor is readable, while the event loop goes on.
//
// In the main thread the event loop watches it. The poll handles of koffi end the process if they
// fire while a worker is being terminated, so in a worker one call of poll(2), in a thread of the
// pool, waits for all descriptors.

'use strict';

const { isMainThread } = require('node:worker_threads');
const { koffi } = require('./koffi');

// The longest time for which poll(2) waits; a descriptor that is added meanwhile waits for its end.
const WAIT_MS = 50;

const POLLIN = 1;
const POLLFD_LEN = 8;

const poll = isMainThread
  ? null
  : koffi.load(null).func('poll', 'int', [koffi.out('void *'), 'uint64_t', 'int']);

// The function to call for each descriptor.
const waiting = new Map();
let isPolling = false;

// Calls `ready` whenever a descriptor is readable, until the function that is returned is called.
function listen(fd, ready) {
  if (isMainThread) {
    const handle = koffi.node.poll(fd, () => ready());
    return () => handle.close();
  }
  waiting.set(fd, ready);
  if (!isPolling) pollAll();
  return () => {
    if (waiting.get(fd) === ready) waiting.delete(fd);
  };
}

async function pollAll() {
  isPolling = true;
  while (waiting.size) {
    const descriptors = [...waiting.keys()];
    const fds = Buffer.alloc(descriptors.length * POLLFD_LEN);
    descriptors.forEach((fd, at) => {
      fds.writeInt32LE(fd, at * POLLFD_LEN);
      fds.writeInt16LE(POLLIN, at * POLLFD_LEN + 4);
    });
    await polled(fds, descriptors.length);
    descriptors.forEach((fd, at) => {
      if (fds.readInt16LE(at * POLLFD_LEN + 6)) waiting.get(fd)?.();
    });
  }
  isPolling = false;
}

function polled(fds, count) {
  return new Promise((resolve) => {
    try {
      poll.async(fds, count, WAIT_MS, () => resolve());
    } catch {
      // koffi has too many calls already.
      setTimeout(resolve, WAIT_MS);
    }
  });
}

module.exports = { listen };
