import { expect, test } from 'vitest';
import { allPages } from '../src/lib/allPages.ts';

/** A list of so many users that comes 50 at a time, and what was asked of it. */
function list(count: number) {
  const ids = Array.from({ length: count }, (_, at) => ({ userId: String(at).padStart(4, '0') }));
  const asked: (string | undefined)[] = [];
  const load = async (after?: string) => {
    asked.push(after);
    return ids.filter(({ userId }) => after === undefined || userId > after).slice(0, 50);
  };
  return { load, asked };
}

test('a list is asked for page by page, and a page that is not full is the last', async () => {
  const few = list(7);
  expect((await allPages(few.load, 4)).items.length).toBe(7);
  expect(few.asked).toEqual([undefined]);
  const some = list(120);
  expect(await allPages(some.load, 4)).toMatchObject({ isAll: true, items: { length: 120 } });
  expect(some.asked).toEqual([undefined, '0049', '0099']);
});

test('of a list with no end only so many pages are asked for', async () => {
  const many = list(1_000);
  expect(await allPages(many.load, 4)).toMatchObject({ isAll: false, items: { length: 200 } });
  expect(many.asked.length).toBe(4);
});
