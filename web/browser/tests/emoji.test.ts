// The table of emoji: all of them by group, with a search, and the ones at hand.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { box, complaints, createRoom, launch, message, newContext, press, register, say, settled, violations } from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;
let room: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off'), launch()]);
  ann = await (await newContext(browser)).newPage();
  await register(ann, server.url, 'ann');
  room = await createRoom(ann, 'Faces');
  await say(ann, 'look here');
  await message(ann, 'look here').and(ann.locator('[data-seq]')).waitFor();
});
beforeEach(async () => {
  await ann.goto(room);
  await message(ann, 'look here').waitFor();
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const table = (page: Page) => page.getByRole('dialog', { name: /^(Add an emoji|Emoji einfügen|React)$/ });
const field = (page: Page) => table(page).getByRole('searchbox');
const emojiOf = (page: Page, group: string) =>
  table(page)
    .getByRole('group', { name: group, exact: true })
    .getByRole('button')
    .evaluateAll((all) => all.map((button) => button.textContent));
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
const isFocused = (page: Page, label: string) => expect.poll(() => focused(page)).toBe(label);

/** The group that the bar says one is in. */
const current = (page: Page) => table(page).getByRole('toolbar').locator('[aria-current]').getAttribute('aria-label');

/** Opens the table beside the box, and waits until all of it is there. */
async function open(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Add an emoji|Emoji einfügen)$/ }).click();
  await table(page).getByRole('group').nth(9).waitFor({ state: 'attached' });
}

/** Goes from the message to the table, without a pointer. */
async function toTable(): Promise<void> {
  await message(ann, 'look here').focus();
  // Its reactions come before its buttons.
  for (let presses = 0; presses < 5 && (await focused(ann)) !== 'React'; presses += 1) await ann.keyboard.press('Tab');
  await ann.keyboard.press('Enter');
  await isFocused(ann, 'Search for an emoji');
}

test('one searches for an emoji and reacts with it by keyboard alone, and it is at hand then', async () => {
  await toTable();
  await ann.keyboard.type('rocket');
  await expect.poll(() => emojiOf(ann, 'Found')).toEqual(['🚀', '🧑‍🚀', '👨‍🚀', '👩‍🚀']);
  await ann.getByText('4 found').waitFor({ state: 'attached' });
  await ann.keyboard.press('ArrowDown');
  await isFocused(ann, 'rocket');
  await ann.keyboard.press('Enter');
  await message(ann, 'look here').getByRole('button', { name: '🚀 1' }).waitFor();
  await table(ann).waitFor({ state: 'detached' });
  await expect.poll(() => ann.evaluate(() => document.activeElement?.closest('article')?.textContent)).toContain('look here');

  await toTable();
  await expect.poll(() => emojiOf(ann, 'At hand')).toEqual(['🚀', '👍', '❤️', '😂', '🎉', '😮', '😢', '🙏']);
  // An Enter in the field picks what was found first.
  await ann.keyboard.type('thumbs');
  await ann.keyboard.press('Enter');
  await message(ann, 'look here').getByRole('button', { name: '👍 1' }).waitFor();
  await ann.reload();
  await open(ann);
  expect((await emojiOf(ann, 'At hand')).slice(0, 3)).toEqual(['👍', '🚀', '❤️']);
});

test('the same emoji a second time takes the reaction back, also one that older systems have without colour', async () => {
  for (const count of [1, 0]) {
    await press(ann, 'look here', 'React');
    await field(ann).fill('red heart');
    await field(ann).press('Enter');
    await expect.poll(() => message(ann, 'look here').getByRole('button', { name: '❤️ 1' }).count()).toBe(count);
  }
});

test('the arrow keys lead through all groups, what is typed goes into the field, and Escape gives the focus back', async () => {
  await ann.evaluate(() => localStorage.removeItem('chat-emoji'));
  await open(ann);
  await isFocused(ann, 'Search for an emoji');
  await ann.keyboard.press('ArrowDown');
  await isFocused(ann, 'thumbs up');
  await ann.keyboard.press('ArrowDown');
  await isFocused(ann, 'grinning face');
  await ann.keyboard.press('ArrowRight');
  await isFocused(ann, 'grinning face with big eyes');
  await ann.keyboard.press('PageDown');
  await isFocused(ann, 'waving hand');
  await expect.poll(() => current(ann)).toBe('People & body');
  for (let group = 0; group < 8; group += 1) await ann.keyboard.press('PageDown');
  await isFocused(ann, 'flag: Wales');
  expect(await ann.getByRole('button', { name: 'flag: Wales' }).isVisible()).toBe(true);
  // One can be reached by Tab, and that is the last one.
  await ann.keyboard.press('Shift+Tab');
  await isFocused(ann, 'Skin tone: yellow');
  await ann.keyboard.press('Tab');
  await isFocused(ann, 'flag: Wales');
  await ann.keyboard.type('pizza');
  await isFocused(ann, 'Search for an emoji');
  expect(await field(ann).inputValue()).toBe('pizza');
  await expect.poll(() => emojiOf(ann, 'Found')).toEqual(['🍕']);
  await ann.keyboard.press('ArrowDown');
  await isFocused(ann, 'pizza');
  await ann.keyboard.press('ArrowUp');
  await ann.keyboard.press('ArrowDown');
  await isFocused(ann, 'pizza');
  await ann.keyboard.press('Escape');
  await isFocused(ann, 'Search for an emoji');
  expect(await field(ann).inputValue(), 'what was searched for is gone first').toBe('');
  await ann.keyboard.press('Escape');
  await table(ann).waitFor({ state: 'detached' });
  await isFocused(ann, 'Add an emoji');
  expect(await ann.evaluate(() => localStorage.getItem('chat-emoji'))).toBe(null);
});

test('an emoji goes where one writes, and at most 16 are remembered', async () => {
  const words = 'cat dog fox wolf lion tiger horse cow pig frog bear koala panda mouse rabbit hamster snail'.split(' ');
  for (const word of words) {
    await open(ann);
    await field(ann).fill(word);
    await field(ann).press('Enter');
    await table(ann).waitFor({ state: 'detached' });
  }
  expect([...(await box(ann).inputValue())].length).toBe(words.length);
  await open(ann);
  const used = await emojiOf(ann, 'At hand');
  expect([used.length, used[0], used.at(-1)]).toEqual([16, '🐌', '🐕']);
  await ann.keyboard.press('Escape');
  await box(ann).fill('');
});

test('hands are in the tone that is picked, where one writes, in reactions and after a reload', async () => {
  await ann.evaluate(() => localStorage.removeItem('chat-emoji'));
  await open(ann);
  await ann.keyboard.press('Tab');
  await isFocused(ann, 'Skin tone: yellow');
  await ann.keyboard.press('Enter');
  const tones = table(ann).getByRole('radiogroup', { name: 'Skin tone' });
  await tones.waitFor();
  expect(await tones.getByRole('radio', { name: 'Yellow' }).isChecked()).toBe(true);
  await ann.keyboard.press('Tab');
  for (let n = 0; n < 3; n += 1) await ann.keyboard.press('ArrowRight');
  await isFocused(ann, 'Medium');
  expect((await emojiOf(ann, 'People & body')).slice(0, 2)).toEqual(['👋🏽', '🤚🏽']);
  expect(await emojiOf(ann, 'At hand')).toContain('🙏🏽');
  expect(await violations(ann)).toEqual([]);
  await ann.keyboard.type('wav');
  await expect.poll(async () => (await emojiOf(ann, 'Found'))[0]).toBe('👋🏽');
  await ann.keyboard.press('Enter');
  await expect.poll(() => box(ann).inputValue()).toBe('👋🏽');
  await box(ann).fill('');

  await ann.reload();
  await open(ann);
  expect((await emojiOf(ann, 'At hand'))[0]).toBe('👋🏽');
  await ann.keyboard.press('Escape');
  // One has each reaction in one tone.
  const reactions = () => message(ann, 'look here').getByRole('button', { name: /^👍/ }).allInnerTexts();
  expect(await reactions()).toEqual(['👍\n1']);
  await press(ann, 'look here', 'React');
  await field(ann).fill('thumbs up');
  await field(ann).press('Enter');
  await expect.poll(reactions).toEqual(['👍🏽\n1']);
  await press(ann, 'look here', 'More for the message of ann');
  await ann.getByRole('menuitem', { name: 'Take back 👍🏽' }).click();
  await expect.poll(reactions).toEqual([]);
  await press(ann, 'look here', 'More for the message of ann');
  await ann.getByRole('menuitem', { name: 'React with 👍🏽' }).click();
  await expect.poll(reactions).toEqual(['👍🏽\n1']);

  await open(ann);
  await table(ann).getByRole('button', { name: 'Skin tone: medium' }).click();
  await tones.getByText('✋', { exact: true }).click();
  await expect.poll(async () => (await emojiOf(ann, 'At hand')).slice(0, 2)).toEqual(['👍', '👋']);
  await ann.keyboard.press('Escape');
  await press(ann, 'look here', 'More for the message of ann');
  await ann.getByRole('menuitem', { name: 'Take back 👍🏽' }).click();
  await expect.poll(reactions).toEqual([]);
});

test('a picture of each group leads to it, and says where one is', async () => {
  await open(ann);
  const tabs = table(ann).getByRole('toolbar', { name: 'Groups' });
  expect(await current(ann)).toBe('At hand');
  expect(await tabs.getByRole('button').count()).toBe(10);
  await tabs.getByRole('button', { name: 'Food & drink' }).click();
  await expect.poll(() => current(ann)).toBe('Food & drink');
  expect(await table(ann).getByRole('button', { name: 'grapes', exact: true }).isVisible()).toBe(true);
  await expect
    .poll(() =>
      table(ann)
        .getByRole('heading', { name: 'Food & drink' })
        .evaluate(
          (heading) => heading.getBoundingClientRect().top - (heading.closest('[data-emoji-list]')?.getBoundingClientRect().top ?? 0),
        ),
    )
    .toBeLessThan(2);
  await tabs.getByRole('button', { name: 'Flags' }).click();
  await expect.poll(() => current(ann)).toBe('Flags');
  // By the keyboard they are one stop of the Tab key, and lead to the first emoji of a group.
  await ann.keyboard.press('ArrowLeft');
  await isFocused(ann, 'Symbols');
  await ann.keyboard.press('Enter');
  await isFocused(ann, 'ATM sign');
  await expect.poll(() => current(ann)).toBe('Symbols');
  await ann.keyboard.press('Tab');
  await isFocused(ann, 'Symbols');
  await field(ann).fill('pizza');
  await expect.poll(() => tabs.count()).toBe(0);
  for (let n = 0; n < 2; n += 1) await ann.keyboard.press('Escape');
});

test('what is not found is said, and the table breaks no rule of accessibility', async () => {
  for (const scheme of ['light', 'dark'] as const) {
    await ann.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await open(ann);
    await settled(ann);
    expect(await violations(ann), `the table, ${scheme}`).toEqual([]);
    await field(ann).fill('heart');
    await table(ann).getByRole('group', { name: 'Found' }).waitFor();
    expect(await violations(ann), `what was found, ${scheme}`).toEqual([]);
    await field(ann).fill('xyzzy');
    await expect.poll(() => table(ann).getByRole('status').textContent()).toBe('Nothing found. Try another word.');
    expect(await table(ann).getByRole('group').count()).toBe(0);
    expect(await violations(ann), `nothing, ${scheme}`).toEqual([]);
    for (let n = 0; n < 2; n += 1) await ann.keyboard.press('Escape');
  }
});

test('German words find an emoji on a phone of 360 px, whose keyboard does not come by itself', async () => {
  const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true, locale: 'de-DE' };
  const context = await newContext(browser, { ...phone, storageState: await ann.context().storageState() });
  const page = await context.newPage();
  await page.goto(room);
  await message(page, 'look here').waitFor();
  await page.evaluate(() => localStorage.removeItem('chat-emoji'));
  await open(page);
  await isFocused(page, 'Emoji einfügen');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('dialog');
  const place = await table(page).boundingBox();
  expect(place && place.x >= 0 && place.x + place.width <= 360 && place.y >= 0 && place.y + place.height <= 640).toBe(true);
  const wide = () =>
    table(page).evaluate(
      (all) =>
        [...all.querySelectorAll('*')].filter((each) => each.scrollWidth > each.clientWidth + 1 && !each.matches('button, .sr-only'))
          .length,
    );
  expect(await wide()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  const small = await table(page)
    .getByRole('button')
    .evaluateAll((all) => all.slice(0, 40).filter((button) => button.clientWidth < 32 || button.clientHeight < 32).length);
  expect(small).toBe(0);
  await field(page).fill('Rakete');
  await expect.poll(() => emojiOf(page, 'Gefunden')).toEqual(['🚀']);
  await table(page).getByRole('button', { name: 'Rakete' }).tap();
  await table(page).waitFor({ state: 'detached' });
  expect(await page.getByRole('textbox', { name: /Faces/ }).inputValue()).toBe('🚀');
  await context.close();
});

test('the table comes without the server, too, also to whoever opens it for the first time', async () => {
  const context = await newContext(browser, { storageState: await ann.context().storageState() });
  const page = await context.newPage();
  await page.goto(room);
  await page.evaluate(async () => (await navigator.serviceWorker.ready).active !== null);
  await message(page, 'look here').waitFor();
  await server.kill();
  await page.reload();
  await open(page);
  await field(page).fill('rocket');
  await expect.poll(async () => (await emojiOf(page, 'Found'))[0]).toBe('🚀');
  await server.start();
  await context.close();
});
