//! A space in memory: numbers, stamps, a bin, earlier contents and a change feed, as far as a
//! mapping meets them, and faults on demand. Owns the calls of the engine's trait and what may
//! strike them; `store` is what lies under them, `people` what others do at the web.

#[cfg(test)]
mod contract_tests;
mod people;
mod sessions;
mod store;
mod tree;

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use albumen_model::RemotePath;

use super::{CloudError, CloudErrorKind, CloudResult};
use crate::meanwhile::Meanwhile;
use store::Store;
pub use store::Where;

/// The calls of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "named as the calls are")]
pub enum Call {
    List,
    Info,
    CreateDirectory,
    Begin,
    State,
    Renew,
    Adopt,
    Confirm,
    Cancel,
    PutObject,
    PutPart,
    Node,
    Cursor,
    Changes,
    MoveNode,
    Trash,
    Binned,
    Restore,
    Fetch,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    /// It never arrives.
    Before(CloudErrorKind),
    /// It is done, and its answer is lost.
    After(CloudErrorKind),
}

/// Decides about each call, by its kind and number.
pub type Striker = Box<dyn FnMut(Call, u64) -> Option<Strike> + Send>;

/// Events of a page, unless told otherwise: few, so that pages are turned.
const EVENTS_AT_ONCE: usize = 5;

/// A space in memory. Cloning gives another handle of the same.
#[derive(Clone)]
pub struct SimulatedCloud {
    state: Arc<Mutex<State>>,
    events_at_once: usize,
}

struct State {
    store: Store,
    calls: u64,
    striker: Option<Striker>,
    meanwhile: Meanwhile<SimulatedCloud>,
}

impl fmt::Debug for SimulatedCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SimulatedCloud").field(&self.state().store).finish()
    }
}

impl Default for SimulatedCloud {
    fn default() -> Self {
        Self::new()
    }
}

impl SimulatedCloud {
    /// An empty space.
    pub fn new() -> Self {
        let state = State {
            store: Store::default(),
            calls: 0,
            striker: None,
            meanwhile: Meanwhile::nothing(),
        };
        Self { state: Arc::new(Mutex::new(state)), events_at_once: EVENTS_AT_ONCE }
    }

    /// Another handle of the same, with pages of so many events.
    #[must_use]
    pub fn with_events_at_once(&self, events_at_once: usize) -> Self {
        Self { events_at_once, ..self.clone() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls of engines so far.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Lets somebody decide which calls fail; `None`: none any more.
    pub fn strike(&self, striker: Option<Striker>) {
        self.state().striker = striker;
    }

    /// Lets somebody do something right before a call, counted from 0.
    pub fn meanwhile(&self, call: u64, act: impl FnOnce(&Self) + Send + 'static) {
        self.state().meanwhile = Meanwhile::before(call, act);
    }

    fn let_others_in(&self) {
        let mut state = self.state();
        let call = state.calls;
        let act = state.meanwhile.due(call);
        drop(state);
        if let Some(act) = act {
            act(self);
        }
    }

    /// One call: on its way, struck or done, and its answer on its way.
    async fn call<T: Send>(
        &self,
        call: Call,
        act: impl FnOnce(&mut Store) -> CloudResult<T> + Send,
    ) -> CloudResult<T> {
        OnItsWay::default().await;
        self.let_others_in();
        let (answer, strike) = {
            let mut state = self.state();
            let number = state.calls;
            state.calls += 1;
            let strike = state.striker.as_mut().and_then(|decide| decide(call, number));
            if let Some(Strike::Before(kind)) = strike {
                return Err(CloudError::new(kind, format!("{call:?} {number} never arrives")));
            }
            (act(&mut state.store), strike)
        };
        OnItsWay::default().await;
        match strike {
            Some(Strike::After(kind)) => {
                Err(CloudError::new(kind, format!("the answer to {call:?} is lost")))
            }
            _ => answer,
        }
    }
}

/// Takes one turn, in which others may have theirs.
#[derive(Default)]
struct OnItsWay {
    gone: bool,
}

impl Future for OnItsWay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.gone {
            return Poll::Ready(());
        }
        self.gone = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

fn refused(kind: CloudErrorKind, path: &RemotePath) -> CloudError {
    CloudError::new(kind, format!("{path}: {kind:?}"))
}
