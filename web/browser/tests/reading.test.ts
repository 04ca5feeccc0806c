// What a room looks like to whoever reads in it: who said what when, code as it was written, and where one was.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { ask, box, complaints, createRoom, launch, message, newContext, register, say } from './browser.ts';

const MANY = 330;

let server: TestServer;
let browser: Browser;
let ann: Page;
let long: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', '--store', 'memory:'), launch()]);
  ann = await (await newContext(browser, { permissions: ['clipboard-read', 'clipboard-write'] })).newPage();
  await ann.addInitScript(() => {
    const told: object[] = [];
    class Told {
      static permission = 'granted';
      static requestPermission = async () => 'granted';
      onclick = () => undefined;
      close = () => undefined;
      constructor() {
        told.push(this);
      }
    }
    Object.assign(globalThis, { told, Notification: Told });
    Object.defineProperty(document, 'hidden', { get: () => 'isAway' in globalThis });
  });
  await register(ann, server.url, 'ann');
  await createRoom(ann, 'Other');
  long = await createRoom(ann, 'Long', 'Public');
  for (let number = 1; number <= MANY; number += 1) {
    const lines = Array.from({ length: 1 + (number % 4) }, (_, line) => `line ${line}`).join('\n');
    await ask(ann, long, 'POST', '/messages', { message: `number ${number}.\n${lines}` });
  }
}, 180_000);
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const log = () => ann.getByRole('log');
const goTo = async (name: string) => {
  await ann.getByRole('link', { name: new RegExp(`^${name}`) }).click();
  await ann.getByRole('heading', { name, level: 1 }).waitFor();
};

test('in a long run of one person their name and the time come again and again', async () => {
  await ann.goto(long);
  await message(ann, `number ${MANY}.`).waitFor();
  const heads = () => log().locator('article time').count();
  await expect.poll(heads).toBeGreaterThan(0);
  const between = await log()
    .locator('article[data-seq]')
    .evaluateAll((all) => {
      const at = all.flatMap((article, index) => (article.querySelector('time') ? [index] : []));
      return [...at, all.length].map((index, which) => index - (at[which - 1] ?? 0));
    });
  expect(Math.max(...between)).toBeLessThanOrEqual(20);
});

test('the time of each message is beside it under the pointer, and with the focus', async () => {
  const row = log().locator('article[data-seq]:not(:has(time))').last();
  const time = row.locator('span[aria-hidden=true]').first();
  const isSeen = () => time.evaluate((element) => getComputedStyle(element).visibility);
  expect(await time.textContent()).toMatch(/^\d\d:\d\d/);
  expect(await isSeen()).toBe('hidden');
  await row.focus();
  await expect.poll(isSeen).toBe('visible');
  await box(ann).focus();
  await expect.poll(isSeen).toBe('hidden');
});

for (const [how, back] of [
  ['among the last messages', 2_000],
  ['far above them', 14_000],
] as const) {
  test(`one comes back to where one was reading: ${how}`, async () => {
    await ann.goto(long);
    await message(ann, `number ${MANY}.`).waitFor();
    const place = () =>
      log().evaluate((element) => {
        const { top } = element.getBoundingClientRect();
        const all = [...element.querySelectorAll<HTMLElement>('article[data-seq]')];
        const first = all.find((article) => article.getBoundingClientRect().bottom > top + 1);
        return { seq: first?.dataset.seq, top: Math.round((first?.getBoundingClientRect().top ?? 0) - top) };
      });
    for (let scrolled = 0; scrolled < back; scrolled += 250) {
      await log().evaluate((element) => element.scrollBy(0, -250));
      await ann.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    }
    let before = await place();
    // Older ones may be on their way still.
    await expect
      .poll(async () => {
        const now = await place();
        const isStill = JSON.stringify(now) === JSON.stringify(before);
        before = now;
        return isStill;
      })
      .toBe(true);
    await goTo('Other');
    await goTo('Long');
    await expect.poll(async () => (await place()).seq).toBe(before.seq);
    await expect.poll(async () => Math.abs((await place()).top - before.top)).toBeLessThanOrEqual(2);

    // Whoever goes back to the end is at the end again.
    await ann.getByRole('button', { name: 'To the newest' }).click();
    await message(ann, `number ${MANY}.`).waitFor();
    await expect.poll(() => ann.getByRole('button', { name: 'To the newest' }).count()).toBe(0);
    await goTo('Other');
    await goTo('Long');
    await message(ann, `number ${MANY}.`).waitFor();
  });
}

test('whoever is told of a message comes to that, and not to what they were reading', async () => {
  const ben = await (await newContext(browser)).newPage();
  await register(ben, server.url, 'ben');
  await ben.goto(long);
  await ben.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
  await box(ben).waitFor();
  await ann.goto(`${server.url}/settings#notifications`);
  await ann.getByRole('checkbox', { name: /^Notify me/ }).check();
  await goTo('Long');
  await message(ann, `number ${MANY}.`).waitFor();
  await log().evaluate((element) => element.scrollBy(0, -3_000));
  await ann.getByRole('button', { name: 'To the newest' }).waitFor();
  await goTo('Other');
  await ann.evaluate(() => Object.assign(globalThis, { isAway: true }));
  await say(ben, 'come and see');
  const told = () => ann.evaluate(() => (globalThis as unknown as { told: object[] }).told.length);
  await expect.poll(told).toBe(1);
  await ann.evaluate(() => {
    Reflect.deleteProperty(globalThis, 'isAway');
    (globalThis as unknown as { told: { onclick: () => void }[] }).told[0]?.onclick();
  });
  await message(ann, 'come and see').waitFor();
  await ben.context().close();
});

test('pasted code stays as far in as it was', async () => {
  await goTo('Other');
  const paste = async (text: string) => {
    await ann.evaluate((copied) => navigator.clipboard.writeText(copied), text);
    await box(ann).focus();
    await ann.keyboard.press('Control+v');
    await box(ann).press('Enter');
    await expect.poll(() => box(ann).inputValue()).toBe('');
  };
  await paste('    if ready:\n        go()\n\n    else:\n\twait()\n');
  await message(ann, 'go()').waitFor();
  const lines = await message(ann, 'go()').locator('p').filter({ hasText: /\(\)/ }).allInnerTexts();
  expect(lines).toEqual(['    if ready:\n        go()', '    else:\n\twait()']);
  await paste('```python\n    def f():\n        return 1\n```');
  await expect.poll(() => log().locator('pre code').last().textContent()).toBe('    def f():\n        return 1');
  // An edit is no other text than what was sent.
  await message(ann, 'go()').first().focus();
  const takeLast = async () => {
    // What is on its way still cannot be edited.
    if (!(await box(ann).inputValue())) await box(ann).press('ArrowUp');
    return box(ann).inputValue();
  };
  await expect.poll(takeLast).toContain('def f()');
  await ann.keyboard.press('Escape');
  await say(ann, '   a line with room before it');
  await expect.poll(() => log().locator('article p').last().textContent()).toBe('a line with room before it');
});
