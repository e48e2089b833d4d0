//! Who acts, what they may do, and the keys that seal personal text.
