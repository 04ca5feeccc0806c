// Where the focus is, and what a finger can do: whoever has no pointer is never lost.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { ask, box, complaints, createRoom, launch, message, newContext, press, register, said, say } from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;
let room: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off'), launch()]);
  ann = await (await newContext(browser)).newPage();
  await register(ann, server.url, 'ann');
  room = await createRoom(ann, 'Focus');
  await say(ann, 'look here');
  await say(ann, 'not for long');
  await message(ann, 'not for long').waitFor();
});
beforeEach(async () => {
  await ann.goto(room);
  await message(ann, 'look here').waitFor();
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const focused = (page: Page) =>
  page.evaluate(() => {
    const label = (element: Element | null) => element?.getAttribute('aria-label') || element?.textContent || element?.tagName;
    const element = document.activeElement;
    const field = (element as HTMLInputElement | null)?.labels?.[0];
    return field ? field.textContent : label(element);
  });

/** The text of the message with the focus in it. */
const focusedMessage = (page: Page) => page.evaluate(() => document.activeElement?.closest('article')?.textContent ?? '');

test('a dialog begins at its first control, and one that asks, at what changes nothing', async () => {
  await ann.getByRole('button', { name: 'New room' }).click();
  await ann.getByRole('dialog').waitFor();
  await expect.poll(() => focused(ann)).toBe('Name of the room');
  await ann.keyboard.press('Escape');
  await expect.poll(() => focused(ann)).toBe('New room');
  await ann.getByRole('button', { name: 'Actions of the room' }).click();
  await ann.getByRole('menuitem', { name: 'Leave the room' }).click();
  await ann.getByRole('dialog').waitFor();
  await expect.poll(() => focused(ann)).toBe('Cancel');
  await ann.keyboard.press('Escape');
});

test('what one types before the dialog for another room is there goes into it', async () => {
  // What a service worker has kept would come at once.
  const zoe = await (await newContext(browser, { serviceWorkers: 'block' })).newPage();
  await register(zoe, server.url, 'zoe');
  await createRoom(zoe, 'Zebra');
  await createRoom(zoe, 'Quagga');
  let come = () => {};
  const isAsked = new Promise<void>((asked) => {
    void zoe.route(/QuickSwitch/, (route) => {
      come = () => void route.continue();
      asked();
    });
  });
  await box(zoe).focus();
  await zoe.keyboard.press('Control+k');
  await isAsked;
  await zoe.keyboard.type('zex');
  await zoe.keyboard.press('Backspace');
  come();
  await expect.poll(() => zoe.getByRole('combobox').inputValue()).toBe('ze');
  await zoe.keyboard.type('b');
  await expect.poll(() => zoe.getByRole('option').allInnerTexts()).toEqual(['Zebra']);
  expect(await box(zoe).inputValue()).toBe('');
  await zoe.keyboard.press('Enter');
  await zoe.getByRole('heading', { name: 'Zebra', level: 1 }).waitFor();
  await zoe.context().close();
});

test('what was asked for without a connection is not done any more once its dialog is closed', async () => {
  await say(ann, 'stays');
  await expect.poll(() => said(ann)).toContain('stays');
  await server.kill();
  await press(ann, 'stays', 'More');
  await ann.getByRole('menuitem', { name: 'Delete' }).click();
  await ann.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await ann.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await server.start();
  await say(ann, 'sent after it');
  await expect.poll(() => said(ann)).toContain('sent after it');
  expect(await said(ann)).toContain('stays');
});

test('what asks before a message is deleted shows, also while the pointer lies on another message', async () => {
  for (const text of ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']) await say(ann, `row ${text}`);
  await press(ann, 'row one', 'More for');
  await ann.getByRole('menuitem', { name: 'Delete' }).click();
  const size = await ann.getByRole('dialog', { name: 'Delete this message?' }).boundingBox();
  expect(size?.height).toBeGreaterThan(100);
  await ann.keyboard.press('Escape');
  await expect.poll(() => ann.locator('dialog[open]').count()).toBe(0);
});

test('a dialog of a menu gives the focus back to the button of the menu, also to whoever clicked', async () => {
  await ann.getByRole('button', { name: 'Actions of the room' }).click();
  await ann.getByRole('menuitem', { name: 'Leave the room' }).click();
  await ann.getByRole('dialog').waitFor();
  await ann.keyboard.press('Escape');
  await expect.poll(() => focused(ann)).toBe('Actions of the room');
});

test('Escape closes the dialog that lies over another, and not both', async () => {
  await ann.getByRole('button', { name: 'Actions of the room' }).click();
  await ann.getByRole('menuitem', { name: 'Room settings' }).click();
  await ann.getByRole('button', { name: /^Delete/ }).click();
  const dialogs = ann.locator('dialog[open]');
  await expect.poll(() => dialogs.count()).toBe(2);
  await ann.keyboard.press('Escape');
  await expect.poll(() => dialogs.count()).toBe(1);
  await ann.keyboard.press('Escape');
  await expect.poll(() => dialogs.count()).toBe(0);
});

test('a button that has been busy has the focus still', async () => {
  await ann.getByRole('button', { name: 'Actions of the room' }).click();
  await ann.getByRole('menuitem', { name: 'Invite people' }).click();
  await ann.getByRole('button', { name: 'New link' }).click();
  await ann.getByRole('textbox', { name: 'Link to pass on' }).waitFor();
  await expect.poll(() => focused(ann)).toBe('New link');
  await ann.keyboard.press('Escape');
});

test('a message has the focus again once it has a reaction, or is deleted', async () => {
  await press(ann, 'look here', 'React');
  await ann.getByRole('button', { name: 'rocket' }).click();
  await message(ann, 'look here').getByRole('button', { name: '🚀 1' }).waitFor();
  await ann.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(() => focusedMessage(ann)).toContain('look here');
  await press(ann, 'not for long', 'More for');
  await ann.getByRole('menuitem', { name: 'Delete' }).click();
  await ann.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await ann.getByText('This message was deleted.').waitFor();
  await ann.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(() => focusedMessage(ann)).toContain('This message was deleted.');
});

test('a dialog about a message outlives its row, and is about the same message still', async () => {
  const flood = await createRoom(ann, 'Flood', 'Public');
  const ben = await (await newContext(browser)).newPage();
  await register(ben, server.url, 'ben');
  await ben.goto(flood);
  await ben.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
  await box(ben).waitFor();
  let told = 0;
  /** Has so many messages come in that the row of an older one is not in the document any more. */
  const flooded = async (text: string) => {
    for (let count = 0; count < 80; count += 1) await ask(ben, flood, 'POST', '/messages', { message: `flood ${++told}.` });
    await message(ann, `flood ${told}.`).waitFor();
    await message(ann, text).waitFor({ state: 'detached' });
  };
  /** The message is there, with a seq of its own. */
  const sent = async (text: string) => {
    await say(ann, text);
    await message(ann, text).and(ann.locator('[data-seq]')).waitFor();
    return Number(await message(ann, text).getAttribute('data-seq'));
  };
  const open = async (text: string, item: string) => {
    await press(ann, text, 'More for');
    await ann.getByRole('menuitem', { name: item }).click();
  };

  const seq = await sent('a slip');
  const question = ann.getByRole('dialog', { name: 'Delete this message?' });
  await open('a slip', 'Delete');
  await question.waitFor();
  await flooded('a slip');
  expect(await question.isVisible()).toBe(true);
  await question.getByRole('button', { name: 'Delete' }).click();
  await question.waitFor({ state: 'detached' });
  const gone = async () => {
    const { messages } = (await ask(ann, flood, 'GET', '/messages?limit=100')) as { messages: { seq: number; deletedAt?: string }[] };
    return messages.filter(({ deletedAt }) => deletedAt).map((each) => each.seq);
  };
  expect(await gone()).toEqual([seq]);
  // The message is not there to have the focus: what it lies in has it.
  await expect.poll(() => focused(ann)).toBe('Messages in Flood');

  const edited = await sent('first thoughts');
  await ask(ann, flood, 'PATCH', `/messages/${edited}`, { message: 'second thoughts' });
  await message(ann, 'second thoughts').waitFor();
  const texts = ann.getByRole('dialog', { name: 'Earlier texts' });
  await open('second thoughts', 'Earlier texts');
  await texts.getByText('first thoughts').waitFor();
  await flooded('second thoughts');
  expect(await texts.getByText('first thoughts').isVisible()).toBe(true);
  await ann.keyboard.press('Escape');
  await texts.waitFor({ state: 'detached' });
  await expect.poll(() => focused(ann)).toBe('Messages in Flood');
  await ben.context().close();
});

test('a dialog about a message leaves an answer that was begun', async () => {
  await press(ann, 'look here', 'Reply');
  await box(ann).fill('an answer');
  await press(ann, 'look here', 'More for');
  await ann.getByRole('menuitem', { name: 'Delete' }).click();
  await ann.getByRole('dialog', { name: 'Delete this message?' }).waitFor();
  await ann.keyboard.press('Escape');
  await ann.getByRole('dialog').waitFor({ state: 'detached' });
  await ann.getByText('Answering ann').waitFor();
  expect(await box(ann).inputValue()).toBe('an answer');
  await box(ann).fill('');
});

test('the box has the focus once somebody has picked to answer, or to edit', async () => {
  for (const item of ['Reply', 'Edit']) {
    await press(ann, 'look here', 'More for');
    await ann.getByRole('menuitem', { name: item }).press('Enter');
    await ann.getByRole('menu').waitFor({ state: 'detached' });
    await expect.poll(() => focused(ann)).toBe('Message Focus');
    await ann.keyboard.press('Escape');
  }
});

test('a finger taps a message, and reacts to it with any emoji', async () => {
  const phone = await newContext(browser, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const page = await phone.newPage();
  await register(page, server.url, 'tim');
  await createRoom(page, 'Thumbs');
  await page.getByRole('textbox', { name: 'Message Thumbs' }).fill('tap me');
  await page.getByRole('button', { name: 'Send' }).tap();
  const react = message(page, 'tap me').getByRole('button', { name: 'React' });
  await message(page, 'tap me').waitFor();
  expect(await react.isVisible()).toBe(false);
  await message(page, 'tap me').locator('p', { hasText: 'tap me' }).tap();
  await react.tap();
  await page.getByRole('button', { name: 'rainbow', exact: true }).tap();
  await message(page, 'tap me').getByRole('button', { name: '🌈 1' }).waitFor();
  await phone.close();
});

test('a guest who wants more finds the way to an account', async () => {
  const guest = await (await newContext(browser)).newPage();
  await guest.goto(server.url);
  await guest.getByLabel('Your name').fill('Gast');
  await guest.getByRole('button', { name: 'Come in' }).click();
  await guest.getByRole('heading', { name: 'Welcome' }).waitFor();
  await guest.getByRole('button', { name: 'Make a room' }).click();
  await guest.getByRole('dialog', { name: 'New room' }).waitFor();
  await guest.keyboard.press('Escape');
  await guest.goto(`${server.url}/people`);
  await guest.getByRole('button', { name: 'Make an account' }).click();
  await expect.poll(() => new URL(guest.url()).pathname).toBe('/register');
  await guest.getByLabel('Password').fill('correct horse battery');
  await guest.getByLabel('Username').fill('gast');
  await guest.getByRole('button', { name: 'Make an account' }).click();
  await guest.getByRole('heading', { name: 'Welcome' }).waitFor();
  await guest.context().close();
});
