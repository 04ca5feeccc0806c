/** A value that others watch. It is replaced and never changed, so that two of them can be compared. */
export class Store<T extends object> {
  #value: T;
  readonly #watchers = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  // Bound, as React's `useSyncExternalStore` takes them alone.
  readonly get = (): T => this.#value;

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  set(changes: Partial<T>): void {
    this.#value = { ...this.#value, ...changes };
    for (const watcher of [...this.#watchers]) watcher();
  }
}
