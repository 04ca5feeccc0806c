import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { generate, pathOf, SIDES } from '../scripts/generate.mjs';
import { until } from './people.ts';
import { TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.remove());

test('the example of the README runs as it is printed there', async () => {
  const printed = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    .split('```ts\n')[1]
    ?.split('```')[0];
  expect(readFileSync(new URL('./example.ts', import.meta.url), 'utf8')).toBe(printed);
  expect(printed?.trim().split('\n').length).toBeLessThanOrEqual(20);
  const said = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  process.env.CHAT_URL = server.url;
  await import('./example.ts');
  await until(() => said.mock.calls.length > 0);
  expect(said.mock.calls).toEqual([['Engines: Ada says Hello, everyone!']]);
});

test('the types of the wire are those of its schemas', () => {
  for (const side of SIDES) expect(readFileSync(pathOf(side), 'utf8'), `${side}: npm run generate`).toBe(generate(side));
});

test('the client has 15 KiB at most, as a page that is built has it, compressed', async () => {
  const input = new URL('../src/index.ts', import.meta.url).pathname;
  // As a library, Vite would leave its indentation and comments.
  const rollupOptions = { input, preserveEntrySignatures: 'strict' as const };
  const built = await build({ configFile: false, logLevel: 'error', build: { write: false, modulePreload: false, rollupOptions } });
  const { output } = built as unknown as { output: { code?: string }[] };
  const bytes = gzipSync(output.map((chunk) => chunk.code ?? '').join('')).length;
  expect(bytes).toBeLessThanOrEqual(15 * 1024);
  console.info(`the client: ${bytes} bytes`);
});
