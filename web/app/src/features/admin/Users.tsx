import { useChat } from 'chat-client/react';
import { useState } from 'react';
import { useInAddress } from '../../lib/useInAddress.ts';
import { administration } from '../../text/administration.ts';
import { useSaid, useText } from '../../text/index.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { Card } from '../../ui/Page.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { Account } from './Account.tsx';
import { useAccounts } from './useAccounts.ts';

/** All users, each with what an administrator may do. */
export function Users() {
  const texts = useText();
  const said = useSaid(administration);
  const me = useChat().me();
  const [text, setText] = useInAddress('user');
  const [chosen, setChosen] = useState<string>();
  // Rows do not move under the pointer.
  const [isStill, setStill] = useState(false);
  const { people, error, more, isLoadingMore } = useAccounts(text, isStill);
  return (
    <Card title={said.users} text={said.usersText}>
      <Field label={texts.people.find} type="search" autoComplete="off" value={text} onChange={(event) => setText(event.target.value)} />
      <ErrorNote error={error} />
      {people?.length === 0 && <p className="text-soft">{texts.people.none}</p>}
      <div onPointerEnter={() => setStill(true)} onPointerLeave={() => setStill(false)} className="flex flex-col gap-4">
        <Rows label={said.users} className="flex flex-col gap-2" more={more} isLoadingMore={isLoadingMore}>
          {people?.map(({ userId, username, standing, admin }) => (
            <li key={userId} className="flex items-center gap-3">
              <Avatar id={userId} name={username} size="small" />
              <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-2">
                <span className="truncate font-medium">{username}</span>
                <span className="text-sm text-soft">
                  {[userId === me && texts.you, admin && said.isAdmin, standing && standing !== 'active' && said.standing[standing]]
                    .filter(Boolean)
                    .join(' · ')}
                </span>
              </span>
              <Button kind="quiet" aria-label={said.manageOf(username)} onClick={() => setChosen(username)}>
                {said.manage}
              </Button>
            </li>
          ))}
        </Rows>
      </div>
      {chosen && <Account username={chosen} onClose={() => setChosen(undefined)} />}
    </Card>
  );
}
