import { useClient } from 'chat-client/react';
import type { ReactNode } from 'react';
import { Outlet, useLocation } from 'react-router';
import { RoomList } from '../features/rooms/RoomList.tsx';
import { useText } from '../text/index.ts';
import { Toast } from '../ui/toast.tsx';
import { Banner } from './Banner.tsx';
import { Foot } from './Foot.tsx';
import { useNotifications } from './useNotifications.ts';
import { useTitle } from './useTitle.ts';

/** The list of rooms, and beside it what is looked at. On a phone it is one or the other. */
export function Shell({ entry }: { entry: ReactNode }) {
  const me = useClient((state) => state.me);
  return me ? <Inside /> : entry;
}

function Inside() {
  const texts = useText();
  const isHome = useLocation().pathname === '/';
  useTitle();
  useNotifications();
  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <a href="#main" className="sr-only z-50 rounded-xl bg-raised p-3 focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        {texts.skip}
      </a>
      <Banner />
      <div className="flex min-h-0 flex-1">
        <aside className={`${isHome ? 'flex' : 'hidden md:flex'} w-full min-w-0 flex-col md:w-76 lg:w-84`}>
          <RoomList />
          <Foot />
        </aside>
        <main
          id="main"
          tabIndex={-1}
          className={`${isHome ? 'hidden md:block' : 'block'} min-w-0 flex-1 bg-surface outline-none md:my-2 md:mr-2 md:overflow-hidden md:rounded-3xl md:border md:border-line`}
        >
          <Outlet />
        </main>
      </div>
      <Toast />
    </div>
  );
}
