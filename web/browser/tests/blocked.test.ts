// Whom one has blocked is seen where one would write to them.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { box, complaints, createRoom, launch, message, newContext, press, register, say, settled, violations } from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;
let ben: Page;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', '--store', 'memory:'), launch()]);
  [ann, ben] = (await Promise.all([1, 2].map(async () => (await newContext(browser)).newPage()))) as [Page, Page];
  await register(ann, server.url, 'ann');
  await register(ben, server.url, 'ben');
  await ann.goto(`${server.url}/people`);
  await ann.getByLabel('Find people by name').fill('ben');
  await ann.getByRole('button', { name: 'Write' }).click();
  await say(ann, 'Hello Ben');
  await ben.getByRole('link', { name: /ann/ }).click();
  await message(ben, 'Hello Ben').waitFor();
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const bar = () => ann.getByRole('region', { name: 'You have blocked ben.' });
const members = () => ann.getByRole('complementary', { name: 'Members' });
async function pick(item: string): Promise<void> {
  await members().getByRole('button', { name: 'Actions for ben' }).click();
  await ann.getByRole('menuitem', { name: item }).click();
}

test('a direct room says that the other one is blocked, and lifts that', async () => {
  await pick('Block');
  await bar().waitFor();
  expect(await box(ann).count()).toBe(0);
  await settled(ann);
  expect(await violations(ann)).toEqual([]);
  await ann.reload();
  await bar().waitFor();
  expect(await ann.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('You have blocked ben.');
  // The one who is blocked is not told so, but what they write does not go out.
  await say(ben, 'Hello?');
  await ben.getByText('one of you has blocked the other').waitFor();

  await bar().getByRole('button', { name: 'Unblock' }).click();
  await expect.poll(() => box(ann).evaluate((element) => element === document.activeElement)).toBe(true);
  await say(ann, 'Hello again');
  await message(ben, 'Hello again').waitFor();
});

test('what was blocked in one place is blocked in all, and so it is lifted', async () => {
  await pick('Block');
  await bar().waitFor();
  const room = ann.url();
  await ann.getByRole('link', { name: 'People' }).click();
  await ann.getByRole('heading', { name: 'Blocked people' }).waitFor();
  await ann.goBack();
  await bar().waitFor();
  await pick('Unblock');
  await box(ann).waitFor();
  expect(ann.url()).toBe(room);
});

test('the menu of a direct room blocks the other one, too, and lifts that', async () => {
  const menu = async (page: Page) => {
    await page.getByRole('button', { name: 'Actions of the room' }).click();
    await page.getByRole('menuitem').first().waitFor();
  };
  await menu(ann);
  await ann.getByRole('menuitem', { name: 'Block', exact: true }).click();
  await bar().waitFor();
  await ann.getByText('ben is blocked. You lift that in your direct messages').waitFor();
  await menu(ann);
  const pictures = await ann.getByRole('menuitem').evaluateAll((all) => all.map((item) => item.querySelector('path')?.getAttribute('d')));
  expect(new Set(pictures).size).toBe(pictures.length);
  await ann.getByRole('menuitem', { name: 'Unblock' }).click();
  await box(ann).waitFor();
  await ann.getByText('ben is not blocked any more.').waitFor();
  await say(ann, 'No offence');
  await message(ben, 'No offence').waitFor();
  // A room of several has no such thing: each member has a menu of their own.
  const direct = ann.url();
  await createRoom(ann, 'Several');
  await menu(ann);
  expect(await ann.getByRole('menuitem', { name: 'Block' }).count()).toBe(0);
  await ann.goto(direct);
  await message(ann, 'Hello again').waitFor();
});

test('where nothing can be written, nothing is offered that would be, and what was begun is over', async () => {
  const more = async (text: string) => {
    await press(ann, text, 'More for');
    await ann.getByRole('menuitem').first().waitFor();
    const items = await ann.getByRole('menuitem').allInnerTexts();
    await ann.keyboard.press('Escape');
    await ann.getByRole('menu').waitFor({ state: 'detached' });
    return items.map((item) => item.trim());
  };
  expect(await more('Hello again')).toEqual(['React with 👍', 'React with another emoji', 'Reply', 'Copy text', 'Edit', 'Pin', 'Delete']);
  await press(ann, 'Hello again', 'React');
  await ann.getByRole('button', { name: 'rocket' }).click();
  const reaction = message(ann, 'Hello again').getByRole('button', { name: '🚀 1' });
  await reaction.waitFor();
  await press(ann, 'Hello again', 'Reply');
  await ann.getByText('Answering ann').waitFor();
  await pick('Block');
  await bar().waitFor();
  expect(await more('Hello again')).toEqual(['Reactions', 'Copy text', 'Delete']);
  expect(
    await message(ann, 'Hello again')
      .getByRole('button', { name: /^(React|Reply)$/ })
      .count(),
  ).toBe(0);
  expect(await reaction.isDisabled()).toBe(true);
  await bar().getByRole('button', { name: 'Unblock' }).click();
  await box(ann).waitFor();
  expect(await ann.getByText('Answering ann').count()).toBe(0);
  expect(await more('Hello again')).toContain('Edit');
});
