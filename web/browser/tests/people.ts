// People who use the pages of the contracts, each with a browser and a way to the server of their own.

import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { complaints, launch, newContext, PASSWORD, settled, violations } from './browser.ts';
import { Example, Way } from './example.ts';
import { HOSTILE, STRANGE } from './hostile.ts';

export const LAPTOP = { width: 1280, height: 800 };
export const PHONE = { width: 360, height: 720 };

const LOOKS = [
  [PHONE, 'light'],
  [LAPTOP, 'dark'],
  [PHONE, 'dark'],
  [LAPTOP, 'light'],
] as const;

/** Where pictures of the pages go, if somebody wants to look at them. */
const PICTURES = process.env.PICTURES;

let browser: Browser;
const closing: (() => unknown)[] = [];

/** Has a browser for the tests of a file, and ends what each has started. */
export function withBrowser(): void {
  beforeAll(async () => {
    browser = await launch();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    expect(complaints.splice(0)).toEqual([]);
  });
  afterAll(() => browser.close());
}

export async function started(name: string): Promise<Example> {
  const server = await Example.start(name);
  closing.push(() => server.remove());
  return server;
}

/** Somebody with a browser and a way of their own. */
export async function person(server: Example, viewport = LAPTOP): Promise<{ page: Page; way: Way }> {
  const way = await Way.to(server);
  const context = await newContext(browser, { viewport, permissions: ['clipboard-write', 'clipboard-read'] });
  closing.push(() => way.close());
  closing.push(() => context.close());
  const page = await context.newPage();
  await page.goto(way.url);
  return { page, way };
}

/** The messages of the conversation that is open, all of them, in their order. */
export const shows = (page: Page, wanted: string[]) =>
  expect.poll(() => page.locator('[role=log] li .text').allInnerTexts(), { message: `of ${wanted.at(-1)}` }).toEqual(wanted);

/** Who is there. */
export const people = (page: Page, wanted: string[]) =>
  expect.poll(() => page.getByRole('list', { name: 'People' }).locator('.name').allInnerTexts()).toEqual(wanted);

export const box = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });

export async function say(page: Page, text: string): Promise<void> {
  await box(page).fill(text);
  await box(page).press('Enter');
  await expect.poll(() => box(page).inputValue()).toBe('');
}

export const isLost = (page: Page) => page.getByText('The connection is lost.');

/** Registers with what a contract's page asks for. */
export async function register(page: Page, name: string, more: Record<string, string> = {}): Promise<void> {
  await page.getByRole('button', { name: 'I have no account yet' }).click();
  for (const [label, value] of Object.entries({ Username: name, Password: PASSWORD, ...more })) await page.getByLabel(label).fill(value);
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('heading', { name, level: 1, exact: true }).waitFor();
}

/** The page as it looks: nothing scrolls sideways, and no rule of accessibility is broken, be it light or dark. */
export async function looksRight(page: Page, name: string): Promise<void> {
  // Looks do not depend on the database, nor colours on the width: for pictures alone each width has both.
  if (process.env.TEST_DATABASE_URL) return;
  for (const [viewport, colorScheme] of PICTURES ? LOOKS : LOOKS.slice(0, 2)) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await settled(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name} at ${viewport.width}`).toBeLessThanOrEqual(
      viewport.width,
    );
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('#root *')]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.sr-only, [aria-hidden=true]'))
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    expect(wide, `${name} at ${viewport.width}`).toEqual([]);
    expect(await violations(page), `${name}, ${colorScheme}`).toEqual([]);
    if (PICTURES) {
      mkdirSync(PICTURES, { recursive: true });
      await page.screenshot({ path: `${PICTURES}/${name}-${viewport.width}-${colorScheme}.png` });
    }
  }
}

/** A conversation as it looks: what one writes into is there, too. */
export async function talkLooksRight(page: Page, name: string): Promise<void> {
  const before = page.viewportSize() ?? LAPTOP;
  await looksRight(page, name);
  for (const viewport of [LAPTOP, PHONE]) {
    await page.setViewportSize(viewport);
    const isInView = async () => {
      const place = await box(page).boundingBox();
      return place !== null && place.y >= 0 && place.y + place.height <= viewport.height;
    };
    await expect.poll(isInView, { message: `${name} at ${viewport.width}` }).toBe(true);
  }
  await page.setViewportSize(before);
}

/** Says what would do something, were it more than a text, and sees that it is none. `shown` are all messages that are there before. */
export async function textsAreTexts(page: Page, shown: string[]): Promise<void> {
  for (const text of HOSTILE) await say(page, text);
  await shows(page, [...shown, ...HOSTILE]);
  expect(await page.locator('#root').locator(STRANGE).count()).toBe(0);
  expect(await page.locator('[role=log] a').count()).toBe(0);
  expect(await page.evaluate(() => 'hit' in globalThis)).toBe(false);
}
