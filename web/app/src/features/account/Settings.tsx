import { useChat, useClient } from 'chat-client/react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { account } from '../../text/account.ts';
import { useSaid, useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Confirm } from '../../ui/Dialog.tsx';
import { Card, Page } from '../../ui/Page.tsx';
import { Devices } from './Devices.tsx';
import { Look } from './Look.tsx';
import { Notifications } from './Notifications.tsx';
import { Password } from './Password.tsx';
import { Profile } from './Profile.tsx';
import { Remove } from './Remove.tsx';

export default function Settings() {
  const texts = useText();
  const said = useSaid(account);
  const client = useChat();
  const navigate = useNavigate();
  const me = useClient((state) => state.me);
  const isGuest = !me?.refreshToken;
  const [isLeaving, setLeaving] = useState(false);
  const logout = async () => {
    navigate('/');
    await client.logout();
  };
  return (
    <Page title={texts.account.title}>
      {isGuest ? (
        <Card title={me?.username} text={said.guestText}>
          <div className="flex flex-wrap gap-3">
            <Button kind="main" onClick={() => navigate('/register')}>
              {texts.entry.goRegister}
            </Button>
            <Button icon="leave" onClick={() => setLeaving(true)}>
              {said.leaveGuest}
            </Button>
          </div>
          {isLeaving && (
            <Confirm
              title={said.leaveGuestSure}
              text={said.leaveGuestText}
              action={said.leaveGuest}
              onClose={() => setLeaving(false)}
              onConfirm={logout}
            />
          )}
        </Card>
      ) : (
        <Profile onLogout={logout} />
      )}
      <Notifications />
      <Look />
      {!isGuest && (
        <>
          <Devices />
          <Password />
          <Remove />
        </>
      )}
    </Page>
  );
}
