import type { Room, UserView } from 'chat-client';
import { useChat, useClient, useRoomParts } from 'chat-client/react';
import { type KeyboardEvent, type RefObject, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { EVERYONE, mayMentionEveryone } from '../../lib/everyone.ts';
import { mentionable } from './mentions.ts';

const MOST = 6;

/** Somebody to mention; without an id, everybody in the room. */
export interface Suggestion {
  userId?: string;
  username: string;
}

const EVERYBODY: Suggestion = { username: EVERYONE };

/** Who may be meant by the name that is being written after an `@`. */
export function useSuggestions(room: Room, box: RefObject<HTMLTextAreaElement | null>, text: string, setText: (text: string) => void) {
  const me = useChat().me();
  const admin = useClient((state) => state.admin);
  const { kind, role } = useRoomParts(room, 'kind', 'role');
  // Whoever was chosen is meant, even if they take another name before the text is sent. The last one comes first.
  const chosen = useRef<UserView[]>([]);
  const [caret, setCaret] = useState(0);
  const [picked, setPicked] = useState(0);
  const [closedFor, setClosedFor] = useState('');
  const written = /(?:^|\s)@([^\s@]{0,32})$/.exec(text.slice(0, caret))?.[1];
  const wanted = written?.toLowerCase() ?? '';
  const fits = ({ username }: Suggestion) => username.toLowerCase().startsWith(wanted);
  const people = () =>
    mentionable(room.state.get())
      .filter((user) => user.userId !== me && fits(user))
      .slice(0, MOST);
  const everybody = () => (mayMentionEveryone({ kind, role }, admin) && fits(EVERYBODY) ? [EVERYBODY] : []);
  // Everybody comes last: an Enter at once is not for all.
  const fitting: readonly Suggestion[] = written === undefined || closedFor === written ? [] : [...people(), ...everybody()];
  const isOpen = fitting.length > 0;

  const pick = ({ userId, username }: Suggestion) => {
    if (userId) chosen.current.unshift({ userId, username });
    const start = caret - wanted.length;
    const after = text.slice(caret);
    const end = start + username.length + 1;
    // The next key may come before the next frame: it must find the caret behind the name.
    flushSync(() => {
      setText(`${text.slice(0, start)}${username} ${after.trimStart()}`);
      setPicked(0);
    });
    box.current?.focus();
    box.current?.setSelectionRange(end, end);
  };

  /** Whether the key was for the list. */
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (!isOpen) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setPicked((picked + step + fitting.length) % fitting.length);
    else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab')
      pick(fitting[Math.min(picked, fitting.length - 1)] as Suggestion);
    else if (event.key === 'Escape') setClosedFor(written ?? '');
    else return false;
    event.preventDefault();
    return true;
  };

  /** What these were chosen for is sent. */
  const forget = (sent: readonly UserView[]) => {
    chosen.current = chosen.current.filter((user) => !sent.includes(user));
  };

  const onSelect = () => {
    const next = box.current?.selectionStart ?? 0;
    if (next !== caret) setPicked(0);
    setCaret(next);
  };
  return {
    isOpen,
    fitting,
    picked: Math.min(picked, Math.max(0, fitting.length - 1)),
    pick,
    chosen,
    forget,
    onKeyDown,
    onSelect,
  };
}
