//! What somebody does between two calls to a simulated disk or cloud. Owns when it is due.

/// What is done, to whom it is done.
type Deed<T> = Box<dyn FnOnce(&T) + Send>;

/// A deed that waits for its moment, if there is one.
pub(crate) struct Meanwhile<T>(Option<(u64, Deed<T>)>);

impl<T> Meanwhile<T> {
    /// Nobody is about to do anything.
    pub(crate) const fn nothing() -> Self {
        Self(None)
    }

    /// Somebody does this right before a call, counted from 0.
    pub(crate) fn before(call: u64, act: impl FnOnce(&T) + Send + 'static) -> Self {
        Self(Some((call, Box::new(act))))
    }

    /// What is done now that this call comes.
    pub(crate) fn due(&mut self, call: u64) -> Option<Deed<T>> {
        let (_, act) = self.0.take_if(|(at, _)| *at == call)?;
        Some(act)
    }
}
