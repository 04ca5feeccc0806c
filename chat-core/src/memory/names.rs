//! Users' names.

use dashmap::{DashMap, Entry as Place};

use super::index::Index;
use crate::{Name, Profile, UserId};

/// Names by user, and users by id.
#[derive(Default)]
pub(super) struct Names {
    names: DashMap<UserId, Name>,
    users: Index<UserId>,
}

impl Names {
    pub(super) fn name(&self, user: &UserId) -> Option<Name> {
        self.names.get(user).map(|name| name.value().clone())
    }

    pub(super) fn profile(&self, user: &UserId) -> Option<Profile> {
        self.name(user).map(|name| Profile { user: user.clone(), name })
    }

    /// Sets a name, or erases it. Who is listed changes under the name's lock, so that it changes in the same order.
    pub(super) fn set(&self, user: &UserId, name: Option<&Name>) {
        match (self.names.entry(user.clone()), name) {
            (Place::Occupied(mut place), Some(name)) => drop(place.insert(name.clone())),
            (Place::Vacant(place), Some(name)) => {
                self.users.insert(user.clone());
                place.insert(name.clone());
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
            place.insert(name.clone());
        }
    }

    /// Everyone who has a name, by id, from above `after`.
    pub(super) fn walk(&self, after: Option<&UserId>) -> impl Iterator<Item = Profile> {
        self.users.walk(after.cloned()).filter_map(|user| self.profile(&user))
    }
}
