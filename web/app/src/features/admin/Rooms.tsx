import { useState } from 'react';
import { iconOf } from '../../lib/rooms.ts';
import { useInAddress } from '../../lib/useInAddress.ts';
import { type ListedKind, useListed } from '../../lib/useListed.ts';
import { administration } from '../../text/administration.ts';
import { useSaid, useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Field, Select } from '../../ui/Field.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Failed, Skeleton } from '../../ui/notes.tsx';
import { Card } from '../../ui/Page.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { RoomDialog } from './RoomDialog.tsx';

/** Public or private rooms, each with what an administrator may do. */
export function Rooms() {
  const texts = useText();
  const said = useSaid(administration);
  const [kept, keep] = useInAddress('kind');
  const kind: ListedKind = kept === 'private' ? kept : 'public';
  const [text, setText] = useInAddress('q');
  const [chosen, setChosen] = useState<string>();
  const isPublic = kind === 'public';
  const { query, search, rooms } = useListed(kind, text);
  return (
    <Card title={said.rooms} text={said.roomsText}>
      <Select
        label={said.which}
        hint={isPublic ? undefined : said.notSearched}
        value={kind}
        onPick={(picked) => keep(picked === 'private' ? picked : '')}
        choices={said.kinds}
      />
      {isPublic && (
        <Field label={texts.rooms.find} type="search" autoComplete="off" value={text} onChange={(event) => setText(event.target.value)} />
      )}
      {query.isPending && <Skeleton rows={2} />}
      {query.isError && <Failed error={query.error} onRetry={() => query.refetch()} />}
      <div role="status" className="empty:absolute">
        {query.isSuccess && search && <p className="text-sm text-soft">{texts.rooms.found(rooms.length, query.hasNextPage)}</p>}
        {query.isSuccess && !search && rooms.length === 0 && <p className="text-soft">{said.noRooms}</p>}
      </div>
      <Rows
        label={said.rooms}
        className="flex flex-col gap-2"
        more={query.hasNextPage ? () => query.fetchNextPage() : undefined}
        isLoadingMore={query.isFetchingNextPage}
      >
        {rooms.map(({ roomId, roomName, kind: its, memberCount, archived }) => (
          <li key={roomId} className="flex items-center gap-3">
            <Icon name={iconOf(its)} className="size-4.5 text-accent" />
            <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-2">
              <span className="truncate font-medium">{roomName}</span>
              <span className="text-sm text-soft">
                {[texts.rooms.members(memberCount), archived && texts.rooms.archived].filter(Boolean).join(' · ')}
              </span>
            </span>
            <Button kind="quiet" aria-label={said.manageOf(roomName)} onClick={() => setChosen(roomId)}>
              {said.manage}
            </Button>
          </li>
        ))}
      </Rows>
      {chosen && <RoomDialog roomId={chosen} onClose={() => setChosen(undefined)} />}
    </Card>
  );
}
