//! Quantities: `100m`, `1Gi`, `5` (`staging/src/k8s.io/apimachinery/pkg/api/resource`).

/// Thousandths of what a quantity says; `None` if it is none.
pub(super) fn milli(text: &str) -> Option<i128> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-'))).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.trim_start_matches(['+', '-']).is_empty() && fraction.is_empty() {
        return None;
    }
    let binary = |power: u32| Some((1_024_i128.checked_pow(power)?, 1_000_i128));
    let decimal = |power: u32| Some((10_i128.checked_pow(power)?, 1));
    // A factor in thousandths: what the unit multiplies, and by what thousandths.
    let (factor, thousand) = match unit {
        "n" => return scaled(whole, fraction, 1, 1_000_000),
        "u" => return scaled(whole, fraction, 1, 1_000),
        "m" => (1, 1),
        "" => (1, 1_000),
        "k" => decimal(6)?,
        "M" => decimal(9)?,
        "G" => decimal(12)?,
        "T" => decimal(15)?,
        "P" => decimal(18)?,
        "E" => decimal(21)?,
        "Ki" => binary(1)?,
        "Mi" => binary(2)?,
        "Gi" => binary(3)?,
        "Ti" => binary(4)?,
        "Pi" => binary(5)?,
        "Ei" => binary(6)?,
        _ => {
            let exponent: u32 = unit.strip_prefix(['e', 'E'])?.parse().ok()?;
            decimal(exponent.checked_add(3)?)?
        }
    };
    scaled(whole, fraction, factor * thousand, 1)
}

fn scaled(whole: &str, fraction: &str, factor: i128, divisor: i128) -> Option<i128> {
    let negative = whole.starts_with('-');
    let digits = format!("{}{fraction}", whole.trim_start_matches(['+', '-']));
    let number: i128 = digits.parse().ok()?;
    let places = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let amount = number.checked_mul(factor)? / divisor / places;
    Some(if negative { -amount } else { amount })
}

/// `100m`, `2`
pub(super) fn show_decimal(milli: i128) -> String {
    if milli % 1_000 == 0 { (milli / 1_000).to_string() } else { format!("{milli}m") }
}

/// `64Mi`, `1Gi`, `1500`
pub(super) fn show_binary(milli: i128) -> String {
    let mut amount = milli / 1_000;
    let mut unit = "";
    for next in ["Ki", "Mi", "Gi", "Ti", "Pi"] {
        if amount == 0 || amount % 1_024 != 0 {
            break;
        }
        amount /= 1_024;
        unit = next;
    }
    format!("{amount}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_and_shown() {
        let check = |text: &str, expected: Option<i128>| assert_eq!(milli(text), expected, "{text}");
        check("1", Some(1_000));
        check("100m", Some(100));
        check("0.5", Some(500));
        check("1Ki", Some(1_024_000));
        check("1.5Gi", Some(1_610_612_736_000));
        check("2k", Some(2_000_000));
        check("1e3", Some(1_000_000));
        check("abc", None);
        check("", None);
        assert_eq!(show_binary(milli("64Mi").unwrap_or(0)), "64Mi");
        assert_eq!(show_decimal(1_500), "1500m");
    }
}
