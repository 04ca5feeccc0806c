// Clients for tests, and waiting until something is so.

import { WebSocket } from 'ws';
import { ChatClient, type Credentials, type HistoryStore, memoryKeep, memoryOutbox, type OutboxStore, type Room } from '../src/index.ts';

const PATIENCE = Number(process.env.CHAT_PATIENCE ?? 20_000);

export interface Options {
  credentials?: Credentials;
  outbox?: OutboxStore;
  history?: HistoryStore;
}

export function newClient(url: string, { credentials, outbox = memoryOutbox(), history }: Options = {}): ChatClient {
  const client = new ChatClient({
    ...{ url, outbox, history },
    keep: memoryKeep(credentials),
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  });
  if (credentials) client.start();
  return client;
}

/** Waits until `so` returns something, looking again whenever the event loop has turned. */
export async function until<T>(so: () => T | Promise<T> | false | undefined | null, what = String(so)): Promise<T> {
  for (const deadline = Date.now() + PATIENCE; ; ) {
    const value = await so();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`it did not come to be so: ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

export const online = (client: ChatClient) => until(() => client.connection.isOnline, 'the client is online');

export const texts = (room: Room) => room.state.get().messages.map((message) => message.message);
