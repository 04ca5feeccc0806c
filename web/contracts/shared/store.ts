import { useSyncExternalStore } from 'react';

/** A state that a page follows. It is replaced as a whole, and never changed in place. */
export class Store<S extends object> {
  readonly #followers = new Set<() => void>();
  #state: S;

  constructor(state: S) {
    this.#state = state;
  }

  get state(): S {
    return this.#state;
  }

  readonly follow = (follower: () => void): (() => void) => {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  };

  protected set(change: Partial<S>): void {
    this.#state = { ...this.#state, ...change };
    for (const follower of this.#followers) follower();
  }
}

export function useStore<S extends object>(store: Store<S>): S {
  return useSyncExternalStore(store.follow, () => store.state);
}
