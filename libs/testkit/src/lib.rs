//! Private PostgreSQL and NATS, a trust in a box, and given/when/then.
