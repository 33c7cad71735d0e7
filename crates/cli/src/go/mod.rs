//! The few rules of Go's standard library that etcdctl's users can see: how it quotes, parses and prints.
//!
//! A learner compares our answers with the real tool's, so the words of a failed `strconv.ParseInt` or the digits of a
//! `time.Duration` have to be the same ones.

mod csv;
mod duration;
mod humanize;
mod number;
mod quote;
mod scan;

pub use csv::read_record;
pub use duration::{format_duration, parse_duration};
pub use humanize::bytes as humanize_bytes;
pub use number::{parse_bool, parse_int, parse_uint};
pub use quote::{quote, quote_bytes, quote_list, raw_quote, unquote};
pub use scan::{Scanned, scan_compare};
