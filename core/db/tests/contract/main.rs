//! What a database promises its callers, on SQLite and on PostgreSQL: the same stories for both.
//! `ALBUMEN_TEST_POSTGRES` names a server; without it they are told about a file.

mod copying;
mod kit;
mod locks;
mod schema;
mod server;
mod transactions;
mod values;
