//! What administrators send: people's accounts, roles and names.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{people::Person, role::Role};

/// `GET /auth/v1/accounts`, for administrators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountList {
    /// Oldest first; those that were removed among them, so that ids in the audit log keep a name.
    pub accounts: Vec<Person>,
}

/// Body of `POST /auth/v1/accounts`, for administrators; the reply is an [`super::AccountRecord`].
#[derive(Clone, Serialize, Deserialize)]
pub struct CreateAccount {
    /// Its name, 1 to 80 characters, unique without regard to case.
    pub name: String,
    /// The first password.
    pub password: String,
    /// What it may do; never the owner.
    pub role: Role,
}

impl fmt::Debug for CreateAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateAccount")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// Body of `PATCH /auth/v1/accounts/{AccountId}`; the reply is an [`super::AccountRecord`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleChange {
    /// The new role; never the owner.
    pub role: Role,
}

/// Body of `POST /auth/v1/me/password`; the reply is an [`super::AccountRecord`].
#[derive(Clone, Serialize, Deserialize)]
pub struct ChangePassword {
    /// The password that holds now.
    pub old: String,
    /// The new one.
    pub new: String,
}

impl fmt::Debug for ChangePassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangePassword").finish_non_exhaustive()
    }
}

/// Body of `PATCH /auth/v1/libraries/{LibraryId}` and `.../spaces/{SpaceId}`, for administrators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rename {
    /// The new name, 1 to 80 characters.
    pub name: String,
}
