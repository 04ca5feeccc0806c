import { useChat } from 'chat-client/react';
import { useState } from 'react';
import { Link, useLocation } from 'react-router';
import { entry } from '../../text/entry.ts';
import { useSaid, useText } from '../../text/index.ts';
import { links } from '../../text/links.ts';
import { ErrorNote } from '../../ui/notes.tsx';
import { NewPasswordField } from '../../ui/PasswordField.tsx';
import { useAction } from '../../ui/useAction.ts';
import { Elsewhere, isSpent } from './Elsewhere.tsx';
import { Frame } from './Frame.tsx';
import { Form } from './forms.tsx';

/** The one-time link with which one sets a new password. Its token is behind the `#`, which no log has. */
export default function NewPassword() {
  const texts = useText();
  const ways = useSaid(entry);
  const said = useSaid(links).reset;
  const client = useChat();
  const token = useLocation().hash.slice(1);
  const [password, setPassword] = useState('');
  const [isSet, setSet] = useState(false);
  const set = useAction(async () => {
    await client.rest.resetPassword(token, password);
    setSet(true);
  });
  const isUsed = isSpent(set.error);
  return (
    <Frame>
      <h2 className="text-xl font-semibold tracking-tight">{texts.account.newPassword}</h2>
      {!token && <ErrorNote text={said.noToken} />}
      {isUsed && <ErrorNote error={set.error} />}
      {token && !isSet && !isUsed && (
        <>
          <p className="mt-1 mb-5 text-soft">{said.text}</p>
          <Form onSubmit={set.run} action={said.go} busy={set.busy} error={set.error}>
            <NewPasswordField label={texts.account.newPassword} value={password} onChange={setPassword} />
          </Form>
        </>
      )}
      <p role="status" className={isSet ? 'mt-1 mb-5 text-soft' : 'sr-only'}>
        {isSet && said.done}
      </p>
      {!isSet && <Elsewhere />}
      {isSet && (
        <Link to="/login" className="inline-block rounded-xl bg-accent px-4 py-2.5 font-medium text-accent-ink">
          {ways.goLogin}
        </Link>
      )}
    </Frame>
  );
}
