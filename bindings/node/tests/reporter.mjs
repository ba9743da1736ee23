// Reports each test in a line that scripts/harness.sh counts: `ok NAME`, `FAILED NAME` or
// `skip NAME: WHY`.

import { inspect } from 'node:util';

export default async function* report(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const name = data.name.replaceAll('\n', ' ');
    if (data.skip !== undefined) yield `skip ${name}: ${data.skip}\n`;
    else if (type === 'test:pass') yield `ok ${name}\n`;
    else {
      yield `FAILED ${name}\n`;
      process.stderr.write(
        `${name}: ${inspect(data.details.error.cause ?? data.details.error)}\n`,
      );
    }
  }
}
