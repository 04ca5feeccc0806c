import { useClient } from 'chat-client/react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Outlet, useLocation, useNavigationType } from 'react-router';
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
  // Whoever has just come in had the focus where there is nothing any more.
  const wasOut = useRef(!me).current;
  const isFirst = useNavigationType() === 'POP' && !wasOut;
  return me ? <Inside isFirst={isFirst} /> : entry;
}

function Inside({ isFirst }: { isFirst: boolean }) {
  const texts = useText();
  const { pathname } = useLocation();
  const isHome = pathname === '/';
  const main = useFocusKept(pathname, isFirst);
  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <a href="#main" className="sr-only z-50 rounded-xl bg-raised p-3 focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        {texts.skip}
      </a>
      <Outward />
      <Banner />
      <div className="flex min-h-0 flex-1">
        <aside className={`${isHome ? 'flex' : 'hidden md:flex'} w-full min-w-0 flex-col md:w-76 lg:w-84`}>
          <RoomList />
          <Foot />
        </aside>
        <main
          ref={main}
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

/** What is told outside of the page. It follows each message, and is apart so that nothing else is drawn anew for it. */
function Outward() {
  useTitle();
  useNotifications();
  return null;
}

/** What had the focus may go with the view that it was in: then the next view has it. */
function useFocusKept(pathname: string, isFirst: boolean) {
  const main = useRef<HTMLElement>(null);
  const before = useRef(isFirst ? pathname : undefined);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    const frame = requestAnimationFrame(() => {
      if (document.activeElement === document.body) main.current?.focus();
    });
    return () => cancelAnimationFrame(frame);
  }, [pathname]);
  return main;
}
