//! Settings of a library: their ranges, and which of them never change (SMH section 2.1).

use albumen_model::smh::LibrarySettings;

/// Days in the bin.
const RECYCLED_DAYS_MAX: u32 = 1095;
/// Versions kept, and days they are kept.
const HISTORY_MAX: u32 = 999;
/// Seconds within which overwrites make one version; 0 is allowed as well.
const MERGE_S: std::ops::RangeInclusive<u32> = 5..=600;
/// Characters of a name.
const NAME_MAX: u32 = 255;
/// Extensions in one list, and characters of each.
const EXTENSIONS_MAX: usize = 200;
/// See [`EXTENSIONS_MAX`].
const EXTENSION_CHARS_MAX: usize = 20;

/// Names the first setting that is out of its range, or that does not go with the others.
pub(crate) fn out_of_range(settings: &LibrarySettings) -> Option<&'static str> {
    let lists = [
        ("allowPhotoExtName", &settings.allow_photo_ext_name),
        ("allowVideoExtName", &settings.allow_video_ext_name),
        ("allowFileExtName", &settings.allow_file_ext_name),
    ];
    if settings.auto_remove_recycled_days > RECYCLED_DAYS_MAX {
        return Some("autoRemoveRecycledDays");
    }
    if !(1..=HISTORY_MAX).contains(&settings.file_history_count) {
        return Some("fileHistoryCount");
    }
    if settings.file_history_expire_day > HISTORY_MAX {
        return Some("fileHistoryExpireDay");
    }
    let merge = settings.file_history_merge_interval;
    if merge != 0 && !MERGE_S.contains(&merge) {
        return Some("fileHistoryMergeInterval");
    }
    if settings.library_quota.is_some_and(|bytes| i64::try_from(bytes).is_err()) {
        return Some("libraryQuota");
    }
    if !(1..=NAME_MAX).contains(&settings.max_dir_file_name_length) {
        return Some("maxDirFileNameLength");
    }
    // Of many spaces each says for itself; a file library has no albums.
    if settings.is_multi_album && (settings.is_multi_space || settings.is_file_library) {
        return Some("isMultiAlbum");
    }
    // With many spaces each says for itself, too.
    if settings.is_public_read && settings.is_multi_space {
        return Some("isPublicRead");
    }
    lists.iter().find(|(_, list)| !is_list_of_extensions(list)).map(|(name, _)| *name)
}

fn is_list_of_extensions(list: &[String]) -> bool {
    let is_one = |text: &String| !text.is_empty() && text.chars().count() <= EXTENSION_CHARS_MAX;
    list.len() <= EXTENSIONS_MAX && list.iter().all(is_one)
}

/// Names the first setting that differs though it was fixed when the library was made.
pub(crate) fn fixed_but_changed(
    old: &LibrarySettings,
    new: &LibrarySettings,
) -> Option<&'static str> {
    [
        ("isFileLibrary", old.is_file_library != new.is_file_library),
        ("isMultiSpace", old.is_multi_space != new.is_multi_space),
        ("isMultiAlbum", old.is_multi_album != new.is_multi_album),
        ("enableQuota", old.enable_quota != new.enable_quota),
        ("backEnd", old.back_end != new.back_end),
    ]
    .into_iter()
    .find_map(|(name, changed)| changed.then_some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut LibrarySettings);

    #[test]
    fn ranges_and_fixed_settings_of_section_2_1() {
        let old = LibrarySettings::default();
        assert_eq!(out_of_range(&old), None);
        let ranges: [(Change, &str); 10] = [
            (|s| s.auto_remove_recycled_days = 1096, "autoRemoveRecycledDays"),
            (|s| s.file_history_count = 0, "fileHistoryCount"),
            (|s| s.file_history_expire_day = 1000, "fileHistoryExpireDay"),
            (|s| s.file_history_merge_interval = 4, "fileHistoryMergeInterval"),
            (|s| s.file_history_merge_interval = 601, "fileHistoryMergeInterval"),
            (|s| s.library_quota = Some(u64::MAX), "libraryQuota"),
            (|s| s.max_dir_file_name_length = 256, "maxDirFileNameLength"),
            (|s| s.is_multi_album = true, "isMultiAlbum"),
            (|s| s.is_public_read = true, "isPublicRead"),
            (|s| s.allow_photo_ext_name = vec![String::new()], "allowPhotoExtName"),
        ];
        for (change, name) in ranges {
            let mut new = old.clone();
            change(&mut new);
            assert_eq!(out_of_range(&new), Some(name));
        }
        let fixed: [(Change, Option<&str>); 5] = [
            (|s| s.back_end = "other".to_owned(), Some("backEnd")),
            (|s| s.is_multi_space = false, Some("isMultiSpace")),
            (|s| s.is_file_library = true, Some("isFileLibrary")),
            (|s| s.enable_quota = false, Some("enableQuota")),
            (|s| s.use_recycle_bin = false, None),
        ];
        for (change, name) in fixed {
            let mut new = old.clone();
            change(&mut new);
            assert_eq!(fixed_but_changed(&old, &new), name);
        }
    }
}
