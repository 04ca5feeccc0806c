import { Button } from 'chat-app/ui/Button.tsx';
import { Field } from 'chat-app/ui/Field.tsx';
import { type ReactNode, useRef, useState } from 'react';
import { ask } from './ask.ts';
import { Entry } from './Entry.tsx';
import { Form } from './Form.tsx';
import type { Kept } from './kept.ts';
import type { Login } from './login.ts';
import { explain, type Refused } from './refused.ts';

interface Props<U> {
  /** Where the browser keeps who has logged in. */
  kept: Kept<Login<U>>;
  icon: Parameters<typeof Entry>[0]['icon'];
  title: string;
  text: string;
  needsEmail?: boolean;
  /** The page of whoever has logged in. */
  children: (login: Login<U>, logOut: (why?: Refused) => void) => ReactNode;
}

/** The forms to log in and to register, until somebody has. The address stays: after that one is where one wanted to go. */
export function WithLogin<U>({ kept, icon, title, text, needsEmail = false, children }: Props<U>) {
  const [login, setLogin] = useState(() => kept.get());
  const [ended, setEnded] = useState<string>();
  const [isNew, setNew] = useState(false);
  const change = (now: Login<U> | undefined, why?: Refused) => {
    kept.set(now);
    setLogin(now);
    setNew(false);
    setEnded(why && explain(why));
  };
  // What a page asked for before somebody else logged in may be refused after that.
  const latest = useRef(login);
  latest.current = login;
  if (login) return children(login, (why) => latest.current === login && change(undefined, why));
  const enter = async ({ username, password, email }: Record<string, string>) => {
    const path = isNew ? '/api/auth/register' : '/api/auth/login';
    change(await ask<Login<U>>('POST', path, { username, password, ...(email ? { email } : {}) }));
  };
  return (
    <Entry icon={icon} title={title} text={text}>
      {ended && (
        <p role="status" className="rounded-xl bg-tint px-3.5 py-2.5 text-sm">
          {ended}
        </p>
      )}
      <Form key={String(isNew)} submit={isNew ? 'Register' : 'Log in'} act={enter}>
        <Field label="Username" name="username" required autoFocus autoComplete="username" />
        <Field label="Password" name="password" type="password" required autoComplete={isNew ? 'new-password' : 'current-password'} />
        {isNew && (
          <Field
            label="Email"
            name="email"
            type="email"
            required={needsEmail}
            autoComplete="email"
            hint={needsEmail ? undefined : 'May be left out.'}
          />
        )}
      </Form>
      <Button kind="quiet" onClick={() => setNew(!isNew)}>
        {isNew ? 'I have an account' : 'I have no account yet'}
      </Button>
    </Entry>
  );
}
