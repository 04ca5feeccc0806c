// How the page does with much to show: `npm run bench --workspace browser`. What is measured is printed, and not judged. Nothing of the
// room has been read when it is opened, until a run with a long history at hand comes to its end.
//
// BENCH_MESSAGES says how many messages the room has, BENCH_RUNS how often each is measured, BENCH_PROFILE where
// profiles of typing are written.

import { cpus, loadavg } from 'node:os';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { ask, box, createRoom, idOf, launch, newContext, register, tokenOf } from '../tests/browser.ts';
import { Sender } from './sender.ts';
import { type Key, profiled, typeKeys, watchKeys } from './typing.ts';

const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 100_000);
/** Where profiles of typing are written to, if any. */
const PROFILE = process.env.BENCH_PROFILE;
const RUNS = Number(process.env.BENCH_RUNS ?? 5);
/** One scrolls so far for each frame, and over so many screens. */
const STEP = 160;
const STEPS = 600;
const KEYS = 150;
const TURNS = 5;
const PER_SECOND = 50;

let server: TestServer;
let browser: Browser;
let ann: Page;
let room: string;
let sender: Sender;
let token: string;
/** How often Ann's page has asked for a part of the history. */
let asked = 0;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off'), launch('--enable-precise-memory-info')]);
  [ann] = [await (await newContext(browser)).newPage()];
  const ben = await (await newContext(browser)).newPage();
  ann.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      asked += Number(String(payload).includes('"action":"history"'));
    }),
  );
  await register(ann, server.url, 'ann');
  await register(ben, server.url, 'ben');
  token = await tokenOf(ann);
  room = await createRoom(ann, 'Much', 'Public');
  await ask(ann, room, 'POST', '/members', { userId: await idOf(ben) });
  sender = await Sender.to(server.url, room.split('/').at(-1) as string, await tokenOf(ben));
  await ben.context().close();
  // She is elsewhere meanwhile, so that nothing of it has been read when the room is opened.
  await ann.goto(server.url);
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
  const figures = Object.keys(runs[0] ?? {}).map((key) => `  ${key}: ${median(runs.map((run) => run[key] as number)).toFixed(1)}`);
  console.info(`${name} (medians of ${runs.length}):\n${figures.join('\n')}`);
};

const log = (page: Page) => page.getByRole('log');

async function open(page: Page): Promise<number> {
  const began = performance.now();
  await page.goto(room);
  await log(page).locator('article[data-seq]').last().waitFor();
  await box(page).waitFor();
  return performance.now() - began;
}

/** How many messages of the room Ann has not read, as the server says: it counts to 1,000. */
async function unread(): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const { rooms } = (await (await fetch(`${server.url}/api/rooms?mine=true`, { headers })).json()) as { rooms: { unread: number }[] };
  return rooms[0]?.unread ?? Number.NaN;
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

/** Figures of keys: what the page needs for one, and what it takes until that is seen. */
const keyFigures = (keys: Key[], name: string) =>
  Object.fromEntries(
    (
      [
        ['wait', keys.map((key) => key.begun)],
        ['work', keys.map((key) => key.done - key.begun)],
        ['until done', keys.map((key) => key.done)],
        ['until painted', keys.map((key) => key.painted)],
      ] as const
    ).flatMap(([what, taken]) => [
      [`${name}: ${what}`, median([...taken])],
      [`${name}: ${what} p95`, at([...taken], 0.95)],
    ]),
  );

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
      'busy: ms of script a second': perSecond('ScriptDuration'),
      'busy: ms of style': perSecond('RecalcStyleDuration'),
      'busy: ms of layout': perSecond('LayoutDuration'),
      'busy: ms of all': perSecond('TaskDuration'),
    },
  ];
}

/** A box to write in, and nothing else: what a key takes with this browser and this load, whatever a page does. */
async function typeInNothing(page: Page): Promise<Key[]> {
  await page.goto('about:blank');
  await page.setContent('<textarea></textarea>');
  await watchKeys(page.locator('textarea'));
  return typeKeys(page, page.locator('textarea'), KEYS);
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
  for (const isLong of [false, true]) {
    const runs: Record<string, number>[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const [left, before] = [await unread(), asked];
      await open(ann);
      if (isLong) {
        await scroll(ann);
        await log(ann).evaluate((element) => element.scrollTo({ top: element.scrollHeight, behavior: 'instant' }));
      }
      await watchKeys(box(ann));
      const [quiet, busy]: [Key[], Key[]] = [[], []];
      let done: Record<string, number> = {};
      // By turns, so that what else the machine does is the same for both.
      for (let turn = 0; turn < TURNS; turn += 1) {
        quiet.push(...(await typeKeys(ann, box(ann), KEYS / TURNS)));
        const stop = sender.keepOn(PER_SECOND, (number) => `meanwhile ${number}`);
        const type = () => work(ann, () => typeKeys(ann, box(ann), KEYS / TURNS));
        const [keys, did] = await (PROFILE ? profiled(ann, `${PROFILE}-${isLong}-${run}-${turn}.cpuprofile`, type) : type());
        stop();
        busy.push(...keys);
        done = did;
        await box(ann).fill('');
      }
      const history = asked - before;
      const nothing = await typeInNothing(ann);
      const [load] = loadavg();
      runs.push({
        ...keyFigures(quiet, 'quiet'),
        ...keyFigures(busy, 'busy'),
        ...keyFigures(nothing, 'an empty page'),
        ...done,
        load: load ?? Number.NaN,
        'messages unread when it was opened': left,
        'pages of history asked for': history,
      });
    }
    print(`typing, in a quiet room and with ${PER_SECOND} messages a second${isLong ? ', with a long history at hand' : ''}`, runs);
  }
});
