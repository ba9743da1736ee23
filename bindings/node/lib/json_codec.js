// JSON with integers of any size: one that a number of JavaScript cannot hold is a BigInt.

'use strict';

// The deepest nesting of arrays and objects, as in kv_set_json.
const DEPTH_MAX = 512;

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;
const INTEGER = /^-?\d+$/;

const isLarge = (token) => INTEGER.test(token) && !Number.isSafeInteger(Number(token));

// Returns the value of a JSON text.
function parse(text) {
  // Also the check that the text is JSON.
  const value = JSON.parse(text);
  if (!(text.match(STRING_OR_NUMBER) ?? []).some(isLarge)) return value;
  return new Reader(text).value();
}

// Reads a text that is known to be JSON.
class Reader {
  #tokens;
  #at = 0;

  constructor(text) {
    this.#tokens = text.match(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/gs);
  }

  #next() {
    this.#at += 1;
    return this.#tokens[this.#at - 1];
  }

  // Reads the elements up to a closing bracket, each by `add`.
  #list(end, add) {
    if (this.#tokens[this.#at] === end) {
      this.#at += 1;
      return;
    }
    do add();
    while (this.#next() === ',');
  }

  value() {
    const token = this.#next();
    if (token === '[') {
      const array = [];
      this.#list(']', () => array.push(this.value()));
      return array;
    }
    if (token === '{') {
      const pairs = [];
      this.#list('}', () => {
        const name = JSON.parse(this.#next());
        this.#at += 1;
        pairs.push([name, this.value()]);
      });
      return Object.fromEntries(pairs);
    }
    return isLarge(token) ? BigInt(token) : JSON.parse(token);
  }
}

// Returns the JSON text of a value, or undefined for one that JSON has not, as JSON.stringify.
function stringify(value) {
  let hasBigInt = false;
  const text = JSON.stringify(value, (_, one) => {
    if (typeof one !== 'bigint') return one;
    hasBigInt = true;
    return null;
  });
  return hasBigInt ? written('', value, 0) : text;
}

function written(name, given, depth) {
  if (depth > DEPTH_MAX) throw new RangeError(`nested deeper than ${DEPTH_MAX}`);
  if (typeof given === 'bigint') return String(given);
  const value = typeof given?.toJSON === 'function' ? given.toJSON(name) : given;
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object' || isBoxed(value)) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return `[${value.map((one, at) => written(String(at), one, depth + 1) ?? 'null').join()}]`;
  }
  const fields = Object.entries(value)
    .map(([key, one]) => [key, written(key, one, depth + 1)])
    .filter(([, text]) => text !== undefined);
  return `{${fields.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join()}}`;
}

const isBoxed = (value) => [String, Number, Boolean].some((Class) => value instanceof Class);

const utf8 = new TextDecoder('utf-8', { fatal: true });

// The codec of a typed store that is given none.
const jsonCodec = {
  encode(value) {
    const text = stringify(value);
    if (text === undefined) throw new TypeError(`a value of type ${typeof value} is not JSON`);
    return Buffer.from(text);
  },

  decode(data) {
    return parse(utf8.decode(data));
  },
};

module.exports = { jsonCodec, parse, stringify };
