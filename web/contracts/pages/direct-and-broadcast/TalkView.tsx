import { useEffect } from 'react';
import { useParams } from 'react-router';
import { Composer } from '../../shared/Composer.tsx';
import { Messages } from '../../shared/Messages.tsx';
import { Loading, Notice } from '../../shared/Notice.tsx';
import { TalkHeading } from '../../shared/Shell.tsx';
import { useStore } from '../../shared/store.ts';
import { ALL, type Chat, keyOf } from './chat.ts';

/** The conversation with one user, or the broadcasts, which one reads. */
export function TalkView({ chat }: { chat: Chat }) {
  const { id = '' } = useParams();
  const key = keyOf(id);
  useEffect(() => void chat.open(key), [chat, key]);
  const { problem } = useStore(chat);
  const { talk, isKnown } = chat.talkOf(key);
  const name = chat.nameOf(id);
  const nothing = id === ALL ? 'What administrators tell everybody comes here.' : `Only ${name} and you see what is written here.`;
  return (
    <section key={key} aria-label="Conversation" className="flex min-h-0 flex-1 flex-col">
      <TalkHeading title={name} about={id === ALL ? 'From administrators, to everybody' : 'Private: nobody else sees this'} />
      <Messages
        talk={talk}
        me={chat.user._id}
        nameOf={(from) => chat.nameOf(from)}
        onOlder={() => chat.older(key)}
        empty={
          isKnown ? (
            <Notice icon={id === ALL ? 'megaphone' : 'lock'} title="Nothing was said yet" text={nothing} />
          ) : (
            !problem && <Loading of="messages" />
          )
        }
      />
      {id !== ALL && <Composer send={(text) => chat.send(id, text)} />}
    </section>
  );
}
