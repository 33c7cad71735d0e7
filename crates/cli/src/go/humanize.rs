//! `humanize.Bytes` of github.com/dustin/go-humanize, which etcdctl uses for database sizes.

const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/// A size in decimal units: `20 kB`, `1.2 MB`. One decimal below ten, none above, rounded as the original does.
pub fn bytes(size: u64) -> String {
    if size < 10 {
        return format!("{size} B");
    }
    let exponent = (size.ilog10() / 3) as usize;
    let unit = 1000_u64.pow(exponent as u32);
    // Tenths of the unit, rounded half up: floor(size / unit * 10 + 0.5).
    let tenths = (u128::from(size) * 10 + u128::from(unit) / 2) / u128::from(unit);
    let suffix = UNITS[exponent.min(UNITS.len() - 1)];
    if tenths < 100 {
        format!("{}.{} {suffix}", tenths / 10, tenths % 10)
    } else {
        // `%.0f` rounds half to even.
        let (whole, rest) = (tenths / 10, tenths % 10);
        let up = rest > 5 || rest == 5 && whole % 2 == 1;
        format!("{} {suffix}", whole + u128::from(up))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_read_as_in_endpoint_status() {
        for (size, expected) in [
            (0, "0 B"),
            (9, "9 B"),
            (82, "82 B"),
            (999, "999 B"),
            (20480, "20 kB"),
            (25000, "25 kB"),
            (1_234_567, "1.2 MB"),
            (9_960_000, "10 MB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(super::bytes(size), expected, "{size}");
        }
    }
}
