import { useChat, useConnection } from 'chat-client/react';
import { useEffect, useState } from 'react';
import { useText } from '../text/index.ts';
import { Icon } from '../ui/Icon.tsx';

/** A connection that comes back at once is not worth a word. */
const PATIENCE = 700;

/** Says that there is no connection, and when it is tried again. */
export function Banner() {
  const texts = useText();
  const { connection } = useChat();
  const { name, until } = useConnection();
  const isDown = name !== 'online' && name !== 'idle';
  const [isLate, setLate] = useState(false);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isDown) return setLate(false);
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [isDown]);
  useEffect(() => {
    setNow(Date.now());
    if (!until) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [until]);
  const shown = isDown && (isLate || name === 'offline' || name === 'ended');
  const seconds = Math.max(1, Math.ceil(((until ?? now) - now) / 1000));
  const said =
    { offline: texts.status.offline, ended: texts.status.ended, waiting: texts.status.waiting(seconds) }[name as string] ??
    texts.status.connecting;
  return (
    <div className={shown ? 'flex items-center justify-center gap-x-3 bg-mark-tint px-4 py-2 text-sm' : undefined}>
      {shown && <Icon name={name === 'connecting' ? 'clock' : 'warn'} className="size-4.5 text-mark" />}
      {/* The seconds are not told one by one. */}
      <span role="status" className="sr-only">
        {shown && (name === 'waiting' ? texts.status.connecting : said)}
      </span>
      {shown && <span aria-hidden="true">{said}</span>}
      {shown && name === 'waiting' && <Act label={texts.status.now} onClick={() => connection.retry()} />}
      {shown && name === 'ended' && <Act label={texts.status.reload} onClick={() => location.reload()} />}
    </div>
  );
}

function Act({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" onClick={onClick} className="rounded-lg px-2 py-1 font-semibold whitespace-nowrap underline underline-offset-2">
      {label}
    </button>
  );
}
