import type { UserView } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useState } from 'react';
import { usePeople } from '../../lib/usePeople.ts';
import { useText } from '../../text/index.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { Confirm } from '../../ui/Dialog.tsx';
import { Field } from '../../ui/Field.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { Card } from '../../ui/Page.tsx';
import { useAction } from '../../ui/useAction.ts';

/** Keeps users out, and lets them in again. */
export function Users() {
  const texts = useText();
  const [text, setText] = useState('');
  // Whoever is suspended is not found any more, so they stay in view for as long as one is here.
  const [suspended, setSuspended] = useState<UserView[]>([]);
  const { people, error, more, isLoadingMore } = usePeople(text);
  const isOut = (user: UserView) => suspended.some((other) => other.userId === user.userId);
  const others = people?.filter((user) => !isOut(user)) ?? [];
  return (
    <Card title={texts.admin.users} text={texts.admin.usersText}>
      <Field label={texts.people.find} type="search" autoComplete="off" value={text} onChange={(event) => setText(event.target.value)} />
      <ErrorNote error={error} />
      {people && others.length + suspended.length === 0 && <p className="text-soft">{texts.people.none}</p>}
      <ul className="flex flex-col gap-2">
        {[...suspended, ...others].map((user) => (
          <User
            key={user.userId}
            user={user}
            isOut={isOut(user)}
            onChange={(out) => setSuspended(out ? [...suspended, user] : suspended.filter((other) => other.userId !== user.userId))}
          />
        ))}
      </ul>
      {more && (
        <Button busy={isLoadingMore} onClick={more}>
          {texts.people.more}
        </Button>
      )}
    </Card>
  );
}

function User({ user, isOut, onChange }: { user: UserView; isOut: boolean; onChange: (isOut: boolean) => void }) {
  const texts = useText();
  const client = useChat();
  const [isAsking, setAsking] = useState(false);
  const restore = useAction(async () => {
    await client.rest.restore(user.userId);
    onChange(false);
  });
  return (
    <li className="flex flex-wrap items-center gap-3">
      <Avatar id={user.userId} name={user.username} size="small" />
      <span className="min-w-0 flex-1 truncate font-medium">{isOut ? texts.admin.suspended(user.username) : user.username}</span>
      {isOut ? (
        <Button busy={restore.busy} onClick={restore.run}>
          {texts.admin.restore}
        </Button>
      ) : (
        <Button kind="quiet" className="text-danger" onClick={() => setAsking(true)}>
          {texts.admin.suspend}
        </Button>
      )}
      <ErrorNote error={restore.error} />
      {isAsking && (
        <Confirm
          title={texts.admin.suspendSure(user.username)}
          text={texts.admin.usersText}
          action={texts.admin.suspend}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await client.rest.suspend(user.userId);
            onChange(true);
          }}
        />
      )}
    </li>
  );
}
