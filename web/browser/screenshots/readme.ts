// Makes the pictures that the README shows: `npm run screenshots --workspace browser`.

import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { box, createRoom, launch, message, newContext, register, say } from '../tests/browser.ts';

const FOLDER = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));
const LARGEST = 150_000;
const DESK = { width: 1200, height: 750 };
const PHONE = { viewport: { width: 390, height: 750 }, hasTouch: true, isMobile: true } as const;

let server: TestServer;
let browser: Browser;
let mara: Page;
let jonas: Page;
let room: string;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off'), launch()]);
  [mara, jonas] = await Promise.all([person('Mara'), person('Jonas')]);
  await converse();
});
afterAll(async () => {
  await browser.close();
  await server.remove();
});

async function person(name: string): Promise<Page> {
  const page = await (await newContext(browser, { viewport: DESK, reducedMotion: 'reduce' })).newPage();
  await register(page, server.url, name);
  return page;
}

async function react(page: Page, text: string, emoji: string): Promise<void> {
  await message(page, text).hover();
  await message(page, text).getByRole('button', { name: 'React' }).click();
  // One that was used before is there twice.
  await page
    .getByRole('dialog')
    .getByRole('button')
    .filter({ hasText: new RegExp(`^${emoji}$`) })
    .first()
    .click();
  await message(page, text)
    .getByRole('button', { name: `${emoji} ` })
    .waitFor();
}

/** Says something once it is there for the other, so that the order is the one below. */
async function says(page: Page, text: string, mark = text): Promise<void> {
  await say(page, text);
  for (const each of [mara, jonas]) await message(each, mark).last().waitFor();
}

async function converse(): Promise<void> {
  const reading = await createRoom(mara, 'Reading circle', 'Public');
  await say(mara, 'Next month: *The Summer Book*. Who has a copy to lend?');
  await createRoom(mara, 'Film nights', 'Public');
  await say(mara, 'Friday at eight, and somebody brings popcorn');
  room = await createRoom(mara, 'Harbour garden', 'Public');
  for (const address of [reading, room]) {
    await jonas.goto(address);
    await jonas.getByRole('button', { name: 'Join' }).click();
    await box(jonas).waitFor();
  }
  await says(mara, 'The tomatoes are out of the greenhouse 🍅');
  await says(jonas, 'All of them? It was 4 degrees last night');
  await says(mara, 'All but the small ones. I put **fleece** over the rest.', 'fleece');
  await says(jonas, 'Then I water at six. The pump now runs on its own:');
  await says(jonas, '```\n0 6 * * *  pump --minutes 12 --bed tomatoes\n```', 'pump --minutes');
  await message(mara, 'Then I water at six').hover();
  await message(mara, 'Then I water at six').getByRole('button', { name: 'Reply' }).click();
  await says(mara, 'Perfect, then I can sleep in. Thank you, @Jonas', 'sleep in');
  await react(jonas, 'The tomatoes are out', '🎉');
  await react(mara, 'pump --minutes', '🚀');
  await react(jonas, 'pump --minutes', '😎');
  await message(mara, 'pump --minutes').getByRole('button', { name: '😎 ' }).waitFor();
}

/** One picture, with nothing under the pointer. */
async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.evaluate(() => document.fonts.ready);
  const path = `${FOLDER}${name}.png`;
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  expect(statSync(path).size).toBeLessThan(LARGEST);
}

test('a room', async () => {
  await box(jonas).pressSequentially('See you on Sat');
  await mara.getByText('Jonas is writing…').first().waitFor();
  await picture(mara, 'room');
  await mara.emulateMedia({ colorScheme: 'dark' });
  await picture(mara, 'room-dark');
});

test('a room on a phone, and the way in', async () => {
  const storageState = await mara.context().storageState();
  for (const [name, path] of [
    ['phone-room', new URL(room).pathname],
    ['phone-entry', '/'],
  ] as const) {
    const phone = await newContext(browser, { ...PHONE, reducedMotion: 'reduce', ...(path === '/' ? {} : { storageState }) });
    const page = await phone.newPage();
    await page.goto(`${server.url}${path}`);
    await (path === '/' ? page.getByRole('button', { name: 'Come in' }) : message(page, 'sleep in')).waitFor();
    await picture(page, name);
    await phone.close();
  }
});
