import { Route, Routes } from 'react-router';
import { mount } from '../../shared/mount.tsx';
import { RoomPage } from './RoomPage.tsx';
import { Start } from './Start.tsx';

// The addresses are those of the contract, at which the example has the page.
mount(
  <Routes>
    <Route path="/" element={<Start />} />
    <Route path="/room/:roomId" element={<RoomPage />} />
  </Routes>,
);
