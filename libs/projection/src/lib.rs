//! Builds views from feeds: the runner, checkpoints, versions and rebuild.
