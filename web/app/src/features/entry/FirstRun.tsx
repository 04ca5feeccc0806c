import { useChat } from 'chat-client/react';
import { useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { useSaid } from '../../text/index.ts';
import { links } from '../../text/links.ts';
import { ErrorNote } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';
import { Elsewhere, isSpent } from './Elsewhere.tsx';
import { Frame } from './Frame.tsx';
import { AccountFields, Form } from './forms.tsx';

/** The one-time link with which a server's first administrator is made. Its token is behind the `#`, which no log has. */
export default function FirstRun() {
  const said = useSaid(links).firstRun;
  const client = useChat();
  const navigate = useNavigate();
  const token = useLocation().hash.slice(1);
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const make = useAction(async () => {
    client.enter(await client.rest.firstAdministrator(token, username.trim(), password));
    navigate('/admin', { replace: true });
  });
  const isUsed = isSpent(make.error);
  return (
    <Frame>
      <h2 className="text-xl font-semibold tracking-tight">{said.title}</h2>
      <p className="mt-1 mb-5 text-soft">{said.text}</p>
      {isUsed ? (
        <ErrorNote error={make.error} />
      ) : token ? (
        <Form onSubmit={make.run} action={said.go} busy={make.busy} error={make.error} isNew>
          <AccountFields name={username} onName={setUsername} password={password} onPassword={setPassword} isNew />
        </Form>
      ) : (
        <ErrorNote text={said.noToken} />
      )}
      <Elsewhere />
    </Frame>
  );
}
