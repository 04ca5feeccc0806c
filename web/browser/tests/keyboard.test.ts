// A whole visit by keyboard alone. After each step something has the focus, and it can be seen.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { complaints, createRoom, launch, message, newContext, PASSWORD, register } from './browser.ts';

/** A control is reached by so many presses of a key at most. */
const MOST_PRESSES = 80;
const FOCUS_MOVES_WITHIN = 10_000;

let server: TestServer;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off'), launch()]);
  const before = await (await newContext(browser)).newPage();
  await register(before, server.url, 'ann');
  await createRoom(before, 'Attic');
  await createRoom(before, 'Cellar');
  await before.context().close();
  page = await (await newContext(browser)).newPage();
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

/** What has the focus, as people would call it; nothing if that is the page as a whole, or cannot be seen. */
const focused = () =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    if (!element || element === document.body) return undefined;
    const { width, height, bottom, right, top, left } = element.getBoundingClientRect();
    const isThere = width > 0 && height > 0 && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
    if (!isThere || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return undefined;
    const field = (element as HTMLInputElement).labels?.[0]?.textContent;
    return field || element.getAttribute('aria-label') || element.textContent || element.tagName;
  });

/** Presses a key until what has the focus is called so. The focus is never lost on the way. */
async function reach(name: string | RegExp, key = 'Tab'): Promise<void> {
  const fits = (text: string) => (typeof name === 'string' ? text === name : name.test(text));
  const passed: string[] = [await kept()];
  for (let press = 0; press < MOST_PRESSES && !fits(passed.at(-1) as string); press += 1) {
    if (!(await moves(key))) break;
    // Behind the last control, the page as a whole has the focus once.
    passed.push((await focused()) ?? (passed.at(-1) ? '' : await kept()));
  }
  if (fits(passed.at(-1) as string)) return;
  throw new Error(`${name} is not reached by ${key}, only: ${passed.join(' | ')}`);
}

/** Presses a key, and waits until something else has the focus: menus move it a moment later. False if nothing has. */
async function moves(key: string): Promise<boolean> {
  const before = await page.evaluateHandle(() => document.activeElement);
  await page.keyboard.press(key);
  const moved = page.waitForFunction((had) => document.activeElement !== had, before, { timeout: FOCUS_MOVES_WITHIN });
  return moved.then(
    () => true,
    () => false,
  );
}

/** Waits until something that can be seen has the focus: what comes later may take it a moment later. */
async function kept(): Promise<string> {
  await expect.poll(focused).toBeTruthy();
  return (await focused()) as string;
}

const isFocused = (name: string) => expect.poll(focused).toBe(name);

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) {
    await page.keyboard.press(key);
    await kept();
  }
}

test('somebody without a pointer logs in, and goes to another room', async () => {
  await page.goto(`${server.url}/login`);
  await page.getByLabel('Username').waitFor();
  await page.keyboard.press('Tab');
  await reach('Username');
  await page.keyboard.type('ann');
  await reach('Password');
  await page.keyboard.type(PASSWORD);
  await press('Enter');
  await page.getByRole('link', { name: 'Cellar' }).waitFor();
  await kept();
  await press('Control+k');
  await isFocused('Find one of your rooms');
  await page.keyboard.type('att');
  await page.getByRole('option', { name: 'Attic' }).waitFor();
  await press('Enter');
  await page.getByRole('heading', { name: 'Attic', level: 1 }).waitFor();
  await isFocused('Message Attic');
  await press('Control+k', 'ArrowDown', 'Escape');
  await isFocused('Message Attic');
});

test('writes, answers, edits and reacts', async () => {
  await page.keyboard.type('first');
  await press('Enter');
  await page.keyboard.type('second');
  await press('Enter');
  await page.locator('article[data-seq]', { hasText: 'second' }).waitFor();
  await isFocused('Message Attic');

  // Back to the messages, and up to the first.
  await toMessage('second');
  await press('ArrowUp');
  await expect.poll(focusedText).toContain('first');
  await reach(/^More for/);
  await press('Enter');
  await reach('Reply', 'ArrowDown');
  await press('Enter');
  await isFocused('Message Attic');
  await page.keyboard.type('an answer');
  await press('Enter');
  await message(page, 'an answer').getByText('Answer to ann').waitFor();
  await isFocused('Message Attic');

  await press('ArrowUp');
  await page.getByText('Editing your message').waitFor();
  await page.keyboard.type(' that is better');
  await press('Enter');
  await message(page, 'an answer that is better').waitFor();
  await isFocused('Message Attic');

  // The message that had the focus last is where one comes back to.
  await toMessage('first');
  await press('ArrowDown', 'ArrowDown');
  await expect.poll(focusedText).toContain('an answer');
  await reach('React');
  await press('Enter');
  await page.getByRole('dialog').waitFor();
  await isFocused('Search for an emoji');
  await page.keyboard.type('party pop');
  await reach('party popper', 'ArrowDown');
  await press('Enter');
  await message(page, 'an answer').getByRole('button', { name: /🎉 1/ }).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(focusedText).toContain('an answer');
});

test('opens the members, and leaves a dialog', async () => {
  await reach(/(Show|Hide) members/, 'Shift+Tab');
  await press('Enter');
  await press('Enter');
  await reach('Actions of the room');
  await press('Enter');
  await reach('Room settings', 'ArrowDown');
  await press('Enter');
  await isFocused('Name');
  await reach('Close');
  await press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await isFocused('Actions of the room');
  await reach('New room', 'Shift+Tab');
  await press('Enter');
  await isFocused('Name of the room');
  await press('Escape');
  await isFocused('New room');
});

test('goes through the pages, and comes back, without losing the focus', async () => {
  for (const [name, heading] of [
    ['Directory', 'Directory'],
    ['People', 'People'],
    [/ann/, 'Settings'],
  ] as const) {
    await reach(name, 'Shift+Tab');
    await press('Enter');
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
    await kept();
  }
  await page.goBack();
  await kept();
});

/** The text of the message with the focus in it. */
const focusedText = () => page.evaluate(() => document.activeElement?.closest('article')?.textContent ?? '');

/** Goes back to the messages, where the last one that had the focus has it again. */
async function toMessage(text: string): Promise<void> {
  for (let tries = 0; tries < MOST_PRESSES; tries += 1) {
    const isMessage = await page.evaluate(() => document.activeElement?.matches('article') ?? false);
    if (isMessage && (await focusedText()).includes(text)) return;
    await press('Shift+Tab');
  }
  throw new Error(`there is no way back to ${text}`);
}
