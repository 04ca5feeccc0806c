// A page that came over plain HTTP from another machine has no locks and no service worker, and loses nothing all the same.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { ask, box, complaints, createRoom, launch, message, newContext, register, said, say } from './browser.ts';

const HOST = 'chat.test';

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let first: Page;
let room: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([
    TestServer.start('--limits', 'off', '--origin', `http://${HOST}:PORT`),
    launch(`--host-resolver-rules=MAP ${HOST} 127.0.0.1`),
  ]);
  context = await newContext(browser);
  first = await context.newPage();
  await register(first, server.url.replace('127.0.0.1', HOST), 'ann');
  room = await createRoom(first, 'Plain');
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

/** Takes the network away. A connection that is there does not notice: the pages have to be told. */
async function offline(...pages: Page[]): Promise<void> {
  await context.setOffline(true);
  for (const page of pages) await page.getByText('You are offline.').first().waitFor({ state: 'attached' });
}

const waits = (page: Page, text: string) => message(page, text).getByText('Goes out when you are online').waitFor();
/** What the server has, oldest first. */
async function taken(): Promise<string[]> {
  const { messages } = (await ask(first, room, 'GET', '/messages')) as { messages: { message: string }[] };
  return messages.map((each) => each.message);
}

test('the browser takes the page for one without locks', async () => {
  expect(await first.evaluate(() => [isSecureContext, 'locks' in navigator])).toEqual([false, false]);
});

test('what waits is in both tabs, outlives the tab it was written in, and comes once and in order', async () => {
  const second = await context.newPage();
  await second.goto(room);
  await box(second).waitFor();
  await offline(first, second);
  const wanted = ['one', 'two', 'three'];
  for (const text of wanted) await say(first, text);
  for (const page of [first, second]) await waits(page, 'three');
  await say(second, 'four');
  await waits(first, 'four');
  await second.close();
  // The page comes from the server, which is not there, so it is loaded once it is.
  await first.reload().catch(() => undefined);
  await context.setOffline(false);
  await first.goto(room);
  await expect.poll(taken).toEqual([...wanted, 'four']);
  const shown = async () => (await said(first)).filter((text) => [...wanted, 'four'].includes(text));
  await expect.poll(shown).toEqual([...wanted, 'four']);
});

test('what was refused and thrown away in one tab is gone in the other, and after a reload', async () => {
  const second = await context.newPage();
  await second.goto(room);
  await message(second, 'four').waitFor();
  await offline(first, second);
  await say(first, 'too late');
  await waits(second, 'too late');
  await ask(first, room, 'PATCH', '', { archived: true });
  await context.setOffline(false);
  for (const page of [first, second]) await message(page, 'too late').getByText('Not sent').waitFor();
  await message(second, 'too late').getByRole('button', { name: 'Throw away' }).click();
  await message(first, 'too late').waitFor({ state: 'detached' });
  await ask(first, room, 'PATCH', '', { archived: false });
  await first.reload();
  await message(first, 'four').waitFor();
  await box(first).waitFor();
  expect(await message(first, 'too late').count()).toBe(0);
  expect(await taken()).not.toContain('too late');
});
