//! What every back end must do, said once and run against each: memory, disk, and disk over HTTP.

#[cfg(test)]
mod clauses;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod multipart;
#[cfg(test)]
mod stores;

/// Runs one clause against every back end, each in a test of its own.
macro_rules! contract {
    ($($module:ident :: $clause:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $clause() {
                crate::$module::$clause(&*crate::stores::memory().await).await;
            })*
        }
        mod disk {
            $(#[tokio::test]
            async fn $clause() {
                crate::$module::$clause(&*crate::stores::disk().await).await;
            })*
        }
        mod http {
            $(#[tokio::test]
            async fn $clause() {
                crate::$module::$clause(&*crate::stores::http().await).await;
            })*
        }
    };
}

contract! {
    clauses::what_was_put_is_read_back,
    clauses::a_put_replaces,
    clauses::an_empty_object_is_an_object,
    clauses::a_large_body_comes_in_pieces,
    clauses::ranges_are_cut,
    clauses::what_is_not_there_is_not_found,
    clauses::a_body_of_the_wrong_length_is_not_stored,
    clauses::a_body_that_fails_is_not_stored,
    clauses::a_wrong_digest_is_not_stored,
    clauses::write_once_is_write_once,
    clauses::of_many_writers_one_wins,
    clauses::deleting_twice_is_harmless,
    clauses::any_key_comes_back,
    clauses::buckets_come_and_go,
    listing::keys_come_in_byte_order_by_pages,
    listing::folders_are_rolled_up_by_pages,
    multipart::parts_become_one_object,
    multipart::a_part_sent_again_replaces,
    multipart::wrong_lists_are_refused_and_the_upload_stays,
    multipart::small_parts_are_refused,
    multipart::an_aborted_upload_is_gone,
    multipart::a_key_under_upload_is_not_there,
    multipart::open_uploads_are_listed,
}
