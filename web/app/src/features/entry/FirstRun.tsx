import { useChat } from 'chat-client/react';
import { useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { useText } from '../../text/index.ts';
import { Field } from '../../ui/Field.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';
import { Frame } from './Frame.tsx';
import { Form } from './forms.tsx';

/** The one-time link with which a server's first administrator is made. Its token is behind the `#`, which no log has. */
export default function FirstRun() {
  const texts = useText();
  const client = useChat();
  const navigate = useNavigate();
  const token = useLocation().hash.slice(1);
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const make = useAction(async () => {
    client.enter(await client.rest.firstAdministrator(token, username.trim(), password));
    navigate('/admin', { replace: true });
  });
  return (
    <Frame>
      <h2 className="text-xl font-semibold tracking-tight">{texts.entry.firstRun}</h2>
      <p className="mt-1 mb-5 text-soft">{texts.entry.firstRunText}</p>
      {token ? (
        <Form onSubmit={make.run} action={texts.entry.firstRunGo} busy={make.busy} error={make.error}>
          <Field
            label={texts.entry.username}
            required
            maxLength={64}
            autoComplete="username"
            value={username}
            onChange={(event) => setUsername(event.target.value)}
          />
          <Field
            label={texts.entry.password}
            hint={texts.entry.passwordHint}
            type="password"
            required
            minLength={8}
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Form>
      ) : (
        <ErrorNote error={new Error(texts.entry.firstRunNoToken)} />
      )}
    </Frame>
  );
}
