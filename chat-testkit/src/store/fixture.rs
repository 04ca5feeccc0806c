//! What the cases are made of: ids, names, claims, and the texts that stores get wrong.

use std::sync::Arc;

use chat_core::{
    AttachmentId, Claim, Claimed, ClientId, Digest, Epoch, HistoryVisibility, InviteCode, InviteKey, Lease, Leases,
    Name, RoomId, RoomKind, RoomMeta, Seq, Store, Timestamp, UserId, Window,
};

pub(super) fn user(text: &str) -> UserId {
    UserId::parse(text).expect("a user id")
}

pub(super) fn users(count: usize) -> Vec<UserId> {
    (0..count).map(|n| user(&format!("user-{n:04}"))).collect()
}

pub(super) fn room_id(text: &str) -> RoomId {
    RoomId::parse(text).expect("a room id")
}

pub(super) fn attachment(text: &str) -> AttachmentId {
    AttachmentId::parse(text).expect("an attachment id")
}

pub(super) fn name(text: &str) -> Name {
    Name::stored(text).expect("a name")
}

pub(super) fn client(text: &str) -> ClientId {
    ClientId::parse(text).expect("a client id")
}

/// A claim whose digest follows from `request`.
pub(super) fn claim(client_id: &str, request: u8) -> Claim {
    Claim { client_id: client(client_id), digest: Digest([request; 32]) }
}

pub(super) fn epoch(number: u64) -> Epoch {
    Epoch::from_number(number).expect("an epoch")
}

pub(super) fn lease(node: u32, incarnation: u64) -> Lease {
    Lease { node, incarnation }
}

/// The power of leases, which the store of the case must have.
pub(super) fn leases(store: &Arc<dyn Store>) -> &dyn Leases {
    store.leases().expect("a store with leases")
}

/// The key of one of some invitations by link.
pub(super) fn key(n: u8) -> InviteKey {
    InviteCode::new(room_id("r"), [n; 16]).key()
}

pub(super) fn meta(kind: RoomKind) -> RoomMeta {
    RoomMeta {
        slow_mode_ms: 0,
        invites: Default::default(),
        topic: None,
        archived: false,
        name: name("A room"),
        kind,
        history: HistoryVisibility::Everything,
        creator: None,
        created_at: Timestamp(1_700_000_000_000),
    }
}

/// The seqs that a window holds of these, which are ascending.
pub(super) fn within(seqs: &[Seq], window: Window) -> Vec<Seq> {
    let above = |seq: &Seq| window.after.is_none_or(|after| *seq > after);
    let below = |seq: &Seq| window.before.is_none_or(|before| *seq < before);
    let range: Vec<Seq> = seqs.iter().copied().filter(|seq| above(seq) && below(seq)).collect();
    let limit = window.limit.min(chat_core::limits::MAX_PAGE).min(range.len());
    if window.after.is_none() { range[range.len() - limit..].to_vec() } else { range[..limit].to_vec() }
}

/// Windows of every form over a log of `head` entries, its edges and what lies beyond them included.
pub(super) fn windows(head: Seq) -> Vec<Window> {
    let edges = [0, 1, 2, head / 2, head.saturating_sub(1), head, head + 1, head + 2, i64::MAX as u64, u64::MAX];
    let bounds: Vec<Option<Seq>> = [None].into_iter().chain(edges.map(Some)).collect();
    let mut windows = Vec::new();
    for &after in &bounds {
        for &before in &bounds {
            let limit = [0, 1, 3, usize::MAX][windows.len() % 4];
            windows.push(Window { after, before, limit });
        }
        windows.push(Window { after, before: None, limit: usize::MAX });
        windows.push(Window { after: None, before: after, limit: 2 });
    }
    windows
}

/// Claims in an order of their own, for comparing what comes in any order.
pub(super) fn sorted(mut claims: Vec<Claimed>) -> Vec<Claimed> {
    claims.sort_by(|a, b| (&a.sender, &a.client_id).cmp(&(&b.sender, &b.client_id)));
    claims
}

/// The names of profiles, by user, for comparing what comes in any order.
pub(super) async fn profile_names(store: &dyn Store, users: &[UserId]) -> Vec<(UserId, Name)> {
    let profiles = store.profiles(users).await.expect("profiles");
    let mut names: Vec<_> = profiles.into_iter().map(|profile| (profile.user, profile.name)).collect();
    names.sort();
    names
}

/// Ids in the order of their bytes, which is nobody's alphabet, with neighbours that differ in case or at the end only.
pub(super) fn ids() -> Vec<String> {
    let mut ids: Vec<String> = ["-", "-a", "...", "0", "10", "9", ":", "A", "A-", "AB", "Ab", "B", "Z", "_", "_0", "a"]
        .into_iter()
        .chain(["a-b", "a.b", "a:b", "aB", "a_b", "aa", "ab", "b", "z"])
        .map(String::from)
        .collect();
    ids.push("x".repeat(64));
    ids.push(format!("{}y", "x".repeat(63)));
    ids.sort();
    ids
}

/// Texts of all kinds: what databases take for syntax, what encodings, collations and normal forms take for one another,
/// and what trimming and escaping lose. No two are equal by bytes.
pub(super) const TEXTS: &[&str] = &[
    "plain",
    "Plain",
    "PLAIN",
    "plain ",
    " plain",
    " ",
    "'",
    "''",
    "\"",
    "`",
    "\\",
    "\\\\",
    "\\'",
    "'; DROP TABLE entries; --",
    "' OR '1'='1",
    "{\"$ne\":null}",
    "{\"$gt\":\"\"}",
    "$where",
    "$1",
    "?",
    "?1",
    ":room",
    "@room",
    "%",
    "_",
    "%lain",
    "plai_",
    "*",
    "[a-z]",
    "a.b",
    "null",
    "NULL",
    "true",
    "0",
    "00",
    "-1",
    "1e309",
    "[]",
    "{}",
    "<script>alert(1)</script>",
    "&amp;",
    "&",
    "%00",
    "\\u0000",
    "\\x41",
    "é",
    "e\u{301}",
    "É",
    "Å",
    "\u{212b}",
    "ß",
    "ss",
    "ﬁ",
    "fi",
    "İ",
    "i",
    "ı",
    "a\u{300}\u{301}\u{302}\u{303}",
    "🐙",
    "👍🏽",
    "👍",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦",
    "🏳\u{fe0f}\u{200d}🌈",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "東京",
    "مرحبا",
    "\u{202e}abc",
    "\u{200b}",
    "a\u{200b}",
    "\u{feff}a",
    "\u{2028}",
    "\u{fffd}",
    "\u{ffff}",
    "\u{10ffff}",
];

/// Texts a message may have and an id or a name may not.
pub(super) const UNTIDY: &[&str] = &["\n", "\r\n", "\ta", "a\n", "\u{1}", "\u{7f}", "\u{85}", "\u{1b}[31m"];
