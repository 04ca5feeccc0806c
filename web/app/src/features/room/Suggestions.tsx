import type { MemberView } from 'chat-client';
import { useText } from '../../text/index.ts';
import { Avatar } from '../../ui/Avatar.tsx';

interface Props {
  id: string;
  isOpen: boolean;
  fitting: readonly MemberView[];
  picked: number;
  pick: (member: MemberView) => void;
}

/** People to mention. The focus stays in the text; the list is moved in by its keys. */
export function Suggestions({ id, isOpen, fitting, picked, pick }: Props) {
  const texts = useText();
  if (!isOpen) return null;
  return (
    <ul
      id={id}
      role="listbox"
      aria-label={texts.room.mentions}
      className="absolute bottom-full left-4 z-20 mb-1 w-64 max-w-[calc(100%-2rem)] animate-rise rounded-2xl border border-line bg-raised p-1.5 shadow-float"
    >
      {fitting.map((member, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled where the focus is
        <li
          key={member.userId}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === picked}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => pick(member)}
          className="flex cursor-pointer items-center gap-2.5 rounded-xl px-2.5 py-1.5 hover:bg-hover aria-selected:bg-hover"
        >
          <Avatar id={member.userId} name={member.username} size="small" />
          <span className="truncate font-medium">{member.username}</span>
        </li>
      ))}
    </ul>
  );
}
