// Where the focus is while the table of emoji and menus come and go, and what the button "back" does then.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { ask, box, complaints, createRoom, launch, message, newContext, press, register } from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;
let room: string;

const ARCHIVED = 'This room is archived. It can be read, but not written in.';
const PHONE = { viewport: { width: 390, height: 750 }, hasTouch: true, isMobile: true };

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', '--store', 'memory:'), launch()]);
  ann = await (await newContext(browser)).newPage();
  await register(ann, server.url, 'ann');
}, 180_000);
beforeEach(async () => {
  await ann.goto(server.url);
  room = await createRoom(ann, 'Faces');
  for (let number = 1; number <= 60; number += 1) await ask(ann, room, 'POST', '/messages', { message: `line ${number}` });
  await message(ann, 'line 60').waitFor();
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const table = (page: Page) => page.getByRole('dialog', { name: /^(Add an emoji|React)$/ });
const field = (page: Page) => table(page).getByRole('searchbox');
const emojiButton = (page: Page) => page.getByRole('button', { name: 'Add an emoji' });

/** What has the focus: the box, a message by its text, or what it is. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    if (element.matches('textarea')) return 'box';
    return (
      element.closest('article')?.querySelector('p:last-of-type')?.textContent ??
      element.getAttribute('role') ??
      (element.matches('p') ? element.textContent : element.tagName)
    );
  });
const isFocused = (page: Page, what: string | RegExp) =>
  expect.poll(() => focused(page)).toEqual(typeof what === 'string' ? what : expect.stringMatching(what));

/** Opens the table at a message, and waits until one can search in it. */
async function openAt(text: string): Promise<void> {
  await press(ann, text, 'React');
  await field(ann).waitFor();
  await expect.poll(() => field(ann).evaluate((input) => input === document.activeElement)).toBe(true);
}

test('one writes on behind an emoji that was picked, by mouse and by Enter, and Escape ends an edit then', async () => {
  await box(ann).fill('before after');
  await box(ann).evaluate((element: HTMLTextAreaElement) => element.setSelectionRange(7, 7));
  await emojiButton(ann).click();
  await table(ann).getByRole('button', { name: 'thumbs up' }).first().click();
  await table(ann).waitFor({ state: 'detached' });
  await isFocused(ann, 'box');
  await ann.keyboard.type('x');
  expect(await box(ann).inputValue()).toBe('before 👍xafter');
  await emojiButton(ann).click();
  await field(ann).fill('rocket');
  await field(ann).press('Enter');
  await table(ann).waitFor({ state: 'detached' });
  await isFocused(ann, 'box');
  await ann.keyboard.type('y');
  expect(await box(ann).inputValue()).toBe('before 👍x🚀yafter');
  await ann.keyboard.press('Enter');
  await message(ann, 'before').and(ann.locator('[data-seq]')).waitFor();

  await box(ann).press('ArrowUp');
  await ann.getByText('Editing your message').waitFor();
  await emojiButton(ann).click();
  await field(ann).fill('rocket');
  await field(ann).press('Enter');
  await isFocused(ann, 'box');
  await ann.keyboard.press('Escape');
  await ann.getByText('Editing your message').waitFor({ state: 'detached' });
});

test('on a phone the box has the focus after an emoji only if it had it before', async () => {
  const context = await newContext(browser, { ...PHONE, storageState: await ann.context().storageState() });
  const page = await context.newPage();
  await page.goto(room);
  await message(page, 'line 60').waitFor();
  const pick = async () => {
    await emojiButton(page).tap();
    await table(page).getByRole('button', { name: 'thumbs up' }).first().tap();
    await table(page).waitFor({ state: 'detached' });
  };
  await pick();
  await expect.poll(() => emojiButton(page).evaluate((button) => button === document.activeElement)).toBe(true);
  await box(page).tap();
  await pick();
  await isFocused(page, 'box');
  await page.keyboard.type('!');
  expect(await box(page).inputValue()).toBe('👍👍!');
  await context.close();
});

for (const what of ['table', 'menu'] as const)
  test(`the ${what} at a message closes when the message is scrolled away, and the focus stays in the history`, async () => {
    if (what === 'table') await openAt('line 60');
    else await press(ann, 'line 60', 'More for the message of ann');
    const floating = what === 'table' ? table(ann) : ann.getByRole('menu');
    await floating.waitFor();
    const list = await ann.getByRole('log').boundingBox();
    if (!list) throw new Error('there is no history');
    await ann.mouse.move(list.x + list.width - 60, list.y + 60);
    for (let times = 0; times < 6; times += 1) {
      await ann.mouse.wheel(0, -60);
      // Until it closes, it lies in the window.
      const ends = await floating.evaluateAll((all) => all.map((each) => each.getBoundingClientRect().bottom));
      expect(ends.every((end) => end <= 800)).toBe(true);
    }
    await floating.waitFor({ state: 'detached' });
    await isFocused(ann, /^(line 60|log)$/);
    await ann.mouse.wheel(0, -4_000);
    await message(ann, 'line 60').waitFor({ state: 'detached' });
    await isFocused(ann, 'log');
  });

test('a message that goes under its table leaves the focus to what is there, and so does a room that is archived', async () => {
  await openAt('line 59');
  const { seq } = (await message(ann, 'line 59').evaluate((row) => ({ seq: row.dataset.seq }))) as { seq: string };
  await ask(ann, room, 'DELETE', `/messages/${seq}`);
  await table(ann).waitFor({ state: 'detached' });
  await isFocused(ann, 'This message was deleted.');

  await openAt('line 60');
  await ask(ann, room, 'PATCH', '', { archived: true });
  await table(ann).waitFor({ state: 'detached' });
  await isFocused(ann, ARCHIVED);
  await ask(ann, room, 'PATCH', '', { archived: false });

  await emojiButton(ann).click();
  await field(ann).waitFor();
  await ask(ann, room, 'PATCH', '', { archived: true });
  await table(ann).waitFor({ state: 'detached' });
  await isFocused(ann, ARCHIVED);
  await ask(ann, room, 'PATCH', '', { archived: false });

  // The box itself goes, and items of a menu.
  await box(ann).focus();
  await ask(ann, room, 'PATCH', '', { archived: true });
  await isFocused(ann, ARCHIVED);
  await ask(ann, room, 'PATCH', '', { archived: false });
  await box(ann).waitFor();
  await press(ann, 'line 60', 'More for the message of ann');
  await ann.getByRole('menuitem', { name: 'Reply' }).hover();
  await isFocused(ann, 'menuitem');
  await ask(ann, room, 'PATCH', '', { archived: true });
  await ann.getByRole('menuitem', { name: 'Reply' }).waitFor({ state: 'detached' });
  await isFocused(ann, 'menu');
  await ann.keyboard.press('Escape');
  await isFocused(ann, 'line 60');
});

test('on a phone the button "back" closes the table, what is beside it works with one tap, and the history is as before', async () => {
  const context = await newContext(browser, { ...PHONE, storageState: await ann.context().storageState() });
  const page = await context.newPage();
  await page.goto(server.url);
  await page.getByRole('link', { name: /Faces/ }).first().tap();
  await message(page, 'line 60').waitFor();
  const inRoom = page.url();
  const depth = () => page.evaluate(() => (history.state as { depth?: number } | null)?.depth ?? 0);
  await emojiButton(page).tap();
  await field(page).waitFor();
  await page.goBack();
  await table(page).waitFor({ state: 'detached' });
  expect(page.url()).toBe(inRoom);

  await emojiButton(page).tap();
  await table(page).getByRole('button', { name: 'thumbs up' }).first().tap();
  await table(page).waitFor({ state: 'detached' });
  await expect.poll(depth).toBe(0);
  expect(await box(page).inputValue()).toBe('👍');

  await emojiButton(page).tap();
  await field(page).waitFor();
  await box(page).tap();
  await table(page).waitFor({ state: 'detached' });
  await expect.poll(depth).toBe(0);

  await emojiButton(page).tap();
  await field(page).waitFor();
  await page.getByRole('button', { name: 'Back', exact: true }).tap();
  await expect.poll(() => page.url()).toBe(`${server.url}/`);
  await expect.poll(depth).toBe(0);
  await page.getByRole('link', { name: /Faces/ }).first().waitFor();
  expect(page.url()).toBe(`${server.url}/`);
  await context.close();
});
