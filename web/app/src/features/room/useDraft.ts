import { useChat } from 'chat-client/react';
import { useState } from 'react';
import { kept } from '../../lib/kept.ts';
import type { Task } from './RoomView.tsx';

/** What is written and not sent yet, kept for each room. While a message is edited, its text is there instead. */
export function useDraft(roomId: string, task: Task) {
  const me = useChat().me() ?? '';
  const key = `chat-draft:${me}:${roomId}`;
  const [draft, setDraft] = useState(() => kept(key, '').get());
  const [edit, setEdit] = useState<{ task: Task; text: string }>();
  const isEdit = task?.kind === 'edit';
  const write = (text: string) => {
    if (isEdit) return setEdit({ task, text });
    setDraft(text);
    kept<string>(key, '').set(text || null);
  };
  if (!isEdit) return [draft, write] as const;
  return [edit?.task === task ? edit.text : task.message.message, write] as const;
}
