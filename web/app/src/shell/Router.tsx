import { type ComponentType, lazy, type ReactNode, Suspense } from 'react';
import { BrowserRouter, Route, Routes } from 'react-router';
import { Skeleton } from '../ui/notes.tsx';
import { Broken } from './Broken.tsx';
import { Home } from './Home.tsx';
import { NotFound } from './NotFound.tsx';
import { Shell } from './Shell.tsx';

/** A view that is loaded when it is wanted. */
function later(load: () => Promise<{ default: ComponentType }>): ReactNode {
  const View = lazy(load);
  return (
    <Suspense fallback={<Skeleton />}>
      <View />
    </Suspense>
  );
}

const entry = later(() => import('../features/entry/Entry.tsx'));
const firstRun = later(() => import('../features/entry/FirstRun.tsx'));
const room = later(() => import('../features/room/RoomView.tsx'));
const directory = later(() => import('../features/rooms/Directory.tsx'));
const people = later(() => import('../features/people/People.tsx'));
const settings = later(() => import('../features/account/Settings.tsx'));
const admin = later(() => import('../features/admin/Admin.tsx'));
const invitation = later(() => import('../features/invite/Invitation.tsx'));

// The addresses here are those that the crate chat-web has the page at.
export function Router() {
  return (
    <Broken>
      <BrowserRouter>
        <Routes>
          <Route path="/" element={<Shell entry={entry} />}>
            <Route index element={<Home />} />
            <Route path="room/:roomId" element={room} />
            <Route path="rooms" element={directory} />
            <Route path="people" element={people} />
            <Route path="settings" element={settings} />
            <Route path="admin" element={admin} />
            <Route path="invite/:code" element={invitation} />
            <Route path="*" element={<NotFound />} />
          </Route>
          <Route path="/login" element={entry} />
          <Route path="/register" element={entry} />
          <Route path="/first-run" element={firstRun} />
        </Routes>
      </BrowserRouter>
    </Broken>
  );
}
