// The snippets of the README, as one program: each goes on where the one before it has ended.
//
//   node snippets.js DIRECTORY    writes them there for tsc

'use strict';

const fs = require('node:fs');
const path = require('node:path');

const readme = fs.readFileSync(path.join(__dirname, '..', 'README.md'), 'utf8');

function blocks(language) {
  const found = readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'));
  return [...found].map(([, code]) => code);
}

// A line with an arrow says what the value of its expression is.
const ARROW = /^(\s*)(.*?);\s*\/\/ → (.*?)(?:, or .*)?$/gm;

// Returns the program: `check(value, shown)` is called for each arrow.
function program() {
  const code = blocks('js')
    .join('\n')
    .replace(/^const kv = require\('kv'\);.*$/m, '');
  return code.replace(ARROW, (_, indent, expression, shown) => {
    return `${indent}check(${expression}, ${JSON.stringify(shown)});`;
  });
}

function typed() {
  const code = program()
    .replace(/^const (\{.*\}) = require\('(.*)'\);$/gm, "const $1 = await import('$2');")
    .replace('new kv.Typed(store,', 'new kv.Typed<{ name: string; born: number }>(store,');
  return `import * as kv from 'kv';\n
export async function readme(check: (value: unknown, shown: string) => void): Promise<void> {\n${code}\n}\n`;
}

module.exports = { blocks, program };

if (require.main === module) {
  const [, , directory] = process.argv;
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, 'readme.ts'), typed());
  blocks('ts').forEach((code, at) =>
    fs.writeFileSync(path.join(directory, `block${at}.ts`), code),
  );
}
