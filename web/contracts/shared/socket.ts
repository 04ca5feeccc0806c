import { useSyncExternalStore } from 'react';
import { io, type Socket } from 'socket.io-client';
import { Refused, refusal } from './refused.ts';
import { Store } from './store.ts';

/** How long an acknowledgement may take. */
const PATIENCE_MS = 10_000;

export interface ConnectionState {
  name: 'connecting' | 'online' | 'unreachable' | 'lost' | 'refused';
  /** Why the server refuses the connection. */
  why?: Refused;
}

/** A connection by Socket.IO's own client, which gets it back by itself. */
export class Connection extends Store<ConnectionState> {
  readonly socket: Socket;

  constructor(auth: Record<string, string> = {}) {
    super({ name: 'connecting' });
    const socket = io({ auth, autoConnect: false, forceNew: true });
    this.socket = socket;
    socket.on('connect', () => this.set({ name: 'online' }));
    socket.on('disconnect', (reason) => {
      if (reason === 'io client disconnect') return;
      if (socket.active) return this.set({ name: 'lost' });
      this.set({ name: 'refused', why: new Refused('ended', 'the server has ended the connection') });
    });
    socket.on('connect_error', (error) => {
      if (!socket.active) return this.set({ name: 'refused', why: refusal((error as { data?: unknown }).data, error.message) });
      if (this.state.name === 'connecting') this.set({ name: 'unreachable' });
    });
  }

  open(): () => void {
    this.socket.connect();
    return () => void this.socket.disconnect();
  }

  /** Tries at once what would be tried later, or not at all. */
  retry(): void {
    this.set({ name: 'connecting' });
    this.socket.disconnect().connect();
  }

  /** Says something, and waits until it is acknowledged. A refusal is thrown, as is that no answer comes. */
  async say<T>(event: string, payload: object): Promise<T> {
    if (!this.socket.connected) throw new Refused('no-connection', 'there is no connection');
    let answer: (T & { code?: string; message?: string }) | undefined;
    try {
      answer = await this.socket.timeout(PATIENCE_MS).emitWithAck(event, payload);
    } catch {
      throw new Refused('unanswered', 'the server has not answered');
    }
    if (answer?.code) throw refusal(answer, 'the server has refused it');
    return answer as T;
  }
}

function followOnline(follower: () => void): () => void {
  addEventListener('online', follower);
  addEventListener('offline', follower);
  return () => {
    removeEventListener('online', follower);
    removeEventListener('offline', follower);
  };
}

/** Whether the browser has a network at all. */
export const useOnline = (): boolean => useSyncExternalStore(followOnline, () => navigator.onLine);
