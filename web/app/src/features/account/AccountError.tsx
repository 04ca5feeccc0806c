import { ChatError } from 'chat-client';
import { refusedName } from '../../lib/refusedName.ts';
import { account } from '../../text/account.ts';
import { useSaid, useText } from '../../text/index.ts';
import { ErrorNote } from '../../ui/notes.tsx';

/** Why a change of one's account did not work. Of what shows who one is, only the password can be wrong, as one is logged in. */
export function AccountError({ error }: { error?: Error | null }) {
  const texts = useText();
  const said = useSaid(account);
  const isWrong = error instanceof ChatError && error.code === 'invalid-credentials';
  return <ErrorNote error={error} text={isWrong ? said.wrongPassword : refusedName(texts, error)} />;
}
