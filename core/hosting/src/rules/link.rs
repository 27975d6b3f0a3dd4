//! What a link may lead to (SMH section 9.5).

use albumen_model::{ErrorCode, smh::NodeType};

/// Links one behind the other, at most; the contract leaves the number open.
pub(crate) const DEPTH_MAX: usize = 5;

/// Whether a new link may lead to a node of this kind, over a chain of so many links, the new one
/// included.
///
/// # Errors
/// `SymlinkToDirectoryNotAllowed`, `UnsupportedFileType`, `SymlinkDepthLimitExceeded`.
pub(crate) fn admit(kind: NodeType, links: usize) -> Result<(), ErrorCode> {
    match kind {
        NodeType::Dir => Err(ErrorCode::SymlinkToDirectoryNotAllowed),
        NodeType::Virtual => Err(ErrorCode::UnsupportedFileType),
        _ if links > DEPTH_MAX => Err(ErrorCode::SymlinkDepthLimitExceeded),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_of_section_9_5() {
        use ErrorCode as E;
        for (kind, links, admitted) in [
            (NodeType::File, 1, Ok(())),
            (NodeType::Image, 1, Ok(())),
            (NodeType::Symlink, DEPTH_MAX, Ok(())),
            (NodeType::File, DEPTH_MAX + 1, Err(E::SymlinkDepthLimitExceeded)),
            (NodeType::Dir, 1, Err(E::SymlinkToDirectoryNotAllowed)),
            (NodeType::Virtual, 1, Err(E::UnsupportedFileType)),
        ] {
            assert_eq!(admit(kind, links), admitted, "{kind:?} {links}");
        }
    }
}
