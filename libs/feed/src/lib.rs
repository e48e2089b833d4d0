//! From a store to its readers: the relay to NATS, healing of holes, and ReadFeed.
