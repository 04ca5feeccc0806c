//! Lists that many are told as they stand.

use std::{any::Any, ops::Deref, sync::OnceLock};

/// A list that is told to many as it stands, until it is another one. What a codec writes for it is kept with it, so
/// that it is written once and not for each of them.
#[derive(Debug)]
pub struct Listing<T> {
    items: Box<[T]>,
    written: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl<T> Listing<T> {
    /// What `write` makes of the list. It is made once; a second codec, which has a `W` of its own, gets it made anew.
    pub fn written<W: Any + Clone + Send + Sync>(&self, write: impl Fn(&[T]) -> W) -> W {
        let kept = self.written.get_or_init(|| Box::new(write(&self.items)));
        kept.downcast_ref().cloned().unwrap_or_else(|| write(&self.items))
    }
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self::from_iter([])
    }
}

impl<T> FromIterator<T> for Listing<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self { items: items.into_iter().collect(), written: OnceLock::new() }
    }
}

impl<T> Deref for Listing<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_written_once_and_anew_for_another_codec() {
        let list: Listing<u8> = [1, 2].into_iter().collect();
        assert_eq!(list.written(|items| items.len()), 2);
        assert_eq!(list.written(|_| 0_usize), 2);
        assert_eq!(list.written(|items| format!("{items:?}")), "[1, 2]");
    }
}
