// What administrators do with accounts, on the page.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { complaints, createRoom, launch, newContext, PASSWORD, register, settled, violations } from './browser.ts';

let browser: Browser;
let server: TestServer;
let chief: Page;
let ann: Page;

beforeAll(async () => {
  [browser, server] = await Promise.all([launch(), TestServer.start('--limits', 'off')]);
  const link = server.log.match(/http\S+\/first-run#\S+/)?.[0];
  chief = await (await newContext(browser)).newPage();
  await chief.goto(link ?? 'no link');
  await chief.getByLabel('Username').fill('chief');
  await chief.getByLabel('Password').fill(PASSWORD);
  await chief.getByRole('button', { name: 'Make the administrator' }).click();
  await chief.getByRole('heading', { name: 'Administration' }).waitFor();
  ann = await (await newContext(browser)).newPage();
  await register(ann, server.url, 'ann');
});

afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

/** Opens what there is to know of a user. */
async function manage(name: string) {
  await chief.goto(`${server.url}/admin`);
  await chief.getByRole('button', { name: `Manage ${name}` }).click();
  const dialog = chief.getByRole('dialog', { name, exact: true });
  await dialog.getByText('Account since').waitFor();
  return dialog;
}

async function confirm(title: string, action: string) {
  const dialog = chief.getByRole('dialog', { name: title });
  await dialog.getByRole('button', { name: action }).click();
  await dialog.waitFor({ state: 'detached' });
}

test('the figures say who is here', async () => {
  const here = chief.locator('dl div', { hasText: 'Users here' }).locator('dd');
  await expect.poll(() => here.textContent(), { timeout: 30_000 }).toBe('2');
});

test('a user is suspended, is not lost from view, and comes back once restored', async () => {
  const dialog = await manage('ann');
  expect(await violations(chief)).toEqual([]);
  await dialog.getByRole('button', { name: 'Suspend' }).click();
  await confirm('Suspend ann?', 'Suspend');
  await dialog.getByText('Suspended · User').waitFor();
  await dialog.getByText('ann is suspended.').waitFor();
  // The focus is at what lifts it.
  await expect.poll(() => chief.evaluate(() => document.activeElement?.textContent)).toBe('Restore');
  // She is logged out at once.
  await ann
    .getByRole('button', { name: 'Log in' })
    .or(ann.getByRole('link', { name: 'Log in' }))
    .first()
    .waitFor();
  await chief.keyboard.press('Escape');
  await chief.getByLabel('Find people by name').fill('ann');
  await chief.getByRole('listitem').filter({ hasText: 'ann' }).getByText('Suspended').waitFor();
  await (await manage('ann')).getByRole('button', { name: 'Restore' }).click();
  await dialog.getByText('Active · User').waitFor();
  await dialog.getByText('ann is not suspended any more.').waitFor();
});

test('whoever has forgotten their password is handed a link', async () => {
  const dialog = await manage('ann');
  await dialog.getByRole('button', { name: 'Link for a new password' }).click();
  const link = await dialog.getByLabel('Link for a new password').inputValue();
  expect(await chief.evaluate(() => document.activeElement?.textContent)).toBe('Link for a new password');
  await ann.goto(link);
  await ann.getByLabel('New password').fill('another horse battery');
  await ann.getByRole('button', { name: 'Set the password' }).click();
  await ann.goto(`${server.url}/login`);
  await ann.getByLabel('Username').fill('ann');
  await ann.getByLabel('Password').fill('another horse battery');
  await ann.getByRole('button', { name: 'Log in' }).click();
  await ann.getByRole('button', { name: 'New room' }).waitFor();
});

test('an announcement goes to everybody once one is sure, and is told to whoever looks elsewhere', async () => {
  await ann.context().grantPermissions(['notifications']);
  await ann.addInitScript(() => {
    const told: string[] = [];
    class Told {
      static permission = 'granted';
      static requestPermission = () => Promise.resolve('granted');
      onclick?: () => void;
      constructor(title: string, options: { body: string }) {
        told.push(`${title}: ${options.body}`);
      }
      close() {}
    }
    Object.assign(globalThis, { Notification: Told, told });
  });
  await ann.goto(`${server.url}/settings`);
  await ann.getByRole('checkbox', { name: 'Notify me of new messages while I am elsewhere' }).check();
  await ann.goto(server.url);
  await ann.getByRole('button', { name: 'New room' }).waitFor();
  await ann.evaluate(() => Object.defineProperty(document, 'hidden', { get: () => true }));

  await chief.goto(`${server.url}/admin`);
  const announce = async (text: string, answer: string) => {
    await chief.getByLabel('The message').fill(text);
    await chief.getByRole('button', { name: 'Send to everybody' }).click();
    const dialog = chief.getByRole('dialog', { name: 'Send this to everybody?' });
    await dialog.waitFor();
    await settled(chief);
    expect(await violations(chief)).toEqual([]);
    await dialog.getByRole('button', { name: answer }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  await announce('a slip', 'Cancel');
  await announce('We close at six', 'Send to everybody');
  await chief.getByText('The announcement is sent.').waitFor();
  const told = () => ann.evaluate(() => (globalThis as unknown as { told: string[] }).told);
  await expect.poll(told).toEqual([expect.stringContaining('We close at six')]);
  await ann.getByRole('link', { name: /We close at six/ }).click();
  await ann.getByRole('log').getByText('We close at six').waitFor();
  expect(await ann.getByText('a slip').count()).toBe(0);
});

test('another one is made an administrator, and is one no more', async () => {
  const dialog = await manage('ann');
  await dialog.getByRole('button', { name: 'Make an administrator' }).click();
  await confirm('Make ann an administrator?', 'Make an administrator');
  await dialog.getByText('Active · Administrator').waitFor();
  await dialog.getByText('ann is an administrator now.').waitFor();
  await dialog.getByRole('button', { name: 'No administrator any more' }).click();
  await confirm('Is ann to be no administrator any more?', 'No administrator any more');
  await dialog.getByText('Active · User').waitFor();
  await dialog.getByText('ann is no administrator any more.').waitFor();
});

test('whoever makes an account is listed without a reload', async () => {
  await chief.goto(`${server.url}/admin`);
  await chief.getByRole('button', { name: 'Manage chief' }).waitFor();
  await chief.getByRole('heading', { name: 'Administration' }).hover();
  const newcomer = await (await newContext(browser)).newPage();
  await register(newcomer, server.url, 'newcomer');
  await chief.getByRole('button', { name: 'Manage newcomer' }).waitFor();
  await newcomer.context().close();
});

test('an administrator looks after rooms, private ones too', async () => {
  const tess = await (await newContext(browser)).newPage();
  await register(tess, server.url, 'tess');
  await createRoom(tess, 'Tea', 'Public');
  const den = await createRoom(tess, 'Den');
  await chief.goto(`${server.url}/admin`);
  const rooms = chief.getByRole('list', { name: 'Rooms' }).getByRole('listitem');
  await rooms.filter({ hasText: 'Tea' }).waitFor();
  expect(await rooms.filter({ hasText: 'Den' }).count()).toBe(0);
  await chief.getByLabel('Find rooms by name or topic').fill('nothing');
  await chief.getByText('No room is called that.').waitFor();
  await chief.getByLabel('Which rooms').selectOption('Private');
  await chief.getByText('Private rooms are listed, and cannot be searched.').waitFor();
  await rooms.filter({ hasText: 'Den' }).getByText('1 member').waitFor();
  await chief.getByRole('button', { name: 'Manage Den' }).click();
  const dialog = chief.getByRole('dialog', { name: 'Den', exact: true });
  await dialog.getByText(den.split('/').pop() ?? '').waitFor();
  const fact = (label: string) => dialog.locator('dl > div', { has: chief.getByText(label, { exact: true }) }).locator('dd');
  await expect.poll(() => fact('Made by').textContent()).toBe('tess');
  expect(await fact('Who may come in').textContent()).toBe('Private');
  expect(await fact('Archived').textContent()).toBe('No');
  await dialog.getByText('You become a member, and appear in the list of members.').waitFor();
  await settled(chief);
  expect(await violations(chief)).toEqual([]);

  await dialog.getByRole('button', { name: 'Archive' }).click();
  await dialog.getByText('The room is archived.').waitFor();
  expect(await fact('Archived').textContent()).toBe('Yes');
  await tess.goto(den);
  await tess.getByText('This room is archived').waitFor();
  await dialog.getByRole('button', { name: 'Take out of the archive' }).click();
  await dialog.getByText('The room is not archived any more.').waitFor();
  await tess.getByLabel('Message Den').waitFor();
  await dialog.getByRole('button', { name: 'Join the room' }).click();
  await chief.getByLabel('Message Den').waitFor();

  await chief.goto(`${server.url}/admin`);
  await chief.getByLabel('Which rooms').selectOption('Private');
  await chief.getByRole('button', { name: 'Manage Den' }).click();
  await dialog.getByRole('button', { name: 'Go to the room', exact: true }).waitFor();
  await dialog.getByRole('button', { name: 'Delete the room' }).click();
  await confirm('Delete “Den”?', 'Delete the room');
  await dialog.waitFor({ state: 'detached' });
  await chief.getByText('There are none.').waitFor();
  await tess.getByText('This room is gone, or you are not in it any more.').waitFor();
});
