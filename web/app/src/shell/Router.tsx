import { type ComponentType, lazy, type ReactNode, Suspense } from 'react';
import { BrowserRouter, Route, Routes } from 'react-router';
import { withQueries } from '../lib/withQueries.tsx';
import { Skeleton } from '../ui/notes.tsx';
import { Broken } from './Broken.tsx';
import { Home } from './Home.tsx';
import { NotFound } from './NotFound.tsx';
import { Shell } from './Shell.tsx';

function later(View: ComponentType): ReactNode {
  return (
    <Suspense fallback={<Skeleton />}>
      <View />
    </Suspense>
  );
}

const entry = later(lazy(() => import('../features/entry/Entry.tsx')));
const firstRun = later(lazy(() => import('../features/entry/FirstRun.tsx')));
const forgotten = later(lazy(() => import('../features/entry/Forgotten.tsx')));
const newPassword = later(lazy(() => import('../features/entry/NewPassword.tsx')));
const signedIn = later(lazy(() => import('../features/entry/SignedIn.tsx')));
const room = later(lazy(() => import('../features/room/RoomView.tsx')));
const directory = later(withQueries(() => import('../features/rooms/Directory.tsx')));
const people = later(withQueries(() => import('../features/people/People.tsx')));
const settings = later(withQueries(() => import('../features/account/Settings.tsx')));
const admin = later(withQueries(() => import('../features/admin/Admin.tsx')));
const invitation = later(withQueries(() => import('../features/invite/Invitation.tsx')));

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
          <Route path="/forgot-password" element={forgotten} />
          <Route path="/reset-password" element={newPassword} />
          <Route path="/signed-in" element={signedIn} />
        </Routes>
      </BrowserRouter>
    </Broken>
  );
}
