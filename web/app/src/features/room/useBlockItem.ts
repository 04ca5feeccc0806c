import type { UserView } from 'chat-client';
import { useClient } from 'chat-client/react';
import { useBlocks } from '../../lib/useBlocks.ts';
import { useText } from '../../text/index.ts';
import type { MenuItem } from '../../ui/Menu.tsx';
import { useToast } from '../../ui/toast.tsx';

/** What in a menu blocks somebody, or lifts that. Guests block nobody, and nobody blocks them. */
export function useBlockItem(user: UserView | undefined): MenuItem | false {
  const texts = useText();
  const tell = useToast();
  const blocks = useBlocks(false);
  const isGuest = useClient((state) => !state.me?.refreshToken);
  if (!user || isGuest || user.guest) return false;
  const { userId, username } = user;
  const { label, change, said } = blocks.has(userId)
    ? { label: texts.people.unblock, change: blocks.unblock, said: texts.room.done.unblocked }
    : { label: texts.room.block, change: blocks.block, said: texts.people.isBlocked };
  return { label, icon: 'block', onPick: () => void change({ userId, username }).then(() => tell(said(username)), tell) };
}
