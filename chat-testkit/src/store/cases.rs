//! The list of the cases that every store must pass: a case that is not in it is not run.

/// Calls a macro with all cases, after its arguments.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_store_case {
    ([$($then:tt)+] ($($args:tt)*)) => {
        $($then)+! {
            ($($args)*)
            create:
                a_new_room_is_empty,
                a_room_keeps_what_it_was_made_with,
                a_taken_id_is_refused,
                of_many_creators_one_succeeds,
                rooms_do_not_mix,
                what_does_not_exist_is_answered_so,
                rooms_of_a_kind_are_listed_by_id,
                rooms_of_guests_are_listed_apart,
                all_rooms_are_listed_by_id,
                long_lists_of_rooms_come_in_pages,
                a_room_is_what_it_was_last_changed_to,
                invitations_end_with_their_last_use,
                a_room_has_its_last_name;
            append:
                entries_take_the_next_places,
                a_large_batch_keeps_its_order,
                the_largest_message_comes_back,
                every_kind_of_entry_comes_back,
                texts_come_back_byte_by_byte,
                times_are_kept_and_order_nothing,
                draft_ids_are_kept,
                told_and_after_are_the_callers,
                an_append_of_nothing_only_compares;
            conflict:
                another_head_is_a_conflict,
                another_epoch_is_a_conflict,
                a_conflict_changes_nothing,
                a_conflict_comes_before_a_duplicate;
            claims:
                a_claim_is_used_once,
                a_duplicate_changes_nothing,
                all_duplicates_are_named,
                a_large_batch_of_duplicates_is_named,
                a_claim_twice_in_a_batch_ends_it,
                a_claim_is_the_senders_and_the_rooms,
                claims_are_compared_byte_by_byte,
                claims_outlive_erasure;
            windows:
                a_window_holds_what_it_says,
                a_page_is_full_and_not_longer_than_the_limit,
                a_page_is_bounded_in_bytes,
                a_page_tells_the_head;
            messages:
                the_history_holds_messages_alone,
                a_page_of_history_is_full,
                a_page_of_history_is_bounded_in_bytes,
                what_comes_of_a_message_shows,
                a_batch_may_hold_a_message_and_what_comes_of_it,
                only_messages_have_message_facts;
            pins:
                what_is_pinned_is_listed,
                a_page_of_pins_is_bounded_in_bytes;
            edits:
                what_a_message_said_before_is_known;
            erasure:
                deleting_leaves_a_tombstone,
                redacting_erases_without_a_trace_in_the_log,
                only_messages_are_redacted,
                what_is_written_later_stays,
                redaction_and_deletion_go_together,
                erasure_keeps_to_its_room;
            members:
                facts_follow_from_the_log,
                a_block_is_known_of_both,
                the_banned_and_the_muted_are_listed_by_id,
                the_other_one_of_a_direct_room_is_known,
                strangers_are_unknown,
                members_are_listed_by_id,
                who_left_is_not_listed,
                long_lists_of_members_come_in_pages,
                the_roster_holds_the_first_who_joined,
                the_seniors_are_the_first_by_rank,
                many_facts_are_asked_at_once;
            find:
                public_rooms_are_found_by_the_beginning_of_a_word,
                only_public_rooms_are_found,
                what_changes_of_a_room_changes_what_it_is_found_by,
                a_search_of_rooms_goes_on_where_its_page_ended;
            rooms_of:
                a_users_rooms_are_listed_by_id,
                the_room_of_the_last_message_comes_first,
                each_room_comes_with_its_last_message,
                rooms_left_are_not_listed,
                long_lists_of_ones_rooms_come_in_pages,
                unread_counts_others_messages_above_the_cursor,
                deleted_messages_are_not_unread,
                mentions_are_counted_as_messages_now_stand;
            mentions:
                a_message_to_the_room_mentions_everybody_but_its_sender,
                a_message_mentions_the_room_as_it_now_stands;
            reads:
                a_read_cursor_goes_forward_only,
                read_cursors_are_apart,
                a_read_cursor_outlives_membership,
                of_many_reads_the_farthest_stays,
                where_read_cursors_stand_is_known;
            profiles:
                a_profile_is_set_and_erased,
                names_come_back_byte_by_byte,
                a_name_comes_with_a_draft,
                a_name_with_a_draft_changes_none_that_is_set,
                names_are_no_rooms,
                many_profiles_are_asked_at_once;
            delete:
                a_deleted_room_is_gone,
                a_deleted_rooms_id_stays_reserved,
                deleting_what_never_was_reserves_nothing,
                a_room_is_removed_at_its_head_alone,
                heads_are_told_of_rooms_that_exist,
                unknown_kinds_are_told;
            concurrency:
                each_place_is_won_once,
                one_claim_is_won_once,
                readers_see_prefixes,
                facts_belong_to_one_moment,
                a_deletion_ends_appends,
                an_append_and_a_removal_at_one_head_are_not_both_done;
            cancel:
                a_dropped_append_is_settled_by_its_place,
                a_dropped_creation_is_settled_by_its_epoch,
                dropped_reads_leave_nothing_behind;
            model:
                random_operations_agree_with_a_model,
                random_operations_agree_with_a_model_again;
        }
    };
}

/// The same with the cases of [`Leases`](chat_core::Leases).
#[doc(hidden)]
#[macro_export]
macro_rules! __each_leases_case {
    ([$($then:tt)+] ($($args:tt)*)) => {
        $($then)+! {
            ($($args)*)
            leases:
                a_lease_comes_with_a_guests_join,
                nothing_is_held_where_there_is_no_room,
                leases_of_earlier_lives_are_stale,
                a_sweep_goes_on_until_none_is_left,
                only_guests_are_held,
                a_membership_is_held_until_its_last_lease_is_released,
                whom_nobody_holds_is_stale,
                a_new_life_replaces_the_old,
                a_lease_is_of_one_membership;
        }
    };
}

/// The same with the cases of [`LastSeen`](chat_core::LastSeen).
#[doc(hidden)]
#[macro_export]
macro_rules! __each_last_seen_case {
    ([$($then:tt)+] ($($args:tt)*)) => {
        $($then)+! {
            ($($args)*)
            last_seen:
                the_latest_time_stays,
                of_many_times_at_once_the_latest_stays,
                a_time_goes_with_its_profile,
                a_time_is_forgotten,
                many_are_seen_at_once;
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_case_is_listed_once() {
        let sources = [
            include_str!("create.rs"),
            include_str!("append.rs"),
            include_str!("conflict.rs"),
            include_str!("claims.rs"),
            include_str!("windows.rs"),
            include_str!("messages.rs"),
            include_str!("pins.rs"),
            include_str!("edits.rs"),
            include_str!("erasure.rs"),
            include_str!("members.rs"),
            include_str!("find.rs"),
            include_str!("rooms_of.rs"),
            include_str!("mentions.rs"),
            include_str!("reads.rs"),
            include_str!("profiles.rs"),
            include_str!("delete.rs"),
            include_str!("concurrency.rs"),
            include_str!("cancel.rs"),
            include_str!("model/mod.rs"),
        ];
        assert_eq!(names(super::super::CASES), written(&sources));
        assert_eq!(names(super::super::LEASES_CASES), written(&[include_str!("leases.rs")]));
        assert_eq!(names(super::super::LAST_SEEN_CASES), written(&[include_str!("last_seen.rs")]));
    }

    fn names(cases: &[super::super::Case]) -> Vec<&'static str> {
        cases.iter().map(|case| case.name).collect()
    }

    fn written<'a>(sources: &[&'a str]) -> Vec<&'a str> {
        let cases = sources.iter().flat_map(|source| source.lines());
        let name = |line: &'a str| line.strip_prefix("pub async fn ")?.strip_suffix("(store: Arc<dyn Store>) {");
        cases.filter_map(name).collect()
    }
}
