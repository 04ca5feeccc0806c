// The page of rooms-and-dms: two people in two browsers, one of whom reloads and loses the way to the server.

import type { Page } from 'playwright-core';
import { io } from 'socket.io-client';
import { expect, test } from 'vitest';
import { PASSWORD } from './browser.ts';
import {
  box,
  isLost,
  LAPTOP,
  looksRight,
  PHONE,
  people,
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

async function makeRoom(page: Page, name: string): Promise<void> {
  await page.getByLabel('New room').fill(name);
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

async function writeTo(page: Page, name: string): Promise<void> {
  await page.getByLabel('Write to').fill(name);
  await page.getByRole('button', { name: 'Open' }).click();
}

/** Says all of this in a room, as fast as the server takes it. */
async function tell(url: string, token: string, roomId: string, texts: string[]): Promise<void> {
  const socket = io(url, { auth: { token } });
  await socket.emitWithAck('joinRoom', { roomId });
  for (const message of texts) {
    await expect.poll(async () => (await socket.emitWithAck('sendMessage', { roomId, message })).code).toBeUndefined();
  }
  socket.close();
}

test('two people talk in a room and alone, and nothing is lost or doubled', async () => {
  const server = await started('rooms-and-dms');
  const [{ page: ann }, { page: ben, way }] = [await person(server), await person(server, PHONE)];
  await looksRight(ann, 'rooms-and-dms-entry');
  await ann.setViewportSize(LAPTOP);
  await register(ann, 'ann', { Email: 'ann@example.org' });
  await ann.getByText('There is no room yet.').waitFor();
  await looksRight(ann, 'rooms-and-dms-empty');
  await ann.setViewportSize(LAPTOP);
  await register(ben, 'ben', { Email: 'ben@example.org' });
  await makeRoom(ann, 'TechTalk');
  await ann.getByText('Nobody has said anything yet').waitFor();
  await say(ann, 'before ben');
  // The list comes anew when somebody looks at the page.
  await ben.reload();
  await ben.getByRole('link', { name: 'TechTalk' }).click();
  await shows(ben, ['before ben']);
  for (const page of [ann, ben]) await people(page, ['ann', 'ben']);

  await say(ben, 'hello all');
  for (const page of [ann, ben]) await shows(page, ['before ben', 'hello all']);
  await talkLooksRight(ben, 'rooms-and-dms-room');
  await toList(ben);
  await writeTo(ben, 'nobody');
  await ben.getByText('There is nobody of this name.').waitFor();
  await looksRight(ben, 'rooms-and-dms-list');
  await ben.setViewportSize(PHONE);
  await writeTo(ben, 'ann');
  await ben.getByRole('heading', { name: 'ann', level: 1 }).waitFor();
  await ben.getByText('Only ann and you see what is written here.').waitFor();
  await say(ben, 'psst');
  await ann.getByRole('link', { name: 'ben new messages' }).click();
  await shows(ann, ['psst']);
  await say(ann, 'what?');
  await ben.reload();
  await shows(ben, ['psst', 'what?']);
  await talkLooksRight(ben, 'rooms-and-dms-private');

  way.lose();
  await isLost(ben).waitFor();
  await say(ann, 'are you there?');
  await box(ben).fill('into the dark');
  await box(ben).press('Enter');
  await ben.getByText('There is no connection at the moment.').waitFor();
  way.find();
  await shows(ben, ['psst', 'what?', 'are you there?']);
  await isLost(ben).waitFor({ state: 'hidden' });
  expect(await box(ben).inputValue()).toBe('into the dark');
  await say(ben, 'I am back');
  const said = ['psst', 'what?', 'are you there?', 'I am back'];
  for (const page of [ann, ben]) await shows(page, said);

  await server.kill();
  await isLost(ann).waitFor();
  await server.start();
  for (const page of [ann, ben]) await isLost(page).waitFor({ state: 'hidden' });
  await say(ann, 'after the restart');
  for (const page of [ann, ben]) await shows(page, [...said, 'after the restart']);
  await ann.getByRole('link', { name: 'TechTalk' }).click();
  await shows(ann, ['before ben', 'hello all']);
  await ann.getByRole('button', { name: 'Log out' }).click();
  await ann.getByRole('button', { name: 'Log in' }).waitFor();
});

test('a second tab, a wrong password, older messages, and texts that are texts', async () => {
  const server = await started('rooms-and-dms');
  const [{ page: ann }, { page: ben }] = [await person(server), await person(server, PHONE)];
  await register(ann, 'ann', { Email: 'ann@example.org' });
  await ben.getByLabel('Username').fill('ann');
  await ben.getByLabel('Password').fill('not this one');
  await ben.getByRole('button', { name: 'Log in' }).click();
  await ben.getByText('The username or the password is not right.').waitFor();
  await looksRight(ben, 'rooms-and-dms-wrong');
  await ben.setViewportSize(PHONE);

  const room = '<img src=x onerror="globalThis.hit=1">';
  await makeRoom(ann, room);
  const second = await ann.context().newPage();
  await second.goto(ann.url());
  await textsAreTexts(second, []);
  await people(second, ['ann']);
  const token = await ann.evaluate(() => JSON.parse(localStorage.getItem('rooms-and-dms') ?? '{}').token as string);
  const roomId = decodeURIComponent(new URL(ann.url()).pathname.split('/').at(-1) ?? '');
  const all = Array.from({ length: 250 }, (_, index) => `message ${index + 1}`);
  await tell(`http://127.0.0.1:${server.port}`, token, roomId, all);
  await ann.getByText('message 250', { exact: true }).waitFor();
  expect(await ann.getByRole('log').evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight)).toBeLessThan(60);

  // Whoever comes now is shown the last ones, and gets the others when they want them.
  await ann.reload();
  const texts = () => ann.locator('[role=log] li .text').allInnerTexts();
  await expect.poll(texts).toEqual(all.slice(-200));
  await ann.getByRole('button', { name: 'Show older messages' }).click();
  await expect.poll(async () => (await texts()).slice(-250)).toEqual(all);
  // Where one reads stays where it is.
  expect(await ann.getByRole('log').evaluate((log) => log.scrollTop)).toBeGreaterThan(1_000);
  expect((await texts()).length).toBe(265);

  // A login that is not good any more leads to the entry, which says why.
  await ann.evaluate(() => {
    const login = JSON.parse(localStorage.getItem('rooms-and-dms') ?? '{}');
    localStorage.setItem('rooms-and-dms', JSON.stringify({ ...login, token: 'no.good.token' }));
  });
  await ann.reload();
  await ann.getByText('Please log in again.').waitFor();
  await ann.getByLabel('Username').fill('ann');
  await ann.getByLabel('Password').fill(PASSWORD);
  await ann.getByRole('button', { name: 'Log in' }).click();
  await ann.getByRole('heading', { name: room, level: 1 }).waitFor();
  expect(await ann.evaluate(() => 'hit' in globalThis)).toBe(false);
});
