import { Store } from 'chat-client';
import { useStore } from 'chat-client/react';
import { useCallback } from 'react';
import { explain, useText } from '../text/index.ts';

const SHOWN = 5_000;

const toast = new Store<{ text: string }>({ text: '' });
let timer: ReturnType<typeof setTimeout> | undefined;

function show(text: string): void {
  clearTimeout(timer);
  toast.set({ text });
  timer = setTimeout(() => toast.set({ text: '' }), SHOWN);
}

/** Tells for a moment how something came out that has no place of its own for it: a text, or an error. */
export function useToast(): (what: string | Error) => void {
  const texts = useText();
  return useCallback((what) => show(typeof what === 'string' ? what : explain(texts, what)), [texts]);
}

export function Toast() {
  const text = useStore(toast, (state) => state.text);
  // Below are what one writes, and what was not sent of it.
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 top-20 z-50 flex justify-center px-4">
      {text && <p className="animate-rise rounded-2xl bg-ink px-4 py-2.5 text-sm font-medium text-ground shadow-float">{text}</p>}
    </div>
  );
}
