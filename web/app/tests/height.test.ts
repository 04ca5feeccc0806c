import { afterEach, expect, test, vi } from 'vitest';
import { height, type Rows } from '../src/features/room/height.ts';

afterEach(() => void vi.unstubAllGlobals());

test('a height that is told of an element while it is another row\u2019s is the one of its own row later', () => {
  const frames: (() => void)[] = [];
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame));
  const next = () => frames.shift()?.();
  let keys = ['day', 'mine', 'last'];
  const resizeItem = vi.fn();
  const rows = {
    indexFromElement: (element: HTMLElement) => Number(element.dataset.index),
    options: { getItemKey: (index: number) => keys[index], estimateSize: () => 46 },
    measurementsCache: [{ size: 40 }, { size: 57 }, { size: 58 }],
    resizeItem,
  } as unknown as Rows;
  const element = { dataset: { key: 'mine', index: '1' }, isConnected: true, offsetHeight: 81 } as unknown as HTMLElement;
  // The row of the day goes, and the elements are still at their places from before.
  keys = ['mine', 'last'];
  expect(height(element, undefined, rows)).toBe(57);
  next();
  expect(resizeItem).not.toHaveBeenCalled();
  element.dataset.index = '0';
  next();
  expect(resizeItem).toHaveBeenCalledExactlyOnceWith(0, 81);
  expect(frames).toEqual([]);
  element.dataset.index = '1';
  height(element, undefined, rows);
  Object.assign(element, { isConnected: false });
  next();
  expect(frames).toEqual([]);
});
