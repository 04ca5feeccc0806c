//! The file: what it looks like, and what is refused.
#![allow(clippy::unwrap_used, missing_docs)]

mod rooms;

use std::io::{self, Read};

use chat_core::{
    Body, Directory, LastSeen as _, Leaving, MemoryStore, Post, Retention as _, Role, SeededEnvironment, Store,
    Submission, SystemEnvironment, Timestamp, Window,
};
use chat_export::{
    Counts, ExportError, ImportError, MAX_LINE_BYTES, Phase, Progress, check, export, import, summarize,
};
use futures_util::FutureExt as _;
use rooms::{draft, room_id, small, user};

async fn exported(store: &dyn Store) -> String {
    let mut file = Vec::new();
    let exported = export(store, &mut file, &mut |_| {}).await.unwrap();
    assert_eq!(exported.waiting, 0);
    String::from_utf8(file).unwrap()
}

async fn imported(store: &dyn Store, file: &[u8]) -> Result<chat_export::Summary, ImportError> {
    import(store, file, &SystemEnvironment, None, &mut |_| {}).await
}

/// Where and why a file is refused, by both who read files.
async fn refused(file: &[u8]) -> (u64, String) {
    let checked = check(file, &mut |_| {}).unwrap_err();
    let failed = imported(&MemoryStore::new(), file).await.unwrap_err();
    assert_eq!(checked.to_string(), failed.to_string());
    match checked {
        ImportError::Line { line, problem } => (line, problem),
        other => panic!("{other:?}"),
    }
}

/// Whoever has such a file goes on having it: its form changes with its version alone.
#[tokio::test]
async fn a_file_is_written_so() {
    let file = exported(&small().await).await;
    let expected = include_str!("small.jsonl");
    assert_eq!(file.lines().collect::<Vec<_>>(), expected.lines().collect::<Vec<_>>());
    let store = MemoryStore::new();
    let summary = imported(&store, expected.as_bytes()).await.unwrap();
    assert_eq!(summary, check(expected.as_bytes(), &mut |_| {}).unwrap());
    assert_eq!(summary, summarize(&store, &mut |_| {}).await.unwrap());
    assert_eq!(exported(&store).await, expected);
    let Counts { users, deleted_rooms, rooms, members, stubs, entries, reads, .. } = summary.counts;
    assert_eq!([users, deleted_rooms, rooms, members, stubs, entries, reads], [2, 1, 3, 4, 1, 8, 2]);
}

#[tokio::test]
async fn when_users_were_last_connected_is_moved() {
    let (store, copy) = (small().await, MemoryStore::new());
    let at = Timestamp(-60_000);
    store.seen(&[(user("zoe"), at)]).await.unwrap();
    let file = exported(&store).await;
    assert!(file.contains(r#""seen_at":-60000"#), "{file}");
    imported(&copy, file.as_bytes()).await.unwrap();
    assert_eq!(copy.when_seen(&[user("ann"), user("zoe")]).await.unwrap(), [(user("zoe"), at)]);
    assert_eq!(exported(&copy).await, file);
}

#[tokio::test]
async fn an_empty_store_is_a_file_too() {
    let file = exported(&MemoryStore::new()).await;
    assert_eq!(file.lines().count(), 2);
    assert_eq!(imported(&MemoryStore::new(), file.as_bytes()).await.unwrap().counts, Counts::default());
}

#[tokio::test]
async fn what_was_cut_off_lost_doubled_or_exchanged_is_found() {
    let file = exported(&small().await).await;
    let lines: Vec<&str> = file.split_inclusive('\n').collect();
    for at in 0..lines.len() {
        let (line, number) = (lines[at], at as u64 + 1);
        let cut = [&lines[..at].concat(), &line[..line.len() / 2]].concat();
        assert_eq!(refused(cut.as_bytes()).await.0, number, "cut off in line {number}");
        if at > 0 {
            let (found, why) = refused(lines[..at].concat().as_bytes()).await;
            assert_eq!((found, why.contains("cut off")), (number, true), "cut off before line {number}: {why}");
        }
        let lost = [&lines[..at], &lines[at + 1..]].concat().concat();
        assert!((number..=lines.len() as u64).contains(&refused(lost.as_bytes()).await.0), "lost line {number}");
        let doubled = [&lines[..=at], &lines[at..]].concat().concat();
        assert_eq!(refused(doubled.as_bytes()).await.0, number + 1, "doubled line {number}");
        if at + 1 < lines.len() {
            let mut exchanged = lines.clone();
            exchanged.swap(at, at + 1);
            assert!(refused(exchanged.concat().as_bytes()).await.0 >= number, "exchanged line {number}");
        }
    }
}

#[tokio::test]
async fn every_altered_byte_is_found() {
    let file = exported(&small().await).await.into_bytes();
    for at in 0..file.len() {
        let mut altered = file.clone();
        altered[at] = if altered[at] == b'1' { b'2' } else { b'1' };
        let line = 1 + file[..at].iter().filter(|byte| **byte == b'\n').count() as u64;
        assert!(refused(&altered).await.0 >= line, "byte {at}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_told() {
    let file = exported(&small().await).await;
    let (first, rest) = file.split_once('\n').unwrap();
    for (text, line, why) in [
        (String::new(), 1, "the file ends here, before its last line: it was cut off"),
        ("{}\n".into(), 1, "it is not a line of this format: expected value"),
        (format!("{}\n{rest}", first.replace("\"version\":1", "\"version\":2")), 1, "another kind or version"),
        (
            file.replace("{\"user\":{", "{\"user\":{\"polls\":1,"),
            2,
            "it is not a line of this format: unknown field `polls`",
        ),
        (file.replace("\"kind\":\"left\"", "\"kind\":\"polled\""), 20, "of a kind that only a newer version knows"),
        (file.replace("{\"user\":{", "{\"user\": {"), 2, "it is not as this version writes it"),
        (file.replace("\"emoji\":", "\"size\":1,\"emoji\":"), 12, "it is not as this version writes it"),
        (file.replace("\"members\":0,\"head\":5", "\"members\":1,\"head\":5"), 5, "begins with what nothing told"),
        (file.replace("\"told\":2,\"members\":1", "\"told\":3,\"members\":1"), 16, "begins with what nothing told"),
        (file.replace("\"head\":5,", "\"head\":9223372036854775807,"), 5, "no log is that long"),
        (file.replace("\"as_of\":5", "\"as_of\":6"), 6, "it is not what the room's log can say"),
        (file.replace("\"since\":2", "\"since\":3"), 7, "it is not what the room's log can say"),
        (file.replace("\"after\":4", "\"after\":9223372036854775807"), 13, "an entry that no log has"),
        (file.replace("Zo\u{eb}", "Zoe"), 23, "the file was altered: it says of itself users: 2,"),
        (format!("{file}\n"), 24, "something follows the last line"),
        (format!("{first}\n{}", "x".repeat(MAX_LINE_BYTES)), 2, "it is longer than 1048576 bytes"),
    ] {
        let (found, said) = refused(text.as_bytes()).await;
        assert!(said.contains(why), "{said}");
        assert_eq!(found, line, "{said}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_or_written_is_told() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("broken"))
        }
    }
    impl io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("broken"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    assert!(matches!(check(io::BufReader::new(Broken), &mut |_| {}), Err(ImportError::Read(_))));
    let written = export(&small().await, Broken, &mut |_| {}).await;
    assert!(matches!(written, Err(ExportError::Write(_))), "{written:?}");
}

/// Many come and go after the beginning: on the way back through the pages there are fewer than none.
#[tokio::test]
async fn a_room_that_was_full_once_has_as_many_members_as_before() {
    let store = MemoryStore::new();
    let (room, epoch) = rooms::make(&store, "event").await;
    let guests = || (0..450).map(|n| format!("g-{n}"));
    let joined = |role| Body::Joined { role, guest: false, invite: None };
    let come = guests().map(|guest| (guest, joined(Role::Member)));
    let go = guests().map(|guest| (guest, Body::Left { why: Leaving::Left }));
    let all = [("zoe".to_owned(), joined(Role::Owner))].into_iter().chain(come).chain(go);
    let drafts: Vec<_> = all.zip(1..).map(|((who, body), seq)| draft(&who, seq, body)).collect();
    for (drafts, head) in drafts.chunks(100).zip((0..).step_by(100)) {
        store.append(&room, epoch, head, drafts).await.unwrap();
    }
    store.truncate(&room, 2).await.unwrap();
    let copy = MemoryStore::new();
    imported(&copy, exported(&store).await.as_bytes()).await.unwrap();
    for store in [store, copy] {
        assert_eq!(store.room(&room).await.unwrap().unwrap().members, 1);
    }
}

#[tokio::test]
async fn a_store_with_anything_in_it_is_left_as_it_is() {
    let file = exported(&small().await).await;
    let (with_room, with_id, with_user) = (MemoryStore::new(), MemoryStore::new(), MemoryStore::new());
    rooms::make(&with_room, "a-room").await;
    rooms::make(&with_id, "a-room").await;
    with_id.delete_room(&room_id("a-room")).await.unwrap();
    with_user.set_profile(&user("ann"), Some(&rooms::name("Ann"))).await.unwrap();
    for store in [with_room, with_id, with_user] {
        let before = exported(&store).await;
        let refused = imported(&store, file.as_bytes()).await;
        assert!(matches!(refused, Err(ImportError::NotEmpty)), "{refused:?}");
        assert_eq!(exported(&store).await, before);
    }
}

#[tokio::test]
async fn entries_of_a_newer_version_are_its_to_export() {
    let store = small().await;
    let (room, epoch) = rooms::make(&store, "newer").await;
    store.append(&room, epoch, 0, &[draft("ann", 1, Body::Unknown)]).await.unwrap();
    let refused = export(&store, io::sink(), &mut |_| {}).await;
    assert!(matches!(&refused, Err(ExportError::Newer(newer)) if *newer == room), "{refused:?}");
}

/// Whatever is done to a room while it is read, between any two pages.
#[tokio::test]
async fn a_room_that_changes_while_it_is_read_is_not_exported() {
    for changed_at in 1.. {
        let store = MemoryStore::new();
        let (room, epoch) = rooms::make(&store, "busy").await;
        let messages: Vec<_> = (1..=450).map(|n| draft("ann", n, Body::Message(Post::text("hello")))).collect();
        rooms::fill(&store, &room, epoch, &messages).await;
        store.truncate(&room, 3).await.unwrap();
        let mut call = 0;
        let mut meanwhile = |_: Progress| {
            call += 1;
            if call == changed_at {
                let late = draft("ann", 451, Body::Message(Post::text("late")));
                store.append(&room, epoch, 450, &[late]).now_or_never().unwrap().unwrap();
            }
        };
        let written = export(&store, io::sink(), &mut meanwhile).await;
        if call < changed_at {
            assert!(changed_at > 3 && written.is_ok(), "{changed_at}");
            break;
        }
        assert!(matches!(written, Err(ExportError::Changed(_))), "{changed_at}: {written:?}");
    }
}

#[tokio::test]
async fn a_store_that_keeps_something_else_is_found_out() {
    let file = exported(&small().await).await;
    let store = MemoryStore::new();
    let mut meanwhile = |now: Progress| {
        if now.phase == Phase::Importing && now.done > 0 {
            store.set_profile(&user("zoe"), None).now_or_never().unwrap().unwrap();
        }
    };
    let imported = import(&store, file.as_bytes(), &SystemEnvironment, None, &mut meanwhile).await;
    let Err(ImportError::Differs { expected, found }) = imported else { panic!("{imported:?}") };
    assert_eq!((expected.counts.users, found.counts.users), (2, 1));
}

#[tokio::test]
async fn what_waits_beside_the_logs_is_counted() {
    let store = small().await;
    for _ in 0..3 {
        store.hand_in(
            &Submission::new(chat_core::new_id(), room_id("lobby"), user("ann"), Post::text("later")).unwrap(),
        );
    }
    let intake = store.intake().unwrap();
    let first = intake.waiting(None, 1).await.unwrap().remove(0);
    intake.refuse(first.draft_id, "muted").await.unwrap();
    let mut file = Vec::new();
    assert_eq!(export(&store, &mut file, &mut |_| {}).await.unwrap().waiting, 3);
    assert_eq!(file, exported(&small().await).await.into_bytes(), "they are not in it");
}

#[tokio::test]
async fn renewing_gives_every_room_another_epoch_and_changes_nothing_else() {
    let store = small().await;
    let (file, before) = (exported(&store).await, store.rooms(None, 9).await.unwrap());
    let mut told = Vec::new();
    let environment = SeededEnvironment::new(1, Timestamp(0));
    let renewed = chat_export::renew(&store, &environment, &mut |now| told.push(now.done)).await.unwrap();
    assert_eq!((renewed, told), (3, vec![3]));
    for (before, after) in before.iter().zip(store.rooms(None, 9).await.unwrap()) {
        assert!(before.room == after.room && before.epoch != after.epoch, "{after:?}");
    }
    assert_eq!(exported(&store).await, file);
}

#[tokio::test]
async fn progress_goes_up_to_all_there_is() {
    let store = MemoryStore::new();
    let (room, epoch) = rooms::make(&store, "large").await;
    let messages: Vec<_> = (1..=1_000).map(|n| draft("ann", n, Body::Message(Post::text("hello")))).collect();
    rooms::fill(&store, &room, epoch, &messages).await;
    store.truncate(&room, 101).await.unwrap();
    let (mut file, mut seen) = (Vec::new(), Vec::new());
    export(&store, &mut file, &mut |now| seen.push(now)).await.unwrap();
    let target = MemoryStore::new();
    import(&target, &*file, &SystemEnvironment, Some(900), &mut |now| seen.push(now)).await.unwrap();
    for (phase, of) in [(Phase::Exporting, 1_000), (Phase::Importing, 900), (Phase::Verifying, 1_000)] {
        let seen: Vec<_> = seen.iter().filter(|now| now.phase == phase).collect();
        assert!(seen.len() > 3 && seen.is_sorted_by_key(|now| now.done), "{seen:?}");
        assert_eq!(seen.last().map(|now| (now.done, now.of)), Some((of, Some(of))));
    }
    let page = target.entries(&room, Window::after(0, 1)).await.unwrap();
    assert_eq!((page.oldest, page.head), (101, 1_000));
}
