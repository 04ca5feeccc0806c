// The page without its server: what the browser has kept of it.

import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { box, complaints, createRoom, keptBy, launch, message, newContext, press, register, said, say } from './browser.ts';

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off'), launch()]);
  context = await newContext(browser);
  page = await context.newPage();
  await register(page, server.url, 'ann');
  await createRoom(page, 'Cellar');
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

/** Waits until the browser has kept the page. */
const isKept = (of: Page) => of.evaluate(async () => (await navigator.serviceWorker.ready).active !== null);

test('without its server, a reload shows the page and what waits, which goes out once when the server is back', async () => {
  await isKept(page);
  await say(page, 'before');
  await expect.poll(() => said(page)).toContain('before');
  await server.kill();
  for (const text of ['one', 'two']) await say(page, text);
  // A message that says so has been kept.
  await message(page, 'two').getByText('Goes out when you are online').waitFor();
  for (let reload = 0; reload < 2; reload += 1) {
    await page.reload();
    await page.getByRole('heading', { name: 'Cellar', level: 1 }).waitFor();
    await message(page, 'two').getByText('Goes out when you are online').waitFor();
  }
  await say(page, 'three');
  await server.start();
  const wanted = ['before', 'one', 'two', 'three'];
  await expect.poll(async () => (await said(page)).filter((text) => wanted.includes(text))).toEqual(wanted);
  await expect.poll(() => page.getByText('Goes out when you are online').count()).toBe(0);
});

/** Has the browser keep nothing new until the function returned is called: one transaction goes on meanwhile. */
async function holdOutbox(): Promise<() => Promise<void>> {
  await page.evaluate(
    () =>
      new Promise<void>((begun) => {
        const opening = indexedDB.open('chat-outbox');
        opening.onsuccess = () => {
          const items = opening.result.transaction('items', 'readwrite').objectStore('items');
          let isHeld = true;
          const goOn = () => {
            if (isHeld) items.count().onsuccess = goOn;
            begun();
          };
          Object.assign(globalThis, { letGo: () => (isHeld = false) });
          goOn();
        };
      }),
  );
  return () => page.evaluate(() => (globalThis as unknown as { letGo: () => void }).letGo());
}

test('a reload before the browser has kept a message leaves it in the box', async () => {
  await isKept(page);
  await server.kill();
  await holdOutbox();
  await box(page).fill('not kept yet');
  await Promise.all([
    page.waitForEvent('load'),
    page.evaluate(() => {
      document.querySelector<HTMLFormElement>('main form')?.requestSubmit();
      location.reload();
    }),
  ]);
  await expect.poll(() => box(page).inputValue()).toBe('not kept yet');
  expect(await message(page, 'not kept yet').count()).toBe(0);
  await server.start();
  await box(page).press('Enter');
  await expect.poll(() => said(page)).toContain('not kept yet');
  expect(await box(page).inputValue()).toBe('');
});

test('the last message is edited by ArrowUp once it is sent, and no older one before that', async () => {
  await say(page, 'older');
  await page.locator('article[data-seq]', { hasText: 'older' }).waitFor();
  await server.kill();
  await say(page, 'newer');
  await message(page, 'newer').getByText('Goes out when you are online').waitFor();
  await box(page).press('ArrowUp');
  await page.getByText('Your last message is still on its way').waitFor();
  expect([await box(page).inputValue(), await page.getByText('Editing your message').count()]).toEqual(['', 0]);
  await server.start();
  await page.locator('article[data-seq]', { hasText: 'newer' }).waitFor();
  await box(page).press('ArrowUp');
  await expect.poll(() => box(page).inputValue()).toBe('newer');
  await box(page).press('Escape');
});

test('a message that the browser does not keep says so until it is kept', async () => {
  await server.kill();
  const letGo = await holdOutbox();
  await say(page, 'not kept at all');
  await message(page, 'not kept at all').getByText('if this page stays open').waitFor();
  await letGo();
  await message(page, 'not kept at all').getByText('Goes out when you are online', { exact: true }).waitFor();
  await page.reload();
  await message(page, 'not kept at all').waitFor();
  await server.start();
  await expect.poll(() => said(page)).toContain('not kept at all');
});

test('what was read last is read without the server, and says that it is what was there', async () => {
  const cellar = page.url();
  const attic = await createRoom(page, 'Attic');
  await say(page, 'up here');
  await expect.poll(() => said(page)).toContain('up here');
  await say(page, 'not for long');
  await expect.poll(() => said(page)).toContain('not for long');
  await press(page, 'not for long', 'More for');
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('This message was deleted.').waitFor();
  await expect.poll(async () => (await keptBy(page)).includes('up here')).toBe(true);
  await expect.poll(async () => (await keptBy(page)).includes('not for long')).toBe(false);
  await server.kill();
  await page.reload();
  await page.getByText('This is what was said when you were here last').waitFor();
  await expect.poll(() => said(page)).toContain('up here');
  expect(await page.getByRole('navigation', { name: 'Your rooms' }).getByRole('link').allInnerTexts()).toEqual(
    expect.arrayContaining([expect.stringContaining('Attic'), expect.stringContaining('Cellar')]),
  );
  await page.getByRole('link', { name: 'Cellar' }).click();
  await expect.poll(() => said(page)).toContain('before');
  expect(page.url()).toBe(cellar);
  await server.start();
  await page.getByText('This is what was said when you were here last').waitFor({ state: 'detached' });
  await page.goto(attic);
  await expect.poll(() => said(page)).toContain('up here');
  await page.goto(cellar);
  await expect.poll(() => said(page)).toContain('before');
});

test('what the browser keeps is the page, and nothing of anybody', async () => {
  const kept = await page.evaluate(async () => {
    const names = await caches.keys();
    const caches_ = await Promise.all(names.map((name) => caches.open(name)));
    const requests = (await Promise.all(caches_.map((cache) => cache.keys()))).flat();
    return { names, paths: requests.map((each) => new URL(each.url).pathname) };
  });
  expect(kept.names.length).toBe(1);
  expect(kept.paths).toContain('/');
  expect(kept.paths.filter((path) => !/^\/(assets\/[\w.-]+|icon\.svg|site\.webmanifest)?$/.test(path))).toEqual([]);
});

test('whoever logs out leaves no names of rooms behind, and nothing of what was said there', async () => {
  expect(await keptBy(page)).toContain('before');
  expect(await page.evaluate(() => localStorage.getItem('chat-rooms'))).toContain('Cellar');
  await page.goto(`${server.url}/settings`);
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  await page.getByRole('tab', { name: 'Log in' }).waitFor();
  expect(await page.evaluate(() => localStorage.getItem('chat-rooms'))).toBe(null);
  await expect.poll(() => keptBy(page)).toBe('[]');
});

test('a page that is new on the server is there with the next load, and an old one only without the server', async () => {
  let title = 'Old';
  // A server whose page changes, as that of a new version does.
  const changing = createServer((asked, answer) => {
    request(`${server.url}${asked.url}`, { headers: { ...asked.headers, 'accept-encoding': 'identity', 'if-none-match': '' } }, (got) => {
      const parts: Buffer[] = [];
      got.on('data', (part) => parts.push(part));
      got.on('end', () => {
        const body = Buffer.concat(parts);
        const whole = got.headers['content-type']?.startsWith('text/html')
          ? body.toString().replace('<noscript>', `<noscript>${title} `)
          : body;
        answer.writeHead(got.statusCode ?? 502, { ...got.headers, 'content-length': Buffer.byteLength(whole), etag: '' }).end(whole);
      });
    })
      .on('error', () => answer.destroy())
      .end();
  });
  await new Promise<void>((done) => changing.listen(0, '127.0.0.1', done));
  const address = `http://127.0.0.1:${(changing.address() as AddressInfo).port}/login`;
  const stranger = await (await newContext(browser)).newPage();
  const shown = () => stranger.locator('noscript').evaluate((element) => element.textContent?.split(' ')[0]);
  await stranger.goto(address);
  await isKept(stranger);
  expect(await shown()).toBe('Old');
  title = 'New';
  await stranger.reload();
  expect(await shown()).toBe('New');
  changing.closeAllConnections();
  await new Promise((done) => changing.close(done));
  await stranger.reload();
  await stranger.getByRole('tab', { name: 'Log in' }).waitFor();
  expect(await shown()).toBe('Old');
  await stranger.context().close();
});
