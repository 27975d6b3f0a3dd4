//! Secrets as types: they compare in constant time, are wiped when dropped and cannot be printed.

use std::fmt;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes over the text; nothing is checked, a wrong secret simply matches nothing.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The bare text, to put into a request or to hash. Never log it.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
            }
        }

        impl Eq for $name {}
    };
}

secret! {
    /// The library's secret (媒体库密钥). Only the token service holds one; it mints access tokens.
    LibrarySecret
}
secret! {
    /// An access token (访问令牌, SMH section 3): opaque, sent as a bearer.
    AccessToken
}
secret! {
    /// The key of the console API: whoever has it can create and delete libraries.
    ConsoleKey
}
secret! {
    /// A code that is told once and works once: it sets the service up, or admits an invited
    /// person.
    OneTimeCode
}
secret! {
    /// A password that a person chose, or a code of their second factor, on its way.
    Password
}
secret! {
    /// An `otpauth:` URI: the secret that a person's authenticator makes codes from.
    OtpauthUri
}

secret! {
    /// The secret by which a token service is known to an OpenID Connect provider.
    ClientSecret
}
secret! {
    /// What a sign-in by a provider is found again by: told to the device that began it.
    FlowState
}
secret! {
    /// A provider's code for one sign-in, on its way to the token service.
    AuthorizationCode
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_text() {
        let secret = LibrarySecret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "LibrarySecret(hidden)");
        assert_eq!(secret.expose(), "hunter2");
        assert!(secret == LibrarySecret::new("hunter2"));
        assert!(secret != LibrarySecret::new("hunter3"));
    }
}
