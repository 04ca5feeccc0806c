import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { box, complaints, createRoom, idOf, launch, letIn, message, newContext, PASSWORD, press, register, said, say } from './browser.ts';

let server: TestServer;
let browser: Browser;
let contexts: BrowserContext[];
let ann: Page;
let ben: Page;
let room: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off'), launch()]);
  contexts = [await newContext(browser), await newContext(browser)];
  [ann, ben] = (await Promise.all(contexts.map((context) => context.newPage()))) as [Page, Page];
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

/** Waits until a page shows these messages, in this order, each once. */
async function shows(page: Page, wanted: string[]): Promise<void> {
  const start = wanted[0] as string;
  await expect.poll(async () => (await said(page)).filter((text) => wanted.includes(text)), { message: `from ${start}` }).toEqual(wanted);
}

test('two register, one makes a private room and invites the other by a link, and they talk', async () => {
  await register(ann, server.url, 'ann');
  await register(ben, server.url, 'ben');
  room = await createRoom(ann, 'Secret garden');
  await ben.goto(room);
  await ben.getByText('There is no such room').waitFor();

  await ann.getByRole('button', { name: 'Actions of the room' }).click();
  await ann.getByRole('menuitem', { name: 'Invite people' }).click();
  await ann.getByRole('button', { name: 'New link' }).click();
  const link = await ann.getByRole('textbox', { name: 'Link to pass on' }).inputValue();
  await ann.keyboard.press('Escape');
  await ben.goto(link);
  await ben.getByText('to “Secret garden”').waitFor();
  await ben.getByRole('button', { name: 'Join the room' }).click();
  await box(ben).waitFor();

  await say(ann, 'Hello Ben');
  await shows(ben, ['Hello Ben']);
  await say(ben, 'Hello Ann');
  await shows(ann, ['Hello Ben', 'Hello Ann']);
});

test('one sees the other write, react, answer, edit and delete', async () => {
  // It is shown for a while only, so one goes on writing until it is seen.
  const isWriting = () => ann.getByText('ben is writing…').count();
  await expect.poll(() => box(ben).press('x').then(isWriting)).toBeGreaterThan(0);
  await box(ben).fill('');
  await press(ben, 'Hello Ben', 'React');
  await ben.getByRole('button', { name: 'party popper' }).first().click();
  await ann.getByRole('button', { name: '🎉 1, by ben' }).waitFor();
  await press(ben, 'Hello Ben', 'Reply');
  await say(ben, 'an answer');
  for (const page of [ann, ben]) await message(page, 'an answer').getByText('Answer to ann').waitFor({ state: 'attached' });
  await box(ben).press('ArrowUp');
  await expect.poll(() => box(ben).inputValue()).toBe('an answer');
  await say(ben, 'a better answer');
  await message(ann, 'a better answer').getByText('edited').waitFor();
  await press(ben, 'a better answer', 'More for');
  await ben.getByRole('menuitem', { name: 'Delete' }).click();
  await ben.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await ann.getByText('This message was deleted.').waitFor();
});

test('the text of an edit that is refused is there to be bettered', async () => {
  await say(ben, 'first thoughts');
  await message(ann, 'first thoughts').waitFor();
  await box(ben).fill('a draft');
  await press(ben, 'first thoughts', 'More for');
  await ben.getByRole('menuitem', { name: 'Edit' }).click();
  // Nothing of it can be seen, which the server does not take.
  await say(ben, '\u2060');
  await ben.getByText('Editing your message').waitFor();
  await expect.poll(() => box(ben).inputValue()).toBe('\u2060');
  await say(ben, 'second thoughts');
  await message(ann, 'second thoughts').getByText('edited').waitFor();
  await expect.poll(() => box(ben).inputValue()).toBe('a draft');
  await box(ben).fill('');
});

test('where there is nothing the page says so', async () => {
  const answer = await ben.goto(`${server.url}/nowhere/at/all`);
  await ben.getByRole('heading', { name: 'There is nothing here' }).waitFor();
  expect(answer?.status()).toBe(404);
  await ben.goto(room);
  await box(ben).waitFor();
});

test('what comes in where one looks is counted as unread at no moment', async () => {
  await ann.evaluate(() => {
    const titles: string[] = [];
    Object.assign(globalThis, { titles });
    const note = () => titles.push(document.title);
    new MutationObserver(note).observe(document.head, { childList: true, subtree: true, characterData: true });
  });
  for (const text of ['look', 'and look', 'and look again']) await say(ben, text);
  await message(ann, 'and look again').waitFor();
  expect(await ann.evaluate(() => (globalThis as unknown as { titles: string[] }).titles)).toEqual([]);
});

test('whoever is named after an @ is mentioned', async () => {
  await box(ann).pressSequentially('Do you see this, @b');
  await ann.getByRole('option', { name: 'ben' }).waitFor();
  await box(ann).press('Enter');
  await expect.poll(() => box(ann).inputValue()).toBe('Do you see this, @ben ');
  await ben.goto(server.url);
  await ben.getByRole('link', { name: /Secret garden/ }).waitFor();
  await box(ann).press('Enter');
  await ben.getByText('1 mention').waitFor({ state: 'attached' });
  await ben.getByText('1 unread message').waitFor({ state: 'attached' });
  await expect.poll(() => ben.title()).toMatch(/^\(1\) /);
  await ben.getByRole('link', { name: /Secret garden/ }).click();
  await ben.getByText('New', { exact: true }).waitFor();
  await expect.poll(() => ben.title()).not.toMatch(/^\(/);
});

test('whoever moderates a room mentions everybody in it by @room', async () => {
  await box(ben).pressSequentially('Hello, @roo');
  await expect.poll(() => box(ben).inputValue()).toBe('Hello, @roo');
  expect(await ben.getByRole('option').count(), 'a member is offered no such thing').toBe(0);
  await box(ben).fill('');
  await ben.goto(server.url);
  await ben.getByRole('link', { name: /Secret garden/ }).waitFor();
  await box(ann).pressSequentially('Tea is ready, @ro');
  await ann.getByRole('option', { name: /everyone in the room/ }).waitFor();
  await box(ann).press('Enter');
  await expect.poll(() => box(ann).inputValue()).toBe('Tea is ready, @room ');
  await box(ann).press('Enter');
  await ben.getByText('1 mention').waitFor({ state: 'attached' });
  await ben.getByRole('link', { name: /Secret garden/ }).click();
  await shows(ben, ['Tea is ready, @room']);
});

test('an Enter that ends a composition does not send', async () => {
  const devtools = await ann.context().newCDPSession(ann);
  await box(ann).focus();
  await devtools.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
  await expect.poll(() => box(ann).inputValue()).toBe('にほん');
  await devtools.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', windowsVirtualKeyCode: 229, key: 'Enter', code: 'Enter' });
  await devtools.send('Input.insertText', { text: '日本' });
  await expect.poll(() => box(ann).inputValue()).toBe('日本');
  await box(ann).press('Enter');
  await shows(ben, ['日本']);
  expect(await said(ann)).not.toContain('にほん');
});

test('what is written offline survives a reload, and comes once and in order', async () => {
  const wanted = ['offline one', 'offline two', 'offline three'];
  await contexts[0]?.setOffline(true);
  await ann.getByText('You are offline.').first().waitFor({ state: 'attached' });
  for (const text of wanted) await say(ann, text);
  await message(ann, 'offline three').getByText('Goes out when you are online').waitFor();
  // Without a service worker there is no way to the page either, until there is one again.
  await ann.reload().catch(() => undefined);
  await contexts[0]?.setOffline(false);
  await ann.goto(room);
  await shows(ben, wanted);
  await shows(ann, wanted);
});

test('what fifty messages the other wrote meanwhile are all there, in order', async () => {
  await contexts[0]?.setOffline(true);
  await ann.getByText('You are offline.').first().waitFor({ state: 'attached' });
  const wanted = Array.from({ length: 50 }, (_, index) => `meanwhile ${index}`);
  for (const text of wanted) await say(ben, text);
  await shows(ben, wanted.slice(-1));
  await contexts[0]?.setOffline(false);
  // Only what is looked at is in the document, so the history is walked through from the end.
  await message(ann, 'meanwhile 49').waitFor();
  const seen: string[] = [];
  for (let step = 0; step < 60 && !seen.includes('meanwhile 0'); step += 1) {
    for (const text of (await said(ann)).reverse()) if (/^meanwhile \d+$/.test(text) && !seen.includes(text)) seen.push(text);
    await ann.getByRole('log').evaluate((log) => log.scrollBy(0, -250));
    await ann.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }
  const order = (text: string) => Number(text.split(' ')[1]);
  expect(seen.sort((a, b) => order(a) - order(b))).toEqual(wanted);
  await ann.getByRole('button', { name: /newest|new message/ }).click();
});

test('a machine that slept for ten minutes has what was said meanwhile, in order', async () => {
  const context = await newContext(browser);
  const carl = await context.newPage();
  await carl.clock.install();
  await register(carl, server.url, 'carl');
  await letIn(ann, room, await idOf(carl));
  await carl.goto(room);
  await carl.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
  await box(carl).waitFor();
  await context.setOffline(true);
  const wanted = Array.from({ length: 6 }, (_, index) => `asleep ${index}`);
  for (const text of wanted) await say(ben, text);
  await shows(ben, wanted);
  await carl.clock.fastForward('10:00');
  await context.setOffline(false);
  await shows(carl, wanted);
  await context.close();
});

test('a server that is killed and started again loses nothing and doubles nothing', async () => {
  await say(ann, 'before the end');
  await shows(ben, ['before the end']);
  await server.kill();
  await say(ann, 'into the dark');
  await ann.getByRole('button', { name: 'Try now' }).waitFor();
  await server.start();
  // The page comes back by itself, too, and the button is gone then.
  await ann
    .getByRole('button', { name: 'Try now' })
    .click({ timeout: 5_000 })
    .catch(() => undefined);
  await shows(ben, ['before the end', 'into the dark']);
  await shows(ann, ['before the end', 'into the dark']);
});

test('two tabs of one user agree, and each message is there once', async () => {
  const second = await contexts[0]?.newPage();
  if (!second) throw new Error('there is a context');
  await second.goto(room);
  await shows(second, ['into the dark']);
  await say(second, 'from the second tab');
  await say(ann, 'from the first tab');
  const both = ['from the second tab', 'from the first tab'];
  for (const page of [ann, second, ben]) {
    await expect.poll(async () => (await said(page)).filter((text) => both.includes(text)).sort()).toEqual([...both].sort());
  }
  await second.close();
});

test('one writes to another alone, who finds it in their list under the name of the writer', async () => {
  await ann.getByRole('button', { name: 'Actions for ben' }).click();
  await ann.getByRole('menuitem', { name: 'Write to them' }).click();
  await ann.getByRole('heading', { name: 'ben', level: 1 }).waitFor();
  await say(ann, 'between us');
  const link = ben.getByRole('navigation', { name: 'Your rooms' }).getByRole('link', { name: /^ann/ });
  await link.filter({ hasText: 'between us' }).waitFor();
  await link.click();
  await shows(ben, ['between us']);
  await say(ben, 'indeed');
  await shows(ann, ['between us', 'indeed']);
  for (const page of [ann, ben]) await page.goto(room);
});

test('a moderator removes a member, who is told', async () => {
  await ann.getByRole('button', { name: 'Actions for ben' }).click();
  await ann.getByRole('menuitem', { name: 'Remove from the room' }).click();
  await ann.getByRole('button', { name: 'Remove from the room' }).click();
  await ben.getByText('ann removed you from this room.').waitFor();
  // The room is private: without another invitation there is no way back.
  expect(await ben.getByRole('button', { name: 'Join', exact: true }).count()).toBe(0);
});

test('whoever is banned from a public room is told, and cannot join again', async () => {
  const open = await createRoom(ann, 'Market place', 'Public');
  await ben.goto(open);
  await ben.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
  await box(ben).waitFor();
  await ann.getByRole('button', { name: 'Actions for ben' }).click();
  await ann.getByRole('menuitem', { name: 'Ban from the room' }).click();
  await ann.getByRole('button', { name: 'Ban from the room' }).click();
  await ben.getByText('ann banned you from this room.').waitFor();
  expect(await ben.getByRole('button', { name: 'Join', exact: true }).count()).toBe(0);
  // The dialog's entry of the browser's history is left a moment after the dialog.
  await ann.waitForFunction(() => !(history.state as { depth?: number } | null)?.depth);
  await ann.goto(room);
});

test('whoever logs out everywhere is out on all devices', async () => {
  const context = await newContext(browser);
  const phone = await context.newPage();
  await phone.goto(`${server.url}/login`);
  await phone.getByLabel('Username').fill('ben');
  await phone.getByLabel('Password').fill(PASSWORD);
  await phone.getByRole('button', { name: 'Log in' }).click();
  await phone.getByRole('button', { name: 'New room' }).waitFor();
  await phone.goto(`${server.url}/settings`);
  await phone.getByRole('button', { name: 'Log out everywhere' }).click();
  const sure = phone.getByRole('dialog', { name: 'Log out on all your devices?' });
  await sure.getByRole('button', { name: 'Log out everywhere' }).click();
  for (const page of [phone, ben]) await page.getByRole('tab', { name: 'Log in' }).waitFor();
  await context.close();
  await ben.goto(`${server.url}/login`);
  await ben.getByLabel('Username').fill('ben');
  await ben.getByLabel('Password').fill(PASSWORD);
  await ben.getByRole('button', { name: 'Log in' }).click();
  await ben.getByRole('button', { name: 'New room' }).waitFor();
});

test('whoever logs out is out, and comes in again as the same', async () => {
  await ben.goto(`${server.url}/settings`);
  await ben.getByRole('button', { name: 'Log out', exact: true }).click();
  await ben.getByRole('tab', { name: 'Log in' }).waitFor();
  await ben.getByRole('tab', { name: 'Log in' }).click();
  await ben.getByLabel('Password').fill('wrong horse battery');
  await ben.getByRole('button', { name: 'Log in' }).click();
  await ben.getByText('The name or the password is not right.').waitFor();
  await ben.getByLabel('Password').fill('correct horse battery');
  await ben.getByRole('button', { name: 'Log in' }).click();
  await ben.getByRole('button', { name: 'New room' }).waitFor();
});

test('the link of the first start makes the administrator, once', async () => {
  // The server was started twice, and each time it makes another link.
  const link = [...server.log.matchAll(/http\S+\/first-run#\S+/g)].at(-1)?.[0];
  const chief = await (await newContext(browser)).newPage();
  await chief.goto(link ?? 'no link');
  await chief.getByLabel('Username').fill('chief');
  await chief.getByLabel('Password').fill('correct horse battery');
  await chief.getByRole('button', { name: 'Make the administrator' }).click();
  await chief.getByRole('heading', { name: 'Administration' }).waitFor();
  await chief.getByRole('button', { name: 'New code' }).click();
  await expect.poll(() => chief.getByLabel('Link to pass on').inputValue()).toContain('/register#');
  await chief.goto(link ?? '');
  await chief.getByLabel('Username').fill('second');
  await chief.getByLabel('Password').fill('correct horse battery');
  await chief.getByRole('button', { name: 'Make the administrator' }).click();
  await chief.getByText('This link was used, or has expired.').waitFor();
  await chief.context().close();
});

test('a link that was revoked lets nobody in any more', async () => {
  await ann.goto(room);
  await ann.getByRole('button', { name: 'Actions of the room' }).click();
  await ann.getByRole('menuitem', { name: 'Invite people' }).click();
  await ann.getByRole('button', { name: 'New link' }).click();
  const link = await ann.getByRole('textbox', { name: 'Link to pass on' }).inputValue();
  // This one, and that of the first test.
  await expect.poll(() => ann.getByRole('button', { name: 'Revoke' }).count()).toBe(2);
  for (let left = 2; left > 0; left -= 1) {
    await ann.getByRole('button', { name: 'Revoke' }).first().click();
    await expect.poll(() => ann.getByRole('button', { name: 'Revoke' }).count()).toBe(left - 1);
    // The row took the button with it: the next one has the focus, or what the list lies in.
    await expect.poll(() => ann.evaluate(() => document.activeElement?.matches('dialog li, dialog section'))).toBe(true);
  }
  await ben.goto(link);
  await ben.getByText('This invitation is not good any more').waitFor();
});
