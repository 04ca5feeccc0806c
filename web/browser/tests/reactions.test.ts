// What the menu of a message says of reactions, and who has reacted.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import {
  ask,
  box,
  complaints,
  createRoom,
  idOf,
  launch,
  letIn,
  message,
  newContext,
  press,
  register,
  say,
  settled,
  violations,
} from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;
let bob: Page;
let room: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', '--store', 'memory:'), launch()]);
  [ann, bob] = (await Promise.all([1, 2].map(async () => (await newContext(browser)).newPage()))) as [Page, Page];
  await register(ann, server.url, 'ann');
  await register(bob, server.url, 'bob');
  room = await createRoom(ann, 'Faces');
  await letIn(ann, room, await idOf(bob));
  await bob.goto(room);
  await bob.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
  await box(bob).waitFor();
  await say(ann, 'look here');
  await message(ann, 'look here').and(ann.locator('[data-seq]')).waitFor();
}, 180_000);
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const table = (page: Page) => page.getByRole('dialog', { name: 'React' });
const openMenu = (page: Page) => press(page, 'look here', 'More for the message of ann');
const item = (page: Page, name: string) => page.getByRole('menuitem', { name, exact: true });

test('the menu of a message says what it reacts with, takes that back, and opens the table each time', async () => {
  await openMenu(ann);
  expect(await item(ann, 'Reactions').count()).toBe(0);
  await item(ann, 'React with 👍').click();
  await message(ann, 'look here').getByRole('button', { name: '👍 1' }).waitFor();
  await openMenu(ann);
  await item(ann, 'Take back 👍').click();
  await message(ann, 'look here').getByRole('button', { name: '👍 1' }).waitFor({ state: 'detached' });
  for (const [word, emoji] of [
    ['rocket', '🚀'],
    ['pizza', '🍕'],
  ]) {
    await openMenu(ann);
    await item(ann, 'React with another emoji').click();
    await table(ann).getByRole('searchbox').waitFor();
    await expect
      .poll(() =>
        table(ann)
          .getByRole('searchbox')
          .evaluate((input) => input === document.activeElement),
      )
      .toBe(true);
    await ann.keyboard.type(word as string);
    await ann.keyboard.press('Enter');
    await message(ann, 'look here')
      .getByRole('button', { name: `${emoji} 1` })
      .waitFor();
    await table(ann).waitFor({ state: 'detached' });
    await expect.poll(() => ann.evaluate(() => document.activeElement?.closest('article')?.textContent)).toContain('look here');
  }
});

test('by a finger, too, the menu opens the table, which reacts', async () => {
  const phone = { viewport: { width: 390, height: 750 }, hasTouch: true, isMobile: true };
  const context = await newContext(browser, { ...phone, storageState: await bob.context().storageState() });
  const page = await context.newPage();
  await page.goto(room);
  await message(page, 'look here').getByRole('button', { name: 'More for the message of ann' }).tap();
  await item(page, 'React with another emoji').tap();
  await table(page).getByRole('searchbox').waitFor();
  const place = await table(page).boundingBox();
  expect(place && place.x >= 0 && place.x + place.width <= 390 && place.y >= 0 && place.y + place.height <= 750).toBe(true);
  await table(page).getByRole('button', { name: 'party popper' }).first().tap();
  await message(page, 'look here').getByRole('button', { name: '🎉 1' }).waitFor();
  await table(page).waitFor({ state: 'detached' });

  // The table is there already when the menu of another message leaves the browser's history.
  const depth = () => page.evaluate(() => (history.state as { depth?: number } | null)?.depth ?? 0);
  await expect.poll(depth).toBe(0);
  await ask(ann, room, 'POST', '/messages', { message: 'and here' });
  await message(page, 'and here').getByRole('button', { name: 'More for the message of ann' }).tap();
  await item(page, 'React with another emoji').tap();
  await table(page).getByRole('button', { name: 'party popper' }).first().tap();
  await message(page, 'and here').getByRole('button', { name: '🎉 1' }).waitFor();
  await expect.poll(depth).toBe(0);
  await message(page, 'look here').getByRole('button', { name: 'More for the message of ann' }).tap();
  await item(page, 'Reply').waitFor();
  await message(page, 'and here').getByRole('button', { name: 'More for the message of ann' }).tap();
  await expect.poll(() => page.getByRole('menu').count()).toBe(1);
  await expect.poll(depth).toBe(1);
  await page.goBack();
  await page.getByRole('menu').waitFor({ state: 'detached' });
  expect(page.url()).toBe(room);
  await context.close();
});

test('the menu shows who has reacted with what, and follows it, also for those who are gone', async () => {
  await openMenu(bob);
  await item(bob, 'React with 👍').click();
  await message(bob, 'look here').getByRole('button', { name: '👍 1' }).waitFor();
  await openMenu(ann);
  await item(ann, 'Reactions').click();
  const dialog = ann.getByRole('dialog', { name: 'Reactions' });
  const shown = () =>
    dialog
      .getByRole('heading', { level: 3 })
      .evaluateAll((all) =>
        all.map((heading) =>
          [heading, ...(heading.parentElement?.querySelectorAll('li > :last-child') ?? [])].map((each) => each.textContent).join(' '),
        ),
      );
  await expect.poll(shown).toEqual(['🚀 you', '🍕 you', '🎉 bob', '👍 bob']);
  await settled(ann);
  expect(await violations(ann)).toEqual([]);
  await message(bob, 'look here').getByRole('button', { name: '🚀 1' }).click();
  await expect.poll(shown).toEqual(['🚀 you bob', '🍕 you', '🎉 bob', '👍 bob']);
  await ask(ann, room, 'DELETE', `/members/${await idOf(bob)}`);
  await expect.poll(async () => (await shown()).at(-1)).toBe('👍 Somebody else');
  await ann.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(() => ann.evaluate(() => document.activeElement?.closest('article')?.textContent)).toContain('look here');
});
