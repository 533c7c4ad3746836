//! Citus: what is said there, which needs none to be looked at; and what comes of it, where `TEST_CITUS_URL` names a cluster.

mod cluster;
mod floor;
mod script;
