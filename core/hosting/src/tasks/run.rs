//! Working at tasks, in turns, so that a large one does not keep the others waiting.

use std::{sync::Arc, time::Duration};

use albumen_db::Tx;
use albumen_model::SpaceId;
use tokio::sync::watch;

use crate::{
    error::Error,
    lock,
    operate::batch::Item,
    operations::Work,
    repository::task::{self, Task},
    request::{Caller, Standing},
    service::Service,
    tree::{self, Draft},
};

/// How often to look for tasks that another instance left behind; for our own the bell rings.
const EVERY: Duration = Duration::from_secs(10);
/// Nodes of a copy in one transaction, so that nobody waits long for the writer.
const NODES_AT_ONCE: usize = 500;
/// Transactions of one task before the next has its turn.
const STEPS_A_TURN: usize = 32;
/// How long a task rests after the database could not be had, in milliseconds.
const REST_MS: i64 = 5_000;

/// Works until told to stop; between two transactions it can stop at any time.
pub(crate) async fn run(service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    loop {
        match turn(&service, &stop).await {
            Ok(true) if !*stop.borrow() => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "Task not finished; it goes on later"),
        }
        tokio::select! {
            () = service.bell.notified() => {}
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Works some time at one task; false when there is none.
async fn turn(service: &Service, stop: &watch::Receiver<bool>) -> Result<bool, Error> {
    let (holder, now) = (service.instance.clone(), service.now());
    let taken = service.db.write(move |tx| task::take(tx, &holder, now)).await?;
    let Some(id) = taken else { return Ok(false) };
    let mut outcome = Ok(true);
    for _ in 0..STEPS_A_TURN {
        if *stop.borrow() {
            break;
        }
        match step(service, id).await {
            Ok(true) => {}
            Ok(false) => return service.noted(Work::Task, Ok(true)),
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    // Deleting leaves things to be freed.
    service.broom.notify_one();
    let rest = if outcome.is_err() { REST_MS } else { 0 };
    let (holder, from) = (service.instance.clone(), service.now().plus_millis(rest));
    service.db.write(move |tx| task::let_go(tx, id, &holder, from)).await?;
    service.noted(Work::Task, outcome)
}

/// One transaction; false when the task is done, or another instance has it.
async fn step(service: &Service, id: i64) -> Result<bool, Error> {
    let look = move |tx: &Tx<'_>| -> Result<_, Error> {
        Ok((task::find(tx, id)?, task::next_item::<Item>(tx, id)?))
    };
    let (Some(task), next) = service.db.read(look).await? else { return Ok(false) };
    let (holder, now) = (service.instance.clone(), service.now());
    let Some((position, item)) = next else {
        let ended = service.db.write(move |tx| -> Result<(), Error> {
            match task::keep(tx, id, &holder, now)? {
                true => task::end(tx, id, now),
                false => Ok(()),
            }
        });
        return ended.await.map(|()| false);
    };
    let (doing, in_whose_name) = (item.clone(), task.clone());
    let done = service
        .db
        .write(move |tx| -> Result<bool, Error> {
            let Some(task) = held(tx, &in_whose_name, doing.other_space(), &holder, now)? else {
                return Ok(false);
            };
            let standing: Standing = task.caller()?;
            let caller = Caller::of_standing(tx, standing, &task.library, &task.space)?;
            let mut draft: Option<Draft> = task.draft()?;
            match doing.run(tx, &caller, &mut draft, NODES_AT_ONCE, now)? {
                Some(result) => task::set_result(tx, id, position, &result)?,
                None => task::set_draft(tx, id, draft.as_ref())?,
            }
            Ok(true)
        })
        .await;
    match done {
        Err(Error::Database(error)) if error.is_transient() => Err(error.into()),
        Err(error) => note_failure(service, task, position, item, error).await,
        done => done,
    }
}

/// Takes the locks of the spaces and sees that the task is still ours; then it is as it is now.
fn held(
    tx: &Tx<'_>,
    task: &Task,
    other: Option<&SpaceId>,
    holder: &str,
    now: albumen_model::Timestamp,
) -> Result<Option<Task>, Error> {
    tx.lock(&lock::spaces(&task.library, other.into_iter().chain([&task.space])))?;
    if task::keep(tx, task.id, holder, now)? { task::find(tx, task.id) } else { Ok(None) }
}

/// In a transaction of its own, as nothing of the one that failed is kept.
async fn note_failure(
    service: &Service,
    task: Task,
    position: i64,
    item: Item,
    error: Error,
) -> Result<bool, Error> {
    let result = item.failed(&error.refusal());
    let (holder, now) = (service.instance.clone(), service.now());
    service
        .db
        .write(move |tx| -> Result<bool, Error> {
            let Some(task) = held(tx, &task, item.other_space(), &holder, now)? else {
                return Ok(false);
            };
            if let Some(draft) = task.draft::<Draft>()? {
                tree::give_up(tx, &draft, now)?;
            }
            task::set_result(tx, task.id, position, &result)?;
            Ok(true)
        })
        .await
}
