import { useInfiniteQuery } from '@tanstack/react-query';
import type { Room } from 'chat-client';
import { useChat } from 'chat-client/react';
import { called } from '../../lib/rooms.ts';
import { whole } from '../../lib/time.ts';
import { useLanguage, useSaid, useText } from '../../text/index.ts';
import { messageTexts } from '../../text/message.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { ErrorNote, Skeleton } from '../../ui/notes.tsx';
import { Text } from './Text.tsx';

const NOBODY: readonly string[] = [];

/** What a message said from its first text on. */
export function Edits({ room, seq, onClose }: { room: Room; seq: number; onClose: () => void }) {
  const texts = useText();
  const said = useSaid(messageTexts);
  const language = useLanguage();
  const client = useChat();
  const edits = useInfiniteQuery({
    queryKey: ['edits', room.roomId, seq],
    queryFn: ({ pageParam }) => client.rest.edits(room.roomId, seq, pageParam),
    initialPageParam: undefined as number | undefined,
    // An empty page is the last.
    getNextPageParam: (page) => page.at(-1)?.seq,
    retry: false,
    staleTime: 0,
  });
  return (
    <Dialog title={said.edits} onClose={onClose} wide>
      {edits.isPending && <Skeleton rows={2} />}
      <ErrorNote error={edits.error} />
      <ol className="flex flex-col gap-2">
        {edits.data?.pages.flat().map((version) => (
          <li key={version.seq} className="rounded-2xl border border-line bg-raised px-4 py-3">
            <p className="flex items-baseline gap-2">
              <span className="truncate font-semibold">{called(version.username, texts)}</span>
              <time dateTime={version.timestamp} className="text-xs whitespace-nowrap text-faint">
                {whole(version.timestamp, language)}
              </time>
            </p>
            {version.message ? <Text text={version.message} names={NOBODY} /> : <p className="text-faint italic">{texts.room.erased}</p>}
          </li>
        ))}
      </ol>
      {edits.hasNextPage && (
        <Button busy={edits.isFetchingNextPage} onClick={() => edits.fetchNextPage()} className="mt-3">
          {texts.room.more}
        </Button>
      )}
    </Dialog>
  );
}
