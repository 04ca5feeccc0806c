import { Field } from 'chat-app/ui/Field.tsx';
import { useEffect, useMemo } from 'react';
import { Route, Routes, useNavigate } from 'react-router';
import { Form } from '../../shared/Form.tsx';
import type { Login } from '../../shared/login.ts';
import { Loading, Notice } from '../../shared/Notice.tsx';
import type { Refused } from '../../shared/refused.ts';
import { Items, Section, Shell } from '../../shared/Shell.tsx';
import { useStore } from '../../shared/store.ts';
import { Chat, privateKey, roomKey, type User } from './chat.ts';
import { PrivateTalk, RoomTalk } from './talks.tsx';

/** Letters of a room's name. */
const MOST_LETTERS = 64;

export function App({ login, logOut }: { login: Login<User>; logOut: (why?: Refused) => void }) {
  const chat = useMemo(() => new Chat(login, logOut), [login, logOut]);
  useEffect(() => chat.begin(), [chat]);
  const { problem } = useStore(chat);
  return (
    <Shell username={chat.username} connection={chat.connection} problem={problem} onLogOut={() => logOut()} side={<Side chat={chat} />}>
      <Routes>
        <Route path="/room/:roomId" element={<RoomTalk chat={chat} />} />
        <Route path="/with/:name" element={<PrivateTalk chat={chat} />} />
        <Route path="*" element={<Nothing chat={chat} />} />
      </Routes>
    </Shell>
  );
}

function Nothing({ chat }: { chat: Chat }) {
  useEffect(() => void chat.open(undefined), [chat]);
  return (
    <div className="grid flex-1 place-items-center">
      <Notice icon="hash" title="No conversation is open" text="Choose a room, make one, or write to somebody." />
    </div>
  );
}

function Side({ chat }: { chat: Chat }) {
  const { rooms, others } = useStore(chat);
  const navigate = useNavigate();
  const make = async ({ name = '' }: Record<string, string>, form: HTMLFormElement) => {
    const key = await chat.createRoom(name);
    form.reset();
    navigate(key);
  };
  const write = async ({ username = '' }: Record<string, string>, form: HTMLFormElement) => {
    const key = await chat.writeTo(username);
    form.reset();
    navigate(key);
  };
  const item = (to: string, title: string) => ({ to, title, isUnread: chat.talkOf(to).isUnread });
  return (
    <>
      <Section title="Rooms">
        {rooms ? (
          <Items
            label="Rooms"
            empty="There is no room yet. Make the first one."
            items={rooms.map(({ roomId, name }) => ({ ...item(roomKey(roomId), name), icon: 'hash' as const }))}
          />
        ) : (
          <Loading of="rooms" />
        )}
        <Form submit="Make it" isShort act={make}>
          <Field label="New room" name="name" required autoComplete="off" maxLength={MOST_LETTERS} />
        </Form>
      </Section>
      <Section title="Private messages">
        <Items
          label="Private messages"
          empty="Nobody has written to you yet."
          items={others.map((other) => item(privateKey(other), other))}
        />
        <Form submit="Open" isShort act={write}>
          <Field label="Write to" name="username" required autoComplete="off" placeholder="A username" />
        </Form>
      </Section>
    </>
  );
}
