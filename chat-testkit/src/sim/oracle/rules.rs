//! The rules of a room once more, written from their description alone: every entry in a log is judged by them.

use std::collections::{BTreeMap, BTreeSet};

use chat_core::{Body, Draft, Leaving, Name, Role, RoomChange, RoomKind, RoomMeta, Seq, Timestamp, UserId};

/// What a log says up to some seq.
#[derive(Debug)]
pub(in crate::sim) struct Model {
    kind: RoomKind,
    creator: Option<UserId>,
    /// Its name, its topic, and whether it is archived.
    meta: (Name, String, bool),
    people: BTreeMap<UserId, Person>,
    messages: BTreeMap<Seq, Said>,
    told: Seq,
}

#[derive(Debug, Default, Clone)]
struct Person {
    role: Option<Role>,
    banned: bool,
    invited: bool,
    demoted: bool,
    muted_until: Option<Timestamp>,
}

#[derive(Debug)]
struct Said {
    by: UserId,
    deleted: bool,
    pinned: bool,
    reactions: BTreeSet<(String, UserId)>,
}

type Judged = Result<(), &'static str>;

fn must(holds: bool, otherwise: &'static str) -> Judged {
    if holds { Ok(()) } else { Err(otherwise) }
}

impl Model {
    pub(super) fn new(meta: &RoomMeta) -> Self {
        let (kind, creator) = (meta.kind, meta.creator.clone());
        let meta = (meta.name.clone(), String::new(), false);
        Self { kind, creator, meta, people: BTreeMap::new(), messages: BTreeMap::new(), told: 0 }
    }

    pub(in crate::sim) fn role(&self, user: &UserId) -> Option<Role> {
        self.people.get(user)?.role
    }

    pub(in crate::sim) fn is_banned(&self, user: &UserId) -> bool {
        self.people.get(user).is_some_and(|person| person.banned)
    }

    pub(in crate::sim) fn members(&self) -> impl Iterator<Item = (&UserId, Role)> {
        self.people.iter().filter_map(|(user, person)| Some((user, person.role?)))
    }

    pub(in crate::sim) fn is_deleted(&self, message: Seq) -> bool {
        self.messages.get(&message).is_some_and(|said| said.deleted)
    }

    pub(in crate::sim) fn messages(&self) -> impl DoubleEndedIterator<Item = Seq> {
        self.messages.keys().copied()
    }

    /// The seq of the last entry told to everyone.
    pub(in crate::sim) fn told(&self) -> Seq {
        self.told
    }

    /// Whether the draft may be the next entry.
    pub(super) fn judge(&self, draft: &Draft, admin: bool) -> Judged {
        must(draft.after == self.told, "`after` is not the seq of the entry told before it")?;
        let membership = matches!(draft.body, Body::Joined { .. } | Body::Left { .. });
        let unchanged = draft.body == Body::Unchanged;
        let of_invites = matches!(draft.body, Body::InviteMade { .. } | Body::InviteRevoked { .. });
        must(draft.told || membership || unchanged || of_invites, "only joins and leaves may be told in batches")?;
        must(!unchanged || (!draft.told && draft.claim.is_some()), "what changes nothing is there for its client id")?;
        self.judge_body(draft, admin)
    }

    fn judge_body(&self, draft: &Draft, admin: bool) -> Judged {
        let sender = &draft.sender;
        let may = Standing { model: self, sender, admin };
        match &draft.body {
            Body::Joined { role, guest, .. } => {
                must(*guest == sender.is_guest(), "guests, and nobody else, join as guests")?;
                must(*guest == draft.lease.is_some(), "a guest's membership, and no other, is held by a lease")?;
                self.judge_join(sender, *role, admin)
            }
            Body::Left { why } => {
                must(self.role(sender).is_some(), "only members leave")?;
                self.keeps_an_owner(sender)?;
                must(*why == Leaving::Left || sender.is_guest(), "only guests are taken out when they are gone")
            }
            Body::Message(post) => {
                if self.kind == RoomKind::Announcement {
                    must(admin, "only administrators announce")?;
                }
                may.write(draft.at)?;
                post.reply_to.map_or(Ok(()), |target| self.standing(target).map(drop))
            }
            Body::Notice(_) => must(self.kind == RoomKind::Inbox, "only inboxes hold notices"),
            Body::Renamed { .. } | Body::Changed(_) => {
                may.rank(Role::Owner)?;
                let change = draft.body.room_change().unwrap_or_default();
                must(self.meta_after(&change) != self.meta, "it is so already")
            }
            Body::InviteMade { .. } | Body::InviteRevoked { .. } => may.rank(Role::Moderator),
            Body::Unchanged => must(!self.is_banned(sender) || admin, "the banned do nothing"),
            Body::Unknown => Err("nobody writes what nobody knows"),
            body if body.target().is_some() => self.judge_about_message(draft, &may),
            _ => self.judge_about_user(draft, &may),
        }
    }

    fn judge_join(&self, user: &UserId, role: Role, admin: bool) -> Judged {
        let person = self.people.get(user).cloned().unwrap_or_default();
        must(person.role.is_none(), "a member does not join")?;
        must(!person.banned, "the banned do not join")?;
        let creator = self.creator.as_ref() == Some(user);
        let welcome = self.kind == RoomKind::Public || person.invited || creator || admin;
        must(welcome, "only the invited join a private room")?;
        let owns = creator && !person.demoted;
        must((role == Role::Owner) == owns, "the creator, and nobody else, comes in as owner, unless demoted")
    }

    fn judge_about_message(&self, draft: &Draft, may: &Standing<'_>) -> Judged {
        let said = self.standing(draft.body.target().unwrap_or(0))?;
        let own = said.by == draft.sender;
        match &draft.body {
            Body::Edited { .. } => {
                may.write(draft.at)?;
                must(own, "only the author edits")
            }
            Body::Deleted { .. } if own => may.rank(Role::Member),
            Body::Deleted { .. } => may.rank(Role::Moderator),
            Body::Reacted { emoji, .. } => {
                may.write(draft.at)?;
                must(!said.has(emoji, &draft.sender), "nobody reacts twice in the same way")
            }
            Body::Unreacted { emoji, .. } => {
                may.write(draft.at)?;
                must(said.has(emoji, &draft.sender), "only a reaction that is there is taken back")
            }
            Body::Pinned { .. } => {
                may.rank(Role::Moderator)?;
                must(!said.pinned, "it is pinned already")
            }
            _ => {
                may.rank(Role::Moderator)?;
                must(said.pinned, "it is not pinned")
            }
        }
    }

    fn judge_about_user(&self, draft: &Draft, may: &Standing<'_>) -> Judged {
        let Some(subject) = draft.body.subject(&draft.sender) else { return Err("an entry about nobody") };
        let person = self.people.get(subject).cloned().unwrap_or_default();
        let absent_owner = self.creator.as_ref() == Some(subject) && !person.demoted;
        let theirs = person.role.or(absent_owner.then_some(Role::Owner));
        let outranks = may.admin || theirs.is_none() || self.role(may.sender) > theirs;
        match &draft.body {
            Body::Kicked { .. } | Body::Muted { .. } => {
                may.rank(Role::Moderator)?;
                must(outranks, "nobody moderates whom they do not outrank")?;
                if !matches!(draft.body, Body::Muted { .. }) {
                    self.keeps_an_owner(subject)?;
                    return must(person.role.is_some(), "only members are kicked");
                }
                let may_write = person.role.is_some() || self.kind == RoomKind::Announcement;
                // The mute of one who has left holds when they come back.
                must(may_write || person.muted_until.is_some(), "only who may write is muted, or was once")
            }
            Body::Banned { was_member, .. } => {
                may.rank(Role::Moderator)?;
                must(outranks, "nobody moderates whom they do not outrank")?;
                self.keeps_an_owner(subject)?;
                must(!person.banned, "they are banned already")?;
                must(*was_member == person.role.is_some(), "it says wrongly whether they were a member")
            }
            Body::Unbanned { .. } => {
                may.rank(Role::Moderator)?;
                must(person.banned, "only a ban that is there is lifted")
            }
            Body::Invited { .. } => {
                may.rank(Role::Moderator)?;
                must(person.role.is_none() && !person.banned && !person.invited, "they need no invitation")
            }
            Body::RoleChanged { role, .. } => {
                may.rank(Role::Owner)?;
                if *role < Role::Owner {
                    self.keeps_an_owner(subject)?;
                }
                must(*role < Role::Owner || !subject.is_guest(), "no guest is made an owner")?;
                must(person.role.is_some_and(|known| known != *role), "only a member's other role is news")
            }
            _ => Err("no rule for this entry"),
        }
    }

    /// Whether a room with other members has an owner without this one. Guests do not count.
    fn keeps_an_owner(&self, without: &UserId) -> Judged {
        let mut others = self.members().filter(|(user, _)| *user != without && !user.is_guest()).peekable();
        let owns = self.role(without) == Some(Role::Owner) && !without.is_guest();
        let is_kept = !owns || others.peek().is_none() || others.any(|(_, role)| role == Role::Owner);
        must(is_kept, "the last owner neither leaves other members nor steps down")
    }

    fn meta_after(&self, change: &RoomChange) -> (Name, String, bool) {
        let (name, topic, archived) = self.meta.clone();
        let RoomChange { name: new, topic: talk, archived: shut, .. } = change;
        (new.clone().unwrap_or(name), talk.as_ref().map_or(topic, |talk| talk.to_string()), shut.unwrap_or(archived))
    }

    fn standing(&self, message: Seq) -> Result<&Said, &'static str> {
        self.messages.get(&message).filter(|said| !said.deleted).ok_or("there is no such message")
    }

    /// The draft is the entry at `seq`.
    pub(super) fn apply(&mut self, seq: Seq, draft: &Draft) {
        if draft.told {
            self.told = seq;
        }
        if let Body::Message(_) = draft.body {
            let said = Said { by: draft.sender.clone(), deleted: false, pinned: false, reactions: BTreeSet::new() };
            self.messages.insert(seq, said);
        }
        if let Some(change) = draft.body.room_change() {
            self.meta = self.meta_after(&change);
        }
        if let Some(said) = draft.body.target().and_then(|target| self.messages.get_mut(&target)) {
            said.apply(&draft.sender, &draft.body);
        }
        if let Some(subject) = draft.body.subject(&draft.sender) {
            self.people.entry(subject.clone()).or_default().apply(&draft.body);
        }
    }
}

impl Said {
    fn has(&self, emoji: &str, user: &UserId) -> bool {
        self.reactions.contains(&(emoji.to_owned(), user.clone()))
    }

    fn apply(&mut self, sender: &UserId, body: &Body) {
        match body {
            Body::Deleted { .. } => {
                (self.deleted, self.pinned) = (true, false);
                self.reactions.clear();
            }
            Body::Reacted { emoji, .. } => drop(self.reactions.insert((emoji.to_string(), sender.clone()))),
            Body::Unreacted { emoji, .. } => drop(self.reactions.remove(&(emoji.to_string(), sender.clone()))),
            Body::Pinned { .. } => self.pinned = true,
            Body::Unpinned { .. } => self.pinned = false,
            _ => {}
        }
    }
}

impl Person {
    fn apply(&mut self, body: &Body) {
        match body {
            Body::Joined { role, .. } => (self.role, self.invited) = (Some(*role), false),
            Body::Left { .. } => self.role = None,
            Body::Kicked { .. } => (self.role, self.demoted) = (None, true),
            Body::Banned { .. } => {
                (self.role, self.demoted) = (None, true);
                (self.banned, self.invited) = (true, false);
            }
            Body::Unbanned { .. } => self.banned = false,
            Body::Invited { .. } => self.invited = true,
            Body::Muted { until, .. } => self.muted_until = *until,
            Body::RoleChanged { role: Role::Owner, .. } => {
                (self.demoted, self.role, self.muted_until) = (false, Some(Role::Owner), None);
            }
            Body::RoleChanged { role, .. } => {
                (self.demoted, self.role) = (self.demoted || Some(*role) < self.role, Some(*role));
            }
            _ => {}
        }
    }
}

/// Somebody who does something, before it is done.
struct Standing<'a> {
    model: &'a Model,
    sender: &'a UserId,
    admin: bool,
}

impl Standing<'_> {
    fn rank(&self, needed: Role) -> Judged {
        let reads = self.model.kind == RoomKind::Announcement && !self.model.is_banned(self.sender);
        let role = self.model.role(self.sender).or(reads.then_some(Role::Member));
        must(self.admin || role >= Some(needed), "their role does not allow it")
    }

    fn write(&self, at: Timestamp) -> Judged {
        self.rank(Role::Member)?;
        must(!self.model.meta.2, "nobody writes in an archived room")?;
        let muted = self.model.people.get(self.sender).and_then(|person| person.muted_until);
        must(muted.is_none_or(|until| until <= at), "the muted do not write")
    }
}
