import { type ChatClient, Store, type UserView } from 'chat-client';
import { useChat, useStore } from 'chat-client/react';
import { useEffect } from 'react';
import { allPages } from './allPages.ts';

/** Pages of 50 that are asked for at most. */
const PAGES = 20;

/** Whom somebody blocks, as far as the page knows; `users` is missing until the server has said so. */
const blocks = new Store<{ of?: string; users?: readonly UserView[] }>({});
let asking: string | undefined;

async function ask(client: ChatClient): Promise<void> {
  const of = client.me();
  if (!of || asking === of) return;
  asking = of;
  const load = async (after?: string) => (await client.rest.call<{ users: UserView[] }>('GET', '/me/blocks', undefined, { after })).users;
  try {
    const { items } = await allPages(load, PAGES);
    if (client.me() === of) blocks.set({ of, users: items });
  } catch {
    // Without an answer, nobody is shown as blocked. Older servers have no such list.
  } finally {
    if (asking === of) asking = undefined;
  }
}

/** Whom one blocks, the same wherever it is shown. A view that `asks` has the server say it anew, as other devices may have changed it. */
export function useBlocks(asks: boolean) {
  const client = useChat();
  const me = client.me();
  const users = useStore(blocks, (known) => (known.of === me ? known.users : undefined));
  useEffect(() => {
    if (asks) void ask(client);
  }, [client, asks]);
  const without = ({ userId }: UserView) => users?.filter((user) => user.userId !== userId) ?? [];
  return {
    users,
    has: (userId: string) => users?.some((user) => user.userId === userId) ?? false,
    block: async (user: UserView) => {
      await client.rest.block(user.userId);
      blocks.set({ of: me, users: [...without(user), user] });
    },
    unblock: async (user: UserView) => {
      await client.rest.unblock(user.userId);
      blocks.set({ of: me, users: without(user) });
    },
  };
}
