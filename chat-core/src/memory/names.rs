//! Users' names, and when they were last connected.

use dashmap::{DashMap, Entry as Place};

use super::index::Index;
use crate::{Name, Profile, Timestamp, UserId};

/// Profiles by user, and users by id.
#[derive(Default)]
pub(super) struct Names {
    names: DashMap<UserId, Known>,
    users: Index<UserId>,
}

/// What is known of a user.
struct Known {
    name: Name,
    last_seen: Option<Timestamp>,
}

impl Known {
    fn new(name: &Name) -> Self {
        Self { name: name.clone(), last_seen: None }
    }
}

impl Names {
    pub(super) fn name(&self, user: &UserId) -> Option<Name> {
        self.names.get(user).map(|known| known.name.clone())
    }

    pub(super) fn profile(&self, user: &UserId) -> Option<Profile> {
        self.name(user).map(|name| Profile { user: user.clone(), name })
    }

    /// Sets a name, or erases the profile. Who is listed changes under the name's lock, so that it changes in the same order.
    pub(super) fn set(&self, user: &UserId, name: Option<&Name>) {
        match (self.names.entry(user.clone()), name) {
            (Place::Occupied(mut place), Some(name)) => place.get_mut().name = name.clone(),
            (Place::Vacant(place), Some(name)) => {
                self.users.insert(user.clone());
                place.insert(Known::new(name));
            }
            (Place::Occupied(place), None) => {
                self.users.remove(user);
                place.remove();
            }
            (Place::Vacant(_), None) => {}
        }
    }

    /// Names somebody who has no name yet.
    pub(super) fn name_first(&self, user: &UserId, name: &Name) {
        if let Place::Vacant(place) = self.names.entry(user.clone()) {
            self.users.insert(user.clone());
            place.insert(Known::new(name));
        }
    }

    pub(super) fn last_seen(&self, user: &UserId) -> Option<Timestamp> {
        self.names.get(user)?.last_seen
    }

    /// Notes when somebody who has a name was connected.
    pub(super) fn seen(&self, user: &UserId, at: Timestamp) {
        if let Some(mut known) = self.names.get_mut(user) {
            known.last_seen = known.last_seen.max(Some(at));
        }
    }

    pub(super) fn forget_seen(&self, user: &UserId) {
        if let Some(mut known) = self.names.get_mut(user) {
            known.last_seen = None;
        }
    }

    /// Everyone who has a name, by id, from above `after`.
    pub(super) fn walk(&self, after: Option<&UserId>) -> impl Iterator<Item = Profile> {
        self.users.walk(after.cloned()).filter_map(|user| self.profile(&user))
    }
}
