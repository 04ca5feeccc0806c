import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { complaints, createRoom, launch, newContext, register, violations } from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off'), launch()]);
  ann = await (await newContext(browser)).newPage();
  await register(ann, server.url, 'ann');
  await createRoom(ann, 'Secret Rust');
}, 180_000);
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const search = (page: Page) => page.getByRole('searchbox', { name: 'Find rooms by name or topic' });
const rooms = (page: Page) => page.getByRole('list', { name: 'Directory' }).getByRole('listitem');

test('one finds public rooms by the beginning of a word, and no private ones', async () => {
  for (const name of ['Über Rust', 'Rustaceans', 'Tea']) await createRoom(ann, name, 'Public');
  await ann.goto(`${server.url}/rooms`);
  await search(ann).fill('rust');
  await ann.getByText('2 rooms', { exact: true }).waitFor();
  expect(await rooms(ann).getByRole('heading').allInnerTexts()).toEqual(['Rustaceans', 'Über Rust']);
  expect(await violations(ann)).toEqual([]);
  await search(ann).fill('nothing at all');
  await ann.getByText('No room is called that.').waitFor();
  await search(ann).fill('');
  await rooms(ann).getByRole('heading', { name: 'Tea' }).waitFor();
});
