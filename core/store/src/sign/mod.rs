//! Signing. COS form: made here and verified here (`wire` uses it). AWS SigV4: pre-signed URLs made
//! here; verifying it belongs to the library that serves the wire.

mod cos;
mod form;
mod presign;

pub(crate) use cos::{CosAuthorization, CosDenied, SignedView, without_port};
pub use cos::{CosSigner, KeyTime};
pub(crate) use form::{FormDenied, FormFields};
pub use form::{FormGrant, sign_form};
pub use presign::{S3Endpoint, S3Presigner, Validity};
