//! Calls for one's own second factor.

use albumen_model::{
    Password,
    auth::{
        SecondFactorBegin, SecondFactorBegun, SecondFactorConfirm, SecondFactorEnd, SecondFactorOn,
        SecondFactorState,
    },
};

use super::TokenService;
use crate::Error;

impl TokenService {
    /// Whether the account has a second factor.
    ///
    /// # Errors
    /// See [`Self::service_info`].
    pub async fn second_factor(&self) -> Result<SecondFactorState, Error> {
        self.get("/me/second-factor", "asking for the second factor").await
    }

    /// Makes a secret, told this once; it counts once it is confirmed.
    ///
    /// # Errors
    /// Code `WrongCredentials`; `SecondFactorOn` where there is one.
    pub async fn begin_second_factor(&self, password: &str) -> Result<SecondFactorBegun, Error> {
        let request = SecondFactorBegin { password: Password::new(password) };
        self.post("/me/second-factor", &request, "beginning a second factor").await
    }

    /// Switches it on by a first code. The recovery codes in the answer are told this once.
    ///
    /// # Errors
    /// Code `SecondFactorWrong`; `SecondFactorOff` where none was begun.
    pub async fn confirm_second_factor(&self, code: &str) -> Result<SecondFactorOn, Error> {
        let request = SecondFactorConfirm { code: Password::new(code) };
        self.post("/me/second-factor/confirm", &request, "confirming a second factor").await
    }

    /// Switches it off, by password and a code or recovery code.
    ///
    /// # Errors
    /// Code `WrongCredentials`, `SecondFactorWrong`; `SecondFactorOff` where there is none.
    pub async fn end_second_factor(
        &self,
        password: &str,
        code: &str,
    ) -> Result<SecondFactorState, Error> {
        let (password, code) = (Password::new(password), Password::new(code));
        let request = SecondFactorEnd { password, code };
        self.post("/me/second-factor/off", &request, "switching the second factor off").await
    }
}
