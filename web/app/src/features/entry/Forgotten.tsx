import { useChat } from 'chat-client/react';
import { useState } from 'react';
import { Link } from 'react-router';
import { entry } from '../../text/entry.ts';
import { useSaid, useText } from '../../text/index.ts';
import { links } from '../../text/links.ts';
import { Field } from '../../ui/Field.tsx';
import { useAction } from '../../ui/useAction.ts';
import { Frame } from './Frame.tsx';
import { Form } from './forms.tsx';

/** Where one asks for a link by which one sets a new password. Nobody is told here who has an account. */
export default function Forgotten() {
  const texts = useText();
  const ways = useSaid(entry);
  const said = useSaid(links).forgotten;
  const client = useChat();
  const [email, setEmail] = useState('');
  const [isAsked, setAsked] = useState(false);
  const ask = useAction(async () => {
    setAsked(false);
    await client.rest.mailPasswordReset(email.trim());
    setAsked(true);
  });
  return (
    <Frame>
      <h2 className="text-xl font-semibold tracking-tight">{ways.forgotten}</h2>
      <p className="mt-1 mb-5 text-soft">{said.text}</p>
      <Form onSubmit={ask.run} action={said.go} busy={ask.busy} error={ask.error}>
        <Field
          label={texts.account.email}
          type="email"
          required
          autoComplete="email"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Form>
      <p role="status" className="mt-4 text-soft">
        {isAsked && said.done}
      </p>
      <Link to="/login" className="mt-4 inline-block text-accent underline underline-offset-2">
        {ways.toLogin}
      </Link>
    </Frame>
  );
}
