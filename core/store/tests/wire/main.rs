//! The store as clients meet it: real sockets, real signatures, requests written by hand.

#[cfg(test)]
mod browsers;
mod forms;
#[cfg(test)]
mod header_names;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod pieces;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod sigv4;
#[cfg(test)]
mod upload_sessions;
