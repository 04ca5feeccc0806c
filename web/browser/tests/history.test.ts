import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { ask, box, complaints, createRoom, idOf, launch, letIn, message, newContext, PASSWORD, register } from './browser.ts';

const MANY = 300;

let server: TestServer;
let browser: Browser;
let ann: Page;
let ben: Page;
let room: string;

beforeAll(async () => {
  // What is looked at is the page: a disk that is slow would only make one wait.
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', '--store', 'memory:'), launch()]);
  [ann, ben] = [await (await newContext(browser)).newPage(), await (await newContext(browser)).newPage()];
  await register(ann, server.url, 'ann');
  await register(ben, server.url, 'ben');
  room = await createRoom(ann, 'Long', 'Public');
  await letIn(ann, room, await idOf(ben));
  for (let number = 1; number <= MANY; number += 1) {
    const lines = Array.from({ length: 1 + (number % 4) }, (_, line) => `line ${line}`).join('\n');
    await ask(ann, room, 'POST', '/messages', { message: `number ${number}.\n${lines}` });
  }
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const log = (page: Page) => page.getByRole('log');
const frame = (page: Page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** The message in the middle of what is seen, and where its top is. */
const middle = (page: Page) =>
  log(page).evaluate((element) => {
    const { top, height } = element.getBoundingClientRect();
    const all = [...element.querySelectorAll<HTMLElement>('article[data-seq]')];
    const found = all.find((article) => article.getBoundingClientRect().bottom > top + height / 2);
    return { seq: found?.dataset.seq, top: found?.getBoundingClientRect().top ?? 0 };
  });
const topOf = (page: Page, seq: string | undefined) =>
  log(page).evaluate((element, at) => element.querySelector(`article[data-seq="${at}"]`)?.getBoundingClientRect().top ?? Number.NaN, seq);

test('one comes to the end, and only what is looked at is in the document', async () => {
  await ann.goto(room);
  await message(ann, `number ${MANY}.`).waitFor();
  const left = await log(ann).evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
  expect(left).toBeLessThan(100);
  expect(await log(ann).locator('article').count()).toBeLessThan(60);
});

test('nothing moves when older messages come in above', async () => {
  // One scrolls up by 40 px at a time. What is in the middle goes down by no more each time, and never up, whatever comes in above.
  const moved = await log(ann).evaluate(async (element) => {
    const STEP = 40;
    const find = (seq: string | undefined) =>
      element.querySelector<HTMLElement>(`article[data-seq="${seq}"]`)?.getBoundingClientRect().top ?? Number.NaN;
    const half = element.getBoundingClientRect().top + element.clientHeight / 2;
    let [grown, worst] = [0, 0];
    // At the top one waits for older ones, so it is time that bounds this, and not the number of steps.
    for (const deadline = Date.now() + 120_000; grown < 3 && Date.now() < deadline; ) {
      const all = [...element.querySelectorAll<HTMLElement>('article[data-seq]')];
      const seq = all.find((article) => article.getBoundingClientRect().bottom > half)?.dataset.seq;
      const [before, height] = [find(seq), element.scrollHeight];
      element.scrollBy({ top: -STEP, behavior: 'instant' });
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      const moved = find(seq) - before;
      worst = Math.max(worst, moved - STEP, -moved);
      if (element.scrollHeight > height + 1_000) grown += 1;
    }
    return { grown, worst };
  });
  expect(moved.grown).toBe(3);
  expect(moved.worst).toBeLessThanOrEqual(3);
  expect(await log(ann).locator('article').count()).toBeLessThan(60);
});

test('a message that comes in does not move whoever reads further up, and they are told', async () => {
  const at = await middle(ann);
  await ben.goto(room);
  await ben.getByRole('button', { name: 'Join' }).click();
  await ben.getByRole('textbox', { name: /^Message/ }).waitFor();
  await ask(ben, room, 'POST', '/messages', { message: 'news' });
  const button = ann.getByRole('button', { name: '1 new message' });
  await button.waitFor();
  expect(Math.abs((await topOf(ann, at.seq)) - at.top)).toBeLessThanOrEqual(1);
  await button.click();
  await message(ann, 'news').waitFor();
  await expect.poll(() => button.count()).toBe(0);
});

test('all of the history can be walked through, each message once', async () => {
  const seen = new Map<number, number>();
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; ) {
    const numbers = await log(ann)
      .locator('article[data-seq]')
      .evaluateAll((all) => all.map((article) => Number(/number (\d+)\./.exec(article.textContent ?? '')?.[1] ?? 0)));
    for (const number of new Set(numbers)) if (numbers.filter((other) => other === number).length > 1 && number) seen.set(-number, 1);
    for (const number of numbers) seen.set(number, 1);
    if (await ann.getByText('This is where Long begins.').count()) break;
    await log(ann).evaluate((element) => element.scrollBy(0, -500));
    await frame(ann);
  }
  const found = [...seen.keys()].filter((number) => number !== 0).sort((a, b) => a - b);
  expect(found).toEqual(Array.from({ length: MANY }, (_, index) => index + 1));
});

test('the messages are walked through by keyboard, and their actions reached', async () => {
  await ann.goto(room);
  await message(ann, 'news').waitFor();
  await message(ann, 'news').focus();
  await ann.keyboard.press('ArrowUp');
  await expect.poll(() => ann.evaluate(() => document.activeElement?.textContent)).toContain(`number ${MANY}.`);
  // Who has seen the message comes before its actions.
  await ann.keyboard.press('Tab');
  await expect.poll(() => ann.evaluate(() => document.activeElement?.textContent)).toContain('Seen by');
  await ann.keyboard.press('Tab');
  await expect.poll(() => ann.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('React');
});

test('whoever has much to read is taken to where it begins, on a device that has kept nothing of it, too', async () => {
  const news = await createRoom(ann, 'News', 'Public');
  await ben.goto(news);
  await ben.getByRole('button', { name: 'Join' }).click();
  await box(ben).waitFor();
  await ben.goto(server.url);
  for (let number = 1; number <= 40; number += 1) await ask(ann, news, 'POST', '/messages', { message: `news ${number}.` });
  const other = await (await newContext(browser)).newPage();
  await other.goto(`${server.url}/login`);
  await other.getByLabel('Username').fill('ben');
  await other.getByLabel('Password').fill(PASSWORD);
  await other.getByRole('button', { name: 'Log in' }).click();
  await other.getByRole('button', { name: 'New room' }).waitFor();
  await other.goto(news);
  await message(other, 'news 1.').waitFor();
  await other.getByText('New', { exact: true }).waitFor();
  expect(await message(other, 'news 40.').count()).toBe(0);
  await other.getByRole('button', { name: 'To the newest' }).click();
  await message(other, 'news 40.').waitFor();
  await other.context().close();
});
