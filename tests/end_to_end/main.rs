//! The same scenarios against the product in one process on SQLite, and split on PostgreSQL and NATS.
//!
//! Every scenario is written once, for a [`cast::Cast`]; `scenarios!` runs it in both modes.

mod bad_input;
#[path = "../product/cast.rs"]
mod cast;
mod development;
mod erasure;
mod faults;
mod gateway;
mod story;
mod tokens;
mod trace;
#[path = "../product/world.rs"]
mod world;

/// Runs each scenario in both modes.
macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        mod embedded {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::cast::Cast::new(crate::world::Mode::Embedded).await).await;
            })*
        }
        mod split {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::cast::Cast::new(crate::world::Mode::Split).await).await;
            })*
        }
    };
}
pub(crate) use scenarios;
