import { Icon } from 'chat-app/ui/Icon.tsx';
import { useEffect, useState } from 'react';
import { explain } from './refused.ts';
import { type Connection, type ConnectionState, useOnline } from './socket.ts';
import { useStore } from './store.ts';

/** A connection that comes back at once is not worth a word. */
const PATIENCE_MS = 700;

function words({ name, why }: ConnectionState, isOnline: boolean): string | undefined {
  if (name === 'online') return undefined;
  if (name === 'refused') return why?.code === 'ended' ? 'The server has ended the connection.' : explain(why ?? new Error());
  if (!isOnline) return 'You are offline. What you write stays here until you are back.';
  if (name === 'lost') return 'The connection is lost. Trying to get it back …';
  return name === 'unreachable' ? 'The server cannot be reached. Trying again …' : 'Connecting …';
}

/** Says how the connection is, unless all is well. */
export function Status({ connection }: { connection: Connection }) {
  const state = useStore(connection);
  const isOnline = useOnline();
  const text = words(state, isOnline);
  const isDown = text !== undefined;
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (!isDown) return setLate(false);
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isDown]);
  const isShown = isDown && isLate;
  const mayRetry = isShown && state.name === 'refused';
  return (
    <div className={isShown ? 'flex flex-wrap items-center justify-center gap-x-3 bg-mark-tint px-4 py-2 text-sm' : undefined}>
      {isShown && <Icon name={state.name === 'connecting' ? 'clock' : 'warn'} className="size-4.5 text-mark" />}
      <span role="status">{isShown && text}</span>
      {mayRetry && (
        <button
          type="button"
          onClick={() => connection.retry()}
          className="rounded-lg px-2 py-1 font-semibold underline underline-offset-2"
        >
          Connect again
        </button>
      )}
    </div>
  );
}
