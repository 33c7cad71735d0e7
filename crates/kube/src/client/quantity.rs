//! Amounts of resources (`apimachinery/pkg/api/resource`), read as whole numbers.

use serde_json::Value;

/// An amount in thousandths, rounded up: `250m` is 250, `2` is 2000. What cannot be read is nothing.
pub fn milli(value: &Value) -> i64 {
    let thousandths = match value {
        Value::String(text) => read(text),
        Value::Number(number) => number.as_i64().map(|number| i128::from(number) * 1_000_000_000),
        _ => None,
    };
    clamp(div_up(thousandths.unwrap_or(0), 1_000_000))
}

/// An amount in whole units, rounded up: `1Ki` is 1024.
pub fn units(value: &Value) -> i64 {
    let nanos = match value {
        Value::String(text) => read(text),
        Value::Number(number) => number.as_i64().map(|number| i128::from(number) * 1_000_000_000),
        _ => None,
    };
    clamp(div_up(nanos.unwrap_or(0), 1_000_000_000))
}

fn div_up(amount: i128, by: i128) -> i128 {
    amount.div_euclid(by) + i128::from(amount.rem_euclid(by) != 0)
}

fn clamp(amount: i128) -> i64 {
    amount.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// In billionths.
fn read(text: &str) -> Option<i128> {
    let end = text.find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c)).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let whole: i128 = match whole.trim_start_matches(['+', '-']) {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    let digits: String = fraction.chars().take(9).collect();
    let nanos: i128 = format!("{digits:0<9}").parse().ok()?;
    let amount = sign * (whole.checked_mul(1_000_000_000)? + nanos);
    let exponent = |text: &str| text.parse::<u32>().ok();
    let ten = |power: u32| 10_i128.checked_pow(power);
    Some(match suffix {
        "" => amount,
        "n" => amount / 1_000_000_000,
        "u" => amount / 1_000_000,
        "m" => amount / 1_000,
        "k" => amount.checked_mul(ten(3)?)?,
        "M" => amount.checked_mul(ten(6)?)?,
        "G" => amount.checked_mul(ten(9)?)?,
        "T" => amount.checked_mul(ten(12)?)?,
        "P" => amount.checked_mul(ten(15)?)?,
        "E" => amount.checked_mul(ten(18)?)?,
        "Ki" => amount.checked_mul(1 << 10)?,
        "Mi" => amount.checked_mul(1 << 20)?,
        "Gi" => amount.checked_mul(1 << 30)?,
        "Ti" => amount.checked_mul(1 << 40)?,
        "Pi" => amount.checked_mul(1 << 50)?,
        "Ei" => amount.checked_mul(1 << 60)?,
        _ => match suffix.strip_prefix(['e', 'E'])? {
            power if power.starts_with('-') => amount / ten(exponent(&power[1..])?)?,
            power => amount.checked_mul(ten(exponent(power.trim_start_matches('+'))?)?)?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected_milli: i64, expected_units: i64) {
        let value = Value::from(text);
        assert_eq!((milli(&value), units(&value)), (expected_milli, expected_units), "{text}");
    }

    #[test]
    fn amounts_are_read_in_all_their_forms() {
        check("250m", 250, 1);
        check("2", 2_000, 2);
        check("1.5", 1_500, 2);
        check("128Mi", 134_217_728_000, 134_217_728);
        check("1e3", 1_000_000, 1_000);
        check("100n", 1, 1);
        check("64Gi", 68_719_476_736_000, 68_719_476_736);
        check("nonsense", 0, 0);
        assert_eq!(milli(&Value::from(3)), 3_000);
    }
}
