//! Ids that are made of random bits.

/// Defines a type of ids. An id of one type is none of another.
macro_rules! random_id {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// The id made of these random bits.
            pub fn from_random(random: u128) -> Self {
                Self(uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid())
            }

            /// Parses the text form, as clients and stores have it.
            pub fn parse(text: &str) -> Option<Self> {
                uuid::Uuid::try_parse(text).ok().filter(|id| id.to_string() == text).map(Self)
            }

            /// The id as a number, for stores.
            pub fn number(self) -> u128 {
                self.0.as_u128()
            }

            /// The id of this number.
            pub fn from_number(number: u128) -> Self {
                Self(uuid::Uuid::from_u128(number))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}
