// What the page says beside what one does: of passwords, of names, and where things are.

import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { box, complaints, createRoom, idOf, launch, letIn, newContext, register, say, settled, violations } from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;

const newPage = async (locale = 'en-GB') => (await newContext(browser, { locale, permissions: ['notifications'] })).newPage();

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', '--store', 'memory:'), launch()]);
  ann = await newPage();
  await register(ann, server.url, 'ann');
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

test('whoever registers is told that a password is weak, and that a name is not available', async () => {
  const page = await newPage();
  await page.goto(`${server.url}/register`);
  await page.getByLabel('Username').fill('Marlene');
  const password = page.getByLabel('Password');
  for (const [text, hint] of [
    ['12345678', 'a few letters over and over, or in a row'],
    ['marlene1999', 'your name is in it'],
    ['Password1', 'many have one like it'],
    ['k3kx0q2d', 'rather short'],
  ] as const) {
    await password.fill(text);
    await page.getByRole('status').getByText(hint).waitFor();
  }
  await settled(page);
  expect(await violations(page)).toEqual([]);
  await password.fill('correct horse battery');
  await expect.poll(() => page.getByText('rather short').count()).toBe(0);
  for (const name of ['admin', 'ann']) {
    await page.getByLabel('Username').fill(name);
    await page.getByRole('button', { name: 'Make an account' }).click();
    await page.getByRole('alert').getByText('This name is not available').waitFor();
    await page.getByLabel('Username').fill('');
    await page.getByLabel('Username').fill('x'.repeat(3));
  }
  // It is a hint: what the server takes is taken.
  await page.getByLabel('Username').fill('Marlene');
  await password.fill('12345678');
  await page.getByRole('button', { name: 'Make an account' }).click();
  await page.getByRole('button', { name: 'New room' }).waitFor();
  await page.goto(`${server.url}/settings`);
  await page.getByLabel('New password').fill('marlene1999');
  await page.getByText('your name is in it').waitFor();
  await page.context().close();
});

test('the settings say what a name may be and that it is saved, in sight of whoever has a phone, and show it as it is kept', async () => {
  const page = await (await newContext(browser, { viewport: { width: 360, height: 640 } })).newPage();
  await register(page, server.url, 'Karl');
  await page.goto(`${server.url}/settings`);
  const name = page.getByLabel('Username');
  const save = page.getByRole('button', { name: 'Save' });
  const isInSight = (what: Locator) =>
    expect.poll(() => what.evaluate((element) => element.getBoundingClientRect().bottom - innerHeight)).toBeLessThanOrEqual(0);
  await name.fill('Karl Otto');
  await save.click();
  await isInSight(page.getByRole('alert').getByText(/without spaces/));
  await name.fill('  Karl.Otto  ');
  await save.click();
  await isInSight(page.getByText(/^Saved/));
  expect(await name.inputValue()).toBe('Karl.Otto');
  await name.fill('Karl.Otto ');
  await expect.poll(() => page.getByText(/^Saved/).count()).toBe(0);
  await save.click();
  await isInSight(page.getByText(/^Saved/));
  expect(await name.inputValue()).toBe('Karl.Otto');
  await page.context().close();
});

test('in German, too', async () => {
  const page = await newPage('de-DE');
  await page.goto(`${server.url}/register`);
  await page.getByLabel('Benutzername').fill('root');
  await page.getByLabel('Passwort').fill('12345678');
  await page.getByText('Das ist leicht zu erraten').waitFor();
  await page.getByRole('button', { name: 'Konto anlegen' }).click();
  await page.getByText('Dieser Name ist nicht zu haben').waitFor();
  await page.context().close();
});

test('one finds notifications in the settings under their own name, and from a room', async () => {
  await createRoom(ann, 'Bells', 'Public');
  await box(ann).waitFor();
  await ann.getByRole('button', { name: 'Actions of the room' }).click();
  await ann.getByRole('menuitem', { name: 'Notifications' }).click();
  await ann.getByRole('heading', { name: 'Notifications' }).waitFor();
  const check = ann.getByRole('checkbox', { name: /^Notify me/ });
  await expect.poll(() => check.evaluate((element) => element === document.activeElement)).toBe(true);
  await check.press('Space');
  await expect.poll(() => check.isChecked()).toBe(true);
  await ann.reload();
  await expect.poll(() => check.isChecked()).toBe(true);
});

test('a room can be kept from notifying one of more than mentions, and its row says so', async () => {
  const cas = await newPage();
  await cas.addInitScript(() => {
    const told: string[] = [];
    class Told {
      static permission = 'granted';
      static requestPermission = async () => 'granted';
      constructor(title: string, { body }: { body: string }) {
        told.push(`${title}: ${body}`);
      }
    }
    Object.assign(globalThis, { told, Notification: Told });
    Object.defineProperty(document, 'hidden', { get: () => 'isAway' in globalThis });
  });
  await register(cas, server.url, 'cas');
  await cas.goto(`${server.url}/settings#notifications`);
  await cas.getByRole('checkbox', { name: /^Notify me/ }).check();
  const room = await createRoom(ann, 'Loud', 'Public');
  await cas.goto(room);
  await cas.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
  await box(cas).waitFor();
  const pick = async (item: string) => {
    await cas.getByRole('button', { name: 'Actions of the room' }).click();
    await cas.getByRole('menuitem', { name: item }).click();
  };
  const row = () => cas.getByRole('link', { name: /^Loud/ }).getByText('Only notify me of mentions');
  await pick('Only notify me of mentions');
  await row().waitFor({ state: 'attached' });
  await cas.evaluate(() => Object.assign(globalThis, { isAway: true }));
  for (const text of ['not this', 'but this, @cas']) await say(ann, text);
  const told = () => cas.evaluate(() => (globalThis as unknown as { told: string[] }).told);
  await expect.poll(told).toEqual(['ann · Loud: but this, @cas']);
  await pick('Notify me of all messages');
  await expect.poll(() => row().count()).toBe(0);
  await say(ann, 'and this');
  await expect.poll(told).toEqual(['ann · Loud: but this, @cas', 'ann · Loud: and this']);
  await settled(cas);
  expect(await violations(cas)).toEqual([]);
  await cas.context().close();
});

test('what a moderator may do with a member has a picture for each kind', async () => {
  const ben = await newPage();
  await register(ben, server.url, 'ben');
  const room = await createRoom(ann, 'Pictures', 'Public');
  await letIn(ann, room, await idOf(ben)).catch(() => undefined);
  await ben.goto(room);
  await ben.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
  await box(ben).waitFor();
  await ann.getByRole('button', { name: 'Actions for ben' }).click();
  const items = ann.getByRole('menuitem');
  await items.first().waitFor();
  const pictures = await items.evaluateAll((all) => all.map((item) => [item.textContent, item.querySelector('path')?.getAttribute('d')]));
  const drawn = pictures.filter(([label]) => label !== 'Mute for good').map(([, path]) => path);
  expect(drawn.length).toBeGreaterThan(6);
  expect(new Set(drawn).size).toBe(drawn.length);
  await ann.keyboard.press('Escape');
  await ben.context().close();
});
