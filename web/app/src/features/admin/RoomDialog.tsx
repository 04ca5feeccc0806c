import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { RoomView } from 'chat-client';
import { useChat, useRooms } from 'chat-client/react';
import { useState } from 'react';
import { allPages } from '../../lib/allPages.ts';
import { nameOfUser } from '../../lib/invited.ts';
import { called } from '../../lib/rooms.ts';
import { whole } from '../../lib/time.ts';
import { administration } from '../../text/administration.ts';
import { useLanguage, useSaid, useText } from '../../text/index.ts';
import { roomSettings } from '../../text/roomSettings.ts';
import { Button } from '../../ui/Button.tsx';
import { Confirm, Dialog } from '../../ui/Dialog.tsx';
import { ErrorNote, Skeleton } from '../../ui/notes.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../../ui/useAction.ts';
import { useGo } from '../../ui/useBack.ts';
import { Done } from './Done.tsx';

/** What there is to know of a room, and what an administrator may do with it. */
export function RoomDialog({ roomId, onClose }: { roomId: string; onClose: () => void }) {
  const said = useSaid(administration);
  const { rest } = useChat();
  const room = useQuery({ queryKey: ['listed', 'room', roomId], queryFn: () => rest.room(roomId), retry: false });
  return (
    <Dialog title={room.data?.roomName ?? said.rooms} onClose={onClose}>
      {room.isPending && <Skeleton rows={2} />}
      <ErrorNote error={room.error} />
      {room.data && <Facts room={room.data} />}
      {room.data && <Actions room={room.data} onClose={onClose} />}
    </Dialog>
  );
}

/** Pages of members in which whoever made a room is looked for. */
const PAGES = 4;

/** What whoever made a room is called, or their id where neither what is at hand nor the list of members tells. */
function useCreator({ roomId, creatorId }: RoomView): string | undefined {
  const texts = useText();
  const client = useChat();
  const atHand = creatorId && nameOfUser(client, creatorId);
  const asked = useQuery({
    queryKey: ['creator', roomId],
    queryFn: async () => {
      const load = async (after?: string) => (await client.rest.members(roomId, after)).members;
      const { items } = await allPages(load, PAGES);
      return items.find(({ userId }) => userId === creatorId)?.username ?? null;
    },
    enabled: Boolean(creatorId && !atHand),
    retry: false,
  });
  const name = atHand ?? asked.data;
  return name ? called(name, texts) : asked.isLoading ? '…' : creatorId;
}

function Facts({ room }: { room: RoomView }) {
  const texts = useText();
  const said = useSaid(administration);
  const settings = useSaid(roomSettings);
  const language = useLanguage();
  const { roomId, kind, topic, memberCount, archived, createdAt, activeAt } = room;
  const creator = useCreator(room);
  const facts: [string, string | false | undefined][] = [
    [texts.rooms.kind, kind === 'private' ? texts.rooms.private : texts.rooms.public],
    [settings.archive, archived ? said.yes : said.no],
    [settings.topic, topic],
    [texts.room.members, String(memberCount)],
    [said.made, whole(createdAt, language)],
    [said.madeBy, creator],
    [said.lastWritten, activeAt !== createdAt && whole(activeAt, language)],
    [said.roomId, roomId],
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 text-sm">
      {facts.map(
        ([label, fact]) =>
          fact && (
            <div key={label} className="contents">
              <dt className="text-soft">{label}</dt>
              <dd className="min-w-0 wrap-anywhere">{fact}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Actions({ room: { roomId, roomName, archived }, onClose }: { room: RoomView; onClose: () => void }) {
  const said = useSaid(administration);
  const settings = useSaid(roomSettings);
  const toast = useToast();
  const client = useChat();
  const queries = useQueryClient();
  const go = useGo();
  const [isRemoving, setRemoving] = useState(false);
  const isMine = useRooms().some((mine) => mine.roomId === roomId);
  const again = () => queries.invalidateQueries({ queryKey: ['listed'] });
  const open = useAction(async () => {
    if (!isMine) await client.join(roomId);
    go(`/room/${encodeURIComponent(roomId)}`);
  });
  const [done, setDone] = useState('');
  const archive = useAction(async () => {
    setDone('');
    await client.rest.changeRoom(roomId, { archived: !archived });
    await again();
    setDone(archived ? said.unarchived : said.archived);
  });
  return (
    <div className="mt-6 flex flex-col gap-3">
      <Button busy={open.busy} onClick={open.run}>
        {isMine ? said.go : said.join}
      </Button>
      {!isMine && <p className="text-sm text-soft">{said.joinText}</p>}
      <Button busy={archive.busy} onClick={archive.run}>
        {archived ? said.unarchive : said.archive}
      </Button>
      <Button kind="quietDanger" onClick={() => setRemoving(true)}>
        {settings.remove}
      </Button>
      <Done text={done} />
      <ErrorNote error={open.error ?? archive.error} />
      {isRemoving && (
        <Confirm
          title={settings.removeSure(roomName)}
          text={settings.removeText}
          action={settings.remove}
          onClose={() => setRemoving(false)}
          onConfirm={async () => {
            await client.rest.deleteRoom(roomId);
            toast(said.roomDeleted(roomName));
            // The row has the focus again before it goes, and then hands it on.
            onClose();
            await again();
          }}
        />
      )}
    </div>
  );
}
