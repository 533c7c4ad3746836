//! For web services on axum: who is signed in, which tenant the request is for, input that is valid, answers that leak
//! nothing. The feature `axum`.
//!
//! ```
//! use axum::routing::get;
//! use axum::{Json, Router, middleware};
//! use service::web::{Input, InputQuery, SameOrigin, Web};
//! use service::{Client, ClientFilter, ClientOrder, NewClient, Page, Result, Tenant};
//!
//! async fn list(tenant: Tenant, InputQuery(filter): InputQuery<ClientFilter>) -> Result<Json<Page<Client>>> {
//!     Ok(Json(tenant.clients().list(&filter, ClientOrder::Name, 50, None).await?))
//! }
//!
//! async fn create(tenant: Tenant, Input(new): Input<NewClient>) -> Result<Json<Client>> {
//!     Ok(Json(tenant.clients().create(new).await?))
//! }
//!
//! fn app(web: Web) -> Router {
//!     Router::new()
//!         .route("/clients", get(list).post(create))
//!         .layer(middleware::from_extractor_with_state::<SameOrigin, _>(web.clone()))
//!         .with_state(web)
//! }
//! ```
//!
//! - [`Web`] is the state: the [`Db`](crate::Db) and the address that browsers know the service by, of which follow the
//!   cookie's name and flags and whose requests are let through. A state of one's own holds it: `impl FromRef<State> for
//!   Web`.
//! - [`SignedIn`](crate::SignedIn), [`Session`](crate::Session) and [`Tenant`](crate::Tenant) are extractors. The first one
//!   of a request asks the database, once; the others take what it found. `Option<SignedIn>` is for pages that are for
//!   everybody.
//! - [`SessionToken`] is what the request's cookie holds, for what replaces or ends the session.
//! - [`SessionCookie`] is a part of a response: the cookie that carries a session, or its end.
//! - [`SameOrigin`] refuses what another site's page sends. The extractors of sessions do so by themselves; as a layer it
//!   covers signing in too.
//! - [`Input`] and [`InputQuery`] read a body and a query by [`input`](crate::input), and answer with all that is wrong.
//! - [`Error`](crate::Error) is a response, so that a handler returns [`Result`](crate::Result): see [`Problem`].

mod cookie;
mod extract;
mod input;
mod origin;
mod problem;
mod rejection;
mod same_origin;
mod token;

pub use cookie::SessionCookie;
pub use input::{Input, InputQuery};
pub use origin::Web;
pub use problem::Problem;
pub use rejection::{InputRejection, Rejection};
pub use same_origin::SameOrigin;
pub use token::SessionToken;
