//! The conformance suite of stores of accounts can fail: each of these mistakes is caught by the case that is about it.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod flawed_accounts;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use chat_accounts::AccountStore;
use chat_testkit::{
    accounts::{CASES, Case},
    run,
};
use flawed_accounts::{Flaw, Flawed};

const CAUGHT: &[(Flaw, &str)] = &[
    (Flaw::TakesAUsernameTwice, "a_username_is_taken_once"),
    (Flaw::TakesAnAddressTwice, "an_address_is_taken_once"),
    (Flaw::LooksBeforeItCreates, "of_many_who_take_a_key_one_does"),
    (Flaw::OverwritesAnAccount, "a_user_has_one_account"),
    (Flaw::KeepsAnAccountWithoutItsAddress, "nothing_of_a_refused_account_is_kept"),
    (Flaw::TrimsKeys, "keys_are_compared_byte_by_byte"),
    (Flaw::IgnoresTheCaseOfKeys, "keys_are_compared_byte_by_byte"),
    (Flaw::ClampsTimes, "an_account_comes_back_as_it_was"),
    (Flaw::ForgetsWhatAClientSays, "a_device_comes_back_as_it_was"),
    (Flaw::OrdersWithoutCase, "accounts_are_listed_by_id"),
    (Flaw::ExceedsAPage, "long_lists_of_accounts_come_in_pages"),
    (Flaw::UpdatesAnyRevision, "an_update_needs_the_account_as_it_is"),
    (Flaw::LooksBeforeItUpdates, "of_many_updates_one_is_done"),
    (Flaw::KeepsOldUsernames, "an_update_moves_the_keys"),
    (Flaw::EndsNothingOnUpdate, "an_update_ends_the_devices_it_names"),
    (Flaw::EndsAllOnUpdate, "an_update_ends_the_devices_it_names"),
    (Flaw::EndsBeforeItChecks, "an_update_to_anothers_key_changes_nothing"),
    (Flaw::KeepsTheLinkOnUpdate, "an_update_removes_the_link"),
    (Flaw::ForgetsWhatDeletionsLeave, "a_deletion_is_unfinished_until_that_is_noted"),
    (Flaw::ShowsAll, "what_users_hide_is_known"),
    (Flaw::ShowsAllButReads, "what_users_hide_is_known"),
    (Flaw::MovesTheTimeOfCreation, "the_time_of_creation_stays"),
    (Flaw::KeepsTheNamesOfTheRemoved, "a_removed_account_leaves_nothing"),
    (Flaw::LogsTheSuspendedIn, "a_device_needs_its_account_as_it_is"),
    (Flaw::LogsInAtAnyRevision, "a_device_needs_its_account_as_it_is"),
    (Flaw::LooksBeforeItLogsIn, "a_login_is_before_a_suspension_or_fails"),
    (Flaw::ListsDevicesByAge, "devices_are_listed_by_when_they_were_seen"),
    (Flaw::EndsTheNewestOfTooMany, "of_too_many_devices_those_seen_longest_ago_end"),
    (Flaw::RotatesFromAnyToken, "a_rotation_needs_the_newest_token"),
    (Flaw::RotatesTwice, "a_rotation_is_done_once"),
    (Flaw::LooksBeforeItRotates, "of_many_rotations_one_is_done"),
    (Flaw::RevivesEndedDevices, "a_rotation_revives_no_device"),
    (Flaw::EndsAnothersDevice, "nobody_ends_anothers_device"),
    (Flaw::CountsNoEnds, "devices_end_as_they_are_named"),
    (Flaw::FindsEveryDevice, "many_devices_are_asked_about_at_once"),
    (Flaw::CountsRevocationsThatWereNone, "revocations_rise_when_devices_end"),
    (Flaw::CountsNoRevocations, "revocations_rise_when_devices_end"),
    (Flaw::CountsRevocationsBeforehand, "who_reads_a_new_number_finds_no_ended_device"),
    (Flaw::TearsDevices, "a_device_and_its_account_are_of_one_moment"),
    (Flaw::GivesALinkOnce, "a_link_is_found_by_its_secret"),
    (Flaw::KeepsEarlierLinks, "a_later_link_takes_an_earlier_ones_place"),
    (Flaw::UsesAnExpiredPass, "a_pass_of_no_use_makes_no_account"),
    (Flaw::SpendsAPassOnTheRefused, "a_use_and_its_account_are_one_step"),
    (Flaw::LooksBeforeItUsesAPass, "of_many_who_use_a_pass_as_many_do_as_may"),
    (Flaw::CountsTheSuspendedAsNoAdministrators, "an_administrator_is_found"),
    (Flaw::SweepsTooSoon, "a_sweep_removes_what_has_expired"),
    (Flaw::SweepsTooLate, "a_sweep_removes_what_has_expired"),
    (Flaw::SweepsWithoutBound, "a_sweep_is_bounded"),
    (Flaw::FindsWholeNamesAlone, "users_are_found_by_the_beginning_of_a_word"),
    (Flaw::FindsNobodyBehindAWord, "users_are_found_by_the_beginning_of_a_word"),
    (Flaw::FindsInOrderOfUserIds, "those_whose_whole_name_begins_so_come_first"),
    (Flaw::FindsTwice, "a_user_is_found_once"),
    (Flaw::FindsTheHidden, "whoever_does_not_want_to_be_found_is_not"),
    (Flaw::FindsByAnEarlierName, "a_change_of_an_account_changes_what_it_is_found_by"),
    (Flaw::BeginsEachPageAnew, "a_search_goes_on_where_its_page_ended"),
    (Flaw::FindsInOrderOfUserIds, "a_search_finds_what_a_simple_one_does"),
    (Flaw::LetsNamesLookAlike, "names_that_look_alike_are_taken"),
    (Flaw::RefusesNamesThatLookLikeOnesOwn, "a_name_may_look_like_the_one_it_takes_the_place_of"),
    (Flaw::FreesTheLooksOfTheDeleted, "a_deleted_account_keeps_its_looks"),
    (Flaw::ImportsNoLookalike, "imported_accounts_may_look_alike"),
    (Flaw::FreesTheLooksOfTheRenamed, "whoever_looks_like_one_of_several_is_refused"),
    (Flaw::LooksBeforeItTakesALook, "of_many_who_take_names_that_look_alike_one_does"),
    (Flaw::TakesAnIdentityTwice, "an_identity_has_one_account"),
    (Flaw::IgnoresTheCaseOfSubjects, "identities_are_compared_byte_by_byte"),
    (Flaw::KeepsTheIdentitiesOfTheDeleted, "an_identity_is_free_when_its_account_is_gone"),
    (Flaw::ForgetsIdentities, "an_account_comes_back_as_it_was"),
    (Flaw::LooksBeforeItTakesAnIdentity, "of_many_who_bring_an_identity_one_gets_an_account"),
    (Flaw::StaysBusyWhenDropped, "a_dropped_call_holds_nothing_up"),
];

async fn make(flaw: Flaw) -> (Arc<dyn AccountStore>, ()) {
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
        match CASES.iter().find(|case| case.name == *name) {
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
