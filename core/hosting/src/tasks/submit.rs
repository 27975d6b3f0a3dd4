//! Handing work over to a task.

use albumen_db::Tx;
use albumen_model::{Timestamp, smh::TaskReply};

use crate::{
    error::Error,
    operate::batch::Item,
    repository::{
        column::to_u64,
        task::{self, NewTask},
    },
    request::Caller,
};

macro_rules! sorts {
    ($($(#[$doc:meta])* $sort:ident = $word:literal, $field:literal, $is_list:literal;)*) => {
        /// Which operation a task is; the words and fields are those of SMH section 11.3.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Sort {
            $($(#[$doc])* $sort,)*
        }

        impl Sort {
            /// As the database has it: the words are each its own.
            pub(crate) const fn stored(self) -> &'static str {
                match self { $(Self::$sort => stringify!($sort),)* }
            }

            /// Reads [`Sort::stored`].
            pub(crate) fn of_stored(word: &str) -> Option<Self> {
                [$(Self::$sort),*].into_iter().find(|sort| sort.stored() == word)
            }

            /// The wire's `taskType`.
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$sort => $word,)* }
            }

            /// The wire's field for the result.
            pub(crate) const fn field(self) -> &'static str {
                match self { $(Self::$sort => $field,)* }
            }

            /// Whether that field is a list.
            pub(crate) const fn has_list(self) -> bool {
                match self { $(Self::$sort => $is_list,)* }
            }
        }
    };
}

sorts! {
    /// Many copies.
    BatchCopy = "batchCopy", "batchCopyResults", true;
    /// Many moves.
    BatchMove = "batchMove", "batchMoveResults", true;
    /// Many deletes.
    BatchDelete = "batchDelete", "batchDeleteResults", true;
    /// The copy of one directory. The contract has no word for it: it is told as a batch of one.
    CopyDirectory = "batchCopy", "batchCopyResults", true;
    /// Counting anew.
    CountAnew = "calibrateDirectoryStats", "calibrateDirectoryStatsResult", false;
}

/// Writes a task down in the transaction of the request that asks for it. Ring the service's bell
/// after the commit.
///
/// # Errors
/// When the database fails.
pub(crate) fn submit(
    tx: &Tx<'_>,
    caller: &Caller,
    sort: Sort,
    items: &[Item],
    now: Timestamp,
) -> Result<TaskReply, Error> {
    let new = NewTask {
        library: &caller.library.id,
        space: &caller.space()?.id,
        sort: sort.stored(),
        caller: &caller.standing(),
        now,
    };
    Ok(TaskReply { task_id: to_u64(task::insert(tx, &new, items)?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sort_is_read_back_as_itself() {
        use Sort as S;
        for sort in [S::BatchCopy, S::BatchMove, S::BatchDelete, S::CopyDirectory, S::CountAnew] {
            assert_eq!(Sort::of_stored(sort.stored()), Some(sort));
        }
        assert_eq!(Sort::of_stored("batchCopy"), None);
    }
}
