import { Kept } from '../../shared/kept.ts';
import type { Login } from '../../shared/login.ts';
import { mount } from '../../shared/mount.tsx';
import { WithLogin } from '../../shared/WithLogin.tsx';
import { App } from './App.tsx';
import type { User } from './chat.ts';

const kept = new Kept<Login<User>>('direct-and-broadcast');

mount(
  <WithLogin
    kept={kept}
    icon="megaphone"
    title="Direct messages and broadcasts"
    text="Write to one other, and hear what is told to everybody."
  >
    {(login, logOut) => <App key={login.token} login={login} logOut={logOut} />}
  </WithLogin>,
);
