//! The words of the program in two languages, the same catalogue that the pages use. Owns which
//! language a system asks for, blanks and plurals; reads no environment itself.

use std::{collections::HashMap, sync::LazyLock};

use crate::views::Locale;

static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::read(Locale::English, include_str!("../../../ui/src/i18n/en.json"))
});
static CHINESE: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::read(Locale::Chinese, include_str!("../../../ui/src/i18n/zh-CN.json"))
});

/// The words in a language.
pub fn catalogue(locale: Locale) -> &'static Catalogue {
    match locale {
        Locale::English => &ENGLISH,
        Locale::Chinese => &CHINESE,
    }
}

/// The language for what a system says it wants (`zh_CN.UTF-8`, `en_GB`, `zh-Hans`); English for
/// what there are no words in.
pub fn detect(wanted: &str) -> Locale {
    let language = wanted.split(['_', '-', '.', '@']).next().unwrap_or_default();
    if language.eq_ignore_ascii_case("zh") { Locale::Chinese } else { Locale::English }
}

impl Locale {
    /// Its tag, as the wire and `ALBUMEN_LOCALE` write it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }
}

/// Every text by its key.
pub struct Catalogue {
    locale: Locale,
    texts: HashMap<String, String>,
}

impl Catalogue {
    fn read(locale: Locale, json: &str) -> Self {
        let texts = serde_json::from_str(json).expect("the catalogue is a flat object of texts");
        Self { locale, texts }
    }

    /// Whether there is such a text.
    pub fn has(&self, key: &str) -> bool {
        self.texts.contains_key(key)
    }

    /// The text of a key; the key itself where there is none, which a test of the caller would see.
    pub fn text<'a>(&'a self, key: &'a str) -> &'a str {
        self.texts.get(key).map_or(key, String::as_str)
    }

    /// The text of a key with its blanks filled in; a blank that nothing is given for stays.
    pub fn fill(&self, key: &str, params: &[(&str, &str)]) -> String {
        let mut rest = self.text(key);
        let mut filled = String::with_capacity(rest.len());
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            match params.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => filled.push_str(value),
                None => filled.extend(["{", name, "}"]),
            }
            rest = tail;
        }
        filled.push_str(rest);
        filled
    }

    /// What an error code says; the code itself where there are no words for it.
    pub fn title(&self, code: &str) -> String {
        let key = format!("error.{code}.title");
        self.texts.get(&key).cloned().unwrap_or_else(|| code.to_owned())
    }

    /// What to do about an error code; nothing where there are no words for it.
    pub fn hint(&self, code: &str) -> String {
        self.texts.get(&format!("error.{code}.hint")).cloned().unwrap_or_default()
    }

    /// The form of a text that fits a number: `{key}.one` or `{key}.other`, `{count}` filled in.
    pub fn plural(&self, key: &str, count: u64, params: &[(&str, &str)]) -> String {
        let form = if self.locale == Locale::English && count == 1 { "one" } else { "other" };
        let count = count.to_string();
        let mut all = vec![("count", count.as_str())];
        all.extend_from_slice(params);
        self.fill(&format!("{key}.{form}"), &all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_a_system_asks_for() {
        for (wanted, locale) in [
            ("zh_CN.UTF-8", Locale::Chinese),
            ("zh-Hans-CN", Locale::Chinese),
            ("ZH", Locale::Chinese),
            ("en_GB.UTF-8", Locale::English),
            ("C", Locale::English),
            ("zhuang", Locale::English),
            ("", Locale::English),
        ] {
            assert_eq!(detect(wanted), locale, "{wanted}");
        }
    }

    #[test]
    fn blanks_are_filled_and_strange_braces_left_alone() {
        let texts = HashMap::from([
            ("a".to_owned(), "{n} of {all}, {n}".to_owned()),
            ("b".to_owned(), "open { and {n".to_owned()),
            ("c.one".to_owned(), "{count} file".to_owned()),
            ("c.other".to_owned(), "{count} files".to_owned()),
        ]);
        let catalogue = Catalogue { locale: Locale::English, texts };
        assert_eq!(catalogue.fill("a", &[("n", "3")]), "3 of {all}, 3");
        assert_eq!(catalogue.fill("b", &[("n", "3")]), "open { and {n");
        assert_eq!(catalogue.plural("c", 1, &[]), "1 file");
        assert_eq!(catalogue.plural("c", 2, &[]), "2 files");
        assert_eq!(catalogue.text("nothing"), "nothing");
    }

    #[test]
    fn values_are_never_read_as_blanks() {
        let texts = HashMap::from([("a".to_owned(), "{x}{y}".to_owned())]);
        let catalogue = Catalogue { locale: Locale::Chinese, texts };
        assert_eq!(catalogue.fill("a", &[("x", "{y}"), ("y", "!")]), "{y}!");
    }

    #[test]
    fn both_catalogues_can_be_read() {
        assert_eq!(catalogue(Locale::English).text("app.name"), "Albumen");
        assert!(catalogue(Locale::Chinese).has("app.name"));
    }
}
