import { Button, IconButton } from 'chat-app/ui/Button.tsx';
import { useEffect, useMemo, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { ask } from '../../shared/ask.ts';
import { Composer } from '../../shared/Composer.tsx';
import { Entry } from '../../shared/Entry.tsx';
import { Form } from '../../shared/Form.tsx';
import { Messages } from '../../shared/Messages.tsx';
import { Loading, Notice, Problem } from '../../shared/Notice.tsx';
import { People } from '../../shared/People.tsx';
import { Status } from '../../shared/Status.tsx';
import { useStore } from '../../shared/store.ts';
import { Room } from './room.ts';
import { NameField } from './Start.tsx';
import { username } from './username.ts';

export function RoomPage() {
  const { roomId = '' } = useParams();
  const [name, setName] = useState(() => username.get());
  return name ? <InRoom key={roomId} roomId={roomId} name={name} /> : <AskName roomId={roomId} onName={setName} />;
}

/** Whoever comes by a link says first under which name. */
function AskName({ roomId, onName }: { roomId: string; onName: (name: string) => void }) {
  const join = async (fields: Record<string, string>) => {
    await ask('POST', '/api/rooms/join', { username: fields.username, roomId });
    username.set(fields.username);
    onName(fields.username ?? '');
  };
  return (
    <Entry icon="link" title="You are invited" text="Say under which name you come in.">
      <p className="rounded-xl bg-ground px-3.5 py-2.5 text-sm text-soft">
        Room <code>{roomId}</code>
      </p>
      <Form submit="Join Room" act={join}>
        <NameField />
      </Form>
    </Entry>
  );
}

function InRoom({ roomId, name }: { roomId: string; name: string }) {
  const room = useMemo(() => new Room(roomId, name), [roomId, name]);
  const { isKnown, isMissing, talk, people, problem } = useStore(room);
  useEffect(() => room.connection.open(), [room]);
  useEffect(() => {
    document.title = `Room of ${name}`;
  }, [name]);
  if (isMissing) return <Missing />;
  return (
    <main className="flex h-dvh flex-col overflow-hidden bg-surface">
      <Heading room={room} />
      <Status connection={room.connection} />
      {problem && (
        <div className="px-4 py-2">
          <Problem text={problem}>
            <Button onClick={() => room.join()}>Try again</Button>
          </Problem>
        </div>
      )}
      <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
        <People names={people} me={name} />
        <section aria-label="Conversation" className="flex min-h-0 min-w-0 flex-1 flex-col">
          <Messages
            talk={talk}
            me={name}
            empty={
              isKnown ? (
                <Notice icon="smile" title="Nobody has said anything yet" text="Copy the link, send it to somebody, and say hello." />
              ) : (
                <Loading of="messages" />
              )
            }
          />
          <Composer send={(text) => room.send(text)} />
        </section>
      </div>
    </main>
  );
}

function Heading({ room }: { room: Room }) {
  const navigate = useNavigate();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(location.href);
    setCopied(true);
  };
  const leave = async () => {
    await room.leave();
    navigate('/');
  };
  return (
    <header className="flex items-center gap-2 border-b border-line px-4 py-2.5 sm:px-5">
      <div className="min-w-0 flex-1">
        <h1 className="truncate leading-tight font-semibold tracking-tight">
          Room <code className="text-sm font-normal text-soft">{room.roomId}</code>
        </h1>
        <p className="truncate text-sm text-soft">You are {room.username}</p>
      </div>
      <Button icon={isCopied ? 'check' : 'copy'} onClick={copy} className="px-3">
        <span className="sr-only sm:not-sr-only">{isCopied ? 'Copied' : 'Copy the link'}</span>
      </Button>
      <IconButton icon="leave" label="Leave" onClick={leave} />
    </header>
  );
}

function Missing() {
  return (
    <main className="grid min-h-dvh place-items-center">
      <Notice icon="compass" title="There is no such room" text="Look whether the address is complete, or make a room of your own.">
        <Link to="/" className="rounded-xl bg-accent px-4 py-2.5 font-medium text-accent-ink">
          To the beginning
        </Link>
      </Notice>
    </main>
  );
}
