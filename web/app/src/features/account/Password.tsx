import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useChat } from 'chat-client/react';
import { type FormEvent, useState } from 'react';
import { account } from '../../text/account.ts';
import { useSaid, useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Card } from '../../ui/Page.tsx';
import { NewPasswordField, PasswordField } from '../../ui/PasswordField.tsx';
import { useAction } from '../../ui/useAction.ts';
import { AccountError } from './AccountError.tsx';

export function Password() {
  const texts = useText();
  const said = useSaid(account);
  const client = useChat();
  const queries = useQueryClient();
  const query = useQuery({ queryKey: ['me'], queryFn: () => client.rest.me() });
  // Whoever signs in at a provider has none until they set one.
  const isFirst = query.data?.hasPassword === false;
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const [isDone, setDone] = useState(false);
  const change = useAction(async () => {
    await client.rest.changePassword(isFirst ? undefined : old, next);
    setOld('');
    setNext('');
    setDone(true);
    await Promise.all([query.refetch(), queries.invalidateQueries({ queryKey: ['devices'] })]);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setDone(false);
    void change.run();
  };
  return (
    <Card title={said.password}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {isFirst ? (
          <p className="text-soft">{said.noPassword}</p>
        ) : (
          <PasswordField label={said.oldPassword} value={old} onChange={setOld} />
        )}
        <NewPasswordField label={texts.account.newPassword} value={next} onChange={setNext} name={query.data?.username} />
        <AccountError error={change.error} />
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" busy={change.busy}>
            {isFirst ? said.setPassword : said.changePassword}
          </Button>
          <span role="status" className="text-sm text-accent">
            {isDone && said.passwordChanged}
          </span>
        </div>
      </form>
    </Card>
  );
}
