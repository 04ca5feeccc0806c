import { Kept } from '../../shared/kept.ts';
import type { Login } from '../../shared/login.ts';
import { mount } from '../../shared/mount.tsx';
import { WithLogin } from '../../shared/WithLogin.tsx';
import { App } from './App.tsx';
import type { User } from './chat.ts';

const kept = new Kept<Login<User>>('rooms-and-dms');

mount(
  <WithLogin
    kept={kept}
    icon="hash"
    title="Rooms and private messages"
    text="Talk in rooms that everybody sees, or with one other alone."
    needsEmail
  >
    {(login, logOut) => <App key={login.token} login={login} logOut={logOut} />}
  </WithLogin>,
);
