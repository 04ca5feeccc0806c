// How the page does with much to show: `npm run bench --workspace browser`. What is measured is printed, and not judged.
//
// BENCH_MESSAGES says how many messages the room has, BENCH_RUNS how often each is measured.

import { cpus, loadavg } from 'node:os';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { ask, box, createRoom, idOf, launch, newContext, register, tokenOf } from '../tests/browser.ts';
import { Sender } from './sender.ts';

const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 100_000);
const RUNS = Number(process.env.BENCH_RUNS ?? 5);
/** One scrolls so far for each frame, and over so many screens. */
const STEP = 160;
const STEPS = 600;
const KEYS = 150;
const PER_SECOND = 50;

let server: TestServer;
let browser: Browser;
let ann: Page;
let room: string;
let sender: Sender;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off'), launch('--enable-precise-memory-info')]);
  [ann] = [await (await newContext(browser)).newPage()];
  const ben = await (await newContext(browser)).newPage();
  await register(ann, server.url, 'ann');
  await register(ben, server.url, 'ben');
  room = await createRoom(ann, 'Much', 'Public');
  await ask(ann, room, 'POST', '/members', { userId: await idOf(ben) });
  sender = await Sender.to(server.url, room.split('/').at(-1) as string, await tokenOf(ben));
  await ben.context().close();
  const began = performance.now();
  await sender.fill(MESSAGES, (number) => `number ${number}: ${'so it goes, and on. '.repeat(1 + (number % 7))}`);
  console.info(`${MESSAGES} messages written in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const [load] = loadavg();
  console.info(`${cpus().length} processors, load ${load?.toFixed(1)}, Chromium ${browser.version()}, Node.js ${process.version}`);
});
afterAll(async () => {
  sender?.close();
  await browser.close();
  await server.remove();
});

const at = (values: number[], part: number) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? Number.NaN;
const median = (values: number[]) => at(values, 0.5);
const print = (name: string, runs: Record<string, number>[]) => {
  const figures = Object.keys(runs[0] ?? {}).map((key) => `${key} ${median(runs.map((run) => run[key] as number)).toFixed(1)}`);
  console.info(`${name} (medians of ${runs.length}): ${figures.join(', ')}`);
};

const log = (page: Page) => page.getByRole('log');

async function open(page: Page): Promise<number> {
  const began = performance.now();
  await page.goto(room);
  await log(page).locator('article[data-seq]').last().waitFor();
  await box(page).waitFor();
  return performance.now() - began;
}

/** Memory of the page after a collection, in MiB. */
async function heap(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  await devtools.detach();
  return usedSize / 2 ** 20;
}

/** Scrolls up by one step a frame, and says how long the frames took and how many rows were in the document. */
const scroll = (page: Page) =>
  log(page).evaluate(
    async (element, { step, steps }) => {
      const frame = () => new Promise<number>((done) => requestAnimationFrame(done));
      const frames: number[] = [];
      let most = 0;
      let before = await frame();
      for (let number = 0; number < steps; number += 1) {
        element.scrollBy({ top: -step, behavior: 'instant' });
        const now = await frame();
        frames.push(now - before);
        before = now;
        most = Math.max(most, element.querySelectorAll('article').length);
      }
      return { frames, most, height: element.scrollHeight };
    },
    { step: STEP, steps: STEPS },
  );

const frameFigures = (frames: number[]) => ({
  'frame ms': median(frames),
  'p95 ms': at(frames, 0.95),
  'p99 ms': at(frames, 0.99),
  'worst ms': Math.max(...frames),
  'over 50 ms': frames.filter((frame) => frame > 50).length,
});

/** Types one key after another, and says how long it took from each until it was painted. */
async function type(page: Page, into: Locator): Promise<number[]> {
  await into.evaluate((element) => {
    const taken: number[] = [];
    Object.assign(globalThis, { taken });
    element.addEventListener('keydown', (event) => {
      requestAnimationFrame(() => {
        // A message to oneself comes after the frame has been painted.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => taken.push(performance.now() - event.timeStamp);
        port2.postMessage(0);
      });
    });
  });
  for (let key = 0; key < KEYS; key += 1) await into.press(key % 6 === 5 ? 'Space' : 'a');
  await page.waitForFunction((keys) => (globalThis as unknown as { taken: number[] }).taken.length >= keys, KEYS);
  return page.evaluate(() => (globalThis as unknown as { taken: number[] }).taken);
}
const keyFigures = (taken: number[]) => ({ 'key to paint ms': median(taken), 'p95 ms': at(taken, 0.95), 'worst ms': Math.max(...taken) });

/** What a browser does of a page's work, in milliseconds, while something is done. */
async function work<T>(page: Page, during: () => Promise<T>): Promise<[T, Record<string, number>]> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  const look = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return new Map(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await look();
  const done = await during();
  const after = await look();
  await devtools.detach();
  const since = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const perSecond = (name: string) => (1000 * since(name)) / since('Timestamp');
  return [
    done,
    {
      'ms of script a second': perSecond('ScriptDuration'),
      'ms of style': perSecond('RecalcStyleDuration'),
      'ms of layout': perSecond('LayoutDuration'),
      'ms of all': perSecond('TaskDuration'),
    },
  ];
}

/** A box to write in, and nothing else: what a key takes with this browser and this load, whatever a page does. */
async function typeInNothing(page: Page): Promise<number[]> {
  await page.goto('about:blank');
  await page.setContent('<textarea></textarea>');
  return type(page, page.locator('textarea'));
}

test('opening', async () => {
  const runs: Record<string, number>[] = [];
  for (let run = 0; run < RUNS; run += 1) runs.push({ ms: await open(ann) });
  print('opening the room', runs);
});

test('scrolling', async () => {
  const runs: Record<string, number>[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    await open(ann);
    const before = await heap(ann);
    const { frames, most, height } = await scroll(ann);
    const after = await heap(ann);
    runs.push({ ...frameFigures(frames), 'rows at most': most, 'px of history': height, 'MiB before': before, 'MiB after': after });
  }
  print(`scrolling up by ${STEP} px a frame, ${STEPS} frames`, runs);
});

test('typing', async () => {
  for (const [name, isBusy, isLong] of [
    ['in a quiet room', false, false],
    [`with ${PER_SECOND} messages a second`, true, false],
    [`with ${PER_SECOND} messages a second and a long history at hand`, true, true],
  ] as const) {
    const runs: Record<string, number>[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      await open(ann);
      if (isLong) {
        await scroll(ann);
        await log(ann).evaluate((element) => element.scrollTo({ top: element.scrollHeight, behavior: 'instant' }));
      }
      const stop = isBusy ? sender.keepOn(PER_SECOND, (number) => `meanwhile ${number}`) : () => undefined;
      const [taken, done] = await work(ann, () => type(ann, box(ann)));
      await box(ann).fill('');
      const nothing = await typeInNothing(ann);
      stop();
      const [p95, least] = [at(taken, 0.95), at(nothing, 0.95)];
      runs.push({ ...keyFigures(taken), 'p95 ms of an empty page': least, 'times that': p95 / least, ...done });
    }
    print(`typing ${name}`, runs);
  }
});
