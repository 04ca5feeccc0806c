import { useQuery } from '@tanstack/react-query';
import { useChat } from 'chat-client/react';
import { type FormEvent, useState } from 'react';
import { lastName } from '../../lib/lastName.ts';
import { account } from '../../text/account.ts';
import { useSaid } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Confirm, Dialog } from '../../ui/Dialog.tsx';
import { Card } from '../../ui/Page.tsx';
import { PasswordField } from '../../ui/PasswordField.tsx';
import { useAction } from '../../ui/useAction.ts';
import { AccountError } from './AccountError.tsx';

/** Ends the account for good, after the password was given, or a sign-in of the last minutes by whoever has none. */
export function Remove() {
  const said = useSaid(account);
  const client = useChat();
  const query = useQuery({ queryKey: ['me'], queryFn: () => client.rest.me() });
  const hasPassword = query.data?.hasPassword !== false;
  const [asked, ask] = useState<'everywhere' | 'remove'>();
  const close = () => ask(undefined);
  const [password, setPassword] = useState('');
  const everywhere = async () => {
    await client.rest.logout(true);
    client.session.end('logged-out');
  };
  const remove = useAction(async () => {
    await client.rest.deleteMe(hasPassword ? password : undefined);
    lastName.set(null);
    client.session.end('deleted');
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void remove.run();
  };
  return (
    <Card title={said.leaving}>
      <div className="flex flex-wrap gap-3">
        <Button onClick={() => ask('everywhere')}>{said.everywhere}</Button>
        <Button kind="quietDanger" onClick={() => ask('remove')}>
          {said.remove}
        </Button>
      </div>
      {asked === 'everywhere' && (
        <Confirm title={said.everywhereSure} text={said.everywhereText} action={said.everywhere} onClose={close} onConfirm={everywhere} />
      )}
      {asked === 'remove' && (
        <Dialog title={said.remove} onClose={close}>
          <form onSubmit={submit} className="flex flex-col gap-4">
            <p className="text-soft">{said.removeText}</p>
            {hasPassword ? (
              <PasswordField label={said.oldPassword} value={password} onChange={setPassword} />
            ) : (
              <p className="text-soft">{said.noPasswordToRemove}</p>
            )}
            <AccountError error={remove.error} />
            <Button kind="danger" type="submit" busy={remove.busy} className="self-end">
              {said.remove}
            </Button>
          </form>
        </Dialog>
      )}
    </Card>
  );
}
