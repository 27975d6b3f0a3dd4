//! How single values are written into a row, as short as they go. Owns the forms; the rows' columns
//! are others'.

use albumen_model::{Crc64, Inode};
use rusqlite::{
    Row,
    types::{FromSql, Value, ValueRef},
};

use crate::{
    effect::Version,
    journal::mappings::unreadable,
    name::{CaseRule, Normalisation, VolumeRules},
    plan::tree::{Aside, Content, Gone, LocalStat, Name, NodeId, Place, Side},
};

/// Reads a row's columns one after the other.
pub(super) struct Columns<'r, 's> {
    row: &'r Row<'s>,
    at: usize,
}

impl<'r, 's> Columns<'r, 's> {
    pub(super) const fn new(row: &'r Row<'s>, at: usize) -> Self {
        Self { row, at }
    }

    pub(super) fn next<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.at += 1;
        self.row.get(self.at - 1)
    }

    /// A value that this program would not have written.
    pub(super) fn bad(&self) -> rusqlite::Error {
        unreadable(self.at - 1)
    }

    /// A number that stands for something, if there is one.
    pub(super) fn coded<T>(&mut self, read: fn(i64) -> Option<T>) -> rusqlite::Result<Option<T>> {
        match self.next::<Option<i64>>()? {
            None => Ok(None),
            Some(number) => read(number).map(Some).ok_or_else(|| self.bad()),
        }
    }

    pub(super) fn unsigned(&mut self) -> rusqlite::Result<Option<u64>> {
        Ok(self.next::<Option<i64>>()?.map(i64::cast_unsigned))
    }

    pub(super) fn crc64(&mut self) -> rusqlite::Result<Option<Crc64>> {
        Ok(self.unsigned()?.map(Crc64::new))
    }

    pub(super) fn name(&mut self) -> rusqlite::Result<Option<Name>> {
        self.at += 1;
        let text = self.row.get_ref(self.at - 1)?.as_str_or_null();
        Ok(text.map_err(|_| self.bad())?.map(Name::new))
    }

    /// What [`place`] wrote.
    pub(super) fn place(&mut self) -> rusqlite::Result<Option<Place>> {
        let (parent, name) = (self.next::<Option<i64>>()?.map(NodeId), self.name()?);
        Ok(parent.zip(name).map(|(parent, name)| Place { parent, name }))
    }

    /// What [`version`] wrote.
    pub(super) fn version(&mut self) -> rusqlite::Result<Option<Version>> {
        let (size, crc64) = (self.unsigned()?, self.crc64()?);
        let state = self.state(size)?;
        Ok(state.map(|stat| Version { stat, crc64 }))
    }

    /// What [`identity`] wrote.
    pub(super) fn identity(&mut self) -> rusqlite::Result<Option<(u64, i64)>> {
        match (self.unsigned()?, self.next::<Option<i64>>()?) {
            (Some(number), Some(birth)) => Ok(Some((number, birth))),
            (None, None) => Ok(None),
            _ => Err(self.bad()),
        }
    }

    /// What [`stamp`] wrote.
    pub(super) fn stamp(&mut self) -> rusqlite::Result<Option<String>> {
        self.at += 1;
        match self.row.get_ref(self.at - 1)? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => Ok(Some(hex(bytes))),
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text).map_err(|_| self.bad())?;
                Ok(Some(text.to_owned()))
            }
            _ => Err(self.bad()),
        }
    }

    /// What [`inode`] wrote.
    pub(super) fn inode(&mut self) -> rusqlite::Result<Option<Inode>> {
        self.at += 1;
        let text = match self.row.get_ref(self.at - 1)? {
            ValueRef::Null => return Ok(None),
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            _ => return Err(self.bad()),
        };
        Inode::parse(text).map(Some).map_err(|_| self.bad())
    }

    /// What [`stat`] wrote. `size`: of the content, where the state has none of its own.
    pub(super) fn stat(&mut self, size: u64) -> rusqlite::Result<Option<LocalStat>> {
        let own_size = self.unsigned()?;
        self.state(Some(own_size.unwrap_or(size)))
    }

    fn state(&mut self, size: Option<u64>) -> rusqlite::Result<Option<LocalStat>> {
        let mtime_ns = self.next::<Option<i64>>()?;
        let (ctime_ns, inode, btime_ns) = (self.next()?, self.unsigned()?, self.next()?);
        let (Some(size), Some(mtime_ns), Some(ctime_ns), Some(inode), Some(btime_ns)) =
            (size, mtime_ns, ctime_ns, inode, btime_ns)
        else {
            return Ok(None);
        };
        Ok(Some(LocalStat { size, mtime_ns, ctime_ns, inode, btime_ns }))
    }

    /// What [`content`] wrote.
    pub(super) fn content(&mut self) -> rusqlite::Result<Option<Content>> {
        let (size, crc64) = (self.unsigned()?, self.crc64()?);
        let stat = self.stat(size.unwrap_or(0))?;
        let cas = self.stamp()?;
        Ok(size.map(|size| Content { size, crc64, stat, cas }))
    }
}

/// A stamp of content, most often hexadecimal: half as long as bytes.
pub(super) fn stamp(text: Option<&str>) -> Value {
    let Some(text) = text else { return Value::Null };
    match unhex(text) {
        Some(bytes) => Value::Blob(bytes),
        None => Value::Text(text.to_owned()),
    }
}

/// The cloud's number for a node, most often one indeed.
pub(super) fn inode(inode: Option<&Inode>) -> Value {
    let Some(inode) = inode else { return Value::Null };
    match inode.as_str().parse::<i64>() {
        Ok(number) if number.to_string() == inode.as_str() => Value::Integer(number),
        _ => Value::Text(inode.as_str().to_owned()),
    }
}

/// The two columns of a place.
pub(super) fn place(place: Option<&Place>) -> [Value; 2] {
    let Some(place) = place else { return [Value::Null, Value::Null] };
    [Value::Integer(place.parent.0), Value::Text(place.name.as_str().to_owned())]
}

/// The six columns of a version.
pub(super) fn version(version: Option<&Version>) -> [Value; 6] {
    let Some(Version { stat, crc64 }) = version else { return [const { Value::Null }; 6] };
    [
        Value::Integer(stat.size.cast_signed()),
        crc64.map_or(Value::Null, |crc64| Value::Integer(crc64.get().cast_signed())),
        Value::Integer(stat.mtime_ns),
        Value::Integer(stat.ctime_ns),
        Value::Integer(stat.inode.cast_signed()),
        Value::Integer(stat.btime_ns),
    ]
}

/// The two columns of what tells a directory from every other.
pub(super) fn identity(identity: Option<(u64, i64)>) -> [Value; 2] {
    let Some((number, birth)) = identity else { return [Value::Null, Value::Null] };
    [Value::Integer(number.cast_signed()), Value::Integer(birth)]
}

/// The five columns of a state: its size only where it is not that of the content.
pub(super) fn stat(stat: Option<&LocalStat>, size: u64) -> [Option<i64>; 5] {
    let Some(stat) = stat else { return [None; 5] };
    [
        (stat.size != size).then_some(stat.size.cast_signed()),
        Some(stat.mtime_ns),
        Some(stat.ctime_ns),
        Some(stat.inode.cast_signed()),
        Some(stat.btime_ns),
    ]
}

/// The eight columns of a content; none of a directory.
pub(super) fn content(content: Option<&Content>) -> [Value; 8] {
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
    let size = content.map(|content| content.size);
    let crc64 = content.and_then(|content| content.crc64);
    let [own_size, mtime, ctime, ino, btime] =
        stat(content.and_then(|content| content.stat.as_ref()), size.unwrap_or(0)).map(number);
    [
        number(size.map(u64::cast_signed)),
        number(crc64.map(|crc64| crc64.get().cast_signed())),
        own_size,
        mtime,
        ctime,
        ino,
        btime,
        stamp(content.and_then(|content| content.cas.as_deref())),
    ]
}

pub(super) const fn side(side: Side) -> i64 {
    match side {
        Side::Local => 0,
        Side::Remote => 1,
    }
}

const ASIDES: [Aside; 5] = [
    Aside::DeletedInCloud,
    Aside::ChangedInCloud,
    Aside::Archived,
    Aside::Withdrawn,
    Aside::NameClash,
];

pub(super) fn aside(why: Aside) -> i64 {
    match why {
        Aside::DeletedInCloud => 0,
        Aside::ChangedInCloud => 1,
        Aside::Archived => 2,
        Aside::Withdrawn => 3,
        Aside::NameClash => 4,
    }
}

pub(super) fn read_aside(number: i64) -> Option<Aside> {
    ASIDES.into_iter().find(|why| aside(*why) == number)
}

const GONE: [Gone; 3] =
    [Gone::Deleted { in_bin: false }, Gone::Deleted { in_bin: true }, Gone::Withdrawn];

pub(super) fn gone(how: Gone) -> i64 {
    match how {
        Gone::Deleted { in_bin } => i64::from(in_bin),
        Gone::Withdrawn => 2,
    }
}

pub(super) fn read_gone(number: i64) -> Option<Gone> {
    GONE.into_iter().find(|how| gone(*how) == number)
}

/// What of a volume's rules decides which names are one name.
pub(super) fn rules(rules: &VolumeRules) -> i64 {
    i64::from(rules.case == CaseRule::Insensitive)
        + 2 * i64::from(rules.normalisation == Normalisation::Same)
        + 4 * i64::from(rules.windows)
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The bytes of a text that [`hex`] would have written.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |sign: u8| DIGITS.iter().position(|digit| *digit == sign);
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok();
    pairs.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_come_back_as_they_were() {
        for (text, bytes) in [
            ("0123456789abcdef01234567", Some(12)),
            ("00", Some(1)),
            ("", Some(0)),
            ("ABCD", None),
            ("abc", None),
            ("v2:abcd", None),
            ("\u{e9}\u{e9}", None),
        ] {
            let written = stamp(Some(text));
            let length = match &written {
                Value::Blob(bytes) => Some(bytes.len()),
                _ => None,
            };
            assert_eq!(length, bytes, "{text}");
            let conn = rusqlite::Connection::open_in_memory().unwrap();
            let read = |row: &Row<'_>| Columns::new(row, 0).stamp();
            let back = conn.query_row("SELECT ?1", [written], read).unwrap();
            assert_eq!(back.as_deref(), Some(text));
        }
    }

    #[test]
    fn numbers_of_the_cloud_come_back_as_they_were() {
        for text in ["0", "17", "-17", "007", "9223372036854775807", "9223372036854775808", "n_1"] {
            let given = Inode::parse(text).unwrap();
            let conn = rusqlite::Connection::open_in_memory().unwrap();
            let read = |row: &Row<'_>| Columns::new(row, 0).inode();
            let back = conn.query_row("SELECT ?1", [inode(Some(&given))], read).unwrap();
            assert_eq!(back, Some(given));
        }
    }
}
