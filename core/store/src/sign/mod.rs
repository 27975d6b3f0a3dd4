//! Signing. COS form: made here and verified here (`wire` uses it). AWS SigV4: pre-signed URLs made
//! here; verifying it belongs to the library that serves the wire.

mod cos;
mod presign;

pub(crate) use cos::{CosAuthorization, CosDenied, SignedView, without_port};
pub use cos::{CosSigner, KeyTime};
pub use presign::{S3Endpoint, S3Presigner, Validity};
