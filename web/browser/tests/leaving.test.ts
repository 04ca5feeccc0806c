// Whoever leaves a room, or ceases to be a guest, is told before what that means.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { box, complaints, createRoom, idOf, launch, letIn, newContext, register, say, settled, violations } from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;
let ben: Page;
let gus: Page;

const newPage = async () => (await newContext(browser)).newPage();

async function comeAsGuest(page: Page, name: string): Promise<void> {
  await page.goto(server.url);
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Come in' }).click();
  await page.getByRole('heading', { name: 'Welcome' }).waitFor();
}

async function join(page: Page, room: string): Promise<void> {
  await page.goto(room);
  await page.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
  await box(page).waitFor();
}

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', '--store', 'memory:'), launch()]);
  [ann, ben, gus] = (await Promise.all([newPage(), newPage(), newPage()])) as [Page, Page, Page];
  await register(ann, server.url, 'ann');
  await register(ben, server.url, 'ben');
  await comeAsGuest(gus, 'gus');
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const dialog = () => ann.getByRole('dialog');
async function askToLeave(): Promise<void> {
  await ann.getByRole('button', { name: 'Actions of the room' }).click();
  await ann.getByRole('menuitem', { name: 'Leave the room' }).click();
  await dialog().waitFor();
}

test('an owner who is alone is told that the room stays, and how to come back', async () => {
  const room = await createRoom(ann, 'Alone');
  await askToLeave();
  await dialog().getByText('Nobody else is in it.').waitFor();
  await dialog().getByText('You made the room: you can come back by its address').waitFor();
  expect(await dialog().getByRole('textbox', { name: 'Address of the room' }).inputValue()).toBe(room);
  await settled(ann);
  expect(await violations(ann)).toEqual([]);
  await dialog().getByRole('button', { name: 'Leave the room' }).click();
  await expect.poll(() => new URL(ann.url()).pathname).toBe('/');
  await join(ann, room);
  await ann.getByRole('complementary', { name: 'Members' }).getByText('Owner').waitFor();
});

test('the only owner of a room with guests is told who stays behind, and may stay', async () => {
  const room = await createRoom(ann, 'With guests', 'Public');
  await join(gus, room);
  await askToLeave();
  await dialog().getByText('You are its only owner. A guest stays behind').waitFor();
  await dialog().getByRole('button', { name: 'Cancel' }).click();
  await box(ann).waitFor();
});

test('the only owner of a room with members is led to make one of them an owner first', async () => {
  const room = await createRoom(ann, 'With members');
  await letIn(ann, room, await idOf(ben));
  await join(ben, room);
  await askToLeave();
  await dialog().getByRole('heading', { name: 'You are the only owner' }).waitFor();
  expect(await dialog().getByRole('button', { name: 'Leave the room' }).count()).toBe(0);
  const members = ann.getByRole('complementary', { name: 'Members' });
  await members.waitFor();
  await dialog().getByRole('button', { name: 'Show members' }).click();
  await expect.poll(() => members.evaluate((list) => list === document.activeElement)).toBe(true);
  await members.getByRole('button', { name: 'Actions for ben' }).click();
  await ann.getByRole('menuitem', { name: 'Make owner' }).click();
  await dialog().getByRole('button', { name: 'Make owner' }).click();
  await expect.poll(() => members.getByText('Owner').count()).toBe(2);
  await ann.getByText('ben is an owner now.').waitFor();
  await askToLeave();
  await dialog().getByText('You will not get its messages any more.').waitFor();
  await dialog().getByRole('button', { name: 'Leave the room' }).click();
  await expect.poll(() => new URL(ann.url()).pathname).toBe('/');

  // Now ben is alone, and did not make it.
  await ben.getByRole('button', { name: 'Actions of the room' }).click();
  await ben.getByRole('menuitem', { name: 'Leave the room' }).click();
  await ben.getByRole('dialog').getByText('Nobody is left who could invite you back').waitFor();
  await ben.getByRole('button', { name: 'Cancel' }).click();
});

test('without a connection an owner does not leave before it is known what becomes of the room', async () => {
  await createRoom(ann, 'In the tunnel', 'Public');
  await ann.context().setOffline(true);
  await askToLeave();
  await dialog().getByText('What becomes of the room is known once you are connected.').waitFor();
  expect(await dialog().getByRole('button', { name: 'Leave the room' }).getAttribute('aria-disabled')).toBe('true');
  await ann.context().setOffline(false);
  await dialog().getByText('You find it again in the directory.').waitFor();
  await dialog().getByRole('button', { name: 'Cancel' }).click();
});

test('a guest who goes for an account is told what it costs, and stays a guest until there is one', async () => {
  const room = await createRoom(ann, 'For guests', 'Public');
  await join(gus, room);
  await say(gus, 'as a guest');
  for (const path of ['/people', '/settings']) {
    await gus.goto(`${server.url}${path}`);
    await gus.getByRole('button', { name: 'Make an account' }).click();
    await gus.getByText('You are here as the guest gus, and stay it until you have an account.').waitFor();
    await settled(gus);
    expect(await violations(gus)).toEqual([]);
    await gus.getByRole('link', { name: 'Stay a guest' }).click();
    await gus.getByRole('link', { name: /For guests/ }).waitFor();
  }
  await gus.goto(room);
  await say(gus, 'as a guest still');
  await ann.getByRole('log').getByText('as a guest still').waitFor();

  await gus.goto(`${server.url}/settings`);
  await gus.getByRole('button', { name: 'Make an account' }).click();
  await expect.poll(() => gus.getByLabel('Username').inputValue()).toBe('gus');
  await gus.getByLabel('Password').fill('correct horse battery');
  await gus.getByRole('button', { name: 'Make an account' }).click();
  await gus.getByRole('heading', { name: 'Welcome' }).waitFor();
  expect(await gus.getByRole('link', { name: /For guests/ }).count()).toBe(0);
  await expect.poll(() => ann.getByRole('complementary', { name: 'Members' }).getByText('gus').count()).toBe(0);
});

test('a guest’s name is offered as a username as far as it may be one, and what a username may hold is said', async () => {
  const carl = await newPage();
  await comeAsGuest(carl, 'Carl Guest');
  await carl.goto(`${server.url}/settings`);
  await carl.getByText('Those of the guest do not come along.').waitFor();
  await carl.getByRole('button', { name: 'Make an account' }).click();
  await carl.getByText('rooms that you made have no owner then').waitFor();
  await expect.poll(() => carl.getByLabel('Username').inputValue()).toBe('Carl.Guest');
  await carl.getByLabel('Username').fill('Carl Guest');
  await carl.getByLabel('Password').fill('correct horse battery');
  await carl.getByRole('button', { name: 'Make an account' }).click();
  await carl.getByRole('alert').getByText('Letters, digits and signs such as . _ -, without spaces.').waitFor();
});

test('whoever deletes their account is told so, and so is the other one of a direct room', async () => {
  const yan = await newPage();
  await register(yan, server.url, 'yan');
  await ann.goto(`${server.url}/people`);
  await ann.getByRole('searchbox', { name: 'Find people by name' }).fill('yan');
  await ann.getByRole('button', { name: 'Write' }).click();
  await ann.getByRole('heading', { name: 'yan', level: 1 }).waitFor();
  const header = ann.getByRole('main').locator('header');
  await header.getByText('online').waitFor();
  await yan.goto(`${server.url}/settings`);
  await yan.getByRole('button', { name: 'Delete my account' }).click();
  await yan.getByRole('dialog').getByRole('textbox', { name: 'Current password' }).fill('correct horse battery');
  await yan.getByRole('dialog').getByRole('button', { name: 'Delete my account' }).click();
  await yan.getByText('Your account is deleted.').waitFor();
  await yan.getByRole('tab', { name: 'Log in' }).click();
  expect(await yan.getByLabel('Username').inputValue()).toBe('');

  await ann.getByRole('heading', { name: 'deleted user', level: 1 }).waitFor();
  await ann.getByText('This account is deleted.').waitFor();
  expect(await box(ann).count()).toBe(0);
  expect(await header.getByText('online').count()).toBe(0);
  await ann.getByRole('link', { name: /deleted user/ }).waitFor();
  expect(await violations(ann)).toEqual([]);
  // There is nobody left to be blocked.
  await ann.getByRole('button', { name: 'Actions of the room' }).click();
  await ann.getByRole('menuitem').first().waitFor();
  expect(await ann.getByRole('menuitem', { name: 'Block' }).count()).toBe(0);
  await ann.keyboard.press('Escape');
});

test('a deleted account is called so in one’s own language, in the list of rooms and in the room', async () => {
  const zac = await newPage();
  await register(zac, server.url, 'zac');
  const ole = await (await newContext(browser, { locale: 'de-DE' })).newPage();
  await ole.goto(`${server.url}/register`);
  await ole.getByLabel('Benutzername').fill('ole');
  await ole.getByLabel('Passwort').fill('correct horse battery');
  await ole.getByRole('button', { name: 'Konto anlegen' }).click();
  await ole.getByRole('button', { name: 'Neuer Raum' }).waitFor();
  const talk = await createRoom(zac, 'Talk', 'Public');
  await say(zac, 'until later');
  await ole.goto(talk);
  await ole.getByRole('button', { name: 'Beitreten', exact: true }).click();
  await ole.getByRole('button', { name: 'Was man mit zac tun kann' }).click();
  await ole.getByRole('menuitem', { name: 'Direkt schreiben' }).click();
  await ole.getByRole('heading', { name: 'zac', level: 1 }).waitFor();
  await zac.goto(`${server.url}/settings`);
  await zac.getByRole('button', { name: 'Delete my account' }).click();
  await zac.getByRole('dialog').getByRole('textbox', { name: 'Current password' }).fill('correct horse battery');
  await zac.getByRole('dialog').getByRole('button', { name: 'Delete my account' }).click();
  await zac.getByText('Your account is deleted.').waitFor();

  const rooms = ole.getByRole('navigation', { name: 'Deine Räume' });
  for (const come of [async () => undefined, () => ole.reload()]) {
    await come();
    await ole.getByRole('heading', { name: 'gelöschtes Konto', level: 1 }).waitFor();
    await rooms.getByRole('link', { name: /^gelöschtes Konto/ }).waitFor();
  }
  // So is who said the last word of a room, and the English name is nowhere.
  await rooms.getByRole('link', { name: /^Talk/ }).getByText('gelöschtes Konto: until later').waitFor();
  expect(await ole.getByText('deleted user').count()).toBe(0);
  await zac.context().close();
  await ole.context().close();
});

test('whoever is invited and has no name yet is told that the room is shown before they join it', async () => {
  await createRoom(ann, 'Secret');
  // Nobody else is there yet, so the room offers to have somebody come.
  await ann.getByRole('log').getByRole('button', { name: 'Invite people' }).click();
  await ann.getByRole('button', { name: 'New link' }).click();
  const link = await ann.getByRole('textbox', { name: 'Link to pass on' }).inputValue();
  await ann.keyboard.press('Escape');
  await say(ann, 'the first word');
  await expect.poll(() => ann.getByRole('log').getByRole('button', { name: 'Invite people' }).count()).toBe(0);

  const stranger = await newPage();
  await stranger.goto(link);
  await stranger.getByText('You are invited to a room. Say who you are').waitFor();
  await stranger.getByLabel('Your name').fill('somebody');
  await stranger.getByRole('button', { name: 'Come in' }).click();
  await stranger.getByText('to “Secret”').waitFor();
});
