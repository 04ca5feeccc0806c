//! The list of the cases: a case that is not in it is not run.

/// Calls a macro with all cases, after its arguments.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_accounts_case {
    ([$($then:tt)+] ($($args:tt)*)) => {
        $($then)+! {
            ($($args)*)
            keys:
                an_account_comes_back_as_it_was,
                a_username_is_taken_once,
                an_address_is_taken_once,
                a_user_has_one_account,
                nothing_of_a_refused_account_is_kept,
                keys_are_compared_byte_by_byte,
                accounts_are_listed_by_id,
                long_lists_of_accounts_come_in_pages;
            updates:
                an_update_needs_the_account_as_it_is,
                what_users_hide_is_known,
                an_update_moves_the_keys,
                an_update_to_anothers_key_changes_nothing,
                an_update_ends_the_devices_it_names,
                an_update_removes_the_link,
                the_time_of_creation_stays,
                a_deleted_account_keeps_its_name,
                a_deletion_is_unfinished_until_that_is_noted,
                a_removed_account_leaves_nothing;
            devices:
                a_device_comes_back_as_it_was,
                a_device_needs_its_account_as_it_is,
                devices_are_listed_by_when_they_were_seen,
                of_too_many_devices_those_seen_longest_ago_end,
                a_rotation_is_done_once,
                a_rotation_needs_the_newest_token,
                devices_end_as_they_are_named,
                nobody_ends_anothers_device,
                many_devices_are_asked_about_at_once,
                revocations_rise_when_devices_end;
            links:
                a_link_is_found_by_its_secret,
                a_later_link_takes_an_earlier_ones_place,
                a_sweep_removes_what_has_expired,
                a_sweep_is_bounded;
            passes:
                a_pass_comes_back_as_it_was,
                a_pass_is_used_as_often_as_it_may_be,
                a_use_and_its_account_are_one_step,
                a_pass_of_no_use_makes_no_account,
                a_removed_account_gives_no_use_back,
                expired_passes_are_swept,
                an_administrator_is_found;
            words:
                users_are_found_by_the_beginning_of_a_word,
                those_whose_whole_name_begins_so_come_first,
                a_user_is_found_once,
                whoever_does_not_want_to_be_found_is_not,
                a_change_of_an_account_changes_what_it_is_found_by,
                a_search_goes_on_where_its_page_ended,
                a_search_finds_what_a_simple_one_does;
            looks:
                names_that_look_alike_are_taken,
                a_name_may_look_like_the_one_it_takes_the_place_of,
                a_deleted_account_keeps_its_looks,
                imported_accounts_may_look_alike,
                whoever_looks_like_one_of_several_is_refused,
                of_many_who_take_names_that_look_alike_one_does;
            identities:
                an_identity_has_one_account,
                identities_are_compared_byte_by_byte,
                an_identity_is_free_when_its_account_is_gone;
            races:
                of_many_who_use_a_pass_as_many_do_as_may,
                of_many_who_take_a_key_one_does,
                of_many_who_bring_an_identity_one_gets_an_account,
                of_many_updates_one_is_done,
                of_many_rotations_one_is_done,
                a_login_is_before_a_suspension_or_fails,
                a_rotation_revives_no_device,
                a_device_and_its_account_are_of_one_moment,
                who_reads_a_new_number_finds_no_ended_device,
                a_dropped_call_holds_nothing_up;
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_case_is_listed_once() {
        let sources = [
            include_str!("keys.rs"),
            include_str!("updates.rs"),
            include_str!("devices.rs"),
            include_str!("links.rs"),
            include_str!("passes.rs"),
            include_str!("words.rs"),
            include_str!("looks.rs"),
            include_str!("identities.rs"),
            include_str!("races.rs"),
        ];
        let cases = sources.iter().flat_map(|source| source.lines());
        let name =
            |line: &'static str| line.strip_prefix("pub async fn ")?.strip_suffix("(store: Arc<dyn AccountStore>) {");
        let written: Vec<_> = cases.filter_map(name).collect();
        let listed: Vec<_> = super::super::CASES.iter().map(|case| case.name).collect();
        assert_eq!(listed, written);
    }
}
