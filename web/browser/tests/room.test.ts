// What a room shows by itself: what holds one back, what it is about, and one set of buttons at a time.

import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import {
  ask,
  box,
  complaints,
  createRoom,
  idOf,
  launch,
  message,
  newContext,
  PASSWORD,
  press,
  register,
  say,
  settled,
  violations,
} from './browser.ts';

const TOPIC = 'Tomatoes, beans and everything else that grows '.repeat(8).trim();

let server: TestServer;
let browser: Browser;
let ann: Page;
let ben: Page;
let room: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', '--store', 'memory:'), launch()]);
  [ann, ben] = [await (await newContext(browser)).newPage(), await (await newContext(browser)).newPage()];
  await register(ann, server.url, 'ann');
  await register(ben, server.url, 'ben');
  room = await createRoom(ann, 'Garden', 'Public');
  await ask(ann, room, 'PATCH', '', { topic: TOPIC });
  await ben.goto(room);
  await ben.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
  await box(ben).waitFor();
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const placeOf = async (of: Locator) => {
  const place = await of.boundingBox();
  if (!place) throw new Error('it is not to be seen');
  return { ...place, bottom: place.y + place.height };
};

test('all of what a room is about is there to be read, in the room and in the directory', async () => {
  for (const page of [ann, ben]) {
    await page.getByRole('button', { name: 'Tomatoes' }).click();
    await page.getByRole('dialog', { name: 'Garden' }).getByText(TOPIC).waitFor();
    await settled(page);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
  }
  await ben.getByRole('link', { name: 'Directory' }).click();
  await ben.getByRole('main').getByRole('button', { name: 'Tomatoes' }).click();
  await ben.getByRole('dialog', { name: 'Garden' }).getByText(TOPIC).waitFor();
  await ben.goto(room);
  await box(ben).waitFor();
});

test('announcements have no list of members', async () => {
  const members = ann.getByRole('complementary', { name: 'Members' });
  await members.waitFor();
  await ann.getByRole('link', { name: 'Announcements' }).click();
  await ann.getByRole('heading', { name: 'Announcements', level: 1 }).waitFor();
  expect(await members.count()).toBe(0);
  expect(await ann.getByRole('button', { name: /members$/ }).count()).toBe(0);
  await ann.goto(room);
  await members.waitFor();
});

test('whoever reads an announcement reacts to it, and is offered nothing else that is refused', async () => {
  const chief = await (await newContext(browser)).newPage();
  await chief.goto(server.log.match(/http\S+\/first-run#\S+/)?.[0] ?? 'no link');
  await chief.getByLabel('Username').fill('chief');
  await chief.getByLabel('Password').fill(PASSWORD);
  await chief.getByRole('button', { name: 'Make the administrator' }).click();
  await chief.getByRole('heading', { name: 'Administration' }).waitFor();
  await chief.getByRole('link', { name: 'Announcements' }).click();
  await say(chief, 'Hear ye');
  await ann.getByRole('link', { name: 'Announcements' }).click();
  for (const [page, items] of [
    [ann, ['React with 👍', 'React with another emoji', 'Copy text']],
    [chief, ['React with 👍', 'React with another emoji', 'Reply', 'Copy text', 'Edit', 'Pin', 'Delete']],
  ] as const) {
    await press(page, 'Hear ye', 'More for');
    await page.getByRole('menuitem').first().waitFor();
    expect((await page.getByRole('menuitem').allInnerTexts()).map((item) => item.trim())).toEqual(items);
    await page.keyboard.press('Escape');
  }
  await press(ann, 'Hear ye', 'React');
  await ann.getByRole('button', { name: 'rocket' }).click();
  await message(chief, 'Hear ye').getByRole('button', { name: '🚀 1' }).waitFor();
  await chief.context().close();
  await ann.goto(room);
  await box(ann).waitFor();
});

test('one message at a time has its buttons: that under the pointer, or that with the focus', async () => {
  for (const text of ['first', 'second', 'third', 'fourth']) await say(ann, text);
  await message(ann, 'fourth').and(ann.locator('[data-seq]')).waitFor();
  const reply = (text: string) => message(ann, text).getByRole('button', { name: 'Reply' }).isVisible();
  const visible = async () => {
    const texts = ['first', 'second', 'third', 'fourth'];
    const are = await Promise.all(texts.map(reply));
    return texts.filter((_, at) => are[at]);
  };
  await message(ann, 'second').focus();
  expect(await visible()).toEqual(['second']);
  await message(ann, 'fourth').hover();
  await expect.poll(visible).toEqual(['fourth']);
  // Whoever goes on by keyboard has the buttons where the focus is, wherever the pointer rests.
  await ann.keyboard.press('ArrowUp');
  await expect.poll(visible).toEqual(['first']);
  await press(ann, 'third', 'More for');
  await ann.getByRole('menuitem').first().waitFor();
  await message(ann, 'first').hover();
  expect(await visible()).toEqual(['third']);
  await ann.keyboard.press('Escape');
});

test('what is told for a moment lies over nothing that one writes', async () => {
  await press(ann, 'fourth', 'More for');
  await ann.getByRole('menuitem', { name: 'Edit' }).click();
  const line = ann.locator('form').filter({ hasText: 'Editing your message' });
  await line.waitFor();
  await press(ann, 'first', 'More for');
  await ann.getByRole('menuitem', { name: 'Copy text' }).click();
  const toast = ann.getByRole('status').locator('p');
  expect((await placeOf(toast.first())).bottom).toBeLessThan((await placeOf(ann.getByRole('log'))).y + 100);
  await line.getByRole('button', { name: 'Cancel' }).click();
});

test('a finger finds the button of a message beside its line, and not in the next one', async () => {
  const phone = await newContext(browser, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const tim = await phone.newPage();
  await register(tim, server.url, 'tim');
  await tim.goto(room);
  await tim.getByRole('main').getByRole('button', { name: 'Join', exact: true }).tap();
  await message(tim, 'fourth').waitFor();
  const places = [];
  for (const text of ['second', 'third', 'fourth']) {
    const line = await placeOf(message(tim, text).locator('p', { hasText: text }));
    const button = await placeOf(message(tim, text).getByRole('button', { name: 'More for' }));
    expect(Math.abs(line.y + line.height / 2 - (button.y + button.height / 2)), text).toBeLessThanOrEqual(3);
    places.push(button);
  }
  for (const [at, place] of places.slice(1).entries()) expect(place.y).toBeGreaterThanOrEqual(places[at]?.bottom ?? 0);
  await phone.close();
});

test('whoever has to wait in slow mode, or is muted, is told so before they try', async () => {
  await ask(ann, room, 'PATCH', '', { slowModeMs: 60_000 });
  await ben.getByText('Slow mode: 1 minute between two messages.').waitFor();
  expect(await ann.getByText('Slow mode').count()).toBe(0);
  await say(ben, 'I write');
  await ben.getByText(/^Slow mode: 1 minute between two messages, \d+ seconds? to go\.$/).waitFor();
  // What one has written meanwhile stays with one, and is not refused.
  await box(ben).fill('I write too soon');
  await box(ben).press('Enter');
  await expect.poll(() => ben.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
  expect(await box(ben).inputValue()).toBe('I write too soon');
  expect(await ben.getByText('Not sent.').count()).toBe(0);
  await box(ben).fill('');
  const userId = await idOf(ben);
  const mute = (until?: string) => ask(ann, room, 'POST', '/mutes', { userId, until });
  await mute(new Date(Date.now() + 3_600_000).toISOString());
  await ben.getByText(/^You are muted here until /).waitFor();
  await settled(ben);
  expect(await violations(ben)).toEqual([]);
  await mute();
  await ben.getByText('You are muted in this room.').waitFor();
  // Whoever is made an owner is no longer muted, and stays so when they are an owner no more.
  const make = (role: string) => ask(ann, room, 'PATCH', `/members/${userId}`, { role });
  for (const role of ['owner', 'member']) await make(role);
  await ben.getByText(/^Slow mode/).waitFor();
  await mute();
  await ben.getByText('You are muted in this room.').waitFor();
  await ask(ann, room, 'DELETE', `/mutes/${userId}`);
  await ben.getByText(/^Slow mode/).waitFor();
});

test('when somebody was last seen is there to be read', async () => {
  await ben.goto('about:blank');
  const note = ann
    .getByRole('complementary', { name: 'Members' })
    .locator('li', { hasText: 'ben' })
    .getByText(/^last seen/);
  const isWhole = await note.evaluate((element) => {
    element.textContent = 'Moderator · last seen 19 minutes ago';
    return element.scrollWidth <= element.clientWidth;
  });
  expect(isWhole).toBe(true);
});
