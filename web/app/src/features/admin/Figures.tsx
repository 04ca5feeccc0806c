import { useQuery } from '@tanstack/react-query';
import { useChat } from 'chat-client/react';
import { administration } from '../../text/administration.ts';
import { useLanguage, useSaid } from '../../text/index.ts';
import { ErrorNote } from '../../ui/notes.tsx';
import { Card } from '../../ui/Page.tsx';
import { EVERY } from './every.ts';

/** How much goes on on the server, at a glance. */
export function Figures() {
  const said = useSaid(administration);
  const language = useLanguage();
  const client = useChat();
  const figures = useQuery({ queryKey: ['figures'], queryFn: () => client.rest.figures(), refetchInterval: EVERY, retry: false });
  const { users, guests, connections, openRooms } = figures.data ?? {};
  const shown: [string, number | undefined][] = [
    [said.usersHere, users],
    [said.guestsHere, guests],
    [said.connections, connections],
    [said.openRooms, openRooms],
  ];
  return (
    <Card title={said.figures}>
      <dl className="grid grid-cols-2 gap-4 sm:grid-cols-4">
        {shown.map(([label, number]) => (
          <div key={label} className="flex flex-col-reverse">
            <dt className="text-sm text-soft">{label}</dt>
            <dd className="text-2xl font-semibold">{number?.toLocaleString(language) ?? '–'}</dd>
          </div>
        ))}
      </dl>
      <ErrorNote error={figures.error} />
    </Card>
  );
}
