import { useClient, useRooms } from 'chat-client/react';
import { Link } from 'react-router';
import { isNewcomer } from '../lib/rooms.ts';
import { useText } from '../text/index.ts';
import { Icon } from '../ui/Icon.tsx';

/** Beside the list, while no room is picked. */
export function Home() {
  const texts = useText();
  const isNew = isNewcomer(useRooms());
  const listed = useClient((state) => state.listed);
  // What is said depends on whether there are rooms, so it waits until that is known.
  if (!listed && isNew) return null;
  return (
    <div className="flex h-full flex-col items-center justify-center gap-2 p-8 text-center">
      <img src="/icon.svg" alt="" className="mb-4 size-20" />
      <h1 className="text-2xl font-semibold tracking-tight">{isNew ? texts.rooms.welcome : texts.rooms.pick}</h1>
      <p className="text-soft">{isNew ? texts.rooms.welcomeText : texts.rooms.pickText}</p>
      <div className="mt-6 flex flex-wrap justify-center gap-3">
        <Way to="/rooms" icon="compass" label={texts.rooms.directory} />
        <Way to="/people" icon="people" label={texts.people.title} />
      </div>
    </div>
  );
}

function Way({ to, icon, label }: { to: string; icon: 'compass' | 'people'; label: string }) {
  return (
    <Link to={to} className="flex items-center gap-2.5 rounded-xl border border-line bg-raised px-4 py-2.5 font-medium hover:bg-hover">
      <Icon name={icon} className="size-5 text-accent" />
      {label}
    </Link>
  );
}
