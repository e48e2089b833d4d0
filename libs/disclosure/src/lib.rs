//! Which counts may be shown, so that nothing small can be worked out from them.
//!
//! Hiding small counts is not enough: what is hidden may follow from a total and the counts beside it, or from two
//! reports that overlap. Searching for what may be solved, and hiding more until nothing can be, is hard to get right
//! and harder to prove. Here it is the other way about. A table is made of *leaves*, the smallest places where
//! somebody is counted. A *cell* is a set of leaves: a school, a trust, a phase, a whole network. Cells are offered
//! one after the other ([`Plan::offer`]); together, those that are shown cut the leaves into *blocks*, the pieces that
//! lie within exactly the same shown cells. What must stay true:
//!
//! > every block is safe: on each side of every measure it counts at least `threshold` people, or nobody at all where
//! > the whole that it was cut from counts nobody.
//!
//! A cell that would cut a block into an unsafe piece is withheld, whether it is small itself (primary suppression)
//! or would give a small one away (secondary suppression).
//!
//! **Why nothing small follows.** Every shown cell is a union of blocks. So whoever knows all blocks knows at least as
//! much as whoever reads the cells, and knows nothing about how a block is made up: any two tables that agree on the
//! blocks give the same cells. A set of leaves whose count follows from the cells is therefore, up to leaves that
//! count nothing, a union of blocks, and counts nothing or at least `threshold` people. Nested totals, totals that
//! overlap and several reports over the same leaves are all the same to this: they are cells of one plan.
//!
//! **Insiders.** A school knows its own counts, a trust those of all its schools. So a block must be safe without what any
//! one of them knows, too.
//!
//! **People, not records.** Twelve records of one person are one person. Sides carry both; people are what protects.
//! They must add up: count everybody in one leaf only, even where they have records in several.
//!
//! **Tables that share margins.** Two classifications of which neither determines the other (where somebody works, and
//! in which role) may be planned apart, if every total that one shows and the other shares is a cell of both. A
//! count of both together, which neither shows, then lies between the Fréchet bounds, which are sharp for such
//! (decomposable) families, and which meet only where the count equals a shown one: A. Dobra, S. E. Fienberg, "Bounds
//! for cell entries in contingency tables given marginal totals and decomposable graphs", PNAS 97 (2000).
//!
//! **Noughts.** That nobody, or everybody, did something tells of each of them, and where noughts are shown whatever is
//! withheld is known to be more than nought: four withheld schools with a total of four would be one each. So a part
//! of a whole that is not nought is withheld as well when it is; only a whole is shown as nought.
//!
//! **Knowing the method** gives nothing away where a plan stops once its first cell, the whole, is withheld: what is
//! withheld may be nought, small, or large and withheld for the sake of another.
//!
//! `tests/brute_force.rs` holds all of this to account independently: it enumerates every table that a reader could
//! believe in.

mod margins;
mod plan;
mod symbol;

pub use margins::{Margins, margins};
pub use plan::{Leaf, Plan, Rule, Shown, Side};
pub use symbol::{Symbol, whole_percent};
