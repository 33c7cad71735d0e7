//! Floating-point numbers as C prints them.

/// The digits of a number that is not negative, by `printf`'s `e`, `f` or `g`.
pub fn float(value: f64, kind: u8, precision: Option<usize>) -> String {
    let upper = kind.is_ascii_uppercase();
    let text = if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        "inf".to_owned()
    } else {
        let precision = precision.unwrap_or(6).min(300);
        match kind.to_ascii_lowercase() {
            b'f' => format!("{value:.precision$}"),
            b'e' => exponent(value, precision),
            _ => general(value, precision),
        }
    };
    if upper { text.to_uppercase() } else { text }
}

fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// `%g`: as short as the precision allows.
pub fn general(value: f64, precision: usize) -> String {
    let digits = precision.max(1);
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{:.*e}", digits - 1, value);
    let power: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let strip = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    if power < -4 || power >= digits as i32 {
        let text = exponent(value, digits - 1);
        let (mantissa, tail) = text.split_once('e').unwrap_or((&text, "+00"));
        return format!("{}e{tail}", strip(mantissa));
    }
    let decimals = (digits as i32 - 1 - power).max(0) as usize;
    strip(&format!("{value:.decimals$}"))
}
