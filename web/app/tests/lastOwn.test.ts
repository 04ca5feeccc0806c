import type { Message, WaitingItem } from 'chat-client';
import { expect, test } from 'vitest';
import { lastOwn } from '../src/features/room/lastOwn.ts';

const said = (seq: number, senderId: string, more: Partial<Message> = {}) => ({ seq, senderId, clientId: `c${seq}`, ...more }) as Message;
const waits = (clientId: string, more: Partial<WaitingItem> = {}) => ({ clientId, userId: 'ann', ...more }) as WaitingItem;
const failed = { code: 'archived', message: '' };

const messages = [said(1, 'ann'), said(2, 'ann', { deletedAt: 'then' }), said(3, 'ben')];

test('what one wrote last is the last message that is not deleted', () => {
  expect(lastOwn({ messages, pending: [] }, 'ann')).toEqual({ kind: 'sent', message: messages[0] });
  expect(lastOwn({ messages, pending: [] }, 'eve')).toBe(undefined);
});

test('a message that is on its way is what one wrote last, and not an older one', () => {
  expect(lastOwn({ messages, pending: [waits('new')] }, 'ann')).toMatchObject({ kind: 'on its way', item: { clientId: 'new' } });
  expect(lastOwn({ messages, pending: [waits('no', { failed }), waits('new')] }, 'ann')?.kind).toBe('on its way');
  expect(lastOwn({ messages, pending: [waits('new'), waits('no', { failed })] }, 'ann')?.kind).toBe('refused');
});

test('a message whose ack has come is on its way no more', () => {
  expect(lastOwn({ messages, pending: [waits('c1')] }, 'ann')).toEqual({ kind: 'sent', message: messages[0] });
});
