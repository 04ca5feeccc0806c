import { useQuery } from '@tanstack/react-query';
import { useChat } from 'chat-client/react';
import { type FormEvent, useEffect, useState } from 'react';
import { useOffered } from '../../lib/useOffered.ts';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Check, Field } from '../../ui/Field.tsx';
import { Card } from '../../ui/Page.tsx';
import { PasswordField } from '../../ui/PasswordField.tsx';
import { useAction } from '../../ui/useAction.ts';
import { PasswordError } from './PasswordError.tsx';

export function Profile({ onLogout }: { onLogout: () => void }) {
  const texts = useText();
  const client = useChat();
  const query = useQuery({ queryKey: ['me'], queryFn: () => client.rest.me() });
  const [username, setUsername] = useState('');
  const [email, setEmail] = useState('');
  const [findable, setFindable] = useState(true);
  const [showReads, setShowReads] = useState(true);
  const [showLastSeen, setShowLastSeen] = useState(true);
  const [password, setPassword] = useState('');
  const [isSaved, setSaved] = useState(false);
  // Whoever moves the address could have a link mailed to themselves.
  const { passwordResets } = useOffered();
  const isMoved = query.data !== undefined && email.trim() !== (query.data.email ?? '');
  const needsPassword = passwordResets && isMoved && query.data?.hasPassword !== false;
  useEffect(() => {
    if (!query.data) return;
    setUsername(query.data.username);
    setEmail(query.data.email ?? '');
    setFindable(query.data.findable ?? true);
    setShowReads(query.data.showReads ?? true);
    setShowLastSeen(query.data.showLastSeen ?? true);
  }, [query.data]);
  const save = useAction(async () => {
    const { username: before, email: emailBefore = '', findable: wasFindable = true } = query.data ?? {};
    const { showReads: didShow = true, showLastSeen: didShowLastSeen = true } = query.data ?? {};
    const changes = {
      username: username.trim() === before ? undefined : username.trim(),
      email: email.trim() === emailBefore ? undefined : email.trim(),
      findable: findable === wasFindable ? undefined : findable,
      showReads: showReads === didShow ? undefined : showReads,
      showLastSeen: showLastSeen === didShowLastSeen ? undefined : showLastSeen,
    };
    if (Object.values(changes).every((change) => change === undefined)) return setSaved(true);
    const me = await client.rest.changeMe({ ...changes, password: needsPassword ? password : undefined });
    setPassword('');
    client.renamed(me.username);
    await query.refetch();
    setSaved(true);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSaved(false);
    void save.run();
  };
  return (
    <Card title={texts.account.profile}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label={texts.entry.username}
          hint={texts.entry.usernameHint}
          required
          maxLength={64}
          autoComplete="username"
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
        <Field
          label={texts.account.email}
          type="email"
          autoComplete="email"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        {needsPassword && <PasswordField label={texts.account.oldPassword} value={password} onChange={setPassword} />}
        <Check label={texts.account.findable} hint={texts.account.findableHint} checked={findable} onPick={setFindable} />
        <Check label={texts.account.showReads} hint={texts.account.showReadsHint} checked={showReads} onPick={setShowReads} />
        <Check label={texts.account.showLastSeen} hint={texts.account.showLastSeenHint} checked={showLastSeen} onPick={setShowLastSeen} />
        <PasswordError error={save.error ?? query.error} />
        <div className="flex flex-wrap items-center gap-3">
          <Button kind="main" type="submit" busy={save.busy}>
            {texts.save}
          </Button>
          <Button icon="leave" onClick={onLogout}>
            {texts.account.logout}
          </Button>
          <span role="status" className="text-sm text-accent">
            {isSaved && texts.saved}
          </span>
        </div>
      </form>
    </Card>
  );
}
