import { ChatError } from 'chat-client';
import { account } from '../../text/account.ts';
import { useSaid } from '../../text/index.ts';
import { ErrorNote } from '../../ui/notes.tsx';

/** Why something did not work for which one gave one's password. Only that can be wrong, as one is logged in. */
export function PasswordError({ error }: { error?: Error | null }) {
  const said = useSaid(account);
  const isWrong = error instanceof ChatError && error.code === 'invalid-credentials';
  return <ErrorNote error={error} text={isWrong ? said.wrongPassword : undefined} />;
}
