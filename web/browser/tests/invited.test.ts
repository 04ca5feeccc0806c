// Whoever is invited by name is told, and whoever has left a room is offered what works.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { ask, box, complaints, createRoom, idOf, launch, letIn, newContext, register, settled, violations } from './browser.ts';

let server: TestServer;
let browser: Browser;
let ann: Page;
let nina: Page;

beforeAll(async () => {
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', '--store', 'memory:'), launch()]);
  [ann, nina] = (await Promise.all([1, 2].map(async () => (await newContext(browser)).newPage()))) as [Page, Page];
  await register(ann, server.url, 'ann');
  await register(nina, server.url, 'nina');
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  expect(complaints).toEqual([]);
});

const invitations = () => nina.getByRole('region', { name: 'Invitations' });
const leave = async (page: Page) => {
  await page.getByRole('button', { name: 'Actions of the room' }).click();
  await page.getByRole('menuitem', { name: 'Leave the room' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Leave the room' }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe('/');
};
const join = (page: Page) => page.getByRole('main').getByRole('button', { name: 'Join', exact: true });

test('whoever is invited by name is told so, also later, and joins by it', async () => {
  const room = await createRoom(ann, 'Garden plans');
  await ann.goto(`${server.url}/people`);
  await ann.getByRole('searchbox', { name: 'Find people by name' }).fill('nina');
  await ann.getByRole('button', { name: 'Invite', exact: true }).click();
  await ann.getByRole('button', { name: 'Garden plans' }).click();
  await invitations().getByText('You are invited to “Garden plans”.').waitFor();
  await nina.reload();
  await invitations().getByText('You are invited to “Garden plans”.').waitFor();
  await settled(nina);
  expect(await violations(nina)).toEqual([]);
  await invitations().getByRole('button', { name: 'Join' }).click();
  await nina.getByRole('heading', { name: 'Garden plans', level: 1 }).waitFor();
  await invitations().waitFor({ state: 'detached' });

  // Who has left is not invited any more, and is offered no way that there is not.
  await leave(nina);
  for (const come of [() => nina.goBack(), () => nina.goto(room)]) {
    await come();
    await nina.getByRole('main').getByRole('link', { name: 'To your rooms' }).waitFor();
    expect(await join(nina).count()).toBe(0);
    await nina.getByRole('heading', { name: 'Garden plans' }).waitFor();
  }
  expect(await invitations().count()).toBe(0);
});

test('an invitation says who it is of and to what, where that is known, and can be put aside', async () => {
  const { roomId } = await ann.evaluate(
    async ([userId, token]) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`/api/direct/${userId}`, { method: 'POST', headers })).json();
    },
    [await idOf(nina), await ann.evaluate(() => JSON.parse(localStorage.getItem('chat-credentials') ?? '{}').token)],
  );
  await nina.goto(`${server.url}/room/${roomId}`);
  const room = await createRoom(ann, 'Market', 'Public');
  await letIn(ann, room, await idOf(nina));
  await invitations().getByText('ann invites you to “Market”.').waitFor();
  await invitations().getByRole('button', { name: 'Dismiss' }).click();
  await invitations().waitFor({ state: 'detached' });
  // The focus does not go with the last of them.
  await expect.poll(() => nina.evaluate(() => document.activeElement?.localName)).toBe('main');
  await nina.reload();
  await box(nina).waitFor();
  expect(await invitations().count()).toBe(0);
});

test('a room that is deleted offers no way in, and who made one comes back', async () => {
  const room = await createRoom(ann, 'For a while');
  await letIn(ann, room, await idOf(nina));
  await invitations().getByRole('button', { name: 'Join' }).click();
  await box(nina).waitFor();
  await ask(ann, room, 'DELETE', '');
  await nina.getByText('This room is gone').waitFor();
  expect(await join(nina).count()).toBe(0);
  // Where there is nothing, or nothing that is told of, there is no way in to be offered.
  await ann.goto(`${server.url}/room/nowhere`);
  await ann.getByText('Ask somebody who looks after it to invite you.').waitFor();
  expect(await join(ann).count()).toBe(0);

  const own = await createRoom(ann, 'Of my own');
  await leave(ann);
  for (const come of [() => ann.goBack(), () => ann.goto(own)]) {
    await come();
    await join(ann).waitFor();
  }
  await join(ann).click();
  await box(ann).waitFor();
});

test('whoever looks at a room that is closed to them can join it once they are invited, and no more once they are not', async () => {
  const room = await createRoom(ann, 'Back room');
  const invite = async () => letIn(ann, room, await idOf(nina));
  await nina.goto(room);
  await nina.getByText('Ask somebody who looks after it to invite you.').waitFor();
  expect(await join(nina).count()).toBe(0);
  await settled(nina);
  expect(await violations(nina)).toEqual([]);
  await invite();
  await join(nina).waitFor();
  await nina.getByRole('main').getByRole('heading', { name: 'Back room' }).waitFor();
  await nina.getByRole('main').getByText('You are invited').waitFor();
  // Who has put the invitation aside is invited still.
  await invitations().getByRole('button', { name: 'Dismiss' }).click();
  await invitations().waitFor({ state: 'detached' });
  await join(nina).click();
  await box(nina).waitFor();
  await ask(ann, room, 'DELETE', `/members/${await idOf(nina)}`);
  await nina.getByText('ann removed you from this room.').waitFor();
  expect(await join(nina).count()).toBe(0);
  await invite();
  await join(nina).click();
  await box(nina).waitFor();
});

test('what a refusal to let one in says stands below, where it moves nothing', async () => {
  const room = await createRoom(ann, 'Square', 'Public');
  await ask(ann, room, 'POST', '/bans', { userId: await idOf(nina) });
  await nina.goto(room);
  await join(nina).click();
  const [note, link] = [nina.getByRole('main').getByRole('alert'), nina.getByRole('main').getByRole('link', { name: 'To your rooms' })];
  await note.getByText('You are banned from this room.').waitFor();
  // The room is there, and still says so.
  await nina.getByText('You can read and write here once you have joined.').waitFor();
  const [below, above] = [await note.boundingBox(), await link.boundingBox()];
  expect(below?.y).toBeGreaterThan((above?.y ?? 0) + (above?.height ?? 0));
});

test('a guest who was away for long comes back, also to a private room of their own', async () => {
  const gus = await (await newContext(browser)).newPage();
  await gus.goto(server.url);
  await gus.getByLabel('Your name').fill('gus');
  await gus.getByRole('button', { name: 'Come in' }).click();
  await gus.getByRole('heading', { name: 'Welcome' }).waitFor();
  const open = await createRoom(ann, 'Open house', 'Public');
  await gus.goto(open);
  await join(gus).click();
  await box(gus).waitFor();
  const own = await createRoom(gus, 'House of gus');
  await letIn(gus, own, await idOf(ann));
  await ann.goto(own);
  await join(ann).click();
  await box(ann).waitFor();
  const members = ann.getByRole('complementary', { name: 'Members' });
  await members.getByText('gus').waitFor();
  await gus.goto('about:blank');
  await expect.poll(() => members.getByText('gus').count()).toBe(0);
  // The list of rooms that they are in has neither.
  await gus.goto(server.url);
  await gus.getByRole('heading', { name: 'Welcome' }).waitFor();
  for (const room of [own, open]) {
    await gus.goto(room);
    await join(gus).click();
    await box(gus).waitFor();
  }
  await gus.context().close();
});
