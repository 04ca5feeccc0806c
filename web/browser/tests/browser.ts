// A headless Chromium, and people in it who use the page.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How long something may take that is waited for. It takes moments, unless the machine has other things to do. */
const PATIENCE = 30_000;

export const PASSWORD = 'correct horse battery';

export const launch = (...flags: string[]): Promise<Browser> => chromium.launch({ executablePath: PROGRAM, args: [...FLAGS, ...flags] });

/** What a page has complained of: errors, and what its policy has stopped. */
export const complaints: string[] = [];

/** A browser's window of somebody's own. */
export async function newContext(browser: Browser, options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  context.on('weberror', (error) => complaints.push(String(error.error())));
  context.on('console', (message) => {
    const text = message.text();
    // That a request failed is what tests of a lost connection are about, and a page over plain HTTP is told what it does not have.
    const isExpected = /WebSocket connection to|Failed to load resource|net::ERR|Opener-Policy header has been ignored/.test(text);
    if (message.type() === 'error' && !isExpected) complaints.push(text);
  });
  return context;
}

export async function register(page: Page, url: string, name: string): Promise<void> {
  await page.goto(`${url}/register`);
  await page.getByLabel('Username').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Make an account' }).click();
  await page.getByRole('button', { name: 'New room' }).waitFor();
}

/** Makes a room by way of the page, and says where it is. */
export async function createRoom(page: Page, name: string, kind: 'Private' | 'Public' = 'Private'): Promise<string> {
  await page.getByRole('button', { name: 'New room' }).first().click();
  await page.getByLabel('Name of the room').fill(name);
  await page.getByRole('radio', { name: kind }).check();
  await page.getByRole('button', { name: 'Make the room' }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  return page.url();
}

const credentials = (page: Page) =>
  page.evaluate(() => JSON.parse(localStorage.getItem('chat-credentials') ?? 'null') as { token: string; userId: string });

export const tokenOf = async (page: Page): Promise<string> => (await credentials(page)).token;

/** Who uses a page. */
export const idOf = async (page: Page): Promise<string> => (await credentials(page)).userId;

/** Asks something of a room over REST, as whoever uses the page. */
export async function ask(page: Page, room: string, method: string, path: string, body?: object): Promise<unknown> {
  const { port, pathname } = new URL(room);
  const answer = await fetch(`http://127.0.0.1:${port}/api/rooms/${pathname.split('/')[2]}${path}`, {
    method,
    headers: { authorization: `Bearer ${(await credentials(page)).token}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.status === 204 ? undefined : answer.json();
}

/** Invites a user to a room as its owner. */
export const letIn = (owner: Page, room: string, userId: string) => ask(owner, room, 'POST', '/members', { userId });

export const box = (page: Page) => page.getByRole('textbox', { name: /^Message / });

export async function say(page: Page, text: string): Promise<void> {
  await box(page).fill(text);
  await box(page).press('Enter');
}

/** The texts of the messages that are there, without those that wait. */
export const said = (page: Page) => page.locator('[role=log] article[data-seq] p').allInnerTexts();

export const message = (page: Page, text: string) => page.locator('[role=log] article', { hasText: text });

/**
 * Presses one of the buttons of a message. The message has the focus meanwhile, by which its buttons stay, whatever comes in below the
 * pointer.
 */
export async function press(page: Page, text: string, button: string): Promise<void> {
  await message(page, text).focus();
  await message(page, text).getByRole('button', { name: button }).click();
}

/** Rules of accessibility that the page breaks. */
export async function violations(of: Page): Promise<string[]> {
  await of.evaluate(AXE);
  const result = await of.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe has put itself there
    const { violations } = await (globalThis as any).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.map((violation: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
      [violation.id, ...violation.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)} ${node.failureSummary}`)].join('\n'),
    );
  });
  return result;
}

/** Waits until what is there has come, and has stopped moving. What moves without end is not waited for. */
export async function settled(of: Page): Promise<void> {
  await of.waitForLoadState('networkidle');
  await of.evaluate(async () => {
    await document.fonts.ready;
    const ending = document.getAnimations().filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime));
    await Promise.all(ending.map((animation) => animation.finished.catch(() => undefined)));
  });
}

/** A folder of a browser's own. */
export function folder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'chat-browser-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** What the browser keeps in a database, as JSON. */
export const keptBy = (of: Page, database = 'chat-history') =>
  of.evaluate(
    (name) =>
      new Promise<string>((done, failed) => {
        const opening = indexedDB.open(name);
        opening.onerror = () => failed(opening.error);
        opening.onsuccess = () => {
          const all = opening.result.transaction('items').objectStore('items').getAll();
          all.onsuccess = () => done(JSON.stringify(all.result));
        };
      }),
    database,
  );
