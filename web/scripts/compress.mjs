// Writes a gzip and a brotli copy beside each file that gains by it: `node scripts/compress.mjs FOLDER`.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const folder = process.argv[2];
const WORTH_IT = /\.(html|js|css|svg|json|webmanifest)$/;

for (const name of readdirSync(folder, { recursive: true })) {
  if (!WORTH_IT.test(name)) continue;
  const path = join(folder, name);
  const plain = readFileSync(path);
  for (const [ending, packed] of [
    ['gz', gzipSync(plain, { level: 9 })],
    ['br', brotliCompressSync(plain)],
  ]) {
    if (packed.length < plain.length) writeFileSync(`${path}.${ending}`, packed);
  }
}
