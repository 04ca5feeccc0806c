import { find, MESSAGE_BYTES, type Room } from 'chat-client';
import { useChat, useClient, useConnection, useRoomParts, useRoomState } from 'chat-client/react';
import { type Dispatch, type KeyboardEvent, lazy, type SetStateAction, Suspense, useEffect, useId, useLayoutEffect, useRef } from 'react';
import { mayMentionEveryone, mentionsEveryone } from '../../lib/everyone.ts';
import { plain } from '../../lib/plain.ts';
import { called, useRoomName } from '../../lib/rooms.ts';
import { useBlocks } from '../../lib/useBlocks.ts';
import { useText } from '../../text/index.ts';
import { IconButton } from '../../ui/Button.tsx';
import { bytesOf, cut } from '../../ui/cut.ts';
import { Icon } from '../../ui/Icon.tsx';
import { isTouched } from '../../ui/isTouched.ts';
import { useToast } from '../../ui/toast.tsx';
import { EmojiPicker } from './EmojiPicker.tsx';
import { lastOwn } from './lastOwn.ts';
import { mentionable, mentionsIn } from './mentions.ts';
import { Restraint, useRestraint } from './Restraint.tsx';
import type { Writing } from './RoomView.tsx';
import { unframed } from './unframed.ts';
import { useDraft } from './useDraft.ts';
import { useSilence } from './useSilence.ts';
import { useSuggestions } from './useSuggestions.ts';

const Blocked = lazy(() => import('./Blocked.tsx'));
const Suggestions = lazy(() => import('./Suggestions.tsx'));

/** The style has the box grow with its text. */
const GROWS = CSS.supports('field-sizing', 'content');

interface Props {
  room: Room;
  task: Writing | undefined;
  onTask: Dispatch<SetStateAction<Writing | undefined>>;
}

export function Composer({ room, task, onTask }: Props) {
  const texts = useText();
  const { kind, peer } = useRoomParts(room, 'kind', 'peer');
  const isOnline = useConnection().name === 'online';
  useBlocks(kind === 'direct' && isOnline);
  const silence = useSilence(room);
  const place = useRef<HTMLParagraphElement>(null);
  const couldWrite = useRef(false);
  // What was begun is over where nothing can be written any more. The box may have had the focus.
  useEffect(() => {
    if (silence) onTask(undefined);
    if (silence && couldWrite.current && document.activeElement === document.body) place.current?.focus();
    couldWrite.current = !silence;
  }, [silence, onTask]);
  if (!silence) return <Writable {...{ room, task, onTask }} />;
  if (silence === 'blocked') return <Suspense>{peer && <Blocked user={peer} />}</Suspense>;
  return (
    <p
      ref={place}
      tabIndex={-1}
      className="border-t border-line px-5 py-4 pb-[max(1rem,env(safe-area-inset-bottom))] text-center text-soft"
    >
      {texts.room[silence]}
    </p>
  );
}

function Writable({ room, task, onTask }: Props) {
  const texts = useText();
  const client = useChat();
  const tell = useToast();
  const name = useRoomName(room);
  const id = useId();
  const box = useRef<HTMLTextAreaElement>(null);
  const hadFocus = useRef(false);
  const [text, setText, handOver] = useDraft(room.roomId, task);
  const admin = useClient((state) => state.admin);
  const limit = useClient((state) => state.limits?.messageBytes ?? MESSAGE_BYTES);
  const suggestions = useSuggestions(room, box, text, setText);
  const isTooLong = text.length > limit / 4 && bytesOf(text) > limit;
  const restraint = useRestraint(room);
  // What would be refused stays in the box. Edits have no pace.
  const isHeld = restraint !== undefined && restraint.left > 0 && (restraint.kind === 'muted' || task?.kind !== 'edit');

  // The box is as high as its text, up to what its style allows. Where the browser does not see to that by itself, all of the page is laid
  // out anew for each key.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what makes it higher
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || GROWS) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [text]);

  useEffect(() => {
    if (task || !isTouched()) box.current?.focus();
  }, [task]);

  const send = () => {
    const message = unframed(text);
    if (!message || isTooLong || isHeld) return;
    const state = room.state.get();
    const chosen = [...suggestions.chosen.current];
    const people = [...chosen, ...mentionable(state)];
    const mentions = mentionsIn(message, people, task?.kind === 'edit' ? task.message : undefined);
    const mentionsRoom = (mayMentionEveryone(state, admin) && mentionsEveryone(message, people)) || undefined;
    const done =
      task?.kind === 'edit'
        ? room.edit(task.message.seq, message, mentions, mentionsRoom)
        : client.send({ roomId: room.roomId, message, mentions, mentionsRoom, replyTo: task?.message.seq });
    done
      .then(() => suggestions.forget(chosen))
      .catch((error) => {
        tell(error);
        // The text of an edit is nowhere else.
        if (task?.kind === 'edit') onTask((now) => now ?? task);
      });
    handOver(done);
    onTask(undefined);
    box.current?.focus();
  };

  /** Takes what one wrote last in hand again: it is edited, or, if it was refused, written anew. Never an older one. */
  const takeLast = () => {
    const last = lastOwn(room.state.get(), client.me());
    if (last?.kind === 'sent') onTask({ kind: 'edit', message: last.message });
    if (last?.kind === 'on its way') tell(texts.room.onItsWay);
    if (last?.kind === 'refused') {
      const { clientId, message, replyTo } = last.item;
      const answered = replyTo === undefined ? undefined : find(room.state.get().messages, replyTo);
      client.outbox.discard(clientId);
      setText(message);
      onTask(answered && { kind: 'reply', message: answered });
    }
    return last !== undefined;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // An Enter that ends a composition (of Japanese, say) is not for us. Safari tells that by its key code alone.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (suggestions.onKeyDown(event)) return;
    if (event.key === 'Escape' && task) onTask(undefined);
    else if (event.key === 'ArrowUp' && !text && takeLast()) event.preventDefault();
    else if (event.key === 'Enter' && !event.shiftKey && !isTouched()) {
      event.preventDefault();
      send();
    }
  };

  /** The box has the focus then. A finger's keyboard comes only if it was there before, as it would be in the way of the next emoji. */
  const insert = (emoji: string) => {
    const element = box.current;
    if (!element) return;
    const { selectionStart, selectionEnd } = element;
    const before = text.slice(0, selectionStart) + emoji;
    // The caret goes to the end of a text that React sets, so that it is set here.
    element.value = before + text.slice(selectionEnd);
    element.setSelectionRange(before.length, before.length);
    setText(element.value);
    if (!isTouched() || hadFocus.current) element.focus();
  };

  return (
    <form
      className="relative px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-5 sm:pb-4"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {restraint && <Restraint {...restraint} id={`${id}-held`} />}
      <Suspense>{suggestions.isOpen && <Suggestions id={`${id}-list`} {...suggestions} />}</Suspense>
      <div className="rounded-[1.4rem] border border-line bg-raised focus-within:border-accent focus-within:shadow-[0_0_0_1px_var(--accent)]">
        {task && <TaskLine room={room} task={task} onCancel={() => onTask(undefined)} />}
        <div className="flex items-end gap-1 p-1.5">
          <EmojiPicker label={texts.room.emoji} align="start" onPick={insert}>
            <IconButton
              icon="smile"
              label={texts.room.emoji}
              onPointerDown={() => {
                hadFocus.current = document.activeElement === box.current;
              }}
              className="rounded-2xl!"
            />
          </EmojiPicker>
          <textarea
            ref={box}
            rows={1}
            value={text}
            aria-label={texts.room.write(name)}
            placeholder={texts.room.write(name)}
            aria-controls={suggestions.isOpen ? `${id}-list` : undefined}
            aria-activedescendant={suggestions.isOpen ? `${id}-list-${suggestions.picked}` : undefined}
            aria-describedby={restraint && `${id}-held`}
            aria-autocomplete="list"
            aria-invalid={isTooLong || undefined}
            onChange={(event) => {
              setText(event.target.value);
              if (event.target.value) room.typing();
            }}
            onSelect={suggestions.onSelect}
            onKeyDown={onKeyDown}
            className="field-sizing-content max-h-48 min-h-10 min-w-0 flex-1 resize-none bg-transparent py-2 leading-6 placeholder:truncate placeholder:text-faint focus-visible:outline-none"
          />
          <button
            type="submit"
            aria-label={texts.room.send}
            title={texts.room.send}
            disabled={!text.trim() || isTooLong || isHeld}
            className="inline-flex size-10 shrink-0 items-center justify-center rounded-2xl bg-accent text-accent-ink transition disabled:bg-transparent disabled:text-faint"
          >
            <Icon name={task?.kind === 'edit' ? 'check' : 'send'} />
          </button>
        </div>
      </div>
      <p role="alert" className="text-sm text-danger">
        {isTooLong && texts.room.tooLong}
      </p>
      {isTooLong && <p className="text-sm text-danger">{texts.room.tooMuch(text.length - cut(text, limit).length)}</p>}
    </form>
  );
}

function TaskLine({ room, task, onCancel }: { room: Room; task: Writing; onCancel: () => void }) {
  const texts = useText();
  const message = useRoomState(room, (state) => find(state.messages, task.message.seq)) ?? task.message;
  return (
    <div className="flex items-center gap-2 border-b border-line py-1.5 pr-1.5 pl-4 text-sm">
      <Icon name={task.kind === 'edit' ? 'edit' : 'reply'} className="size-4 text-accent" />
      <span className="shrink-0 font-semibold">
        {task.kind === 'edit' ? texts.room.editing : texts.room.replyingTo(called(message.sender, texts))}
      </span>
      <span className="min-w-0 flex-1 truncate text-soft">{plain(message.message)}</span>
      <IconButton icon="close" label={texts.cancel} onClick={onCancel} className="size-8!" />
    </div>
  );
}
