import { useQuery } from '@tanstack/react-query';
import type { Invite, Room } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useState } from 'react';
import { whole } from '../../lib/time.ts';
import { useLanguage, useSaid, useText } from '../../text/index.ts';
import { roomSettings } from '../../text/roomSettings.ts';
import { Address } from '../../ui/Address.tsx';
import { Button, IconButton } from '../../ui/Button.tsx';
import { copy } from '../../ui/copy.ts';
import { Select } from '../../ui/Field.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { useAction } from '../../ui/useAction.ts';

const DAY = 86_400_000;

type Lasts = 'never' | 'day' | 'week';
type Uses = '0' | '1' | '10';

const addressOf = (code: string) => `${location.origin}/invite/${encodeURIComponent(code)}`;

export function InviteLinks({ room }: { room: Room }) {
  const texts = useText();
  const said = useSaid(roomSettings);
  const client = useChat();
  const [lasts, setLasts] = useState<Lasts>('week');
  const [uses, setUses] = useState<Uses>('0');
  const [made, setMade] = useState<Invite>();
  const list = useQuery({
    queryKey: ['invites', room.roomId],
    queryFn: () => client.rest.invites(room.roomId),
    retry: false,
  });
  const make = useAction(async () => {
    const days = { never: undefined, day: 1, week: 7 }[lasts];
    setMade(
      await client.rest.invite(room.roomId, {
        expiresAt: days === undefined ? undefined : new Date(Date.now() + days * DAY).toISOString(),
        uses: Number(uses) || undefined,
      }),
    );
    await list.refetch();
  });
  const revoked = (inviteId: string) => {
    setMade((now) => (now?.inviteId === inviteId ? undefined : now));
    void list.refetch();
  };
  return (
    <section className="flex flex-col gap-3">
      <div>
        <h3 className="font-semibold">{said.links}</h3>
        <p className="text-sm text-soft">{said.linksText}</p>
      </div>
      <div className="grid grid-cols-2 gap-3">
        <Select
          label={said.expires}
          value={lasts}
          onPick={setLasts}
          choices={{ day: said.day, week: said.week, never: texts.settings.never }}
        />
        <Select
          label={said.uses}
          value={uses}
          onPick={setUses}
          choices={{ '0': said.unlimited, '1': texts.settings.times(1), '10': texts.settings.times(10) }}
        />
      </div>
      <Button kind="main" icon="link" busy={make.busy} onClick={make.run} className="self-start">
        {said.newLink}
      </Button>
      {made?.code && <Address key={made.code} label={said.link} address={addressOf(made.code)} />}
      <ErrorNote error={make.error} />
      <Rows label={said.links} className="flex flex-col gap-2">
        {list.data?.map((invite) => (
          <Link
            key={invite.inviteId}
            room={room}
            invite={invite}
            onShow={() => setMade(invite)}
            onRevoked={() => revoked(invite.inviteId)}
          />
        ))}
      </Rows>
    </section>
  );
}

interface LinkProps {
  room: Room;
  invite: Invite;
  /** Shows the link, to be copied by hand. */
  onShow: () => void;
  onRevoked: () => void;
}

function Link({ room, invite, onShow, onRevoked }: LinkProps) {
  const texts = useText();
  const said = useSaid(roomSettings);
  const language = useLanguage();
  const client = useChat();
  const revoke = useAction(async () => {
    await client.rest.revokeInvite(room.roomId, invite.inviteId);
    onRevoked();
  });
  const lasts = invite.expiresAt ? texts.settings.until(whole(invite.expiresAt, language)) : texts.settings.never;
  // Links are told apart by their beginning: each ends with the room's id.
  const madeAt = invite.createdAt && said.madeAt(whole(invite.createdAt, language), (invite.code ?? '').slice(0, 6));
  const [isCopied, setCopied] = useState(false);
  const copyLink = () => {
    onShow();
    copy(addressOf(invite.code ?? '')).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    <li className="flex items-center gap-3 rounded-xl border border-line bg-raised py-1.5 pr-2 pl-3.5 text-sm">
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{lasts}</span>
        <span className="block truncate text-faint">{texts.settings.used(invite.used ?? 0, invite.uses)}</span>
        {invite.code && <span className="block text-faint">{madeAt}</span>}
        <ErrorNote error={revoke.error} />
      </span>
      {invite.code && <IconButton icon={isCopied ? 'check' : 'copy'} label={isCopied ? texts.copied : said.copyLink} onClick={copyLink} />}
      <Button kind="quiet" busy={revoke.busy} onClick={revoke.run}>
        {texts.settings.revoke}
      </Button>
    </li>
  );
}
