// Links that are good once, or lead where one is already.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { box, complaints, createRoom, launch, newContext, PASSWORD, register } from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', '--store', 'memory:'), launch()]);
  ann = await (await newContext(browser, { permissions: ['clipboard-read', 'clipboard-write'] })).newPage();
  await register(ann, server.url, 'ann');
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

test('a link that was used leads on to the log-in, or to one’s rooms', async () => {
  const stranger = await (await newContext(browser)).newPage();
  for (const [path, action] of [
    ['first-run', 'Make the administrator'],
    ['reset-password', 'Set the password'],
  ] as const) {
    await stranger.goto(`${server.url}/${path}#used-long-ago`);
    if (path === 'first-run') await stranger.getByLabel('Username').fill('zed');
    await stranger.getByLabel(/assword/).fill(PASSWORD);
    await stranger.getByRole('button', { name: action }).click();
    await stranger.getByText('This link was used, or has expired.').waitFor();
    expect(await stranger.getByLabel(/assword/).count()).toBe(0);
    await stranger.getByRole('link', { name: 'Back to logging in' }).click();
    await stranger.getByRole('tab', { name: 'Log in', selected: true }).waitFor();
  }
  await ann.goto(`${server.url}/first-run#used-long-ago`);
  await ann.getByText('You are logged in as ann.').waitFor();
  await ann.getByRole('link', { name: 'To your rooms' }).click();
  await ann.getByRole('button', { name: 'New room' }).waitFor();
});

test('an invitation link is copied again later, told apart from others, and leads who is in the room into it', async () => {
  const room = await createRoom(ann, 'Cellar');
  const open = () => ann.getByRole('log').getByRole('button', { name: 'Invite people' }).click();
  await open();
  await ann.getByRole('button', { name: 'New link' }).click();
  const field = ann.getByRole('textbox', { name: 'Link to pass on' });
  const link = await field.inputValue();
  await ann.getByRole('button', { name: 'New link' }).click();
  await expect.poll(() => field.inputValue()).not.toBe(link);
  await ann.keyboard.press('Escape');
  await open();
  const code = link.split('/').at(-1) ?? '';
  // The end of a code is the room's.
  const mine = ann
    .getByRole('dialog')
    .getByRole('listitem')
    .filter({ hasText: `begins with ${code.slice(0, 6)}…` });
  await mine.waitFor();
  expect(await mine.count()).toBe(1);
  await mine.getByRole('button', { name: 'Copy the link' }).click();
  await ann.getByRole('button', { name: 'Copied' }).waitFor();
  expect(await ann.evaluate(() => navigator.clipboard.readText())).toBe(link);
  expect(await field.inputValue()).toBe(link);
  await ann.goto(link);
  await box(ann).waitFor();
  expect(ann.url()).toBe(room);
});

test('the device that one uses is there now', async () => {
  await ann.goto(`${server.url}/settings`);
  await ann.getByText('this device, now').waitFor();
});
