import { useQuery } from '@tanstack/react-query';
import type { Registration } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useId, useState } from 'react';
import { local, whole } from '../../lib/time.ts';
import { administration } from '../../text/administration.ts';
import { type Language, useLanguage, useSaid, useText } from '../../text/index.ts';
import { roomSettings } from '../../text/roomSettings.ts';
import { Address } from '../../ui/Address.tsx';
import { Button } from '../../ui/Button.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { Card } from '../../ui/Page.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../../ui/useAction.ts';

/** Codes with which others register, where that is by invitation. */
export function Registrations() {
  const said = useSaid(administration);
  const client = useChat();
  const list = useQuery({ queryKey: ['registrations'], queryFn: () => client.rest.registrations(), retry: false });
  const [made, setMade] = useState<Registration>();
  /** The codes that were made here, by id: the server tells each once. */
  const [codes, setCodes] = useState<Record<string, string | undefined>>({});
  const make = useAction(async () => {
    const registration = await client.rest.makeRegistration();
    setMade(registration);
    setCodes((before) => ({ ...before, [registration.registrationId]: registration.code }));
    await list.refetch();
  });
  const toast = useToast();
  const revoke = useAction(async (id: string) => {
    await client.rest.revokeRegistration(id);
    toast(said.codeRevoked);
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
      <Rows label={said.codes} className="flex flex-col gap-2">
        {list.data.map((registration) => (
          <Code
            key={registration.registrationId}
            registration={registration}
            code={codes[registration.registrationId]}
            busy={revoke.busy}
            onRevoke={() => revoke.run(registration.registrationId)}
          />
        ))}
      </Rows>
      <ErrorNote error={make.error ?? revoke.error} />
    </Card>
  );
}

interface CodeProps {
  registration: Registration;
  /** The code itself, where it was made here. */
  code: string | undefined;
  busy: boolean;
  onRevoke: () => void;
}

/** Codes are told apart by when they were made, and by how they begin where that is known. */
function Code({ registration: { createdAt, expiresAt, uses }, code, busy, onRevoke }: CodeProps) {
  const texts = useText();
  const said = useSaid(administration);
  const ofRoom = useSaid(roomSettings);
  const language = useLanguage();
  const id = useId();
  const at = toTheSecond(createdAt, language);
  return (
    <li className="flex items-center gap-3">
      <span className="min-w-0 flex-1 text-sm">
        <span id={id} className="block">
          {code ? ofRoom.madeAt(at, code.slice(0, 6)) : said.madeAt(at)}
        </span>
        <span className="block text-soft">
          {texts.settings.until(whole(expiresAt, language))} · {texts.settings.times(uses)}
        </span>
      </span>
      <Button kind="quiet" aria-describedby={id} busy={busy} onClick={onRevoke}>
        {texts.settings.revoke}
      </Button>
    </li>
  );
}

/** Several codes may be made in one minute. */
const toTheSecond = (at: string, language: Language) =>
  new Date(at).toLocaleString(local(language), { dateStyle: 'medium', timeStyle: 'medium' });
