import { useChat } from 'chat-client/react';
import { useEffect, useState } from 'react';
import { kept } from '../../lib/kept.ts';
import type { Task } from './RoomView.tsx';

/** What is written and not sent yet, kept for each room. While a message is edited, its text is there instead. */
export function useDraft(roomId: string, task: Task) {
  const me = useChat().me() ?? '';
  const key = `chat-draft:${me}:${roomId}`;
  const [draft, setDraft] = useState(() => kept(key, '').get());
  const edited = task?.kind === 'edit' ? task.message : undefined;
  const [edit, setEdit] = useState('');
  useEffect(() => {
    setEdit(edited?.message ?? '');
  }, [edited]);
  const write = (text: string) => {
    if (edited) return setEdit(text);
    setDraft(text);
    kept<string>(key, '').set(text || null);
  };
  return [edited ? edit : draft, write] as const;
}
