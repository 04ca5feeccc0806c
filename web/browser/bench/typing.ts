// How long a key takes in the box, and what of that is the page's.

import { writeFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';

/** Keys come at this pace, in milliseconds: a fast writer's, and no multiple of a frame. */
const PACE = 70;

/**
 * What became of a key, in milliseconds since the browser had it. `begun`: the page's first listener runs. `done`: all of the page's
 * listeners have run and React has committed what the key changed. `painted`: the frame after that is out; a frame comes every 16.7 ms.
 */
export interface Key {
  begun: number;
  done: number;
  painted: number;
}

/** Has a page write down what becomes of each key in an element. */
export async function watchKeys(into: Locator): Promise<void> {
  await into.evaluate((element) => {
    const keys: Partial<Key>[] = [];
    Object.assign(globalThis, { keys });
    let pressed = 0;
    let key: Partial<Key> = {};
    const since = () => performance.now() - pressed;
    const onKey = (event: KeyboardEvent) => {
      if (event.target !== element) return;
      pressed = event.timeStamp;
      key = { begun: since() };
    };
    const onInput = () => {
      const [mine, since_] = [key, pressed];
      // React has asked for its microtask before this one.
      queueMicrotask(() => {
        mine.done = performance.now() - since_;
      });
      requestAnimationFrame(() => {
        // A message to oneself comes after the frame has been painted.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          mine.painted = performance.now() - since_;
          keys.push(mine);
        };
        port2.postMessage(0);
      });
    };
    // The first that hears of a key, and the last that hears of what it wrote.
    addEventListener('keydown', onKey, { capture: true });
    addEventListener('input', onInput);
  });
}

/** Types so many keys, and says what became of them. */
export async function typeKeys(page: Page, into: Locator, count: number): Promise<Key[]> {
  await into.focus();
  const seen = () => page.evaluate(() => (globalThis as unknown as { keys: Key[] }).keys.length);
  const before = await seen();
  for (let key = 0; key < count; key += 1) {
    const next = performance.now() + PACE;
    await page.keyboard.press(key % 6 === 5 ? 'Space' : 'a');
    await new Promise((done) => setTimeout(done, Math.max(0, next - performance.now())));
  }
  await page.waitForFunction((all) => (globalThis as unknown as { keys: Key[] }).keys.length >= all, before + count);
  return page.evaluate((from) => (globalThis as unknown as { keys: Key[] }).keys.slice(from), before);
}

/** What the page's main thread does meanwhile, as a profile that the developer tools open. */
export async function profiled<T>(page: Page, to: string, during: () => Promise<T>): Promise<T> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Profiler.enable');
  await devtools.send('Profiler.setSamplingInterval', { interval: 200 });
  await devtools.send('Profiler.start');
  const done = await during();
  const { profile } = await devtools.send('Profiler.stop');
  writeFileSync(to, JSON.stringify(profile));
  await devtools.detach();
  return done;
}
