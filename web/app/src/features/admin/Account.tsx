import { useQueryClient } from '@tanstack/react-query';
import type { AccountView } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useState } from 'react';
import { whole } from '../../lib/time.ts';
import { administration } from '../../text/administration.ts';
import { useLanguage, useSaid, useText } from '../../text/index.ts';
import { Address } from '../../ui/Address.tsx';
import { Button } from '../../ui/Button.tsx';
import { Confirm, Dialog } from '../../ui/Dialog.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';
import { Done } from './Done.tsx';
import { useAccount } from './useAccounts.ts';

/** What there is to know of an account, and what an administrator may do with it. */
export function Account({ username, onClose }: { username: string; onClose: () => void }) {
  const texts = useText();
  const said = useSaid(administration);
  const client = useChat();
  const { data: account, error } = useAccount(username);
  return (
    <Dialog title={username} onClose={onClose}>
      <ErrorNote error={error} />
      {account === null && <p className="text-soft">{texts.people.none}</p>}
      {account && <Facts account={account} />}
      {account?.userId === client.me() && <p className="mt-6 text-sm text-soft">{said.yourself}</p>}
      {account && account.standing !== 'deleted' && account.userId !== client.me() && <Actions account={account} />}
    </Dialog>
  );
}

function Facts({ account: { email, admin, standing, createdAt } }: { account: AccountView }) {
  const texts = useText();
  const said = useSaid(administration);
  const language = useLanguage();
  const rights = admin ? said.isAdmin : said.isUser;
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 text-sm">
      <dt className="text-soft">{said.standingLabel}</dt>
      <dd>{[said.standing[standing], rights].join(' · ')}</dd>
      <dt className="text-soft">{texts.account.email}</dt>
      <dd className="break-all">{email ?? '–'}</dd>
      <dt className="text-soft">{said.since}</dt>
      <dd>{whole(createdAt, language)}</dd>
    </dl>
  );
}

type Asked = 'suspend' | 'make' | 'unmake';

function Actions({ account: { userId, username, admin, standing } }: { account: AccountView }) {
  const said = useSaid(administration);
  const { rest } = useChat();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Asked>();
  const [done, setDone] = useState('');
  const change = async (how: () => Promise<void>, as: string) => {
    setDone('');
    await how();
    await queries.invalidateQueries({ queryKey: ['accounts'] });
    setDone(as);
  };
  const restore = useAction(() => change(() => rest.restore(userId), said.restored(username)));
  const sure: Record<Asked, { title: string; text: string; action: string; does: () => Promise<void> }> = {
    suspend: {
      title: said.suspendSure(username),
      text: said.suspendText,
      action: said.suspend,
      does: () => change(() => rest.suspend(userId), said.suspended(username)),
    },
    make: {
      title: said.makeSure(username),
      text: said.makeText,
      action: said.make,
      does: () => change(() => rest.makeAdmin(userId), said.madeAdmin(username)),
    },
    unmake: {
      title: said.unmakeSure(username),
      text: said.unmakeText,
      action: said.unmake,
      does: () => change(() => rest.unmakeAdmin(userId), said.unmadeAdmin(username)),
    },
  };
  return (
    <div className="mt-6 flex flex-col gap-3">
      <ResetLink userId={userId} />
      <Button onClick={() => setAsked(admin ? 'unmake' : 'make')}>{admin ? said.unmake : said.make}</Button>
      {standing === 'suspended' ? (
        <Button busy={restore.busy} onClick={restore.run}>
          {said.restore}
        </Button>
      ) : (
        <Button kind="quietDanger" onClick={() => setAsked('suspend')}>
          {said.suspend}
        </Button>
      )}
      <Done text={done} />
      <ErrorNote error={restore.error} />
      {asked && <Confirm {...sure[asked]} onClose={() => setAsked(undefined)} onConfirm={sure[asked].does} />}
    </div>
  );
}

/** Makes a link by which the user sets a password, to hand over. */
function ResetLink({ userId }: { userId: string }) {
  const said = useSaid(administration);
  const language = useLanguage();
  const { rest } = useChat();
  const [made, setMade] = useState<{ token: string; expiresAt: string }>();
  const make = useAction(async () => setMade(await rest.makePasswordReset(userId)));
  return (
    <>
      <Button icon="link" busy={make.busy} onClick={make.run}>
        {said.resetLink}
      </Button>
      {made && (
        <Address
          key={made.token}
          label={said.resetLink}
          hint={said.resetLinkHint(whole(made.expiresAt, language))}
          address={`${location.origin}/reset-password#${made.token}`}
        />
      )}
      <ErrorNote error={make.error} />
    </>
  );
}
