//! What a room's moderators keep users from: being in the room, or writing in it.

use crate::{
    MemberFact, Timestamp, UserId, Who,
    entry::{Body, Entry, Text},
};

/// What moderators keep a user from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restriction {
    /// The user may not come in.
    Ban,
    /// The user may not write.
    Mute,
}

impl Restriction {
    /// The name of the question for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ban => "bans",
            Self::Mute => "mutes",
        }
    }

    /// Whether it holds of a user at this time. A ban holds until it is lifted.
    pub fn holds(self, fact: &MemberFact, at: Timestamp) -> bool {
        match self {
            Self::Ban => fact.banned,
            Self::Mute => fact.muted_until.is_some_and(|until| until > at),
        }
    }

    /// Whether this entry put it on the user, and with which reason.
    fn made_by<'e>(self, user: &UserId, entry: &'e Entry) -> Option<Option<&'e Text>> {
        match (self, &entry.body) {
            (Self::Ban, Body::Banned { user: of, reason, .. }) if of == user => Some(reason.as_ref()),
            (Self::Mute, Body::Muted { user: of, until: Some(_) }) if of == user => Some(None),
            _ => None,
        }
    }
}

/// A user whom a room's moderators have banned or muted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restricted {
    /// The user.
    pub who: Who,
    /// When a mute ends by itself; `None` for one that lasts for good, and for a ban.
    pub until: Option<Timestamp>,
    /// The moderator who did it, and when; `None` where the last entry about the user is another one, or is not kept.
    pub by: Option<(Who, Timestamp)>,
    /// The reason that the moderator gave.
    pub reason: Option<Text>,
}

impl Restricted {
    /// A user of whom the restriction holds. `last` is the log's entry at the fact's `as_of`, if there is one.
    pub fn new(restriction: Restriction, fact: MemberFact, last: Option<&Entry>) -> Self {
        let made = last.and_then(|entry| Some((entry, restriction.made_by(&fact.user, entry)?)));
        let until = fact.muted_until.filter(|until| restriction == Restriction::Mute && *until < Timestamp::FOR_GOOD);
        Self {
            who: Who { user: fact.user, name: fact.name },
            until,
            by: made.map(|(entry, _)| (Who { user: entry.sender.clone(), name: None }, entry.at)),
            reason: made.and_then(|(_, reason)| reason.cloned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> UserId {
        UserId::parse(id).unwrap()
    }

    fn entry(body: Body) -> Entry {
        let (draft_id, claim) = (uuid::Uuid::nil(), None);
        Entry { seq: 7, draft_id, at: Timestamp(70), sender: user("ann"), claim, told: true, after: 6, body }
    }

    #[test]
    fn a_mute_holds_until_its_time_and_a_ban_until_it_is_lifted() {
        let muted = MemberFact { muted_until: Some(Timestamp(5)), ..MemberFact::unknown(user("bob")) };
        let holds = |at| Restriction::Mute.holds(&muted, Timestamp(at));
        assert_eq!((holds(4), holds(5)), (true, false));
        assert!(!Restriction::Ban.holds(&muted, Timestamp(4)));
        let banned = MemberFact { banned: true, ..MemberFact::unknown(user("bob")) };
        assert!(Restriction::Ban.holds(&banned, Timestamp(i64::MAX)));
    }

    #[test]
    fn the_entry_says_by_whom_if_it_is_the_one_that_did_it() {
        let bob = user("bob");
        let fact = MemberFact { banned: true, as_of: 7, ..MemberFact::unknown(bob.clone()) };
        let ban = |user| entry(Body::Banned { user, was_member: true, reason: Some("rude".into()) });
        let by = |last: Option<&Entry>| {
            let listed = Restricted::new(Restriction::Ban, fact.clone(), last);
            (listed.by.map(|(who, at)| (who.user, at)), listed.reason)
        };
        assert_eq!(by(Some(&ban(bob.clone()))), (Some((user("ann"), Timestamp(70))), Some("rude".into())));
        assert_eq!(by(Some(&ban(user("cat")))), (None, None));
        assert_eq!(by(Some(&entry(Body::Muted { user: bob, until: None }))), (None, None));
        assert_eq!(by(None), (None, None));
    }

    #[test]
    fn a_mute_for_good_has_no_end() {
        let until = |until| {
            let fact = MemberFact { muted_until: Some(until), ..MemberFact::unknown(user("bob")) };
            Restricted::new(Restriction::Mute, fact, None).until
        };
        assert_eq!(until(Timestamp(5)), Some(Timestamp(5)));
        assert_eq!(until(Timestamp::FOR_GOOD), None);
    }
}
