//! Members: what a log says of a user, as a projection every store applies in the same way.

use crate::{Name, Seq, Timestamp, UserId, entry::Body, role::Role};

/// A membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The member's role.
    pub role: Role,
    /// The seq of the entry by which they joined.
    pub since: Seq,
    /// Whether it ends with the member's presence.
    pub guest: bool,
    /// For a guest: whether any node holds it.
    pub held: bool,
}

/// What a room's log says of one user, up to `as_of`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberFact {
    /// The user.
    pub user: UserId,
    /// Their profile's name, if they have one. It is no part of the log: stores add it when they answer.
    pub name: Option<Name>,
    /// Their membership, if they are a member.
    pub membership: Option<Membership>,
    /// Whether they may not come in.
    pub banned: bool,
    /// Whether they may come into a private room.
    pub invited: bool,
    /// Whether a role was taken from them, by a lower one, a kick or a ban: then a room they made is theirs no more.
    pub demoted: bool,
    /// Until when they may not write.
    pub muted_until: Option<Timestamp>,
    /// In a direct room: the other user, if they have blocked them.
    pub blocks: Option<UserId>,
    /// In a direct room: whether the other user has blocked them.
    pub blocked: bool,
    /// The seq of the last entry that said anything of them; 0 if none did.
    pub as_of: Seq,
}

impl MemberFact {
    /// What an empty log says of a user.
    pub fn unknown(user: UserId) -> Self {
        Self {
            user,
            name: None,
            membership: None,
            banned: false,
            invited: false,
            demoted: false,
            muted_until: None,
            blocks: None,
            blocked: false,
            as_of: 0,
        }
    }

    /// The role, if the user is a member.
    pub fn role(&self) -> Option<Role> {
        self.membership.as_ref().map(|m| m.role)
    }

    /// Whether one of a direct room's two users has blocked the other.
    pub fn is_blocked(&self) -> bool {
        self.blocked || self.blocks.is_some()
    }

    /// Applies the entry at `seq`, one of whose [subjects](Body::subjects) this user is; older than what is known, it changes nothing. `held`
    /// says of a guest's join whether it came with a lease.
    pub fn apply(&mut self, seq: Seq, body: &Body, held: bool) {
        if seq <= self.as_of {
            return;
        }
        self.as_of = seq;
        match body {
            Body::Joined { role, guest, .. } => {
                self.membership = Some(Membership { role: *role, since: seq, guest: *guest, held: held && *guest });
                self.invited = false;
            }
            Body::Left { .. } => self.membership = None,
            Body::Kicked { .. } => {
                self.membership = None;
                self.demoted = true;
            }
            Body::Banned { .. } => {
                self.membership = None;
                self.demoted = true;
                self.banned = true;
                self.invited = false;
            }
            Body::Unbanned { .. } => self.banned = false,
            Body::Invited { .. } => self.invited = true,
            Body::Muted { until, .. } => self.muted_until = *until,
            Body::Blocked { user } | Body::Unblocked { user } => {
                let blocks = matches!(body, Body::Blocked { .. });
                if self.user == *user {
                    self.blocked = blocks;
                } else {
                    self.blocks = blocks.then(|| user.clone());
                }
            }
            Body::RoleChanged { role, .. } => {
                if let Some(membership) = &mut self.membership {
                    // A raise to less than an owner gives nothing back that was taken.
                    self.demoted = *role < Role::Owner && (self.demoted || *role < membership.role);
                    membership.role = *role;
                    // No other owner could lift the mute.
                    if *role == Role::Owner {
                        self.muted_until = None;
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Leaving;

    #[test]
    fn the_projection_is_idempotent_and_ignores_what_is_older() {
        let mut fact = MemberFact::unknown(UserId::parse("u").unwrap());
        let joined = Body::Joined { role: Role::Member, guest: false, invite: None };
        fact.apply(3, &joined, false);
        let once = fact.clone();
        fact.apply(3, &joined, false);
        fact.apply(2, &Body::Left { why: Leaving::Left }, false);
        assert_eq!(fact, once);
        assert_eq!(fact.membership.as_ref().map(|m| m.since), Some(3));
        fact.apply(4, &Body::Left { why: Leaving::Left }, false);
        assert!(fact.membership.is_none());
    }

    #[test]
    fn a_ban_outlives_the_membership_and_ends_with_its_lifting() {
        let user = UserId::parse("u").unwrap();
        let mut fact = MemberFact::unknown(user.clone());
        fact.apply(1, &Body::Banned { user: user.clone(), was_member: false, reason: None }, false);
        assert!(fact.banned && fact.membership.is_none());
        fact.apply(2, &Body::Unbanned { user }, false);
        assert!(!fact.banned);
    }
}
