const WORKER = '/worker.js';

interface Policies {
  createPolicy(name: string, rules: { createScriptURL: () => string }): { createScriptURL(text: string): string };
}

/** Has the browser keep the page, so that it begins without the server, too. Pages that came without TLS cannot do that. */
export function keepPage(): void {
  if (!('serviceWorker' in navigator)) return;
  const { trustedTypes } = globalThis as { trustedTypes?: Policies };
  // The policy of the page allows this one script to be named by a text, and no other.
  const script = trustedTypes?.createPolicy('chat-worker', { createScriptURL: () => WORKER }).createScriptURL('') ?? WORKER;
  const register = () => void navigator.serviceWorker.register(script).catch(() => undefined);
  // What is looked at comes first.
  if (document.readyState === 'complete') register();
  else addEventListener('load', register, { once: true });
}
