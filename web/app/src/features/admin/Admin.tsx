import { useClient } from 'chat-client/react';
import { Link } from 'react-router';
import { administration } from '../../text/administration.ts';
import { useSaid, useText } from '../../text/index.ts';
import { Empty } from '../../ui/notes.tsx';
import { Page } from '../../ui/Page.tsx';
import { Broadcast } from './Broadcast.tsx';
import { Figures } from './Figures.tsx';
import { Registrations } from './Registrations.tsx';
import { Rooms } from './Rooms.tsx';
import { Users } from './Users.tsx';

export default function Admin() {
  const texts = useText();
  const said = useSaid(administration);
  const admin = useClient((state) => state.admin);
  return (
    <Page title={texts.admin.title}>
      {admin ? (
        <>
          <Figures />
          <Users />
          <Rooms />
          <Registrations />
          <Broadcast />
        </>
      ) : (
        <Empty icon="shield" title={said.only}>
          <Link to="/" className="rounded-xl bg-raised px-4 py-2.5 font-medium ring-1 ring-line ring-inset hover:bg-hover">
            {texts.nothingAt.home}
          </Link>
        </Empty>
      )}
    </Page>
  );
}
