import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { box, complaints, createRoom, launch, newContext, register } from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', '--store', 'memory:'), launch()]);
  ann = await (await newContext(browser, { viewport: { width: 390, height: 800 }, hasTouch: true })).newPage();
  await register(ann, server.url, 'ann');
  await createRoom(ann, 'Cellar');
  await box(ann).waitFor();
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const dialog = () => ann.getByRole('dialog', { name: 'Pinned messages' });
const members = () => ann.getByRole('dialog', { name: '1 member' });
async function openPins(): Promise<void> {
  await ann.getByRole('button', { name: 'Actions of the room' }).click();
  await ann.getByRole('menuitem', { name: 'Pinned messages' }).click();
  await dialog().waitFor();
}
/** The browser's history once nothing lies over the page any more. */
const isOnPage = () => expect.poll(() => ann.evaluate(() => (history.state as { depth?: number }).depth ?? 0)).toBe(0);

test('the button "back" closes a dialog and the list of members, and then leaves the room', async () => {
  const room = ann.url();
  await openPins();
  await ann.goBack();
  await dialog().waitFor({ state: 'detached' });
  await ann.getByRole('button', { name: 'Show members' }).click();
  await members().waitFor();
  await ann.goBack();
  await members().waitFor({ state: 'detached' });
  expect(ann.url()).toBe(room);
  await box(ann).waitFor();
  await ann.goBack();
  await expect.poll(() => ann.url()).toBe(`${server.url}/`);
  await ann.goForward();
  await expect.poll(() => ann.url()).toBe(room);
});

test('the button "back" closes a menu of a page that is touched, and what is picked in one leaves nothing behind in the history', async () => {
  const room = ann.url();
  const menu = () => ann.getByRole('menu');
  const open = async () => {
    await ann.getByRole('button', { name: 'Actions of the room' }).click();
    await menu().waitFor();
  };
  await open();
  const before = await ann.evaluate(() => history.length);
  await ann.goBack();
  await menu().waitFor({ state: 'detached' });
  await isOnPage();
  await open();
  await ann.keyboard.press('Escape');
  await menu().waitFor({ state: 'detached' });
  expect([ann.url(), await entries()]).toEqual([room, before]);
  // A view takes the place of the menu.
  await open();
  await ann.getByRole('menuitem', { name: 'Notifications' }).click();
  await expect.poll(() => ann.url()).toBe(`${server.url}/settings#notifications`);
  await ann.goBack();
  await expect.poll(() => ann.url()).toBe(room);
  await box(ann).waitFor();
  await isOnPage();
  await ann.goBack();
  await expect.poll(() => ann.url()).toBe(`${server.url}/`);
  await ann.goForward();
  await expect.poll(() => ann.url()).toBe(room);
});

test('a dialog that is closed in another way leaves nothing behind in the history', async () => {
  const room = ann.url();
  for (let time = 0; time < 2; time += 1) {
    await openPins();
    await ann.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await isOnPage();
  }
  // What is ahead is a dialog that is closed: one stays where one is.
  await ann.goForward();
  await isOnPage();
  expect([ann.url(), await dialog().count()]).toEqual([room, 0]);
  await ann.goBack();
  await expect.poll(() => ann.url()).toBe(`${server.url}/`);
});

test('a dialog from which one goes elsewhere is not come back to', async () => {
  await ann.goto(server.url);
  await ann.getByRole('button', { name: 'Go to a room' }).click();
  await ann.getByRole('option', { name: 'Cellar' }).click();
  await box(ann).waitFor();
  await ann.goBack();
  await expect.poll(() => ann.url()).toBe(`${server.url}/`);
  await isOnPage();
  expect(await ann.getByRole('dialog').count()).toBe(0);
});

/** How many entries the history has, once what was closed has left it. */
const entries = async () => {
  await isOnPage();
  return ann.evaluate(() => history.length);
};

for (const width of [390, 800]) {
  test(`at ${width} px a tap beside the list of members closes it, and nothing of it stays in the history`, async () => {
    await ann.setViewportSize({ width, height: 800 });
    await ann.goto(server.url);
    await ann.getByRole('link', { name: /Cellar/ }).click();
    await box(ann).waitFor();
    const room = ann.url();
    const show = async () => {
      await ann.getByRole('button', { name: 'Show members' }).click();
      await members().waitFor();
    };
    await show();
    const before = await ann.evaluate(() => history.length);
    await ann.mouse.click(20, 400);
    await members().waitFor({ state: 'detached' });
    expect(ann.url()).toBe(room);
    expect(await entries()).toBe(before);
    // The ways beside the list are no ways out of it, which would leave its entry behind.
    await show();
    await ann.keyboard.press('Control+k');
    for (let times = 0; times < 12; times += 1) await ann.keyboard.press('Tab');
    expect(await ann.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null)).toBe(
      true,
    );
    expect(await ann.getByRole('dialog').count()).toBe(1);
    await ann.keyboard.press('Escape');
    await members().waitFor({ state: 'detached' });
    await isOnPage();
    await ann.goBack();
    await expect.poll(() => ann.url()).toBe(`${server.url}/`);
  });
}
