//! The migrations: what is in the folders beside the sources, listed by hand.
//!
//! A database notes version, description and digest of each that was made. One that was released stays as it is: a database that
//! has it is refused otherwise.

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

/// Where it is noted which were made: a host with migrations of its own may have its tables in the same database.
const TABLE: &str = "chat_migrations";
/// Which one was made last.
#[cfg(feature = "sqlite")]
pub(crate) const NEWEST: &str = "SELECT coalesce(max(version), 0) FROM chat_migrations";

/// What makes them one after the other, given their scripts as `(description, SQL)`.
pub(crate) fn migrator<const N: usize>(scripts: [(&'static str, &'static str); N]) -> Migrator {
    let numbered = (1..).zip(scripts).map(|(version, (description, sql))| {
        Migration::new(version, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(numbered.collect());
    migrator.dangerous_set_table_name(TABLE);
    migrator
}

/// The scripts of a kind of database, by its folder.
macro_rules! scripts {
    ($folder:literal) => {
        [
            ("logs", include_str!(concat!("../migrations/", $folder, "/0001_logs.sql"))),
            (
                "intake and retention",
                include_str!(concat!("../migrations/", $folder, "/0002_intake_and_retention.sql")),
            ),
            ("deleted rooms", include_str!(concat!("../migrations/", $folder, "/0003_deleted_rooms.sql"))),
            ("announcements handed in", include_str!(concat!("../migrations/", $folder, "/0004_announcements.sql"))),
            ("topics and archives", include_str!(concat!("../migrations/", $folder, "/0005_topics_and_archives.sql"))),
            ("accounts", include_str!(concat!("../migrations/", $folder, "/0006_accounts.sql"))),
            ("blocks", include_str!(concat!("../migrations/", $folder, "/0007_blocks.sql"))),
            ("invites", include_str!(concat!("../migrations/", $folder, "/0008_invites.sql"))),
            ("passes", include_str!(concat!("../migrations/", $folder, "/0009_passes.sql"))),
            ("slow mode", include_str!(concat!("../migrations/", $folder, "/0010_slow_mode.sql"))),
            ("words", include_str!(concat!("../migrations/", $folder, "/0011_words.sql"))),
            ("activity", include_str!(concat!("../migrations/", $folder, "/0012_activity.sql"))),
            ("unread", include_str!(concat!("../migrations/", $folder, "/0013_unread.sql"))),
            ("seniors", include_str!(concat!("../migrations/", $folder, "/0014_seniors.sql"))),
            ("deletions", include_str!(concat!("../migrations/", $folder, "/0015_deletions.sql"))),
            ("restrictions", include_str!(concat!("../migrations/", $folder, "/0016_restrictions.sql"))),
            ("pins", include_str!(concat!("../migrations/", $folder, "/0017_pins.sql"))),
            ("shown reads", include_str!(concat!("../migrations/", $folder, "/0018_shown_reads.sql"))),
            ("database", include_str!(concat!("../migrations/", $folder, "/0019_database.sql"))),
            ("looks", include_str!(concat!("../migrations/", $folder, "/0020_looks.sql"))),
            ("guests' rooms", include_str!(concat!("../migrations/", $folder, "/0021_guests_rooms.sql"))),
            ("words of rooms", include_str!(concat!("../migrations/", $folder, "/0022_room_words.sql"))),
            ("identities", include_str!(concat!("../migrations/", $folder, "/0023_identities.sql"))),
            ("last seen", include_str!(concat!("../migrations/", $folder, "/0024_last_seen.sql"))),
            ("users' rooms", include_str!(concat!("../migrations/", $folder, "/0025_users_rooms.sql"))),
        ]
    };
}

#[cfg(feature = "sqlite")]
pub(crate) const SQLITE: [(&str, &str); 25] = scripts!("sqlite");
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: [(&str, &str); 25] = scripts!("postgres");

#[cfg(test)]
mod tests {
    use super::*;

    /// What databases out there have noted: how the digests (SHA-384) begin.
    fn assert_noted(migrator: &Migrator, digests: [[u8; 4]; 25]) {
        let made: Vec<_> = migrator.iter().map(|m| (m.version, &*m.description, &m.checksum[..4])).collect();
        let descriptions = [
            "logs",
            "intake and retention",
            "deleted rooms",
            "announcements handed in",
            "topics and archives",
            "accounts",
            "blocks",
            "invites",
            "passes",
            "slow mode",
            "words",
            "activity",
            "unread",
            "seniors",
            "deletions",
            "restrictions",
            "pins",
            "shown reads",
            "database",
            "looks",
            "guests' rooms",
            "words of rooms",
            "identities",
            "last seen",
            "users' rooms",
        ];
        let noted = (1..).zip(descriptions).zip(&digests);
        let noted: Vec<_> = noted.map(|((version, description), digest)| (version, description, &digest[..])).collect();
        assert_eq!(made, noted);
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn sqlite_databases_know_them() {
        let digests = [
            [0x15, 0x46, 0x3f, 0x3e],
            [0x9d, 0xa5, 0xbc, 0x53],
            [0x15, 0xad, 0x83, 0x04],
            [0x62, 0xe6, 0x47, 0x9d],
            [0x3d, 0xe2, 0xce, 0x33],
            [0xc5, 0x38, 0x29, 0x32],
            [0xbb, 0x1c, 0x54, 0x9d],
            [0x72, 0x8a, 0xd7, 0x43],
            [0x0e, 0x0f, 0x88, 0x7c],
            [0x11, 0xdd, 0x3c, 0x40],
            [0xfc, 0x71, 0x69, 0xb6],
            [0xc2, 0x18, 0x73, 0x97],
            [0xc6, 0x55, 0x56, 0xd4],
            [0x73, 0x06, 0x0b, 0x09],
            [0x63, 0xdf, 0x26, 0xab],
            [0xf8, 0x50, 0x56, 0xe8],
            [0x9d, 0xcc, 0x9e, 0xcc],
            [0xf1, 0x1c, 0x92, 0xa0],
            [0xb5, 0x65, 0xd9, 0x49],
            [0xb2, 0xc0, 0xef, 0x00],
            [0x93, 0x9c, 0x1c, 0x6c],
            [0xcd, 0x1c, 0x42, 0xcd],
            [0xd6, 0x57, 0x87, 0x80],
            [0x0f, 0x64, 0xbf, 0x98],
            [0xba, 0x22, 0x5e, 0x8e],
        ];
        assert_noted(&migrator(SQLITE), digests);
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn postgres_databases_know_them() {
        let digests = [
            [0xa0, 0x1f, 0x0e, 0x82],
            [0x15, 0xdc, 0x37, 0x58],
            [0x15, 0xad, 0x83, 0x04],
            [0x1d, 0xbf, 0xd1, 0x5b],
            [0x3b, 0xe0, 0x1e, 0x31],
            [0x25, 0x5a, 0xc0, 0x42],
            [0x72, 0x59, 0x71, 0x40],
            [0x72, 0x8a, 0xd7, 0x43],
            [0x2b, 0xc4, 0xb3, 0xc5],
            [0xa9, 0xc3, 0x57, 0x3c],
            [0x5c, 0xe9, 0x39, 0x7e],
            [0x41, 0x74, 0x6b, 0xb9],
            [0x77, 0x66, 0x2d, 0x31],
            [0x73, 0x06, 0x0b, 0x09],
            [0x5b, 0xde, 0x49, 0x85],
            [0xf8, 0x50, 0x56, 0xe8],
            [0xd0, 0xb6, 0x17, 0x16],
            [0x84, 0xa4, 0xca, 0x68],
            [0x72, 0xa1, 0x43, 0x50],
            [0x74, 0x2a, 0xd5, 0x8a],
            [0x93, 0x9c, 0x1c, 0x6c],
            [0x88, 0xec, 0x70, 0xa1],
            [0x67, 0x70, 0x78, 0x54],
            [0x3a, 0x5a, 0xea, 0x11],
            [0xba, 0x22, 0x5e, 0x8e],
        ];
        assert_noted(&migrator(POSTGRES), digests);
    }
}
