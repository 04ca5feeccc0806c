// Made from docs/wire/client-frame.schema.json by `npm run generate`. Do not edit.

/** Whether a user is at the device. */
export type Availability = "online" | "away";

/** A kind of room that is listed. */
export type ListedKind = "public" | "private";

/** A kind of room that may be asked for. */
export type OpenKind = "public" | "private" | "announcement";

/** A room to resume, and the client's cursor in it. */
export interface ResumeFrom {
  /** The epoch of the cursor. */
  epoch: string;
  /** The room. */
  roomId: string;
  /** The seq of the cursor: entries above it follow. */
  seq: number;
}

/** In which order one's own rooms are listed. */
export type RoomOrder = "activity" | "id";

/** Removes a user, who may not come back, as a moderator. Answered by `done`. */
export interface Ban {
  action: "ban";
  /** What the client calls the command. */
  clientId?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** What the room and the user are told. */
  reason?: string;
  /** The room. */
  roomId: string;
  /** The user. */
  userId: string;
}

/** Asks for the banned by user id, as a moderator. Answered by `bans`. */
export interface Bans {
  action: "bans";
  /** Only above this user id. */
  after?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** At most so many, and at most 50; 50 if absent. */
  limit?: number;
  /** The room. */
  roomId: string;
}

/** Blocks another user: neither writes to the other in their direct room. Answered by `ok` if it has an `id`. */
export interface Block {
  action: "block";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The other user. */
  userId: string;
}

/** Asks for the users whom one blocks, by id. Answered by `blocks`. */
export interface Blocks {
  action: "blocks";
  /** Only above this user id. */
  after?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** At most so many; 50 if absent. */
  limit?: number;
}

/** Tells everybody something, as an administrator, in the room `announcements`. Answered by `sent`. */
export interface Broadcast {
  action: "broadcast";
  /** What the client calls the command. */
  clientId?: string;
  /** When it is over; absent, it stays. */
  expiresAt?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The text, 1 byte to 16 KiB of UTF-8, without U+0000. */
  message: string;
}

/** Changes the room, in at least one of these. Answered by `done`. */
export interface ChangeRoom {
  action: "change-room";
  /** Whether it is archived from now on. */
  archived?: boolean;
  /** What the client calls the command. */
  clientId?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
  /** Its name from now on. */
  roomName?: string;
  /** How long, in milliseconds, a member waits between two messages from now on; 0 for not at all. */
  slowModeMs?: number;
  /** Its topic from now on; an empty one takes it away. */
  topic?: string;
}

/** Makes an invitation by link, as a moderator. Answered by `invite-created`. */
export interface CreateInvite {
  action: "create-invite";
  /** What the client calls the command. */
  clientId?: string;
  /** Until when it is good; absent, for good. */
  expiresAt?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
  /** How many users it lets in; absent, any number. */
  uses?: number;
}

/** Makes a room. Answered by `room-created`. */
export interface CreateRoom {
  action: "create-room";
  /** How far back its members may read; `everything` if absent. */
  history?: "everything" | "since-join";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** What it is for; `public` if absent. */
  kind?: OpenKind;
  /** Its id; the server makes one if absent. */
  roomId?: string;
  /** Its name. */
  roomName: string;
  /** How long, in milliseconds, a member waits between two messages; not at all if absent. */
  slowModeMs?: number;
}

/** Deletes a message: one's own, or another's as a moderator. Answered by `done`. */
export interface DeleteMessage {
  action: "delete-message";
  /** What the client calls the command. */
  clientId?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
  /** The message. */
  seq: number;
}

/** Deletes a room with all it holds, as an owner. Answered by `room-deleted`. */
export interface DeleteRoom {
  action: "delete-room";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
}

/** Asks for the direct room with another user, which is made if there is none yet. Answered by `room`. */
export interface Direct {
  action: "direct";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The other user. */
  userId: string;
}

/** Writes to another user in the direct room with them, which is opened if it is not. Answered by `sent`. */
export interface DirectMessage {
  action: "direct-message";
  /** Ids of attachments, at most 16. */
  attachments?: string[];
  /** What the client calls the command. */
  clientId?: string;
  /** The host application's own JSON, at most 16 KiB, kept as it is written. */
  data?: unknown;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** User ids it mentions, at most 64. */
  mentions?: string[];
  /** The text, 1 byte to 16 KiB of UTF-8, without U+0000. */
  message: string;
  /** The seq of the message this one answers. */
  replyTo?: number;
  /** The other user. */
  userId: string;
}

/** Changes one's own message. Answered by `done`. */
export interface EditMessage {
  action: "edit-message";
  /** What the client calls the command. */
  clientId?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** User ids it mentions from now on. */
  mentions?: string[];
  /** Whether it mentions everybody who is in the room, too, from now on. */
  mentionsRoom?: boolean;
  /** Its text from now on. */
  message: string;
  /** The room. */
  roomId: string;
  /** The message. */
  seq: number;
}

/** Asks, as a moderator, what a message said from its first text on. Answered by `edits`. */
export interface Edits {
  action: "edits";
  /** Only above this seq. */
  after?: number;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** At most so many; 50 if absent. */
  limit?: number;
  /** The room. */
  roomId: string;
  /** The message. */
  seq: number;
}

/** Says who is there, and resumes rooms. Optional: a connection that never says it speaks protocol 1. Answered by `welcome`. */
export interface Hello {
  action: "hello";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The version of this protocol the client speaks; 1 if absent. */
  protocol?: number;
  /** Rooms to resume, and from where; at most 200. */
  resume?: ResumeFrom[];
  /** An access token, where the connection itself carried no caller. */
  token?: string;
}

/** Asks for messages as they now stand. Answered by `history`. */
export interface History {
  action: "history";
  /** Only messages above this seq: the first ones above it. */
  after?: number;
  /** Only messages below this seq; alone, the last ones below it. */
  before?: number;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** At most so many; 50 if absent. */
  limit?: number;
  /** The room. */
  roomId: string;
}

/** Gives a user the right to join a private room. Answered by `done`. */
export interface Invite {
  action: "invite";
  /** What the client calls the command. */
  clientId?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
  /** The user. */
  userId: string;
}

/** Asks to which room a code is an invitation. Answered by `room`. */
export interface InvitedTo {
  action: "invited-to";
  /** The code. */
  code: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
}

/** Asks for a room's invitations by link, as a moderator. Answered by `invites`. */
export interface Invites {
  action: "invites";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
}

/** Becomes a member of a room (or is one already) and subscribes to it. Answered by `joined`. */
export interface Join {
  action: "join";
  /** What the client calls the command; a retry under the same name gets the first answer. */
  clientId?: string;
  /** What a guest got in an earlier `joined`: makes the same guest of them again. */
  guestToken?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
  /** The name to be known under. Where guests are allowed and nobody is identified yet, it makes a guest. */
  username?: string;
}

/** Becomes a member of a room by an invitation's code, and subscribes to it. A member uses nothing up. Answered by `joined`. */
export interface JoinByInvite {
  action: "join-by-invite";
  /** What the client calls the command. */
  clientId?: string;
  /** The code. */
  code: string;
  /** As in `join`. */
  guestToken?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** As in `join`. */
  username?: string;
}

/** Removes a member, who may come back, as a moderator. Answered by `done`. */
export interface Kick {
  action: "kick";
  /** What the client calls the command. */
  clientId?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** What the room and the user are told. */
  reason?: string;
  /** The room. */
  roomId: string;
  /** The user. */
  userId: string;
}

/** Ends the membership, on all devices. Answered by `left`. */
export interface Leave {
  action: "leave";
  /** What the client calls the command. */
  clientId?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
  /** The client's own name; another's is refused. */
  username?: string;
}

/** Asks for members by user id. Answered by `members`. */
export interface Members {
  action: "members";
  /** Only above this user id. */
  after?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** At most so many; 50 if absent. */
  limit?: number;
  /** The room. */
  roomId: string;
}

/** Forbids a member to write, as a moderator. Answered by `done`. */
export interface Mute {
  action: "mute";
  /** What the client calls the command. */
  clientId?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
  /** Until when; absent, the mute is lifted. */
  until?: string;
  /** The member. */
  userId: string;
}

/** Asks for the muted by user id, as a moderator. Answered by `mutes`. */
export interface Mutes {
  action: "mutes";
  /** Only above this user id. */
  after?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** At most so many, and at most 50; 50 if absent. */
  limit?: number;
  /** The room. */
  roomId: string;
}

/** Asks for the rooms of which one is a member, with what is unread and the last message of each. Answered by `my-rooms`. */
export interface MyRooms {
  action: "my-rooms";
  /** The `next` of the page before; none for the first page. */
  after?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** At most so many; 50 if absent. */
  limit?: number;
  /** In which order; by `activity` if absent. */
  order?: RoomOrder;
}

/** Asks for the first users who are present, and how many there are. Answered by `online`. */
export interface Online {
  action: "online";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
}

/** Pins a message, as a moderator. Answered by `done`. */
export interface Pin {
  action: "pin";
  /** What the client calls the command. */
  clientId?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
  /** The message. */
  seq: number;
}

/** Asks whether anyone is there. Answered by `pong`. */
export interface Ping {
  action: "ping";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
}

/** Asks what is pinned in a room, the last pinned first. Answered by `pins`. */
export interface Pins {
  action: "pins";
  /** Only what was pinned before the pin of this seq. */
  before?: number;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** At most so many; 50 if absent. */
  limit?: number;
  /** The room. */
  roomId: string;
}

/** Tells whether one is at the device. Answered by `ok` if it has an `id`. */
export interface Presence {
  action: "presence";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** Whether one is. */
  state: Availability;
}

/** Reacts to a message. Answered by `done`. */
export interface React {
  action: "react";
  /** What the client calls the command. */
  clientId?: string;
  /** With what. */
  emoji: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
  /** The message. */
  seq: number;
}

/** Asks who reacted to a message, and with what, by user id. Answered by `reactions`. */
export interface Reactions {
  action: "reactions";
  /** Only above this user id. */
  after?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** At most so many users; 50 if absent. */
  limit?: number;
  /** The room. */
  roomId: string;
  /** The message. */
  seq: number;
}

/** Moves one's read cursor forward. Answered by `read-moved`. */
export interface Read {
  action: "read";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
  /** Up to here everything is read. */
  seq: number;
}

/** Asks how far the members of a room have read. Answered by `reads`. */
export interface Reads {
  action: "reads";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
}

/** Takes an invitation by link back, as a moderator. Answered by `done`. */
export interface RevokeInvite {
  action: "revoke-invite";
  /** What the client calls the command. */
  clientId?: string;
  /** Its code, or its `inviteId`. */
  code: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
}

/** Asks what a room is. Answered by `room`. */
export interface Room {
  action: "room";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
}

/** Asks for public rooms; administrators may ask for private ones. By id, or with `search` by the beginning of words of their names and topics, the best first: first whose name is what was typed or begins so, then of which a later word of the name does, then of which one of the topic does; archived ones last. Case, marks and punctuation do not matter. Answered by `rooms`. */
export interface Rooms {
  action: "rooms";
  /** Only above this room id; in a search, the `next` of the page before. */
  after?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** Public rooms if absent. Private ones are not searched. */
  kind?: ListedKind;
  /** At most so many; 50 if absent. */
  limit?: number;
  /** What the words begin with: at most 256 bytes, with a letter or a digit. */
  search?: string;
}

/** Writes a message. Answered by `sent`. */
export interface SendMessage {
  action: "send-message";
  /** Ids of attachments, at most 16. */
  attachments?: string[];
  /** What the client calls the command. */
  clientId?: string;
  /** The host application's own JSON, at most 16 KiB, kept as it is written. */
  data?: unknown;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** User ids it mentions, at most 64. */
  mentions?: string[];
  /** Whether it mentions everybody who is in the room, too. Moderators and owners may; in announcement rooms administrators. */
  mentionsRoom?: boolean;
  /** The text, 1 byte to 16 KiB of UTF-8, without U+0000. */
  message: string;
  /** The seq of the message this one answers. */
  replyTo?: number;
  /** The room. */
  roomId: string;
}

/** Gives a member another role, as an owner. Answered by `done`. */
export interface SetRole {
  action: "set-role";
  /** What the client calls the command. */
  clientId?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** Their role from now on. */
  role: "member" | "moderator" | "owner";
  /** The room. */
  roomId: string;
  /** The member. */
  userId: string;
}

/** Has this session get a room's entries, as a member. Answered by `subscribed`. */
export interface Subscribe {
  action: "subscribe";
  /** The seq of the client's cursor: entries above it follow. Without it, entries from now on. */
  after?: number;
  /** The epoch of the client's cursor; given together with `after`. */
  epoch?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
}

/** Brings a new token for the same user before the old one expires. Answered by `ok` if it has an `id`. */
export interface Token {
  action: "token";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The token. */
  token: string;
}

/** Tells the room that one is writing. Answered by `ok` if it has an `id`. */
export interface Typing {
  action: "typing";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
}

/** Lifts a ban, as a moderator. Answered by `done`. */
export interface Unban {
  action: "unban";
  /** What the client calls the command. */
  clientId?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
  /** The user. */
  userId: string;
}

/** Blocks another user no more. Answered by `ok` if it has an `id`. */
export interface Unblock {
  action: "unblock";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The other user. */
  userId: string;
}

/** Unpins a message, as a moderator. Answered by `done`. */
export interface Unpin {
  action: "unpin";
  /** What the client calls the command. */
  clientId?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
  /** The message. */
  seq: number;
}

/** Takes a reaction back. Answered by `done`. */
export interface Unreact {
  action: "unreact";
  /** What the client calls the command. */
  clientId?: string;
  /** With what. */
  emoji: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
  /** The message. */
  seq: number;
}

/** Has this session get them no more; the membership stays. Answered by `unsubscribed`. */
export interface Unsubscribe {
  action: "unsubscribe";
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** The room. */
  roomId: string;
}

/** Searches for users by the beginning of words of their names, the best first: first whoever is called exactly so, then whose whole name begins so, then those of whom a later word does. Case, marks and punctuation do not matter. Guests may not, and are not found. Answered by `users`. */
export interface Users {
  action: "users";
  /** The `next` of the page before. */
  after?: string;
  /** What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`. */
  id?: string | number;
  /** At most so many; 50 if absent. */
  limit?: number;
  /** What the words begin with: at most 256 bytes, with a letter or a digit. */
  search: string;
}

/** One frame of a client: an action, and what the client calls it. */
export type Frame =
  | Hello
  | Join
  | Subscribe
  | Unsubscribe
  | Leave
  | SendMessage
  | EditMessage
  | DeleteMessage
  | React
  | Unreact
  | Pin
  | Unpin
  | Kick
  | Ban
  | Unban
  | Mute
  | SetRole
  | Invite
  | CreateInvite
  | Invites
  | RevokeInvite
  | InvitedTo
  | JoinByInvite
  | ChangeRoom
  | Typing
  | Read
  | Reads
  | Presence
  | History
  | Reactions
  | Pins
  | Edits
  | Members
  | Bans
  | Mutes
  | CreateRoom
  | Online
  | Users
  | Room
  | Rooms
  | MyRooms
  | Direct
  | DirectMessage
  | Broadcast
  | Block
  | Unblock
  | Blocks
  | DeleteRoom
  | Token
  | Ping;
