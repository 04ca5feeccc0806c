// Lists whose rows come and go: the focus is never lost with them, what was done is told, and one comes back to what one looked for.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { box, complaints, createRoom, idOf, launch, newContext, PASSWORD, register, tokenOf, violations } from './browser.ts';

/** More than one page of a list holds. */
const MANY = 53;

let browser: Browser;
let server: TestServer;
let chief: Page;

beforeAll(async () => {
  [browser, server] = await Promise.all([launch(), TestServer.start('--limits', 'off')]);
  const link = server.log.match(/http\S+\/first-run#\S+/)?.[0];
  chief = await (await newContext(browser)).newPage();
  await chief.goto(link ?? 'no link');
  await chief.getByLabel('Username').fill('chief');
  await chief.getByLabel('Password').fill(PASSWORD);
  await chief.getByRole('button', { name: 'Make the administrator' }).click();
  await chief.getByRole('heading', { name: 'Administration' }).waitFor();
  for (let n = 0; n < MANY; n++) await call('POST', '/rooms', { roomName: `Hall ${n}`, kind: 'public' });
}, 180_000);
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

/** Asks the server for something as the administrator. */
async function call(method: string, path: string, body?: object): Promise<void> {
  const headers = { authorization: `Bearer ${await tokenOf(chief)}`, 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/api${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
}

const list = (page: Page, name: string) => page.getByRole('list', { name, exact: true });

/** Which row of a list the focus is in, from 0 on; -1 if it is in none. */
const focusedRow = (page: Page, name: string) =>
  list(page, name).evaluate((rows) => [...rows.children].findIndex((row) => row.contains(document.activeElement)));

const hasFocus = (page: Page) => page.evaluate(() => document.activeElement !== document.body);

for (const [path, name] of [
  ['/rooms', 'Directory'],
  ['/admin', 'Rooms'],
] as const) {
  test(`the first of more rows has the focus: ${path}`, async () => {
    await chief.goto(server.url + path);
    const more = chief.getByRole('button', { name: 'More', exact: true });
    await more.press('Enter');
    await more.waitFor({ state: 'detached' });
    expect(await list(chief, name).getByRole('listitem').count()).toBeGreaterThanOrEqual(MANY);
    await expect.poll(() => focusedRow(chief, name)).toBe(50);
    // From there the keyboard goes on to what one can do with it.
    await chief.keyboard.press('Tab');
    expect(await focusedRow(chief, name)).toBe(50);
  });
}

test('whoever has gone elsewhere while more rows come keeps the focus there', async () => {
  await chief.goto(`${server.url}/rooms`);
  const more = chief.getByRole('button', { name: 'More', exact: true });
  await more.waitFor();
  let answer = () => {};
  const isAsked = new Promise<void>((asked) => {
    void chief.route(/\/api\/rooms\?.*after=/, (route) => {
      answer = () => void route.continue();
      asked();
    });
  });
  await more.press('Enter');
  await isAsked;
  await chief.getByLabel('Find rooms by name or topic').focus();
  answer();
  await more.waitFor({ state: 'detached' });
  expect(await chief.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search');
  await chief.unroute(/\/api\/rooms\?.*after=/);
});

test('a room that is deleted is told of, and the next one has the focus', async () => {
  for (const roomName of ['Attic', 'Attic two']) await call('POST', '/rooms', { roomName, kind: 'public' });
  await chief.goto(`${server.url}/admin`);
  await chief.getByLabel('Find rooms by name or topic').fill('attic');
  const rows = list(chief, 'Rooms').getByRole('listitem');
  const remove = async (name: string) => {
    await chief.getByRole('button', { name: `Manage ${name}`, exact: true }).press('Enter');
    await chief.getByRole('dialog', { name, exact: true }).getByRole('button', { name: 'Delete the room' }).press('Enter');
    await chief
      .getByRole('dialog', { name: `Delete “${name}”?` })
      .getByRole('button', { name: 'Delete the room' })
      .press('Enter');
    await chief.getByText(`“${name}” is deleted.`).waitFor();
  };
  await expect.poll(() => rows.count()).toBe(2);
  await remove('Attic');
  await expect.poll(() => rows.count()).toBe(1);
  await expect.poll(() => focusedRow(chief, 'Rooms')).toBe(0);
  await remove('Attic two');
  await expect.poll(() => rows.count()).toBe(0);
  await chief.getByText('No room is called that.').waitFor();
  await expect.poll(() => hasFocus(chief)).toBe(true);
});

test('codes to register are told apart, and what is revoked is told', async () => {
  await chief.goto(`${server.url}/admin`);
  const rows = list(chief, 'Invitations to register').getByRole('listitem');
  const make = chief.getByRole('button', { name: 'New code' });
  await make.click();
  await expect.poll(() => rows.count()).toBe(1);
  // Codes that are made in one second are not told apart.
  const madeAt = (await rows.allInnerTexts()).join().match(/\d\d:\d\d:\d\d/)?.[0];
  expect(madeAt).toBeDefined();
  await expect.poll(() => chief.evaluate(() => new Date().toLocaleTimeString('en-GB'))).not.toBe(madeAt);
  await make.click();
  await expect.poll(() => rows.count()).toBe(2);
  const told = await rows.allInnerTexts();
  expect(new Set(told).size).toBe(2);
  const link = await chief.getByLabel('Link to pass on').inputValue();
  expect(told[0]).toContain(`begins with ${link.split('#')[1]?.slice(0, 6)}…`);
  // The server tells codes once: after a reload they are told apart by when they were made.
  await chief.reload();
  await expect.poll(() => rows.count()).toBe(2);
  const [last, first] = await rows.allInnerTexts();
  expect(last).toMatch(/^made .*:\d\d:\d\d\n/);
  expect(last).not.toBe(first);
  expect(await violations(chief)).toEqual([]);
  await rows.first().getByRole('button', { name: 'Revoke' }).press('Enter');
  await chief.getByText('The code is of no use any more.').waitFor();
  await expect.poll(() => rows.count()).toBe(1);
  await expect.poll(() => focusedRow(chief, 'Invitations to register')).toBe(0);
  expect(await rows.allInnerTexts()).toEqual([first]);
  await rows.first().getByRole('button', { name: 'Revoke' }).press('Enter');
  await expect.poll(() => rows.count()).toBe(0);
  await expect.poll(() => hasFocus(chief)).toBe(true);
});

test('a device that is logged out is told of, and the focus stays in the list', async () => {
  const other = await (await newContext(browser)).newPage();
  await other.goto(`${server.url}/login`);
  await other.getByLabel('Username').fill('chief');
  await other.getByLabel('Password').fill(PASSWORD);
  await other.getByRole('button', { name: 'Log in' }).click();
  await other.getByRole('button', { name: 'New room' }).waitFor();
  await chief.goto(`${server.url}/settings`);
  await chief.getByRole('button', { name: 'Log out there' }).press('Enter');
  await chief.getByText('That device is logged out.').waitFor();
  await chief.getByRole('button', { name: 'Log out there' }).waitFor({ state: 'detached' });
  await expect.poll(() => focusedRow(chief, 'Devices')).toBe(0);
  await other.context().close();
});

test('whoever is not blocked any more is told of, also the last one, and the focus is not lost', async () => {
  const tess = await (await newContext(browser)).newPage();
  await register(tess, server.url, 'tess');
  await call('PUT', `/me/blocks/${await idOf(tess)}`);
  await chief.goto(`${server.url}/people`);
  await chief.getByRole('button', { name: 'Unblock' }).press('Enter');
  await chief.getByText('tess is not blocked any more.').waitFor();
  await chief.getByRole('button', { name: 'Unblock' }).waitFor({ state: 'detached' });
  await expect.poll(() => hasFocus(chief)).toBe(true);
  await tess.context().close();
});

test('one comes back to where one was in a list', async () => {
  await chief.goto(server.url);
  await chief.getByRole('link', { name: 'Directory' }).first().click();
  const rows = list(chief, 'Directory').getByRole('listitem');
  await rows.nth(40).scrollIntoViewIfNeeded();
  const place = async () => Math.round((await rows.nth(40).boundingBox())?.y ?? 0);
  const before = await place();
  await rows.nth(40).getByRole('button', { name: 'Open' }).click();
  await box(chief).waitFor();
  await chief.goBack();
  await expect.poll(place).toBe(before);
  // A new visit begins at the top, and one comes back to that, too.
  await chief.goBack();
  await rows.nth(40).waitFor({ state: 'detached' });
  await chief.getByRole('link', { name: 'Directory' }).first().click();
  await rows.nth(40).waitFor();
  expect(await place()).toBeGreaterThan(before);
  await rows.nth(0).getByRole('button', { name: 'Open' }).click();
  await box(chief).waitFor();
  await chief.goBack();
  await rows.nth(40).waitFor();
  expect(await place()).toBeGreaterThan(before);
});

test('one comes back to the rooms that one looked for, also after a reload', async () => {
  await chief.goto(server.url);
  await createRoom(chief, 'Vault');
  await chief.goto(`${server.url}/rooms`);
  const find = chief.getByLabel('Find rooms by name or topic');
  await find.pressSequentially('hall 7');
  await expect.poll(() => list(chief, 'Directory').getByRole('listitem').count()).toBe(1);
  await chief.getByRole('main').getByRole('button', { name: 'Open' }).click();
  await box(chief).waitFor();
  await chief.goBack();
  await expect.poll(() => find.inputValue()).toBe('hall 7');
  await expect.poll(() => list(chief, 'Directory').getByRole('listitem').count()).toBe(1);

  await chief.goto(`${server.url}/admin`);
  await find.pressSequentially('hall 8');
  await chief.getByLabel('Which rooms').selectOption('Private');
  await chief.getByLabel('Find people by name').fill('che');
  await chief.getByRole('button', { name: 'Manage Vault' }).click();
  await chief.getByRole('button', { name: 'Go to the room' }).click();
  await box(chief).waitFor();
  await chief.goBack();
  const shown = async () => [
    await chief.getByLabel('Which rooms').inputValue(),
    await chief.getByLabel('Find people by name').inputValue(),
    new URL(chief.url()).search,
  ];
  const kept = ['private', 'che', '?q=hall+8&kind=private&user=che'];
  await expect.poll(shown).toEqual(kept);
  await chief.reload();
  await expect.poll(shown).toEqual(kept);
  await chief.getByRole('button', { name: 'Manage Vault' }).waitFor();
  await chief.getByLabel('Which rooms').selectOption('Public');
  expect(await find.inputValue()).toBe('hall 8');
  // One visit is one step back, whatever was typed.
  await chief.goBack();
  expect(new URL(chief.url()).pathname).toBe('/rooms');
});
