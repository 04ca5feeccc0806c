// Has the page begin without the server: with this, a reload without a network shows the page, and what waits to be sent.
//
// It keeps the page's own files, which are the same for everybody, and nothing that the server says of anybody. Where there is a server,
// the page itself always comes from there, so a new version is there with the next load.

export {};

/** The files that the page is made of, and a mark of what is in them: the build puts both in. */
declare const __FILES__: readonly string[];
declare const __VERSION__: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const OURS = 'chat-page-';
const CACHE = OURS + __VERSION__;

// All or none: files of two versions do not go together. It waits until no page of an older version is open any more.
worker.addEventListener('install', (event) => {
  const requests = __FILES__.map((file) => new Request(file, { credentials: 'omit', cache: file === '/' ? 'reload' : 'default' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

worker.addEventListener('activate', (event) => {
  const clear = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
  };
  event.waitUntil(clear());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin || pathname.startsWith('/api/')) return;
  if (request.mode === 'navigate') event.respondWith(fetch(request).catch((error) => kept('/', error)));
  else if (__FILES__.includes(pathname)) event.respondWith(kept(pathname).catch(() => fetch(request)));
});

async function kept(file: string, otherwise: unknown = new Error(file)): Promise<Response> {
  const found = await caches.match(file, { cacheName: CACHE });
  if (!found) throw otherwise;
  return found;
}
