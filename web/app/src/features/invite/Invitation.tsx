import { useQuery } from '@tanstack/react-query';
import { ChatError } from 'chat-client';
import { useChat, useRooms } from 'chat-client/react';
import { Link, Navigate, useNavigate, useParams } from 'react-router';
import { explain, useSaid, useText } from '../../text/index.ts';
import { invitation } from '../../text/invitation.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Empty, ErrorNote, Failed, Skeleton } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';

/** An invitation is looked at before one goes in. */
export default function Invitation() {
  const texts = useText();
  const said = useSaid(invitation);
  const client = useChat();
  const navigate = useNavigate();
  const { code = '' } = useParams();
  const query = useQuery({
    queryKey: ['invite', code],
    queryFn: () => client.rest.lookUpInvite(code),
    retry: false,
  });
  const accept = useAction(async () => {
    const { roomId } = await client.rest.acceptInvite(code);
    // On the wire, too: a guest is a member only while present.
    await client.join(roomId);
    navigate(`/room/${encodeURIComponent(roomId)}`, { replace: true });
  });
  const rooms = useRooms();
  if (rooms.some(({ roomId }) => roomId === query.data?.roomId)) {
    return <Navigate to={`/room/${encodeURIComponent(query.data?.roomId ?? '')}`} replace />;
  }
  if (query.isPending) return <Skeleton rows={2} />;
  if (query.isError) {
    const error = ChatError.from(query.error);
    if (error.again) return <Failed error={error} onRetry={() => query.refetch()} />;
    const isBad = error.code === 'invite-not-found';
    return (
      <Empty icon="link" {...(isBad ? { title: said.bad, text: said.badText } : { title: explain(texts, error) })}>
        <Link to="/" className="rounded-xl bg-accent px-4 py-2.5 font-medium text-accent-ink">
          {texts.nothingAt.home}
        </Link>
      </Empty>
    );
  }
  return (
    <div className="flex h-full items-center justify-center p-6">
      <div className="flex w-full max-w-96 flex-col items-center gap-2 rounded-[1.75rem] border border-line bg-raised p-8 text-center shadow-float">
        <span className="mb-3 inline-flex size-20 items-center justify-center rounded-[1.9rem] bg-tint text-accent">
          <Icon name="lock" className="size-8" />
        </span>
        <h1 className="text-2xl font-semibold tracking-tight">{texts.invite.title}</h1>
        <p className="text-lg text-soft">{query.data.roomName ? said.text(query.data.roomName) : said.textUnknown}</p>
        {query.data.memberCount > 0 && <p className="text-sm text-faint">{texts.rooms.members(query.data.memberCount)}</p>}
        <Button kind="main" busy={accept.busy} onClick={accept.run} className="mt-5 w-full">
          {said.go}
        </Button>
        <ErrorNote error={accept.error} />
        <Link to="/" className="mt-2 rounded-lg px-2 py-1 text-soft underline underline-offset-2">
          {texts.nothingAt.home}
        </Link>
      </div>
    </div>
  );
}
