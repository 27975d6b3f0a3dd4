//! A name taken apart: stem, edit mark, ending, and the role that these give. Owns the naming
//! habits of cameras and programs; looks at names alone.

use albumen_media::kind::{MediaFormat, MediaKind};

/// What a file is to the others of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The picture.
    Picture,
    /// The camera's raw file.
    Raw,
    /// The film: a live photo's, or one of its own.
    Film,
    /// A variant that an edit left beside the original.
    Edited,
    /// What a program keeps about another file.
    Sidecar,
    /// Nothing that is ever paired.
    Other,
}

/// Raw endings beside those whose content is looked into.
const OTHER_RAW: &[&str] = &[
    "3fr", "crw", "dcr", "erf", "fff", "iiq", "kdc", "mef", "mos", "mrw", "nrw", "pef", "rwl",
    "sr2", "srf", "srw", "x3f",
];
/// The film that Google's export puts beside a `.MP.jpg`.
const MOTION_FILM: &str = "mp";
/// What Google's phones put between stem and ending: the picture of a motion photo (which holds its
/// film itself), and the halves of a raw shot.
const PHONE_MARKS: &[&str] = &[".RAW-01.MP.COVER", ".RAW-01.COVER", ".RAW-02.ORIGINAL", ".MP"];
/// What Google's export puts between a photo's whole name and `.json`.
const EXPORT_MARK: &str = ".supplemental-metadata";
/// What exports append to the stem of an edited variant.
const EDIT_ENDS: &[&str] = &["-edited", "_edited"];
/// The same for what Apple keeps about an original, when its own form has no place for it.
const ORIGINAL_END: &str = "_original";
/// What Apple's cameras name pictures.
const APPLE_START: &str = "IMG_";
/// Digits that follow.
const APPLE_DIGITS: usize = 4;
/// What two letters after it mean: `IMG_E1234` is the edited `IMG_1234`, `IMG_O1234.AAE` tells how
/// the original was adjusted.
const EDITED_LETTER: char = 'E';
const ORIGINAL_LETTER: char = 'O';

/// What marks a variant in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Edit {
    Letter(char),
    End(&'static str),
}

/// A name taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) stem: String,
    pub(super) edit: Option<Edit>,
    /// Everything after the stem, from a dot on; empty without an ending.
    pub(super) tail: String,
    pub(super) role: Role,
    /// For a sidecar: the whole name that it was made from, when it keeps one.
    pub(super) of: Option<String>,
    /// Whether only raw files have sidecars of this kind beside a plain stem.
    pub(super) prefers_raw: bool,
}

impl Parts {
    pub(super) fn of(name: &str) -> Self {
        let (body, ending) = match name.rsplit_once('.') {
            Some((body, ending)) if !body.is_empty() => (body, ending),
            _ => (name, ""),
        };
        let lower = ending.to_ascii_lowercase();
        match lower.as_str() {
            "xmp" | "aae" => Self::sidecar(name, body, &lower),
            "json" => {
                let photo = body.strip_suffix(EXPORT_MARK).unwrap_or(body);
                if is_media(photo) { Self::about(name, photo) } else { Self::alone(name, body) }
            }
            _ => match media_role(name) {
                Some(role) => Self::media(name, body, role),
                None => Self::alone(name, body),
            },
        }
    }

    fn alone(name: &str, stem: &str) -> Self {
        Self::with(name, stem, stem.to_owned(), None, Role::Other)
    }

    fn media(name: &str, body: &str, role: Role) -> Self {
        let marked = PHONE_MARKS.iter().find_map(|mark| body.strip_suffix(mark));
        let body = marked.filter(|stem| !stem.is_empty()).unwrap_or(body);
        let (stem, edit) = without_edit(body, false);
        let role = if edit.is_some() { Role::Edited } else { role };
        Self::with(name, body, stem, edit, role)
    }

    fn sidecar(name: &str, body: &str, kind: &str) -> Self {
        if is_media(body) {
            return Self::about(name, body);
        }
        let is_apples = kind == "aae";
        let (stem, edit) =
            if is_apples { without_edit(body, true) } else { (body.to_owned(), None) };
        let parts = Self::with(name, body, stem, edit, Role::Sidecar);
        Self { prefers_raw: !is_apples, ..parts }
    }

    /// A sidecar that keeps the whole name of its photo.
    fn about(name: &str, photo: &str) -> Self {
        let inner = Self::of(photo);
        let literal = &photo[..photo.len() - inner.tail.len()];
        let parts = Self::with(name, literal, inner.stem, inner.edit, Role::Sidecar);
        Self { of: Some(photo.to_owned()), ..parts }
    }

    /// `literal` is how the stem stands in the name.
    fn with(name: &str, literal: &str, stem: String, edit: Option<Edit>, role: Role) -> Self {
        let tail = name[literal.len()..].to_owned();
        Self { stem, edit, tail, role, of: None, prefers_raw: false }
    }

    /// The same name, its mark taken for a part of the stem.
    pub(super) fn without_edit(&self) -> Self {
        let whole = self.name(&self.stem);
        let stem = whole[..whole.len() - self.tail.len()].to_owned();
        Self { stem, edit: None, ..self.clone() }
    }

    /// The name with another stem.
    pub(super) fn name(&self, stem: &str) -> String {
        let tail = &self.tail;
        match self.edit {
            None => format!("{stem}{tail}"),
            Some(Edit::End(end)) => format!("{stem}{end}{tail}"),
            Some(Edit::Letter(letter)) if apple_number(stem).is_some() => {
                format!("{APPLE_START}{letter}{}{tail}", &stem[APPLE_START.len()..])
            }
            Some(Edit::Letter(ORIGINAL_LETTER)) => format!("{stem}{ORIGINAL_END}{tail}"),
            Some(Edit::Letter(_)) => format!("{stem}{}{tail}", EDIT_ENDS[1]),
        }
    }
}

fn is_media(name: &str) -> bool {
    media_role(name).is_some()
}

/// The role that a name's ending gives, if it is one of a photo or a film.
pub(super) fn media_role(name: &str) -> Option<Role> {
    if let Some(format) = MediaFormat::claimed_by(name) {
        return Some(match format.kind() {
            _ if format.is_raw() => Role::Raw,
            MediaKind::Video => Role::Film,
            _ => Role::Picture,
        });
    }
    let (body, ending) = name.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    match ending.as_str() {
        _ if body.is_empty() => None,
        MOTION_FILM => Some(Role::Film),
        ending if OTHER_RAW.contains(&ending) => Some(Role::Raw),
        _ => None,
    }
}

/// What follows `IMG_` when it is a number.
fn apple_number(stem: &str) -> Option<&str> {
    let number = stem.strip_prefix(APPLE_START)?;
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    (digits >= APPLE_DIGITS).then_some(number)
}

/// The stem of the original, and what marks the variant.
fn without_edit(body: &str, of_apples_sidecar: bool) -> (String, Option<Edit>) {
    let letters: &[char] =
        if of_apples_sidecar { &[EDITED_LETTER, ORIGINAL_LETTER] } else { &[EDITED_LETTER] };
    for letter in letters {
        let number = body.strip_prefix(APPLE_START).and_then(|rest| rest.strip_prefix(*letter));
        let original = number.map(|number| format!("{APPLE_START}{number}"));
        if let Some(original) = original.filter(|stem| apple_number(stem).is_some()) {
            return (original, Some(Edit::Letter(*letter)));
        }
    }
    let ends = EDIT_ENDS.iter().copied().chain(of_apples_sidecar.then_some(ORIGINAL_END));
    for end in ends {
        if let Some(stem) = body.strip_suffix(end).filter(|stem| !stem.is_empty()) {
            return (stem.to_owned(), Some(Edit::End(end)));
        }
    }
    (body.to_owned(), None)
}
