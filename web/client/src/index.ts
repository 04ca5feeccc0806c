export { Backoff } from './backoff.ts';
export { ChatClient, type ClientOptions, type ClientState } from './client.ts';
export type { ConnectionState } from './connection.ts';
export { type Cursor, judge } from './cursor.ts';
export { ChatError } from './errors.ts';
export { browserHistory, type HistoryStore, type KeptRoom, noHistory } from './history.ts';
export { MESSAGE_BYTES } from './limits.ts';
export { browserMemory, type KnownRoom, noMemory, type RoomMemory } from './memory.ts';
export { isMentioned } from './mentions.ts';
export { browserOutbox, memoryOutbox, type OutboxItem, type OutboxStore, type WaitingItem } from './outbox.ts';
export { lastOf, seenBy } from './reads.ts';
export {
  type AccountView,
  type Ack,
  type Device,
  type Figures,
  type Invite,
  type Me,
  type MyRoom,
  type Offered,
  type Pin,
  path,
  type Registration,
  Rest,
  type Version,
} from './rest.ts';
export { Room } from './room.ts';
export { browserKeep, type Credentials, type EndReason, type Keep, memoryKeep, Session } from './session.ts';
export type { Present, RoomState } from './state.ts';
export { Store } from './store.ts';
export { apply, find, type Message, type Timeline } from './timeline.ts';
export type { MemberView, Notice, RestrictedView, RoomView, UserRoomView, UserView } from './wire/server.ts';
