// The page of invite-rooms: two people in two browsers, one of whom reloads and loses the way to the server.

import { expect, test } from 'vitest';
import {
  box,
  isLost,
  LAPTOP,
  looksRight,
  PHONE,
  people,
  person,
  say,
  shows,
  started,
  talkLooksRight,
  textsAreTexts,
  withBrowser,
} from './people.ts';

withBrowser();

const ANN = 'Ann Marie 🌱';

test('a room is made, joined by its id, and nothing is lost or doubled', async () => {
  const server = await started('invite-rooms');
  const [{ page: ann }, { page: ben, way }] = [await person(server), await person(server, PHONE)];
  await looksRight(ann, 'invite-rooms-start');
  await ann.setViewportSize(LAPTOP);
  await ann.getByRole('button', { name: 'Create Room' }).click();
  await ann.getByLabel('Username').fill(ANN);
  await ann.getByRole('button', { name: 'Create Room' }).click();
  await ann.waitForURL(/\/room\//);
  const roomId = ann.url().split('/').at(-1) as string;
  await ann.getByText(roomId).waitFor();
  await ann.getByText('Nobody has said anything yet').waitFor();
  await talkLooksRight(ann, 'invite-rooms-empty');
  await ann.getByRole('button', { name: 'Copy the link' }).click();
  await ann.getByText('Copied').waitFor();
  expect(await ann.evaluate(() => navigator.clipboard.readText())).toBe(ann.url());

  await ben.getByRole('button', { name: 'Join Room' }).click();
  await ben.getByLabel('Username').fill('Ben');
  await ben.getByLabel('Room ID').fill('00000000-0000-4000-8000-000000000000');
  await ben.getByRole('button', { name: 'Join Room' }).click();
  await ben.getByText('There is no such room.').waitFor();
  await looksRight(ben, 'invite-rooms-no-such-room');
  await ben.setViewportSize(PHONE);
  await ben.getByLabel('Room ID').fill(roomId);
  await ben.getByRole('button', { name: 'Join Room' }).click();
  for (const page of [ann, ben]) await people(page, [ANN, 'Ben']);

  await say(ann, 'Hello <b>Ben</b>');
  await say(ben, 'Hello Ann');
  const said = ['Hello <b>Ben</b>', 'Hello Ann'];
  for (const page of [ann, ben]) await shows(page, said);
  await ben.reload();
  await people(ben, [ANN, 'Ben']);
  await shows(ben, said);

  way.lose();
  await isLost(ben).waitFor();
  await people(ann, [ANN]);
  for (const text of ['one', 'two', 'three']) await say(ann, text);
  await box(ben).fill('into the dark');
  await box(ben).press('Enter');
  await ben.getByText('There is no connection at the moment.').waitFor();
  expect(await box(ben).inputValue()).toBe('into the dark');
  await talkLooksRight(ben, 'invite-rooms-lost');
  way.find();
  await isLost(ben).waitFor({ state: 'hidden' });
  await box(ben).press('Enter');
  said.push('one', 'two', 'three', 'into the dark');
  for (const page of [ann, ben]) {
    await shows(page, said);
    await people(page, [ANN, 'Ben']);
  }

  await server.kill();
  await isLost(ann).waitFor();
  await server.start();
  for (const page of [ann, ben]) await isLost(page).waitFor({ state: 'hidden' });
  await people(ann, [ANN, 'Ben']);
  await say(ann, 'after the restart');
  said.push('after the restart');
  for (const page of [ann, ben]) await shows(page, said);
  await talkLooksRight(ann, 'invite-rooms-room');
});

test('a second tab is the same person, an odd name is a name, and texts are texts', async () => {
  const server = await started('invite-rooms');
  const [{ page: ann }, { page: odd }] = [await person(server), await person(server, PHONE)];
  await ann.getByRole('button', { name: 'Create Room' }).click();
  await ann.getByLabel('Username').fill('Ann');
  await ann.getByRole('button', { name: 'Create Room' }).click();
  await ann.waitForURL(/\/room\//);
  const { pathname } = new URL(ann.url());

  // A link leads to the room by way of a name, which may be odd.
  const name = '<img src=x onerror="globalThis.hit=1"> شخص';
  await odd.goto(new URL(pathname, odd.url()).href);
  await odd.getByRole('heading', { name: 'You are invited' }).waitFor();
  await looksRight(odd, 'invite-rooms-invited');
  await odd.setViewportSize(PHONE);
  await odd.getByLabel('Username').fill(name);
  await odd.getByRole('button', { name: 'Join Room' }).click();
  await expect.poll(() => ann.getByRole('list', { name: 'People' }).locator('.name').count()).toBe(2);

  const second = await ann.context().newPage();
  await second.goto(ann.url());
  await second.getByLabel('Username').fill('Ann');
  await second.getByRole('button', { name: 'Join Room' }).click();
  for (const page of [ann, second, odd])
    await people(
      page,
      [name, 'Ann'].sort((a, b) => a.localeCompare(b)),
    );
  await say(second, 'from the second tab');
  for (const page of [ann, second, odd]) await shows(page, ['from the second tab']);
  await second.getByRole('button', { name: 'Leave' }).click();
  await second.getByRole('button', { name: 'Create Room' }).waitFor();
  await say(odd, 'are you there?');
  await people(
    odd,
    [name, 'Ann'].sort((a, b) => a.localeCompare(b)),
  );

  await textsAreTexts(odd, ['from the second tab', 'are you there?']);
  await shows(ann, await odd.locator('[role=log] li .text').allInnerTexts());
  expect(await ann.evaluate(() => 'hit' in globalThis)).toBe(false);
  await talkLooksRight(odd, 'invite-rooms-many');

  await odd.goto(new URL('/room/00000000-0000-4000-8000-000000000000', odd.url()).href);
  await odd.getByText('There is no such room').waitFor();
});
