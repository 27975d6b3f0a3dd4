//! How many tests passed and failed, read from what test programs print last.

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// The numbers of one program's output; absent when it told none.
    pub(crate) fn read(output: &str) -> Option<Self> {
        let mut tallies =
            output.lines().filter_map(|line| Self::of_cargo(line).or(Self::of_vitest(line)));
        let first = tallies.next()?;
        Some(tallies.fold(first, Self::plus))
    }

    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }

    /// `test result: ok. 5 passed; 0 failed; ...`
    fn of_cargo(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        Some(Self { passed: before(counts, " passed")?, failed: before(counts, " failed")? })
    }

    /// `Tests  1 failed | 12 passed (13)`
    fn of_vitest(line: &str) -> Option<Self> {
        let counts = line.trim_start().strip_prefix("Tests  ")?;
        let failed = before(counts, " failed");
        let passed = before(counts, " passed");
        (failed.is_some() || passed.is_some())
            .then_some(Self { passed: passed.unwrap_or(0), failed: failed.unwrap_or(0) })
    }
}

/// The number right before a word.
fn before(text: &str, word: &str) -> Option<u64> {
    text.split_once(word)?.0.rsplit(' ').next()?.parse().ok()
}

#[test]
fn closing_lines_are_read() {
    let tally = |passed, failed| Some(Tally { passed, failed });
    let cases = [
        ("test result: ok. 5 passed; 0 failed; 0 ignored; finished in 0.1s", tally(5, 0)),
        ("a\ntest result: FAILED. 15 passed; 2 failed; 0 ignored", tally(15, 2)),
        ("test result: ok. 1 passed; 0 failed\ntest result: ok. 2 passed; 1 failed", tally(3, 1)),
        ("      Tests  12 passed (12)", tally(12, 0)),
        ("      Tests  1 failed | 12 passed (13)", tally(12, 1)),
        ("      Tests  2 failed (2)", tally(0, 2)),
        (" Test Files  1 passed (1)", None),
        ("it broke down", None),
    ];
    for (output, expected) in cases {
        assert_eq!(Tally::read(output), expected, "{output}");
    }
}
