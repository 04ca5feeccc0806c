import { ChatClient } from 'chat-client';
import { WebSocket } from 'ws';

// In a page, `new ChatClient()` is enough. Node.js 22 and later have a WebSocket of their own.
const client = new ChatClient({ url: process.env.CHAT_URL, WebSocket: WebSocket as never });

client.onMessage((room, message) => {
  console.log(`${room.state.get().roomName}: ${message.sender} says ${message.message}`);
  client.stop();
});

await client.guest('Ada');
const { roomId } = await client.rest.createRoom({ roomName: 'Engines', kind: 'public' });
const room = await client.join(roomId);
room.view();
await client.send({ roomId, message: 'Hello, everyone!' });
