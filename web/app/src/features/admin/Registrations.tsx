import { useQuery } from '@tanstack/react-query';
import type { Registration } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useState } from 'react';
import { whole } from '../../lib/time.ts';
import { administration } from '../../text/administration.ts';
import { useLanguage, useSaid, useText } from '../../text/index.ts';
import { Address } from '../../ui/Address.tsx';
import { Button } from '../../ui/Button.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { Card } from '../../ui/Page.tsx';
import { useAction } from '../../ui/useAction.ts';

/** Codes with which others register, where that is by invitation. */
export function Registrations() {
  const texts = useText();
  const said = useSaid(administration);
  const language = useLanguage();
  const client = useChat();
  const list = useQuery({ queryKey: ['registrations'], queryFn: () => client.rest.registrations(), retry: false });
  const [made, setMade] = useState<Registration>();
  const make = useAction(async () => {
    setMade(await client.rest.makeRegistration());
    await list.refetch();
  });
  const revoke = useAction(async (id: string) => {
    await client.rest.revokeRegistration(id);
    setMade((now) => (now?.registrationId === id ? undefined : now));
    await list.refetch();
  });
  // Servers without such codes do not know the question.
  if (!list.data) return null;
  return (
    <Card title={said.codes} text={said.codesText}>
      <Button kind="main" icon="link" busy={make.busy} onClick={make.run} className="self-start">
        {said.newCode}
      </Button>
      {made?.code && (
        <Address key={made.code} label={said.codeLink} hint={said.codeHint} address={`${location.origin}/register#${made.code}`} />
      )}
      <ul className="flex flex-col gap-2">
        {list.data.map((registration) => (
          <li key={registration.registrationId} className="flex items-center gap-3">
            <span className="min-w-0 flex-1 truncate text-sm text-soft">
              {texts.settings.until(whole(registration.expiresAt, language))} · {texts.settings.times(registration.uses)}
            </span>
            <Button kind="quiet" busy={revoke.busy} onClick={() => revoke.run(registration.registrationId)}>
              {texts.settings.revoke}
            </Button>
          </li>
        ))}
      </ul>
      <ErrorNote error={make.error ?? revoke.error} />
    </Card>
  );
}
