import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { ask, box, complaints, createRoom, idOf, launch, message, newContext, PASSWORD, register, say, violations } from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;
let jose: Page;
let room: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off'), launch()]);
  [ann, jose] = (await Promise.all([1, 2].map(async () => (await newContext(browser)).newPage()))) as [Page, Page];
  await register(ann, server.url, 'ann');
  room = await createRoom(ann, 'Secret garden');
  await register(jose, server.url, 'José');
  // More than one page of a search holds.
  for (let n = 0; n < 25; n++) {
    const body = JSON.stringify({ username: `robot.${n}`, password: PASSWORD });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${server.url}/api/auth/register`, { method: 'POST', headers, body });
    expect(answer.status).toBe(201);
  }
}, 180_000);
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const search = (page: Page) => page.getByRole('searchbox', { name: 'Find people by name' });
const people = (page: Page) => page.getByRole('list', { name: 'People' }).getByRole('listitem');

test('one finds somebody by the beginning of their name, and writes to them by the keyboard alone', async () => {
  await ann.goto(`${server.url}/people`);
  await search(ann).fill('jos');
  await ann.getByText('1 person').waitFor();
  expect(await people(ann).allInnerTexts()).toEqual([expect.stringContaining('José')]);
  expect(await violations(ann)).toEqual([]);
  await search(ann).focus();
  for (let n = 0; n < 3; n++) await ann.keyboard.press('Tab');
  await ann.keyboard.press('Enter');
  await ann.getByRole('heading', { name: 'José', level: 1 }).waitFor();
  await say(ann, 'Hello José');
  await jose.getByRole('link', { name: /ann/ }).click();
  await message(jose, 'Hello José').waitFor();
});

test('many are found page by page, and nobody is told so', async () => {
  await ann.goto(`${server.url}/people`);
  await search(ann).fill('robot');
  await ann.getByText('20 people, and more').waitFor();
  await ann.getByRole('button', { name: 'More' }).click();
  await ann.getByText('25 people', { exact: true }).waitFor();
  expect(new Set(await people(ann).allInnerTexts()).size).toBe(25);
  // The first of those that came has the focus, as the button is gone.
  await expect
    .poll(() => ann.evaluate(() => [...(document.activeElement?.parentElement?.children ?? [])].indexOf(document.activeElement as Element)))
    .toBe(20);
  await search(ann).fill('nobody at all');
  await ann.getByText('Nobody is called that.').waitFor();
});

test('one invites somebody to a private room of one’s own', async () => {
  await ann.goto(`${server.url}/people`);
  await search(ann).fill('José');
  await ann.getByRole('button', { name: 'Invite', exact: true }).click();
  const rooms = ann.getByRole('region', { name: 'Invite José to' });
  await rooms.getByRole('button', { name: 'Secret garden' }).click();
  await ann.getByText('José is invited.').waitFor();
  expect(await violations(ann)).toEqual([]);
  await jose.goto(room);
  await jose.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
  await box(jose).waitFor();
  await ann.reload();
  await search(ann).fill('José');
  await ann.getByRole('button', { name: 'Invite', exact: true }).click();
  await ann.getByRole('heading', { name: 'Invite José to which room?' }).waitFor();
  const known = rooms.getByRole('button', { name: 'Secret garden · is in it already' });
  await known.waitFor();
  expect(await known.isDisabled()).toBe(true);
});

test('a moderator is offered what can be done: to mute a member, or to lift the mute', async () => {
  await ann.goto(room);
  const list = ann.getByRole('complementary', { name: 'Members' });
  const member = list.getByRole('listitem').filter({ hasText: 'José' });
  const items = async () => (await ann.getByRole('menuitem').allInnerTexts()).filter((item) => /mute/i.test(item));
  const isOffered = async (expected: string[]) => {
    await member.getByRole('button').click();
    await expect.poll(items).toEqual(expected);
  };
  const muted = member.getByText('muted');
  await isOffered(['Mute for an hour', 'Mute for good']);
  await ann.getByRole('menuitem', { name: 'Mute for an hour' }).click();
  await muted.waitFor();
  await ann.getByText('José is muted.').waitFor();
  await isOffered(['Lift the mute']);
  await ann.getByRole('menuitem', { name: 'Lift the mute' }).click();
  await ann.getByText('José may write again.').waitFor();
  await muted.waitFor({ state: 'detached' });
  await isOffered(['Mute for an hour', 'Mute for good']);
  await ann.keyboard.press('Escape');
});

test('a moderator sees in the settings of a room who is muted and who is banned, and lifts both', async () => {
  const userId = await idOf(jose);
  const list = (name: string) => ann.locator('section', { has: ann.getByRole('heading', { name }) });
  const openSettings = async () => {
    await ann.goto(room);
    await ann.getByRole('button', { name: 'Actions of the room' }).click();
    await ann.getByRole('menuitem', { name: 'Room settings' }).click();
  };
  await ask(ann, room, 'POST', '/mutes', { userId, until: '2999-01-01T00:00:00Z' });
  await openSettings();
  await list('Muted')
    .getByText(/until .*2999.* · by ann/)
    .waitFor();
  await ann.getByRole('button', { name: 'Unmute José' }).press('Enter');
  await ann.getByText('Nobody is muted.').waitFor();
  // The list is empty, so that what it lies in has the focus.
  await expect.poll(() => ann.evaluate(() => document.activeElement?.textContent)).toBe('MutedNobody is muted.');

  await ask(ann, room, 'POST', '/bans', { userId, reason: 'too loud' });
  await openSettings();
  await list('Banned').getByText('by ann · “too loud”').waitFor();
  expect(await violations(ann)).toEqual([]);
  await ann.getByRole('button', { name: 'Unban José' }).click();
  await ann.getByText('Nobody is banned.').waitFor();
  expect(await ask(ann, room, 'GET', '/bans')).toMatchObject({ bans: [] });
});

test('whoever does not want to be found is not', async () => {
  await jose.goto(`${server.url}/settings`);
  await jose.getByRole('checkbox', { name: 'Others find me by my name' }).uncheck();
  await jose.getByRole('button', { name: 'Save' }).click();
  await jose.getByText('Saved').waitFor();
  await ann.goto(`${server.url}/people`);
  await search(ann).fill('José');
  await ann.getByText('Nobody is called that.').waitFor();
  await jose.reload();
  await expect.poll(() => jose.getByRole('checkbox', { name: 'Others find me by my name' }).isChecked()).toBe(false);
});

test('another name is shown at once, in what its user has written and in the list of rooms', async () => {
  await jose.goto(server.url);
  await jose.getByRole('link', { name: /ann/ }).click();
  await say(jose, 'Some call me Pepe');
  await ann.goto(server.url);
  await ann.getByRole('link', { name: /José/ }).click();
  const written = message(ann, 'Some call me Pepe');
  await written.getByText('José', { exact: true }).waitFor();

  await jose.goto(`${server.url}/settings`);
  await jose.getByLabel('Username').fill('Pepe');
  await jose.getByRole('button', { name: 'Save' }).click();
  await written.getByText('Pepe', { exact: true }).waitFor();
  await ann.getByRole('heading', { name: 'Pepe', level: 1 }).waitFor();
  await ann.getByRole('link', { name: /Pepe/ }).waitFor();
  expect(await ann.getByText('José', { exact: true }).count()).toBe(0);
});
