//! A camera's name for people. Owns how maker and model are tidied; knows no list of cameras.

/// Words that name the kind of company, not the camera.
const COMPANY_WORDS: &[&str] =
    &["corporation", "corp", "company", "co", "ltd", "inc", "imaging", "optical", "electronics"];

/// Makers who write their name in more than one way.
const SPELLINGS: &[(&str, &str)] = &[
    ("nikon", "Nikon"),
    ("samsung", "Samsung"),
    ("olympus", "Olympus"),
    ("sony", "Sony"),
    ("fujifilm", "Fujifilm"),
    ("lge", "LG"),
    ("pentax", "Pentax"),
    ("minolta", "Minolta"),
];

/// Longest camera name kept, in characters: some writers leave their whole memory in the field.
const MAX_NAME: usize = 100;

/// Maker and model as one name, the maker not said twice; absent when neither says anything.
pub(super) fn tidy(make: Option<&str>, model: Option<&str>) -> Option<String> {
    let make = maker(make.unwrap_or_default());
    let model = words(model.unwrap_or_default()).join(" ");
    let said_already = make.split(' ').any(|word| {
        !word.is_empty() && model.split([' ', '_']).any(|part| part.eq_ignore_ascii_case(word))
    });
    let name = match (make.is_empty(), model.is_empty()) {
        (true, true) => return None,
        (false, true) => make,
        (true, false) => model,
        (false, false) if said_already => respell(&model),
        (false, false) => format!("{make} {model}"),
    };
    Some(name.chars().take(MAX_NAME).collect())
}

fn words(text: &str) -> Vec<&str> {
    text.split(|sign: char| sign.is_whitespace() || sign.is_control())
        .filter(|word| !word.is_empty())
        .collect()
}

fn maker(make: &str) -> String {
    let spaced = make.replace(',', " ");
    let company = |word: &str| {
        COMPANY_WORDS.contains(&word.trim_end_matches('.').to_ascii_lowercase().as_str())
    };
    let all = words(&spaced);
    let named: Vec<&str> = all.iter().copied().filter(|word| !company(word)).collect();
    // A maker called only "Company" keeps its name.
    respell(&if named.is_empty() { all } else { named }.join(" "))
}

fn respell(name: &str) -> String {
    let (first, rest) = name.split_once(' ').map_or((name, None), |(a, b)| (a, Some(b)));
    let first = SPELLINGS
        .iter()
        .find(|(plain, _)| first.eq_ignore_ascii_case(plain))
        .map_or(first, |(_, spelling)| spelling);
    rest.map_or_else(|| first.to_owned(), |rest| format!("{first} {rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_cameras_read_well() {
        let table = [
            ("Apple", "iPhone 4", "Apple iPhone 4"),
            ("Canon", "Canon EOS 450D", "Canon EOS 450D"),
            ("NIKON CORPORATION", "NIKON D40", "Nikon D40"),
            ("NIKON", "E775", "Nikon E775"),
            ("samsung", "SM-J327T1", "Samsung SM-J327T1"),
            ("OLYMPUS OPTICAL CO.,LTD", "E-10        ", "Olympus E-10"),
            ("OLYMPUS IMAGING CORP.  ", "FE230/X790", "Olympus FE230/X790"),
            ("Minolta Co., Ltd.", "DiMAGE 7", "Minolta DiMAGE 7"),
            ("EASTMAN KODAK COMPANY", "KODAK EASYSHARE Z1012 IS", "KODAK EASYSHARE Z1012 IS"),
            ("PENTAX Corporation ", "PENTAX *ist D      ", "Pentax *ist D"),
            ("HTC", "HTC_TyTN_II", "HTC_TyTN_II"),
            ("LGE", "Nexus 4", "LG Nexus 4"),
            ("BUSHNELL", "", "BUSHNELL"),
            ("", "MAVICA\u{1}", "MAVICA"),
        ];
        for (make, model, expected) in table {
            assert_eq!(tidy(Some(make), Some(model)).as_deref(), Some(expected));
        }
        assert_eq!(tidy(Some(" \0 "), None), None);
        assert_eq!(tidy(None, None), None);
    }

    #[test]
    fn a_name_is_never_long() {
        assert_eq!(tidy(None, Some(&"像".repeat(5000))).unwrap().chars().count(), MAX_NAME);
    }
}
