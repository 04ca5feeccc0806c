import type { Message, Room } from 'chat-client';
import { expect, test } from 'vitest';
import { placeAt, placeIn, remember } from '../src/features/room/places.ts';
import type { Row } from '../src/features/room/rows.ts';

const row = (seq: number): Row => ({ kind: 'message', key: `#${seq}`, message: { seq } as Message, first: true });
const rows: Row[] = [{ kind: 'start', key: 'start' }, row(1), { kind: 'day', key: 'day', at: '' }, row(2)];

test('a place is the first message that is seen, and how much of it is above that', () => {
  expect(placeAt(rows, 1, 100, 130)).toEqual({ seq: 1, above: 30 });
  expect(placeAt(rows, 2, 200, 230)).toEqual({ seq: 2, above: 0 });
  expect(placeAt(rows, 0, 0, 10)).toEqual({ seq: 1, above: 0 });
  expect(placeAt([], 0, 0, 0)).toBeUndefined();
});

test('each room has a place of its own, and whoever is at the end has none', () => {
  const [one, other] = [{} as Room, {} as Room];
  remember(one, { seq: 1, above: 0 });
  expect([placeIn(one), placeIn(other)]).toEqual([{ seq: 1, above: 0 }, undefined]);
  remember(one, undefined);
  expect(placeIn(one)).toBeUndefined();
});
