import { useChat } from 'chat-client/react';
import { useState } from 'react';
import { kept } from '../../lib/kept.ts';
import type { Writing } from './RoomView.tsx';

/**
 * What is written and not sent yet, kept for each room, and how to hand it over. While a message is edited, its text is there instead.
 *
 * What is handed over leaves the box at once, and stays kept as the draft until `done`: a reload before that brings it back. An edit that
 * failed is there again when its task is taken up again.
 */
export function useDraft(roomId: string, task: Writing | undefined) {
  const me = useChat().me() ?? '';
  const key = `chat-draft:${me}:${roomId}`;
  const [draft, setDraft] = useState(() => kept(key, '').get());
  const [edit, setEdit] = useState<{ task: Writing; text: string }>();
  const isEdit = task?.kind === 'edit';
  const write = (text: string) => {
    if (isEdit) return setEdit({ task, text });
    setDraft(text);
    kept<string>(key, '').set(text || null);
  };
  const handOver = (done: Promise<unknown>) => {
    if (isEdit) {
      done.then(
        () => setEdit((now) => (now?.task === task ? undefined : now)),
        () => {},
      );
      return;
    }
    setDraft('');
    const stored = kept<string>(key, '');
    done.then(
      () => stored.get() === draft && stored.set(null),
      () => setDraft((now) => now || draft),
    );
  };
  const text = !isEdit ? draft : edit?.task === task ? edit.text : task.message.message;
  return [text, write, handOver] as const;
}
