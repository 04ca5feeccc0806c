import { useQuery } from '@tanstack/react-query';
import type { MemberView, Room } from 'chat-client';
import { useChat, useConnection, useRoomParts } from 'chat-client/react';
import { allPages } from '../../lib/allPages.ts';
import { useSaid, useText } from '../../text/index.ts';
import { leaving } from '../../text/leaving.ts';
import { Address } from '../../ui/Address.tsx';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';
import { useGo } from '../../ui/useBack.ts';
import { useLifetime } from '../../ui/useLifetime.ts';
import { type Left, leftBehind } from './leftBehind.ts';

/** Pages of members that are looked at for another owner. */
const PAGES = 4;

interface Props {
  room: Room;
  onClose: () => void;
  /** Shows those one of whom may become an owner. */
  onMembers: () => void;
}

/** Asks before one leaves, and says what becomes of the room. */
export default function Leave({ room, onClose, onMembers }: Props) {
  const texts = useText();
  const said = useSaid(leaving);
  const client = useChat();
  const go = useGo();
  const signal = useLifetime();
  const { role, kind, creatorId } = useRoomParts(room, 'role', 'kind', 'creatorId');
  const me = client.me() as string;
  const isOnline = useConnection().name === 'online';
  const load = async (after?: string) => (await client.rest.members(room.roomId, after)).members;
  const query = useQuery({
    queryKey: ['leaving', room.roomId],
    queryFn: async () => ({
      left: leftBehind(await allPages<MemberView>(load, PAGES), me),
      isMade: (await client.rest.room(room.roomId)).creatorId === me,
    }),
    // Without a connection it would be said to have failed; then it is asked when there is one.
    enabled: role === 'owner' && isOnline,
    networkMode: 'always',
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const leave = useAction(async () => {
    await room.leave(signal());
    onClose();
    go('/');
  });
  // After an error the server still keeps a room from losing its last owner.
  const isLooking = role === 'owner' && query.isPending;
  const left: Left = query.data?.left ?? { kind: 'owned' };
  const isPrivate = kind === 'private';
  const isMade = query.data?.isMade === true;
  const isLost = left.kind === 'nobody' || left.kind === 'guests';
  const wayBack = isPrivate ? creatorId !== me && (isLost ? said.outOfReach : said.invited) : said.listed;
  const back = isMade && isPrivate ? said.made : wayBack;
  const parts = {
    owned: [said.text, back],
    members: [said.handOver],
    guests: [left.kind === 'guests' && said.guests(left.count), back, said.orRemove],
    nobody: [said.nobody, back, said.orRemove],
  }[left.kind].filter(Boolean);
  const isStuck = left.kind === 'members';
  const show = () => {
    onClose();
    onMembers();
  };
  return (
    <Dialog title={isStuck ? said.onlyOwner : said.sure} onClose={onClose}>
      <p role="status" className="text-soft">
        {isLooking ? (isOnline ? texts.loading : said.offline) : parts.join(' ')}
      </p>
      {isMade && isPrivate && !isStuck && (
        <div className="mt-4">
          <Address label={texts.settings.roomLink} address={`${location.origin}/room/${encodeURIComponent(room.roomId)}`} />
        </div>
      )}
      <ErrorNote error={leave.error} />
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{texts.cancel}</Button>
        {isStuck ? (
          <Button kind="main" onClick={show}>
            {texts.room.showMembers}
          </Button>
        ) : (
          <Button kind="danger" busy={leave.busy || isLooking} onClick={leave.run}>
            {texts.room.leave}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
