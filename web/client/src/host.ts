import type { Archive } from './archive.ts';
import type { Connection, Request } from './connection.ts';
import type { Room } from './room.ts';
import type { Message } from './timeline.ts';
import type * as server from './wire/server.ts';

/** What a room needs of its client. */
export interface Host {
  readonly connection: Connection;
  readonly archive: Archive;
  readonly me: () => string | undefined;
  command(request: Request, signal?: AbortSignal): Promise<server.Frame>;
  settled(clientId: string): void;
  /** One is called so. */
  named(username: string): void;
  arrived(room: Room, message: Message): void;
  refreshRooms(): void;
  /** There is no subscription to the room. */
  refused(room: Room, code: string | undefined): void;
}
