import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../../chat-web/build/missing.mjs', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chat-packages-'));
  mkdirSync(join(folder, 'node_modules'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (file: string, packages: object) => writeFileSync(join(folder, file), JSON.stringify({ packages }));
/** What the build script is told of a folder in which this is installed. */
function missing(installed: object) {
  write('package-lock.json', {
    '': { name: 'whole' },
    'node_modules/app': { link: true, resolved: 'app' },
    'node_modules/react': { version: '19.0.0' },
    'node_modules/for-another-system': { version: '1.0.0', optional: true },
    'node_modules/vitest': { version: '4.0.0', dev: true },
  });
  write('node_modules/.package-lock.json', installed);
  const { status, stderr } = spawnSync('node', [SCRIPT, folder], { encoding: 'utf8' });
  return { status, said: stderr.trim() };
}

const whole = { 'node_modules/app': { link: true, resolved: 'app' }, 'node_modules/react': { version: '19.0.0' } };
const nothing = { status: 0, said: '' };

test('what only tests need, or other systems, is not missed when the page is built', () => {
  expect(missing(whole)).toEqual(nothing);
  expect(missing({ ...whole, 'node_modules/vitest': { version: '4.0.0' } })).toEqual(nothing);
});

test('a package that is not there, or in another version, is missed', () => {
  expect(missing({})).toEqual({ status: 1, said: 'not installed: node_modules/app, node_modules/react' });
  expect(missing({ ...whole, 'node_modules/react': { version: '18.0.0' } }).said).toBe('not installed: node_modules/react');
});

test('a folder in which nothing is installed lacks something, too', () => {
  rmSync(join(folder, 'node_modules'), { recursive: true });
  writeFileSync(join(folder, 'package-lock.json'), '{"packages":{}}');
  expect(spawnSync('node', [SCRIPT, folder]).status).toBe(1);
});
