import type { UserView } from 'chat-client';
import { useChat, useClient } from 'chat-client/react';
import { useId, useState } from 'react';
import { useNavigate } from 'react-router';
import { useBlocks } from '../../lib/useBlocks.ts';
import { useInAddress } from '../../lib/useInAddress.ts';
import { usePeople } from '../../lib/usePeople.ts';
import { useSaid, useText } from '../../text/index.ts';
import { people as words } from '../../text/people.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { Empty, ErrorNote, Skeleton } from '../../ui/notes.tsx';
import { Card, Page } from '../../ui/Page.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../../ui/useAction.ts';
import { InviteTo } from './InviteTo.tsx';

/** Finds people, to write to them alone. */
export default function People() {
  const texts = useText();
  const said = useSaid(words);
  const isGuest = useClient((state) => state.me !== null && !state.me.refreshToken);
  const navigate = useNavigate();
  const [text, setText] = useInAddress('q');
  const { people, isLoading, error, more, isLoadingMore } = usePeople(text, !isGuest);
  return (
    <Page title={texts.people.title}>
      {isGuest ? (
        <Empty icon="people" title={said.noGuests} text={said.noGuestsText}>
          <Button kind="main" onClick={() => navigate('/register')}>
            {texts.entry.goRegister}
          </Button>
        </Empty>
      ) : (
        <>
          <Field
            label={texts.people.find}
            hint={said.hint}
            type="search"
            autoComplete="off"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <div role="status" className="empty:absolute">
            {isLoading && <Skeleton rows={3} />}
            {people && <p className="text-center text-sm text-soft">{said.found(people.length, more !== undefined)}</p>}
          </div>
          <ErrorNote error={error} />
          <Rows label={texts.people.title} className="-mt-3 flex flex-col gap-2" more={more} isLoadingMore={isLoadingMore}>
            {people?.map((user) => (
              <Person key={user.userId} user={user} />
            ))}
          </Rows>
          <Blocked />
        </>
      )}
    </Page>
  );
}

// On a phone three of them are beside each other, in each language.
const NARROW = 'max-sm:px-2.5';

function Person({ user }: { user: UserView }) {
  const texts = useText();
  const said = useSaid(words);
  const client = useChat();
  const navigate = useNavigate();
  const id = useId();
  const [isInviting, setInviting] = useState(false);
  const write = useAction(async () => {
    const { roomId } = await client.rest.direct(user.userId);
    client.refreshRooms();
    navigate(`/room/${encodeURIComponent(roomId)}`);
  });
  const blocks = useBlocks(false);
  const isBlocked = blocks.has(user.userId);
  const block = useAction(() => (isBlocked ? blocks.unblock(user) : blocks.block(user)));
  return (
    <li className="rounded-2xl border border-line bg-raised p-3">
      <div className="flex flex-wrap items-center gap-3">
        {/* On a phone the name has a line of its own. */}
        <span className="flex min-w-48 flex-1 items-center gap-3">
          <Avatar id={user.userId} name={user.username} />
          <span id={id} className="min-w-0 truncate font-medium">
            {user.username}
          </span>
        </span>
        <span className="flex flex-wrap gap-x-1.5 gap-y-2 sm:gap-2">
          <Button kind="quiet" className={NARROW} aria-describedby={id} busy={block.busy} onClick={block.run}>
            {isBlocked ? texts.people.unblock : said.block}
          </Button>
          <Button className={NARROW} aria-describedby={id} aria-expanded={isInviting} onClick={() => setInviting(!isInviting)}>
            {said.invite}
          </Button>
          <Button kind="main" className={NARROW} aria-describedby={id} busy={write.busy} onClick={write.run}>
            {said.write}
          </Button>
        </span>
      </div>
      {isInviting && <InviteTo user={user} />}
      <ErrorNote error={write.error ?? block.error} />
    </li>
  );
}

/** Whom one has blocked. */
function Blocked() {
  const texts = useText();
  const said = useSaid(words);
  const blocks = useBlocks(true);
  const toast = useToast();
  const unblock = useAction(async (user: UserView) => {
    await blocks.unblock(user);
    toast(texts.room.done.unblocked(user.username));
  });
  const users = blocks.users ?? [];
  if (users.length === 0) return null;
  return (
    <Card title={said.blocked}>
      <Rows label={said.blocked} className="flex flex-col gap-2">
        {users.map((user) => (
          <li key={user.userId} className="flex items-center gap-3">
            <Avatar id={user.userId} name={user.username} size="small" />
            <span className="min-w-0 flex-1 truncate">{user.username}</span>
            <Button busy={unblock.busy} onClick={() => unblock.run(user)}>
              {texts.people.unblock}
            </Button>
          </li>
        ))}
      </Rows>
      <ErrorNote error={unblock.error} />
    </Card>
  );
}
