import type { Room } from 'chat-client';
import { useChat, useClient, useRoomParts, useRoomState } from 'chat-client/react';
import { useEffect, useMemo, useState } from 'react';
import { clock, dayOf, whole } from '../../lib/time.ts';
import { type Texts, useLanguage, useText } from '../../text/index.ts';
import { Icon, type IconName } from '../../ui/Icon.tsx';

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
  // The server's clock may go ahead of this one: nobody waits longer than the pause.
  const next = useMemo(() => (wrote ? Math.min(Date.parse(wrote), Date.now()) + pause : 0), [wrote, pause]);
  // Whoever is made an owner is not muted any more.
  const until = role !== 'owner' && mutedUntil;
  const muted = useTimeLeft(until ? Date.parse(until) : 0);
  const left = useTimeLeft(next);
  if (until && muted > 0) return { kind: 'muted', until, left: muted };
  return pause ? { kind: 'slow', pause, left } : undefined;
}

export function Restraint(held: Restrained) {
  const texts = useText();
  const language = useLanguage();
  if (held.kind === 'slow') {
    const { pause, left } = held;
    return <Note icon="clock" text={texts.room.slow(lasting(pause, texts), left > 0 ? lasting(left, texts) : undefined)} />;
  }
  const { until } = held;
  const when = dayOf(until) === new Date().toDateString() ? clock(until, language) : whole(until, language);
  return <Note icon="mute" text={until.startsWith(FOR_GOOD) ? (texts.errors.muted as string) : texts.room.mutedUntil(when)} />;
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
