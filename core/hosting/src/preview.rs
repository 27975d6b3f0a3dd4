//! Making previews: once for each object and wish, a few at a time, with every byte that is read
//! for it counted. Whoever asks while one is made waits for it. Two instances that make the same
//! one write the same key, which does no harm.

use std::{
    collections::HashMap,
    io::{Seek, Write},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use albumen_media::thumbnail::preview;
use bytes::Bytes;
use futures::StreamExt;
use tokio::{
    sync::{Mutex as Turn, Semaphore},
    task::spawn_blocking,
};

use crate::{
    error::Error,
    operations::Work,
    repository::{
        node::Content,
        preview::{self as kept, Kept},
    },
    rules::preview::Wish,
    service::Service,
};

/// Pictures decoded at once: each may take more than half a gigabyte for a moment.
const AT_ONCE: usize = 2;
/// Larger content is shown as it is.
const SOURCE_MAX: u64 = 256 << 20;

/// What the rest of the service shares with this work.
pub(crate) struct Previews {
    room: Semaphore,
    turns: Mutex<HashMap<String, Weak<Turn<()>>>>,
}

impl Default for Previews {
    fn default() -> Self {
        Self { room: Semaphore::new(AT_ONCE), turns: Mutex::default() }
    }
}

impl Previews {
    /// One after the other for one key.
    fn turn(&self, key: &str) -> Arc<Turn<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(key).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::new(Turn::new(()));
        turns.insert(key.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

/// A preview that lies in the store: its key and its type. `None`: none can be made.
pub(crate) async fn of(
    service: &Service,
    content: &Content,
    name: &str,
    wish: Wish,
) -> Result<Option<(String, String)>, Error> {
    let key = wish.key(&content.object_key);
    let known = |kept: Kept| match kept {
        Kept::Made(content_type) => Some((key.clone(), content_type)),
        Kept::Impossible => None,
    };
    if let Some(kept) = look(service, &key).await? {
        return Ok(known(kept));
    }
    let turn = service.previews.turn(&key);
    let _turn = turn.lock().await;
    let object = content.object;
    if !service.db.read(move |tx| kept::has_room(tx, object)).await? {
        return Ok(None);
    }
    if let Some(kept) = look(service, &key).await? {
        return Ok(known(kept));
    }
    let made = service.noted(Work::Preview, make(service, content, name, wish).await)?;
    let made = match made {
        Some((bytes, content_type)) => {
            let size = bytes.len() as u64;
            service.data_plane.store(&key, &content_type, bytes).await?;
            (Kept::Made(content_type), size)
        }
        None => (Kept::Impossible, 0),
    };
    let (now, at, (kept, size)) = (service.now(), key.clone(), made);
    let noted = kept.clone();
    let is_there =
        service.db.write(move |tx| kept::note(tx, &at, object, &noted, size, now)).await?;
    if !is_there && matches!(kept, Kept::Made(_)) {
        service.data_plane.delete(&key).await?;
        return Ok(None);
    }
    Ok(known(kept))
}

async fn look(service: &Service, key: &str) -> Result<Option<Kept>, Error> {
    let key = key.to_owned();
    service.db.read(move |tx| kept::find(tx, &key)).await
}

/// Reads the content and makes the picture; `None` when there is none in it.
async fn make(
    service: &Service,
    content: &Content,
    name: &str,
    wish: Wish,
) -> Result<Option<(Bytes, String)>, Error> {
    if content.size > SOURCE_MAX || content.size == 0 {
        return Ok(None);
    }
    // Never closed while the service lives.
    let _room = service.previews.room.acquire().await;
    let mut stream = service.data_plane.open(&content.object_key).await?.stream;
    let mut file = tempfile::tempfile().map_err(Error::Scratch)?;
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(albumen_store::Error::Body)?;
        service.hashing.count(piece.len() as u64);
        let step = spawn_blocking(move || file.write_all(&piece).map(|()| file));
        file = step.await.map_err(|_| Error::Panicked)?.map_err(Error::Scratch)?;
    }
    let name = name.to_owned();
    let made = spawn_blocking(move || {
        file.rewind().map_err(albumen_media::Error::Read)?;
        preview(&mut file, &name, wish.shape, wish.frame)
    });
    match made.await.map_err(|_| Error::Panicked)? {
        Ok(made) => Ok(Some((made.bytes.into(), made.format.content_type().to_owned()))),
        Err(albumen_media::Error::Read(error)) => Err(Error::Scratch(error)),
        Err(error) => {
            tracing::debug!(%error, "No preview of this content");
            Ok(None)
        }
    }
}
