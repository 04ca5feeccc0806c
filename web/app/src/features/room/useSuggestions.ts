import type { MemberView, Room } from 'chat-client';
import { useChat, useRoomState } from 'chat-client/react';
import { type KeyboardEvent, type RefObject, useState } from 'react';

const MOST = 6;

/** Who may be meant by the name that is being written after an `@`. */
export function useSuggestions(room: Room, box: RefObject<HTMLTextAreaElement | null>, text: string, setText: (text: string) => void) {
  const me = useChat().me();
  const members = useRoomState(room, (state) => state.members);
  const [caret, setCaret] = useState(0);
  const [picked, setPicked] = useState(0);
  const [closedFor, setClosedFor] = useState('');
  const written = /(?:^|\s)@([^\s@]{0,32})$/.exec(text.slice(0, caret))?.[1];
  const wanted = written?.toLowerCase() ?? '';
  const fitting =
    written === undefined || closedFor === written
      ? []
      : members.filter((member) => member.userId !== me && member.username.toLowerCase().startsWith(wanted)).slice(0, MOST);
  const isOpen = fitting.length > 0;

  const pick = (member: MemberView) => {
    const start = caret - wanted.length;
    const after = text.slice(caret);
    const end = start + member.username.length + 1;
    setText(`${text.slice(0, start)}${member.username} ${after.trimStart()}`);
    setPicked(0);
    requestAnimationFrame(() => {
      box.current?.focus();
      box.current?.setSelectionRange(end, end);
    });
  };

  /** Whether the key was for the list. */
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (!isOpen) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setPicked((picked + step + fitting.length) % fitting.length);
    else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab')
      pick(fitting[Math.min(picked, fitting.length - 1)] as MemberView);
    else if (event.key === 'Escape') setClosedFor(written ?? '');
    else return false;
    event.preventDefault();
    return true;
  };

  const onSelect = () => {
    const next = box.current?.selectionStart ?? 0;
    if (next !== caret) setPicked(0);
    setCaret(next);
  };
  return { isOpen, fitting, picked: Math.min(picked, Math.max(0, fitting.length - 1)), pick, onKeyDown, onSelect };
}
