import { useText } from '../../text/index.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Icon } from '../../ui/Icon.tsx';
import type { Suggestion } from './useSuggestions.ts';

interface Props {
  id: string;
  fitting: readonly Suggestion[];
  picked: number;
  pick: (suggestion: Suggestion) => void;
}

/** People to mention. The focus stays in the text; the list is moved in by its keys. */
export default function Suggestions({ id, fitting, picked, pick }: Props) {
  const texts = useText();
  return (
    <ul
      id={id}
      role="listbox"
      aria-label={texts.room.mentions}
      className="absolute bottom-full left-4 z-20 mb-1 w-64 max-w-[calc(100%-2rem)] animate-rise rounded-2xl border border-line bg-raised p-1.5 shadow-float"
    >
      {fitting.map(({ userId, username }, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled where the focus is
        <li
          key={userId ?? username}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === picked}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => pick({ userId, username })}
          className="flex cursor-pointer items-center gap-2.5 rounded-xl px-2.5 py-1.5 hover:bg-hover aria-selected:bg-hover"
        >
          {userId ? (
            <Avatar id={userId} name={username} size="small" />
          ) : (
            <Icon name="megaphone" className="mx-1 size-5 shrink-0 text-soft" />
          )}
          <span className="truncate font-medium">{username}</span>
          {!userId && <span className="truncate text-sm text-soft">{texts.room.everyone}</span>}
        </li>
      ))}
    </ul>
  );
}
