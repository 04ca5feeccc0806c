import { useChat } from 'chat-client/react';
import { useEffect, useState } from 'react';

/** Whether the server mails links by which users set a password; no, until it has said so. */
export function useMailsLinks(): boolean {
  const client = useChat();
  const [mails, setMails] = useState(false);
  useEffect(() => {
    let isGone = false;
    client.rest.entry().then(
      ({ passwordResets }) => !isGone && setMails(passwordResets),
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [client]);
  return mails;
}
