//! Which versions of the token service's API two programs speak, and what to say when they have
//! none in common. Pure.

use serde::{Deserialize, Serialize};

/// Versions of `/auth/v1` that a program speaks, both ends included. A version is raised when a
/// program of the one before would do something wrong, not when something is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiRange {
    /// The oldest.
    pub min: u32,
    /// The newest.
    pub max: u32,
}

/// Who has to be brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionTrouble {
    /// This program: the service does not speak so old a version any more.
    ProgramTooOld,
    /// The service: it does not speak so new a version yet.
    ServiceTooOld,
}

impl ApiRange {
    /// What this build speaks, as a service and as a client.
    pub const OURS: Self = Self { min: 1, max: 1 };

    /// The newest version that both speak.
    ///
    /// # Errors
    /// [`VersionTrouble`] when there is none. A range whose ends are the wrong way round counts as
    /// its newer end alone.
    pub const fn agree(program: Self, service: Self) -> Result<u32, VersionTrouble> {
        let (program_min, service_min) = (low(program), low(service));
        if program.max < service_min {
            return Err(VersionTrouble::ProgramTooOld);
        }
        if service.max < program_min {
            return Err(VersionTrouble::ServiceTooOld);
        }
        Ok(if program.max < service.max { program.max } else { service.max })
    }
}

/// A service of before the versions were told speaks the first.
impl Default for ApiRange {
    fn default() -> Self {
        Self { min: 1, max: 1 }
    }
}

const fn low(range: ApiRange) -> u32 {
    if range.min < range.max { range.min } else { range.max }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_speaks_with_whom() {
        use VersionTrouble::{ProgramTooOld, ServiceTooOld};
        let range = |(min, max)| ApiRange { min, max };
        for (program, service, agreed) in [
            ((1, 1), (1, 1), Ok(1)),
            ((1, 3), (2, 5), Ok(3)),
            ((2, 5), (1, 3), Ok(3)),
            ((1, 9), (4, 4), Ok(4)),
            ((1, 1), (2, 3), Err(ProgramTooOld)),
            ((4, 5), (1, 3), Err(ServiceTooOld)),
            ((5, 2), (2, 2), Ok(2)),
            ((0, u32::MAX), (1, 1), Ok(1)),
        ] {
            let is = ApiRange::agree(range(program), range(service));
            assert_eq!(is, agreed, "{program:?} {service:?}");
        }
    }

    #[test]
    fn we_speak_with_ourselves_and_with_who_tells_nothing() {
        assert!(ApiRange::agree(ApiRange::OURS, ApiRange::OURS).is_ok());
        assert_eq!(ApiRange::agree(ApiRange::OURS, ApiRange::default()), Ok(1));
    }
}
