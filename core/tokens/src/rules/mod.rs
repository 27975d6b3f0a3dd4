//! Rules as functions over values: no clock, no database, no network.

pub(crate) mod code;
pub(crate) mod id_token;
pub(crate) mod name;
pub(crate) mod nonce;
pub(crate) mod pairing;
pub(crate) mod password;
pub(crate) mod people;
pub(crate) mod revocation;
pub(crate) mod throttle;
pub(crate) mod totp;
