import { useEffect, useMemo } from 'react';
import { Route, Routes } from 'react-router';
import type { Login } from '../../shared/login.ts';
import { Notice } from '../../shared/Notice.tsx';
import type { Refused } from '../../shared/refused.ts';
import { Shell } from '../../shared/Shell.tsx';
import { useStore } from '../../shared/store.ts';
import { Chat, type User } from './chat.ts';
import { Side } from './Side.tsx';
import { TalkView } from './TalkView.tsx';

export function App({ login, logOut }: { login: Login<User>; logOut: (why?: Refused) => void }) {
  const chat = useMemo(() => new Chat(login, logOut), [login, logOut]);
  useEffect(() => chat.begin(), [chat]);
  const { problem } = useStore(chat);
  return (
    <Shell
      username={chat.user.username}
      connection={chat.connection}
      problem={problem}
      onLogOut={() => logOut()}
      side={<Side chat={chat} />}
    >
      <Routes>
        <Route path="/with/:id" element={<TalkView chat={chat} />} />
        <Route path="*" element={<Nothing chat={chat} />} />
      </Routes>
    </Shell>
  );
}

function Nothing({ chat }: { chat: Chat }) {
  useEffect(() => void chat.open(undefined), [chat]);
  return (
    <div className="grid flex-1 place-items-center">
      <Notice icon="people" title="No conversation is open" text="Find somebody by their name, and write to them." />
    </div>
  );
}
