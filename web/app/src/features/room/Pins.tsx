import { useQuery } from '@tanstack/react-query';
import type { Pin, Rest, Room } from 'chat-client';
import { useChat } from 'chat-client/react';
import { called } from '../../lib/rooms.ts';
import { whole } from '../../lib/time.ts';
import { useLanguage, useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Empty, ErrorNote, Skeleton } from '../../ui/notes.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { useAction } from '../../ui/useAction.ts';
import { Text } from './Text.tsx';
import type { Target } from './useHistory.ts';
import { useMay } from './useMay.ts';
import { useNames } from './useNames.ts';

/** A room has at most so many. */
const MOST = 100;

/** All that is pinned. A page may be short as its messages are long; an empty one is the last. */
async function all(rest: Rest, roomId: string): Promise<Pin[]> {
  const pins: Pin[] = [];
  while (pins.length < MOST) {
    const page = await rest.pins(roomId, pins.at(-1)?.seq, MOST);
    if (page.length === 0) break;
    pins.push(...page);
  }
  return pins;
}

interface Props {
  room: Room;
  /** Goes to the message in the history. */
  onGoTo: (target: Target) => void;
  onClose: () => void;
}

/** What is pinned in a room, the last pinned first. */
export default function Pins({ room, onGoTo, onClose }: Props) {
  const texts = useText();
  const client = useChat();
  const pins = useQuery({
    queryKey: ['pins', room.roomId],
    queryFn: () => all(client.rest, room.roomId),
    retry: false,
    staleTime: 0,
  });
  const listed = pins.data ?? [];
  const goTo = (seq: number) => {
    onClose();
    onGoTo({ seq });
  };
  return (
    <Dialog title={texts.room.pins} onClose={onClose} wide>
      {pins.isPending && <Skeleton rows={2} />}
      {pins.isSuccess && !listed.length && <Empty icon="pin" title={texts.room.noPins} />}
      <ErrorNote error={pins.error} />
      <Rows label={texts.room.pins} className="flex flex-col gap-2">
        {listed.map((pin) => (
          <Pinned key={pin.seq} room={room} pin={pin} onChanged={() => pins.refetch()} onPick={() => goTo(pin.message.seq)} />
        ))}
      </Rows>
    </Dialog>
  );
}

function Pinned({ room, pin, onChanged, onPick }: { room: Room; pin: Pin; onChanged: () => void; onPick: () => void }) {
  const texts = useText();
  const language = useLanguage();
  const { message } = pin;
  const names = useNames(room, message);
  const unpin = useAction(async () => {
    await room.unpin(message.seq);
    onChanged();
  });
  const may = useMay(room);
  return (
    <li className="rounded-2xl border border-line bg-raised px-4 py-3">
      <p className="flex items-baseline gap-2">
        <span className="truncate font-semibold">{called(message.sender, texts)}</span>
        <time dateTime={message.timestamp} className="text-xs whitespace-nowrap text-faint">
          {whole(message.timestamp, language)}
        </time>
      </p>
      <div className="max-h-60 overflow-y-auto">
        {message.message ? <Text text={message.message} names={names} /> : <p className="text-faint italic">{texts.room.erased}</p>}
      </div>
      <p className="mt-1.5 flex items-center gap-3 text-xs text-faint">
        <span className="min-w-0 flex-1">{texts.room.pinnedBy(called(pin.pinnedBy.username, texts), whole(pin.pinnedAt, language))}</span>
        <Button kind="quiet" onClick={onPick}>
          {texts.room.goTo}
        </Button>
        {may.pin && (
          <Button kind="quiet" busy={unpin.busy} onClick={unpin.run}>
            {texts.room.unpin}
          </Button>
        )}
      </p>
      <ErrorNote error={unpin.error} />
    </li>
  );
}
