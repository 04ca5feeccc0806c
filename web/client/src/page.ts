import type { Connection } from './connection.ts';
import { AWAY_AFTER } from './limits.ts';

/** Has a connection follow its page: whether it is looked at, and whether the browser has a network. */
export function watchPage(connection: Connection): () => void {
  if (typeof document === 'undefined') return () => undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const seen = () => {
    clearTimeout(timer);
    if (document.hidden) {
      timer = setTimeout(() => connection.say({ action: 'presence', state: 'away' }), AWAY_AFTER);
    } else {
      connection.say({ action: 'presence', state: 'online' });
      connection.retry();
    }
  };
  const online = () => connection.retry();
  const offline = () => connection.offline();
  document.addEventListener('visibilitychange', seen);
  addEventListener('online', online);
  addEventListener('offline', offline);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', seen);
    removeEventListener('online', online);
    removeEventListener('offline', offline);
  };
}
