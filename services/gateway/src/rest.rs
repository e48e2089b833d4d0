//! REST.

use axum::Router;

use crate::Gateway;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
}
