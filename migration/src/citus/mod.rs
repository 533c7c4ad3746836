//! A database that is spread over several machines by Citus: where its rows lie, and what is said differently there.
//!
//! The migrations are the same, and so are their checksums: the words that they are written in see the extension in the
//! database and say there
//!
//! | elsewhere | on Citus |
//! |---|---|
//! | foreign keys with the table | after the table was put in its [`place`](layout), since it cannot be put there with them |
//! | triggers that move `updated_at` | none: the service's clock alone does |
//! | triggers that keep the audit as it is | rights that nobody has, the tables' owner neither |
//! | the functions of those triggers | none |
//! | policies that look at other tables | policies that look at the row and at the tenant alone |
//! | the policy `owner` asks whose the table is | it is for whoever owned the table when it was made |
//! | the wall, with the guest's policies | none |
//! | the reader's rights: on views alone | on the tables' columns that are no secrets too |
//! | what Supabase's API may see | nothing is shared |
//! | the documents of emails, and `search_emails` | none |

pub mod layout;

mod cluster;
mod engine;
mod refuse;

pub use cluster::Cluster;
pub(crate) use engine::{Engine, IN_TURN, QUESTION};
pub(crate) use refuse::{refuse_whole, refuse_worker};
