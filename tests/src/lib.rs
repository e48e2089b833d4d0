//! End-to-end scenarios, run in one process and split.
