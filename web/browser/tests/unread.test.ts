// What is new in a room: one comes to where it begins, and is told how much of it is below.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { Sender } from '../bench/sender.ts';
import { box, complaints, createRoom, keptBy, launch, message, newContext, register, say, tokenOf } from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;
let ben: Page;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', '--store', 'memory:'), launch()]);
  [ann, ben] = [await (await newContext(browser)).newPage(), await (await newContext(browser)).newPage()];
  await register(ann, server.url, 'ann');
  await register(ben, server.url, 'ben');
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const line = () => ben.getByText('New', { exact: true });
const pill = () => ben.getByRole('button', { name: /new messages?$/ });
const toDirectory = async () => {
  await ben.getByRole('link', { name: 'Directory' }).click();
  await ben.getByRole('heading', { name: 'Directory', level: 1 }).waitFor();
};

/** A room of ann's in which ben is, too. */
async function talk(name: string): Promise<string> {
  const room = await createRoom(ann, name, 'Public');
  await ben.goto(room);
  await ben.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
  await box(ben).waitFor();
  return room;
}

/** Has ann say so much, and waits until it is there. */
async function fill(room: string, from: number, to: number): Promise<void> {
  const sender = await Sender.to(server.url, room.split('/').at(-1) as string, await tokenOf(ann));
  await sender.fill(to - from + 1, (at) => `news ${from + at}.`);
  sender.close();
}

test('whoever has a message that was not sent comes to where the new ones begin', async () => {
  const room = await talk('Unsent');
  await say(ben, 'one');
  await message(ben, 'one').and(ben.locator('[data-seq]')).waitFor();
  // A message of nothing that one sees is refused.
  await say(ben, '\u2060');
  await ben.getByText('Not sent.').waitFor();
  await toDirectory();
  await fill(room, 1, 50);
  await ben.getByRole('link', { name: /^Unsent.*50/s }).click();
  await line().waitFor();
  await message(ben, 'news 1.').waitFor();
  await pill().waitFor();
  expect(await message(ben, 'news 50.').count()).toBe(0);
  // What one writes takes one to the end all the same.
  await say(ben, 'three');
  await message(ben, 'three').waitFor();
});

test('of what was read long ago nothing counts as new, and one comes to where the new ones begin before the newest', async () => {
  const room = await talk('Old and new');
  await fill(room, 1, 120);
  await message(ben, 'news 120.').waitFor();
  await expect.poll(() => keptBy(ben)).toContain('news 120.');
  await toDirectory();
  await fill(room, 121, 160);
  // What the browser had kept of it is there before the server says what is new.
  let isHeld = true;
  await ben.routeWebSocket(/\/chat$/, (socket) => {
    socket.connectToServer().onMessage(async (frame) => {
      if (isHeld && String(frame).includes('"action":"my-rooms"')) await message(ben, 'news 120.').waitFor();
      socket.send(frame);
    });
  });
  await ben.goto(room);
  await line().waitFor();
  await pill().waitFor();
  isHeld = false;
  await ben.getByRole('log').evaluate((element) => element.scrollBy(0, -1_500));
  await expect.poll(() => pill().textContent()).toBe('40 new messages');
  await expect.poll(() => line().count()).toBe(0);
  await pill().click();
  await line().waitFor();
  await message(ben, 'news 121.').waitFor();
  expect(await message(ben, 'news 160.').count()).toBe(0);
  await pill().click();
  await message(ben, 'news 160.').waitFor();
  await expect.poll(() => pill().count()).toBe(0);
});
