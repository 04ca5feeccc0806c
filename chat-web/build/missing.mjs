// Says which packages of a folder's lock file are not installed in it, but for those that only tests need or other systems. It fails if
// there are any: `node missing.mjs FOLDER`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv.at(-1);
const packages = (file) => Object.entries(JSON.parse(readFileSync(join(folder, file), 'utf8')).packages);

// npm writes this record once it has installed everything.
const installed = new Map(packages('node_modules/.package-lock.json'));
const missing = packages('package-lock.json')
  .filter(([path, { dev, devOptional, optional }]) => path.startsWith('node_modules/') && !dev && !devOptional && !optional)
  .filter(([path, { version }]) => !installed.has(path) || installed.get(path).version !== version)
  .map(([path]) => path);

if (missing.length) {
  console.error(`not installed: ${missing.join(', ')}`);
  process.exit(1);
}
