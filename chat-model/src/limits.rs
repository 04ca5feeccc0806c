//! Every bound of the engine, named once, with its reason.

/// Bytes of a room, user or client id. Ids are keys in every index and travel in every frame.
pub const MAX_ID_BYTES: usize = 64;
/// Bytes of a client id.
pub const MAX_CLIENT_ID_BYTES: usize = 64;
/// Bytes of a person's or room's name.
pub const MAX_NAME_BYTES: usize = 64;
/// Bytes of a message's text.
pub const MAX_TEXT_BYTES: usize = 16 * 1024;
/// Bytes of a message's `data`, the host application's own JSON.
pub const MAX_DATA_BYTES: usize = 16 * 1024;
/// Users mentioned in one message.
pub const MAX_MENTIONS: usize = 64;
/// Attachments of one message.
pub const MAX_ATTACHMENTS: usize = 16;
/// Bytes of one reaction: the longest emoji sequences have 35.
pub const MAX_EMOJI_BYTES: usize = 64;
/// Bytes of a reaction that is a short name.
pub const MAX_SHORT_NAME_BYTES: usize = 32;
/// Different reactions of one user on a message.
pub const MAX_REACTIONS_OF_USER: usize = 20;
/// Reactions on one message, over all users: they are stored and sent with it.
pub const MAX_REACTIONS: usize = 1_000;
/// Messages that are pinned in one room at one time.
pub const MAX_PINS: usize = 100;
/// Bytes of a room's topic.
pub const MAX_TOPIC_BYTES: usize = 512;
/// Invitations by link of one room that are good at one time: all of them are part of what a room is.
pub const MAX_INVITES: usize = 50;
/// Users whom one invitation by link lets in, if their number is given.
pub const MAX_INVITE_USES: u32 = 100_000;
/// The longest time, in milliseconds, that members wait between two messages: six hours.
pub const MAX_SLOW_MODE_MS: u32 = 6 * 60 * 60 * 1_000;
/// Users of whom a room remembers when they last wrote, while its members wait between two messages; of more it forgets those
/// who wrote first.
pub const RECENT_WRITERS: usize = 16 * 1_024;
/// Bytes of the reason given for a kick, ban or mute.
pub const MAX_REASON_BYTES: usize = 512;

/// Bytes of one inbound frame: the largest text and data, escaped, and their wrapping.
pub const MAX_FRAME_BYTES: usize = 64 * 1024;
/// Bytes of what a host application pushes to a user's sessions: its own JSON, as [`MAX_DATA_BYTES`].
pub const MAX_PUSH_BYTES: usize = 16 * 1024;
/// Nesting of one inbound JSON text. Parsers recurse; ours never needs more.
pub const MAX_JSON_DEPTH: usize = 32;

/// Entries or messages in one page.
pub const MAX_PAGE: usize = 200;
/// Bytes of one page's bodies, as JSON escapes them; a page ends early rather than exceed it (but holds at least one entry).
pub const MAX_PAGE_BYTES: usize = 256 * 1024;
/// Banned or muted users in one page: for each of them, one entry of the log is read.
pub const RESTRICTED_PAGE: usize = 50;
/// Members and online users named in `joined`; the rest is paged.
pub const ROSTER: usize = 50;
/// Members by rank that a room asks its store for: whoever the last owner is, another owner or a successor is among them.
pub const SENIORS: usize = 2;
/// Bytes of names and ids in each of `joined`'s two lists, before a codec escapes them, so that the frame stays under
/// 16 KiB. A codec cuts its lists where escapes are many.
pub const ROSTER_BYTES: usize = 5 * 1024;
/// Bytes of the text that lists of rooms show of each room's last message: more than a line, and 200 of them are sent together.
pub const PREVIEW_BYTES: usize = 256;
/// Messages back from the newest within which a store has to count unread ones and mentions; it counts them anew for
/// every room in a list.
pub const MAX_UNREAD: usize = 1_000;
/// Pages of announcements that are looked through for those that are not over, before there are taken to be none; and for those that have
/// expired, at one time.
pub const EXPIRED_PAGES: usize = 16;
/// The pause, in milliseconds, before announcements that have expired are looked for again, to be deleted.
pub const EXPIRY_SWEEP_MS: u64 = 30_000;
/// Rooms resumed by one `hello`.
pub const MAX_RESUME: usize = 200;
/// Rooms that one `hello` has opened and asked at one time; the others follow.
pub const RESUMES: usize = 32;
/// Rooms one session may be subscribed to.
pub const MAX_SUBSCRIPTIONS: usize = 500;

/// Commands of one room judged and appended together. Bounds the transaction and the judge's working set.
pub const MAX_BATCH: usize = 256;
/// Entries of others read together: each names two users at most, who are then asked about together.
pub const MAX_READ: usize = MAX_BATCH / 2;
/// How long, in milliseconds, reads of a room wait for an append that is under way; then they go on beside it, and see the room without
/// it.
pub const READS_WAIT_MS: u64 = 250;
/// Commands waiting in one room; beyond it a command is refused (`busy`), not queued.
pub const MAX_ROOM_QUEUE: usize = 4_096;
/// Commands of one session waiting for their answer; beyond it its socket is not read.
pub const MAX_IN_FLIGHT: usize = 64;
/// Messages of one session that are read in one turn of its task; then others have theirs. Each may be answered by a write
/// to the socket, so these are few.
pub const TURN_FRAMES: usize = 16;
/// Bytes of one session that are read in one turn of its task: one message of full size.
pub const TURN_BYTES: usize = MAX_FRAME_BYTES;
/// How many times its burst a client may be refused as `rate-limited`, within [`EXCESS_MS`], before it is closed.
pub const EXCESS_BURSTS: u32 = 4;
/// The time, in milliseconds, over which is counted what a client sent too much.
pub const EXCESS_MS: u64 = 10_000;
/// Users, and addresses, whose allowances a node tells apart; beyond it, further ones share one.
pub const ALLOWANCES: usize = 64 * 1024;
/// Questions of one session that are asked of the store at one time, each with a page as its answer; others wait their turn.
pub const QUESTIONS: usize = 2;
/// Member facts a room's host remembers; beyond it those of users who are not present are forgotten.
pub const MAX_IDLE_FACTS: usize = 1_024;
/// Facts of messages a room host keeps from one batch to the next, while its head stands.
pub const MAX_MESSAGE_FACTS: usize = 1_024;

/// Bytes that may wait in a session's outbox: answers, pages of a catch-up (up to half of it) and the rest of a partial
/// write. Above half of it no more requests are read, so that who reads steadily is not closed for asking a lot. The
/// largest answer comes on top, as nobody knows its size before: a session for which more than both waits is closed (resumable).
pub const OUTBOX_BYTES: usize = 512 * 1024;
/// What a frame in the outbox costs beside its bytes: its place there, and its allocation.
pub const FRAME_OVERHEAD: usize = 64;
/// By which part of [`Limits::unread_bytes`] less is unread once sessions were given up for it: a sixteenth.
pub const UNREAD_RELIEF: usize = 16;
/// Bytes a room's byte log may hold per wire format; a subscription further behind catches up from the store.
pub const LOG_BYTES: usize = 512 * 1024;
/// Bytes a byte log keeps after everyone has them: the ring from which short absences resume.
pub const RING_BYTES: usize = 8 * 1024;
/// Bytes of one segment of a byte log: what is written and given up together.
pub const SEGMENT_BYTES: usize = 8 * 1024;
/// Deleted messages a room's fan-out remembers, to erase them in pages that were read from the store before and are not
/// handed out yet. A page that was read before more deletions than these is read again.
pub const RECENT_ERASURES: usize = 256;
/// Subscriptions served between two yields of a flusher: 64 was best of 16, 64 and 256 in a
/// prototype of the fan-out, which is not in this repository.
pub const FLUSH_CHUNK: usize = 64;
/// Sessions catching up from the store at one time; others wait their turn.
pub const CATCH_UPS: usize = 64;
/// Guests' leases being changed at one time; others wait their turn. Enough for the leaves of one room to be appended
/// together, and few enough for a store that has just come back.
pub const LEASE_CALLS: usize = 64;
/// The longest pause, in milliseconds, before guests' leases are changed after the store has failed.
pub const LEASE_PAUSE_MS: u64 = 30_000;
/// The same, while memberships of guests who are here wait to be held.
pub const HOLD_PAUSE_MS: u64 = 1_000;
/// Inboxes being opened at one time because another node told that something has happened there; others are found when heads
/// are compared.
pub const MAX_WAKES: usize = 256;
/// Notices being written to inboxes at one time; more are dropped, with a warning.
pub const MAX_NOTICES: usize = 1_024;
/// Users of one room of whom it is told at one time that they are writing; of more it is not told. Nobody reads as many
/// names before they change.
pub const MAX_TYPING: usize = 32;
/// Users of one room of whom it is told at one time that they go by another name; of more it is not told. What they write next says it.
pub const MAX_RENAMED: usize = 32;
/// Users of one room of whom it is told at one time how far they have read; of more it is not told. What they read next
/// says it again.
pub const MAX_READS: usize = 32;
/// Members of a room who are told how far the others have read; in a room with more, each user is told of their own cursor
/// alone. All of them are one page.
/// The same goes for when the others were last connected.
pub const MAX_SEEN_BY: u64 = MAX_PAGE as u64;
/// Users of whom a store is told at one time when they were last connected, or is asked.
pub const SEEN_BATCH: usize = 256;
/// Users of whom it waits to be written when they were last connected; of more it is not. Those who stay connected come up
/// again.
pub const MAX_SEEN_WAITING: usize = 64 * 1024;
/// How many times [`Limits::seen_ms`] it takes a node to note of all users who stay connected that they are: five minutes, unless a
/// host says otherwise. Of a node that is killed, nobody was last seen longer than that before.
pub const SEEN_PARTS: u64 = 30;
/// Entries waiting for a slow observer; beyond it the observer is told what it missed.
pub const OBSERVER_QUEUE: usize = 4_096;
/// Messages to other nodes waiting for the backplane; beyond it they are dropped, as a backplane may lose them.
pub const NODE_QUEUE: usize = 4_096;
/// Other nodes that a node knows of; of more it takes no notice.
pub const PEERS: usize = 256;
/// How long, in milliseconds, a room that has just been opened waits for other nodes to say who is present there.
pub const ASK_MS: u64 = 250;
/// Parts into which a node divides its users in a room, to tell the other nodes of those parts alone that have changed.
pub const PRESENCE_PARTS: u8 = 64;
/// How long, in milliseconds, a room that has just told other nodes of its users waits before it tells in a hurry again.
pub const HURRY_MS: u64 = 20;
/// The period, in milliseconds, at whose ends callers are told that a room or an invitation is not there, counted from the request: so
/// that the time does not tell what the answer hides.
pub const NOT_FOUND_MS: u64 = 50;
/// Bytes of one message to other nodes, as JSON: a quarter of what a bus takes that takes little.
pub const NODE_MESSAGE_BYTES: usize = 256 * 1024;
/// Users of whom one message to other nodes tells. A single part may have more, up to [`NODE_MESSAGE_BYTES`]: of users
/// beyond that, of whom there are more than a hundred thousand in one room on one node, the others are not told.
pub const PRESENCE_USERS: usize = 256;
/// Rooms whose presence one message to other nodes compares.
pub const COMPARED: usize = 256;
/// Errands in one message to other nodes.
pub const ERRANDS: usize = 64;
/// Errands that other nodes are told at one time; beyond it the oldest is told no more.
pub const WAITING_ERRANDS: usize = 4_096;
/// How often a node that lives has said so, at least, before its silence is taken for death.
pub const SILENT_TELLS: u64 = 3;
/// How many times other nodes are told an errand: with one message in five lost, one errand in three thousand is lost.
pub const ERRAND_TELLS: u32 = 5;
/// Messages handed in beside the logs that are asked for, and sent, at one time.
pub const INTAKE_PAGE: usize = 100;
/// Ends of a user's sessions and new names that a node remembers, for clients who were just being asked who they are. A
/// client who was asked before all of these has to come back.
pub const RECENT_CHANGES: usize = 4_096;
/// Users whose rooms made within a day a node counts one by one; further ones share one allowance.
pub const ROOM_MAKERS: usize = 16 * 1_024;
/// Addresses at which guests are banned that a node remembers over all rooms; of more it forgets those of the room with most.
pub const GUEST_BANS: usize = 32 * 1_024;
/// Addresses at which guests are banned from one room that a node remembers; of more it forgets those that end first.
pub const GUEST_BANS_OF_ROOM: usize = 1_024;
/// Guests banned from one room at one address that a node remembers; of more it forgets the first.
pub const BANNED_AT_ADDRESS: usize = 8;
/// Guests of whom a node remembers from where they joined, for when they are banned; of more it forgets the first.
pub const KNOWN_GUESTS: usize = 16 * 1_024;
/// Days for which a guest's token is good. Whoever joins a room with it is given a new one each day.
pub const GUEST_TOKEN_DAYS: i64 = 30;
/// Rooms asked about in one head check query.
pub const HEADS_PER_QUERY: usize = 1_000;

/// From so many present, joins and leaves are told in batches.
pub const BATCH_MEMBERSHIP_FROM: usize = 500;
/// From so many present, joins and leaves are told as counts alone.
pub const COUNT_MEMBERSHIP_FROM: usize = 5_000;
/// From so many joins in the last second, joins and leaves are told in batches.
pub const BATCH_JOINS_PER_SECOND: usize = 10;
/// Users named in one membership batch; the counts tell of the others.
pub const MEMBERSHIP_BATCH: usize = 100;

/// Bytes of the shortest new password.
pub const MIN_PASSWORD_BYTES: usize = 8;
/// Bytes of the longest password. Longer ones are refused before anything is computed of them.
pub const MAX_PASSWORD_BYTES: usize = 1_024;
/// Bytes of an email address: the longest that mail can be sent to (RFC 5321).
pub const MAX_EMAIL_BYTES: usize = 254;
/// Bytes of a provider's issuer: a URL.
pub const MAX_ISSUER_BYTES: usize = 512;
/// Bytes of a subject, by which a provider knows a user: OpenID Connect has at most 255.
pub const MAX_SUBJECT_BYTES: usize = 255;
/// Bytes of a stored password hash.
pub const MAX_HASH_BYTES: usize = 256;
/// The most memory, in KiB, that an imported Argon2 hash may ask for.
pub const MAX_HASH_KIB: u32 = 64 * 1_024;
/// The most passes that an imported Argon2 hash may ask for.
pub const MAX_HASH_PASSES: u32 = 10;
/// The most lanes that an imported Argon2 hash may ask for.
pub const MAX_HASH_LANES: u32 = 4;
/// The highest cost of an imported bcrypt hash: each step doubles the time, and this one takes about a second.
pub const MAX_BCRYPT_COST: u32 = 14;
/// Requests that wait for a password to be hashed; beyond it they are refused (`busy`).
pub const WAITING_HASHES: usize = 64;
/// Passwords from one network that wait to be hashed or are being hashed, so that no network takes all places.
pub const WAITING_HASHES_PER_NETWORK: usize = 4;
/// Passwords from unknown addresses that wait to be hashed or are being hashed.
pub const WAITING_HASHES_UNKNOWN: usize = 16;
/// Keys that sign access tokens, old ones included.
pub const MAX_TOKEN_KEYS: usize = 16;
/// Bytes of the name of a key, which every token carries.
pub const MAX_KEY_NAME_BYTES: usize = 32;
/// Bytes of the shortest key that may sign tokens: those of the digest (RFC 7518, 3.2).
pub const MIN_KEY_BYTES: usize = 32;
/// Bytes of the longest key that may sign tokens.
pub const MAX_KEY_BYTES: usize = 256;
/// Bytes of an access token. Longer ones are refused unread.
pub const MAX_ACCESS_TOKEN_BYTES: usize = 2_048;
/// How long, in seconds, an access token is valid, unless a host says otherwise.
pub const ACCESS_TOKEN_SECONDS: u32 = 15 * 60;
/// How long, in milliseconds, a device stays logged in that is not refreshed: 30 days.
pub const REFRESH_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// Bytes kept of what a client says of itself; the rest is cut off.
pub const MAX_USER_AGENT_BYTES: usize = 256;
/// Devices on which one user is logged in; of more, those seen longest ago are ended.
pub const MAX_DEVICES: usize = 100;
/// Devices asked about in one query.
pub const DEVICES_PER_QUERY: usize = 1_000;
/// How long, in milliseconds, a link sets a password: a day.
pub const LINK_MS: i64 = 24 * 60 * 60 * 1_000;
/// How long, in milliseconds, a link that was mailed sets a password: an hour. Longer than [`MAILED_PERIOD_MS`], so that whoever is
/// mailed no further link has one that is of use.
pub const MAILED_LINK_MS: i64 = 60 * 60 * 1_000;
/// Requests on a node to have a link mailed that are not done yet; further ones are `busy`.
pub const WAITING_MAILS: usize = 256;
/// Mails that a node sends at one time.
pub const MAILS_AT_ONCE: usize = 4;
/// Milliseconds within which a mail is sent, or that try has failed.
pub const MAIL_TIMEOUT_MS: u64 = 30_000;
/// Milliseconds before each further try to send a mail: three tries are made.
pub const MAIL_WAITS_MS: [u64; 2] = [10_000, 60_000];
/// How long, in milliseconds, a user may be at a provider to sign in there: ten minutes.
pub const TICKET_MS: i64 = 10 * 60 * 1_000;
/// Bytes of the path to which a browser goes once its user has signed in at a provider.
pub const MAX_RETURN_BYTES: usize = 1_024;
/// Bytes of what a browser keeps while its user is at a provider.
pub const MAX_TICKET_BYTES: usize = 2_048;
/// Bytes of the code with which a browser comes back from a provider.
pub const MAX_PROVIDER_CODE_BYTES: usize = 4_096;
/// How long, in milliseconds, the first token of somebody who has signed in at a provider is of use: a minute. It goes by an address.
pub const HAND_OVER_MS: i64 = 60 * 1_000;
/// For how long, in milliseconds, a sign-in stands for a password, for users who have none: ten minutes.
pub const FRESH_SIGN_IN_MS: i64 = 10 * 60 * 1_000;
/// How long, in milliseconds, a pass lets register, unless its maker says otherwise: a week.
pub const PASS_MS: i64 = 7 * 24 * 60 * 60 * 1_000;
/// How long, in milliseconds, a pass lets register at most: a leap year.
pub const MAX_PASS_MS: i64 = 366 * 24 * 60 * 60 * 1_000;
/// How many may register with one pass at most.
pub const MAX_PASS_USES: u32 = 1_000;
/// Passes at one time, expired ones that are not yet removed among them.
pub const MAX_PASSES: usize = 100;
/// How often, in milliseconds, a node asks whether devices of its sessions have ended: revocations take effect within a second.
pub const REVOCATION_MS: u64 = 500;
/// How often, in milliseconds, expired devices and links are removed.
pub const ACCOUNT_SWEEP_MS: u64 = 600_000;
/// Expired devices and links removed at one time.
pub const ACCOUNT_SWEEP: usize = 1_000;
/// How many times a room is handed over whose successor is gone again before the last owner has left.
pub const HAND_OVER_TRIES: usize = 8;
/// How many times a change of an account is tried that somebody else changes meanwhile.
pub const ACCOUNT_TRIES: usize = 4;
/// Addresses, and accounts with addresses, whose tries a node counts apart; of more, those that tried least are forgotten.
pub const THROTTLED: usize = 64 * 1024;
/// Logins at once from one address: offices share one.
pub const LOGIN_BURST: u32 = 100;
/// Milliseconds for each further login from one address.
pub const LOGIN_PERIOD_MS: u64 = 1_000;
/// Wrong passwords at once for one account from one address.
pub const GUESS_BURST: u32 = 10;
/// Milliseconds for each further wrong password: 1,440 a day.
pub const GUESS_PERIOD_MS: u64 = 60_000;
/// Registrations at once from one address.
pub const REGISTER_BURST: u32 = 20;
/// Milliseconds for each further registration from one address.
pub const REGISTER_PERIOD_MS: u64 = 60_000;
/// Requests at once from one address to have a link mailed.
pub const RESET_BURST: u32 = 10;
/// Milliseconds for each further request from one address.
pub const RESET_PERIOD_MS: u64 = 60_000;
/// Links that are mailed at once to one user: nobody's mailbox is flooded.
pub const MAILED_BURST: u32 = 3;
/// Milliseconds for each further link that is mailed to one user.
pub const MAILED_PERIOD_MS: u64 = 20 * 60 * 1_000;
/// Changes of a username or an email address at once by one user: each tells whether another account has it.
pub const UPDATE_BURST: u32 = 20;
/// Milliseconds for each further change by one user.
pub const UPDATE_PERIOD_MS: u64 = 60_000;

/// Bytes of what somebody searches for, and of a text by which a user is found.
pub const MAX_SEARCH_BYTES: usize = 256;
/// Words of a name by which a user is found; what follows them is passed over.
pub const MAX_WORDS: usize = 16;
/// Accounts of an earlier version that get their looks, and the words by which their users are found, at one time.
pub const WORDS_BATCH: usize = 500;

/// The times and rates a host may set; [`Limits::default`] is meant for production.
///
/// ```
/// use chat_model::Limits;
///
/// let mut limits = Limits::default();
/// limits.grace_ms = 30_000;
/// limits.requests_per_second = None;
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// How long a user who lost every connection still counts as present, in milliseconds.
    pub grace_ms: u64,
    /// How long a room without subscriptions and commands stays open, in milliseconds. An inbox closes although it has
    /// subscriptions, which stay, and opens when something happens there.
    pub idle_room_ms: u64,
    /// How often the heads of open rooms are compared with the store, in milliseconds.
    pub head_check_ms: u64,
    /// How often all rooms are looked at for what is to be kept no longer, in milliseconds.
    pub retention_ms: u64,
    /// How often it is written when users were last connected, in milliseconds: of those who came or went since, and of a part
    /// ([`SEEN_PARTS`]) of those who stay.
    pub seen_ms: u64,
    /// How often signals (typing, presence, reads) are sent, in milliseconds.
    pub signal_ms: u64,
    /// How often a node tells the others that it lives, in milliseconds; as often, errands for them are told again.
    pub alive_ms: u64,
    /// After how long a silence a node is taken for dead, in milliseconds: [`SILENT_TELLS`] times `alive_ms` at least, as
    /// some of what a node says may be lost; less is raised to that. Its users then have their grace period, from when it fell
    /// silent.
    pub silence_ms: u64,
    /// How often joins and leaves are told in a busy room, in milliseconds.
    pub membership_ms: u64,
    /// How long a slow reader may make no progress before it is closed (resumable), in milliseconds.
    pub stall_ms: u64,
    /// How long a command waits for its outcome before it is answered `outcome-unknown`, in milliseconds.
    pub command_ms: u64,
    /// Pause before an append of unknown outcome is tried again, in milliseconds.
    pub retry_ms: u64,
    /// Rooms that are open at one time on this node; further ones are refused (`busy`). An open room takes some kilobytes.
    pub open_rooms: usize,
    /// Bytes that may wait for all clients of this node together, in outboxes and in what their tasks have taken to write. Above it
    /// those who leave most unread are closed ([`TooSlow`](crate::CloseReason::TooSlow), resumable), or cut off in the midst of a
    /// frame, until there is less. Frames of a room that wait for several clients count for each. Each client has a bound
    /// of its own besides: [`OUTBOX_BYTES`].
    pub unread_bytes: usize,
    /// Rooms, direct ones included, that one user may make within a day; `None` sets no limit, as there is none for
    /// administrators. Each node counts by itself, in memory: with several nodes it is as many on each of them, and after
    /// a restart the count begins anew. It keeps a user from flooding the store, and is no account of what they own.
    pub rooms_per_day: Option<u32>,
    /// The same for a guest. All guests of one address, if it is known, make as many as one user besides. `None` sets no limit.
    pub guest_rooms_per_day: Option<u32>,
    /// How long, in milliseconds, nobody has been a member of a room that a guest has made, before it is removed: measured by the wall
    /// clock, from the last entry of its log, and looked at as often as `retention_ms` says.
    pub guest_room_ms: u64,
    /// Requests per second and user, over all their sessions on a node; a session of nobody yet has as many for itself. `None`
    /// sets no limit.
    pub requests_per_second: Option<u32>,
    /// Requests a user may make at once after a pause.
    pub request_burst: u32,
    /// Requests per second of all guests, and of all sessions of nobody yet, that come from one address. Offices share an
    /// address. `None` sets no limit.
    pub strangers_per_second: Option<u32>,
    /// Requests they may make at once after a pause.
    pub strangers_burst: u32,
    /// Guests who are made for clients of one address in a minute, and at once after a pause. `None` sets no limit.
    pub guests_per_minute: Option<u32>,
    /// Sessions that guests of one address have at one time. `None` sets no limit.
    pub guest_sessions: Option<u32>,
    /// Searches for users that a user may make in a minute, and at once after a pause. `None` sets no limit.
    pub searches_per_minute: Option<u32>,
    /// How long no guest joins a room from an address of which one was banned there, in milliseconds. The guest who was banned
    /// stays so until they are unbanned. Each node remembers by itself, in memory, where the guests on it came from.
    pub guest_ban_ms: u64,
}

impl Limits {
    /// These limits, where one of them contradicts another with the other changed: what an engine goes by.
    ///
    /// ```
    /// use chat_model::Limits;
    ///
    /// let mut limits = Limits::default();
    /// (limits.alive_ms, limits.silence_ms) = (5_000, 4_000);
    /// assert_eq!(limits.reconciled().silence_ms, 15_000);
    /// ```
    #[must_use]
    pub fn reconciled(mut self) -> Self {
        self.silence_ms = self.silence_ms.max(self.alive_ms.saturating_mul(SILENT_TELLS));
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            grace_ms: 10_000,
            idle_room_ms: 60_000,
            head_check_ms: 2_000,
            retention_ms: 600_000,
            seen_ms: 10_000,
            signal_ms: 200,
            alive_ms: 1_000,
            silence_ms: 4_000,
            membership_ms: 1_000,
            stall_ms: 30_000,
            command_ms: 15_000,
            retry_ms: 250,
            open_rooms: 100_000,
            unread_bytes: 1024 * 1024 * 1024,
            rooms_per_day: Some(1_000),
            guest_rooms_per_day: Some(20),
            guest_room_ms: 24 * 60 * 60 * 1_000,
            requests_per_second: Some(50),
            request_burst: 200,
            strangers_per_second: Some(1_000),
            strangers_burst: 10_000,
            guests_per_minute: Some(600),
            guest_sessions: Some(1_000),
            searches_per_minute: Some(60),
            guest_ban_ms: 24 * 60 * 60 * 1_000,
        }
    }
}
