import type { Room } from 'chat-client';
import { useChat, useClient, useRoomParts, useRoomState } from 'chat-client/react';
import { useEffect, useState } from 'react';
import { clock, dayOf, whole } from '../../lib/time.ts';
import { type Texts, useLanguage, useText } from '../../text/index.ts';
import { Icon, type IconName } from '../../ui/Icon.tsx';

/** The year of a mute that is for good. */
const FOR_GOOD = '9999';

/** What holds one back from writing, before one has tried to: a mute of which the page was told, or slow mode. */
export function Restraint({ room }: { room: Room }) {
  const admin = useClient((state) => state.admin);
  const { role, slowModeMs, mutedUntil } = useRoomParts(room, 'role', 'slowModeMs', 'mutedUntil');
  const isMuted = useTimeLeft(mutedUntil ? Date.parse(mutedUntil) : 0) > 0;
  if (mutedUntil && isMuted) return <Muted until={mutedUntil} />;
  return slowModeMs && !admin && role !== 'owner' && role !== 'moderator' ? <Slow room={room} pause={slowModeMs} /> : null;
}

function Muted({ until }: { until: string }) {
  const texts = useText();
  const language = useLanguage();
  const when = dayOf(until) === new Date().toDateString() ? clock(until, language) : whole(until, language);
  return <Note icon="mute" text={until.startsWith(FOR_GOOD) ? (texts.errors.muted as string) : texts.room.mutedUntil(when)} />;
}

function Slow({ room, pause }: { room: Room; pause: number }) {
  const texts = useText();
  const me = useChat().me();
  const wrote = useRoomState(room, (state) => state.messages.findLast((message) => message.senderId === me)?.timestamp);
  // The server's clock may go ahead of this one.
  const left = Math.min(pause, useTimeLeft(wrote ? Date.parse(wrote) + pause : 0));
  return <Note icon="clock" text={texts.room.slow(lasting(pause, texts), left > 0 ? lasting(left, texts) : undefined)} />;
}

function Note({ icon, text }: { icon: IconName; text: string }) {
  return (
    <p className="flex items-center gap-1.5 px-3 pb-1.5 text-sm text-soft">
      <Icon name={icon} className="size-4" />
      {text}
    </p>
  );
}

const MINUTE = 60_000;

const lasting = (ms: number, { settings }: Texts): string =>
  ms < MINUTE ? settings.seconds(Math.ceil(ms / 1_000)) : settings.minutes(Math.ceil(ms / MINUTE));

/** How many milliseconds are left until a time, to the second. */
function useTimeLeft(end: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    if (end <= Date.now()) return;
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= end) clearInterval(timer);
    }, 1_000);
    return () => clearInterval(timer);
  }, [end]);
  return Math.max(0, end - now);
}
