import type { Room } from 'chat-client';
import { useChat, useClient, useRoomParts, useRoomState } from 'chat-client/react';
import { useEffect, useState } from 'react';
import { clock, dayOf, whole } from '../../lib/time.ts';
import { type Texts, useLanguage, useText } from '../../text/index.ts';
import { Icon, type IconName } from '../../ui/Icon.tsx';

/** So far the clocks may be apart for this page to tell how long one has to wait, in milliseconds. */
const SKEW = 5_000;

/** The year of a mute that is for good. */
const FOR_GOOD = '9999';

/** What holds one back from writing, and for how many milliseconds from now. */
export type Restrained = { left: number } & ({ kind: 'muted'; until: string } | { kind: 'slow'; pause: number });

/** What holds one back in a room, before one has tried to write: a mute of which the page was told, or slow mode. */
export function useRestraint(room: Room): Restrained | undefined {
  const admin = useClient((state) => state.admin);
  const me = useChat().me();
  const { role, slowModeMs = 0, mutedUntil } = useRoomParts(room, 'role', 'slowModeMs', 'mutedUntil');
  const isMember = !admin && role !== 'owner' && role !== 'moderator';
  const pause = isMember ? slowModeMs : 0;
  const wrote = useRoomState(room, (state) =>
    pause ? state.messages.findLast((message) => message.senderId === me)?.timestamp : undefined,
  );
  // A message that is on its way begins the next pause.
  const isSending = useRoomState(room, (state) => pause > 0 && state.pending.some((item) => !item.failed));
  const muted = useTimeLeft(mutedUntil ? Date.parse(mutedUntil) : 0);
  const left = useTimeLeft(wrote ? Date.parse(wrote) + pause : 0);
  if (mutedUntil && muted > 0) return { kind: 'muted', until: mutedUntil, left: muted };
  // Where the server's clock goes ahead of this one by much, how long one waits is the server's to say.
  return pause ? { kind: 'slow', pause, left: isSending ? pause : left > pause + SKEW ? 0 : Math.min(pause, left) } : undefined;
}

export function Restraint({ id, ...held }: Restrained & { id: string }) {
  const texts = useText();
  const language = useLanguage();
  if (held.kind === 'slow') {
    const { pause, left } = held;
    return <Note id={id} icon="clock" text={texts.room.slow(lasting(pause, texts), left > 0 ? lasting(left, texts) : undefined)} />;
  }
  const { until } = held;
  const when = dayOf(until) === new Date().toDateString() ? clock(until, language) : whole(until, language);
  return <Note id={id} icon="mute" text={until.startsWith(FOR_GOOD) ? (texts.errors.muted as string) : texts.room.mutedUntil(when)} />;
}

function Note({ id, icon, text }: { id: string; icon: IconName; text: string }) {
  return (
    <p id={id} className="flex items-center gap-1.5 px-3 pb-1.5 text-sm text-soft">
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
