//! What a service says when it refuses. Owns the codes with their statuses and the error body.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($status:literal => $($code:ident)*;)*) => {
        /// An error code of the library service (SMH section 22) or of the token service.
        /// `status()` is the HTTP status it travels with.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is the wire word; SMH section 22 groups them")]
        pub enum ErrorCode { $($($code,)*)* }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[Self] = &[$($(Self::$code,)*)*];

            /// The wire word.
            pub const fn as_str(self) -> &'static str {
                match self { $($(Self::$code => stringify!($code),)*)* }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $($(Self::$code)|* => $status,)* }
            }
        }
    };
}

codes! {
    400 => BadRequest EmptyLibraryIdOrSecret EmptyLibrarySecret EmptyLibraryId EmptySpaceId
        EmptyFileName EmptyPath EmptyAccessToken NotMultiSpaceLibrary MultipartUploadIncomplete
        DirectoryNameLengthExceed DirectoryNotAllowed RootDirectoryNotAllowed DirectoryLevelExceed
        FileNameLengthExceed ExtnameNotAllowed UploadToRootDirectoryNotAllowed
        SourceDirectoryIsParentOfDestination InvalidSourceDirectory InvalidSourceFile
        InvalidConflictResolutionStrategy InvalidDestinationPath ParamInvalid SpaceIdInvalid
        IllegalFileName FileTypeNotMatched BadCrc64 QuotaLimitReached RecycleBinNotEnabled
        MultipartUploadPartTooSmall IncompleteBody NotMultipartUpload UserIdLengthExceed
        ClientIdLengthExceed InvalidTimeFormat FunctionNotEnabled CoverNotSupportedInFileLibrary
        CoverNotSupportedInRootDirectory InvalidSpaceOrDirectoryPath QuotaSpacesInvalid
        QuotaSpacesRequired QuotaCapacityInvalid QuotaCapacityLessThanSize QuotaCapacityRequired
        LibraryQuotaLimitReached FileUncompressNotAllowed SearchTooComplex SearchNotEnabled
        SearchIdInvalid TooManyItems NoItemsProvided OverwriteFileNotAllowed
        InvalidFileHistoryCount InvalidFileHistoryExpireDay InvalidFileHistoryMergeInterval
        DirectoryHistoryNotBeDeleted SymlinkDepthLimitExceeded SymlinkToDirectoryNotAllowed
        SymlinkOverwriteConflict UnsupportedSourceFormat UnsupportedTargetFormat
        UnsupportedFileType InvalidDirectoryStatsType CursorExpired OrderByNotAllowed
        OrderByTypeNotAllowed DocEditNotEnabled LibraryServiceInsecure LibraryServiceUntrusted;
    401 => SignatureInvalid StaleNonce WrongCredentials PairingCodeWrong SecondFactorRequired
        SecondFactorWrong;
    403 => NoPermission AccessTokenNotMatchLibrary AccessTokenNotMatchSpace InvalidAccessToken
        ReadForbidden WriteForbidden UploadNotBelongYou DeviceRevoked UploadFenced ApprovalNeeded
        ConsoleKeyInvalid ShareDisabled ShareExpired ShareTokenInvalid ExtractionCodeInvalid
        LoginRequired ShareAccessDenied AnonymousNotAllowed CannotPreview CannotDownload
        CannotSaveToNetDisk CannotModify AccountDisabled CodeInvalid RegistrationClosed
        IdentityUnknown IdentityRefused IdentityFlowOver IdentityOther IdentityNotFresh;
    404 => RouteNotFound LibraryNotFound SpaceNotFound DirectoryNotFound SourceDirectoryNotFound
        SourceFileNotFound FileNotFound PathNotFound ConfirmKeyNotFound UploadNotFound
        MarkerNotFound UploadIncomplete WrongLibraryIdOrSecret RecycledItemNotFound
        CosObjectNonexistent DeviceNotFound AccountNotFound PairingNotFound NoQuota QuotaNotFound
        FavoriteIdNotFound FileRemovedByQuota RootLinkFileNotFound DirectoryHistoryNotFound
        SearchIdNotFound ShareNotFound FileNotInShare ShareFileEmpty InvitationNotFound
        OpenIdNotOffered;
    408 => ReadRequestTimeout;
    409 => SameNameDirectoryOrFileExists SpaceNotEmpty UploadComplete PathConflict
        RenameTooManyTimes ContentCasConflict SpaceIdTaken DirectoryNotEmpty AccountExists
        LibraryExists LibraryNotEmpty DuplicateQuota DuplicateFavoriteRecord CircleSymlink
        ShareHasBeenUpdated PairingOver SecondFactorOn SecondFactorOff IdentityBound
        IdentityNotBound LastWayIn PasswordSet;
    413 => RequestEntityTooLarge;
    414 => URITooLong;
    429 => RateLimitExceeded;
    500 => InternalServerError;
    502 => LibraryServiceUnreachable IdentityProviderUnreachable;
    503 => ServerOverloaded RequestTimeout;
    507 => StoreFull;
}

impl ErrorCode {
    /// Reads a wire word; `None` for a code we do not know.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error body of both services (SMH section 1.8). `code` is what a client acts on; `message` is
/// for people and not stable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WireError {
    /// The code's word; may be one we do not know.
    pub code: String,
    /// A sentence for people.
    #[serde(default)]
    pub message: String,
    /// The request this answers, to find it in a log.
    #[serde(default)]
    pub request_id: String,
}

impl WireError {
    /// The code as a value, when we know it.
    pub fn known(&self) -> Option<ErrorCode> {
        ErrorCode::parse(&self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_travel_with_their_status() {
        for (code, status) in [
            (ErrorCode::WrongLibraryIdOrSecret, 404),
            (ErrorCode::InvalidAccessToken, 403),
            (ErrorCode::EmptyAccessToken, 400),
            (ErrorCode::SameNameDirectoryOrFileExists, 409),
            (ErrorCode::UploadIncomplete, 404),
        ] {
            assert_eq!(code.status(), status);
            assert_eq!(ErrorCode::parse(code.as_str()), Some(code));
        }
        assert_eq!(ErrorCode::parse("SomethingNewer"), None);
    }
}
