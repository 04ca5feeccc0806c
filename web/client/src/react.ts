// Hooks for React. Each renders anew when what it returns has changed; of a busy room, ten times a second at most.

import {
  createContext,
  createElement,
  type ReactNode,
  startTransition,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { watchCalmly } from './calm.ts';
import type { ChatClient, ClientState } from './client.ts';
import type { ConnectionState } from './connection.ts';
import type { Room } from './room.ts';
import type { Present, RoomState } from './state.ts';
import type { Store } from './store.ts';
import type { UserView } from './wire/server.ts';

const Context = createContext<ChatClient | null>(null);

export function ChatProvider({ client, children }: { client: ChatClient; children: ReactNode }) {
  return createElement(Context, { value: client }, children);
}

/**
 * The client of the provider above.
 * @throws without a provider above.
 */
export function useChat(): ChatClient {
  const client = useContext(Context);
  if (!client) throw new Error('there is no ChatProvider above');
  return client;
}

/** A part of a room's state, drawn anew at a pace that leaves time for other things. */
function useCalmly<P>(room: Room, pick: (state: RoomState) => P): P {
  const watch = useCallback((told: () => void) => watchCalmly(room.state, told), [room]);
  const snapshot = () => pick(room.state.get());
  return useSyncExternalStore(watch, snapshot, snapshot);
}

/** A part of a store's value. What `pick` returns is compared by identity. */
export function useStore<T extends object, P>(store: Store<T>, pick: (value: T) => P): P {
  const snapshot = () => pick(store.get());
  return useSyncExternalStore(store.watch, snapshot, snapshot);
}

export const useClient = <P>(pick: (state: ClientState) => P): P => useStore(useChat().state, pick);
export const useConnection = (): ConnectionState => useStore(useChat().connection.state, (state) => state);
export const useRooms = (): readonly Room[] => useClient((state) => state.rooms);

/** A room, which is kept at hand while the component is there. */
export function useRoom(roomId: string): Room {
  const client = useChat();
  const room = useMemo(() => client.room(roomId), [client, roomId]);
  useEffect(() => room.view(), [room]);
  return room;
}

export const useRoomState = <P>(room: Room, pick: (state: RoomState) => P): P => useCalmly(room, pick);

/** Some of what is known of a room. Renders anew when one of these has changed, and not when something else has. */
export function useRoomParts<K extends keyof RoomState>(room: Room, ...names: K[]): Pick<RoomState, K> {
  const last = useRef<Pick<RoomState, K>>(undefined);
  return useCalmly(room, (state) => {
    const before = last.current;
    if (before && names.every((name) => before[name] === state[name])) return before;
    last.current = Object.fromEntries(names.map((name) => [name, state[name]])) as Pick<RoomState, K>;
    return last.current;
  });
}

type Shown = Pick<RoomState, 'messages' | 'pending' | 'complete' | 'loading' | 'loaded' | 'kept'>;

const SHOWN = ['messages', 'pending', 'complete', 'loading', 'loaded', 'kept'] as const;

/**
 * The messages of a room, those that wait to be sent, and how to get older ones. They are drawn when there is time, and many that come
 * together are drawn together: a key that is pressed meanwhile comes first.
 */
export function useMessages(room: Room): Shown & { older: () => Promise<void> } {
  const [held, hold] = useState(() => ({ room, shown: room.state.get() as Shown }));
  useEffect(() => {
    let last: Shown | undefined;
    const look = () => {
      const shown: Shown = room.state.get();
      if (last && SHOWN.every((name) => last?.[name] === shown[name])) return;
      last = shown;
      startTransition(() => hold({ room, shown }));
    };
    look();
    return watchCalmly(room.state, look);
  }, [room]);
  const { messages, pending, complete, loading, loaded, kept } = held.room === room ? held.shown : room.state.get();
  return { messages, pending, complete, loading, loaded, kept, older: () => room.older() };
}

/** Who is writing, and how to say that one is. */
export function useTyping(room: Room): { typing: readonly UserView[]; tell: () => void } {
  return { typing: useCalmly(room, (state) => state.typing), tell: () => room.typing() };
}

/** Who is there. */
export function usePresence(room: Room): { online: readonly Present[]; count: number } {
  return { online: useCalmly(room, (state) => state.online), count: useCalmly(room, (state) => state.onlineCount) };
}
