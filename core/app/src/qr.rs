//! A text as a picture that cameras read. Owns its two forms: a path for a page to draw, and lines
//! of block characters for a terminal. The pattern itself is a library's work.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

use crate::AppError;

/// Light squares around the pattern: without them cameras find nothing.
const MARGIN: usize = 4;

/// Light and dark squares in rows, margin included.
pub(crate) struct Qr {
    side: usize,
    dark: Vec<bool>,
}

impl Qr {
    /// The pattern of a text; medium error correction, as screens do not get dirty.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] for a text too long for any pattern.
    pub(crate) fn of(text: &str) -> Result<Self, AppError> {
        let made = QrCode::with_error_correction_level(text, EcLevel::M);
        let made = made.map_err(|error| AppError::internal("QR code").because(&error))?;
        let inner = made.width();
        let side = inner + 2 * MARGIN;
        let mut dark = vec![false; side * side];
        for (n, color) in made.to_colors().into_iter().enumerate() {
            let (row, column) = (n / inner + MARGIN, n % inner + MARGIN);
            dark[row * side + column] = color == Color::Dark;
        }
        Ok(Self { side, dark })
    }

    /// Squares along one side.
    pub(crate) const fn side(&self) -> usize {
        self.side
    }

    fn is_dark(&self, row: usize, column: usize) -> bool {
        row < self.side && self.dark[row * self.side + column]
    }

    /// The dark squares as one path of SVG, a square being one unit.
    pub(crate) fn path(&self) -> String {
        let mut path = String::new();
        for row in 0..self.side {
            let mut column = 0;
            while column < self.side {
                let run = (column..self.side).take_while(|&at| self.is_dark(row, at)).count();
                if run > 0 {
                    let _ = write!(path, "M{column} {row}h{run}v1h-{run}z");
                }
                column += run.max(1);
            }
        }
        path
    }

    /// Two rows of squares in each line, light ones drawn: terminals are mostly dark, and cameras
    /// want dark on light.
    pub(crate) fn lines(&self) -> Vec<String> {
        let character =
            |row, column| match (self.is_dark(row, column), self.is_dark(row + 1, column)) {
                (false, false) => '█',
                (false, true) => '▀',
                (true, false) => '▄',
                (true, true) => ' ',
            };
        let rows = (0..self.side).step_by(2);
        rows.map(|row| (0..self.side).map(|column| character(row, column)).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_forms_show_the_same_pattern() {
        let qr =
            Qr::of("albumen://pair?server=https%3A%2F%2Fphotos.example&code=12345678").unwrap();
        let lines: Vec<Vec<char>> = qr.lines().iter().map(|line| line.chars().collect()).collect();
        let mut from_path = vec![false; qr.side * qr.side];
        for run in qr.path().split('z').filter(|run| !run.is_empty()) {
            let numbers: Vec<usize> =
                run.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
            let (column, row, length) = (numbers[0], numbers[1], numbers[2]);
            from_path[row * qr.side + column..][..length].fill(true);
        }
        for row in 0..qr.side {
            for column in 0..qr.side {
                let half = lines[row / 2][column];
                let dark = match half {
                    '█' => false,
                    ' ' => true,
                    '▀' => row % 2 == 1,
                    _ => row % 2 == 0,
                };
                assert_eq!(from_path[row * qr.side + column], dark, "{row} {column}");
            }
        }
    }

    #[test]
    fn a_camera_finds_margin_and_corners() {
        let qr = Qr::of("x").unwrap();
        assert_eq!(qr.side(), 21 + 2 * MARGIN);
        for edge in 0..qr.side {
            assert!((0..MARGIN).all(|at| !qr.is_dark(edge, at) && !qr.is_dark(at, edge)));
        }
        let far = qr.side - MARGIN - 7;
        for (row, column) in [(MARGIN, MARGIN), (MARGIN, far), (far, MARGIN)] {
            assert!((0..7).all(|at| qr.is_dark(row, column + at)), "{row} {column}");
            assert!(qr.is_dark(row + 3, column + 3) && !qr.is_dark(row + 1, column + 1));
        }
        assert!(Qr::of(&"x".repeat(5000)).is_err());
    }
}
