import { useChat, useRooms } from 'chat-client/react';
import { type KeyboardEvent, useId, useState } from 'react';
import { iconOf, nameOf } from '../../lib/rooms.ts';
import { useText } from '../../text/index.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { useGo } from '../../ui/useBack.ts';

const MOST = 8;

export interface QuickSwitchProps {
  /** What was typed before the dialog was there. */
  typed: string;
  onClose: () => void;
}

/** Goes to another room by the beginning of a word of its name. Without a name, the rooms with the last messages are there. */
export default function QuickSwitch({ typed, onClose }: QuickSwitchProps) {
  const texts = useText();
  const goTo = useGo();
  const rooms = useRooms();
  const me = useChat().me();
  const id = useId();
  const [text, setText] = useState(typed);
  const [picked, setPicked] = useState(0);
  const wanted = text.trim().toLowerCase();
  const named = rooms.map((room) => ({ room, name: nameOf(room.state.get(), me, texts) }));
  const fits = (name: string) => ` ${name.toLowerCase()}`.includes(` ${wanted}`);
  const found = named.filter(({ name }) => fits(name)).slice(0, MOST);

  const go = (at: number) => {
    const roomId = found[at]?.room.roomId;
    if (!roomId) return;
    onClose();
    goTo(`/room/${encodeURIComponent(roomId)}`);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length > 0) setPicked((picked + step + found.length) % found.length);
    else if (event.key === 'Enter') go(picked);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={texts.rooms.switchTo} onClose={onClose}>
      <input
        type="text"
        role="combobox"
        aria-label={texts.rooms.filter}
        placeholder={texts.rooms.filter}
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? `${id}-${picked}` : undefined}
        aria-autocomplete="list"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setPicked(0);
        }}
        onKeyDown={onKeyDown}
        className="min-h-11 w-full rounded-xl border border-line bg-raised px-3.5 placeholder:text-faint"
      />
      <ul id={`${id}-list`} role="listbox" aria-label={texts.rooms.yours} className="mt-3 flex h-92 flex-col gap-0.5">
        {found.map(({ room, name }, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled where the focus is
          <li
            key={room.roomId}
            id={`${id}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === picked}
            onClick={() => go(at)}
            className="flex min-h-11 cursor-pointer items-center gap-3 rounded-xl px-3 hover:bg-hover aria-selected:bg-tint"
          >
            <Icon name={iconOf(room.state.get().kind)} className="size-4.5 text-soft" />
            <span className="min-w-0 flex-1 truncate">{name}</span>
          </li>
        ))}
      </ul>
      <p role="status" className="text-center text-soft">
        {found.length === 0 && texts.rooms.noMatch}
      </p>
    </Dialog>
  );
}
