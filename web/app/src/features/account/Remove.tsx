import { useQuery } from '@tanstack/react-query';
import { useChat } from 'chat-client/react';
import { type FormEvent, useState } from 'react';
import { lastName } from '../../lib/lastName.ts';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Confirm, Dialog } from '../../ui/Dialog.tsx';
import { Card } from '../../ui/Page.tsx';
import { PasswordField } from '../../ui/PasswordField.tsx';
import { useAction } from '../../ui/useAction.ts';
import { PasswordError } from './PasswordError.tsx';

/** Ends the account for good, after the password was given, or a sign-in of the last minutes by whoever has none. */
export function Remove() {
  const texts = useText();
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
    <Card title={texts.account.leaving}>
      <div className="flex flex-wrap gap-3">
        <Button onClick={() => ask('everywhere')}>{texts.account.everywhere}</Button>
        <Button kind="quietDanger" onClick={() => ask('remove')}>
          {texts.account.remove}
        </Button>
      </div>
      {asked === 'everywhere' && (
        <Confirm
          title={texts.account.everywhereSure}
          text={texts.account.everywhereText}
          action={texts.account.everywhere}
          onClose={close}
          onConfirm={everywhere}
        />
      )}
      {asked === 'remove' && (
        <Dialog title={texts.account.remove} onClose={close}>
          <form onSubmit={submit} className="flex flex-col gap-4">
            <p className="text-soft">{texts.account.removeText}</p>
            {hasPassword ? (
              <PasswordField label={texts.account.oldPassword} value={password} onChange={setPassword} />
            ) : (
              <p className="text-soft">{texts.account.noPasswordToRemove}</p>
            )}
            <PasswordError error={remove.error} />
            <Button kind="danger" type="submit" busy={remove.busy} className="self-end">
              {texts.account.remove}
            </Button>
          </form>
        </Dialog>
      )}
    </Card>
  );
}
