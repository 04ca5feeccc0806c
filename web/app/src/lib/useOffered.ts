import type { Offered } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useEffect, useState } from 'react';

/** How people come in here; in no other way than by a password, until the server has said so. */
export function useOffered(): Offered {
  const client = useChat();
  const [offered, setOffered] = useState<Offered>({ passwordResets: false });
  useEffect(() => {
    let isGone = false;
    client.rest.entry().then(
      (said) => !isGone && setOffered(said),
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [client]);
  return offered;
}
