// A field that is full takes nothing more, and lets one go on where one writes.

import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { complaints, launch, newContext, register } from './browser.ts';

/** The name of a room has 64 bytes at most. */
const FULL = `${'ü'.repeat(20)}${'x'.repeat(24)}`;

let server: TestServer;
let browser: Browser;
let ann: Page;
let name: Locator;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', '--store', 'memory:'), launch()]);
  ann = await (await newContext(browser)).newPage();
  await register(ann, server.url, 'ann');
  name = ann.getByLabel('Name of the room');
});
beforeEach(async () => {
  await ann.goto(server.url);
  await ann.getByRole('button', { name: 'New room' }).first().click();
  await name.fill(FULL);
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const put = (at: number) => name.evaluate((field, place) => (field as HTMLInputElement).setSelectionRange(place, place), at);
/** What is in the field, with a bar where the caret is. */
const shown = () =>
  name.evaluate((field) => {
    const { value, selectionStart, selectionEnd } = field as HTMLInputElement;
    return selectionStart === selectionEnd ? `${value.slice(0, selectionStart ?? 0)}|${value.slice(selectionStart ?? 0)}` : value;
  });
const barred = (text: string, at: number) => `${text.slice(0, at)}|${text.slice(at)}`;

test('what is typed in the middle of a full field is not taken, and the caret stays where it was', async () => {
  expect(new TextEncoder().encode(FULL)).toHaveLength(64);
  await put(10);
  for (const key of ['z', 'ä', 'z', 'z']) {
    await ann.keyboard.insertText(key);
    await expect.poll(shown).toBe(barred(FULL, 10));
  }
  await put(30);
  await ann.keyboard.type('zz');
  await expect.poll(shown).toBe(barred(FULL, 30));
});

test('of what is put in, as much is taken as there is room for, and the caret stands behind it', async () => {
  await put(12);
  await ann.keyboard.press('Backspace');
  await ann.keyboard.insertText('abc');
  const text = `${FULL.slice(0, 11)}ab${FULL.slice(12)}`;
  await expect.poll(shown).toBe(barred(text, 13));
});

test('what is composed in a full field is there until it is done, and is cut then', async () => {
  const devtools = await ann.context().newCDPSession(ann);
  const compose = (text: string) =>
    devtools.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  await put(10);
  await compose('に');
  await compose('にほん');
  await expect.poll(() => name.inputValue()).toBe(`${FULL.slice(0, 10)}にほん${FULL.slice(10)}`);
  await devtools.send('Input.insertText', { text: '日本' });
  await expect.poll(shown).toBe(barred(FULL, 10));
  // There is room for one of the two now.
  await ann.keyboard.press('Backspace');
  await ann.keyboard.press('Backspace');
  await compose('にほん');
  await devtools.send('Input.insertText', { text: '日本' });
  const text = `${FULL.slice(0, 8)}日${FULL.slice(10)}`;
  await expect.poll(shown).toBe(barred(text, 9));
  // What the field shows is what the page has taken.
  await ann.getByRole('button', { name: 'Make the room' }).click();
  await ann.getByRole('heading', { name: text, level: 1 }).waitFor();
});
