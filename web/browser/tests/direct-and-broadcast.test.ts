// The page of direct-and-broadcast: one is found and written to, and an administrator tells everybody.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { PASSWORD } from './browser.ts';
import {
  box,
  isLost,
  looksRight,
  PHONE,
  person,
  register,
  say,
  shows,
  started,
  talkLooksRight,
  textsAreTexts,
  withBrowser,
} from './people.ts';

withBrowser();

const toList = (page: Page) => page.getByRole('link', { name: 'Back to the list' }).click();

async function logIn(page: Page, name: string): Promise<void> {
  await page.getByLabel('Username').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

async function find(page: Page, part: string, name: string): Promise<void> {
  await page.getByLabel('Find users').fill(part);
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('list', { name: 'Found' }).getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { name, level: 1, exact: true }).waitFor();
}

/** What a browser shows outside of its pages cannot be looked at: it is written down when it is asked for. */
async function recordNotifications(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const notified: string[] = [];
    class Recorder {
      static permission = 'default';
      static requestPermission = async () => (Recorder.permission = 'granted');
      constructor(title: string, { body }: { body: string }) {
        notified.push(`${title}: ${body}`);
      }
    }
    Object.assign(window, { Notification: Recorder, notified });
  });
  await page.reload();
  return () => page.evaluate(() => (window as unknown as { notified: string[] }).notified);
}

test('one is found and written to, an administrator tells everybody, and nothing is lost or doubled', async () => {
  const server = await started('direct-and-broadcast');
  await server.add('chief', PASSWORD, '--admin');
  const [{ page: ann, way }, { page: chief }] = [await person(server, PHONE), await person(server)];
  const notified = await recordNotifications(ann);
  await register(ann, 'ann');
  await logIn(chief, 'chief');
  const panel = chief.getByRole('region', { name: 'Administration' });
  await panel.waitFor();
  expect(await ann.getByRole('region', { name: 'Administration' }).count()).toBe(0);

  await ann.getByLabel('Find users').fill('xyz');
  await ann.getByRole('button', { name: 'Search' }).click();
  await ann.getByText('There is nobody of this name.').waitFor();
  await looksRight(ann, 'direct-and-broadcast-list');
  await ann.setViewportSize(PHONE);
  await find(ann, 'CHI', 'chief');
  await ann.getByText('Only chief and you see what is written here.').waitFor();
  await say(ann, 'good morning');
  await chief.getByRole('link', { name: 'ann new messages' }).click();
  await shows(chief, ['good morning']);
  await ann.reload();
  await ann.getByText('Read', { exact: true }).waitFor();
  await toList(ann);
  await ann.getByRole('button', { name: 'Notify me of new messages' }).click();

  await panel.getByLabel('Message to everybody').fill('We close at six');
  await panel.getByRole('button', { name: 'Broadcast' }).click();
  await panel.getByText('It was told to everybody.').waitFor();
  await expect.poll(notified).toEqual(['chief: We close at six']);
  await ann.getByRole('link', { name: 'Broadcasts new messages' }).click();
  await shows(ann, ['We close at six']);
  expect(await box(ann).count()).toBe(0);
  await looksRight(ann, 'direct-and-broadcast-broadcasts');
  await ann.setViewportSize(PHONE);
  await toList(ann);
  await ann.getByRole('link', { name: 'chief', exact: true }).click();
  await shows(ann, ['good morning']);

  way.lose();
  await isLost(ann).waitFor();
  await say(chief, 'one');
  await say(chief, 'two');
  await box(ann).fill('both came');
  await talkLooksRight(ann, 'direct-and-broadcast-lost');
  way.find();
  await shows(ann, ['good morning', 'one', 'two']);
  await isLost(ann).waitFor({ state: 'hidden' });
  // What somebody is writing meanwhile stays.
  await box(ann).press('Enter');
  const said = ['good morning', 'one', 'two', 'both came'];
  for (const page of [ann, chief]) await shows(page, said);

  await server.kill();
  await isLost(ann).waitFor();
  await server.start();
  for (const page of [ann, chief]) await isLost(page).waitFor({ state: 'hidden' });
  await say(chief, 'after the restart');
  for (const page of [ann, chief]) await shows(page, [...said, 'after the restart']);
  await talkLooksRight(chief, 'direct-and-broadcast-talk');
});

test('a second tab has the same, an odd name is refused in words, and texts are texts', async () => {
  const server = await started('direct-and-broadcast');
  const [{ page: ann }, { page: ben }] = [await person(server), await person(server, PHONE)];
  await ann.getByRole('button', { name: 'I have no account yet' }).click();
  await ann.getByLabel('Username').fill('ann 🌱 <b>');
  await ann.getByLabel('Password').fill(PASSWORD);
  await ann.getByRole('button', { name: 'Register' }).click();
  await ann
    .getByRole('alert')
    .getByText(/[A-Z].*\.$/)
    .waitFor();
  await looksRight(ann, 'direct-and-broadcast-odd');
  await ann.reload();
  await register(ann, 'ann');
  await register(ben, 'ben');
  await find(ben, 'an', 'ann');
  await textsAreTexts(ben, []);
  const said = await ben.locator('[role=log] li .text').allInnerTexts();

  await ann.getByRole('link', { name: 'ben new messages' }).click();
  const second = await ann.context().newPage();
  await second.goto(ann.url());
  for (const page of [ann, second]) await shows(page, said);
  await say(second, 'from the second tab');
  for (const page of [ann, second, ben]) await shows(page, [...said, 'from the second tab']);
  expect(await ann.evaluate(() => 'hit' in globalThis)).toBe(false);
});
