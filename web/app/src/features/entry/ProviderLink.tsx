import { useChat } from 'chat-client/react';
import { backTo, begin } from '../../lib/signIn.ts';
import { useOffered } from '../../lib/useOffered.ts';
import { entry } from '../../text/entry.ts';
import { useSaid } from '../../text/index.ts';

/** The way to the provider at which users sign in, and from there to where one wants to go; nothing where there is none. */
export function ProviderLink({ to }: { to: string }) {
  const ways = useSaid(entry);
  const client = useChat();
  const { openId } = useOffered();
  if (!openId) return null;
  return (
    <a
      href={client.rest.signInAddress(backTo(to))}
      onClick={() => begin()}
      className="mt-4 flex min-h-12 items-center justify-center rounded-xl border border-line bg-raised px-4 py-2.5 text-center font-medium hover:bg-hover"
    >
      {ways.continueWith(openId.label)}
    </a>
  );
}
