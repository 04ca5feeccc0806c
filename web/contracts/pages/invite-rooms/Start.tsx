import { Button } from 'chat-app/ui/Button.tsx';
import { Field } from 'chat-app/ui/Field.tsx';
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { ask } from '../../shared/ask.ts';
import { Entry } from '../../shared/Entry.tsx';
import { Form } from '../../shared/Form.tsx';
import { MOST_LETTERS, username } from './username.ts';

/** Two buttons, and the form behind each. */
export function Start() {
  const [chosen, choose] = useState<'create' | 'join'>();
  const navigate = useNavigate();
  useEffect(() => {
    document.title = 'Rooms by invitation';
  }, []);
  const go = (roomId: string, name: string) => {
    username.set(name);
    navigate(`/room/${encodeURIComponent(roomId)}`);
  };
  const create = async (fields: Record<string, string>) => {
    const { roomId } = await ask<{ roomId: string }>('POST', '/api/rooms/create', { username: fields.username });
    go(roomId, fields.username ?? '');
  };
  const join = async (fields: Record<string, string>) => {
    const said = { username: fields.username, roomId: fields.roomId?.trim() };
    const { room } = await ask<{ room: { roomId: string } }>('POST', '/api/rooms/join', said);
    go(room.roomId, fields.username ?? '');
  };
  return (
    <Entry icon="link" title="Rooms by invitation" text="Whoever knows a room’s ID can come in. There are no accounts.">
      {!chosen && (
        <>
          <Button kind="main" icon="plus" onClick={() => choose('create')}>
            Create Room
          </Button>
          <Button icon="people" onClick={() => choose('join')}>
            Join Room
          </Button>
        </>
      )}
      {chosen === 'create' && (
        <Form submit="Create Room" act={create}>
          <NameField />
        </Form>
      )}
      {chosen === 'join' && (
        <Form submit="Join Room" act={join}>
          <NameField />
          <Field label="Room ID" name="roomId" required autoComplete="off" hint="Somebody in the room can copy it for you." />
        </Form>
      )}
      {chosen && (
        <Button kind="quiet" icon="back" onClick={() => choose(undefined)}>
          Back
        </Button>
      )}
    </Entry>
  );
}

export function NameField() {
  return <Field label="Username" name="username" required autoFocus autoComplete="nickname" maxLength={MOST_LETTERS} />;
}
