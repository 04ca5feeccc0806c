import { Button } from 'chat-app/ui/Button.tsx';
import { useEffect } from 'react';
import { useNavigate, useParams } from 'react-router';
import { Composer } from '../../shared/Composer.tsx';
import { Messages } from '../../shared/Messages.tsx';
import { Loading, Notice } from '../../shared/Notice.tsx';
import { People } from '../../shared/People.tsx';
import { TalkHeading } from '../../shared/Shell.tsx';
import { useStore } from '../../shared/store.ts';
import { type Chat, privateKey, roomKey } from './chat.ts';

/** Has the conversation of this address open. */
function useTalk(chat: Chat, key: string) {
  useEffect(() => void chat.open(key), [chat, key]);
  useStore(chat);
  return chat.talkOf(key);
}

export function RoomTalk({ chat }: { chat: Chat }) {
  const { roomId = '' } = useParams();
  const navigate = useNavigate();
  const key = roomKey(roomId);
  const { talk, people, isKnown } = useTalk(chat, key);
  const name = chat.state.rooms?.find((room) => room.roomId === roomId)?.name ?? 'Room';
  const leave = () => chat.leaveRoom(roomId).then(() => navigate('/'), chat.complain);
  const nothing = isKnown ? (
    <Notice icon="smile" title="Nobody has said anything yet" text="Everybody can come into this room. Say hello." />
  ) : (
    !chat.state.problem && <Loading of="messages" />
  );
  return (
    <>
      <TalkHeading title={name}>
        <Button icon="leave" onClick={leave} className="px-3">
          <span className="sr-only sm:not-sr-only">Leave the room</span>
        </Button>
      </TalkHeading>
      <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
        <People names={people} me={chat.username} />
        <section key={key} aria-label="Conversation" className="flex min-h-0 min-w-0 flex-1 flex-col">
          <Messages talk={talk} me={chat.username} onOlder={() => chat.older(key)} empty={nothing} />
          <Composer send={(text) => chat.sendToRoom(roomId, text)} />
        </section>
      </div>
    </>
  );
}

export function PrivateTalk({ chat }: { chat: Chat }) {
  const { name = '' } = useParams();
  const key = privateKey(name);
  const { talk, isKnown } = useTalk(chat, key);
  const nothing = isKnown ? (
    <Notice icon="lock" title="Nothing was said yet" text={`Only ${name} and you see what is written here.`} />
  ) : (
    !chat.state.problem && <Loading of="messages" />
  );
  return (
    <section key={key} aria-label="Conversation" className="flex min-h-0 flex-1 flex-col">
      <TalkHeading title={name} about="Private: nobody else sees this" />
      <Messages talk={talk} me={chat.username} onOlder={() => chat.older(key)} empty={nothing} />
      <Composer send={(text) => chat.sendTo(name, text)} />
    </section>
  );
}
