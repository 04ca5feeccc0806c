// Locks that hold between the tabs of one browser, and between callers in one process.

import { randomId } from './ids.ts';
import { LEASE } from './limits.ts';

const locks = (): LockManager | undefined => globalThis.navigator?.locks;
const queues = new Map<string, Promise<unknown>>();

/** Runs `work` while nobody else holds the lock of this name. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const manager = locks();
  if (manager) return manager.request(name, work) as Promise<T>;
  const before = queues.get(name) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(() => leased(name, work));
  queues.set(name, mine);
  try {
    return await mine;
  } finally {
    if (queues.get(name) === mine) queues.delete(name);
  }
}

// A page without TLS has no locks, but has stored values: whoever's name stands there after a moment has the lease.
async function leased<T>(name: string, work: () => Promise<T>): Promise<T> {
  const storage = globalThis.localStorage as Storage | undefined;
  if (!storage) return work();
  const key = `lock:${name}`;
  const me = randomId();
  for (const deadline = Date.now() + 2 * LEASE; Date.now() < deadline; ) {
    const [owner, until] = (storage.getItem(key) ?? '').split(' ');
    if (owner === me) break;
    if (!owner || Number(until) < Date.now()) storage.setItem(key, `${me} ${Date.now() + LEASE}`);
    await new Promise((done) => setTimeout(done, 40 + Math.random() * 40));
  }
  try {
    return await work();
  } finally {
    if (storage.getItem(key)?.startsWith(me)) storage.removeItem(key);
  }
}
