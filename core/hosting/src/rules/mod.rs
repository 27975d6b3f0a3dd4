//! The contract's rules as functions over values. No clock, no database, no HTTP in here: whoever
//! calls looks things up first and acts afterwards.

pub(crate) mod aggregate;
pub(crate) mod annotation;
pub(crate) mod bin;
pub(crate) mod conflict;
pub(crate) mod cursor;
pub(crate) mod grant;
pub(crate) mod hash;
pub(crate) mod kind;
pub(crate) mod link;
pub(crate) mod mode;
pub(crate) mod name;
pub(crate) mod preview;
pub(crate) mod quota;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod share;
pub(crate) mod token;
