// Tells of a room's state at a pace at which it can be drawn. A busy room has fifty messages a second: drawn one by one, they leave no time
// for the keys of whoever writes meanwhile.

import { DRAW_EVERY } from './limits.ts';
import type { RoomState } from './state.ts';
import type { Store } from './store.ts';

/** What others do, and may wait for a moment. What one does oneself, or has asked for, does not. */
const OF_OTHERS: ReadonlySet<string> = new Set<keyof RoomState>([
  ...(['messages', 'lastMessage', 'activeAt', 'unread', 'mentions', 'read', 'reads'] as const),
  ...(['typing', 'online', 'onlineCount', 'members', 'memberCount'] as const),
]);

class Calm {
  readonly #watchers = new Set<() => void>();
  #unwatch: (() => void) | undefined;
  #told: RoomState;
  #toldAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDue = false;

  constructor(readonly store: Store<RoomState>) {
    this.#told = store.get();
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    this.#unwatch ??= this.store.watch(() => this.#changed());
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#unwatch?.();
      this.#unwatch = undefined;
    };
  };

  #changed(): void {
    if (this.#isDue) return;
    const pause = this.#mayWait() ? this.#toldAt + DRAW_EVERY - performance.now() : 0;
    if (pause > 0) {
      this.#timer ??= setTimeout(() => this.#tell(), pause);
      return;
    }
    // All that one frame of the wire changes is told together.
    this.#isDue = true;
    queueMicrotask(() => this.#tell());
  }

  #mayWait(): boolean {
    const [before, now] = [this.#told, this.store.get()];
    return (Object.keys(now) as (keyof RoomState)[]).every((name) => OF_OTHERS.has(name) || before[name] === now[name]);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    this.#told = this.store.get();
    this.#toldAt = performance.now();
    for (const watcher of [...this.#watchers]) watcher();
  }
}

const calm = new WeakMap<Store<RoomState>, Calm>();

/** Calls `watcher` when a room's state has changed: at once, and while much comes in by itself, once in `DRAW_EVERY`. */
export function watchCalmly(store: Store<RoomState>, watcher: () => void): () => void {
  const known = calm.get(store) ?? new Calm(store);
  calm.set(store, known);
  return known.watch(watcher);
}
