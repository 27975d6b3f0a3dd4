//! The contract of a cloud that mappings follow: what the engine takes for granted of every
//! implementation of `CloudSpace` and `CloudTree`, row by row, each row on a ground of its own. For
//! tests alone.
//!
//! To put an implementation under it: an async function that makes a [`ground::Ground`] over an
//! empty space with a bin, and `contract_of!(that_function)`. The real services are under it in the
//! workspace's tests, where tokens may be made.

#![allow(missing_docs, reason = "a row's name is its story")]
#![allow(clippy::unwrap_used, reason = "a story that goes wrong in its telling is to end at once")]

pub mod bin;
pub mod content;
pub mod feed;
pub mod ground;
pub mod looking;
pub mod making;
pub mod moving;
pub mod numbers;

/// Makes a test of every row, on grounds that this async function makes.
#[macro_export]
macro_rules! contract_of {
    ($ground:path) => {
        $crate::contract_of! { $ground;
            making {
                directories_come_with_all_above_them, an_upload_is_there_once_it_is_confirmed,
                an_upload_never_takes_a_name, an_overwrite_names_what_it_replaces,
                long_lists_come_in_pages_that_end,
            }
            numbers {
                tell_where_a_node_is, follow_a_move, have_no_place_in_the_bin,
                come_back_with_what_is_restored, stay_when_content_is_replaced,
                end_with_what_is_gone_for_good,
            }
            moving {
                a_file_keeps_its_content, a_directory_takes_all_in_it_along,
                a_taken_name_is_not_given, a_stale_stamp_moves_nothing,
                what_is_missing_is_said_and_not_made, a_directory_goes_into_none_of_its_own,
                where_it_is_already_it_may_stay,
            }
            bin {
                takes_a_file_that_is_the_one_meant, takes_a_directory_with_all_in_it,
                gives_back_only_to_a_free_name, gives_back_only_to_the_path_it_had,
                knows_what_went_last_from_a_path, has_no_more_what_was_taken_or_purged,
            }
            feed {
                begins_at_its_end, tells_each_kind_of_change, tells_a_directory_once,
                names_the_directory_of_the_time_after, comes_in_pages_in_order,
                tells_our_own_work_by_its_version, does_not_reach_back_for_ever,
            }
            content {
                comes_whole_or_from_an_offset, comes_of_files_alone,
                comes_with_the_files_own_time, is_that_of_the_moment,
            }
            looking {
                leads_to_the_very_tree, knows_how_each_went, sees_what_others_do_to_our_own,
                lists_where_much_happened,
            }
        }
    };
    ($ground:path; $($group:ident { $($row:ident),+ $(,)? })+) => {
        $(mod $group {
            $(#[tokio::test]
            async fn $row() {
                $crate::cloud::contract::$group::$row($ground().await).await;
            })+
        })+
    };
}
