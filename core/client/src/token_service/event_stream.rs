//! Reading server-sent events: bytes in, the data of whole events out. Pure; the connection is held
//! elsewhere.

/// The longest line and the largest event taken; ours are below 100 bytes.
const EVENT_MAX: usize = 64 * 1024;

/// What was said is longer than any event of ours.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Collects bytes until events are whole.
#[derive(Debug, Default)]
pub(crate) struct EventParser {
    line: Vec<u8>,
    data: String,
    after_cr: bool,
}

impl EventParser {
    /// Takes some bytes and gives the data of every event that ended in them.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        let mut events = Vec::new();
        for &byte in bytes {
            let after_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\n' if after_cr => {}
                b'\n' | b'\r' => events.extend(self.end_line()),
                _ => self.line.push(byte),
            }
            if self.line.len() + self.data.len() > EVENT_MAX {
                return Err(TooLong);
            }
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return (!data.is_empty()).then_some(data);
        }
        let text = String::from_utf8_lossy(&line);
        if let Some(data) = text.strip_prefix("data:") {
            if !self.data.is_empty() {
                self.data.push('\n');
            }
            self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STREAM: &str = ": beat\n\nevent: x\ndata: {\"a\":1}\n\ndata:two\r\ndata: lines\r\n\r\n";

    #[test]
    fn events_are_told_from_beats() {
        let events = EventParser::default().push(STREAM.as_bytes()).unwrap();
        assert_eq!(events, ["{\"a\":1}", "two\nlines"]);
    }

    #[test]
    fn an_endless_line_is_refused() {
        assert_eq!(EventParser::default().push(&[b'x'; EVENT_MAX + 1]), Err(TooLong));
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_does_not_matter(cut in 0..STREAM.len()) {
            let mut parser = EventParser::default();
            let (first, second) = STREAM.as_bytes().split_at(cut);
            let mut events = parser.push(first).unwrap();
            events.extend(parser.push(second).unwrap());
            prop_assert_eq!(events, ["{\"a\":1}", "two\nlines"]);
        }
    }
}
