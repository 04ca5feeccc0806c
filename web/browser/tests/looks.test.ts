import { get } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { complaints, createRoom, launch, message, newContext, press, register, said, say, settled, violations } from './browser.ts';
import { HOSTILE, STRANGE } from './hostile.ts';

/** Bytes of script as they are sent, before one can chat: with gzip, and with brotli, which browsers take over TLS and of this machine. */
const MOST_SCRIPT = { gzip: 150 * 1024, br: 120 * 1024 };

let server: TestServer;
let browser: Browser;
let page: Page;
let room: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off'), launch()]);
  page = await (await newContext(browser)).newPage();
  await register(page, server.url, 'ann');
  room = await createRoom(page, 'Looks', 'Public');
  await say(page, 'A first **message**, with `code` and a https://example.org/link');
  await say(page, '```\nand a block of it\n```');
  await press(page, 'A first', 'React');
  await page.getByRole('button', { name: 'party popper' }).first().click();
  await page.getByRole('button', { name: /🎉 1, by/ }).waitFor();
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const VIEWS: [string, string, string][] = [
  ['the list', '/', 'New room'],
  ['a room', 'room', 'Room'],
  ['the directory', '/rooms', 'Directory'],
  ['people', '/people', 'People'],
  ['settings', '/settings', 'Settings'],
  ['an invitation that is not good', '/invite/nothing', ''],
  ['administration', '/admin', 'Administration'],
  ['nothing', '/nothing-here', ''],
];

const addressOf = (path: string) => (path === 'room' ? room : `${server.url}${path}`);

for (const [name, path] of VIEWS.filter(([, path]) => path !== '/nothing-here')) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`${name} breaks no rule of accessibility when it is ${scheme}`, async () => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.goto(addressOf(path));
      await settled(page);
      expect(await violations(page)).toEqual([]);
    });
  }
}

test('the entry, dialogs and menus break no rule of accessibility either', async () => {
  const stranger = await (await newContext(browser, { reducedMotion: 'reduce' })).newPage();
  for (const scheme of ['light', 'dark'] as const) {
    await stranger.emulateMedia({ colorScheme: scheme });
    for (const path of ['/', '/login', '/register', '/first-run#token', '/forgot-password', '/reset-password#token']) {
      await stranger.goto(`${server.url}${path}`);
      await settled(stranger);
      expect(await violations(stranger), path).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(room);
    await page.getByRole('button', { name: 'Actions of the room' }).click();
    await page.getByRole('menuitem').first().waitFor();
    await settled(page);
    expect(await violations(page), 'the menu').toEqual([]);
    await page.getByRole('menuitem', { name: 'Room settings' }).click();
    await page.getByText('Nobody is muted.').waitFor();
    await settled(page);
    expect(await violations(page), 'settings of the room').toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().waitFor();
    await settled(page);
    expect(await violations(page), 'the way to another room').toEqual([]);
    await page.keyboard.press('Escape');
  }
  await stranger.context().close();
});

test('at 360 px nothing scrolls sideways, and what scrolls is within the page', async () => {
  await page.setViewportSize({ width: 360, height: 720 });
  for (const [name, path] of VIEWS) {
    if (path === '/nothing-here') continue;
    await page.goto(addressOf(path));
    await settled(page);
    const width = await page.evaluate(() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth));
    expect(width, name).toBeLessThanOrEqual(360);
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('#root *')]
        .filter((element) => element.getBoundingClientRect().right > 361 && !element.closest('pre, .sr-only, [aria-hidden=true]'))
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    expect(wide, name).toEqual([]);
    const beyond = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
    expect(beyond, `${name}: the page itself scrolls`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
});

test('whoever is found has a name that can be read at 360 px, and a room that is not open to one says what may be done', async () => {
  const other = await (await newContext(browser, { viewport: { width: 360, height: 720 } })).newPage();
  await register(other, server.url, 'Bartholomea');
  await other.goto(`${server.url}/people`);
  await other.getByLabel('Find people by name').fill('ann');
  const name = other.getByRole('list', { name: 'People' }).getByText('ann', { exact: true });
  await name.waitFor();
  expect(await name.evaluate((element) => element.scrollWidth <= element.clientWidth && element.clientWidth > 20)).toBe(true);
  const closed = await createRoom(page, 'Closed');
  await other.goto(closed);
  await other.getByText('Ask somebody who looks after it to invite you.').waitFor();
  expect(await other.getByRole('button', { name: 'Join' }).count()).toBe(0);
  await other.context().close();
});

test('German fits at 360 px, too', async () => {
  const german = await (await newContext(browser, { locale: 'de-DE', viewport: { width: 360, height: 720 } })).newPage();
  await german.goto(`${server.url}/register`);
  await settled(german);
  expect(await german.evaluate(() => document.documentElement.lang)).toBe('de');
  await german.getByLabel('Benutzername').fill('jürgen');
  await german.getByLabel('Passwort').fill('correct horse battery');
  await german.getByRole('button', { name: 'Konto anlegen' }).click();
  await german.getByRole('button', { name: 'Neuer Raum' }).waitFor();
  for (const path of ['/', '/rooms', '/settings', '/people']) {
    await german.goto(`${server.url}${path}`);
    await settled(german);
    expect(await german.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(360);
  }
  await german.context().close();
});

test('text of a message is never more than text', async () => {
  await createRoom(page, '<img src=x onerror="globalThis.hit=1">', 'Public');
  for (const text of HOSTILE) await say(page, text);
  await message(page, '@<img').waitFor();
  const shown = (await said(page)).join('\n');
  for (const part of ['<script>globalThis.hit = 1</script>', '<svg/onload=globalThis.hit=1>', '</p></div>']) expect(shown).toContain(part);
  const links = await page.locator('[role=log] a').evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).protocol));
  expect(links.every((protocol) => protocol === 'https:')).toBe(true);
  expect(await page.locator('#root').locator(STRANGE).count()).toBe(0);
  expect(await page.evaluate(() => 'hit' in globalThis)).toBe(false);
});

/** Bytes of a file as a browser gets it that takes gzip and nothing better, which is what pages have that come over plain HTTP. */
const gzipped = (url: string) =>
  new Promise<number>((done, failed) => {
    const asked = get(url, { headers: { 'accept-encoding': 'gzip' } }, (answer) => {
      let bytes = 0;
      if (answer.headers['content-encoding'] !== 'gzip') failed(new Error(`${url} does not come with gzip`));
      answer.on('data', (part: Buffer) => (bytes += part.length));
      answer.on('end', () => done(bytes));
    });
    asked.on('error', failed);
  });

test('the script that comes before one can chat has 150 KiB at most with gzip, and 120 KiB with brotli', async () => {
  for (const path of ['/', new URL(room).pathname]) {
    const sizes = new Map<string, Promise<{ sent: number; gzip: number }>>();
    // What a service worker has fetched before would not be sent again.
    const fresh = await (await newContext(browser, { serviceWorkers: 'block' })).newPage();
    // A room is looked at by somebody who is in it.
    if (path !== '/') {
      await register(fresh, server.url, `size${path.length}`);
      await fresh.goto(room);
      await fresh.getByRole('button', { name: 'Join' }).click();
      await fresh.getByRole('textbox', { name: /^Message/ }).waitFor();
    }
    // A browser that was here before has all of it already.
    await (await fresh.context().newCDPSession(fresh)).send('Network.clearBrowserCache');
    fresh.on('requestfinished', (request) => {
      if (!request.url().endsWith('.js')) return;
      const size = async () => {
        const [{ responseBodySize }, response] = await Promise.all([request.sizes(), request.response()]);
        expect(await response?.headerValue('content-encoding')).toBe('br');
        return { sent: responseBodySize, gzip: await gzipped(request.url()) };
      };
      sizes.set(request.url(), size());
    });
    await fresh.goto(`${server.url}${path}`);
    await (path === '/' ? fresh.getByRole('button', { name: 'Come in' }) : fresh.getByRole('textbox', { name: /^Message/ })).waitFor();
    const all = await Promise.all(sizes.values());
    const sum = (of: 'sent' | 'gzip') => all.reduce((whole, size) => whole + size[of], 0);
    const [sent, gzip] = [sum('sent'), sum('gzip')].map((bytes) => `${(bytes / 1024).toFixed(1)} KiB`);
    console.info(`script at ${path === '/' ? 'the entry' : 'a room'}: ${sent} with brotli in ${all.length} files; with gzip ${gzip}`);
    expect(all.length).toBeGreaterThan(1);
    expect(sum('sent')).toBeGreaterThan(MOST_SCRIPT.br / 2);
    expect(sum('sent')).toBeLessThanOrEqual(MOST_SCRIPT.br);
    expect(sum('gzip')).toBeLessThanOrEqual(MOST_SCRIPT.gzip);
    await fresh.context().close();
  }
});
