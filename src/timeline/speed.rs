//! The scale of the speed slider: 1, 2, 5 steps from a thousandth of real time to a thousand times it.

/// The last position of the slider; the first is 0.
pub const LAST: u32 = 18;

/// World time per wall time at a position, in thousandths.
pub fn at(position: u32) -> u32 {
    let position = position.min(LAST);
    10_u32.pow(position / 3) * [1, 2, 5][(position % 3) as usize]
}

/// The position nearest to a speed, not above it.
pub fn position(thousandths: u32) -> u32 {
    (0..=LAST).rev().find(|position| at(*position) <= thousandths).unwrap_or(0)
}

/// The speed as it stands beside the slider: `1×`, `1/200×`, `50×`.
pub fn short(thousandths: u32) -> String {
    match thousandths {
        0 => "0×".to_owned(),
        1..1000 if 1000 % thousandths == 0 => format!("1/{}×", 1000 / thousandths),
        1..1000 => format!("0.{thousandths:03}×"),
        _ => format!("{}×", thousandths / 1000),
    }
}

/// The speed as it is read out.
pub fn words(thousandths: u32) -> String {
    match thousandths {
        1000 => "real time".to_owned(),
        1..1000 if 1000 % thousandths == 0 => format!("{} times slower than real time", 1000 / thousandths),
        0..1000 => format!("{thousandths} thousandths of real time"),
        _ => format!("{} times faster than real time", thousandths / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(place: u32, thousandths: u32, expected_short: &str, expected_words: &str) {
        assert_eq!(at(place), thousandths);
        assert_eq!(position(thousandths), place);
        assert_eq!(short(thousandths), expected_short);
        assert_eq!(words(thousandths), expected_words);
    }

    #[test]
    fn the_scale_runs_from_a_thousandth_to_a_thousandfold() {
        check(0, 1, "1/1000×", "1000 times slower than real time");
        check(2, 5, "1/200×", "200 times slower than real time");
        check(8, 500, "1/2×", "2 times slower than real time");
        check(9, 1_000, "1×", "real time");
        check(10, 2_000, "2×", "2 times faster than real time");
        check(LAST, 1_000_000, "1000×", "1000 times faster than real time");
    }

    #[test]
    fn a_speed_between_two_positions_stands_at_the_lower() {
        assert_eq!(position(1_999), 9);
        assert_eq!(position(0), 0);
        assert_eq!(position(u32::MAX), LAST);
        assert_eq!(at(u32::MAX), 1_000_000);
    }
}
