//! Where a picture was taken. Owns which positions are believed; knows no map.

/// A position on the earth (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gps {
    /// Degrees, -90 to 90, north positive.
    pub latitude: f64,
    /// Degrees, -180 to 180, east positive.
    pub longitude: f64,
    /// Metres above the sea, where told.
    pub altitude: Option<f64>,
}

/// Metres beyond which an altitude is a fault: deeper than the sea, higher than any aeroplane.
const ALTITUDES: std::ops::RangeInclusive<f64> = -12_000.0..=100_000.0;

impl Gps {
    /// Checks a position. Latitude and longitude of exactly zero are what devices write that do not
    /// know where they are, so they are none.
    pub(super) fn believed(latitude: f64, longitude: f64, altitude: Option<f64>) -> Option<Self> {
        let on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        let told = latitude != 0.0 || longitude != 0.0;
        (on_earth && told).then(|| Self {
            latitude,
            longitude,
            altitude: altitude.filter(|metres| ALTITUDES.contains(metres)),
        })
    }

    /// From the ISO 6709 text that films carry, in decimal degrees: `+27.1281+100.2508+000.000/`.
    pub(super) fn from_iso6709(text: &str) -> Option<Self> {
        let text = text.split('/').next()?;
        let text = text.split("CRS").next()?;
        let mut numbers = Vec::new();
        for (at, sign) in text.char_indices().filter(|(_, sign)| matches!(sign, '+' | '-')) {
            let rest = &text[at + sign.len_utf8()..];
            let digits = rest.split(['+', '-']).next()?;
            let number: f64 = digits.parse().ok()?;
            numbers.push(if sign == '-' { -number } else { number });
        }
        match numbers[..] {
            [latitude, longitude] => Self::believed(latitude, longitude, None),
            [latitude, longitude, altitude] => Self::believed(latitude, longitude, Some(altitude)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn films_tell_positions_as_text() {
        let gps = Gps::from_iso6709("+27.1281+100.2508+0012.500/").unwrap();
        assert_eq!((gps.latitude, gps.longitude, gps.altitude), (27.1281, 100.2508, Some(12.5)));
        let south_west = Gps::from_iso6709("-33.8688-151.2093/").unwrap();
        assert_eq!((south_west.latitude, south_west.longitude), (-33.8688, -151.2093));
        for wrong in ["", "/", "+91.0+0.5/", "+1.0/", "+x+y/", "+1+2+3+4/", "+00.0000+000.0000/"] {
            assert_eq!(Gps::from_iso6709(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_not_a_place() {
        assert_eq!(Gps::believed(f64::NAN, 1.0, None), None);
        assert_eq!(Gps::believed(1.0, f64::INFINITY, None), None);
        assert_eq!(Gps::believed(1.0, 2.0, Some(f64::NAN)).unwrap().altitude, None);
    }
}
