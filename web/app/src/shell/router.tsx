import { type ComponentType, lazy, Suspense } from 'react';
import { createBrowserRouter } from 'react-router';
import { Skeleton } from '../ui/notes.tsx';
import { Home } from './Home.tsx';
import { Broken, NotFound } from './NotFound.tsx';
import { Shell } from './Shell.tsx';

/** A view that is loaded when it is wanted. */
function later(load: () => Promise<{ default: ComponentType }>) {
  const View = lazy(load);
  return (
    <Suspense fallback={<Skeleton />}>
      <View />
    </Suspense>
  );
}

const entry = later(() => import('../features/entry/Entry.tsx'));

export const router = createBrowserRouter([
  {
    path: '/',
    element: <Shell entry={entry} />,
    errorElement: <Broken />,
    children: [
      { index: true, element: <Home /> },
      { path: 'room/:roomId', element: later(() => import('../features/room/RoomView.tsx')) },
      { path: 'rooms', element: later(() => import('../features/rooms/Directory.tsx')) },
      { path: 'people', element: later(() => import('../features/people/People.tsx')) },
      { path: 'settings', element: later(() => import('../features/account/Settings.tsx')) },
      { path: 'admin', element: later(() => import('../features/admin/Admin.tsx')) },
      { path: 'invite/:code', element: later(() => import('../features/invite/Invitation.tsx')) },
      { path: '*', element: <NotFound /> },
    ],
  },
  { path: '/login', element: entry, errorElement: <Broken /> },
  { path: '/register', element: entry, errorElement: <Broken /> },
  { path: '/first-run', element: later(() => import('../features/entry/FirstRun.tsx')), errorElement: <Broken /> },
]);
