import { Store } from 'chat-client';
import { useChat, useClient, useStore } from 'chat-client/react';
import { useEffect } from 'react';
import { type Answered, type Invited, unanswered, withAnswer } from './invited.ts';
import { kept } from './kept.ts';

interface Kept {
  of?: string;
  answered: Answered;
}

const NONE: Kept = { answered: {} };
/** The server keeps no answers, so that another browser asks again. */
const memory = kept<Kept>('chat-invitations', NONE);
const answers = new Store<Kept>(memory.get());
addEventListener('storage', () => answers.set(memory.get()));

function answer(of: string, invited: Invited): void {
  const before = answers.get();
  answers.set({ of, answered: withAnswer(before.of === of ? before.answered : {}, invited) });
  memory.set(answers.get());
}

/** The invitations by name that one may still accept, and how to put one aside. */
export function useInvitations(): { invitations: Invited[]; dismiss: (invited: Invited) => void } {
  const me = useChat().me();
  const notices = useClient((state) => state.notices);
  const rooms = useClient((state) => state.rooms);
  const listed = useClient((state) => state.listed);
  const answered = useStore(answers, (kept) => (kept.of === me ? kept : NONE)).answered;
  const open = unanswered(notices, answered);
  const isMine = ({ roomId }: Invited) => rooms.some((room) => room.roomId === roomId);
  // Whoever has come in and leaves again is not invited any more. What an earlier page knew of one's rooms may be over.
  useEffect(() => {
    for (const invited of open.filter(isMine)) if (me && listed) answer(me, invited);
  });
  return { invitations: open.filter((invited) => !isMine(invited)), dismiss: (invited) => me && answer(me, invited) };
}
