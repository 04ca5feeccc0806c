// Made from docs/wire/server-frame.schema.json by `npm run generate`. Do not edit.

/** More about a refusal. */
export interface ErrorDetails {
  /** The field it is about. */
  field?: string;
}

/** A message as it now stands. */
export interface HistoryMessage {
  /** Ids of attachments. */
  attachments?: string[];
  /** What its sender called it. */
  clientId?: string;
  /** The host application's own JSON, as the sender wrote it. */
  data?: unknown;
  /** When it was deleted: it is a tombstone without text. */
  deletedAt?: string;
  /** When it was last edited. */
  editedAt?: string;
  /** Of an announcement: when it is over. Then it is not shown any more. */
  expiresAt?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** User ids it mentions. */
  mentions?: string[];
  /** Whether it mentions everybody who is in the room, too. */
  mentionsRoom?: boolean;
  /** The text. It is data: never HTML. Empty once it was deleted or erased. */
  message: string;
  /** Whether it is pinned. */
  pinned?: boolean;
  /** Reactions, in the order in which each emoji first came. */
  reactions?: ReactionView[];
  /** The seq of the message this one answers. */
  replyTo?: number;
  /** The name of who wrote it. */
  sender: string;
  /** Who wrote it. */
  senderId: string;
  /** Its place in the room's log. */
  seq: number;
  /** When it was written. */
  timestamp: string;
}

/** An invitation by link. */
export interface InviteView {
  /** What whoever is invited says to come in. Absent where the server has another secret than when it was made. */
  code?: string;
  /** When it was made. */
  createdAt: string;
  /** Their name. */
  creator: string;
  /** The user who made it. */
  creatorId: string;
  /** Until when it is good; absent, for good. */
  expiresAt?: string;
  /** What it is called; nobody comes in by that. */
  inviteId: string;
  /** How many came in by it. */
  used: number;
  /** How many users it lets in; absent, any number. */
  uses?: number;
}

/** Why a membership ended. */
export type LeaveReason = "left" | "gone";

/** A member of a room. */
export interface MemberView {
  /** Whether this is a guest, whose memberships end with their presence. */
  guest?: boolean;
  /** In answers to `members`, of those who are not present: when they were last connected, to the minute. Absent where that is not known or not told: of guests, in rooms with more than 200 members, where a direct room is blocked, of users who hide it, and for those. */
  lastSeen?: string;
  /** In which role. */
  role: "member" | "moderator" | "owner";
  /** Who. */
  userId: string;
  /** The name to show: the last known one, or the user id where it was erased. */
  username: string;
}

/** What an inbox tells its owner. */
export type NoticeView = {
  /** Who invited them. */
  by: string;
  kind: "invited";
  /** The room. */
  roomId: string;
} | {
  /** Whether they may not come back. */
  banned: boolean;
  /** Who removed them. */
  by: string;
  kind: "removed";
  /** The room. */
  roomId: string;
} | {
  /** The other user. */
  by: string;
  kind: "direct-opened";
  /** The room. */
  roomId: string;
} | {
  kind: "blocked";
  /** The other user. */
  userId: string;
} | {
  kind: "unblocked";
  /** The other user. */
  userId: string;
};

/** A pinned message. */
export interface PinView {
  /** The message as it now stands. */
  message: HistoryMessage;
  /** When it was pinned. */
  pinnedAt: string;
  /** Who pinned it. */
  pinnedBy: UserView;
  /** The seq of the entry that pinned it. */
  seq: number;
}

/** Whether a user is there. */
export type PresenceState = "online" | "away" | "offline";

/** The last message of a room, as lists show it. */
export interface PreviewView {
  /** Whether the text goes on. */
  cut?: boolean;
  /** When it was deleted. */
  deletedAt?: string;
  /** When it was last edited. */
  editedAt?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** The beginning of its text, at most 256 bytes. It is data: never HTML. Empty once it was deleted or erased. */
  message: string;
  /** The name of who wrote it. */
  sender: string;
  /** Who wrote it. */
  senderId: string;
  /** Its place in the room's log. */
  seq: number;
  /** When it was written. */
  timestamp: string;
}

/** One emoji on a message, and those who reacted with it. */
export interface ReactionView {
  /** The emoji. */
  emoji: string;
  /** User ids, in the order in which they reacted. */
  users: string[];
}

/** A user who reacted, and with what. */
export interface ReactorView {
  /** With what, in the order in which each emoji first came. */
  emoji: string[];
  /** Whether this is a guest, whose memberships end with their presence. */
  guest?: boolean;
  /** Who. */
  userId: string;
  /** The name to show: the last known one, or the user id where it was erased. */
  username: string;
}

/** A member, and how far they have read. */
export interface ReaderView {
  /** Whether this is a guest, whose memberships end with their presence. */
  guest?: boolean;
  /** Up to here. */
  seq: number;
  /** Who. */
  userId: string;
  /** The name to show: the last known one, or the user id where it was erased. */
  username: string;
}

/** A user who is banned or muted. */
export interface RestrictedView {
  /** The moderator who did it. Absent where that is not known any more. */
  by?: UserView;
  /** Whether this is a guest, whose memberships end with their presence. */
  guest?: boolean;
  /** The reason that the moderator gave. */
  reason?: string;
  /** When it was done. Absent where that is not known any more. */
  timestamp?: string;
  /** When the mute ends by itself. Absent, it lasts for good; a ban has no end. */
  until?: string;
  /** Who. */
  userId: string;
  /** The name to show: the last known one, or the user id where it was erased. */
  username: string;
}

/** What became of a cursor. */
export type ResumeStatus = "recovered" | "gap" | "reset" | "refused";

/** What became of a cursor. */
export interface ResumedRoom {
  /** With `refused`: the error code that says why. */
  code?: string;
  /** Which life of the room; absent when refused. */
  epoch?: string;
  /** The seq of the last entry; absent when refused. */
  head?: number;
  /** With `gap`: the seq of the first entry there is. */
  oldest?: number;
  /** The room. */
  roomId: string;
  /** What became of the cursor. */
  status: ResumeStatus;
}

/** A room as lists show it. */
export interface RoomView {
  /** When its last message was written; when the room was made, if it has none. */
  activeAt: string;
  /** Whether it is archived: nothing is written there any more. */
  archived?: boolean;
  /** When it was made. */
  createdAt: string;
  /** The user who made it; none for rooms the server makes. */
  creatorId?: string;
  /** Which life of the room this is. */
  epoch: string;
  /** The seq of the last entry of its log, 0 if there is none. */
  head: number;
  /** How far back its members may read. */
  history: "everything" | "since-join";
  /** What it is for. */
  kind: "public" | "private" | "direct" | "announcement" | "inbox";
  /** How many members it has. */
  memberCount: number;
  /** Its id. */
  roomId: string;
  /** Its name. */
  roomName: string;
  /** How long, in milliseconds, a member waits between two messages; absent, not at all. */
  slowModeMs?: number;
  /** What is talked about there. */
  topic?: string;
}

/** A room and the caller's place in it. */
export interface UserRoomView {
  /** When its last message was written; when the room was made, if it has none. */
  activeAt: string;
  /** Whether it is archived: nothing is written there any more. */
  archived?: boolean;
  /** When it was made. */
  createdAt: string;
  /** The user who made it; none for rooms the server makes. */
  creatorId?: string;
  /** Which life of the room this is. */
  epoch: string;
  /** The seq of the last entry of its log, 0 if there is none. */
  head: number;
  /** How far back its members may read. */
  history: "everything" | "since-join";
  /** What it is for. */
  kind: "public" | "private" | "direct" | "announcement" | "inbox";
  /** The room's last message, if there is one that the caller may read. */
  lastMessage?: PreviewView;
  /** How many members it has. */
  memberCount: number;
  /** How many of these mention the caller. */
  mentions: number;
  /** The other user of a direct room. */
  peer?: UserView;
  /** Up to where the caller has read, 0 when nowhere. */
  read: number;
  /** The caller's role. */
  role: "member" | "moderator" | "owner";
  /** Its id. */
  roomId: string;
  /** Its name. */
  roomName: string;
  /** How long, in milliseconds, a member waits between two messages; absent, not at all. */
  slowModeMs?: number;
  /** What is talked about there. */
  topic?: string;
  /** Messages above `read` that others wrote. */
  unread: number;
}

/** A user as others see them. */
export interface UserView {
  /** Whether this is a guest, whose memberships end with their presence. */
  guest?: boolean;
  /** Who. */
  userId: string;
  /** The name to show: the last known one, or the user id where it was erased. */
  username: string;
}

/** What a message said from this entry on: its first text, or that of an edit. */
export interface VersionView {
  /** Whether this is a guest, whose memberships end with their presence. */
  guest?: boolean;
  /** User ids it mentions. */
  mentions?: string[];
  /** Whether it mentions everybody who is in the room, too. */
  mentionsRoom?: boolean;
  /** The text. It is data: never HTML. Empty where it was erased. */
  message: string;
  /** The message's own seq, or that of the entry that edited it. */
  seq: number;
  /** When it was written. */
  timestamp: string;
  /** Who. */
  userId: string;
  /** The name to show: the last known one, or the user id where it was erased. */
  username: string;
}

/** What the server takes. Each is documented with the field it bounds. */
export interface WireLimits {
  /** Attachments of one message. */
  attachments: number;
  /** Bytes of a message's `data`. */
  dataBytes: number;
  /** Bytes of one frame. */
  frameBytes: number;
  /** Users mentioned in one message. */
  mentions: number;
  /** Bytes of a message's text. */
  messageBytes: number;
  /** Messages or members in one page. */
  page: number;
  /** Rooms resumed by one `hello`. */
  resume: number;
  /** Rooms one connection may be subscribed to. */
  subscriptions: number;
}

/** Answers `bans`. */
export interface Bans {
  action: "bans";
  /** By user id, ascending. The next page is asked for with the last one's `userId` as `after`. */
  bans: RestrictedView[];
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
}

/** Answers `blocks`. */
export interface Blocks {
  action: "blocks";
  /** The `id` of the request. */
  re?: string | number;
  /** The users whom one blocks, by id. */
  users: UserView[];
}

/** Answers every other command that makes an entry: it is in the log, and survives power loss. */
export interface Done {
  action: "done";
  /** What the client called the command. */
  clientId?: string;
  /** Which life of the room. */
  epoch: string;
  /** The action that was asked, such as `edit-message`. */
  op: string;
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
  /** The entry's place; of a command that changed nothing and had no client id, the place of the entry that had made it so. */
  seq: number;
  /** When the entry was made. */
  timestamp: string;
}

/** Answers `edits`. */
export interface Edits {
  action: "edits";
  /** What it said, by seq, from its first text on; the last one of all is what it says now. The next page is asked for with the last one's `seq` as `after`; an empty page is the last. */
  edits: VersionView[];
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
  /** The message. */
  seq: number;
}

/** Entry of a kind this server does not know: it moves the cursor, and says nothing else. */
export interface Entry {
  action: "entry";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** The room. */
  roomId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
}

/** Answers whatever was refused. Nothing was done, unless the code says that it may have been. */
export interface Error {
  action: "error";
  /** Which rule said no, from the documented table. A newer server may know more codes. */
  code: string;
  /** More about it. */
  details?: ErrorDetails;
  /** The same for people. */
  message: string;
  /** The `id` of the request, if it could be read. */
  re?: string | number;
}

/** In the stream of a room: the log begins above the client's cursor. Entries from `oldest` follow. */
export interface Gap {
  action: "gap";
  /** Which life of the room. */
  epoch: string;
  /** The seq of the last entry. */
  head: number;
  /** The seq of the first entry there is. */
  oldest: number;
  /** The room. */
  roomId: string;
}

/** The server goes away, and will close the connection. */
export interface Goaway {
  action: "goaway";
  /** Come back after so many milliseconds, and resume. */
  retryAfterMs: number;
}

/** Answers `history`. */
export interface History {
  action: "history";
  /** Which life of the room. */
  epoch: string;
  /** The seq of the last entry of its log when the page was read. */
  head: number;
  /** Messages as they now stand, oldest first. An empty page ends the history; a short one does not. */
  messages: HistoryMessage[];
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
}

/** In the stream of a room: the server failed in it, and the subscription has ended. Subscribe again from the cursor. */
export interface Interrupted {
  action: "interrupted";
  /** The room. */
  roomId: string;
}

/** Answers `create-invite`: the invitation is in the log. */
export interface InviteCreated {
  action: "invite-created";
  /** What the client called the command. */
  clientId?: string;
  /** What whoever is invited says to come in. Absent where the server has another secret than when it was made. */
  code?: string;
  /** When it was made. */
  createdAt: string;
  /** Their name. */
  creator: string;
  /** The user who made it. */
  creatorId: string;
  /** Until when it is good; absent, for good. */
  expiresAt?: string;
  /** What it is called; nobody comes in by that. */
  inviteId: string;
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
  /** How many came in by it. */
  used: number;
  /** How many users it lets in; absent, any number. */
  uses?: number;
}

/** Answers `invites`. */
export interface Invites {
  action: "invites";
  /** Those that are good, in the order in which they were made. */
  invites: InviteView[];
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
}

/** Answers `join`: one is a member, and entries above `head` follow. */
export interface Joined {
  action: "joined";
  /** Whether it is archived: nothing is written there any more. */
  archived?: boolean;
  /** What the client called the command. */
  clientId?: string;
  /** Which life of the room. With `head` it is the client's cursor. */
  epoch: string;
  /** For a guest: what makes one the same guest in a later `join`. */
  guestToken?: string;
  /** The seq of the last entry, one's own join included. */
  head: number;
  /** How many members there are. */
  memberCount: number;
  /** At most 50 members; `members` pages through all. */
  members: MemberView[];
  /** A greeting. */
  message: string;
  /** At most 50 of the users present. */
  online: UserView[];
  /** How many users are present. */
  onlineCount: number;
  /** The `id` of the request. */
  re?: string | number;
  /** In which role. */
  role: "member" | "moderator" | "owner";
  /** The room. */
  roomId: string;
  /** The room's name. */
  roomName: string;
  /** The ack of the join: the seq of the entry by which one became a member. */
  seq: number;
  /** How long, in milliseconds, a member waits between two messages; absent, not at all. */
  slowModeMs?: number;
  /** When that entry was made. */
  timestamp: string;
  /** What is talked about there. */
  topic?: string;
  /** Who one is. */
  userId: string;
  /** Under which name. */
  username: string;
}

/** Answers `leave`: one is no longer a member. */
export interface Left {
  action: "left";
  /** What the client called the command. */
  clientId?: string;
  /** Which life of the room. */
  epoch: string;
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
  /** The entry's place; of a command that changed nothing and had no client id, the place of the entry that had made it so. */
  seq: number;
  /** When the entry was made. */
  timestamp: string;
}

/** Answers `members`. */
export interface Members {
  action: "members";
  /** How many members the room has. */
  memberCount: number;
  /** Members by user id, ascending. The next page is asked for with the last one's `userId` as `after`. */
  members: MemberView[];
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
}

/** Joins and leaves of a busy room, told together. No entry: the cursor stays. */
export interface MembersChanged {
  action: "members-changed";
  /** Some of those who joined. */
  joined: UserView[];
  /** Some of those who left. */
  left: UserView[];
  /** How many members there are now. */
  memberCount: number;
  /** How many users are present now. */
  onlineCount: number;
  /** The room. */
  roomId: string;
}

/** Entry: a message was deleted. */
export interface MessageDeleted {
  action: "message-deleted";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** The room. */
  roomId: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** The seq of the message. */
  target: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
}

/** Entry: a message was edited; it keeps its seq. */
export interface MessageEdited {
  action: "message-edited";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** User ids it mentions from now on. */
  mentions?: string[];
  /** Whether it mentions everybody who is in the room, too, from now on. */
  mentionsRoom?: boolean;
  /** Its text from now on. Absent when the reader may not see it, or it was erased since. */
  message?: string;
  /** The room. */
  roomId: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** The seq of the message. */
  target: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
}

/** Entry: a message was pinned. */
export interface MessagePinned {
  action: "message-pinned";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** The room. */
  roomId: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** The seq of the message. */
  target: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
}

/** Entry: a message was unpinned. */
export interface MessageUnpinned {
  action: "message-unpinned";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** The room. */
  roomId: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** The seq of the message. */
  target: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
}

/** Answers `mutes`. */
export interface Mutes {
  action: "mutes";
  /** By user id, ascending. The next page is asked for with the last one's `userId` as `after`. */
  mutes: RestrictedView[];
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
}

/** Answers `my-rooms`. */
export interface MyRooms {
  action: "my-rooms";
  /** What the next page is asked for with, as `after`; none after the last page. */
  next?: string;
  /** The `id` of the request. */
  re?: string | number;
  /** The rooms of which the client's user is a member, in the order that was asked for. */
  rooms: UserRoomView[];
}

/** Entry: a message was written. */
export interface NewMessage {
  action: "new-message";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** Ids of attachments. */
  attachments?: string[];
  /** What its sender called the command. */
  clientId?: string;
  /** The host application's own JSON, as the sender wrote it. */
  data?: unknown;
  /** Of an announcement: when it is over. Then it is not shown any more. */
  expiresAt?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** User ids it mentions. */
  mentions?: string[];
  /** Whether it mentions everybody who is in the room, too. */
  mentionsRoom?: boolean;
  /** The text. It is data: never HTML. Empty once it was deleted or erased. */
  message: string;
  /** The seq of the message this one answers. */
  replyTo?: number;
  /** The room. */
  roomId: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
}

/** Entry of a user's inbox. */
export interface Notice {
  action: "notice";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** What happened. */
  notice: NoticeView;
  /** The room. */
  roomId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
}

/** Answers `typing`, `presence`, `token`, `block` and `unblock`, if they have an `id`. */
export interface Ok {
  action: "ok";
  /** The `id` of the request. */
  re?: string | number;
}

/** Answers `online`. */
export interface Online {
  action: "online";
  /** At most 50 of the users present, by user id. */
  online: UserView[];
  /** How many users are present. */
  onlineCount: number;
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
}

/** Answers `pins`. */
export interface Pins {
  action: "pins";
  /** Pinned messages, the last pinned first. The next page is asked for with the last one's `seq` as `before`; an empty page is the last. */
  pins: PinView[];
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
}

/** Answers `ping`. */
export interface Pong {
  action: "pong";
  /** The `id` of the request. */
  re?: string | number;
}

/** Signal: somebody came, went, or left the device. */
export interface Presence {
  action: "presence";
  /** Whether this is a guest, whose memberships end with their presence. */
  guest?: boolean;
  /** With `offline`: when their last connection ended, to the minute. Absent in rooms with more than 200 members, where a direct room is blocked, and of users who hide it. */
  lastSeen?: string;
  /** How many users are present. Absent in frames of servers that do not say so yet. */
  onlineCount?: number;
  /** The room. */
  roomId: string;
  /** Whether they are there. */
  state: PresenceState;
  /** Who. */
  userId: string;
  /** The name to show: the last known one, or the user id where it was erased. */
  username: string;
}

/** The host application tells the user something. It is in no log: whoever is not connected does not get it. */
export interface Pushed {
  action: "pushed";
  /** The host's own JSON. */
  data: unknown;
}

/** Entry: somebody reacted to a message. */
export interface ReactionAdded {
  action: "reaction-added";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** With what. Empty once it was erased. */
  emoji: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** The room. */
  roomId: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** The seq of the message. */
  target: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
}

/** Entry: somebody took a reaction back. */
export interface ReactionRemoved {
  action: "reaction-removed";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** With what. Empty once it was erased. */
  emoji: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** The room. */
  roomId: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** The seq of the message. */
  target: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
}

/** Answers `reactions`. */
export interface Reactions {
  action: "reactions";
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
  /** The message. */
  seq: number;
  /** How many users reacted. */
  userCount: number;
  /** By user id, ascending. The next page is asked for with the last one's `userId` as `after`. */
  users: ReactorView[];
}

/** Signal: somebody has read up to here. */
export interface Read {
  action: "read";
  /** Whether this is a guest, whose memberships end with their presence. */
  guest?: boolean;
  /** The room. */
  roomId: string;
  /** Up to here. */
  seq: number;
  /** Who. */
  userId: string;
  /** The name to show: the last known one, or the user id where it was erased. */
  username: string;
}

/** Answers `read`. */
export interface ReadMoved {
  action: "read-moved";
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
  /** Where the read cursor stands now. */
  seq: number;
}

/** Answers `reads`. */
export interface Reads {
  action: "reads";
  /** How many members the room has. */
  memberCount: number;
  /** The `id` of the request. */
  re?: string | number;
  /** By user id, ascending: the caller, and the others who show it if the caller does. Empty in a room with more than 200 members. */
  reads: ReaderView[];
  /** The room. */
  roomId: string;
}

/** In the stream of a room: the room is gone, or is another one now. The subscription has ended. */
export interface Reset {
  action: "reset";
  /** The room. */
  roomId: string;
}

/** Entry: a member got another role. */
export interface RoleChanged {
  action: "role-changed";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** Their role from now on. */
  role: "member" | "moderator" | "owner";
  /** The room. */
  roomId: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
  /** Whom it was done to. */
  userId: string;
  /** Their name. */
  username: string;
}

/** Answers `room`, `invited-to` and `direct`. */
export interface Room {
  action: "room";
  /** When its last message was written; when the room was made, if it has none. */
  activeAt: string;
  /** Whether it is archived: nothing is written there any more. */
  archived?: boolean;
  /** When it was made. */
  createdAt: string;
  /** The user who made it; none for rooms the server makes. */
  creatorId?: string;
  /** Which life of the room this is. */
  epoch: string;
  /** The seq of the last entry of its log, 0 if there is none. */
  head: number;
  /** How far back its members may read. */
  history: "everything" | "since-join";
  /** What it is for. */
  kind: "public" | "private" | "direct" | "announcement" | "inbox";
  /** How many members it has. */
  memberCount: number;
  /** The `id` of the request. */
  re?: string | number;
  /** Its id. */
  roomId: string;
  /** Its name. */
  roomName: string;
  /** How long, in milliseconds, a member waits between two messages; absent, not at all. */
  slowModeMs?: number;
  /** What is talked about there. */
  topic?: string;
}

/** Entry: the room got another name or topic, was archived, or taken out of the archive. */
export interface RoomChanged {
  action: "room-changed";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** Whether it is archived from now on. */
  archived?: boolean;
  /** What its sender called the command. */
  clientId?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** The room. */
  roomId: string;
  /** Its name from now on. */
  roomName?: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** How long, in milliseconds, a member waits between two messages from now on. */
  slowModeMs?: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
  /** Its topic from now on; an empty one says that it has none. */
  topic?: string;
}

/** Answers `create-room`. */
export interface RoomCreated {
  action: "room-created";
  /** Whether it is archived: nothing is written there any more. */
  archived?: boolean;
  /** When it was made. */
  createdAt: string;
  /** The user who made it; none for rooms the server makes. */
  creatorId?: string;
  /** Which life of the room this is. */
  epoch: string;
  /** How far back its members may read. */
  history: "everything" | "since-join";
  /** What it is for. */
  kind: "public" | "private" | "direct" | "announcement" | "inbox";
  /** The `id` of the request. */
  re?: string | number;
  /** Its id. */
  roomId: string;
  /** Its name. */
  roomName: string;
  /** How long, in milliseconds, a member waits between two messages; absent, not at all. */
  slowModeMs?: number;
  /** What is talked about there. */
  topic?: string;
}

/** Answers `delete-room`: the room is gone with all it held. */
export interface RoomDeleted {
  action: "room-deleted";
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
}

/** Answers `rooms`. */
export interface Rooms {
  action: "rooms";
  /** Of a search: what the next page is asked for with, as `after`; none after the last page. */
  next?: string;
  /** The `id` of the request. */
  re?: string | number;
  /** The rooms, by id; those that were searched for, the best first. */
  rooms: RoomView[];
}

/** Answers `send-message`, `direct-message` and `broadcast`: the message is in the log, and survives power loss. */
export interface Sent {
  action: "sent";
  /** What the client called the command. */
  clientId?: string;
  /** Which life of the room. */
  epoch: string;
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
  /** The entry's place; of a command that changed nothing and had no client id, the place of the entry that had made it so. */
  seq: number;
  /** When the entry was made. */
  timestamp: string;
}

/** Answers `subscribe`. It comes unasked, without `re`, when one became a member elsewhere. */
export interface Subscribed {
  action: "subscribed";
  /** With `refused`: the error code that says why. */
  code?: string;
  /** Which life of the room; absent when refused. */
  epoch?: string;
  /** The seq of the last entry; absent when refused. */
  head?: number;
  /** With `gap`: the seq of the first entry there is. */
  oldest?: number;
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
  /** What became of the cursor. */
  status: ResumeStatus;
}

/** Signal: somebody is writing. */
export interface Typing {
  action: "typing";
  /** Whether this is a guest, whose memberships end with their presence. */
  guest?: boolean;
  /** The room. */
  roomId: string;
  /** Who. */
  userId: string;
  /** The name to show: the last known one, or the user id where it was erased. */
  username: string;
}

/** Answers `unsubscribe`. */
export interface Unsubscribed {
  action: "unsubscribed";
  /** The `id` of the request. */
  re?: string | number;
  /** The room. */
  roomId: string;
}

/** Entry: a user was removed, and may not come back. */
export interface UserBanned {
  action: "user-banned";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** Why. */
  reason?: string;
  /** The room. */
  roomId: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
  /** Whom it was done to. */
  userId: string;
  /** Their name. */
  username: string;
  /** Whether they were a member until then. */
  wasMember: boolean;
}

/** Entry: a user got the right to join. */
export interface UserInvited {
  action: "user-invited";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** The room. */
  roomId: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
  /** Whom it was done to. */
  userId: string;
  /** Their name. */
  username: string;
}

/** Entry: a user became a member. */
export interface UserJoined {
  action: "user-joined";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** Whether this is a guest, whose memberships end with their presence. */
  guest?: boolean;
  /** In which role. */
  role: "member" | "moderator" | "owner";
  /** The room. */
  roomId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
  /** Who. */
  userId: string;
  /** The name to show: the last known one, or the user id where it was erased. */
  username: string;
}

/** Entry: a member was removed, and may come back. */
export interface UserKicked {
  action: "user-kicked";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** Why. */
  reason?: string;
  /** The room. */
  roomId: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
  /** Whom it was done to. */
  userId: string;
  /** Their name. */
  username: string;
}

/** Entry: a user is no longer a member. */
export interface UserLeft {
  action: "user-left";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** Whether this is a guest, whose memberships end with their presence. */
  guest?: boolean;
  /** Why. */
  reason: LeaveReason;
  /** The room. */
  roomId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
  /** Who. */
  userId: string;
  /** The name to show: the last known one, or the user id where it was erased. */
  username: string;
}

/** Entry: a member was muted, or may write again. */
export interface UserMuted {
  action: "user-muted";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** The room. */
  roomId: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
  /** Until when they may not write; absent, they may. */
  until?: string;
  /** Whom it was done to. */
  userId: string;
  /** Their name. */
  username: string;
}

/** Signal: somebody goes by another name from now on, also in what they have written. */
export interface UserRenamed {
  action: "user-renamed";
  /** Whether this is a guest, whose memberships end with their presence. */
  guest?: boolean;
  /** The room. */
  roomId: string;
  /** Who. */
  userId: string;
  /** The name to show: the last known one, or the user id where it was erased. */
  username: string;
}

/** Entry: a ban was lifted. */
export interface UserUnbanned {
  action: "user-unbanned";
  /** The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`. */
  after: number;
  /** What its sender called the command. */
  clientId?: string;
  /** Whether the sender is a guest. */
  guest?: boolean;
  /** The room. */
  roomId: string;
  /** The name of who did it. */
  sender: string;
  /** Who did it. */
  senderId: string;
  /** The entry's place in the room's log. */
  seq: number;
  /** When it was made. Order is by `seq`, not by this. */
  timestamp: string;
  /** Whom it was done to. */
  userId: string;
  /** Their name. */
  username: string;
}

/** Answers `users`. */
export interface Users {
  action: "users";
  /** What the next page is asked for with as `after`; absent on the last page. */
  next?: string;
  /** The `id` of the request. */
  re?: string | number;
  /** The users. */
  users: UserView[];
}

/** Answers `hello`. */
export interface Welcome {
  action: "welcome";
  /** Whether one administrates the server. */
  admin?: boolean;
  /** What the server takes. */
  limits: WireLimits;
  /** The version of the protocol spoken from now on. */
  protocol: number;
  /** The `id` of the request. */
  re?: string | number;
  /** What became of the cursors: one's own inbox, unless it was named, then the rooms of `resume` in their order. */
  resumed: ResumedRoom[];
  /** Who one is; absent while nobody is identified. */
  userId?: string;
  /** Under which name. */
  username?: string;
}

/** One frame of the server. */
export type Frame =
  | Welcome
  | Joined
  | Subscribed
  | Unsubscribed
  | Sent
  | Left
  | Done
  | ReadMoved
  | History
  | Reads
  | Reactions
  | Pins
  | Edits
  | Members
  | Bans
  | Mutes
  | RoomCreated
  | Online
  | Room
  | Blocks
  | Users
  | Rooms
  | MyRooms
  | InviteCreated
  | Invites
  | RoomDeleted
  | Ok
  | Pong
  | Error
  | NewMessage
  | MessageEdited
  | MessageDeleted
  | ReactionAdded
  | ReactionRemoved
  | UserJoined
  | UserLeft
  | RoleChanged
  | UserKicked
  | UserBanned
  | UserUnbanned
  | UserMuted
  | UserInvited
  | RoomChanged
  | MessagePinned
  | MessageUnpinned
  | Notice
  | Entry
  | Gap
  | Reset
  | Interrupted
  | MembersChanged
  | Typing
  | Presence
  | UserRenamed
  | Read
  | Pushed
  | Goaway;
