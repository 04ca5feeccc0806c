import { useQuery } from '@tanstack/react-query';
import { useChat, useClient } from 'chat-client/react';
import { type FormEvent, useState } from 'react';
import { useOffered } from '../../lib/useOffered.ts';
import { account } from '../../text/account.ts';
import { useSaid, useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Check, Field } from '../../ui/Field.tsx';
import { show } from '../../ui/notes.tsx';
import { Card } from '../../ui/Page.tsx';
import { PasswordField } from '../../ui/PasswordField.tsx';
import { useAction } from '../../ui/useAction.ts';
import { AccountError } from './AccountError.tsx';

/** What one sees before one's account is there. */
const NOTHING = { username: '', email: '', findable: true, showReads: true, showLastSeen: true };

type Draft = Partial<typeof NOTHING>;

export function Profile({ onLogout }: { onLogout: () => void }) {
  const texts = useText();
  const said = useSaid(account);
  const client = useChat();
  const query = useQuery({ queryKey: ['me'], queryFn: () => client.rest.me() });
  // What one has changed and not saved yet. What the server says later than one types takes the place of nothing.
  const [draft, setDraft] = useState<Draft>({});
  const edit = (change: Draft) => {
    setSaved(false);
    setDraft((draft) => ({ ...draft, ...change }));
  };
  // The name is known before the server has said all: it would come into the middle of what one types.
  const known = useClient((state) => state.me?.username);
  const before = { ...NOTHING, ...(known && { username: known }), ...query.data };
  const shown = { ...before, ...draft };
  const [password, setPassword] = useState('');
  const [isSaved, setSaved] = useState(false);
  // Whoever moves the address could have a link mailed to themselves.
  const { passwordResets } = useOffered();
  const isMoved = query.data !== undefined && shown.email.trim() !== before.email;
  const needsPassword = passwordResets && isMoved && query.data?.hasPassword !== false;
  const save = useAction(async () => {
    const sent = draft;
    const now = { ...shown, username: shown.username.trim(), email: shown.email.trim() };
    const changed = <K extends keyof typeof NOTHING>(key: K) => (now[key] === before[key] ? undefined : now[key]);
    const changes = {
      username: changed('username'),
      email: changed('email'),
      findable: changed('findable'),
      showReads: changed('showReads'),
      showLastSeen: changed('showLastSeen'),
    };
    if (Object.values(changes).some((change) => change !== undefined)) {
      const me = await client.rest.changeMe({ ...changes, password: needsPassword ? password : undefined });
      setPassword('');
      client.named(me.username);
      await query.refetch();
    }
    setDraft((draft) => (draft === sent ? {} : draft));
    setSaved(true);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSaved(false);
    void save.run();
  };
  return (
    <Card title={said.profile}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label={texts.entry.username}
          hint={texts.entry.usernameHint}
          required
          maxBytes={64}
          autoComplete="username"
          value={shown.username}
          onChange={(event) => edit({ username: event.target.value })}
        />
        <Field
          label={texts.account.email}
          type="email"
          autoComplete="email"
          value={shown.email}
          onChange={(event) => edit({ email: event.target.value })}
        />
        {needsPassword && <PasswordField label={said.oldPassword} value={password} onChange={setPassword} />}
        <Check label={said.findable} hint={said.findableHint} checked={shown.findable} onPick={(findable) => edit({ findable })} />
        <Check label={said.showReads} hint={said.showReadsHint} checked={shown.showReads} onPick={(showReads) => edit({ showReads })} />
        <Check
          label={said.showLastSeen}
          hint={said.showLastSeenHint}
          checked={shown.showLastSeen}
          onPick={(showLastSeen) => edit({ showLastSeen })}
        />
        <AccountError error={save.error ?? query.error} />
        <div className="flex flex-wrap items-center gap-3">
          <Button kind="main" type="submit" busy={save.busy} disabled={!query.data}>
            {texts.save}
          </Button>
          <Button icon="leave" onClick={onLogout}>
            {said.logout}
          </Button>
          <span role="status" className="text-sm text-accent">
            {isSaved && <span ref={show}>{texts.saved}</span>}
          </span>
        </div>
      </form>
    </Card>
  );
}
