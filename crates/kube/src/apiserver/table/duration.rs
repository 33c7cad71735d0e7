//! Durations for people (`staging/src/k8s.io/apimachinery/pkg/util/duration/duration.go`).

/// Seconds as `95s`, `2m30s`, `4h5m`, `3d2h`, `2y10d`.
pub fn human(seconds: i64) -> String {
    let two = |first: i64, unit: &str, second: i64, other: &str| match second {
        0 => format!("{first}{unit}"),
        second => format!("{first}{unit}{second}{other}"),
    };
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        ..-1 => "<invalid>".into(),
        -1..0 => "0s".into(),
        _ if seconds < 120 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 192 => two(days, "d", hours % 24, "h"),
        _ if days < 730 => format!("{days}d"),
        _ if days < 2_920 => two(days / 365, "y", days % 365, "d"),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_longer_the_coarser() {
        let check = |seconds: i64, expected: &str| assert_eq!(super::human(seconds), expected);
        check(0, "0s");
        check(119, "119s");
        check(120, "2m");
        check(150, "2m30s");
        check(600, "10m");
        check(3 * 3_600, "3h");
        check(3 * 3_600 + 300, "3h5m");
        check(47 * 3_600, "47h");
        check(50 * 3_600, "2d2h");
        check(9 * 86_400, "9d");
        check(800 * 86_400, "2y70d");
    }
}
