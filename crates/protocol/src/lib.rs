//! The messages between site and lab: plain data.
