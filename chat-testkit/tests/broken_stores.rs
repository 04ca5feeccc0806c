//! The conformance suite can fail: each of these mistakes is caught by the case that is about it.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod flawed;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use chat_core::Store;
use chat_testkit::{
    run,
    store::{CASES, Case, LAST_SEEN_CASES, LEASES_CASES},
};
use flawed::{Flaw, Flawed};

const CAUGHT: &[(Flaw, &str)] = &[
    (Flaw::AppendsAtAnyHead, "another_head_is_a_conflict"),
    (Flaw::AppendsAboveTheHead, "another_head_is_a_conflict"),
    (Flaw::AppendsInAnyEpoch, "another_epoch_is_a_conflict"),
    (Flaw::AppendsNothingAnywhere, "an_append_of_nothing_only_compares"),
    (Flaw::TellsTheExpectedHead, "another_head_is_a_conflict"),
    (Flaw::ChecksThenActs, "each_place_is_won_once"),
    (Flaw::StaysBusyWhenDropped, "a_dropped_append_is_settled_by_its_place"),
    (Flaw::ForgetsOldClaims, "claims_outlive_erasure"),
    (Flaw::NamesOneDuplicate, "all_duplicates_are_named"),
    (Flaw::AppendsBeforeADuplicate, "a_duplicate_changes_nothing"),
    (Flaw::AppendsAClaimTwice, "a_claim_twice_in_a_batch_ends_it"),
    (Flaw::ComparesClaimsWithoutCase, "claims_are_compared_byte_by_byte"),
    (Flaw::SaysAllOfAPrefix, "entries_take_the_next_places"),
    (Flaw::KeepsNamesOfRefusedDrafts, "a_conflict_changes_nothing"),
    (Flaw::TrimsTexts, "texts_come_back_byte_by_byte"),
    (Flaw::ClampsTimes, "times_are_kept_and_order_nothing"),
    (Flaw::TakesTheFirstForTheLast, "a_window_holds_what_it_says"),
    (Flaw::ExceedsTheLongestPage, "a_page_is_full_and_not_longer_than_the_limit"),
    (Flaw::ExceedsTheBytesOfAPage, "a_page_is_bounded_in_bytes"),
    (Flaw::ForgetsTheStateInAPagesBytes, "a_page_of_history_is_bounded_in_bytes"),
    (Flaw::TearsPages, "readers_see_prefixes"),
    (Flaw::TearsFacts, "facts_belong_to_one_moment"),
    (Flaw::KeepsEditsOfTheDeleted, "deleting_leaves_a_tombstone"),
    (Flaw::OrdersPinsByMessage, "what_is_pinned_is_listed"),
    (Flaw::CountsNoPins, "what_is_pinned_is_listed"),
    (Flaw::TellsAllEdits, "what_a_message_said_before_is_known"),
    (Flaw::MovesReadsBack, "a_read_cursor_goes_forward_only"),
    (Flaw::ForgetsReads, "where_read_cursors_stand_is_known"),
    (Flaw::ListsAllBlocks, "a_block_is_known_of_both"),
    (Flaw::ListsEndedMutes, "the_banned_and_the_muted_are_listed_by_id"),
    (Flaw::FreesDeletedIds, "a_deleted_rooms_id_stays_reserved"),
    (Flaw::CountsOwnMessages, "unread_counts_others_messages_above_the_cursor"),
    (Flaw::CountsWhatWasBeforeJoining, "unread_counts_others_messages_above_the_cursor"),
    (Flaw::CountsDeletedMessages, "deleted_messages_are_not_unread"),
    (Flaw::OrdersWithoutCase, "members_are_listed_by_id"),
    (Flaw::DeletesAtAnyHead, "a_room_is_removed_at_its_head_alone"),
    (Flaw::LooksBeforeItDeletes, "an_append_and_a_removal_at_one_head_are_not_both_done"),
    (Flaw::ListsGuestsAmongUsers, "rooms_of_guests_are_listed_apart"),
    (Flaw::OrdersRoomsById, "the_room_of_the_last_message_comes_first"),
    (Flaw::OrdersTheRosterById, "the_roster_holds_the_first_who_joined"),
    (Flaw::RanksWhoCameFirst, "the_seniors_are_the_first_by_rank"),
    (Flaw::LeavesStrangersOut, "strangers_are_unknown"),
    (Flaw::SweepsItsOwnGuests, "leases_of_earlier_lives_are_stale"),
    (Flaw::HoldsNothing, "only_guests_are_held"),
    (Flaw::HoldsWithOneLease, "a_membership_is_held_until_its_last_lease_is_released"),
    (Flaw::HoldsLaterMemberships, "a_lease_is_of_one_membership"),
    (Flaw::ReleasesAll, "a_membership_is_held_until_its_last_lease_is_released"),
    (Flaw::OverlooksTheUnheld, "whom_nobody_holds_is_stale"),
    (Flaw::HidesUnknownKinds, "unknown_kinds_are_told"),
    (Flaw::SeesWhoWasSeenBefore, "the_latest_time_stays"),
    (Flaw::KeepsTimesOfTheErased, "a_time_goes_with_its_profile"),
    (Flaw::ForgetsNobody, "a_time_is_forgotten"),
];

async fn make(flaw: Flaw) -> (Arc<dyn Store>, ()) {
    (Arc::new(Flawed::new(flaw)), ())
}

fn passes(flaw: Flaw, case: &Case) -> bool {
    catch_unwind(AssertUnwindSafe(|| run(|| make(flaw), case.run))).is_ok()
}

#[test]
fn every_mistake_is_caught_by_its_case() {
    // The panics of caught mistakes are the point; what matters is told at the end.
    std::panic::set_hook(Box::new(|_| {}));
    let mut wrong = Vec::new();
    for (flaw, name) in CAUGHT {
        let case = CASES.iter().chain(LEASES_CASES).chain(LAST_SEEN_CASES).find(|case| case.name == *name);
        match case {
            None => wrong.push(format!("there is no case {name}")),
            Some(case) if !passes(Flaw::None, case) => wrong.push(format!("{name} fails without a mistake")),
            // What races may pass once; it is not to pass always.
            Some(case) if (0..20).all(|_| passes(*flaw, case)) => wrong.push(format!("{name} passes {flaw:?}")),
            Some(_) => {}
        }
    }
    let _ = std::panic::take_hook();
    assert_eq!(wrong, [""; 0]);
}
