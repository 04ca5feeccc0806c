// The REST interface, with types. Tokens are looked after.

import { ChatError } from './errors.ts';
import type { Credentials, Session } from './session.ts';
import type { MemberView, PinView, RestrictedView, RoomView, UserRoomView, UserView, VersionView } from './wire/server.ts';

export interface Me {
  userId: string;
  username: string;
  email?: string;
  guest?: boolean;
  admin?: boolean;
  /** `false` for whoever is not found by their name. */
  findable?: boolean;
  /** `false` for whoever does not show how far they read, and does not see it of others. */
  showReads?: boolean;
  /** `false` for whoever does not show when they were last connected, and does not see it of others. */
  showLastSeen?: boolean;
  /** `false` for whoever signs in at a provider alone, and has no password here. */
  hasPassword?: boolean;
}

/** How people come in. */
export interface Offered {
  /** Whether the server mails links by which users set a password. */
  passwordResets: boolean;
  /** The provider at which users sign in, by what it is called. */
  openId?: { label: string };
}

/** Users who were found, and how to get the next ones. */
export interface UsersPage {
  users: UserView[];
  next?: string;
}

/** A login on one device. */
export interface Device {
  sessionId: string;
  current: boolean;
  createdAt: string;
  lastSeen: string;
  userAgent?: string;
}

/** An invitation by link. The server may have forgotten its code, but not which one it is. */
export interface Invite {
  inviteId: string;
  code?: string;
  url?: string;
  creator?: string;
  createdAt?: string;
  expiresAt?: string;
  uses?: number;
  used?: number;
}

/** What lets others register where that is by invitation. Only who makes it is told its code. */
export interface Registration {
  registrationId: string;
  code?: string;
  uses: number;
  createdAt: string;
  expiresAt: string;
}

/** An account, as administrators see it. */
export interface AccountView {
  userId: string;
  username: string;
  email?: string;
  admin?: boolean;
  standing: 'active' | 'suspended' | 'deleted';
  createdAt: string;
}

/** How much goes on at this moment on the server that answers. */
export interface Figures {
  connections: number;
  users: number;
  guests: number;
  openRooms: number;
}

/** A pinned message, with who pinned it and when. */
export type Pin = PinView;

/** What a message said from one entry on. */
export type Version = VersionView;

export interface Ack {
  roomId: string;
  epoch: string;
  seq: number;
  timestamp: string;
  clientId?: string;
}

/** A room of one's own in a list. */
export type MyRoom = UserRoomView;

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Query = Record<string, string | number | boolean | undefined>;

/** A path whose parts are encoded: path`/rooms/${roomId}`. */
export function path(texts: TemplateStringsArray, ...parts: (string | number)[]): string {
  return texts.reduce((whole, text, index) => whole + encodeURIComponent(parts[index - 1] ?? '') + text);
}

export class Rest {
  constructor(readonly session: Session) {}

  /** One request. A token that has expired is renewed, once. */
  async call<T>(method: Method, to: string, body?: object, query: Query = {}): Promise<T> {
    const asked = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = asked.length ? `?${new URLSearchParams(asked.map(([name, value]) => [name, String(value)]))}` : '';
    const send = (token: string | undefined) => this.session.request<T>(method, to + search, body, token);
    const token = await this.session.token();
    try {
      return await send(token);
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'token-expired' || !token) throw error;
      return send(await this.session.refresh(token));
    }
  }

  private get<T>(from: string, query?: Query): Promise<T> {
    return this.call('GET', from, undefined, query);
  }

  // ---- coming in ----

  guest = (username: string) => this.call<Credentials>('POST', '/auth/guest', { username });
  register = (username: string, password: string, email?: string, code?: string) =>
    this.call<Credentials>('POST', '/auth/register', { username, password, email, code });
  login = (username: string, password: string) => this.call<Credentials>('POST', '/auth/login', { username, password });
  /** Makes the first administrator of a server, with the token that the server printed. */
  firstAdministrator = (token: string, username: string, password: string) =>
    this.call<Credentials>('POST', '/auth/first-admin', { token, username, password });
  /** What the server offers to whoever comes in. */
  entry = () => this.get<Offered>('/auth');
  /**
   * Where a browser goes to sign in at the provider. It comes back to this path of the page, with `#sign-in=TOKEN` for `redeemSignIn`, or with
   * `#sign-in-error=CODE`.
   */
  signInAddress = (returnTo: string) => `${this.session.base}/api/auth/oidc?${new URLSearchParams({ return: returnTo })}`;
  /** The credentials of whoever comes back from the provider: the token is good once, for a minute. */
  redeemSignIn = (token: string) => this.call<Credentials>('POST', '/auth/refresh', { refreshToken: token });
  /** Has the user of this address mailed a link, if there is one: the answer does not tell. */
  mailPasswordReset = (email: string) => this.call<void>('POST', '/password-resets', { email });
  /** Sets a password by a link, which a mail or an administrator has. All devices of the user are logged out. */
  resetPassword = (token: string, newPassword: string) => this.call<void>('POST', '/password-resets/redeem', { token, newPassword });
  logout = (everywhere?: boolean) => this.call<void>('POST', '/auth/logout', { everywhere });

  // ---- oneself ----

  me = () => this.get<Me>('/me');
  /** Another email address needs the password where links are mailed. */
  changeMe = (changes: {
    username?: string;
    email?: string;
    findable?: boolean;
    showReads?: boolean;
    showLastSeen?: boolean;
    password?: string;
  }) => this.call<Me>('PATCH', '/me', changes);
  /** Users without a password set one without an old one, within minutes of signing in at their provider. */
  changePassword = (password: string | undefined, newPassword: string) => this.call<void>('PUT', '/me/password', { password, newPassword });
  deleteMe = (password?: string) => this.call<void>('DELETE', '/me', { password });
  devices = async () => (await this.get<{ sessions: Device[] }>('/me/sessions')).sessions;
  endDevice = (id: string) => this.call<void>('DELETE', path`/me/sessions/${id}`);
  blocks = async () => (await this.get<{ users: UserView[] }>('/me/blocks')).users;
  block = (userId: string) => this.call<void>('PUT', path`/me/blocks/${userId}`);
  unblock = (userId: string) => this.call<void>('DELETE', path`/me/blocks/${userId}`);

  // ---- rooms ----

  /** A page of public rooms by id; administrators may ask for `private` ones, too. `after` is the id of the last room of the page before. */
  rooms = async (after?: string, limit?: number, kind?: 'public' | 'private') =>
    (await this.get<{ rooms: RoomView[] }>('/rooms', { after, limit, kind })).rooms;
  /** A page of public rooms whose name or topic has a word that begins so, the best first; `after` is the `next` of the page before. */
  findRooms = (search: string, after?: string, limit?: number) =>
    this.get<{ rooms: RoomView[]; next?: string }>('/rooms', { search, after, limit });
  /** A page of one's own rooms, the one with the last message first, or by id; `after` is the `next` of the page before. */
  myRooms = (page: { order?: 'activity' | 'id'; after?: string; limit?: number } = {}) =>
    this.get<{ rooms: MyRoom[]; next?: string }>('/rooms', { mine: true, ...page });
  createRoom = (room: { roomName: string; kind?: string; topic?: string }) => this.call<RoomView>('POST', '/rooms', room);
  room = (roomId: string) => this.get<RoomView>(path`/rooms/${roomId}`);
  changeRoom = (roomId: string, changes: { roomName?: string; topic?: string; archived?: boolean; slowModeMs?: number }) =>
    this.call<Ack>('PATCH', path`/rooms/${roomId}`, changes);
  deleteRoom = (roomId: string) => this.call<void>('DELETE', path`/rooms/${roomId}`);
  members = (roomId: string, after?: string, limit?: number) =>
    this.get<{ members: MemberView[]; memberCount: number }>(path`/rooms/${roomId}/members`, { after, limit });
  addMember = (roomId: string, userId: string) => this.call<Ack>('POST', path`/rooms/${roomId}/members`, { userId });
  setRole = (roomId: string, userId: string, role: string) => this.call<Ack>('PATCH', path`/rooms/${roomId}/members/${userId}`, { role });
  kick = (roomId: string, userId: string) => this.call<Ack>('DELETE', path`/rooms/${roomId}/members/${userId}`);
  ban = (roomId: string, userId: string) => this.call<Ack>('POST', path`/rooms/${roomId}/bans`, { userId });
  unban = (roomId: string, userId: string) => this.call<Ack>('DELETE', path`/rooms/${roomId}/bans/${userId}`);
  /** What is pinned in a room, the last pinned first; the next page goes on below the `seq` of the last pin. An empty page is the last. */
  pins = async (roomId: string, before?: number, limit?: number) =>
    (await this.get<{ pins: Pin[] }>(path`/rooms/${roomId}/pins`, { before, limit })).pins;
  /** What a message said from its first text on, for moderators; the next page goes on above the `seq` of the last version. */
  edits = async (roomId: string, seq: number, after?: number, limit?: number) =>
    (await this.get<{ edits: Version[] }>(path`/rooms/${roomId}/messages/${seq}/edits`, { after, limit })).edits;
  bans = async (roomId: string, after?: string) =>
    (await this.get<{ bans: RestrictedView[] }>(path`/rooms/${roomId}/bans`, { after })).bans;
  mutes = async (roomId: string, after?: string) =>
    (await this.get<{ mutes: RestrictedView[] }>(path`/rooms/${roomId}/mutes`, { after })).mutes;
  unmute = (roomId: string, userId: string) => this.call<Ack>('DELETE', path`/rooms/${roomId}/mutes/${userId}`);
  direct = (userId: string) => this.call<RoomView>('POST', path`/direct/${userId}`);

  // ---- invitations ----

  invite = (roomId: string, options: { expiresAt?: string; uses?: number } = {}) =>
    this.call<Invite>('POST', path`/rooms/${roomId}/invites`, options);
  invites = async (roomId: string) => (await this.get<{ invites: Invite[] }>(path`/rooms/${roomId}/invites`)).invites;
  revokeInvite = (roomId: string, code: string) => this.call<void>('DELETE', path`/rooms/${roomId}/invites/${code}`);
  /** Which room an invitation leads to, without going in. */
  lookUpInvite = (code: string) => this.get<RoomView>(path`/invites/${code}`);
  acceptInvite = (code: string) => this.call<RoomView>('POST', path`/invites/${code}`);

  // ---- people ----

  /** Users by the beginning of words of their names, the best first; the next page goes on after `next`. */
  users = (search: string, after?: string, limit?: number) => this.get<UsersPage>('/users', { search, after, limit });
  registrations = async () => (await this.get<{ registrations: Registration[] }>('/registrations')).registrations;
  makeRegistration = (options: { uses?: number; expiresAt?: string } = {}) => this.call<Registration>('POST', '/registrations', options);
  revokeRegistration = (id: string) => this.call<void>('DELETE', path`/registrations/${id}`);
  /** Makes a link by which a user sets a password, as an administrator: `token` goes behind the `#` of `/reset-password`. */
  makePasswordReset = (userId: string) => this.call<{ token: string; expiresAt: string }>('POST', path`/users/${userId}/password-resets`);
  /** All accounts by user id, as an administrator, the next page after `next`; or the one of this name. */
  accounts = (which: { username?: string; after?: string; limit?: number } = {}) =>
    this.get<{ accounts: AccountView[]; next?: string }>('/accounts', which);
  makeAdmin = (userId: string) => this.call<void>('PUT', path`/users/${userId}/admin`);
  unmakeAdmin = (userId: string) => this.call<void>('DELETE', path`/users/${userId}/admin`);
  figures = () => this.get<Figures>('/figures');
  suspend = (userId: string) => this.call<void>('POST', path`/users/${userId}/suspend`);
  restore = (userId: string) => this.call<void>('POST', path`/users/${userId}/restore`);
  broadcast = (message: string, expiresAt?: string) => this.call<Ack>('POST', '/broadcasts', { message, expiresAt });
}
