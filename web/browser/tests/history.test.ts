import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { Sender } from '../bench/sender.ts';
import { ask, box, complaints, createRoom, idOf, launch, letIn, message, newContext, PASSWORD, register, tokenOf } from './browser.ts';

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

test('with reduced motion, a height that is set is there at once, as the list asks for it to find the end', async () => {
  await ann.emulateMedia({ reducedMotion: 'reduce' });
  const growth = await log(ann).evaluate((element) => {
    const rows = element.lastElementChild as HTMLElement;
    const before = rows.offsetHeight;
    rows.style.height = `${before + 100}px`;
    const after = rows.offsetHeight;
    rows.style.height = `${before}px`;
    return after - before;
  });
  expect(growth).toBe(100);
  await ann.emulateMedia({ reducedMotion: null });
});

/**
 * Scrolls up by 40 px at a time until older messages have come in so often, and says by how many px the message in the middle has moved
 * at worst besides: down by more than that, or up.
 */
const climb = (page: Page, pages: number) =>
  log(page).evaluate(async (element, wanted) => {
    const STEP = 40;
    const find = (seq: string | undefined) =>
      element.querySelector<HTMLElement>(`article[data-seq="${seq}"]`)?.getBoundingClientRect().top ?? Number.NaN;
    const half = element.getBoundingClientRect().top + element.clientHeight / 2;
    let [grown, worst] = [0, 0];
    // At the top one waits for older ones, so it is time that bounds this, and not the number of steps.
    for (const deadline = Date.now() + 120_000; grown < wanted && Date.now() < deadline; ) {
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
  }, pages);

test('nothing moves when older messages come in above', async () => {
  const moved = await climb(ann, 3);
  expect(moved.grown).toBe(3);
  expect(moved.worst).toBeLessThanOrEqual(3);
  expect(await log(ann).locator('article').count()).toBeLessThan(60);
});

test('a message that comes in does not move whoever reads further up, and they are told', async () => {
  const at = await middle(ann);
  await ben.goto(room);
  await ben.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
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

/** A room in which ben has read nothing of so many messages. */
async function unread(name: string, count: number): Promise<string> {
  const made = await createRoom(ann, name, 'Public');
  await ben.goto(made);
  await ben.getByRole('main').getByRole('button', { name: 'Join', exact: true }).click();
  await box(ben).waitFor();
  await ben.goto(server.url);
  for (let number = 1; number <= count; number += 1) await ask(ann, made, 'POST', '/messages', { message: `news ${number}.` });
  return made;
}

/** Another device of ben's, which has kept nothing, and how often it has asked for a part of the history. */
async function otherDevice(): Promise<{ page: Page; asked: () => number }> {
  const page = await (await newContext(browser)).newPage();
  let asked = 0;
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      asked += Number(String(payload).includes('"action":"history"'));
    }),
  );
  await page.goto(`${server.url}/login`);
  await page.getByLabel('Username').fill('ben');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'New room' }).waitFor();
  return { page, asked: () => asked };
}

/** Lets so many frames go by, and says whether the history has stood still meanwhile. */
const standsStill = (page: Page, frames: number) =>
  log(page).evaluate(async (element, count) => {
    const where = () => `${element.scrollTop} of ${element.scrollHeight}`;
    const before = where();
    for (let frame = 0; frame < count; frame += 1) await new Promise(requestAnimationFrame);
    return where() === before;
  }, frames);

/** How many messages ben has not read in a room, as the server says. */
async function left(page: Page, of: string): Promise<number | undefined> {
  const answer = await fetch(`${server.url}/api/rooms?mine=true`, { headers: { authorization: `Bearer ${await tokenOf(page)}` } });
  const { rooms } = (await answer.json()) as { rooms: { roomId: string; unread: number }[] };
  return rooms.find(({ roomId }) => of.endsWith(roomId))?.unread;
}

test('whoever has much to read is taken to where it begins, on a device that has kept nothing of it, too', async () => {
  const news = await unread('News', 120);
  const { page: other, asked } = await otherDevice();
  await other.goto(news);
  await message(other, 'news 1.').waitFor();
  await other.getByText('New', { exact: true }).waitFor();
  await expect.poll(() => standsStill(other, 60)).toBe(true);
  const row = await other.getByText('New', { exact: true }).boundingBox();
  const list = await log(other).boundingBox();
  expect((row?.y ?? 0) - (list?.y ?? 0), 'at the top').toBeLessThan(60);
  // One page has it, and another one that there is nothing above.
  expect(asked()).toBeLessThanOrEqual(2);
  expect(await message(other, 'news 120.').count()).toBe(0);
  expect(await left(other, news)).toBe(120);
  // Below what is in view.
  const below = other.getByRole('button', { name: /new messages$/ });
  const count = Number.parseInt((await below.textContent()) ?? '', 10);
  expect(count > 60 && count < 120, `${count} below`).toBe(true);
  await below.click();
  await message(other, 'news 120.').waitFor();
  await expect.poll(() => left(other, news)).toBe(0);
  await other.context().close();
});

test('whoever has very much to read is taken near the top of what is there, and it stays there until they scroll', async () => {
  const flood = await unread('Flood', 700);
  const { page: other, asked } = await otherDevice();
  await other.goto(flood);
  await message(other, 'news').first().waitFor();
  await expect.poll(() => standsStill(other, 60)).toBe(true);
  expect(asked()).toBe(3);
  const shown = Number((await middle(other)).seq);
  expect(700 - shown, 'far from the newest').toBeGreaterThan(500);
  expect(await left(other, flood)).toBe(700);
  // What is older comes in above, and what one reads stays where it is.
  expect((await climb(other, 1)).worst).toBeLessThanOrEqual(3);
  await expect.poll(() => standsStill(other, 60)).toBe(true);
  const before = asked();
  expect(before).toBeGreaterThan(3);
  expect(await standsStill(other, 60)).toBe(true);
  expect(asked(), 'while nobody scrolls').toBe(before);
  // One comes to where the new ones begin after all. How often one has to go to the top depends on how soon older ones come.
  const toTop = () => log(other).evaluate((element) => element.scrollTo({ top: 0, behavior: 'instant' }));
  await expect.poll(() => toTop().then(() => other.getByText('New', { exact: true }).count())).toBe(1);
  expect(await left(other, flood)).toBe(700);
  await other.context().close();
});

test('one goes to what is pinned, and is told where that lies too far back', async () => {
  const pinned = await createRoom(ann, 'Pinned', 'Public');
  await ann.goto(server.url);
  const sender = await Sender.to(server.url, pinned.split('/').at(-1) as string, await tokenOf(ann));
  await sender.fill(2_200, (number) => `said ${number + 1}.`);
  sender.close();
  const seqOf = async (text: string) => Number(await message(ann, text).getAttribute('data-seq'));
  await ann.goto(pinned);
  await message(ann, 'said 2200.').waitFor();
  const last = await seqOf('said 2200.');
  // Older ones than the second are asked for once one is there, since it is near the top of what is there then.
  for (const number of [20, 1_360]) await ask(ann, pinned, 'PUT', `/messages/${last - 2_200 + number}/pin`);
  await ann.reload();
  await message(ann, 'said 2200.').waitFor();
  const goTo = async (text: string) => {
    await ann.getByRole('button', { name: 'Actions of the room' }).click();
    await ann.getByRole('menuitem', { name: 'Pinned messages' }).click();
    await ann.getByRole('listitem').filter({ hasText: text }).getByRole('button', { name: 'Show in the room' }).click();
  };
  await goTo('said 20.');
  await ann.getByText('This message lies too far back').waitFor();
  await goTo('said 1360.');
  await message(ann, 'said 1360.').waitFor();
  await expect.poll(() => ann.evaluate(() => document.activeElement?.textContent)).toContain('said 1360.');
  await expect.poll(() => standsStill(ann, 60)).toBe(true);
  const at = await message(ann, 'said 1360.').boundingBox();
  const list = await log(ann).boundingBox();
  const middleOf = (box: typeof at) => (box?.y ?? 0) + (box?.height ?? 0) / 2;
  expect(Math.abs(middleOf(at) - middleOf(list)), 'in the middle').toBeLessThan(150);
});

test('whoever comes back to a room within the page is taken to where the new messages begin', async () => {
  const back = await unread('Back', 1);
  const { page: other } = await otherDevice();
  await other.goto(back);
  await message(other, 'news 1.').waitFor();
  await expect.poll(() => left(other, back)).toBe(0);
  await other.getByRole('link', { name: /Flood/ }).click();
  await other.getByRole('heading', { name: 'Flood', level: 1 }).waitFor();
  for (let number = 2; number <= 60; number += 1) await ask(ann, back, 'POST', '/messages', { message: `news ${number}.` });
  await other.getByRole('link', { name: /Back.*59/s }).waitFor();
  await other.goBack();
  await message(other, 'news 2.').waitFor();
  await other.getByText('New', { exact: true }).waitFor();
  await expect.poll(() => standsStill(other, 60)).toBe(true);
  expect(await message(other, 'news 60.').count()).toBe(0);
  expect(await left(other, back)).toBe(59);
  // So is whoever begins anew, once the server has said more than the browser had kept.
  await other.reload();
  await message(other, 'news 2.').waitFor();
  await expect.poll(() => standsStill(other, 60)).toBe(true);
  await other.getByText('New', { exact: true }).waitFor();
  expect(await message(other, 'news 60.').count()).toBe(0);
  expect(await left(other, back)).toBe(59);
  await other.context().close();
});
