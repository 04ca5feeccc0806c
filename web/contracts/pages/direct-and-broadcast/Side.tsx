import { Button } from 'chat-app/ui/Button.tsx';
import { Field } from 'chat-app/ui/Field.tsx';
import { useState } from 'react';
import { Link } from 'react-router';
import { Form } from '../../shared/Form.tsx';
import { Items, Section } from '../../shared/Shell.tsx';
import { useStore } from '../../shared/store.ts';
import { ALL, type Chat, keyOf, type User } from './chat.ts';
import { mayAsk } from './notify.ts';

export function Side({ chat }: { chat: Chat }) {
  const { others } = useStore(chat);
  const item = (id: string) => ({ to: keyOf(id), title: chat.nameOf(id), isUnread: chat.talkOf(keyOf(id)).isUnread });
  const items = [{ ...item(ALL), icon: 'megaphone' as const }, ...others.map(({ id }) => item(id))];
  return (
    <>
      <Offer />
      <Section title="Conversations">
        <Items label="Conversations" items={items} empty="" />
      </Section>
      <Search chat={chat} />
      {chat.user.isAdmin && <Administration chat={chat} />}
    </>
  );
}

function Search({ chat }: { chat: Chat }) {
  const [found, setFound] = useState<User[]>();
  const search = async ({ search = '' }: Record<string, string>) => setFound(await chat.search(search));
  return (
    <Section title="People">
      <Form submit="Search" isShort act={search}>
        <Field label="Find users" name="search" autoComplete="off" placeholder="A part of a name" />
      </Form>
      {found?.length === 0 && <p className="text-sm text-faint">There is nobody of this name.</p>}
      <ul aria-label="Found" className="flex flex-col gap-0.5">
        {found?.map((user) => (
          <li key={user._id}>
            <Link
              to={keyOf(user._id)}
              onClick={() => {
                chat.remember(user);
                setFound(undefined);
              }}
              className="-mx-2 flex min-h-11 items-center rounded-xl px-2 font-medium text-accent hover:bg-hover"
            >
              <span className="truncate">{user.username}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Administration({ chat }: { chat: Chat }) {
  const [isSent, setSent] = useState(false);
  const broadcast = async ({ message = '' }: Record<string, string>, form: HTMLFormElement) => {
    setSent(false);
    await chat.send(ALL, message);
    form.reset();
    setSent(true);
  };
  return (
    <Section title="Administration">
      <Form submit="Broadcast" isShort act={broadcast}>
        <Field label="Message to everybody" name="message" required autoComplete="off" />
      </Form>
      <p role="status" className="text-sm text-faint empty:hidden">
        {isSent && 'It was told to everybody.'}
      </p>
    </Section>
  );
}

/** The browser asks whether it may notify only when somebody has clicked. */
function Offer() {
  const [isOffered, setOffered] = useState(mayAsk);
  if (!isOffered) return null;
  const ask = async () => {
    await Notification.requestPermission();
    setOffered(false);
  };
  return (
    <Button icon="bell" onClick={ask}>
      Notify me of new messages
    </Button>
  );
}
