import { useChat } from 'chat-client/react';
import { type FormEvent, useState } from 'react';
import { administration } from '../../text/administration.ts';
import { useSaid } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Confirm } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Card } from '../../ui/Page.tsx';

/** One message to everybody. */
export function Broadcast() {
  const said = useSaid(administration);
  const client = useChat();
  const [message, setMessage] = useState('');
  const [isAsked, setAsked] = useState(false);
  const [isDone, setDone] = useState(false);
  const send = async () => {
    await client.rest.broadcast(message.trim());
    setMessage('');
    setDone(true);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setDone(false);
    setAsked(true);
  };
  return (
    <Card title={said.broadcast} text={said.broadcastText}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField label={said.broadcastLabel} required value={message} onChange={(event) => setMessage(event.target.value)} />
        <div className="flex flex-wrap items-center gap-3">
          <Button kind="main" type="submit">
            {said.broadcastGo}
          </Button>
          <span role="status" className="text-sm text-accent">
            {isDone && said.broadcastDone}
          </span>
        </div>
      </form>
      {isAsked && (
        <Confirm
          title={said.broadcastSure}
          text={said.broadcastSureText}
          action={said.broadcastGo}
          onClose={() => setAsked(false)}
          onConfirm={send}
        />
      )}
    </Card>
  );
}
