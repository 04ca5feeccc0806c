//! What each endpoint is for and answers, beside what the wire's schemas say of its action.

use chat_core::Code;
use chat_wire::{
    Ack, BansPage, EditsPage, InvitesPage, MutesPage, PinsPage, ReactionsPage, ReadsView,
    view::{HistoryPage, MembersPage, RoomView, UserRoomView, UsersPage},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::{
    super::{
        accounts::{SessionsView, TokensView},
        administration::AccountsPage,
        answer::{OnlineView, ReadView, RoomsPage, UsersView},
        figures::FiguresView,
        invites::NewInvite,
        people::{Guest, Me},
        registrations::{RegistrationView, RegistrationsView},
        resets::{EntryView, ResetView},
    },
    forms::{client_id, flag, id, listed_kind, name, page_limit, password, room_order, search, text, time, uses},
};

/// The parts of the document, in their order.
pub(super) const TAGS: &[(&str, &str)] = &[
    (COMING, "Who one is: guests, and users who log in where the server has accounts."),
    (OWN, "What a user sees and changes of themselves."),
    (ROOMS, "Rooms: finding, making, changing, joining and leaving them."),
    (MEMBERS, "Who is in a room, and what they may do there."),
    (MESSAGES, "What is said in a room."),
    (USERS, "Other users."),
];
const COMING: &str = "Coming in";
const OWN: &str = "Oneself";
const ROOMS: &str = "Rooms";
const MEMBERS: &str = "Members";
const MESSAGES: &str = "Messages";
const USERS: &str = "Users";

/// What an endpoint is for.
pub(super) struct Described {
    action: &'static str,
    pub(super) method: &'static str,
    pub(super) tag: &'static str,
    /// What it does; of the wire's actions, the wire says it.
    pub(super) summary: &'static str,
    /// What it is asked with; of the wire's actions, the wire says it. Those of the path need not be repeated.
    pub(super) fields: &'static [Field],
    pub(super) answers: &'static [Answer],
    /// Refusals of its own, beside those that any request may get.
    pub(super) refused: &'static [Code],
    /// Whether it is for those who are nobody yet.
    pub(super) open: bool,
}

/// A field of an endpoint that is no action of the wire.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) form: fn() -> Value,
    pub(super) says: &'static str,
}

/// An answer that is no refusal.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) says: &'static str,
    pub(super) shape: Option<fn(&mut SchemaGenerator) -> Schema>,
}

/// What the endpoint of this action is for.
///
/// # Panics
/// If the table has no such action.
pub(super) fn of(action: &str) -> &'static Described {
    let found = TABLE.iter().find(|described| described.action == action);
    found.unwrap_or_else(|| panic!("the action {action:?} is not described in rest/openapi/table.rs"))
}

const fn wire(
    action: &'static str,
    method: &'static str,
    tag: &'static str,
    answers: &'static [Answer],
    refused: &'static [Code],
) -> Described {
    Described { action, method, tag, summary: "", fields: &[], answers, refused, open: false }
}

impl Described {
    const fn says(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    const fn with(self, fields: &'static [Field]) -> Self {
        Self { fields, ..self }
    }

    const fn open(self) -> Self {
        Self { open: true, ..self }
    }
}

const fn field(name: &'static str, form: fn() -> Value, says: &'static str) -> Field {
    Field { name, required: true, form, says }
}

const fn optional(name: &'static str, form: fn() -> Value, says: &'static str) -> Field {
    Field { name, required: false, form, says }
}

const fn done(says: &'static str) -> Answer {
    Answer { status: 204, says, shape: None }
}

const fn answer<T: JsonSchema>(status: u16, says: &'static str) -> Answer {
    Answer { status, says, shape: Some(SchemaGenerator::subschema_for::<T>) }
}

/// The caller's own rooms, or public ones.
fn rooms(making: &mut SchemaGenerator) -> Schema {
    let own = making.subschema_for::<RoomsPage<UserRoomView>>();
    let public = making.subschema_for::<RoomsPage<RoomView>>();
    json_schema!({ "anyOf": [own, public] })
}

const ONWARD: Answer = Answer { status: 302, says: "Where the browser goes on.", shape: None };
const ACK: &[Answer] = &[answer::<Ack>(200, "Done: where its entry is in the room's log.")];
const SENT: &[Answer] = &[answer::<Ack>(201, "Sent: where the message is in the room's log.")];
const ROOM: &[Answer] = &[answer::<RoomView>(200, "The room.")];
const DIRECT: &[Answer] =
    &[answer::<RoomView>(201, "The room, which is new."), answer::<RoomView>(200, "The room, which was there.")];
const TOKENS: Answer = answer::<TokensView>(200, "Logged in.");
const ME: &[Answer] = &[answer::<Me>(200, "The caller.")];
const FOUND: &[Answer] = &[answer::<UsersPage>(200, "A page of users, the best first.")];
const SEARCHING: &[Code] = &[Code::Forbidden, Code::RateLimited, Code::Unsupported];
const SUSPENDING: &[Code] = &[Code::Forbidden, Code::UserNotFound];
/// Where a password is asked for, or of users without one a sign-in of the last minutes.
const CONFIRMED: &[Code] = &[Code::InvalidCredentials, Code::SignInAgain, Code::UserNotFound];
const CHANGING: &[Code] =
    &[Code::UsernameTaken, Code::EmailTaken, Code::InvalidCredentials, Code::SignInAgain, Code::UserNotFound];
const MAILED: Answer =
    Answer { status: 202, says: "Taken: the same whether there is such a user or not.", shape: None };
const MAILING: &[Code] = &[Code::InvalidField, Code::RateLimited, Code::Busy];

/// Refusals of whoever may not know of a room, or not write there.
const READING: &[Code] = &[Code::RoomNotFound, Code::NotAMember, Code::Banned];
const WRITING: &[Code] = &[
    Code::RoomNotFound,
    Code::NotAMember,
    Code::Banned,
    Code::Muted,
    Code::Archived,
    Code::SlowMode,
    Code::Forbidden,
    Code::ClientIdReused,
];
const OF_MESSAGE: &[Code] = &[
    Code::RoomNotFound,
    Code::MessageNotFound,
    Code::NotAMember,
    Code::Banned,
    Code::Muted,
    Code::Archived,
    Code::Forbidden,
    Code::ClientIdReused,
];
const PINNING: &[Code] = &[
    Code::RoomNotFound,
    Code::MessageNotFound,
    Code::NotAMember,
    Code::Banned,
    Code::Muted,
    Code::Archived,
    Code::Forbidden,
    Code::TooManyPins,
    Code::ClientIdReused,
];
const LOOKING_BACK: &[Code] =
    &[Code::RoomNotFound, Code::MessageNotFound, Code::NotAMember, Code::Banned, Code::Forbidden];
const REACTING: &[Code] = &[
    Code::RoomNotFound,
    Code::MessageNotFound,
    Code::NotAMember,
    Code::Banned,
    Code::Muted,
    Code::Archived,
    Code::TooManyReactions,
    Code::ClientIdReused,
];
const OF_MEMBER: &[Code] =
    &[Code::RoomNotFound, Code::UserNotFound, Code::NotAMember, Code::Forbidden, Code::ClientIdReused];
/// Of who may be the room's last owner.
const OF_OWNER: &[Code] =
    &[Code::RoomNotFound, Code::UserNotFound, Code::NotAMember, Code::Forbidden, Code::LastOwner, Code::ClientIdReused];

const INVITED: &[Answer] = &[answer::<NewInvite>(201, "The invitation, with its code and an address that takes it.")];
const MODERATING: &[Code] = &[Code::RoomNotFound, Code::NotAMember, Code::Banned, Code::Forbidden];
const INVITING: &[Code] =
    &[Code::RoomNotFound, Code::NotAMember, Code::Forbidden, Code::TooManyInvites, Code::ClientIdReused];
const REVOKING: &[Code] =
    &[Code::RoomNotFound, Code::InviteNotFound, Code::NotAMember, Code::Forbidden, Code::ClientIdReused];
const BY_CODE: &[Code] = &[Code::InviteNotFound, Code::Banned, Code::ClientIdReused];

const SEEN_BY: &[Code] = &[Code::RoomNotFound, Code::NotAMember, Code::Banned, Code::Blocked];
const SEEING: &[Code] = &[Code::RoomNotFound, Code::MessageNotFound, Code::NotAMember, Code::Banned];

const TABLE: &[Described] = &[
    wire(
        "guest",
        "POST",
        COMING,
        &[
            answer::<Guest>(201, "A guest, and the token that makes a caller this guest."),
            answer::<Guest>(200, "The same guest, with a token of today."),
        ],
        &[Code::Unauthorized, Code::TokenExpired, Code::UsernameTaken, Code::RateLimited],
    )
    .says("Becomes a guest, or has a guest's token renewed. One of the fields is said.")
    .with(&[
        optional("username", name, "The name to be known under."),
        optional("token", text, "A guest's token, to have it renewed."),
    ])
    .open(),
    wire("me", "GET", OWN, ME, &[]).says("Says who the caller is."),
    wire(
        "rooms",
        "GET",
        ROOMS,
        &[Answer { status: 200, says: "A page of rooms.", shape: Some(rooms) }],
        &[Code::Forbidden, Code::RateLimited],
    )
        .says(
            "Lists public rooms by id, or by the beginning of words of their names and topics; or, as an administrator, private \
             ones; or the caller's own with what is unread and the last message of each.",
        )
        .with(&[
            optional("kind", listed_kind, "Public rooms if absent. Private ones are for administrators, and are not searched."),
            optional("search", search, "Of public rooms: what the words begin with."),
            optional(
                "after",
                text,
                "Of rooms of a kind: the `roomId` of the last room of the page before this one. Of a search, and of the caller's own \
                 rooms: its `next`.",
            ),
            optional("limit", page_limit, "At most so many; 50 if absent."),
            optional("mine", flag, "Whether to list the caller's own rooms."),
            optional("order", room_order, "In which order the caller's own rooms come; by `activity` if absent."),
        ]),
    wire(
        "create-room",
        "POST",
        ROOMS,
        &[answer::<RoomView>(201, "The new room.")],
        &[Code::RoomExists, Code::Forbidden],
    ),
    wire("room", "GET", ROOMS, ROOM, READING),
    wire("change-room", "PATCH", ROOMS, ACK, WRITING),
    wire("delete-room", "DELETE", ROOMS, &[done("Deleted, with all it held.")], &[Code::RoomNotFound, Code::Forbidden]),
    wire("join", "POST", ROOMS, ACK, &[Code::RoomNotFound, Code::Banned, Code::ClientIdReused])
        .says("Becomes a member of a room."),
    wire("leave", "POST", ROOMS, ACK, &[Code::RoomNotFound, Code::NotAMember, Code::LastOwner, Code::ClientIdReused]),
    wire("members", "GET", MEMBERS, &[answer::<MembersPage>(200, "Members by user id.")], READING),
    wire("invite", "POST", MEMBERS, ACK, OF_MEMBER),
    wire("set-role", "PATCH", MEMBERS, ACK, OF_OWNER),
    wire("kick", "DELETE", MEMBERS, ACK, OF_OWNER),
    wire("ban", "POST", MEMBERS, ACK, OF_OWNER),
    wire("unban", "DELETE", MEMBERS, ACK, OF_MEMBER),
    wire("bans", "GET", MEMBERS, &[answer::<BansPage>(200, "The banned by user id.")], MODERATING),
    wire("mute", "POST", MEMBERS, ACK, OF_MEMBER).says("Forbids a member to write, as a moderator.").with(&[
        field("userId", id, "The member."),
        optional("until", time, "Until when; for good if absent."),
        optional("clientId", client_id, "What the client calls the command."),
    ]),
    wire("unmute", "DELETE", MEMBERS, ACK, OF_MEMBER).says("Lets a muted member write again, as a moderator.").with(&[
        field("userId", id, "The member."),
        optional("clientId", client_id, "What the client calls the command."),
    ]),
    wire("mutes", "GET", MEMBERS, &[answer::<MutesPage>(200, "The muted by user id.")], MODERATING),
    wire("online", "GET", MEMBERS, &[answer::<OnlineView>(200, "Who is present.")], READING),
    wire("history", "GET", MESSAGES, &[answer::<HistoryPage>(200, "A page, oldest first.")], READING),
    wire("send-message", "POST", MESSAGES, SENT, WRITING),
    wire("edit-message", "PATCH", MESSAGES, ACK, OF_MESSAGE),
    wire("delete-message", "DELETE", MESSAGES, ACK, OF_MESSAGE),
    wire("pin", "PUT", MESSAGES, ACK, PINNING),
    wire("unpin", "DELETE", MESSAGES, ACK, OF_MESSAGE),
    wire("react", "PUT", MESSAGES, ACK, REACTING),
    wire("unreact", "DELETE", MESSAGES, ACK, REACTING),
    wire(
        "reactions",
        "GET",
        MESSAGES,
        &[answer::<ReactionsPage>(200, "Users by user id, each with their emoji.")],
        SEEING,
    ),
    wire(
        "edits",
        "GET",
        MESSAGES,
        &[answer::<EditsPage>(200, "What it said, by seq, from its first text on.")],
        LOOKING_BACK,
    ),
    wire("pins", "GET", MESSAGES, &[answer::<PinsPage>(200, "Pinned messages, the last pinned first.")], READING),
    wire("read", "PUT", MESSAGES, &[answer::<ReadView>(200, "Where the cursor stands.")], READING),
    wire(
        "reads",
        "GET",
        MESSAGES,
        &[answer::<ReadsView>(200, "Members by user id, each with how far they have read.")],
        SEEN_BY,
    ),
    wire("create-invite", "POST", MEMBERS, INVITED, INVITING),
    wire("invites", "GET", MEMBERS, &[answer::<InvitesPage>(200, "Those that are good, oldest first.")], MODERATING),
    wire("revoke-invite", "DELETE", MEMBERS, ACK, REVOKING),
    wire("invited-to", "GET", ROOMS, ROOM, BY_CODE),
    wire("join-by-invite", "POST", ROOMS, ROOM, BY_CODE)
        .says("Becomes a member of a room by an invitation's code. A member uses nothing up.")
        .with(&[
            field("code", text, "The code."),
            optional("clientId", client_id, "What the client calls the command."),
        ]),
    wire("users", "GET", USERS, FOUND, SEARCHING),
    wire("direct", "POST", USERS, DIRECT, &[Code::UserNotFound, Code::Forbidden, Code::Blocked]),
    wire("broadcast", "POST", MESSAGES, SENT, &[Code::Forbidden, Code::RoomNotFound, Code::ClientIdReused]),
    wire("blocks", "GET", USERS, &[answer::<UsersView>(200, "Users by id.")], &[]),
    wire("block", "PUT", USERS, &[done("Blocked.")], &[Code::UserNotFound, Code::Forbidden]),
    wire("unblock", "DELETE", USERS, &[done("Not blocked any more.")], &[Code::Forbidden]),
    wire("figures", "GET", USERS, &[answer::<FiguresView>(200, "How much goes on.")], &[Code::Forbidden])
        .says("Says how much goes on on the server that answers, as an administrator."),
    wire(
        "register",
        "POST",
        COMING,
        &[answer::<TokensView>(201, "Registered, and logged in.")],
        &[Code::RegistrationClosed, Code::UsernameTaken, Code::EmailTaken, Code::RateLimited],
    )
    .says("Makes an account, and logs in.")
    .with(&[
        field("username", name, "The name to log in with and to be known under."),
        field("password", password, "8 to 1,024 bytes."),
        optional("email", text, "An email address."),
        optional("code", text, "A registration code, where registration is by invitation."),
    ])
    .open(),
    wire(
        "first-admin",
        "POST",
        COMING,
        &[answer::<TokensView>(201, "Registered as an administrator, and logged in.")],
        &[Code::LinkNotFound, Code::UsernameTaken, Code::EmailTaken, Code::RateLimited],
    )
    .says("Makes the first administrator, by the link that the server shows to whoever starts it.")
    .with(&[
        field("token", text, "The part of the link behind `#`."),
        field("username", name, "The name to log in with and to be known under."),
        field("password", password, "8 to 1,024 bytes."),
        optional("email", text, "An email address."),
    ])
    .open(),
    wire("login", "POST", COMING, &[TOKENS], &[Code::InvalidCredentials, Code::Suspended, Code::RateLimited])
        .says("Logs in.")
        .with(&[field("username", name, "The account's name."), field("password", password, "Its password.")])
        .open(),
    wire("refresh", "POST", COMING, &[TOKENS], &[Code::Unauthorized])
        .says("Gives the next tokens for a refresh token, once.")
        .with(&[field("refreshToken", text, "The one that was given last.")])
        .open(),
    wire("logout", "POST", COMING, &[done("Logged out.")], &[])
        .says("Logs out on this device, or on all.")
        .with(&[optional("everywhere", flag, "Whether on all devices.")]),
    wire("entry", "GET", COMING, &[answer::<EntryView>(200, "What the server offers.")], &[])
        .says("Tells how people come in here.")
        .open(),
    wire("mail-password-reset", "POST", COMING, &[MAILED], MAILING)
        .says("Mails a link by which the user of this address sets a password, if there is such a user.")
        .with(&[field("email", text, "The address of the account.")])
        .open(),
    wire("sign-in", "GET", COMING, &[ONWARD], &[])
        .says("Sends a browser to the provider at which users sign in, and where that cannot be, back to the page with `#sign-in-error=CODE`.")
        .with(&[optional("return", text, "The path of this site to which the browser comes in the end; `/` if absent.")])
        .open(),
    wire("sign-in-callback", "GET", COMING, &[ONWARD], &[])
        .says(
            "Takes a browser back from the provider, and sends it to the page: with `#sign-in=TOKEN`, a refresh token of use for a \
             minute, or with `#sign-in-error=CODE`.",
        )
        .with(&[
            optional("state", text, "What the browser was sent to the provider with."),
            optional("code", text, "For what the provider tells who the user is."),
        ])
        .open(),
    wire(
        "reset-password",
        "POST",
        COMING,
        &[done("Set. All devices of the user are logged out.")],
        &[Code::LinkNotFound, Code::RateLimited, Code::Busy],
    )
    .says("Sets a password by a link, once.")
    .with(&[
        field("token", text, "The part of the link behind `#`."),
        field("newPassword", password, "The password from now on: 8 to 1,024 bytes."),
    ])
    .open(),
    wire("change-me", "PATCH", OWN, ME, CHANGING)
        .says("Changes the caller's account.")
        .with(&[
            optional("username", name, "The name from now on."),
            optional("email", text, "The email address from now on; an empty one takes it away."),
            optional("password", password, "The account's password: needed for another address where links are mailed."),
            optional("findable", flag, "Whether others find the user by their name."),
            optional("showReads", flag, "Whether others see how far the user has read, and the user sees it of others."),
            optional("showLastSeen", flag, "Whether others see when the user was last connected, and the user sees it of others."),
        ]),
    wire("delete-me", "DELETE", OWN, &[done("Deleted.")], CONFIRMED)
        .says("Deletes the caller's account. What they wrote stays, without their name.")
        .with(&[optional("password", password, "The account's password. Users without one have to have signed in lately instead.")]),
    wire("change-password", "PUT", OWN, &[done("Changed.")], CONFIRMED)
        .says("Changes the password, and ends the caller's other devices.")
        .with(&[
            optional("password", password, "The password until now. Users without one have to have signed in lately instead."),
            field("newPassword", password, "The one from now on: 8 to 1,024 bytes."),
        ]),
    wire("sessions", "GET", OWN, &[answer::<SessionsView>(200, "The caller's devices, the one seen last first.")], &[])
        .says("Lists where the caller is logged in."),
    wire("end-session", "DELETE", OWN, &[done("Logged out there.")], &[Code::NotFound])
        .says("Logs out on one of the caller's devices."),
    wire("accounts", "GET", USERS, &[answer::<AccountsPage>(200, "A page of accounts by user id.")], &[Code::Forbidden])
        .says("Lists all accounts, as an administrator: suspended and deleted users, too.")
        .with(&[
            optional("username", text, "Only the account of this name."),
            optional("after", id, "The `next` of the page before."),
            optional("limit", page_limit, "How many at most; 50 if absent."),
        ]),
    wire("make-admin", "PUT", USERS, &[done("An administrator, from their next access token on.")], SUSPENDING)
        .says("Makes a user an administrator, as one."),
    wire("unmake-admin", "DELETE", USERS, &[done("No administrator any more, and logged out everywhere.")], SUSPENDING)
        .says("Takes an administrator's right away, as another one."),
    wire("suspend", "POST", USERS, &[done("Suspended.")], SUSPENDING).says("Keeps a user out, as an administrator."),
    wire("restore", "POST", USERS, &[done("Restored.")], SUSPENDING)
        .says("Lets a suspended user in again, as an administrator."),
    wire("create-password-reset", "POST", USERS, &[answer::<ResetView>(201, "What sets a password, once.")], SUSPENDING)
        .says("Makes a link by which a user sets a password, as an administrator."),
    wire("registrations", "GET", USERS, &[answer::<RegistrationsView>(200, "The codes of use.")], &[Code::Forbidden])
        .says("Lists registration codes, as an administrator."),
    wire(
        "create-registration",
        "POST",
        USERS,
        &[answer::<RegistrationView>(201, "The new code, which is told this once.")],
        &[Code::Forbidden, Code::RateLimited],
    )
    .says("Makes a registration code, as an administrator.")
    .with(&[
        optional("uses", uses, "How many may register with it; 1 if absent."),
        optional("expiresAt", text, "From then on it is of no use; a week from now if absent."),
    ]),
    wire("delete-registration", "DELETE", USERS, &[done("Taken back.")], &[Code::Forbidden, Code::NotFound])
        .says("Takes a registration code back, as an administrator."),
];
