// A database of the browser with one kind of items in it.

/** Asks something of the items, and waits until it is done whole. */
export type Ask = <T>(mode: IDBTransactionMode, ask: (items: IDBObjectStore) => IDBRequest<T>) => Promise<T>;

/** Opens the database of this name, and makes it if it is not there. It is opened by the first question, and again if that failed or it is gone. */
export function openDatabase(name: string, keyPath: string | string[]): Ask {
  let opening: Promise<IDBDatabase> | undefined;
  const open = () =>
    new Promise<IDBDatabase>((opened, failed) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore('items', { keyPath });
      request.onsuccess = () => {
        // The browser closes it when its user clears what it keeps.
        request.result.onclose = () => (opening = undefined);
        opened(request.result);
      };
      request.onerror = () => failed(request.error);
    });
  return async (mode, ask) => {
    opening ??= open().catch((problem) => {
      opening = undefined;
      throw problem;
    });
    const transaction = (await opening).transaction('items', mode);
    const request = ask(transaction.objectStore('items'));
    return new Promise((done, failed) => {
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = () => failed(transaction.error);
    });
  };
}
