import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { box, complaints, createRoom, idOf, launch, letIn, message, newContext, register, say, violations } from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;
let bob: Page;
let cid: Page;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off'), launch()]);
  [ann, bob, cid] = (await Promise.all([1, 2, 3].map(async () => (await newContext(browser)).newPage()))) as [Page, Page, Page];
  await register(ann, server.url, 'ann');
  await register(bob, server.url, 'bob');
  await register(cid, server.url, 'cid');
}, 180_000);
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const seen = (text: string) => message(ann, text).getByRole('button', { name: /^Seen by/ });

test('below the last message of one’s own it is said how many have seen it, and who', async () => {
  const room = await createRoom(ann, 'Cellar');
  for (const page of [bob, cid]) {
    await letIn(ann, room, await idOf(page));
    await page.goto(room);
    await page.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
    await box(page).waitFor();
  }
  await say(ann, 'the first');
  await seen('the first').getByText('Seen by 2').waitFor();
  await seen('the first').click();
  const dialog = ann.getByRole('dialog', { name: 'Seen by 2' });
  await expect
    .poll(async () => (await dialog.getByRole('listitem').allInnerTexts()).map((text) => text.split('\n').at(-1)))
    .toEqual(['bob', 'cid']);
  expect(await violations(ann)).toEqual([]);
  await ann.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });

  // Cid goes elsewhere, and has not seen what comes then.
  await cid.goto(`${server.url}/settings`);
  await cid.getByRole('checkbox', { name: 'Others see how far I have read' }).waitFor();
  await say(ann, 'the second');
  await seen('the second').getByText('Seen by 1').waitFor();
  expect(await seen('the first').count()).toBe(0);
  // It is asked for where the page begins anew.
  await ann.reload();
  await seen('the second').getByText('Seen by 1').waitFor();
  expect(await violations(ann)).toEqual([]);
  // Others are told nothing of it below messages that are not their own.
  await message(bob, 'the second').waitFor();
  expect(await bob.getByText(/^Seen/).count()).toBe(0);
});

test('in a direct room it is said that the other one has seen it, unless one of the two hides how far they read', async () => {
  await ann.goto(`${server.url}/people`);
  await ann.getByRole('searchbox', { name: 'Find people by name' }).fill('bob');
  await ann.getByRole('listitem').filter({ hasText: 'bob' }).getByRole('button', { name: 'Write', exact: true }).click();
  await ann.getByRole('heading', { name: 'bob', level: 1 }).waitFor();
  const direct = ann.url();
  await say(ann, 'hello bob');
  await message(ann, 'hello bob').waitFor();
  expect(await message(ann, 'hello bob').getByText('Seen', { exact: true }).count()).toBe(0);
  await bob.goto(direct);
  await message(bob, 'hello bob').waitFor();
  await message(ann, 'hello bob').getByText('Seen', { exact: true }).waitFor();
  expect(await violations(ann)).toEqual([]);

  // Ann hides it, and sees it of nobody any more.
  await ann.goto(`${server.url}/settings`);
  await ann.getByRole('checkbox', { name: 'Others see how far I have read' }).uncheck();
  await ann.getByRole('button', { name: 'Save' }).click();
  await ann.getByText('Saved').waitFor();
  await say(bob, 'hello ann');
  await ann.goto(direct);
  await message(ann, 'hello ann').waitFor();
  await say(ann, 'and again');
  await message(bob, 'and again').waitFor();
  await say(bob, 'I have read it');
  await message(ann, 'I have read it').waitFor();
  expect(await ann.getByText('Seen', { exact: true }).count()).toBe(0);
  expect(await bob.getByText('Seen', { exact: true }).count()).toBe(0);
});
