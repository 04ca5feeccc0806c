// The pages of the examples: two people in two browsers, one of whom reloads and loses the way to the server.

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { complaints, launch, newContext, PASSWORD } from './browser.ts';
import { Example, Way } from './example.ts';

let browser: Browser;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  browser = await launch();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  expect(complaints.splice(0)).toEqual([]);
});
afterAll(() => browser.close());

async function started(name: string): Promise<Example> {
  const server = await Example.start(name);
  closing.push(() => server.remove());
  return server;
}

/** Somebody with a browser and a way of their own. */
async function person(server: Example, viewport = { width: 1280, height: 800 }): Promise<{ page: Page; way: Way }> {
  const way = await Way.to(server);
  const context = await newContext(browser, { viewport });
  closing.push(() => way.close());
  closing.push(() => context.close());
  const page = await context.newPage();
  await page.goto(way.url);
  return { page, way };
}

/** The messages of the conversation that is open, all of them, in their order. */
const shows = (page: Page, wanted: string[]) =>
  expect.poll(() => page.locator('[role=log] li .text').allInnerTexts(), { message: `of ${wanted.at(-1)}` }).toEqual(wanted);

const people = (page: Page, wanted: string[]) =>
  expect.poll(() => page.getByRole('list', { name: 'People' }).getByRole('listitem').allInnerTexts()).toEqual(wanted);

const box = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });

async function say(page: Page, text: string): Promise<void> {
  await box(page).fill(text);
  await box(page).press('Enter');
  await expect.poll(() => box(page).inputValue()).toBe('');
}

const isLost = (page: Page) => page.getByText('The connection is lost.');

async function register(page: Page, name: string, more: Record<string, string> = {}): Promise<void> {
  await page.getByRole('button', { name: 'I have no account yet' }).click();
  for (const [label, value] of Object.entries({ Username: name, Password: PASSWORD, ...more })) {
    await page.getByLabel(label).filter({ visible: true }).fill(value);
  }
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('heading', { name, exact: true }).waitFor();
}

const fits = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

test('rooms by invitation: a room is made, joined by its id, and nothing is lost or doubled', async () => {
  const server = await started('invite-rooms');
  const [{ page: ann }, { page: ben, way }] = [await person(server), await person(server, { width: 390, height: 844 })];
  await ann.getByRole('button', { name: 'Create Room' }).click();
  await ann.getByLabel('Username').fill('Ann Marie 🌱');
  await ann.getByRole('button', { name: 'Create Room' }).filter({ visible: true }).click();
  await ann.waitForURL(/\/room\//);
  const roomId = ann.url().split('/').at(-1) as string;
  await ann.getByText(roomId).waitFor();

  await ben.getByRole('button', { name: 'Join Room' }).click();
  await ben.getByLabel('Username').fill('Ben');
  await ben.getByLabel('Room ID').fill('00000000-0000-4000-8000-000000000000');
  const join = ben.getByRole('button', { name: 'Join Room' }).filter({ visible: true });
  await join.click();
  await ben.getByRole('alert').filter({ visible: true }).waitFor();
  await ben.getByLabel('Room ID').fill(roomId);
  await join.click();
  for (const page of [ann, ben]) await people(page, ['Ann Marie 🌱', 'Ben']);

  await say(ann, 'Hello <b>Ben</b>');
  await say(ben, 'Hello Ann');
  const said = ['Hello <b>Ben</b>', 'Hello Ann'];
  for (const page of [ann, ben]) await shows(page, said);
  await ben.reload();
  await people(ben, ['Ann Marie 🌱', 'Ben']);
  await shows(ben, said);
  expect(await fits(ben)).toBe(true);

  way.lose();
  await isLost(ben).waitFor();
  await people(ann, ['Ann Marie 🌱']);
  for (const text of ['one', 'two', 'three']) await say(ann, text);
  await box(ben).fill('into the dark');
  await box(ben).press('Enter');
  await ben.getByText('There is no connection at the moment.').waitFor();
  expect(await box(ben).inputValue()).toBe('into the dark');
  way.find();
  await isLost(ben).waitFor({ state: 'hidden' });
  await box(ben).press('Enter');
  said.push('one', 'two', 'three', 'into the dark');
  for (const page of [ann, ben]) {
    await shows(page, said);
    await people(page, ['Ann Marie 🌱', 'Ben']);
  }

  await server.kill();
  await isLost(ann).waitFor();
  await server.start();
  for (const page of [ann, ben]) await isLost(page).waitFor({ state: 'hidden' });
  await people(ann, ['Ann Marie 🌱', 'Ben']);
  await say(ann, 'after the restart');
  for (const page of [ann, ben]) await shows(page, [...said, 'after the restart']);
});

test('rooms and private messages: two people talk in a room and alone, and nothing is lost or doubled', async () => {
  const server = await started('rooms-and-dms');
  const [{ page: ann }, { page: ben, way }] = [await person(server), await person(server, { width: 390, height: 844 })];
  await register(ann, 'ann', { Email: 'ann@example.org' });
  await register(ben, 'ben', { Email: 'ben@example.org' });
  await ann.getByLabel('New room').fill('TechTalk');
  await ann.getByRole('button', { name: 'Make the room' }).click();
  await ann.getByRole('heading', { name: 'TechTalk' }).waitFor();
  await say(ann, 'before ben');
  // The list comes anew when somebody looks at the page.
  await ben.reload();
  await ben.getByRole('button', { name: 'TechTalk' }).click();
  await shows(ben, ['before ben']);
  for (const page of [ann, ben]) await page.getByText('Here now: ann, ben').or(page.getByText('Here now: ben, ann')).waitFor();

  await say(ben, 'hello all');
  for (const page of [ann, ben]) await shows(page, ['before ben', 'hello all']);
  await ben.getByLabel('Write to').fill('nobody');
  await ben.getByRole('button', { name: 'Open' }).click();
  await ben.getByText('there is no such user').waitFor();
  await ben.getByLabel('Write to').fill('ann');
  await ben.getByRole('button', { name: 'Open' }).click();
  await ben.getByRole('heading', { name: 'Private: ann' }).waitFor();
  await say(ben, 'psst');
  await ann.getByRole('button', { name: 'ben •' }).click();
  await shows(ann, ['psst']);
  await say(ann, 'what?');
  await ben.reload();
  await shows(ben, ['psst', 'what?']);
  expect(await fits(ben)).toBe(true);

  way.lose();
  await isLost(ben).waitFor();
  await say(ann, 'are you there?');
  way.find();
  await shows(ben, ['psst', 'what?', 'are you there?']);
  await isLost(ben).waitFor({ state: 'hidden' });
  await say(ben, 'I am back');
  for (const page of [ann, ben]) await shows(page, ['psst', 'what?', 'are you there?', 'I am back']);
  await ann.getByRole('button', { name: 'TechTalk' }).click();
  await shows(ann, ['before ben', 'hello all']);
  await ann.getByRole('button', { name: 'Log out' }).click();
  await ann.getByRole('button', { name: 'Log in' }).waitFor();
});

test('direct messages and broadcasts: one is found and written to, and an administrator tells everybody', async () => {
  const server = await started('direct-and-broadcast');
  await server.add('chief', PASSWORD, '--admin');
  const [{ page: ann, way }, { page: chief }] = [await person(server, { width: 390, height: 844 }), await person(server)];
  // What a browser shows outside of its pages cannot be looked at: it is written down when it is asked for.
  await ann.addInitScript(() => {
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
  await ann.reload();
  await register(ann, 'ann');
  await chief.getByLabel('Username').filter({ visible: true }).fill('chief');
  await chief.getByLabel('Password').filter({ visible: true }).fill(PASSWORD);
  await chief.getByRole('button', { name: 'Log in' }).click();
  const panel = chief.getByRole('region', { name: 'Administration' });
  await panel.waitFor();
  expect(await ann.getByRole('region', { name: 'Administration' }).count()).toBe(0);

  await ann.getByLabel('Find users').fill('CHI');
  await ann.getByRole('button', { name: 'Search' }).click();
  await ann.getByRole('list', { name: 'Found' }).getByRole('button', { name: 'chief' }).click();
  await ann.getByRole('heading', { name: 'chief' }).waitFor();
  await say(ann, 'good morning');
  await chief.getByRole('button', { name: 'ann •' }).click();
  await shows(chief, ['good morning']);
  await ann.reload();
  await ann.getByText('read', { exact: false }).filter({ hasText: '· read' }).first().waitFor();
  await ann.getByRole('button', { name: 'Notify me of new messages' }).click();

  await panel.getByLabel('Message to everybody').fill('We close at six');
  await panel.getByRole('button', { name: 'Broadcast' }).click();
  const notified = () => ann.evaluate(() => (window as unknown as { notified: string[] }).notified);
  await expect.poll(notified).toEqual(['chief: We close at six']);
  await ann.getByRole('button', { name: 'Broadcasts •' }).click();
  await shows(ann, ['We close at six']);
  await ann.getByRole('button', { name: 'chief' }).click();
  await shows(ann, ['good morning']);
  expect(await fits(ann)).toBe(true);

  way.lose();
  await isLost(ann).waitFor();
  await say(chief, 'one');
  await say(chief, 'two');
  await box(ann).fill('both came');
  way.find();
  await shows(ann, ['good morning', 'one', 'two']);
  await isLost(ann).waitFor({ state: 'hidden' });
  // What somebody is writing meanwhile stays.
  await box(ann).press('Enter');
  for (const page of [ann, chief]) await shows(page, ['good morning', 'one', 'two', 'both came']);
});
